"""The sums behind an analysis."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from clientela.domain.errors import InputError
from clientela.domain.goal import Goal
from clientela.experiments.doubting import by_day
from clientela.experiments.effects import arm_cumulants
from clientela.experiments.goals import Kind, Measure
from clientela.experiments.looking import control_of, daily_effects, fetch, running
from clientela.statistics.cumulants import PowerSums

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
        made = arm_cumulants(measures[name], held[measures[name].value])
        first, second = made[variant], made["No E-Mail"]
        found = first.mean - second.mean, (first.variance / first.n + second.variance / second.n) ** 0.5
        assert [float(part) for part in found] == pytest.approx([difference, error], abs=5.1e-7)


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
    first = frame.filter(pl.col("time").dt.day() == 1)
    arms = [first.filter(pl.col("variant") == name)["revenue"] for name in "ba"]
    shared = sum(arm.var() * arm.len() for arm in arms) / first.height
    wanted = arms[0].mean() - arms[1].mean(), (shared * (1 / arms[0].len() + 1 / arms[1].len())) ** 0.5
    assert effects["2024-01-01"] == pytest.approx(wanted)
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
    assert control_of({"Grün": 1, "Rot": 2, "Kontrolle": 3}, None) == "Kontrolle"
    with pytest.raises(InputError, match="no variant 'c' with visitors in it: the variants are 'a', 'b'"):
        control_of({"a": 1, "b": 1}, "c")
    with pytest.raises(InputError, match="only the variant 'a'"):
        control_of({"a": 1}, None)


def test_a_low_day_of_a_small_arm_is_no_surer_than_others() -> None:
    """Where a day's few outcomes set its own variance, low days would outweigh others and differ surely."""
    rng = np.random.default_rng(11)
    measure = Measure("converted", Kind.MEAN, "value")

    def day(n: int) -> PowerSums:
        ones = float(rng.binomial(n, 0.08))
        sums = {(1, 0): ones, (2, 0): ones, (3, 0): ones}
        return PowerSums(n, (0.0, 0.0), sums, (n - ones, 0, 0, 0), ((1.0, 0.0),) * min(int(ones), 20))

    raised = 0
    for _ in range(100):
        days = {f"2026-03-{2 + place:02}": {"a": day(40), "b": day(360)} for place in range(21)}
        raised += len(by_day(daily_effects(measure, days, ("b", "a")), ""))
    assert raised <= 6
