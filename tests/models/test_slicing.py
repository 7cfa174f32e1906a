"""Tests of quality by month and group, and of weak places."""

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest

from clientela.models.evaluating import Judged
from clientela.models.evidence import Looked, Slice
from clientela.models.partition import Branch
from clientela.models.recipe import fit_recipe
from clientela.models.result import Target, TargetKind
from clientela.models.slicing import Rows, _rule, by_group, by_month, told, weak

TARGET = Target(TargetKind.BINARY, "bought", ("no", "yes"))


def _rows(seed: int, wrong: float = 0.0, rows: int = 3000) -> Rows:
    """Rows of a model that is right but for desktop with many pages, where its log-odds are off."""
    rng = np.random.default_rng(seed)
    device = rng.choice(["mobile", "desktop"], rows)
    pages = pl.Series(rng.integers(1, 10, rows))
    drive = 0.3 * (pages.to_numpy() - 5.0)
    off = wrong * ((device == "desktop") & (pages.to_numpy() > 6))
    truth, chance = (1 / (1 + np.exp(1 - drive - moved)) for moved in (-off, 0.0))
    codes = (rng.random(rows) < truth).astype(np.int64)
    frame = pl.DataFrame(
        {
            "device": device,
            "pages": pages,
            "member": rng.random(rows) < 0.5,
            "income": pl.Series(np.where(rng.random(rows) < 0.2, np.nan, rng.random(rows)), nan_to_null=True),
            "day": [date(2026, 1, 1) + timedelta(days=index // 40) for index in range(rows)],
        }
    )
    judged = Judged(TARGET, codes, np.arange(rows), "row", 40, seed)
    return Rows(frame, judged, chance, (chance > 0.4).astype(np.int64))


def _groups(rows: Rows, *columns: str) -> tuple[tuple[Slice, ...], Looked]:
    return by_group(rows, fit_recipe(rows.frame, columns).steps)


def test_months_come_in_order_and_hold_all_rows() -> None:
    """Months of a date column are told in order; months written out are too; without a time there are none."""
    rows = _rows(1)
    found = by_month(rows, "day")
    assert [one.value for one in found] == ["2026-01", "2026-02", "2026-03"]
    assert sum(one.rows for one in found) == 3000
    assert by_month(rows, None) == ()
    named = Rows(
        rows.frame.with_columns(month=pl.Series(["Mar", "Feb", "June"] * 1000)), rows.judged, rows.chance, rows.classes
    )
    assert [one.value for one in by_month(named, "month")] == ["Feb", "Mar", "June"]


def test_groups_tell_what_is_expected_and_what_came() -> None:
    """A group where the model expects too much shows a gap above 0, its complement none; few numbers make groups."""
    slices, looked = _groups(_rows(2, wrong=2.0), "device", "member", "pages", "income")
    found = {(one.column, one.value): one for one in slices}
    numbers = {("pages", str(value)) for value in range(1, 10)}
    texts = {("device", "mobile"), ("device", "desktop"), ("member", "true"), ("member", "false")}
    assert set(found) == numbers | texts
    assert looked.groups == 13
    assert found["device", "desktop"].off
    assert found["device", "desktop"].gap.low > 0
    assert not found["device", "mobile"].off
    assert {value for column, value in found if column == "pages" and found[column, value].off} == {"7", "8", "9"}
    assert found["device", "desktop"].found.low <= found["device", "desktop"].found.value


def _half_blind(seed: int, blind: bool = True) -> Rows:
    """Rows of two columns that say nothing, but that of those where `sex` is 1 nothing known tells them apart."""
    rng = np.random.default_rng(seed)
    sex, city = rng.integers(0, 2, 3000), rng.integers(0, 8, 3000)
    chance = 1 / (1 + np.exp(1 - 1.2 * rng.normal(size=3000)))
    truth = np.where(blind & (sex == 1), chance.mean(), chance)
    codes = (rng.random(3000) < truth).astype(np.int64)
    judged = Judged(TARGET, codes, np.arange(3000), "row", 20, seed)
    return Rows(pl.DataFrame({"sex": sex, "city": city}), judged, chance, codes)


def test_a_group_that_is_ranked_worse_is_named() -> None:
    """Where nothing known tells the rows of a group apart, it is ranked worse though as much comes as is expected."""
    slices, looked = _groups(_half_blind(1), "sex", "city")
    worse = [one for one in slices if one.worse]
    assert [(one.column, one.value) for one in worse] == [("sex", "1")]
    assert looked == Looked(groups=10, off=0, worse=1)
    assert worse[0].rest > 0.7 > 0.55 > worse[0].auc.value
    assert worse[0].apart.high < 0
    (said,) = told(slices)
    assert said.startswith("Rows where 'sex' is '1' are ranked worse than the others beyond chance: AUC 0.")
    assert told([replace(worse[0], value=str(value)) for value in range(5)])[3:] == (
        "2 more groups are ranked worse: see the model card.",
    )


def test_where_all_are_alike_hardly_a_table_names_a_group() -> None:
    """Of forty tables of a right model, each with ten groups, at most four name one."""
    found = [_groups(_half_blind(seed, blind=False), "sex", "city")[1] for seed in range(40)]
    assert sum(looked.off + looked.worse > 0 for looked in found) <= 4


def test_a_group_that_stands_out_is_shown_however_small() -> None:
    """Twenty groups are shown; the smallest of more is among them, and first, where it is ranked worse."""
    rng = np.random.default_rng(3)
    city = np.repeat(np.arange(30), np.linspace(400, 250, 30).astype(int))
    chance = 1 / (1 + np.exp(1 - 1.5 * rng.normal(size=len(city))))
    codes = (rng.random(len(city)) < np.where(city == 29, chance.mean(), chance)).astype(np.int64)
    judged = Judged(TARGET, codes, np.arange(len(city)), "row", 20, 3)
    slices, looked = _groups(Rows(pl.DataFrame({"city": city}), judged, chance, codes), "city")
    assert looked.groups == 30
    assert len(slices) == 20
    assert slices[0].value == "29"
    assert slices[0].worse


def test_a_planted_fault_is_found_and_holds() -> None:
    """Rows where the model is off are named, and the excess holds on the half that took no part in the search."""
    worst = weak(_rows(3, wrong=2.5), ["device", "pages", "income"])[0]
    assert "device" in worst.rule
    assert "pages" in worst.rule
    assert worst.holds
    assert worst.expected > worst.observed.value


def test_a_right_model_has_hardly_a_weak_place_that_holds() -> None:
    """Where the probabilities are right, at most one in ten of the places found holds on the other half."""
    found = [one for seed in range(6) for one in weak(_rows(10 + seed, rows=1500), ["device", "pages", "income"])]
    assert len(found) > 5
    assert np.mean([one.holds for one in found]) <= 0.1
    assert np.mean([one.suspected for one in found]) > np.mean([one.excess.value for one in found])


def test_a_column_that_parts_nothing_leaves_no_weak_place() -> None:
    """A table of one constant column has no parts to look at."""
    rows = _rows(4, rows=400)
    plain = Rows(pl.DataFrame({"same": ["x"] * 400}), rows.judged, rows.chance, rows.classes)
    assert weak(plain, ["same"]) == ()
    assert _groups(plain, "same") == ((), Looked())


@pytest.mark.parametrize("column", ["pages", "device"])
def test_missing_cells_are_part_of_the_rule(column: str) -> None:
    """A fault among rows without a value is told as such."""
    rows = _rows(5)
    hole = np.random.default_rng(1).random(3000) < 0.3
    codes = np.where(hole, 1, rows.judged.codes)
    frame = rows.frame.with_columns(pl.when(pl.Series(hole)).then(None).otherwise(pl.col(column)).alias(column))
    judged = Judged(TARGET, codes, rows.judged.units, "row", 40, 5)
    worst = weak(Rows(frame, judged, rows.chance, rows.classes), ["device", "pages"])[0]
    assert "missing" in worst.rule
    assert worst.holds


def test_a_group_without_buyers_may_have_some() -> None:
    """Where none of the rows of a group is above the first class, or all that are were found, the share has a width."""
    rows = _rows(4, rows=600)
    desktop = (rows.frame["device"] == "desktop").to_numpy()
    judged = Judged(TARGET, np.where(desktop, 0, 1), np.arange(600), "row", 20, 4)
    slices, _ = _groups(Rows(rows.frame, judged, rows.chance, judged.codes), "device")
    found = {one.value: one for one in slices}
    assert 0 == found["desktop"].observed.value < found["desktop"].observed.high
    assert found["mobile"].found.low < found["mobile"].found.value == 1


def test_bounds_of_one_column_are_joined() -> None:
    """The nearest bounds of a column are told once; rows without a value where every question takes them."""
    wide, near = Branch("seconds", "<=", 103.8), Branch("seconds", "<=", 41.0)
    device = Branch("device", "in", values=("mobile",))
    assert _rule(((wide, True), (device, False), (near, True))) == "seconds at most 41 and device is not mobile"
    assert _rule(((wide, True), (near, False))) == "seconds above 41 and at most 103.8"
    gaps = Branch("seconds", "<=", 41.0, missing=True, missing_seen=True)
    assert _rule(((gaps, True),)) == "seconds at most 41 or missing"
    assert _rule(((gaps, False),)) == "seconds above 41"
    assert _rule(((Branch("seconds", "<=", 103.8, missing=True, missing_seen=True), True), (gaps, False))) == (
        "seconds above 41 and at most 103.8"
    )
