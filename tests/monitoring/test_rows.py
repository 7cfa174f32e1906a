"""Whole rows: copies, replays, joins, lost keys, and their number."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import polars as pl
import pytest
from tests.monitoring.conftest import visits

from clientela.domain.incident import Cause
from clientela.monitoring.baseline import Baseline, learn_baseline
from clientela.monitoring.checking import check
from clientela.monitoring.result import CheckResult
from clientela.tables.frames import from_frame

Checked = Callable[[pl.DataFrame], CheckResult]


def _causes(result: CheckResult) -> list[Cause]:
    return [incident.cause for incident in result.incidents]


def test_rows_multiplied_by_a_join_are_no_copies(checked: Checked, clean: pl.DataFrame) -> None:
    """The same keys with another shop are a fan-out, though some shops are equal by chance."""
    extra = clean.head(200).with_columns(pl.col("shop").shuffle(seed=4))
    assert _causes(checked(pl.concat([clean, extra]))) == [Cause.FANOUT]


def test_a_table_without_keys_knows_copies_and_replays() -> None:
    """Whole rows that are equal tell both."""
    reference, batch = visits(3000, 0).drop("visit"), visits(800, 5).drop("visit")
    with from_frame(reference) as table:
        baseline = learn_baseline(table)
    told = []
    for frame in (batch, pl.concat([batch, batch.head(150)]), pl.concat([batch.head(600), reference.head(200)])):
        with from_frame(frame) as table:
            told.append(_causes(check(baseline, table)))
    assert told == [[], [Cause.DUPLICATES], [Cause.STALE]]


def test_a_whole_replay_is_one_incident(checked: Checked) -> None:
    """A batch that is the reference's rows again is told once and nothing else is."""
    assert _causes(checked(visits(5000, 0).head(700))) == [Cause.STALE]


@pytest.mark.parametrize(("earlier", "alarm"), [([1000] * 6, True), ([450, 700, 500, 900], False), ([1000] * 3, False)])
def test_the_number_of_rows_is_held_against_its_history(earlier: list[int], alarm: bool, baseline: Baseline) -> None:
    """Half of the usual rows is an incident where four batches or more were steady."""
    with from_frame(visits(500, 6)) as table:
        result = check(baseline, table, earlier_rows=earlier)
    assert _causes(result) == ([Cause.VOLUME] if alarm else [])


def test_rows_that_were_not_collected_explain_that_they_are_few(baseline: Baseline) -> None:
    """A batch without its evenings is one incident; that rows are few is a note."""
    with from_frame(visits(2000, 5).filter(pl.col("at").dt.hour() < 16)) as table:
        result = check(baseline, table, [2000, 1990, 2010, 2005])
    assert _causes(result) == [Cause.SAMPLING]
    assert any("rows where 2,0" in note for note in result.notes)


def test_a_replay_of_some_rows_is_no_lack_of_rows(baseline: Baseline) -> None:
    """As many rows as usual, two in five of them old ones, are one incident."""
    frame = pl.concat([visits(600, 5), visits(5000, 0).tail(400)])
    with from_frame(frame) as table:
        assert _causes(check(baseline, table, [1000, 990, 1010, 1005])) == [Cause.STALE]


def test_keys_all_missing_are_no_placeholder(checked: Checked, clean: pl.DataFrame) -> None:
    """Keys that are gone are missing cells."""
    assert _causes(checked(clean.with_columns(pl.lit(None).cast(pl.String).alias("visit")))) == [Cause.MISSINGNESS]


def test_copies_with_new_keys_are_told_and_rows_of_a_stock_are_not(checked: Checked, clean: pl.DataFrame) -> None:
    """Rows that come exactly twice under new keys were loaded twice."""
    extra = clean.head(200).with_columns(pl.concat_str(pl.lit("n"), "visit").alias("visit"))
    assert _causes(checked(pl.concat([clean, extra]))) == [Cause.DUPLICATES]


@pytest.mark.parametrize(("value", "cause"), [("2147483647", Cause.OVERFLOW), ("9780000000017", Cause.KEY_BREAK)])
def test_numbers_beyond_a_field_become_its_largest_one(value: str, cause: Cause) -> None:
    """Article numbers of 13 digits that became the largest of 31 bits overflowed; another one for many lost theirs."""
    rng = np.random.default_rng(4)
    numbers = [str(one) for one in 9_780_000_000_100 + rng.integers(0, 10**7, 600)]
    frame = pl.DataFrame(
        {
            "visit": [f"v{row}" for row in range(3600)],
            "article": [numbers[one] for one in rng.integers(0, 600, 3600)],
            "pages": rng.poisson(5, 3600),
        }
    )
    with from_frame(frame[:3000]) as table:
        learnt = learn_baseline(table)
    lost = pl.when(pl.int_range(pl.len()) % 4 == 0).then(pl.lit(value)).otherwise("article").alias("article")
    with from_frame(frame[3000:].with_columns(lost)) as table:
        (found,) = check(learnt, table).incidents
    assert (found.cause, found.columns) == (cause, ("article",))


