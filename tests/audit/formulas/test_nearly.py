"""Formulas with noise: found with their parts, and not where columns only go together."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import polars as pl
import pytest

from clientela.audit.checking import Context
from clientela.audit.formulas.deriving import Rule
from clientela.audit.formulas.nearly import nearly

ROWS = 1500
RNG = np.random.default_rng(11)
FIRST = np.round(RNG.gamma(3, 20, ROWS), 2)
SECOND = np.round(RNG.lognormal(3.5, 0.5, ROWS), 2)
NOISE = RNG.normal(size=ROWS)


def _frame(result: np.ndarray, spread: float) -> pl.DataFrame:
    made = np.round(result + spread * result.std() * NOISE, 3)
    return pl.DataFrame({"net": FIRST, "extra": SECOND, "total": made, "other": np.round(RNG.gamma(2, 9, ROWS), 2)})


@pytest.mark.parametrize("spread", [0.002, 0.01, 0.03])
@pytest.mark.parametrize(
    ("result", "words"),
    [
        (FIRST + SECOND, "net + extra"),
        (FIRST - SECOND, "net - extra"),
        (FIRST * SECOND, "net x extra"),
        (SECOND / FIRST, "extra / net"),
        (0.19 * FIRST * SECOND, "0.19 x net x extra"),
    ],
)
def test_noisy_formulas(context_of: Callable[..., Context], result: np.ndarray, words: str, spread: float) -> None:
    """A formula is found under noise of up to 3 % of its result's deviation, with its factor."""
    found = nearly(context_of(_frame(result, spread)), {}, set())
    rule = found.get("total") or next(iter(found.values()))
    assert {*rule.sources, rule.target} == {"net", "extra", "total"}
    if rule.target == "total":
        assert words.rsplit(" x ", maxsplit=1)[-1] in rule.words
        assert rule.share >= 0.95


def test_columns_that_go_together_are_no_formula(context_of: Callable[..., Context]) -> None:
    """A column explained to nine tenths by two others, or by one of them alone, is not called computed."""
    loose = FIRST + SECOND + 0.33 * (FIRST + SECOND).std() * NOISE
    assert not nearly(context_of(_frame(loose, 0.0)), {}, set())
    alone = FIRST + 0.02 * FIRST.std() * NOISE
    assert not nearly(context_of(_frame(alone, 0.0)), {}, set())


def test_known_rules_are_left(context_of: Callable[..., Context]) -> None:
    """A column whose rule is known takes no part as a result."""
    found = nearly(context_of(_frame(FIRST + SECOND, 0.01)), {}, {"total", "net", "extra"})
    assert not found


def test_an_exact_rule_is_not_told_the_other_way_round(context_of: Callable[..., Context]) -> None:
    """Where a sum of three holds exactly, no part of it is nearly the difference of the others."""
    small = np.round(0.02 * SECOND, 2)
    frame = pl.DataFrame({"net": FIRST, "extra": SECOND, "fee": small, "total": np.round(FIRST + SECOND + small, 2)})
    known = {"total": Rule("total", ("net", "extra", "fee"), "net + extra + fee", 1.0, ROWS)}
    assert nearly(context_of(frame), {}, set())
    assert not nearly(context_of(frame), known, set())
