"""Small changes of a number that pipelines make, as functions of the reference's values."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from clientela.domain.estimate import Estimate
from clientela.domain.incident import Cause
from clientela.monitoring.columns import Floats
from clientela.monitoring.strength import score_interval

UNITS = (1000.0, 60.0, 100.0, 3600.0, 1e6, 24.0, 10.0, 86400.0, 1e9, 12.0, 7.0)
"""Factors between units of time, money, shares and packs in use."""

IMPERIAL = (1.609344, 2.20462262, 2.54, 3.2808399, 28.349523, 3.785412)
"""Factors of miles, pounds, inches, feet, ounces and gallons."""

LARGE = 5.0
"""Factor from which it is another unit, whatever its number: no rule of counting makes a measure so much larger."""

FACTORS = (0.5, 0.6, 0.7, 0.75, 0.8, 0.8333, 0.84, 0.9, 1.11, 1.19, 1.25, 1.33, 1.5, 2.0, 3.0)
"""Other factors tried beside the one estimated: halves, thirds, fifths, and rates of tax."""

OF_BITS = tuple(2.0**bits - 1 for bits in (7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 31))
PARTS, NEAR_BITS = (10.0, 100.0, 1000.0), 1e-6
"""Parts of one that a storage type may count, and how far rounding parts its largest number from that of all bits."""

STORAGE = (
    *OF_BITS,
    *(999.0, 9999.0, 99999.0, 99.99, 999.99, 9999.99),
)
"""Largest numbers of storage types, binary and decimal."""


ESTIMATED = 6.0
"""Price of a factor that was estimated from the batch, so that a unit in use is preferred where it fits as well."""

NEAR_UNIT = 1.0
"""Distance of logarithms within which a factor is a unit in use, or a power of ten: only the farthest values tell."""

CODES = 12
"""Different whole numbers up to which a column may be codes, two of which were exchanged."""

ERRORS, RENUMBERED = 3.0, 8.0
"""Standard errors by which the share of a code must have moved that may stand elsewhere now, and the price of codes
that have other numbers: a factor or a step that gives them is simpler."""

LATTICES = (1000.0, 900.0, 500.0, 100.0, 60.0, 50.0, 30.0, 25.0, 15.0, 10.0, 5.0)
"""Steps beyond one to which all values may be rounded, amounts and times."""

AT_LIMIT, NEAR_LIMIT = 0.03, 1e-6
"""Share of the rows that must be at a number times another column, and beyond it before, and how near they are."""

LEAST_LOST, MOST_LOST, MOST_LEFT = 0.03, 0.45, 0.25
"""Share of the rows that may be lost beyond a limit, for fewer are the chance of the tail, and the part of them that
may arrive all the same."""

GOLDEN = 0.6180339887498949
"""Multiples of it fill the unit interval evenly, so that any part of the rows may be taken without a draw."""

COUNTED = 12
"""Median up to which whole numbers are counts that may be off by one."""

LEAST_STEPS = 5
"""Different values that a factor must leave after rounding."""

TYPES = (7, 8, 15, 16, 31, 32)
"""Bits of storage types, which a part of the rows may have; fields of other bits show in all rows."""

DECIMALS = (1.0, 0.1, 0.01, 0.001, 1e-4, 1e-5, 1e-6)
"""Steps to which amounts and shares are rounded."""

COMPARABLE, COMBINED = 10.0, 8.0
"""How many times larger the spread of a column may be that is added or taken off, and its price: there are many."""

CONTAINED = 0.98
"""Share of the rows in which a column is at least as large as another that is a part of it."""

SEEN = 0.5
"""Part of the values above zero that must still be so after a factor and rounding."""

VAGUE = 12.0
"""Price of a law of factors, which fits a single column that has one factor nearly as well as that one."""

EARLIER = "taken earlier, when a part of it was counted"

FINE = 1e-3
"""Part of the spread up to which a step of rounding changes nothing but which values are equal."""

FAHRENHEIT, FREEZING = 1.8, 32.0
COLDEST, HOTTEST, ATOM_OF_ZERO = -100.0, 250.0, 0.05
"""Degrees between which temperatures lie that a shop may know, and the share of exact zeros that they have not."""


@dataclass(frozen=True)
class Change:
    """One change of a column.

    Attributes:
        name: What it does, with its parameter.
        cause: The cause it shows.
        values: The reference's values, changed.
        price: How much better it must fit than a simpler one (in units of chi-square).
        other: Column whose values it takes, or "".
        whole: Whether only all rows together can show it (its parameter was estimated from all).
        alternatives: Other causes it would fit.
    """

    name: str
    cause: Cause
    values: Floats
    price: float = 0.0
    other: str = ""
    whole: bool = False
    alternatives: tuple[Cause, ...] = ()


def changes(base: Floats, batch: Floats, others: Mapping[str, Floats]) -> Iterator[Change]:
    """Yield the changes worth trying on a column.

    Args:
        base: Values of the reference; NaN is missing.
        batch: Values of the batch; only to estimate parameters.
        others: Other number columns of the reference, row by row beside `base`.
    """
    held, now = base[~np.isnan(base)], batch[~np.isnan(batch)]
    if held.size < 20 or now.size < 20:
        return
    yield from _scaled(base, held, now)
    yield from _bounded(base, held, now)
    yield from _redefined(base, held, now)
    for name, values in others.items():
        yield Change(f"values of {name}", Cause.COLUMN_SHIFT, values, 4.0, other=name)
    yield from _rounded(base, held, now)
    yield from _combined(base, held, others)


def _rounded(base: Floats, held: Floats, now: Floats) -> Iterator[Change]:
    """Yield the cut of all values to a coarser step: few numbers look like those of another unit."""
    step, before = unit_of(now), unit_of(held)
    step = next((one for one in LATTICES if np.all(now % one == 0)), step) if step == 1 else step
    if step not in (*LATTICES, *DECIMALS) or np.all(held % step == 0) or step <= before:
        return
    for cut in (np.rint, np.floor, np.ceil):
        yield Change(f"rounded to {step:g}", Cause.PRECISION, cut(base / step) * step, 1.0, whole=True)


def limited(base: tuple[Floats, Floats], batch: tuple[Floats, Floats], other: str) -> Change | None:
    """Return the cap of a number at so many times another column as no row of the batch is beyond, and several are at.

    Args:
        base: Values of the column and of the other one, in the reference.
        batch: The same in the batch.
        other: Name of the other column.
    """
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        ratios = [np.where((two > 0) & (one > 0), one / two, np.nan) for one, two in (base, batch)]
        known, now = (part[~np.isnan(part)] for part in ratios)
        most = float(f"{now.max(initial=0.0):.6g}")
        if not 0 < most < np.inf or np.mean(now > most * (1 - NEAR_LIMIT)) * now.size < AT_LIMIT * batch[0].size:
            return None
        if np.sum(known > most) < AT_LIMIT * base[0].size:
            return None
        values = np.where(ratios[0] > most, most * base[1], base[0])
    also = (Cause.OVERFLOW,)
    return Change(f"capped at {most:g} times {other}", Cause.METRIC_DEFINITION, values, COMBINED, alternatives=also)


def _combined(base: Floats, held: Floats, others: Mapping[str, Floats]) -> Iterator[Change]:
    """Yield sums with, and differences from, columns that are as large: what another rule of counting takes in."""
    for name, values in others.items():
        with np.errstate(over="ignore", invalid="ignore"):
            size, own = float(np.nanstd(values)) if np.isfinite(values).any() else 0.0, float(held.std())
        if not np.isfinite(size + own):
            continue  # the largest numbers there are have no spread
        if own / COMPARABLE <= size <= COMPARABLE * own and size > 0:
            taken = base - values
            taken = np.maximum(taken, 0) if held.min() >= 0 else taken
            with np.errstate(invalid="ignore"):
                part = bool(np.mean(values <= base) > CONTAINED)  # some rows may leave out what is a part of it
            yield Change(f"less {name}", Cause.METRIC_DEFINITION, taken, COMBINED, whole=not part)
            yield Change(f"{name} added", Cause.METRIC_DEFINITION, base + values, COMBINED, whole=True)


def _scaled(base: Floats, held: Floats, now: Floats) -> Iterator[Change]:
    """Yield factors; what they give is rounded to the batch's step, unless that is coarser than it was."""
    step, before = unit_of(now), unit_of(held)
    coarse = step in DECIMALS and (step <= before or step <= FINE * float(held.std()))
    whole = step == before == 1
    for change in _factors(base, held, now):
        for cut in (np.rint, np.floor, np.ceil) if before < step == 1 and change.cause is Cause.UNIT_SCALE else ():
            yield replace(change, values=cut(change.values), price=change.price + 1.0, whole=True)
        rounded = np.rint(change.values / step) * step
        # a small number in a larger unit is 0, which says nothing of the unit
        if not coarse or np.unique(rounded[: held.size]).size < LEAST_STEPS:
            yield change
            continue
        if np.count_nonzero(rounded[base > 0]) < SEEN * np.count_nonzero(base > 0):
            continue  # zeros alone are no factor
        # rounded numbers of a part of the rows fit too much: a program rounds all of them
        broken = whole and change.cause is Cause.METRIC_DEFINITION and bool(np.any(np.nan_to_num(change.values) % 1))
        yield replace(change, values=rounded, whole=change.whole or broken)
        for cut in (np.floor, np.ceil) if broken else ():
            yield replace(change, values=cut(change.values), price=change.price + 1.0, whole=True)


