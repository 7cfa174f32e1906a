"""Numbers as people read them."""

from __future__ import annotations

import math
from collections.abc import Callable

from clientela.domain.estimate import Estimate
from clientela.language import numerals, say

NONE = "–"
PERCENT = " %"


def count(value: float) -> str:
    """Return a whole number with thousands parted.

    >>> count(12330)
    '12,330'
    """
    return NONE if _undefined(value) else numerals(f"{value:,.0f}")


def percent(share: float | None) -> str:
    """Return a share as a percentage, with more digits the smaller it is.

    >>> percent(0.1547), percent(0.0004), percent(1)
    ('15.5 %', '0.04 %', '100 %')
    """
    if share is None or _undefined(share):
        return NONE
    if share in (0, 1):
        return f"{share * 100:.0f} %"
    return numerals(f"{share * 100:.2f} %" if abs(share) < 0.00995 else f"{share * 100:.1f} %")


def chosen(share: float) -> str:
    """Return a share that was chosen, not measured: without digits that say nothing.

    >>> chosen(0.2), chosen(0.125)
    ('20 %', '12.5 %')
    """
    return percent(share).replace(numerals(f".0{PERCENT}"), PERCENT)


def number(value: float | None) -> str:
    """Return a measured number with about four significant digits.

    >>> number(0.012345), number(12345.678), number(3.0), number(float("nan"))
    ('0.01235', '12,346', '3', '–')
    """
    if value is None or _undefined(value):
        return NONE
    if value == int(value) and abs(value) < 1e15:
        return numerals(f"{value:,.0f}")
    if abs(value) >= 1e15 or abs(value) < 1e-4:
        return numerals(f"{value:.3g}")
    digits = max(0, 3 - math.floor(math.log10(abs(value))))
    shown = f"{value:,.{digits}f}"
    return numerals(shown.rstrip("0").rstrip(".") if "." in shown else shown)


def score(value: float) -> str:
    """Return a quality measure with three digits, and one more for what would be told as zero.

    >>> score(0.92649), score(-0.0003), score(-0.00001)
    ('0.926', '-0.0003', '0.000')
    """
    if _undefined(value):
        return NONE
    if abs(value) < 0.00005:
        return numerals("0.000")
    return numerals(f"{value:.4f}" if abs(value) < 0.0005 else f"{value:.3f}")


def money(value: float | None) -> str:
    """Return an amount of money in the table's own currency.

    >>> money(1234.5), money(12.3456)
    ('1,234', '12.35')
    """
    if value is None or _undefined(value):
        return NONE
    return numerals(f"{value:,.0f}" if abs(value) >= 100 else f"{value:,.2f}")


def with_interval(estimate: Estimate | None, shown: Callable[[float], str]) -> str:
    """Return an estimate with its interval, where it has one.

    >>> with_interval(Estimate(0.5, 0.4, 0.6, n=90, method="wilson"), percent)
    '50.0 % (40.0 to 60.0 %)'
    """
    if estimate is None or _undefined(estimate.value):
        return NONE
    if _undefined(estimate.low) or _undefined(estimate.high):
        return shown(estimate.value)
    return f"{shown(estimate.value)} ({span(estimate, shown)})"


def span(estimate: Estimate, shown: Callable[[float], str]) -> str:
    """Return the interval of an estimate, the unit said once.

    >>> span(Estimate(0.5, 0.4, 0.6, n=90, method="wilson"), percent)
    '40.0 to 60.0 %'
    """
    low, high = shown(estimate.low), shown(estimate.high)
    return say("{low} to {high}", low=low.removesuffix(PERCENT) if high.endswith(PERCENT) else low, high=high)


def _undefined(value: float) -> bool:
    return not math.isfinite(value)
