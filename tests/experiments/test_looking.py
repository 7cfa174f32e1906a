"""The sums behind an analysis."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from clientela.domain.errors import InputError
from clientela.domain.goal import Goal
from clientela.experiments.goals import Kind
from clientela.experiments.looking import control_of, daily_effects, fetch, running

from .made import units_of, visitors


@pytest.fixture(scope="module")
def hillstrom(real_data: Callable[[str], Path]) -> pl.DataFrame:
    """Hillstrom's 64,000 customers."""
    with gzip.open(real_data("hillstrom.csv.gz")) as file:
        return pl.read_csv(file.read(), infer_schema_length=None)


def test_published_differences_and_errors_of_hillstrom(hillstrom: pl.DataFrame) -> None:
    """Differences of both e-mails and their standard errors are the published ones to six digits."""
    units = units_of(hillstrom, variant="segment", outcome="spend", guards=("visit", "conversion"))
    held = fetch(units).arms
    published = {
        ("Mens E-Mail", "visit"): (0.076590, 0.003386),
        ("Mens E-Mail", "conversion"): (0.006805, 0.000921),
        ("Mens E-Mail", "spend"): (0.769827, 0.145247),
        ("Womens E-Mail", "visit"): (0.045233, 0.003234),
        ("Womens E-Mail", "conversion"): (0.003111, 0.000823),
        ("Womens E-Mail", "spend"): (0.424412, 0.130333),
    }
    measures = {measure.name: measure for measure in (units.measure, *units.guards)}
    for (variant, name), (difference, error) in published.items():
        measure = measures[name]
        found = daily_effects(measure, {"": dict(held[measure.value])}, (variant, "No E-Mail"))[""]
        assert found == pytest.approx((difference, error), abs=5.1e-7)


def test_sums_by_day_add_up_to_the_whole() -> None:
    """The running cumulants after the last day are those of all rows; a day with one arm alone has no effect."""
    frame = visitors(60, days=6).filter(~((pl.col("time").dt.day() == 3) & (pl.col("variant") == "b")))
    fetched = fetch(units_of(frame, guards=("bounce",), covariates=("age",)))
    assert list(fetched.days) == [f"2024-01-0{day}" for day in range(1, 7)]
    assert fetched.counts == {"a": 30, "b": 25}
    assert set(fetched.covariates) == {"c0"}
    plain = units_of(frame)
    measure, fetched = plain.measure, fetch(plain)
    effects = daily_effects(measure, fetched.days, ("b", "a"))
    assert "2024-01-03" not in effects
    assert len(effects) == 5
    _, first, second = running(measure, fetched.days, ("b", "a"))[-1]
    means = dict(frame.group_by("variant").agg(pl.col("revenue").mean()).iter_rows())
    assert float(first.mean) == pytest.approx(means["b"])
    assert float(second.mean) == pytest.approx(means["a"])


def test_the_running_answer_begins_when_both_arms_have_been_seen() -> None:
    """Days before the second arm has two visitors are left out of the running answer."""
    frame = visitors(60, days=6).filter((pl.col("time").dt.day() > 2) | (pl.col("variant") == "a"))
    fetched = fetch(units_of(frame))
    assert running(units_of(frame).measure, fetched.days, ("b", "a"))[0][0] == "2024-01-03"


def test_a_duration_alone_is_fetched_for_its_counts() -> None:
    """A time needs no sums of powers, but visitors are counted per arm."""
    frame = visitors(40).with_columns(pl.col("revenue").alias("duration"))
    units = units_of(frame, goal=Goal.TIME_TO_CHECKOUT)
    assert units.measure.kind is Kind.DURATION
    assert fetch(units).counts == {"a": 20, "b": 20}


@pytest.mark.parametrize(
    ("counts", "control"),
    [
        ({"green": 10, "Control": 90}, "Control"),
        ({"Mens": 1, "No E-Mail": 9}, "No E-Mail"),
        ({"b": 1, "a": 9}, "a"),
        ({"1": 1, "0": 9}, "0"),
        ({"true": 1, "false": 9}, "false"),
        ({"north": 9, "green": 3, "nope": 5}, "green"),
    ],
)
def test_the_control_is_found_by_its_name_else_it_is_the_smallest(counts: dict[str, float], control: str) -> None:
    """Usual names of a control are known; without one the smallest arm is the control."""
    assert control_of(counts, None) == control


def test_a_control_that_was_asked_for_is_taken_or_refused() -> None:
    """The name asked for wins; an unknown one names what there is, and one arm alone is no experiment."""
    assert control_of({"a": 1, "b": 1}, "b") == "b"
    with pytest.raises(InputError, match="no variant 'c' with visitors in it: the variants are 'a', 'b'"):
        control_of({"a": 1, "b": 1}, "c")
    with pytest.raises(InputError, match="only the variant 'a'"):
        control_of({"a": 1}, None)