def unit_of(values: Floats) -> float:
    """Return the decimal step that all values are multiples of, or a millionth of the largest where there is none."""
    held = np.abs(values[~np.isnan(values)])
    for unit in DECIMALS:
        with np.errstate(over="ignore", invalid="ignore"):  # the largest numbers there are have no step
            if np.all(np.abs(held / unit - np.round(held / unit)) < 1e-6 + 1e-10 * held / unit):
                return unit
    return 1e-6 * float(held.max(initial=1.0))


def _factors(base: Floats, held: Floats, now: Floats) -> Iterator[Change]:
    for unit in UNITS:
        yield Change(f"times {unit:g}", Cause.UNIT_SCALE, base * unit)
        yield Change(f"divided by {unit:g}", Cause.UNIT_SCALE, base / unit)
    # pages and visits are counted, and in no miles
    counts = bool(np.all(held % 1 == 0) and np.all(now % 1 == 0) and np.median(held) <= COUNTED)
    for unit in () if counts else IMPERIAL:
        also = (Cause.METRIC_DEFINITION,)
        yield Change(f"times {unit:.4g}", Cause.UNIT_SCALE, base * unit, ESTIMATED, alternatives=also)
        yield Change(f"divided by {unit:.4g}", Cause.UNIT_SCALE, base / unit, ESTIMATED, alternatives=also)
    alternatives = (Cause.UNIT_SCALE, Cause.TRAIN_SERVE_SKEW)
    for factor in FACTORS:
        yield Change(f"times {factor:g}", Cause.METRIC_DEFINITION, base * factor, 2.0, alternatives=alternatives)
    up, up_now = held[held > 0], now[now > 0]
    if up.size >= 20 and up_now.size >= 20:
        factor = float(np.exp(np.median(np.log(up_now)) - np.median(np.log(up))))
        mean = float(np.exp(np.mean(np.log(up_now)) - np.mean(np.log(up))))
        for value in dict.fromkeys((factor, mean, *ratios(up, up_now))):
            yield times(value, base)


