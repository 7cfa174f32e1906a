"""Names of segments: short, unique, made from value and what tells the segment; the rule says the rest."""

from __future__ import annotations

from collections.abc import Sequence

from clientela.language import say
from clientela.segments.acting import Level
from clientela.segments.result import Condition
from clientela.segments.wording import clean

MOST_LINES = 3
THE_REST = "the rest"
_OF_NUMBERS = {frozenset("<"): "low {name}", frozenset(">"): "high {name}", frozenset("<>"): "middle {name}"}


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
        base = f"{say(level.value)}: {alone[0] if alone else ', '.join(own) or say(THE_REST)}"
        name, number = base, 1
        while name in unique:
            number += 1
            name = f"{base} ({number})"
        unique.append(name)
    return tuple(unique)


def _parts(rule: Sequence[Condition]) -> tuple[str, ...]:
    """Return each column of a rule in a word or two."""
    # of what counts for points the first, which count most, are name enough
    asked = [line.condition for condition in rule for line in condition.lines[:MOST_LINES]] or list(rule)
    columns = dict.fromkeys(condition.column for condition in asked)
    return tuple(_said(name, [condition for condition in asked if condition.column == name]) for name in columns)


def _said(name: str, conditions: Sequence[Condition]) -> str:
    bounds = frozenset(item.operator[0] for item in conditions if item.value is not None)
    if bounds:
        return say(_OF_NUMBERS[bounds], name=clean(name))
    first = conditions[0]
    if not first.values:
        return say("{name} unknown" if first.operator == "missing" else "{name} known", name=clean(name))
    value = clean(first.values[0])
    if len(first.values) > 1:
        value = say("{value} or {rest} more", value=value, rest=len(first.values) - 1)
    return say("{name} not {value}" if first.operator == "not in" else "{name} {value}", name=clean(name), value=value)
