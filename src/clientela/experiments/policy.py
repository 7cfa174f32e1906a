"""A policy as a file: which variant is shown with which probability, by what is known of the visitor."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from clientela.domain.errors import InputError, RefusedError, listed, quoted
from clientela.domain.record import Record

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

KEYS = ("name", "default", "rules")
RULE_KEYS = ("when", "show")
WHOLE = 1e-6
"""How far each probability may keep the sum from 1: what cutting to six places leaves."""
MOST_RULES = 10_000


@dataclass(frozen=True)
class Rule(Record):
    """One rule.

    Attributes:
        when: Values a column may have, by column; all columns must fit. Empty for the default.
        show: Probability of each variant.
    """

    when: Mapping[str, tuple[str, ...]]
    show: Mapping[str, float]


@dataclass(frozen=True)
class Policy(Record):
    """Which variant is shown with which probability.

    Attributes:
        name: What it is called.
        rules: The first one that fits a decision is used.
    """

    name: str
    rules: tuple[Rule, ...]

    @property
    def columns(self) -> tuple[str, ...]:
        """Columns that the rules ask for."""
        return tuple(dict.fromkeys(column for rule in self.rules for column in rule.when))

    @property
    def variants(self) -> tuple[str, ...]:
        """Variants that it can show."""
        return tuple(sorted({name for rule in self.rules for name, share in rule.show.items() if share > 0}))


def read_policy(content: bytes, name: str = "the policy") -> Policy:
    """Return the policy that a JSON file holds.

    Args:
        content: A JSON object with `default` (probability by variant), `rules` (a list of objects with `when`:
            the value, or list of values, of each column, and `show`: probability by variant), or both; `name` if
            wanted. The first rule that fits is used, then the default.
        name: What to call the file in errors.

    Raises:
        InputError: It is no such file; the sentence says where.

    >>> read_policy(b'{"default": {"A": 0.2, "B": 0.8}}').variants
    ('A', 'B')
    """
    try:
        data = json.loads(content, object_pairs_hook=_unique)
    except (ValueError, RecursionError) as error:
        raise InputError(f"{name} is no JSON ({str(error)[:100]}): write it as text like {_EXAMPLE}.") from error
    _keys(data, KEYS, name, _EXAMPLE)
    given = data.get("rules", [])
    if not isinstance(given, list) or len(given) > MOST_RULES:
        raise InputError(f"The rules of {name} must be a list of at most {MOST_RULES:,} objects.")
    rules = [_rule(rule, f"rule {place} of {name}") for place, rule in enumerate(given, 1)]
    if "default" in data:
        rules.append(Rule({}, _shares(data["default"], f"the default of {name}")))
    if not rules:
        raise InputError(f"{name} has neither rules nor a default: give one, like {_EXAMPLE}.")
    called = data.get("name", "policy")
    if not isinstance(called, str):
        raise InputError(f"The name in {name} must be text, like {_NAMED}.")
    return Policy(called, tuple(rules))


def matched(policy: Policy, frame: pl.DataFrame) -> IntArray:
    """Return the rule of every row.

    Args:
        policy: The policy.
        frame: Rows with the columns that its rules ask for, as text.

    Raises:
        RefusedError: No rule fits some rows, and there is no default.

    >>> frame = pl.DataFrame({"device": ["phone", "tablet"]})
    >>> given = b'{"rules": [{"when": {"device": "phone"}, "show": {"A": 1}}], "default": {"B": 1}}'
    >>> matched(read_policy(given), frame).tolist()
    [0, 1]
    """
    found = np.full(len(frame), -1, dtype=np.int64)
    for place, rule in enumerate(policy.rules):
        fits = found < 0
        for column, values in rule.when.items():
            fits &= frame[column].is_in(list(values)).fill_null(value=False).to_numpy()
        found[fits] = place
    missed = int((found < 0).sum())
    if missed:
        first = frame.row(int(np.argmin(found)), named=True)
        told = ", ".join(f"{quoted(name)} {quoted(str(first[name]))}" for name in policy.columns)
        raise RefusedError(
            f"No rule of the policy fits {missed:,} of {len(frame):,} decisions (the first has {told}): add a default."
        )
    return found


def table_of(policy: Policy, variants: Sequence[str]) -> FloatArray:
    """Return the probability of every variant under every rule, shape (rules, variants)."""
    return np.array([[rule.show.get(name, 0.0) for name in variants] for rule in policy.rules])


_EXAMPLE = """{"default": {"A": 0.5, "B": 0.5}}"""
_RULE = """{"when": {"device": "phone"}, "show": {"A": 1}}"""
_NAMED = """{"name": "phones first"}"""


def _rule(data: Any, where: str) -> Rule:
    _keys(data, RULE_KEYS, where, _RULE)
    when = data.get("when")
    if not isinstance(when, dict) or not when:
        raise InputError(f"The when of {where} must name columns and their values, like {_WHEN}.")
    return Rule(
        {column: _values(value, column, where) for column, value in when.items()}, _shares(data.get("show"), where)
    )


_WHEN = """{"device": "phone"}"""


def _values(value: Any, column: str, where: str) -> tuple[str, ...]:
    items = value if isinstance(value, list) else [value]
    if not items or not all(isinstance(item, (str, int, float)) for item in items):
        raise InputError(
            f"The values of {quoted(column)} in {where} must be text, numbers, true or false, or a list of these."
        )
    # a cell of a table is compared as text, in which true is "true"
    return tuple(str(item).lower() if isinstance(item, bool) else str(item) for item in items)


def _shares(data: Any, where: str) -> dict[str, float]:
    if not isinstance(data, dict) or not data:
        raise InputError(f"{where} must give a probability for each variant, like {_SHOW}.")
    for variant, share in data.items():
        good = isinstance(share, (int, float)) and not isinstance(share, bool) and 0 <= share <= 1
        if not good or not math.isfinite(share):
            raise InputError(
                f"The probability of {quoted(variant)} in {where} is {quoted(str(share))}: it must be from 0 to 1."
            )
    whole = math.fsum(data.values())
    if abs(whole - 1) > WHOLE * (len(data) + 1):
        raise InputError(f"The probabilities in {where} add up to {whole:.6g}: they must add up to 1.")
    return {variant: float(share) for variant, share in data.items()}


_SHOW = """{"A": 0.5, "B": 0.5}"""


def _keys(data: Any, known: Sequence[str], where: str, example: str) -> None:
    if not isinstance(data, dict):
        raise InputError(f"{where} must be a JSON object, like {example}.")
    unknown = [key for key in data if key not in known]
    if unknown:
        raise InputError(f"{where} has {listed(unknown)}, which means nothing here: it may have {listed(known)}.")


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a name stands twice in one object")
    return found
