"""Rules of segments as a Python file that needs nothing but Python."""

from __future__ import annotations

from collections.abc import Sequence

from clientela.segments.result import Condition, SegmentResult
from clientela.segments.rules import BLANKS

_HEAD = '''"""Which segment a visit belongs to. Made by Clientela; needs nothing but Python.

segment(row) takes a mapping from column name to cell, a dict for example, and returns the name of the segment.
None, NaN, infinite numbers, blank text and what is no number where one is asked for are unknown.
"""

import math
import re

_BLANKS = {blanks!a}
_NUMBER = re.compile(r"[+-]?([0-9]+\\.?[0-9]*|\\.[0-9]+)([eE][+-]?[0-9]+)?")


def _number(cell):
    if isinstance(cell, str):
        cell = cell.strip(_BLANKS)
        cell = float(cell) if _NUMBER.fullmatch(cell) else None
    return None if cell is None or not math.isfinite(cell) else float(cell)


def _text(cell):
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, str):
        return cell if cell.strip(_BLANKS) else None
    if cell is None or not math.isfinite(cell):
        return None
    return str(int(cell)) if cell == int(cell) else repr(cell)


def _unknown(cell):
    return _text(cell) is None


def _at_most(cell, bound, unknown_too):
    found = _number(cell)
    return unknown_too if found is None else found <= bound


def _above(cell, bound, unknown_too):
    found = _number(cell)
    return unknown_too if found is None else found > bound


def _one_of(cell, values, unknown_too):
    found = _text(cell)
    return unknown_too if found is None else found in values


def _none_of(cell, values, unknown_too):
    found = _text(cell)
    return unknown_too if found is None else found not in values


def segment(row):
    """Return the name of the segment of one visit."""
'''
_CALLS = {"<=": "_at_most", ">": "_above", "in": "_one_of", "not in": "_none_of"}


def source(result: SegmentResult) -> str:
    """Return the rules as the text of a Python module with one function, `segment(row)`.

    Names and values stand in it as Python literals, so nothing of them can run.

    Args:
        result: The segments.

    Returns:
        ASCII text, the same for the same segments.
    """
    *first, last = result.segments
    lines = [_HEAD.format(blanks=BLANKS)]
    for item in first:
        lines += [f"    if {_rule(item.conditions)}:\n", f"        return {item.name!a}\n"]
    return "".join([*lines, f"    return {last.name!a}\n"])


def _rule(conditions: Sequence[Condition]) -> str:
    return " and ".join(_condition(item) for item in conditions) or "True"


def _condition(item: Condition) -> str:
    if item.lines:
        counted = " + ".join(f"{line.points} * ({_condition(line.condition)})" for line in item.lines)
        return f"{counted} >= {item.value!r}"
    cell = f"row[{item.column!a}]"
    if item.operator in ("missing", "present"):
        return f"_unknown({cell})" if item.operator == "missing" else f"not _unknown({cell})"
    against = repr(item.value) if item.value is not None else ascii(tuple(dict.fromkeys(item.values)))
    return f"{_CALLS[item.operator]}({cell}, {against}, {item.missing_too})"
