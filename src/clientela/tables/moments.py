"""Sums that come out the same however the rows are parted among threads.

Doubles are added as whole numbers of a power-of-two unit, which is exact in any order; the
unit follows from the smallest and largest value.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction

from sqlglot import exp

from clientela.tables import sql
from clientela.tables.cells import Cell
from clientela.tables.counting import kept
from clientela.tables.relation import Relation

CENTRED_BITS = 46
"""Bits of a centred value: squares of 2**46 add up to 34 billion rows within 128 bits."""

MOST_EXPONENT = 1000

SUM_BITS = 80
"""Bits of a value within its group: a group may have 70 thousand billion rows."""


def double(value: float) -> exp.Expr:
    """Return `value` as a double literal that reads back the same."""
    return sql.cast(sql.text(repr(float(value))), "DOUBLE")


def means(
    relation: Relation, cells: Sequence[Cell], ends: Sequence[tuple[float | None, float | None, int]]
) -> list[tuple[float | None, float | None]]:
    """Return mean and sample deviation of columns, from counted values where they are kept, else in one scan.

    Values are centred in the middle of their range first, so nothing cancels however far
    from zero they lie.

    Args:
        relation: Rows.
        cells: Columns of integers, numbers or booleans.
        ends: Minimum, maximum and number of finite values of each.

    Returns:
        Mean (None without values) and deviation (None below two values) of each.
    """
    frames = [_Frame(low, high) if low is not None and high is not None else None for low, high, _ in ends]
    sums: dict[int, tuple[int, int]] = {}
    scanned: list[tuple[int, exp.Expr]] = []
    for index, (cell, frame) in enumerate(zip(cells, frames, strict=True)):
        name = kept(relation, cell)
        if frame is None:
            continue
        if name is None:
            scanned += [(index, item) for item in _sums(frame.whole(cell.number))]
        else:
            items = _sums(frame.whole(cell.under("v").number), sql.column("n"))
            sums[index] = _pair(relation.engine.frame(sql.select(items, name)).row(0))
    if scanned:
        items = [sql.named(item, f"s{place}") for place, (_, item) in enumerate(scanned)]
        answer = relation.engine.frame(relation.rows(items)).row(0)
        sums |= {scanned[place][0]: _pair(answer[place : place + 2]) for place in range(0, len(scanned), 2)}
    return [
        (None, None) if frame is None else frame.moments(*sums[index], count)
        for index, (frame, (_, _, count)) in enumerate(zip(frames, ends, strict=True))
    ]


def _sums(whole: exp.Expr, weight: exp.Expr | None = None) -> list[exp.Expr]:
    """Return the sums of whole numbers and of their squares, each as often as `weight` says, as text."""
    wide = sql.cast(whole, "HUGEINT")
    values: list[exp.Expr] = [whole.copy(), exp.Mul(this=wide.copy(), expression=whole.copy())]
    if weight is not None:
        values[0] = wide
        values = [exp.Mul(this=value, expression=weight.copy()) for value in values]
    return [_text(sql.call("sum", value)) for value in values]


def _pair(row: Sequence[str]) -> tuple[int, int]:
    return int(row[0]), int(row[1])


def _text(value: exp.Expr) -> exp.Expr:
    return sql.cast(value, "VARCHAR")


class _Frame:
    """Centre and unit in which the values of one column are whole numbers."""

    def __init__(self, low: float, high: float) -> None:
        self.centre = low / 2 + high / 2
        half = max(high - self.centre, self.centre - low)
        exponent = math.frexp(half)[1] if half else 0
        self.shift = CENTRED_BITS - exponent

    def whole(self, number: exp.Expr) -> exp.Expr:
        centred: exp.Expr = exp.paren(exp.Sub(this=number, expression=double(self.centre)))
        return sql.cast(_times_power(centred, self.shift), "BIGINT")

    def moments(self, total: int, squares: int, count: int) -> tuple[float, float | None]:
        unit = Fraction(2) ** -self.shift
        mean = float(Fraction(self.centre) + unit * Fraction(total, count)) + 0.0
        if count < 2:
            return mean, None
        variance = (Fraction(squares) - Fraction(total * total, count)) / (count - 1)
        return mean, _scaled(math.sqrt(variance), -self.shift)


def _scaled(value: float, exponent: int) -> float:
    try:
        return math.ldexp(value, exponent)
    except OverflowError:
        return math.inf


def _times_power(value: exp.Expr, exponent: int) -> exp.Expr:
    """Return `value` times 2**exponent, by powers within the range of doubles."""
    while exponent:
        step = max(-MOST_EXPONENT, min(MOST_EXPONENT, exponent))
        value = exp.Mul(this=value, expression=double(math.ldexp(1.0, step)))
        exponent -= step
    return value


def unit(largest: exp.Expr) -> exp.Expr:
    """Return the power of two that brings numbers as large as `largest` (positive) near to 1."""
    power = exp.Neg(this=sql.call("floor", sql.call("log2", largest)))
    held = sql.call("least", power, sql.number(MOST_EXPONENT))
    return sql.call("coalesce", sql.call("pow", double(2), held), double(1))


def exact_sum(value: exp.Expr, scale: exp.Expr, power: int) -> exp.Expr:
    """Return the sum of `value` to the power 1 or 2, where `scale` is the `unit` of its group."""
    scaled = exp.paren(exp.Mul(this=value, expression=scale))
    product = exp.Mul(this=scaled, expression=scaled.copy()) if power == 2 else scaled
    total: exp.Expr = sql.cast(sql.call("sum", sql.cast(_times_power(product, SUM_BITS), "HUGEINT")), "DOUBLE")
    total = _times_power(total, -SUM_BITS)
    for _ in range(power):
        total = exp.Div(this=total, expression=sql.call("any_value", scale.copy()))
    return total
