"""Rules and rows to hold the written rules against `assign`, and a small reader of JsonLogic."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import polars as pl

from clientela.domain.column import Storage
from clientela.domain.estimate import Estimate
from clientela.segments.result import Condition, Line, Segment, SegmentResult

ONE = Estimate(0.5, 0.4, 0.6, n=10, method="wilson")
HOSTILE = 'it\'s "a" `b` \\ {c}; DROP TABLE visits --'
STORED = {
    "pages": Storage.INTEGER,
    "spend": Storage.NUMBER,
    HOSTILE: Storage.TEXT,
    "app.user": Storage.BOOLEAN,
}
RULES = (
    (Condition("spend", ">", 10.1, missing_too=True), Condition(HOSTILE, "in", None, ("a'b", "c\\", "d\ne"))),
    (Condition("spend", "<=", -0.5), Condition(HOSTILE, "not in", None, ("a'b", "ü"), missing_too=True)),
    (Condition("pages", ">", 7.0), Condition("app.user", "in", None, ("true",), missing_too=True)),
    (Condition("spend", "missing"), Condition("pages", "present")),
    (Condition(HOSTILE, "not in", None, ("ü",)), Condition("app.user", "not in", None, ("true",))),
    (Condition(HOSTILE, "missing"), Condition("pages", "<=", 3.0, missing_too=True)),
    (
        Condition(
            "",
            "points",
            4.0,
            lines=(
                Line(Condition("spend", "<=", 3.5, missing_too=True), 3),
                Line(Condition("app.user", "present"), 2),
                Line(Condition(HOSTILE, "not in", None, ("ü", "a'b"), missing_too=True), 1),
            ),
        ),
        Condition("pages", ">", 1.0),
    ),
    (),
)


def result(*rules: tuple[Condition, ...]) -> SegmentResult:
    """Return segments with names that need quoting."""
    names = [f"{i}: it's `\"{{x}}\\" for i in range(len(rules))]
    segments = (Segment(n, "", rule, 1, ONE, ONE, None, None, (), "") for n, rule in zip(names, rules, strict=True))
    return SegmentResult(tuple(segments), "", None, 1, (), 0)


def rows(count: int, seed: int = 0) -> pl.DataFrame:
    """Return visits with every kind of cell: null, NaN, infinite, blank, never seen before."""
    rng = np.random.default_rng(seed)
    words = np.array(["a'b", "c\\", "d\ne", "ü", "new", "", " \t\u00a0\u2003", None, " ü"], dtype=object)
    spend = rng.choice([10.1, 10.100000000000001, -0.5, 0.0, 1e31, -1e31, math.nan, math.inf, -math.inf], count)
    gone = rng.random(count) < 0.1
    return pl.DataFrame(
        {
            "pages": pl.Series(rng.integers(0, 12, count)).set(pl.Series(rng.random(count) < 0.1), None),
            "spend": pl.Series(np.where(rng.random(count) < 0.5, spend, rng.normal(5, 9, count))).set(
                pl.Series(gone), None
            ),
            HOSTILE: pl.Series(words[rng.integers(0, len(words), count)].tolist(), dtype=pl.String),
            "app.user": pl.Series(rng.choice([True, False], count)).set(pl.Series(rng.random(count) < 0.2), None),
        }
    )


def logic(node: Any, data: dict[str, Any]) -> Any:
    """Evaluate JsonLogic by its published operations; only those that the rules use, and by JavaScript's rules."""
    if not isinstance(node, dict):
        return node
    (operator, given), *rest = node.items()
    assert not rest
    if operator == "var":
        return data.get(given)
    if operator == "if":
        for test, answer in zip(given[:-1:2], given[1::2], strict=True):
            if logic(test, data):
                return answer
        return given[-1]
    if operator in ("and", "or"):
        return (all if operator == "and" else any)(logic(item, data) for item in given)
    values = [logic(item, data) for item in given]
    return _answer(operator, values)


def _answer(operator: str, values: list[Any]) -> Any:
    if operator == "!":
        return not values[0]
    if operator == "+":
        return sum(values)
    first, second = values
    if operator == ">=":
        return bool(first >= second)
    if operator == "in":
        return any(type(item) is type(first) and item == first for item in second)
    if operator == "===":
        return first is second if second is None else bool(first == second)
    # null counts as 0 in an order of JavaScript
    number = 0 if first is None else first
    return bool(number <= second) if operator == "<=" else bool(number > second)
