"""Rules of segments: in words, and applied to rows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np
import polars as pl
from numpy.typing import NDArray

from clientela.domain.errors import ColumnError
from clientela.language import say
from clientela.models.values import numbers, texts
from clientela.segments.result import Condition, SegmentResult
from clientela.segments.wording import clean, either, number

BoolArray = NDArray[np.bool_]

ALL_OTHERS = "all other visits"
SEGMENT = "segment"
BLANKS = "".join(map(chr, (*range(9, 14), 32, 133, 160, 5760, *range(8192, 8203), 8232, 8233, 8239, 8287, 12288)))
"""Characters that text is blank of: White_Space of Unicode."""


def rule_text(conditions: Sequence[Condition], may_be_missing: frozenset[str]) -> str:
    """Say a rule in words.

    Args:
        conditions: All of which a row fulfils.
        may_be_missing: Columns that have rows without a value, where that is worth a word.

    Returns:
        One phrase; "all other visits" for no conditions.

    >>> rule_text([Condition("pages", ">", 3.0), Condition("device", "in", None, ("mobile",))], frozenset())
    'pages above 3 and device is mobile'
    """
    parts: list[str] = []
    earlier = ""
    for item in conditions:
        if item.lines:
            parts.append(_points_text(item, may_be_missing))
            continue
        text = _condition_text(item, item.column in may_be_missing)
        # "pages above 1 and at most 20" names the column once.
        parts.append(text.removeprefix(f"{clean(item.column)} ") if item.column == earlier else text)
        earlier = item.column
    return say(" and ").join(parts) or say(ALL_OTHERS)


def _points_text(condition: Condition, may_be_missing: frozenset[str]) -> str:
    lines: list[str] = []
    earlier = ""
    for line in condition.lines:
        text = _condition_text(line.condition, line.condition.column in may_be_missing)
        own = text.removeprefix(f"{clean(line.condition.column)} ") if line.condition.column == earlier else text
        lines.append(f"{own} ({line.points})")
        earlier = line.condition.column
    return say("at least {least} points of: {lines}", least=number(condition.value or 0), lines=", ".join(lines))


def _condition_text(condition: Condition, may_be_missing: bool) -> str:
    text = _said(condition, either([clean(value) for value in condition.values] or [""]))
    if not may_be_missing or condition.operator in ("missing", "present"):
        return text
    return say("{text} (or unknown)", text=text) if condition.missing_too else text


def _said(condition: Condition, values: str) -> str:
    column = clean(condition.column)
    bound = number(condition.value) if condition.value is not None else ""
    return {
        "<=": say("{column} at most {bound}", column=column, bound=bound),
        ">": say("{column} above {bound}", column=column, bound=bound),
        "in": say("{column} is {values}", column=column, values=values),
        "not in": say("{column} is not {values}", column=column, values=values),
        "missing": say("{column} is unknown", column=column),
        "present": say("{column} is known", column=column),
    }[condition.operator]


def simplified(conditions: Sequence[Condition]) -> tuple[Condition, ...]:
    """Join conditions on the same column that say one thing; what stays is ordered by first mention of its column.

    >>> [c.value for c in simplified([Condition("pages", ">", 3.0), Condition("pages", ">", 9.0)])]
    [9.0]
    """
    kept: list[Condition] = []
    for condition in conditions:
        for index, earlier in enumerate(kept):
            joined = _joined(earlier, condition)
            if joined is not None:
                kept[index] = joined
                break
        else:
            kept.append(condition)
    columns = list(dict.fromkeys(condition.column for condition in kept))
    return tuple(sorted(kept, key=lambda condition: columns.index(condition.column)))


def _joined(first: Condition, second: Condition) -> Condition | None:
    """Return one condition that says both, or None where it takes two."""
    if first.column != second.column:
        return None
    too = first.missing_too and second.missing_too
    if first.operator == "present" and second.operator != "missing":
        return replace(second, missing_too=False)
    if first.value is not None and second.value is not None and first.operator == second.operator:
        pick = min if first.operator == "<=" else max
        return replace(first, value=pick(first.value, second.value), missing_too=too)
    if first.values and second.values:
        return _joined_lists(first, second, too)
    return None


def _joined_lists(first: Condition, second: Condition, too: bool) -> Condition:
    operators = (first.operator, second.operator)
    if operators == ("not in", "not in"):
        return replace(first, values=tuple(sorted({*first.values, *second.values})), missing_too=too)
    listed, other = (first, second) if operators[0] == "in" else (second, first)
    both = other.operator == "in"
    values = tuple(value for value in listed.values if (value in other.values) == both)
    return replace(listed, values=values, missing_too=too)


def assign(result: SegmentResult, frame: pl.DataFrame) -> pl.Series:
    """Return the segment of every row.

    Numbers stored as text and categories stored as numbers or booleans are understood;
    what cannot be read as a number counts as without a value.

    Args:
        result: The segments.
        frame: Rows with the columns that the rules name.

    Returns:
        Names of segments, one per row, called "segment".

    Raises:
        ColumnError: A column that a rule names is not there.
    """
    for name in columns_of(segment.conditions for segment in result.segments):
        if name not in frame.columns:
            raise ColumnError.missing(name, frame.columns)
    names = [segment.name for segment in result.segments]
    place = np.full(frame.height, len(names) - 1)
    for index in reversed(range(len(names))):
        place[fulfilled(result.segments[index].conditions, frame)] = index
    return pl.Series(SEGMENT, names, dtype=pl.String).gather(place)


def fulfilled(conditions: Sequence[Condition], frame: pl.DataFrame) -> BoolArray:
    """Return which rows of `frame` fulfil all conditions."""
    holds = np.ones(frame.height, dtype=np.bool_)
    for condition in conditions:
        holds &= _counted(condition, frame) if condition.lines else _fulfilled(condition, frame[condition.column])
    return holds


def _counted(condition: Condition, frame: pl.DataFrame) -> BoolArray:
    points = np.zeros(frame.height, dtype=np.int64)
    for line in condition.lines:
        points += line.points * _fulfilled(line.condition, frame[line.condition.column])
    return np.asarray(points >= (condition.value or 0))


def columns_of(rules: Iterable[Sequence[Condition]]) -> tuple[str, ...]:
    """Return the columns that some rules ask for, each once, in the order in which they are asked."""
    return tuple(dict.fromkeys(name for rule in rules for item in rule for name in item.columns))


def _fulfilled(condition: Condition, column: pl.Series) -> BoolArray:
    if condition.operator in ("missing", "present"):
        gone = _gone(column)
        return gone if condition.operator == "missing" else ~gone
    if condition.value is not None:
        values = numbers(column)
        holds = values <= condition.value if condition.operator == "<=" else values > condition.value
        return np.where(np.isnan(values), condition.missing_too, holds)
    listed = texts(column).is_in(list(condition.values)).fill_null(False).to_numpy()
    holds = listed if condition.operator == "in" else ~listed
    return np.where(_gone(column), condition.missing_too, holds)


def _gone(column: pl.Series) -> BoolArray:
    """Return which cells are without a value: null, blank, NaN or infinite."""
    return np.isnan(numbers(column)) if column.dtype.is_numeric() else texts(column).is_null().to_numpy()
