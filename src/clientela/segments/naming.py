"""Names of segments: short, unique, made from value and what tells the segment; the rule says the rest."""

from __future__ import annotations

from collections.abc import Sequence

from clientela.segments.acting import Level
from clientela.segments.result import Condition
from clientela.segments.wording import clean

THE_REST = "the rest"
_OF_NUMBERS = {frozenset("<"): "low", frozenset(">"): "high", frozenset("<>"): "middle"}


def names(levels: Sequence[Level], rules: Sequence[tuple[Condition, ...]]) -> tuple[str, ...]:
    """Return one name per segment.

    One column in a word or two where it tells the segment from the others, else all columns
    of the rule, else a number behind.

    >>> names([Level.HIGH, Level.LOW], [(Condition("pages", ">", 3.0),), ()])
    ('High value: high pages', 'Low value: the rest')
    """
    parts = [_parts(rule) for rule in rules]
    unique: list[str] = []
    for place, (level, own) in enumerate(zip(levels, parts, strict=True)):
        others = {part for other in (*parts[:place], *parts[place + 1 :]) for part in other}
        alone = [part for part in own if part not in others]
        base = f"{level.value}: {alone[0] if alone else ', '.join(own) or THE_REST}"
        name, number = base, 1
        while name in unique:
            number += 1
            name = f"{base} ({number})"
        unique.append(name)
    return tuple(unique)


def _parts(rule: Sequence[Condition]) -> tuple[str, ...]:
    """Return each column of a rule in a word or two."""
    columns = dict.fromkeys(condition.column for condition in rule)
    return tuple(_said(name, [condition for condition in rule if condition.column == name]) for name in columns)


def _said(name: str, conditions: Sequence[Condition]) -> str:
    bounds = frozenset(item.operator[0] for item in conditions if item.value is not None)
    if bounds:
        return f"{_OF_NUMBERS[bounds]} {clean(name)}"
    first = conditions[0]
    if not first.values:
        return f"{clean(name)} {'unknown' if first.operator == 'missing' else 'known'}"
    more = f" or {len(first.values) - 1} more" if len(first.values) > 1 else ""
    return f"{clean(name)} {'not ' if first.operator == 'not in' else ''}{clean(first.values[0])}{more}"
