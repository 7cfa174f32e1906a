"""Each doubt is raised where it is planted, and not where it is not."""

from __future__ import annotations

import numpy as np
import pytest

from clientela.domain.estimate import Estimate
from clientela.domain.finding import Severity
from clientela.experiments import doubting
from clientela.experiments.result import Effect, Trouble
from clientela.statistics.cumulants import Cumulants, from_values

EVEN = {"a": 0.5, "b": 0.5}


def test_the_published_check_of_arm_sizes() -> None:
    """Hillstrom's three arms pass with the published p-value."""
    p = doubting.sample_ratio_p([21387, 21307, 21306], [1 / 3] * 3)
    assert p == pytest.approx(0.903693, abs=5e-7)


def test_arm_sizes_other_than_drawn_void_the_answer() -> None:
    """With shares stated a mismatch blocks; without, it is a warning; equal arms pass."""
    assert doubting.sample_ratio({"a": 5020, "b": 4980}, EVEN, stated=True) is None
    stated = doubting.sample_ratio({"a": 5300, "b": 4700}, EVEN, stated=True)
    assert stated is not None
    assert stated.severity is Severity.BLOCKER
    assert "5,300 in a, 4,700 in b; chance would do so once in" in stated.title
    guessed = doubting.sample_ratio({"a": 500, "b": 9500}, EVEN, stated=False)
    assert guessed is not None
    assert guessed.severity is Severity.WARNING
    assert "--holdout" in guessed.advice


def drawn(mean: float, seed: int, n: int = 2000) -> Cumulants:
    """Return the cumulants of normal values."""
    return from_values(np.random.default_rng(seed).normal(mean, 1, n)).cumulants()


def test_arms_that_differed_before_void_the_answer() -> None:
    """A covariate that differs is named; covariates drawn alike, or none, raise nothing."""
    found = doubting.imbalance({"age": (drawn(0.3, 1), drawn(0, 2)), "height": (drawn(0, 3), drawn(0, 4))})
    assert found is not None
    assert (found.severity, found.columns) == (Severity.BLOCKER, ("age",))
    assert "in 1 of 2 columns" in found.title
    assert doubting.imbalance({"age": (drawn(0, 5), drawn(0, 6))}) is None
    assert doubting.imbalance({}) is None


def test_shares_that_change_on_the_way_are_told() -> None:
    """A ramp from 10 % to 50 % is seen; steady shares and a single day are not."""
    ramp = {f"2024-01-0{day}": {"a": 1000.0 - 80 * day, "b": 80.0 * day} for day in range(1, 7)}
    found = doubting.exposure(ramp, {"a": 0.72, "b": 0.28})
    assert found is not None
    assert found.evidence["days"] == 6
    steady = {f"2024-01-0{day}": {"a": 500.0 + day, "b": 500.0 - day} for day in range(1, 7)}
    assert doubting.exposure(steady, EVEN) is None
    assert doubting.exposure({"2024-01-01": {"a": 900.0, "b": 100.0}}, EVEN) is None


def test_days_without_any_decision_are_told() -> None:
    """Missing days between the first and the last are counted."""
    found = doubting.gaps(["2024-01-01", "2024-01-05"])
    assert found is not None
    assert found.evidence["days missing"] == 3
    assert doubting.gaps(["2024-01-01", "2024-01-02"]) is None
    assert doubting.gaps(["2024-01-01"]) is None


def by_day(values: list[float], error: float = 0.5) -> dict[str, tuple[float, float]]:
    """Return differences and errors of days from the first of January."""
    return {f"2024-01-{day:02d}": (value, error) for day, value in enumerate(values, 1)}


def test_an_effect_that_fades_or_grows_is_told() -> None:
    """A trend over the days is a warning with its direction; a steady effect and few days raise nothing."""
    (fading,) = doubting.by_day(by_day([8, 7, 6, 5, 4, 3, 2]), "money")
    assert (fading.code, fading.severity) == ("novelty", Severity.WARNING)
    assert "faded over the 7 days, by 1 money a day" in fading.title
    (growing,) = doubting.by_day(by_day([2, 3, 4, 5, 6, 7, 8]), "money")
    assert "grew" in growing.title
    assert doubting.by_day(by_day([4.1, 3.9, 4.2, 4.0, 3.8]), "money") == []
    assert doubting.by_day(by_day([8, 1, 8]), "money") == []
    assert doubting.by_day(by_day([8, 7, 6, 5, 4], float("nan")), "money") == []


def test_an_effect_that_differs_by_weekday_is_told() -> None:
    """Weekends apart from weekdays over three weeks are seen; the same effect every day is not."""
    weeks = [5.0, 5.0, 5.0, 5.0, 5.0, -5.0, -5.0] * 3
    assert [doubt.code for doubt in doubting.by_day(by_day(weeks), "money")] == ["day_of_week"]
    assert doubting.by_day(by_day([4.0, 4.1] * 8), "money") == []


