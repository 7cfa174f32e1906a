"""Rows of a visitor that come together say little more than one of them."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from clientela.domain.incident import Cause
from clientela.monitoring.baseline import Baseline, learn_baseline
from clientela.monitoring.case import Case, Found
from clientela.monitoring.checking import check
from clientela.monitoring.clusters import are_visitors, at_most, confirmed, rows_for_one
from clientela.monitoring.result import CheckResult
from clientela.tables.frames import from_frame

VISITS = 12
DEVICES = np.array(["phone", "desktop", "tablet"])


def _shop(visitors: int, seed: int) -> pl.DataFrame:
    """Return visits of visitors who come `VISITS` times each, with what was joined to them."""
    rng = np.random.default_rng(seed)
    ids = np.repeat(np.arange(visitors), VISITS)
    rows = ids.size
    return pl.DataFrame(
        {
            "visitor": [f"v{seed}-{one:05d}" for one in ids],
            "item": [f"item {one}" for one in rng.choice(400, rows)],
            "score": rng.normal(50, 10, visitors)[ids].round(3),
            "orders": rng.geometric(0.3, visitors)[ids],
            "device": DEVICES[rng.choice(3, visitors, p=[0.5, 0.3, 0.2])][ids],
            "seconds": rng.gamma(2, 60, rows).round(1),
        }
    )[rng.permutation(rows).tolist()]


@pytest.fixture(scope="module")
def baseline() -> Baseline:
    """Return what six hundred visitors teach."""
    with from_frame(_shop(600, 1)) as table:
        return learn_baseline(table)


def _check(baseline: Baseline, batch: pl.DataFrame) -> CheckResult:
    with from_frame(batch) as table:
        return check(baseline, table)


def test_other_visitors_with_all_their_visits_are_no_break(baseline: Baseline) -> None:
    """Ten batches of eighty new visitors are no break and no other mix, though each says the same twelve times."""
    results = [_check(baseline, _shop(80, seed)) for seed in range(2, 12)]
    assert [incident.title for result in results for incident in result.incidents] == []
    assert [shift.title for result in results for shift in result.shifts] == []


def test_what_is_not_told_is_noted(baseline: Baseline) -> None:
    """Where rows that come together explain what seemed to move, a note names their identifier."""
    results = [_check(baseline, _shop(80, seed)) for seed in range(2, 12)]
    notes = [note for result in results for note in result.notes]
    assert any(note.startswith("Rows of the same visitor come together") for note in notes)


def test_what_chance_moved_is_forgotten(baseline: Baseline) -> None:
    """A cause that is not sure any more is none for what comes after, such as the estimate before the labels."""
    with from_frame(_shop(80, 17)) as table:
        batch = learn_baseline(table).side
    case = Case(baseline, baseline.side, batch, np.full(batch.rows, np.nan))
    case.add(Found(Cause.UNKNOWN, ("score",), {}))
    case.add(Found(Cause.DUPLICATES, (), {"rows": 1}))
    assert [item.cause for item in confirmed(case, case.found)] == [Cause.DUPLICATES]
    assert [item.cause for item in case.found] == [Cause.DUPLICATES]


def test_breaks_are_told_all_the_same(baseline: Baseline) -> None:
    """A factor on what belongs to the visitor, a renamed level, lost cells and digits are told all the same."""
    batch = _shop(80, 12)
    scaled = _check(baseline, batch.with_columns(pl.col("score") * 1.5)).incidents
    named = _check(baseline, batch.with_columns(pl.col("device").replace("phone", "handset"))).incidents
    lost = _check(baseline, batch.with_columns(score=pl.when(pl.col("seconds") > 60).then("score"))).incidents
    rounded = _check(baseline, batch.with_columns(pl.col("score").round())).incidents
    assert [(one.cause, one.columns) for one in scaled] == [(Cause.METRIC_DEFINITION, ("score",))]
    assert [(one.cause, one.columns) for one in named] == [(Cause.CATEGORY_RENAMED, ("device",))]
    assert [(one.cause, one.columns) for one in lost] == [(Cause.MISSINGNESS, ("score",))]
    assert [(one.cause, one.columns) for one in rounded] == [(Cause.PRECISION, ("score",))]


def test_one_name_in_many_rows_is_a_lost_key_and_in_twelve_a_visitor(baseline: Baseline) -> None:
    """What counts is how often a visitor comes, not which share of a small batch that is."""
    assert at_most(Case(baseline, baseline.side, baseline.side, np.zeros(0)), "visitor") == 1.5 * VISITS
    lost = _check(
        baseline,
        _shop(80, 13).with_columns(visitor=pl.when(pl.col("seconds") > 60).then("visitor").otherwise(pl.lit("none"))),
    )
    assert Cause.KEY_BREAK in {incident.cause for incident in lost.incidents}


def test_a_lost_key_hides_no_other_break(baseline: Baseline) -> None:
    """Rows whose visitors were lost do not come together: a factor beside them is named."""
    batch = _shop(80, 16).with_columns(
        visitor=pl.when(pl.col("seconds") > 60).then("visitor").otherwise(pl.lit("none")), score=pl.col("score") * 1.5
    )
    told = {(one.cause, one.columns) for one in _check(baseline, batch).incidents}
    assert {(Cause.KEY_BREAK, ("visitor",)), (Cause.METRIC_DEFINITION, ("score",))} <= told


def test_a_row_counts_by_what_comes_with_it(baseline: Baseline) -> None:
    """Twelve rows of a new visitor tell of a joined column about as much as one; of their own times, all they are."""
    with from_frame(_shop(80, 14)) as table:
        batch = learn_baseline(table).side
    case = Case(baseline, baseline.side, batch, np.full(batch.rows, np.nan))
    told = dict.fromkeys(("score", "orders", "device", "seconds"), 0.0)
    for name in told:
        told[name] = rows_for_one(case, name)
    assert all(VISITS < told[name] < VISITS + 3 for name in ("score", "orders", "device"))
    assert told["seconds"] == 1


def test_items_known_by_their_share_do_not_come_together() -> None:
    """Rows of one item come as often as they came before, so that its price keeps its weight."""
    shop = _shop(600, 1).with_columns(price=pl.col("item").str.slice(5).cast(pl.Float64) * 0.9 + 3)
    visits = shop.drop("visitor", "score", "orders", "device")
    with from_frame(visits) as table:
        known = learn_baseline(table)
    with from_frame(visits.sample(1000, seed=2)) as table:
        batch = learn_baseline(table).side
    case = Case(known, known.side, batch, np.full(batch.rows, np.nan))
    assert rows_for_one(case, "price") == 1


@pytest.mark.parametrize(("visitors", "told"), [(2, True), (24, False)])
def test_few_visitors_with_all_their_visits_are_no_machine(baseline: Baseline, visitors: int, told: bool) -> None:
    """Rows that look alike are those of two visitors; one from each of many is what machines leave."""
    batch = _shop(80, 15).sort("visitor")
    with from_frame(batch) as table:
        side = learn_baseline(table).side
    rows = np.zeros(side.rows, dtype=np.bool_)
    rows[:: VISITS if visitors > 2 else 1][:24] = True
    assert are_visitors(Case(baseline, baseline.side, side, np.full(side.rows, np.nan)), rows) is told


def test_a_level_that_is_lost_is_told_though_rows_come_together(baseline: Baseline) -> None:
    """The reference is thinned by what was lost, and is no measure of the loss itself; small levels count as well."""
    batch = _shop(120, 4).filter((pl.col("device") != "phone") | (pl.int_range(pl.len()) % 10 == 0))
    found = _check(baseline, batch).incidents
    assert [(incident.cause, incident.columns) for incident in found] == [(Cause.SAMPLING, ("device",))]


def test_a_small_level_made_another_is_told_though_rows_come_together() -> None:
    """Two of fourteen areas, no large ones, are one now: they are held against rows as levels, not in a few bins."""

    def shop(visitors: int, seed: int) -> pl.DataFrame:
        rng = np.random.default_rng(seed)
        ids = np.repeat(np.arange(visitors), VISITS)
        area = rng.choice(14, visitors, p=np.arange(40, 26, -1) / np.arange(40, 26, -1).sum())[ids]
        frame = pl.DataFrame(
            {"visitor": [f"v{seed}-{one:05d}" for one in ids], "area": [f"a{one:02d}" for one in area]}
        )
        return frame.with_columns(seconds=pl.Series(rng.gamma(2, 60, ids.size).round(1)))

    batch = shop(600, 2).with_columns(pl.col("area").replace({"a11": "a12"}))
    (found,) = _check(learn_baseline(from_frame(shop(600, 1))), batch).incidents
    assert found.columns == ("area",)
    assert Cause.CATEGORY_MERGED in (found.cause, *found.alternatives)
