"""Rules of segments: in words, and applied to rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import polars as pl

from clientela.domain.errors import ColumnError
from clientela.segments.result import Condition, SegmentResult
from clientela.segments.wording import clean, either, number

ALL_OTHERS = "all other visits"
SEGMENT = "segment"
_NAMED_VALUES = 2


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
    return " and ".join(_condition_text(item, item.column in may_be_missing) for item in conditions) or ALL_OTHERS


def short_text(condition: Condition) -> str:
    """Say a condition in as few words as a name allows.

    >>> short_text(Condition("device", "not in", None, ("mobile", "tablet", "watch")))
    'device not mobile, tablet or 1 more'
    """
    if len(condition.values) <= _NAMED_VALUES:
        return _said(condition, either([clean(value) for value in condition.values] or [""]))
    shown = [clean(value) for value in condition.values[:_NAMED_VALUES]]
    text = either([*shown, f"{len(condition.values) - _NAMED_VALUES} more"])
    return _said(condition, text).replace(" is not ", " not ", 1)


def _condition_text(condition: Condition, may_be_missing: bool) -> str:
    text = _said(condition, either([clean(value) for value in condition.values] or [""]))
    if not may_be_missing or condition.operator in ("missing", "present"):
        return text
    return f"{text} (or unknown)" if condition.missing_too else text


def _said(condition: Condition, values: str) -> str:
    column = clean(condition.column)
    bound = number(condition.value) if condition.value is not None else ""
    return {
        "<=": f"{column} at most {bound}",
        ">": f"{column} above {bound}",
        "in": f"{column} is {values}",
        "not in": f"{column} is not {values}",
        "missing": f"{column} is unknown",
        "present": f"{column} is known",
    }[condition.operator]


def simplified(conditions: Sequence[Condition]) -> tuple[Condition, ...]:
    """Join conditions on the same column that say one thing, in the order of their columns.

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
    return tuple(kept)


def _joined(first: Condition, second: Condition) -> Condition | None:
    """Return one condition that says both, or None where it takes two."""
    if first.column != second.column:
        return None
    too = first.missing_too and second.missing_too
    if first.operator == "present" and not second.missing_too:
        return second
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
    for name in dict.fromkeys(item.column for segment in result.segments for item in segment.conditions):
        if name not in frame.columns:
            raise ColumnError.missing(name, frame.columns)
    chosen = pl.lit(result.segments[-1].name)
    for segment in reversed(result.segments):
        chosen = pl.when(fulfilled(segment.conditions, frame)).then(pl.lit(segment.name)).otherwise(chosen)
    # With the height of the frame even where no condition names a column.
    return frame.select(pl.int_range(pl.len()).alias("row"), chosen.alias(SEGMENT)).get_column(SEGMENT)


def fulfilled(conditions: Sequence[Condition], frame: pl.DataFrame) -> pl.Expr:
    """Return whether rows of `frame` fulfil all conditions, never null."""
    parts = [_fulfilled(condition, frame.schema[condition.column]) for condition in conditions]
    return pl.all_horizontal(parts) if parts else pl.lit(True)


def _fulfilled(condition: Condition, dtype: pl.DataType) -> pl.Expr:
    column = pl.col(condition.column)
    if condition.value is not None:
        known = _as_number(column, dtype)
        holds = known <= condition.value if condition.operator == "<=" else known > condition.value
        return pl.when(known.is_null()).then(condition.missing_too).otherwise(holds)
    if condition.operator in ("missing", "present"):
        gone = (_as_number(column, dtype) if dtype.is_numeric() else column).is_null()
        return gone if condition.operator == "missing" else ~gone
    text = column.fill_nan(None).cast(pl.String) if dtype.is_float() else column.cast(pl.String)
    listed = text.is_in(list(condition.values))
    if dtype.is_float():
        listed = listed | text.str.strip_suffix(".0").is_in(list(condition.values))
    holds = listed if condition.operator == "in" else ~listed
    return pl.when(text.is_null()).then(condition.missing_too).otherwise(holds)


def _as_number(column: pl.Expr, dtype: pl.DataType) -> pl.Expr:
    """Return the finite number of each row, null where there is none."""
    if isinstance(dtype, (pl.Categorical, pl.Enum)):
        column, dtype = column.cast(pl.String), pl.String()
    if isinstance(dtype, pl.String):
        column = column.str.strip_chars()
    value = column.cast(pl.Float64, strict=False)
    return pl.when(value.is_finite()).then(value)