def far_off(base: Floats, batch: Floats, others: Sequence[Floats]) -> tuple[Change, int, Estimate] | None:
    """Return the factor of a part of the rows that no value of the reference comes near, their number, and their share.

    All lie above, or all below, what there was; undone, the factor puts them among it. They are no usual values of
    another column that may have come in place. The share is of the values above zero, those included that the factor
    did not carry so far.
    """
    up, up_now = base[base > 0], batch[batch > 0]
    if up.size < COUNTED or up_now.size < COUNTED:
        return None
    for far, beyond in ((up_now > LARGE * up.max(), up > LARGE * up.max()), (up_now < up.min() / LARGE, up < 0)):
        values = up_now[far]
        if np.unique(values).size < LEAST_STEPS:
            continue
        if any(np.nanquantile(one, 0.1) <= np.median(values) <= np.nanquantile(one, 0.9) for one in others):
            continue
        factor = _factor_of(values, up)
        turned = base * factor
        reached = up * factor > LARGE * up.max() if factor > 1 else up * factor < up.min() / LARGE
        if not np.isfinite(turned[~np.isnan(base)]).all():
            continue
        if np.mean((values / factor >= up.min()) & (values / factor <= up.max())) < SEEN or beyond.any():
            continue
        part, seen = score_interval(float(far.sum()), up_now.size), max(1e-9, float(reached.mean()))
        ends = [min(1.0, end / seen) for end in (part.value, part.low, part.high)]
        also = (Cause.METRIC_DEFINITION, Cause.OVERFLOW)
        change = Change(f"times {factor:.3g}", Cause.UNIT_SCALE, turned, ESTIMATED, alternatives=also)
        return change, int(far.sum()), Estimate(ends[0], ends[1], ends[2], up_now.size, "wilson")
    return None


