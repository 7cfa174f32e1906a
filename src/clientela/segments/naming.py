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
    found = [_name(level, rule[:_SHORT]) for level, rule in zip(levels, rules, strict=True)]
    whole = [_name(level, rule) for level, rule in zip(levels, rules, strict=True)]
    unique: list[str] = []
    for short, full in zip(found, whole, strict=True):
        name = short if found.count(short) == 1 else full
        base, number = name, 1
        while name in unique:
            number += 1
            name = f"{base} ({number})"
        unique.append(name)
    return tuple(unique)


def _name(level: Level, rule: Sequence[Condition]) -> str:
    return f"{level.value}: {', '.join(short_text(item) for item in rule) or ALL_OTHERS}"
