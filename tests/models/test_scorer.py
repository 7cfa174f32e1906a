"""Tests of scoring one row: the very numbers of a batch, whatever the cells hold."""

import dataclasses
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import msgspec
import numpy as np
import polars as pl
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from clientela.domain.errors import ColumnError, InputError
from clientela.models.bending import Bend
from clientela.models.fitting import Fitted, Task, fit
from clientela.models.learners import Trees
from clientela.models.learning import Learned
from clientela.models.recipe import Category, Recipe
from clientela.models.release import Release
from clientela.models.result import TargetKind
from clientela.models.scorer import Scorer
from clientela.models.settling import Scale, Settled

ROWS = 300
SEEN = {
    "amount": pl.Float64,
    "text_amount": pl.String,
    "device": pl.String,
    "grade": pl.Float64,
    "member": pl.Boolean,
    "born": pl.Datetime("us"),
    "day": pl.String,
    "gone": pl.Float64,
    "said": pl.String,
    "town": pl.String,
}
WORDS = ("red", "Größe", "gift", "7", "茶色", "x")


def table() -> pl.DataFrame:
    """Return columns of every kind of step, with skew, gaps and categories that look like numbers."""
    rng = np.random.default_rng(5)
    start = datetime.fromisoformat("2025-01-01")
    member = rng.random(ROWS) < 0.4
    # towns of members and others, some few rows large, some like numbers
    towns = [f"{9.5 + pick}" if pick % 3 else f"town {pick}" for pick in rng.integers(0, 25, ROWS) + 25 * member]
    days = [start + timedelta(hours=int(hours)) for hours in rng.integers(0, 24 * 400, ROWS)]
    return pl.DataFrame(
        {
            "amount": np.where(rng.random(ROWS) < 0.1, np.nan, rng.lognormal(2, 2, ROWS)),
            "text_amount": [f"{value:.2f}" for value in rng.normal(size=ROWS)],
            "device": [[None, "mobile", "desktop", "1", "2.5", "yes"][pick] for pick in rng.integers(0, 6, ROWS)],
            "grade": rng.choice([1.0, 2.5, 1e20], ROWS),
            "member": member,
            "born": days,
            "day": [f"{day:%Y-%m-%d}" for day in days],
            "gone": pl.Series(rng.normal(size=ROWS)),
            "said": [f"{n}! " + " ".join(rng.choice(WORDS, rng.integers(1, 5))) for n in range(ROWS)],
            "town": [town if place % 17 else None for place, town in enumerate(towns)],
        }
    ).with_columns(pl.col("amount").fill_nan(None))


def learned_by(kind: TargetKind, classes: int, weight: float, frame: pl.DataFrame, base: Release) -> Release:
    """Return a release of trees and lines on a table, of some kind of target."""
    codes = np.random.default_rng(1).integers(0, classes, len(frame)) + frame["member"].to_numpy() * min(classes - 1, 2)
    codes = np.minimum(codes, classes - 1)
    task = Task(frame, tuple(frame.columns), None, kind, classes, codes, seed=1, threads=1)
    fitted = fit(task, np.arange(len(frame)), 0.1)
    names = tuple(f"c{code}" for code in range(classes))
    count = classes if kind is TargetKind.CLASSES else classes - 1
    settled = Settled(kind, weight, 1.0, (Scale(0.1, 0.9),) * count, (), tuple(float(code) for code in range(classes)))
    target = dataclasses.replace(base.manifest.target, kind=kind, classes=names)
    manifest = msgspec.structs.replace(base.manifest, target=target, features=tuple(frame.columns))
    return Release(manifest, fitted, settled, b"{}")


@pytest.fixture(scope="module")
def releases(learned: Learned) -> list[Release]:
    """Releases of every kind of target and of every choice of learners."""
    frame = table()
    return [
        learned_by(TargetKind.BINARY, 2, 0.5, frame, learned.release),
        learned_by(TargetKind.ORDERED, 4, 0.25, frame, learned.release),
        learned_by(TargetKind.CLASSES, 9, 1.0, frame, learned.release),
        learned_by(TargetKind.ORDERED, 3, 0.0, frame, learned.release),
    ]


class Pairs(list[tuple[Release, Scorer]]):
    """Releases with their scorers; too long to be shown."""

    def __repr__(self) -> str:
        return "pairs"


@pytest.fixture(scope="module")
def pairs(releases: list[Release]) -> Pairs:
    """The releases with their scorers."""
    return Pairs((release, release.scorer()) for release in releases)


def test_towns_have_effects(releases: list[Release]) -> None:
    """The table has a column whose levels have effects, on one question or several, so that they are tested here."""
    effects = [release.fitted.recipe.steps[-1] for release in releases]
    assert all(isinstance(step, Category) and step.effects for step in effects[:2])
    assert max(len(step.effects) for step in effects if isinstance(step, Category)) > 1


def batch(release: Release, row: dict[str, Any]) -> dict[str, float]:
    """Return the scores of a row as a batch of one; a missing cell takes the type of its column."""
    columns = [pl.Series(name, [row[name]], dtype=SEEN[name] if row[name] is None else None) for name in SEEN]
    return release.predict(pl.DataFrame(columns)).to_dicts()[0]