def _factor_of(values: Floats, up: Floats) -> float:
    """Return the unit in use that puts values nearest to others, or the power of ten or number that does."""
    middle, known = float(np.median(np.log(values))), float(np.median(np.log(up)))
    near = [one for unit in UNITS for one in (unit, 1 / unit) if np.median(values) / one <= up.max()]
    best = min(near, key=lambda one: abs(middle - np.log(one) - known), default=1.0)
    estimated = middle - known
    power = 10.0 ** round(estimated / np.log(10.0))
    if abs(estimated - np.log(best)) < NEAR_UNIT:
        return float(best)
    return float(power if abs(estimated - np.log(power)) < NEAR_UNIT else np.exp(estimated))


def times(factor: float, base: Floats) -> Change:
    """Return the change by a factor on all rows that was estimated from the batch."""
    cause, other = Cause.METRIC_DEFINITION, Cause.UNIT_SCALE
    if max(factor, 1 / factor) >= LARGE:
        cause, other = other, cause
    alternatives = (other, Cause.TRAIN_SERVE_SKEW)
    return Change(f"times {factor:.3g}", cause, base * factor, ESTIMATED, whole=True, alternatives=alternatives)


def ratios(up: Floats, up_now: Floats) -> list[float]:
    """Return the ratios of the commonest values and of the largest ones: a factor shows in them exactly."""
    tops = []
    for part in (up, up_now):
        levels, counts = np.unique(part, return_counts=True)
        place = int(np.argmax(counts))
        tops.append((float(levels[place]) if counts[place] >= 0.03 * part.size else float("nan"), float(part.max())))
    found = [now / before for before, now in zip(*tops, strict=True)]
    return [ratio for ratio in found if np.isfinite(ratio) and 0.05 < ratio < 20 and abs(ratio - 1) > 0.02]


