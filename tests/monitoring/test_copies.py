"""Rows with a repeated key: what tells a delivery, a load and a join apart."""

from __future__ import annotations

from collections.abc import Callable

import polars as pl
import pytest
from tests.monitoring.conftest import visits

from clientela.domain.incident import Cause
from clientela.monitoring.baseline import learn_baseline
from clientela.monitoring.checking import check
from clientela.monitoring.result import CheckResult
from clientela.tables.frames import from_frame

Checked = Callable[[pl.DataFrame], CheckResult]


@pytest.mark.parametrize(("seconds", "cause"), [(3, Cause.DUPLICATES), (90_000, Cause.FANOUT)])
def test_a_row_delivered_twice_has_another_time_hardly_later(
    seconds: int, cause: Cause, checked: Checked, clean: pl.DataFrame
) -> None:
    """Rows that differ from others with their key in the time alone, by seconds, came twice; by a day they did not."""
    extra = clean.gather_every(8).with_columns(pl.col("at") + pl.duration(seconds=seconds))
    (found,) = checked(pl.concat([clean, extra]).sort("at")).incidents
    assert (found.cause, found.columns) == (cause, ("visit",))
    assert ("at" in str(found.evidence.get("equal but for"))) == (cause is Cause.DUPLICATES)


def test_all_rows_of_some_levels_were_multiplied_by_a_join(checked: Checked, clean: pl.DataFrame) -> None:
    """Copies of all of a shop's visits and of no others are a fan-out; of random visits they are loaded twice."""
    of_shop = clean.filter(pl.col("shop") == "Oslo")
    (found,) = checked(pl.concat([clean, of_shop]).sort("at")).incidents
    assert (found.cause, found.evidence["only where"]) == (Cause.FANOUT, "shop is Oslo")
    (found,) = checked(pl.concat([clean, clean.sample(of_shop.height, seed=1)]).sort("at")).incidents
    assert found.cause is Cause.DUPLICATES


def test_the_file_of_one_shop_loaded_again_is_no_join(checked: Checked, clean: pl.DataFrame) -> None:
    """Copies of all of a shop's visits that stand together behind the others are its file, which came twice."""
    (found,) = checked(pl.concat([clean, clean.filter(pl.col("shop") == "Oslo")])).incidents
    assert found.cause is Cause.DUPLICATES


def test_the_last_rows_loaded_again_are_no_join_though_all_of_one_level() -> None:
    """A part of the file that was loaded again is all of a day's rows and no others, and still loaded twice."""

    def dated(rows: int, seed: int) -> pl.DataFrame:
        frame = visits(rows, seed).sort("at")
        return frame.with_columns(pl.col("at").dt.strftime("%V").alias("week"))

    with from_frame(dated(5000, 0)) as table:
        baseline = learn_baseline(table)
    batch = dated(1000, 5)
    with from_frame(pl.concat([batch, batch.filter(pl.col("week") == batch["week"][-1])])) as table:
        assert [found.cause for found in check(baseline, table).incidents] == [Cause.DUPLICATES]


def test_rows_that_come_as_often_as_a_column_says_are_lines(checked: Checked, clean: pl.DataFrame) -> None:
    """Visits repeated once for each of their pages were joined with the pages."""
    some = clean.sample(200, seed=2)
    lines = some.select(pl.all().repeat_by("pages").explode())
    frame = pl.concat([clean.join(some.select("visit"), on="visit", how="anti"), lines]).sort("at")
    (found,) = checked(frame).incidents
    assert (found.cause, found.evidence["as often as"]) == (Cause.FANOUT, "pages")


def test_rows_that_come_three_times_were_not_loaded_twice(checked: Checked, clean: pl.DataFrame) -> None:
    """Where most repeated keys come three times a join multiplied them; a file loaded three times repeats all."""
    some = clean.sample(150, seed=3)
    (found,) = checked(pl.concat([clean, some, some]).sort("at")).incidents
    assert (found.cause, found.evidence["three times or more"]) == (Cause.FANOUT, 1.0)
    (found,) = checked(pl.concat([clean, clean, clean]).sort("at")).incidents
    assert found.cause is Cause.DUPLICATES