def test_broken_weeks_are_mentioned() -> None:
    """Ten days are no whole weeks; two weeks are, and in a long run it does not matter."""
    found = doubting.whole_weeks(10)
    assert found is not None
    assert found.severity is Severity.INFO
    assert [doubting.whole_weeks(days) for days in (0, 14, 100)] == [None, None, None]


def effect(p_fixed: float, p_any: float) -> Effect:
    """Return an effect with these p-values."""
    one = Estimate(1.0, 0.1, 1.9, 100, "made")
    return Effect("revenue", "b", "a", "money", 1, one, one, one, p_fixed, p_any, p_any)


def test_an_effect_at_one_look_only_is_doubtful() -> None:
    """What the interval for one look shows and the one for any look does not is told; sure and empty ones are not."""
    found = doubting.peeking([effect(0.01, 0.2)], planned=False)
    assert found is not None
    assert found.evidence == {"p at one look": 0.01, "p at any look": 0.2, "size was planned": False}
    assert doubting.peeking([effect(0.001, 0.01), effect(0.5, 1.0)], planned=True) is None


def rare(n: int, bought: int) -> Cumulants:
    """Return the cumulants of n visitors of whom few bought."""
    values = np.zeros(n)
    values[:bought] = 1
    return from_values(values).cumulants()


def test_too_few_outcomes_are_told() -> None:
    """An arm with two buyers in a small holdout is too early; hundreds in both arms are not."""
    found = doubting.too_early("bought", {"b": (rare(95000, 30), rare(500, 0)), "c": (rare(95000, 20), rare(500, 0))})
    assert found is not None
    assert found.title == "Too few outcomes were seen to judge b and 1 more."
    alone = doubting.too_early("bought", {"b": (rare(95000, 30), rare(500, 0))})
    assert alone is not None
    assert alone.title == "Too few outcomes were seen to judge b."
    assert doubting.too_early("bought", {"b": (rare(5000, 300), rare(5000, 280))}) is None


def test_one_visitor_with_a_large_part_is_named() -> None:
    """A tenth of all revenue in one visitor is told; an even spread and no revenue are not."""
    found = doubting.large_values([500.0, 20.0], 1000.0, "revenue")
    assert found is not None
    assert found.title == "One visitor alone brought 50% of all revenue."
    assert doubting.large_values([20.0], 1000.0, "revenue") is None
    assert doubting.large_values([], 0.0, "revenue") is None
    assert doubting.large_values([0.0], 0.0, "revenue") is None


def test_machines_are_counted_by_arm() -> None:
    """Busy visitors are a doubt with their arms; none is none."""
    found = doubting.bots({"a": 3.0, "b": 1.0}, 5000.0, 2.0)
    assert found is not None
    assert found.title == "4 visitors have far more visits than chance allows (up to 5,000, half below 2)."
    assert (found.evidence["in a"], found.evidence["in b"]) == (3, 1)
    assert doubting.bots({}, 5.0, 2.0) is None


def test_visits_that_differ_between_arms_are_told() -> None:
    """Machines that all look alike raise the visits of one arm; visits drawn alike raise nothing."""
    rng = np.random.default_rng(3)
    control, alike, raised = (from_values(rng.geometric(p, 3000).astype(float)).cumulants() for p in (0.6, 0.6, 0.5))
    assert doubting.visits_apart({"b": (alike, control)}) is None
    found = doubting.visits_apart({"b": (alike, control), "c": (raised, control)})
    assert found is not None
    assert found.code is Trouble.BOTS
    assert found.title.startswith("Visitors of c have 1.97 visits each, those of the control 1.66")
    assert doubting.visits_apart({}) is None
    twice = from_values(np.full(50, 2.0)).cumulants()
    assert doubting.visits_apart({"b": (twice, twice)}) is None


def test_a_busy_day_without_outcomes_is_told() -> None:
    """Of one arm it voids the answer, of all it lowers values alike; quiet days, and the ends, tell nothing."""
    usual = {f"2026-01-0{day}": (1000, 30) for day in range(1, 8)}
    lost = usual | {"2026-01-04": (1000, 0)}
    assert doubting.silent_days({"a": usual, "b": usual}) is None
    one = doubting.silent_days({"a": usual, "b": lost})
    assert one is not None
    assert (one.severity, one.title) == (
        Severity.BLOCKER,
        "On 1 of 7 days no outcome came of b, the first 2026-01-04.",
    )
    both = doubting.silent_days({"a": lost, "b": lost})
    assert both is not None
    assert (both.severity, both.title) == (Severity.WARNING, "On 1 of 7 days no outcome came, the first 2026-01-04.")
    ends = usual | {"2026-01-01": (1000, 0), "2026-01-07": (1000, 0)}
    few = {day: (visitors, outcomes // 10) for day, (visitors, outcomes) in lost.items()}
    quiet = usual | {"2026-01-04": (100, 0)}
    none = dict.fromkeys(usual, (1000, 0))
    assert doubting.silent_days({"a": ends, "b": few, "c": quiet, "d": none}) is None