def _bounded(base: Floats, held: Floats, now: Floats) -> Iterator[Change]:
    top, low = float(now.max()), float(now.min())
    for limit in {top, *(value for value in STORAGE if value < held.max())}:
        if np.mean(held > limit) >= 0.002:
            kind = Cause.OVERFLOW if stored(limit) or limit + 1 in STORAGE else Cause.METRIC_DEFINITION
            other = Cause.METRIC_DEFINITION if kind is Cause.OVERFLOW else Cause.OVERFLOW
            yield Change(f"capped at {limit:g}", kind, np.minimum(base, limit), 1.0, alternatives=(other,))
    for bits, parts in itertools.product((8, 10, 12, 14, 15, 16), PARTS):
        span = 2.0**bits / parts
        if top < span <= held.max() and np.mean(held >= span) >= MOST_LEFT / 10:
            yield Change(f"wrapped at {span:g}", Cause.OVERFLOW, np.mod(base, span), 2.0, whole=True)
    for bits in (4, 5, 6, 7, 8, 10, 12, 15, 16, 24, 31, 32):
        span = 2.0**bits
        if held.max() >= span and (bits in TYPES or (top < span and np.mean(held >= span) >= MOST_LEFT / 10)):
            yield Change(f"wrapped at {span:g}", Cause.OVERFLOW, np.mod(base, span), 1.0)
            yield Change(
                f"wrapped at {span:g} with sign", Cause.OVERFLOW, np.mod(base + span / 2, span) - span / 2, 1.5
            )
    if np.all(held % 1 == 0) and 20 <= top < 0.7 * held.max() and np.mean(held > top) >= 0.005:
        yield Change(f"wrapped at {top + 1:g}", Cause.OVERFLOW, np.mod(base, top + 1), 3.0, whole=True)
    if low > held.min():
        yield Change(f"raised to at least {low:g}", Cause.METRIC_DEFINITION, np.maximum(base, low), 2.0, whole=True)
    yield from rows_lost(base, held, now)
    small = float(np.min(now[now > 0])) if np.any(now > 0) else 0.0
    if np.mean((held > 0) & (held < small)) > 0.01:
        dropped = np.where((base > 0) & (base < small), 0.0, base)
        yield Change(f"values below {small:g} set to 0", Cause.METRIC_DEFINITION, dropped, 2.0, whole=True)


def stored(limit: float) -> bool:
    """Tell whether a number is the largest of a storage type, or of one that counts its tenths, cents or thousandths.

    >>> stored(25.5), stored(24.0)
    (True, False)
    """
    return limit in STORAGE or any(abs(limit * parts - bits) < NEAR_BITS for parts in PARTS for bits in OF_BITS)


def rows_lost(
    base: Floats, held: Floats, now: Floats, most: float = MOST_LOST, most_left: float = MOST_LEFT
) -> Iterator[Change]:
    """Yield the loss of most rows beyond a limit: the values are as they were, and some rows did not arrive.

    The limit lies where the distribution functions are farthest apart, or at the end of what arrived.

    Args:
        base: The reference, NaN where a cell is missing.
        held: Those of it that are there.
        now: Those of the batch that are there.
        most: Share of the rows that may lie beyond the limit at most.
        most_left: Part of them that may arrive all the same.
    """
    levels = np.unique(held)
    before, after = (np.searchsorted(np.sort(part), levels, side="right") / part.size for part in (held, now))
    high, low = levels[np.argmax(after - before)], levels[np.argmin(after - before)]
    top, below = now.max(), levels[max(0, np.searchsorted(levels, now.min()) - 1)]
    ends = dict.fromkeys(
        (("above", float(high)), ("above", float(top)), ("below", float(low)), ("below", float(below)))
    )
    for side, limit in ends:
        kept = base <= limit if side == "above" else base > limit
        left = float(np.mean(now > limit if side == "above" else now <= limit))
        lost = 1 - float(np.sum(kept)) / held.size
        part = left / (1 - left) * (1 - lost) / lost if 0 < lost < 1 > left else 1.0
        if LEAST_LOST <= lost <= most and part < most_left:
            arrived = np.arange(base.size) * GOLDEN % 1 < part
            values = np.where(kept | arrived, base, np.nan)
            told = "nearly all" if part < MOST_LEFT else f"{1 - part:.0%} of the"
            name = f"{told} rows {'above' if side == 'above' else 'up to'} {limit:g} lost"
            others = (Cause.METRIC_DEFINITION, Cause.OVERFLOW)
            yield Change(name, Cause.SAMPLING, values, ESTIMATED, whole=True, alternatives=others)


