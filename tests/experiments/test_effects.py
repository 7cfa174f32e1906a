"""From sums to an effect."""

from __future__ import annotations

import math

import numpy as np
import pytest

from clientela.experiments.effects import (
    DEFAULT_PLANNED,
    Compared,
    Judged,
    arm_cumulants,
    early,
    effective,
    effects_of,
    sharpening,
    total,
)
from clientela.experiments.goals import Kind, Measure
from clientela.experiments.result import Effect
from clientela.statistics.cumulants import Cumulants, PowerSums, from_values

MEAN = Measure("revenue", Kind.MEAN, "value", unit="money")
RATIO = Measure("revenue", Kind.RATIO, "value", "visits")


def judged(first: Cumulants, second: Cumulants, planned: float = DEFAULT_PLANNED, saved: float = 0.0) -> Effect:
    """Return the effect of one variant."""
    (found,) = effects_of([Compared(MEAN, "b", "a", first, second, saved)], Judged(0.95, planned))
    return found


def test_effects_do_not_depend_on_what_stands_beside_them() -> None:
    """Effects judged together are those judged alone; of none there are none."""
    rng = np.random.default_rng(4)
    arms = [from_values(rng.gamma(2, 10, size)).cumulants() for size in (100, 3000, 400)]
    arms.append(from_values(np.where(rng.random(500) < 0.1, rng.lognormal(3, 1, 500), 0.0)).cumulants())
    compared = [Compared(MEAN, "b", "a", arm, arms[0]) for arm in arms[1:]]
    together = effects_of(compared, Judged(0.95, DEFAULT_PLANNED))
    for one, arm in zip(together, arms[1:], strict=True):
        alone = judged(arm, arms[0])
        for name in ("difference", "lift", "any_look"):
            ends = [(getattr(part, name).low, getattr(part, name).high) for part in (one, alone)]
            assert ends[0] == pytest.approx(ends[1], rel=1e-6)
        assert one.p_any_look == pytest.approx(alone.p_any_look)
    assert effects_of([], Judged(0.95, DEFAULT_PLANNED)) == []


def test_an_effect_holds_for_one_look_and_wider_for_any() -> None:
    """The interval for any look holds the one for one look, and both hold the difference."""
    rng = np.random.default_rng(1)
    first, second = (from_values(rng.gamma(2, 10 + step, 3000)).cumulants() for step in (1, 0))
    found = judged(first, second, saved=0.2)
    assert found.any_look.low < found.difference.low < found.difference.value < found.difference.high
    assert found.difference.high < found.any_look.high
    assert found.p_fixed < found.p_any_look == found.p_adjusted
    assert found.lift.value == pytest.approx(float(first.mean / second.mean) - 1)
    assert (found.saved, found.unit, found.difference.n) == (0.2, "money", 6000)
    assert found.good
    assert (found.sure, found.p_any_look <= 0.05) in ((True, True), (False, False))


def test_a_mean_at_or_below_zero_has_no_lift() -> None:
    """Relative change is undefined where the control's mean is not above zero."""
    rng = np.random.default_rng(1)
    first, second = (from_values(rng.normal(mean, 1, 200)).cumulants() for mean in (1, -1))
    assert math.isnan(judged(first, second).lift.value)


def test_too_little_is_no_statement() -> None:
    """Where nothing varies, or hardly anybody had an outcome, any look is without end."""
    same = from_values(np.ones(50)).cumulants()
    assert early(same, same)
    found = judged(same, same)
    assert (found.any_look.low, found.any_look.high, found.p_any_look) == (-math.inf, math.inf, 1.0)
    assert found.p_fixed == 1.0


def test_a_planned_size_makes_its_own_look_tightest() -> None:
    """The boundary at the planned size is lower than that of another plan."""
    rng = np.random.default_rng(2)
    first, second = (from_values(rng.normal(0, 1, 400)).cumulants() for _ in range(2))
    ends = {plan: judged(first, second, plan).any_look.high for plan in (20.0, 200.0, 20_000.0)}
    assert ends[200.0] < ends[20.0]
    assert ends[200.0] < ends[20_000.0]


def test_a_covariate_takes_variance_off_and_leaves_the_mean_true() -> None:
    """The variance falls by the squared correlation; an arm with a lower covariate is lifted."""
    rng = np.random.default_rng(3)
    before = rng.normal(0, 1, 4000)
    value = before + rng.normal(0, 1, 4000)
    halves = {"a": (value[:2000], before[:2000]), "b": (value[2000:], before[2000:])}
    whole = from_values(value, before)
    sums = {name: _about(held, whole.origin) for name, held in halves.items()}
    made = arm_cumulants(MEAN, sums)
    assert float(made["a"].variance) == pytest.approx(1, abs=0.1)
    slope, around = sharpening(sums)
    assert slope == pytest.approx(1, abs=0.05)
    expected = halves["a"][0].mean() - slope * (halves["a"][1].mean() - around)
    assert float(made["a"].mean) == pytest.approx(expected)
    assert total(list(sums.values())).n == 4000
    assert sharpening({}) == (0.0, 0.0)


def _about(held: tuple[np.ndarray, np.ndarray], origin: tuple[float, float]) -> PowerSums:
    u, w = held[0] - origin[0], held[1] - origin[1]
    powers = [(i, j) for i in range(4) for j in range(4) if 0 < i + j <= 3]
    return PowerSums(float(u.size), origin, {(i, j): float((u**i * w**j).sum()) for i, j in powers})


def test_a_ratio_has_the_variance_of_the_delta_method() -> None:
    """Revenue per visit, visitors drawn: the variance is that of revenue less ratio times visits, per mean visit."""
    rng = np.random.default_rng(4)
    visits = rng.geometric(0.4, 3000).astype(float)
    spent = rng.gamma(2, 5, 3000) * visits
    made = arm_cumulants(RATIO, {"a": from_values(spent, visits), "gone": from_values(spent[:1], visits[:1])})
    assert list(made) == ["a"]
    ratio = spent.sum() / visits.sum()
    assert float(made["a"].mean) == pytest.approx(ratio)
    assert float(made["a"].variance) == pytest.approx((spent - ratio * visits).var(ddof=1) / visits.mean() ** 2)
    nothing = arm_cumulants(RATIO, {"a": from_values(np.zeros(5), np.zeros(5))})
    assert math.isnan(float(nothing["a"].mean))


def test_effective_units_are_those_of_the_smaller_arm_at_most() -> None:
    """Two arms of n are worth n / 2; a holdout of a few is worth less than it has."""
    assert effective(10, 10) == 5
    assert 99 < effective(100, 1e6) < 100
