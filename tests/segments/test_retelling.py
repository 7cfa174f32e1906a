"""Segments in German: made anew from rules and numbers; what cannot be told for sure stays English."""

from __future__ import annotations

from dataclasses import replace

import pytest

from clientela.domain.column import Available
from clientela.domain.estimate import Estimate
from clientela.domain.goal import Goal
from clientela.language import Language, bare, is_foreign, speaking
from clientela.segments.acting import Level, action
from clientela.segments.naming import names
from clientela.segments.result import Bid, Condition, Line, Mark, Move, Segment, SegmentResult, StepUp
from clientela.segments.retelling import retold_segments
from clientela.segments.rules import rule_text

SHARE = Estimate(0.5, 0.4, 0.6, 100, "wilson")
MARK = Mark("device", "device mostly mobile (90 % against 10 %)", 1.2)
RULES = (
    (Condition("pages", ">", 1234.5), Condition("device", "in", None, ("mobile", "tablet"), missing_too=True)),
    (Condition("pages", ">", 3.0), Condition("pages", "<=", 1234.5)),
    (Condition("device", "missing"),),
    (),
)
LEVELS = (Level.HIGH, Level.MIDDLE, Level.LOW, Level.LOW)


def made(value: float = 3.0, goal: Goal = Goal.RETENTION, known: tuple[Available, ...] = ()) -> SegmentResult:
    """Segments named, ruled and advised as the stage does it."""
    advice = action(Estimate(value, value - 0.1, value + 0.1, 90, "bootstrap"), 2.0, (MARK,), known, goal)
    segments = tuple(
        Segment(name, rule_text(rule, frozenset({"device"})), rule, 50, SHARE, SHARE, None, None, (MARK,), advice)
        for name, rule in zip(names(LEVELS, RULES), RULES, strict=True)
    )
    first, last = segments[0].name, segments[-1].name
    return SegmentResult(
        segments, "", None, 100, (), 0,
        moves=(Move(first, last, 5, SHARE),), steps=(StepUp("a", "b", (MARK,), None),),
        bids=(Bid("segment", first, 0.5, SHARE, 1.0), Bid("group", "High value", 0.5, SHARE, 1.0)),
    )  # fmt: skip


def test_rules_and_names_are_made_anew() -> None:
    """Names and rules say in German what they say in English, numbers included."""
    result = made()
    with speaking(Language.GERMAN):
        told = retold_segments(result)
    assert [item.rule for item in told.segments] == [
        "pages über 1.234,5 und device ist mobile oder tablet (oder unbekannt)",
        "pages über 3 und höchstens 1.234,5",
        "device ist unbekannt",
        "alle übrigen Besuche",
    ]
    assert told.segments[0].name == "Hoher Wert: pages hoch"
    assert told.segments[3].name == "Niedriger Wert: der Rest"
    assert (told.moves[0].source, told.moves[0].target) == (told.segments[0].name, told.segments[3].name)
    assert [bid.name for bid in told.bids] == [told.segments[0].name, "High value"]
    assert told.steps[0].marks[0].phrase == "device meist mobile (90 % gegenüber 10 %)"


@pytest.mark.parametrize("goal", Goal)
@pytest.mark.parametrize("value", [1e-9, 1.0, 1.95, 2.0, 2.11, 9.0])
@pytest.mark.parametrize("known", [(), (Available.DURING,), (Available.UNKNOWN,)])
def test_every_advice_has_a_translation(goal: Goal, value: float, known: tuple[Available, ...]) -> None:
    """Whatever the stage advises is said in German as a whole."""
    result = made(value, goal, known)
    with speaking(Language.GERMAN):
        told = retold_segments(result).segments[0].action
    assert not is_foreign(told)
    assert told.endswith("bis ein Test es zeigt.")


@pytest.mark.parametrize(
    ("phrase", "told"),
    [
        ("device higher (mean 1,235 against 0.5)", "device höher (im Mittel 1.235 gegenüber 0,5)"),
        ("device lower (mean 0.5 against 2)", "device niedriger (im Mittel 0,5 gegenüber 2)"),
        ("device less often unknown (5 % against 40 %)", "device seltener unbekannt (5 % gegenüber 40 %)"),
        ("device more often a (b) (5 % against 4 %)", "device öfter a (b) (5 % gegenüber 4 %)"),
    ],
)
def test_marks(phrase: str, told: str) -> None:
    """Marks are read from the end, so that a value may hold brackets."""
    result = made()
    with speaking(Language.GERMAN):
        marked = replace(result.segments[0], marks=(Mark("device", phrase, 1.0),))
        again = retold_segments(replace(result, segments=(marked, *result.segments[1:])))
    assert again.segments[0].marks[0].phrase == told


def test_what_is_not_known_stays_english_and_is_marked() -> None:
    """A rule, an advice or a mark in other words is shown as it is, marked as English; a name stays a name."""
    odd = Segment(
        "Sale hunters", "came by sale", RULES[0], 1, SHARE, SHARE, None, None, (Mark("a", "odd", 1.0),), "Go."
    )
    with speaking(Language.GERMAN):
        told = retold_segments(SegmentResult((odd,), "", None, 1, (), 0)).segments[0]
    assert told.name == "Sale hunters"
    for shown, given in ((told.rule, odd.rule), (told.action, odd.action), (told.marks[0].phrase, "odd")):
        assert is_foreign(shown)
        assert bare(shown) == given


def test_english_stays_as_it_is() -> None:
    """In English nothing is changed."""
    result = made()
    assert retold_segments(result) is result


def test_a_rule_that_counts_points_is_said_anew() -> None:
    """Each line in German with its points, unknown cells where the English says them, in however many columns."""
    lines = tuple(Line(Condition(f"n{place}", "<=", 1.5, missing_too=place < 4), 5 - place) for place in range(5))
    rule = (Condition("", "points", 7.0, lines=lines),)
    text = rule_text(rule, frozenset({"n0", "n1", "n2"}))
    assert text.startswith("at least 7 points of: n0 at most 1.5 (or unknown) (5), n1")
    segment = Segment("s", text, rule, 50, SHARE, SHARE, None, None, (), "")
    other = Segment("t", "all other visits", (), 50, SHARE, SHARE, None, None, (), "")
    with speaking(Language.GERMAN):
        told = retold_segments(SegmentResult((segment, other), "", None, 100, (), 0))
    assert told.segments[0].rule == (
        "mindestens 7 Punkte aus: n0 höchstens 1,5 (oder unbekannt) (5), n1 höchstens 1,5 (oder unbekannt) (4), "
        "n2 höchstens 1,5 (oder unbekannt) (3), n3 höchstens 1,5 (2), n4 höchstens 1,5 (1)"
    )
