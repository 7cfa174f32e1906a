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
from clientela.tables.relation import Relation

CENTRED_BITS = 46
"""Bits of a centred value: squares of 2**46 add up to 34 billion rows within 128 bits."""

LIMB_BITS = 62
SMALLEST_EXPONENT = -900


def double(value: float) -> exp.Expr:
    """Return `value` as a double literal that reads back the same."""
    return sql.cast(sql.text(repr(float(value))), "DOUBLE")


def means(
    relation: Relation, cells: Sequence[Cell], ends: Sequence[tuple[float | None, float | None, int]]
) -> list[tuple[float | None, float | None]]:
    """Return mean and sample deviation of columns in one scan.

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
    items: list[exp.Expr] = [sql.named(sql.number(0), "none")]
    for index, (cell, frame) in enumerate(zip(cells, frames, strict=True)):
        if frame is not None:
            whole = frame.whole(cell)
            square = exp.Mul(this=sql.cast(whole, "HUGEINT"), expression=whole.copy())
            items.append(sql.named(_text(sql.call("sum", whole.copy())), f"s{index}"))
            items.append(sql.named(_text(sql.call("sum", square)), f"q{index}"))
    answer = relation.engine.frame(relation.rows([sql.call("count", exp.Star()), *items[1:]])).row(0, named=True)
    found: list[tuple[float | None, float | None]] = []
    for index, (frame, (_, _, count)) in enumerate(zip(frames, ends, strict=True)):
        if frame is None:
            found.append((None, None))
        else:
            found.append(frame.moments(int(answer[f"s{index}"]), int(answer[f"q{index}"]), count))
    return found


def _text(value: exp.Expr) -> exp.Expr:
    return sql.cast(value, "VARCHAR")


class _Frame:
    """Centre and unit in which the values of one column are whole numbers."""

    def __init__(self, low: float, high: float) -> None:
        self.centre = low / 2 + high / 2
        half = max(high - self.centre, self.centre - low)
        exponent = math.frexp(half)[1] if half else 0
        self.shift = CENTRED_BITS - max(exponent, SMALLEST_EXPONENT)

    def whole(self, cell: Cell) -> exp.Expr:
        centred = exp.paren(exp.Sub(this=cell.number, expression=double(self.centre)))
        return sql.cast(exp.Mul(this=centred, expression=double(math.ldexp(1.0, self.shift))), "BIGINT")

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


def exponents(relation: Relation, cells: Sequence[Cell]) -> list[int]:
    """Return for each column the power of two that no finite value reaches."""
    items = [sql.named(sql.call("max", sql.call("abs", cell.number)), f"m{index}") for index, cell in enumerate(cells)]
    answer = relation.engine.frame(relation.rows([sql.call("count", exp.Star()), *items])).row(0)
    return [max(math.frexp(largest or 0.0)[1], SMALLEST_EXPONENT) for largest in answer[1:]]


def exact_sum(value: exp.Expr, exponent: int, power: int) -> exp.Expr:
    """Return the sum of `value` to the power 1 or 2, where no |value| reaches 2**exponent.

    Each value is cut into two whole numbers of 62 bits, so small values are kept beside
    large ones: what is lost is below the largest value times 2**-123.
    """
    scaled = exp.Mul(this=value, expression=double(math.ldexp(1.0, -exponent)))
    product = exp.Mul(this=exp.paren(scaled), expression=exp.paren(scaled.copy())) if power == 2 else scaled
    limb = double(math.ldexp(1.0, LIMB_BITS))
    high = exp.Mul(this=exp.paren(product), expression=limb)
    rest = exp.paren(exp.Sub(this=high.copy(), expression=sql.call("trunc", high.copy())))
    low = exp.Mul(this=rest, expression=limb.copy())
    upper = _double_sum(sql.cast(sql.call("trunc", high), "BIGINT"))
    lower = exp.Div(this=_double_sum(sql.cast(low, "BIGINT")), expression=limb.copy())
    total: exp.Expr = exp.paren(exp.Add(this=upper, expression=lower))
    for part in _powers(exponent * power - LIMB_BITS):
        total = exp.Mul(this=total, expression=double(part))
    return total


def _double_sum(value: exp.Expr) -> exp.Expr:
    return sql.cast(sql.call("sum", value), "DOUBLE")


def _powers(exponent: int) -> list[float]:
    """Return powers of two within the range of doubles whose product is 2**exponent."""
    parts = []
    while exponent:
        step = max(-1000, min(1000, exponent))
        parts.append(math.ldexp(1.0, step))
        exponent -= step
    return parts