def _redefined(base: Floats, held: Floats, now: Floats) -> Iterator[Change]:
    definition = Cause.METRIC_DEFINITION
    top = float(held.max())
    for limit in dict.fromkeys((top, top + float(held.min()), 1.0, 100.0)):
        if limit >= top > 0:
            yield Change(f"{limit:g} minus the value", definition, limit - base, 1.0)
    yield Change("the sign turned", definition, -base, 1.0)
    if np.any(held < 0):
        yield Change("without its sign", definition, np.abs(base), 1.0)
    if held.min() >= 0:
        yield Change("its logarithm (1 + x)", definition, np.log1p(base), 2.0, alternatives=(Cause.UNIT_SCALE,))
        yield Change("its square root", definition, np.sqrt(base), 2.0)
    yield Change("set to 0", Cause.NULL_SEMANTICS, np.where(np.isnan(base), base, 0.0), 2.0, alternatives=(definition,))
    yield from _exchanged(base, held, now)
    if held.min() >= COLDEST and top <= HOTTEST and np.mean(held == 0) < ATOM_OF_ZERO:
        yield Change("Celsius as Fahrenheit", Cause.UNIT_SCALE, base * FAHRENHEIT + FREEZING, 3.0)
        yield Change("Fahrenheit as Celsius", Cause.UNIT_SCALE, (base - FREEZING) / FAHRENHEIT, 3.0)
    spread = float(held.std())
    if spread > 0:
        yield Change("standardised", Cause.UNIT_SCALE, (base - held.mean()) / spread, 1.0, alternatives=(definition,))
        yield Change("from 0 to 1", Cause.UNIT_SCALE, (base - held.min()) / max(1e-300, top - held.min()), 1.0)
    yield from _offset(base, held, now)
    if held.min() >= 0 and np.any(held > 0):
        yield from _taken_earlier(base, held)
        middle = float(np.median(held[held > 0]))
        noise = np.random.default_rng(0).exponential(1.0, base.size)
        for share in (0.02, 0.05, 0.1, 0.2, 0.5, 1.0):
            yield Change(
                f"about {share * middle:.3g} added, more in some rows", definition, base + share * middle * noise, 3.0
            )


def _taken_earlier(base: Floats, held: Floats) -> Iterator[Change]:
    """Yield what had been counted at some moment of the visit: any part of the whole, as likely as any other."""
    so_far, step = base * (np.arange(base.size) * GOLDEN % 1), unit_of(held)
    for cut in (np.floor, np.ceil) if step == 1 else (np.rint,):
        also = (Cause.METRIC_DEFINITION,)
        yield Change(EARLIER, Cause.TRAIN_SERVE_SKEW, cut(so_far / step) * step, VAGUE, alternatives=also)


def _offset(base: Floats, held: Floats, now: Floats) -> Iterator[Change]:
    definition = Cause.METRIC_DEFINITION
    if np.all(held % 1 == 0) and np.median(held) <= COUNTED:  # from one, or with both ends
        for step in (1.0, -1.0):
            yield Change(f"{step:+g} added", definition, base + step, 3.0)
    offset = float(np.median(now) - np.median(held))
    if offset:
        yield Change(
            f"{offset:+.4g} added", definition, base + offset, 2.0, whole=True, alternatives=(Cause.TRAIN_SERVE_SKEW,)
        )
    up, up_now = held[held > 0], now[now > 0]
    if held.min() == 0 == now.min() and min(up.size, up_now.size) >= COUNTED:  # a fee on those who pay at all
        fee = float(np.median(up_now) - np.median(up))
        yield Change(f"{fee:+.4g} added above 0", definition, np.where(base > 0, base + fee, base), 2.0, whole=True)
    if offset < 0 <= held.min() and np.any(now == 0):
        yield Change(f"{offset:+.4g} added, not below 0", definition, np.maximum(base + offset, 0), 2.0, whole=True)


