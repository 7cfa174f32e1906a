"""Rows made up from others: what interpolation leaves behind in the digits."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special

from clientela.audit.checking import Context
from clientela.audit.checks.processing import ERROR
from clientela.audit.measuring import label_text
from clientela.audit.wording import percent, several
from clientela.domain.finding import Finding, Severity

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]
Codes = NDArray[np.int64]

SHARE, ELSEWHERE = 0.1, 0.01
LEAST_VALUES = 10
REFERENCE = 0.2
"""Share of the rows that the classes with the coarser unit have at least."""
MOST_DIGITS = 4
SAME_ROWS = 0.5


def made_up_class(context: Context, name: str) -> Finding | None:
    """Find a class whose rows hold digits that no other row of the table has.

    Numbers between two rows of a class are finer than the unit both are written in. See
    `rows_done.oversampled` for the null model.

    Args:
        context: What the checks share.
        name: The label or the arm of an experiment.

    Returns:
        The finding for the class with the largest share of such rows, or None.
    """
    texts = label_text(context.facts, name)
    classes = [value for value, _ in context.facts.columns[name].top]
    place = {value: i for i, value in enumerate(classes)}
    codes = np.array([place.get(text, len(classes)) for text in texts], dtype=np.int64)
    columns = [c.name for c in context.measured if c.distinct >= LEAST_VALUES and c.name != name]
    measured = [_by_digits(context.facts.arrays.numbers[column], codes, len(classes) + 1) for column in columns]
    found: dict[str, tuple[float, list[str]]] = {}
    spoilt = [_spoilt(digits, len(columns)) for digits in measured]
    gridded = sum(one is not None for one in spoilt)
    for value, i in place.items():
        finer = [
            (column, one.off)
            for column, one in zip(columns, spoilt, strict=True)
            if one is not None and i in one.classes
        ]
        if np.count_nonzero(codes == i) < LEAST_VALUES or not finer or len(finer) < min(2, gridded):
            continue
        # Rows made up are so in every column; a column that is finer for reasons of its own stands alone.
        made = np.stack([mask for _, mask in finer])[:, codes == i].sum(axis=0) >= SAME_ROWS * len(finer)
        if made.mean() >= SHARE:
            found[value] = float(made.mean()), [column for column, _ in finer]
    if not found:
        return None
    worst = max(found, key=lambda value: found[value][0])
    share, finer_names = found[worst]
    title = f"Rows of {name} {worst} were made up: {percent(share)} of them have digits in {several(finer_names)} that "
    title += "no other row has."
    advice = "Take them out before learning: they are mixtures of other rows, and a test on them is no test."
    evidence = {worst: {"made_up": share, "columns": finer_names}}
    return Finding("oversampled", Severity.NOTICE, (name,), title, evidence, advice)


@dataclass(frozen=True)
class _Digits:
    """Rows that so many digits after the point do not suffice for, how many of each class, and of how many."""

    off: Mask
    by_class: Codes
    rows: Codes


def _by_digits(values: Floats, codes: Codes, classes: int) -> list[_Digits]:
    """Return this for no digit, one, two and so on, until they suffice for all rows.

    Zeros are left out: money of visits without an order is written like any other money and needs no digit.
    """
    found = []
    there = ~np.isnan(values) & (values != 0)
    rows = np.bincount(codes[there], minlength=classes).astype(np.int64)
    for digits in range(MOST_DIGITS + 1):
        scaled = np.nan_to_num(values) * 10.0**digits
        off = np.abs(scaled - np.round(scaled)) > 1e-6 * np.maximum(1.0, np.abs(scaled) * 1e-6)
        found.append(_Digits(off, np.bincount(codes[off], minlength=classes).astype(np.int64), rows))
        if not off.any():
            break
    return found


@dataclass(frozen=True)
class _Spoilt:
    """Classes with many rows finer than the unit of all others, and these rows; none where all have one unit."""

    classes: frozenset[int]
    off: Mask


def _spoilt(measured: list[_Digits], columns: int) -> _Spoilt | None:
    """Return the classes finer than the fewest digits that nearly all rows of the others are written with.

    The null model has rows that need more digits fall into classes as all rows do; any set of classes may be the one.
    None where no number of digits tells classes apart or suffices for all.
    """
    for one in measured:
        many = one.by_class >= np.maximum(SHARE * one.rows, 5)
        others = int(one.rows[~many].sum())
        if others < max(LEAST_VALUES, REFERENCE * one.rows.sum()) or one.by_class[~many].sum() > ELSEWHERE * others:
            continue
        if not many.any():
            return _Spoilt(frozenset(), one.off)
        share = one.rows[many].sum() / one.rows.sum()
        chance = special.bdtrc(int(one.by_class[many].sum()) - 1, int(one.by_class.sum()), share)
        if float(chance) < ERROR / (columns * len(measured) * 2.0**many.size):
            return _Spoilt(frozenset(np.flatnonzero(many).tolist()), one.off)
    return None
