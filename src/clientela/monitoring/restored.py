"""What a column became, where its old values are known row by row: by a sum, a product, or a column that gives it."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from clientela.domain.incident import Cause
from clientela.monitoring.columns import Floats
from clientela.monitoring.transforms import IMPERIAL, LARGE, PARTS, UNITS, stored

PLACES = 2
"""Places by which values may be moved in sorted order."""

SPANS_OF_BITS = tuple(2.0**bits for bits in (4, 5, 6, 7, 8, 10, 12, 15, 16, 24, 31, 32))
"""How much less a number is that a storage type or a field of a few bits wrapped."""

SPANS_OF_DIGITS = tuple(10.0**digits for digits in range(2, 10))
"""How much less a number is that a field of a few digits cut in front."""

MEASURES = (*UNITS, *IMPERIAL, 1.35962)
"""Factors between units, with those of miles, pounds, inches, feet, ounces, gallons and horse powers: where the old
value of each row is known they cannot be mistaken for a discount."""

STEPS = (
    3600.0, 1000.0, 900.0, 500.0, 300.0, 100.0, 60.0, 50.0, 30.0, 15.0,
    10.0, 5.0, 1.0, 0.5, 0.1, 0.05, 0.01, 0.001,
)  # fmt: skip
"""Steps to which values may be rounded."""

A_LITTLE, SINGLE, MOST_HALF = 1e-3, 2.4e-7, 65_504.0
"""Part of values by which they may differ for being stored in fewer bits: of half precision, whose largest number is
the last one, and of single precision."""

WIDER = 50.0
"""How many times wider than rounding a span must be, for every number is near a multiple of narrow ones."""

TWICE, UNEVEN = 2.0, 0.02
"""Factor above which one that is no simple part (halves to tenths, but for so much) is that of a currency or unit: what
is counted otherwise becomes twice, or two and a half times, what it was."""

NO_MORE = "is no more than"
"""How it is told that values were cut at a limit."""

LEAST_CAPPED = 3
"""Different values that were beyond a limit, so that it is one."""

MOST = 0.8
"""Share of the broken rows that one explanation must restore."""

LEAST_TURNED, BOTH_WAYS, UNTIED = 20, 0.25, 0.5
"""Rows from which a number shows that it has other rows' values, part of them that are above and below what they should
be, and correlation with that."""


def moved_or_lost(now: Floats, before: Floats, within: float) -> tuple[Cause, str]:
    """Tell whether the same values came back in another order, or 0 in place of them."""
    # where each row has about its own value again, more than rounding parts them and less than another order
    if in_order(now, before, within) > MOST and same(now, before, within) < 1 - MOST:
        return Cause.ROW_MISALIGNMENT, "stands on other rows"
    lost = (np.abs(now) <= within) & (np.abs(before) > within)
    return (Cause.NULL_SEMANTICS, "is 0 where it was not") if lost.mean() > MOST else (Cause.UNKNOWN, "")


def wrapped(now: Floats, before: Floats, within: float) -> tuple[Cause, str]:
    """Tell whether values began anew beyond a power of two or ten: each is a multiple of it less, and below it."""
    spans = {*SPANS_OF_DIGITS, *(bits / parts for bits in SPANS_OF_BITS for parts in (1.0, *PARTS))}
    with np.errstate(invalid="ignore"):
        for span in sorted(spans, reverse=True):
            if span < WIDER * within:
                break
            turns = (before - now) / span
            near = np.abs(turns - np.rint(turns)) * span <= within + 1e-4 * np.abs(before)
            below = (now < span) if np.nanmin(now, initial=0.0) >= 0 else (np.abs(now) <= span / 2)
            if np.mean(near & below & (np.rint(turns) >= 1)) > MOST:
                return Cause.OVERFLOW, f"begins anew at {span:g}"
    return Cause.UNKNOWN, ""


def capped(now: Floats, before: Floats, within: float) -> tuple[Cause, str]:
    """Tell whether all values that were beyond a limit are the limit."""
    limit = float(np.nanmedian(now)) if np.isfinite(now).any() else 0.0
    with np.errstate(invalid="ignore"):
        at, above = np.abs(now - limit) <= within, before > limit + within
    if np.mean(at & above) < MOST or np.unique(np.rint(before[at & above])).size < LEAST_CAPPED:
        return Cause.UNKNOWN, ""
    of_type = stored(limit) or limit + 1 in SPANS_OF_BITS
    return Cause.OVERFLOW if of_type else Cause.METRIC_DEFINITION, f"{NO_MORE} {limit:g}"


def one_value(now: Floats, before: Floats, within: float) -> tuple[Cause, str]:
    """Tell whether one value stands where there were many."""
    value = float(np.nanmedian(now)) if np.isfinite(now).any() else 0.0
    at = np.abs(now - value) <= 1e-9 * max(1.0, abs(value))
    if at.mean() < MOST or np.unique(np.rint(before[at] / max(within, 1e-12))).size < LEAST_CAPPED:
        return Cause.UNKNOWN, ""
    return Cause.METRIC_DEFINITION, f"is {value:g} where it was not"


def rounded_off(now: Floats, before: Floats, within: float) -> tuple[Cause, str]:
    """Tell whether all values were rounded to a step that is coarser than what parts them anyway."""
    for step in STEPS:
        if step <= 2 * within:
            break
        on_step = np.abs(now - np.rint(now / step) * step) <= 1e-6 * step
        near = np.abs(now - before) <= step + within  # rounded or cut off
        if np.mean(on_step & near) > MOST and np.mean(np.abs(before - np.rint(before / step) * step) > within) > MOST:
            return Cause.PRECISION, f"is rounded to {step:g}"
    return Cause.UNKNOWN, ""


def blurred(now: Floats, before: Floats, within: float) -> tuple[Cause, str]:
    """Tell whether all values are nearly what they were, as a type of fewer bits makes them."""
    with np.errstate(invalid="ignore"):
        size = np.abs(before)
        near = np.abs(now - before) <= np.where(size > MOST_HALF, SINGLE, A_LITTLE) * size + within
    return (Cause.PRECISION, "is less exact than it was") if near.mean() > MOST else (Cause.UNKNOWN, "")


def scaled(now: Floats, before: Floats, within: float) -> tuple[Cause, str]:
    """Tell whether all values were multiplied by one factor."""
    held = (np.abs(now) > within) & (np.abs(before) > within)
    if held.mean() < MOST:
        return Cause.UNKNOWN, ""
    ratios = now[held] / before[held]
    middle = float(np.median(ratios))
    if abs(middle - 1) < A_LITTLE:
        return Cause.UNKNOWN, ""
    error = within / np.abs(before[held]) * (1 + abs(middle))
    if np.mean(np.abs(ratios - middle) <= error + 1e-4 * abs(middle)) < MOST:
        return Cause.UNKNOWN, ""
    size = abs(middle)
    unit = any(abs(size * factor - 1) < 1e-3 or abs(size / factor - 1) < 1e-3 for factor in MEASURES)
    unit = unit or max(size, 1 / size) >= LARGE or (size > TWICE and _uneven(size))
    return Cause.UNIT_SCALE if unit else Cause.METRIC_DEFINITION, f"is {middle:.4g} times what it was"


def _uneven(size: float) -> bool:
    """Tell whether a number is no simple part of whole ones."""
    return all(abs(size * part - round(size * part)) > UNEVEN for part in range(1, 11))


def added(now: Floats, before: Floats, within: float) -> tuple[Cause, str]:
    """Tell whether one number was added to all values."""
    apart = now - before
    middle = float(np.nanmedian(apart)) if np.isfinite(apart).any() else 0.0
    if abs(middle) <= within or not np.mean(np.abs(apart - middle) <= within + 1e-4 * abs(middle)) > MOST:
        return Cause.UNKNOWN, ""
    cause = Cause.OVERFLOW if -middle in SPANS_OF_BITS else Cause.METRIC_DEFINITION
    return cause, f"is {abs(middle):.4g} {'more' if middle > 0 else 'less'} than it was"


def added_or_scaled(now: Floats, before: Floats, within: float) -> tuple[Cause, str]:
    """Tell whether one number was added to all values, or all were multiplied by one, whichever fits more of them.

    Where most rows have one value, either fits these; the others tell which it was.
    """
    told = added(now, before, within), scaled(now, before, within)
    if not all(words for _, words in told):
        return told[0] if told[0][1] else told[1]
    with np.errstate(divide="ignore", invalid="ignore"):
        by, times = float(np.nanmedian(now - before)), float(np.nanmedian(now / before))
    fits = [same(now, back, within * max(1.0, abs(times))) for back in (before + by, before * times)]
    return told[int(fits[1] > fits[0])]


def of_another(now: Floats, before: Floats, others: Mapping[str, Floats], within: float) -> str:
    """Return in words how another column made all values what they are, "" where none did.

    They are more, or less, than they were by what that column holds, or one number times it where they were none
    before. Rows in which it has its commonest value would say the same of any change by one number.
    """
    for name, other in others.items():
        for sign, words in ((1, "takes in"), (-1, "leaves out")):
            if _varied(other, same(now - before, sign * other, within), now - before, sign * other, within):
                return f"{words} {name}"
    return ""


def one_share(now: Floats, before: Floats, others: Mapping[str, Floats], within: float) -> str:
    """Return in words of which column all values are one share now, and were none before; "" for none."""
    for name, other in others.items():
        held = np.abs(other) > WIDER * within
        if held.sum() < LEAST_TURNED or held.mean() < MOST:
            continue
        shares = [float(np.median(part[held] / other[held])) for part in (now, before)]
        fits = [
            same(part[held], share * other[held], within * (1 + abs(share)))
            for part, share in zip((now, before), shares, strict=True)
        ]
        if fits[0] > MOST > fits[1] and shares[0]:
            return f"is {shares[0]:.4g} times {name} throughout"
    return ""


def _varied(other: Floats, fits: float, now: Floats, known: Floats, within: float) -> bool:
    """Tell whether values are equal, in rows without the commonest value of another column too."""
    if fits <= MOST:
        return False
    values, counts = np.unique(other[~np.isnan(other)], return_counts=True)
    rare = other != values[counts.argmax()]
    return bool(rare.sum() >= LEAST_CAPPED and same(now[rare], known[rare], within) > MOST)


def of_other_rows(now: Floats, before: Floats) -> bool:
    """Tell whether values may be those of other rows: above and below what they should be, and no more like it."""
    held = np.isfinite(before) & np.isfinite(now)
    more = float(np.mean(now[held] > before[held])) if held.any() else 0.0
    if min(more, 1 - more) <= BOTH_WAYS:
        return False
    ranks = [np.argsort(np.argsort(part[held])) for part in (now, before)]
    return float(np.corrcoef(ranks[0], ranks[1])[0, 1]) < UNTIED


def in_order(first: Floats, second: Floats, within: float) -> float:
    """Return the share of sorted values that are equal, where a few that came or went move the others by a place."""
    one, two = np.sort(first[~np.isnan(first)]), np.sort(second[~np.isnan(second)])
    size = min(one.size, two.size) - 2 * PLACES
    if size <= 0:
        return same(one, two, within) if one.size == two.size else 0.0
    known = two[PLACES : PLACES + size]
    near = [np.abs(one[place : place + size] - known) for place in range(2 * PLACES + 1)]
    return float(np.mean(np.min(near, axis=0) <= within + 1e-4 * np.abs(known)))


def same(first: Floats, second: Floats, within: float) -> float:
    """Return the share of values that are equal but for rounding."""
    with np.errstate(invalid="ignore"):
        return float(np.mean(np.abs(first - second) <= within + 1e-4 * np.abs(second))) if first.size else 0.0