def _exchanged(base: Floats, held: Floats, now: Floats) -> Iterator[Change]:
    """Yield the exchange of two codes, where a column has few whole numbers and two of them have other shares."""
    levels, counts = np.unique(held, return_counts=True)
    if not 2 < levels.size <= CODES or np.any(levels % 1 != 0):
        return
    before = counts / held.size
    after = np.array([np.mean(now == level) for level in levels])
    for first, second in zip(*np.triu_indices(levels.size, 1), strict=True):
        apart = abs(before[first] - before[second])
        if max(abs(after[first] - before[second]), abs(after[second] - before[first])) < 0.5 * apart:
            one, two = levels[first], levels[second]
            turned = np.where(base == one, two, np.where(base == two, one, base))
            yield Change(f"{one:g} and {two:g} exchanged", Cause.CATEGORY_PERMUTED, turned, 3.0)
    yield from _recoded(base, (levels, before), now)


def _recoded(base: Floats, known: tuple[Floats, Floats], now: Floats) -> Iterator[Change]:
    """Yield codes that changed places, three or more of them, one made another, and codes under other numbers.

    Which code stands for which is told by the order of their shares; other numbers mostly keep the order of the old.
    """
    levels, before = known
    codes, counts = np.unique(now, return_counts=True)
    gone = np.setdiff1d(levels, codes)
    if gone.size == 1 and codes.size == levels.size - 1:
        after = np.array([np.mean(now == level) for level in levels])
        taker = levels[int(np.argmax(after - before))]
        values, also = np.where(base == gone[0], taker, base), (Cause.METRIC_DEFINITION, Cause.PRECISION)
        yield Change(f"{taker:g} for {gone[0]:g}", Cause.CATEGORY_MERGED, values, 4.0, whole=True, alternatives=also)
    if codes.size != levels.size or np.any(codes % 1 != 0):
        return
    after, definition = counts / now.size, (Cause.METRIC_DEFINITION,)
    if np.array_equal(codes, levels):
        errors = ERRORS * np.sqrt(np.maximum(before, after) * (1 / now.size + 1 / base.size))
        moved = np.flatnonzero(np.abs(after - before) > errors)
        taken = np.arange(levels.size)
        taken[moved[np.argsort(before[moved], kind="stable")]] = moved[np.argsort(after[moved], kind="stable")]
        if np.sum(taken != np.arange(levels.size)) > 2:
            name, values = f"{moved.size} codes in each other's place", _coded(base, levels, levels[taken])
            yield Change(name, Cause.CATEGORY_PERMUTED, values, 4.0, whole=True, alternatives=definition)
        return
    by_share = np.empty_like(codes)
    by_share[np.argsort(before, kind="stable")] = codes[np.argsort(after, kind="stable")]
    others = (Cause.CATEGORY_PERMUTED, Cause.UNIT_SCALE, *definition)
    for new in (codes, by_share):
        turned = _coded(base, levels, new)
        name = "other numbers for its codes"
        yield Change(name, Cause.CATEGORY_RENAMED, turned, RENUMBERED, whole=True, alternatives=others)


def _coded(base: Floats, levels: Floats, new: Floats) -> Floats:
    """Return values with the new number of each level; what is missing stays so."""
    places = np.minimum(np.searchsorted(levels, base), levels.size - 1)
    return np.where(np.isnan(base), np.nan, new[places])
