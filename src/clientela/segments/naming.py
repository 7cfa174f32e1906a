"""Names of segments: short, unique, made from value and rule."""

from __future__ import annotations

from collections.abc import Sequence

from clientela.segments.acting import Level
from clientela.segments.result import Condition
from clientela.segments.rules import ALL_OTHERS, short_text

_SHORT = 2


def names(levels: Sequence[Level], rules: Sequence[tuple[Condition, ...]]) -> tuple[str, ...]:
    """Return one name per segment.

    The first conditions of the rule where they tell the segments apart, else all of them,
    else a number behind.

    >>> names([Level.HIGH, Level.LOW], [(Condition("pages", ">", 3.0),), ()])
    ('High value: pages above 3', 'Low value: all other visits')
    """
    short = [_said(rule[:_SHORT]) for rule in rules]
    unique: list[str] = []
    for level, rule, said in zip(levels, rules, short, strict=True):
        name = f"{level.value}: {said if short.count(said) == 1 else _said(rule)}"
        base, number = name, 1
        while name in unique:
            number += 1
            name = f"{base} ({number})"
        unique.append(name)
    return tuple(unique)


def _said(rule: Sequence[Condition]) -> str:
    return ", ".join(short_text(item) for item in rule) or ALL_OTHERS