@pytest.mark.parametrize("word", ["null", "unknown", "N/A"])
def test_a_word_for_missing_in_a_key_breaks_the_key(word: str, checked: Checked, clean: pl.DataFrame) -> None:
    """Keys replaced by one word are keys that are none any more."""
    rows = pl.int_range(pl.len()) % 12 == 0
    frame = clean.with_columns(pl.when(rows).then(pl.lit(word)).otherwise("visit").alias("visit"))
    (found,) = checked(frame).incidents
    assert (found.cause, found.columns) == (Cause.KEY_BREAK, ("visit",))


def test_rows_alike_because_a_column_lost_its_values_are_no_copies() -> None:
    """Short times set to 0 make rows of a table without keys equal, which is told of the column and not of the rows."""

    def plain(rows: int, seed: int) -> pl.DataFrame:
        return visits(rows, seed).drop("visit", "at", "paid", "bought")

    with from_frame(plain(4000, 0)) as table:
        baseline = learn_baseline(table)
    batch = plain(1500, 5)
    short = batch.with_columns(pl.when(pl.col("seconds") < 60).then(0.0).otherwise("seconds").alias("seconds"))
    with from_frame(short) as table:
        found = check(baseline, table).incidents
    assert [item.columns for item in found] == [("seconds",)]
    with from_frame(pl.concat([batch, batch.filter(pl.col("shop") == "Oslo")])) as table:
        assert _causes(check(baseline, table))[0] is Cause.DUPLICATES


def test_a_key_of_many_rows_that_differ_in_one_column_was_multiplied(checked: Checked, clean: pl.DataFrame) -> None:
    """An order of twenty lines, joined with them, repeats its key often; that makes it no lost key."""
    times = np.where(np.arange(clean.height) == 7, 20, np.where(np.arange(clean.height) % 3 == 0, 3, 1))
    joined = clean.select(pl.all().repeat_by(pl.Series(times)).explode())
    joined = joined.with_columns(pages=pl.int_range(1, pl.len() + 1).over("visit"))
    found = checked(joined).incidents
    assert found[0].cause is Cause.FANOUT
    assert Cause.KEY_BREAK not in [incident.cause for incident in found]


def test_old_rows_with_new_keys_are_a_replay(checked: Checked, clean: pl.DataFrame) -> None:
    """Rows of the reference that come under new keys are old ones; new rows at the same moments are not."""
    old = visits(5000, 0).tail(300).with_columns(pl.concat_str(pl.lit("n"), "visit").alias("visit"))
    (found,) = checked(pl.concat([clean.head(700), old])).incidents
    assert (found.cause, found.columns, found.evidence["rows"]) == (Cause.STALE, ("visit", "at"), 300)
    moments = clean.with_columns(visits(5000, 0)["at"].head(1000).sort().alias("at"))
    assert checked(moments).incidents == ()


def test_rows_of_few_kinds_are_equal_by_chance_and_no_replay() -> None:
    """Where a tenth of the rows are equal to others but for the key, more of the usual ones are a season."""

    def plain(rows: int, seed: int) -> pl.DataFrame:
        return visits(rows, seed).drop("at", "seconds", "paid")

    with from_frame(plain(4000, 0)) as table:
        baseline = learn_baseline(table)
    for frame in (plain(1000, 5), plain(2000, 6).filter((pl.col("shop") != "Oslo") | (pl.col("pages") < 4))):
        with from_frame(frame) as table:
            assert Cause.STALE not in _causes(check(baseline, table))


@pytest.mark.parametrize(("names", "lost"), [(["seconds"], None), (["seconds"], 0.0), (["seconds", "pages"], None)])
def test_cells_that_go_missing_make_no_copies_where_nothing_tells_rows_apart(
    names: list[str], lost: float | None
) -> None:
    """Rows without keys are equal once a column lost its values, which is told alone; rows loaded twice stay told."""

    def plain(rows: int, seed: int) -> pl.DataFrame:
        return visits(rows, seed).select("shop", "device", "pages", pl.col("seconds").round(0))

    with from_frame(plain(4000, 0)) as table:
        baseline = learn_baseline(table)
    batch, rng = plain(1000, 5), np.random.default_rng(3)
    hit = {name: pl.Series(rng.random(1150) < 0.2) for name in names}
    twice = pl.concat([batch, batch.head(150)])
    told = []
    for frame in (batch, twice):
        some = frame.with_columns(
            pl.when(hit[name].head(frame.height)).then(pl.lit(lost)).otherwise(name).alias(name) for name in names
        )
        with from_frame(some) as table:
            told.append(check(baseline, table).incidents)
    assert all(item.columns for item in told[0])
    assert {column for item in told[0] for column in item.columns} == set(names)
    assert told[1][0].cause is Cause.DUPLICATES
