"""Effects on a time until an event."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from clientela.domain.errors import InputError
from clientela.domain.goal import Goal
from clientela.experiments.effects import DEFAULT_PLANNED, Judged
from clientela.experiments.timing import duration_effects

from .made import units_of

JUDGED = Judged(0.95, DEFAULT_PLANNED)


def watched(n: int = 2000, faster: float = 0.7, until: float = 20.0) -> pl.DataFrame:
    """Return times until checkout, watched for a while; b is faster."""
    rng = np.random.default_rng(1)
    variant = np.where(np.arange(n) % 2 == 0, "a", "b")
    times = rng.exponential(8, n) * np.where(variant == "b", faster, 1)
    return pl.DataFrame({"variant": variant, "time": np.minimum(times, until), "finished": times < until})


def test_a_faster_variant_is_faster() -> None:
    """The restricted mean falls by what was planted, is good, and the log-rank test says the same."""
    units = units_of(watched(), goal=Goal.TIME_TO_CHECKOUT)
    arms, (effect,), told = duration_effects(units, "a", ["a", "b"], JUDGED)
    truth = [mean * (1 - np.exp(-20 / mean)) for mean in (8.0, 5.6)]
    assert [arm.value.value for arm in arms] == pytest.approx(truth, rel=0.06)
    assert effect.difference.value == arms[1].value.value - arms[0].value.value
    assert effect.difference.low < truth[1] - truth[0] < effect.difference.high
    assert effect.any_look.low < effect.difference.low
    assert effect.lift.low < truth[1] / truth[0] - 1 < effect.lift.high
    assert effect.good
    assert effect.p_fixed < 1e-6
    assert told[0] == "Times are averaged up to 20, the longest that every variant was watched."
    assert "those not finished finish 1.4" in told[1]


def test_a_median_that_was_not_reached_is_said() -> None:
    """Where fewer than half finished there is no median, only that it lies beyond the watch."""
    units = units_of(watched(until=2.0), goal=Goal.TIME_TO_CHECKOUT)
    _, _, told = duration_effects(units, "a", ["a", "b"], JUDGED)
    assert "after more than was watched with 'a'" in told[1]


def test_without_a_column_of_ends_each_time_ended() -> None:
    """Every time counts as an end where nothing says otherwise."""
    frame = watched(400, until=1e9).drop("finished")
    arms, _, _ = duration_effects(units_of(frame, goal=Goal.TIME_TO_CHECKOUT), "a", ["a", "b"], JUDGED)
    times = frame.filter(pl.col("variant") == "b")["time"].to_numpy()
    assert arms[1].value.value == pytest.approx(times.mean())


def test_times_that_never_vary_differ_by_nothing_sure() -> None:
    """All at one time: a difference of zero with p 1, and no division by a mean of zero."""
    frame = pl.DataFrame({"variant": ["a", "b"] * 4, "time": [0.0] * 8})
    _, (effect,), _ = duration_effects(units_of(frame, goal=Goal.TIME_TO_CHECKOUT), "a", ["a", "b"], JUDGED)
    assert (effect.difference.value, effect.p_fixed) == (0.0, 1.0)
    assert np.isnan(effect.lift.value)


def test_an_arm_in_which_nobody_finished_is_refused() -> None:
    """Nothing is said of an arm without a single end."""
    frame = watched(40).with_columns(finished=pl.col("variant") == "a")
    with pytest.raises(InputError, match="Nobody finished in the variant 'b'"):
        duration_effects(units_of(frame, goal=Goal.TIME_TO_CHECKOUT), "a", ["a", "b"], JUDGED)