CELLS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**70), 2**70),
    st.integers(-2, 3),
    st.floats(),
    st.sampled_from([1.0, 0.0, -0.0, 2.5, 1e20, 1e30, 1e31, -1e300, 5e-324]),
    st.text(st.characters(codec="utf-8"), max_size=8),
    st.sampled_from(["mobile", "1", "1.0", "2.5", " yes ", "No", "JA", "ſi", "", " ", "\x1c", "\x1c1", "\xa07", "nan"]),
    st.sampled_from(["RED gift", "grösse,GRÖSSE", "7", "x_x", "茶色い茶色", "İ", "ﬁx", "e\u0301", "..."]),
    st.sampled_from(["town 0", "10.5", "11.50", 10.5, "town 48", 34.5]),
    st.sampled_from(["inf", "-Infinity", "1e400", "1_0", "１", "+1.", ".5", "1e5", "-", "0x1", "1e", "x"]),
    st.sampled_from(["2026-02-28", "2026-02-30", " 2026-02-28", "2026-02-28T13:05", "2026-02-28 13:05:09.25"]),
    st.sampled_from(
        ["2026-02-28 24:00", "2026-02-28 13:05:60", "0000-01-01", "٢026-01-01", "2026-2-8", "2026-02-28 7:5"]
    ),
    st.datetimes(datetime.fromisoformat("1700-01-01"), datetime.fromisoformat("2200-01-01")),
    st.dates(date.fromisoformat("1700-01-01"), date.fromisoformat("2200-01-01")),
    st.times(),
    st.just(datetime(2026, 1, 1, tzinfo=UTC)),
    st.just(Decimal("2.5")),
)


@given(st.fixed_dictionaries(dict.fromkeys(SEEN, CELLS)))
@example(dict.fromkeys(SEEN))
@example(dict.fromkeys(SEEN, "2.5"))
@example(dict.fromkeys(SEEN, time(12, 30)))
@example(dict.fromkeys(SEEN, "0000-01-01"))
def test_one_row_scores_as_a_batch(pairs: Pairs, row: dict[str, Any]) -> None:
    """Missing, unknown and wrongly typed cells give the numbers of a batch, to the last digit."""
    for release, scorer in pairs:
        assert scorer.one(row) == batch(release, row)


def test_every_row_of_a_table_scores_as_in_the_batch(releases: list[Release]) -> None:
    """Row by row gives what all rows together give; the scorer keeps nothing of the row before."""
    frame = table()
    for release in releases:
        one = release.scorer().one
        assert [one(row) for row in frame.to_dicts()] == release.predict(frame).to_dicts()


def test_bent_revenue_is_that_of_the_batch(releases: list[Release]) -> None:
    """One row is put on the same straight pieces as a batch, to the last digit."""
    bend = Bend((0.0, 0.3, 0.9, 1.7), (0.0, 0.1, 0.7, 2.9), (1 / 3, 1.0, 2.75, 1.7))
    for release in releases:
        bent = dataclasses.replace(release, settled=msgspec.structs.replace(release.settled, bend=bend))
        one = bent.scorer().one
        assert [one(row) for row in table().to_dicts()] == bent.predict(table()).to_dicts()


def test_a_recipe_means_the_same_from_json(releases: list[Release]) -> None:
    """The recipe as JSON is the recipe: in training, in a batch and for one row."""
    frame = table()
    for release in releases:
        read = msgspec.json.decode(msgspec.json.encode(release.fitted.recipe), type=Recipe)
        assert read == release.fitted.recipe
        assert np.array_equal(read.trees(frame), release.fitted.recipe.trees(frame), equal_nan=True)
        again = dataclasses.replace(release, fitted=Fitted(read, release.fitted.trees, release.fitted.lines))
        assert again.predict(frame).equals(release.predict(frame))
        assert again.scorer().one(frame.to_dicts()[0]) == release.predict(frame[:1]).to_dicts()[0]


def test_a_question_without_trees_answers_its_constant(releases: list[Release]) -> None:
    """Where training rows had one answer only, that answer stands for every row."""
    release = releases[0]
    fitted = msgspec.structs.replace(release.fitted, trees=(Trees("", 0.25),))
    constant = dataclasses.replace(release, fitted=fitted)
    row = table().to_dicts()[0]
    assert constant.scorer().one(row) == batch(constant, row)


def test_missing_columns_are_named(releases: list[Release]) -> None:
    """A row without columns that are needed is refused, all of them named; others are ignored."""
    row = table().to_dicts()[0]
    scorer = releases[0].scorer()
    assert scorer.one(row | {"extra": [1]}) == scorer.one(row)
    with pytest.raises(ColumnError, match="'device', 'day'"):
        scorer.one({name: cell for name, cell in row.items() if name not in ("device", "day")})


@pytest.mark.parametrize("cell", [[1], {"a": 1}, b"x", object(), timedelta(1), {1, 2}])
def test_cells_that_are_no_values_are_refused(releases: list[Release], cell: object) -> None:
    """Lists, records, bytes and objects end in a sentence that names the column."""
    scorer = releases[0].scorer()
    row = table().to_dicts()[0]
    for name in ("amount", "device", "member", "born"):
        with pytest.raises(InputError, match=f"column '{name}'"):
            scorer.one(row | {name: cell})


@pytest.mark.parametrize("name", ["amount", "device"])
def test_numbers_beyond_all_bounds_are_refused(releases: list[Release], name: str) -> None:
    """A whole number that no column can hold ends in a sentence."""
    with pytest.raises(InputError, match=f"column '{name}' holds int"):
        releases[0].scorer().one(table().to_dicts()[0] | {name: 2**200})
