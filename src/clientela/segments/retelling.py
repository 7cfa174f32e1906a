"""Segments said in another language: from their rules and numbers where those say it, else from the English words.

What cannot be told from the English with certainty stays English, and is marked as such.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from clientela.language import Language, bare, foreign, is_foreign, language, numerals, retold, say, speaking
from clientela.segments.acting import Level
from clientela.segments.naming import names
from clientela.segments.result import Bid, Mark, Move, Segment, SegmentResult, StepUp
from clientela.segments.rules import columns_of, rule_text
from clientela.segments.wording import clean

_NUMBERED = re.compile(r"(higher|lower) \(mean (\S+) against (\S+)\)")
_SHARED = re.compile(r"(mostly|more often|less often) (.+) \((\d+) % against (\d+) %\)")
MOST_COLUMNS = 2
"""Columns with missing cells that are looked for in a rule; the rules of this package name hardly more."""
_SHARES = {
    "mostly": "{column} mostly {value} ({here} % against {there} %)",
    "more often": "{column} more often {value} ({here} % against {there} %)",
    "less often": "{column} less often {value} ({here} % against {there} %)",
}
_KNOWN = ", if the rule's columns are known before the visit"
_ACTION = re.compile(r"(.+?); (on the website .+?)\. (An association until .+)")


def retold_segments(result: SegmentResult) -> SegmentResult:
    """Return segments whose names, rules, marks and actions speak the language that is spoken.

    Args:
        result: Segments as they were found, in English.

    Returns:
        The same segments; English itself as it is.
    """
    if language() is Language.ENGLISH:
        return result
    called = dict(zip((item.name for item in result.segments), _names(result.segments), strict=True))
    return replace(
        result,
        segments=tuple(_segment(item, called) for item in result.segments),
        moves=tuple(_move(move, called) for move in result.moves),
        steps=tuple(_step(step) for step in result.steps),
        bids=tuple(_bid(bid, called) for bid in result.bids),
    )


def _names(segments: Sequence[Segment]) -> tuple[str, ...]:
    """Return the names in the spoken language, made as the English ones were, which shows that they mean the same."""
    levels = [next((level for level in Level if item.name.startswith(level.value)), None) for item in segments]
    known = [level for level in levels if level is not None]
    rules = [item.conditions for item in segments]
    given = tuple(item.name for item in segments)
    if len(known) == len(segments):
        with speaking(Language.ENGLISH):
            again = names(known, rules)
        if again == given:
            return names(known, rules)
    return tuple(bare(retold(name)) for name in given)


def _segment(segment: Segment, called: Mapping[str, str]) -> Segment:
    return replace(
        segment,
        name=called[segment.name],
        rule=_rule(segment),
        marks=tuple(_mark(mark) for mark in segment.marks),
        action=_action(segment),
    )


def _rule(segment: Segment) -> str:
    columns = columns_of([segment.conditions])
    sizes = range(min(len(columns), MOST_COLUMNS) + 1)
    tried = itertools.chain.from_iterable(itertools.combinations(columns, size) for size in sizes)
    for told in (_unknown(segment), *map(frozenset, tried)):
        with speaking(Language.ENGLISH):
            again = rule_text(segment.conditions, told)
        if again == segment.rule:
            return rule_text(segment.conditions, told)
    return retold(segment.rule)


def _unknown(segment: Segment) -> frozenset[str]:
    """Return the columns of lines that count whose unknown cells the rule speaks of."""
    lines = [line.condition for item in segment.conditions for line in item.lines]
    with speaking(Language.ENGLISH):
        said = {item.column: rule_text([item], frozenset([item.column])) for item in lines if item.missing_too}
    return frozenset(column for column, text in said.items() if text in segment.rule)


def _mark(mark: Mark) -> Mark:
    return replace(mark, phrase=_phrase(mark))


def _phrase(mark: Mark) -> str:
    column = clean(mark.column)
    rest = mark.phrase.removeprefix(f"{column} ")
    numbered = _NUMBERED.fullmatch(rest)
    if numbered and rest != mark.phrase:
        template = "{column} higher (mean {here} against {there})"
        if numbered[1] == "lower":
            template = "{column} lower (mean {here} against {there})"
        return say(template, column=column, here=numerals(numbered[2]), there=numerals(numbered[3]))
    shared = _SHARED.fullmatch(rest)
    if shared and rest != mark.phrase:
        value = say("unknown") if shared[2] == "unknown" else shared[2]
        return say(_SHARES[shared[1]], column=column, value=value, here=shared[3], there=shared[4])
    return foreign(mark.phrase)


def _action(segment: Segment) -> str:
    parts = _ACTION.fullmatch(segment.action)
    if parts is None:
        return retold(segment.action)
    page, hint = parts[2], ""
    for mark in segment.marks:
        before, found, after = page.partition(f", and speak to what marks them off ({mark.phrase})")
        if found and not after:
            page, hint = before, say(", and speak to what marks them off ({mark})", mark=_phrase(mark))
            break
    bids, known, _ = parts[1].partition(_KNOWN)
    said = [retold(bids), retold(known), retold(page), hint, retold(parts[3])]
    if any(is_foreign(part) for part in said):
        return foreign(segment.action)
    return f"{said[0][:1].upper()}{said[0][1:]}{said[1]}; {said[2]}{said[3]}. {said[4]}"


def _move(move: Move, called: Mapping[str, str]) -> Move:
    return replace(move, source=called.get(move.source, move.source), target=called.get(move.target, move.target))


def _step(step: StepUp) -> StepUp:
    return replace(step, marks=tuple(_mark(mark) for mark in step.marks))


def _bid(bid: Bid, called: Mapping[str, str]) -> Bid:
    return replace(bid, name=called.get(bid.name, bid.name)) if bid.kind == "segment" else bid
