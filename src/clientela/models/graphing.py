"""The parts of a release as parts of an ONNX graph: steps of the recipe, learners, questions."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from clientela.models.bending import Bend
from clientela.models.graph import Graph
from clientela.models.grove import MOST_NODES, Grove, read
from clientela.models.recipe import CYCLES, DAY, FAR, MOST_SHOWN, Category, Moment, Number, Step
from clientela.models.result import TargetKind
from clientela.models.text import Text
from clientela.models.values import HUGE, FloatArray

Slopes = Sequence[FloatArray]
Seen = tuple[str, list[str]]


def seen(graph: Graph, step: Step, slopes: Slopes) -> list[Seen]:
    """Add a step of the recipe.

    Args:
        graph: The graph.
        step: The step.
        slopes: Coefficients of the step's columns of the line matrix, for every line.

    Returns:
        What trees see of the column, part by part, each with what it is worth to every line.
    """
    if isinstance(step, Category):
        return [_category(graph, step, slopes), *_effects(graph, step, slopes)]
    if isinstance(step, Text):
        return _text(graph, step, slopes)
    if isinstance(step, Moment):
        return _moment(graph, step, slopes)
    return [_number(graph, step, slopes)]


def _number(graph: Graph, step: Number, slopes: Slopes) -> Seen:
    cells, nothing = step.column, graph.number(np.nan)
    if step.truth:
        known = graph.of("Or", *(graph.of("Equal", cells, graph.number(answer)) for answer in (0.0, 1.0)))
        found = graph.of("Where", known, cells, nothing)
        missing = graph.of("Not", known)
    else:
        missing = graph.of("Or", graph.of("IsNaN", cells), graph.of("IsInf", cells))
        within = graph.of(
            "Clip", graph.of("Where", missing, graph.number(0.0), cells), *map(graph.number, (-HUGE, HUGE))
        )
        found = graph.of("Where", missing, nothing, within)
    filled = graph.of("Where", missing, graph.number(step.fill), found)
    shown = filled
    if step.logged:
        positive = graph.of("Max", filled, graph.number(0.0))
        shown = graph.of("Log", graph.of("Add", positive, graph.number(1.0)))
    shown = graph.of("Where", missing, graph.number(0.0), _standard(graph, shown, step.centre, step.scale))
    worth = [graph.of("Mul", shown, graph.number(slope[0])) for slope in slopes]
    if step.flagged:
        gaps = [graph.of("Where", missing, graph.number(slope[1]), graph.number(0.0)) for slope in slopes]
        worth = [graph.of("Add", one, gap) for one, gap in zip(worth, gaps, strict=True)]
    return (found if step.gaps else filled), worth


def _standard(graph: Graph, cells: str, centre: float, scale: float) -> str:
    moved = graph.of("Div", graph.of("Sub", cells, graph.number(centre)), graph.number(scale))
    return graph.of("Clip", moved, graph.number(-FAR), graph.number(FAR))


def _category(graph: Graph, step: Category, slopes: Slopes) -> Seen:
    other = len(step.values)
    shown = min(other, MOST_SHOWN)
    codes = graph.codes(step.column, step.values, other, other + 1 if step.gaps else other)
    worth = []
    for slope in slopes:
        table = np.zeros(other + 2)
        table[:shown] = slope[:shown]
        table[other + 1] = slope[shown] if step.gaps else 0.0
        worth.append(graph.of("Gather", graph.numbers(table), codes))
    return graph.of("Cast", codes, to=graph.DOUBLE), worth


def _effects(graph: Graph, step: Category, slopes: Slopes) -> list[Seen]:
    if not step.effects:
        return []
    levels = graph.codes(step.column, step.levels, len(step.levels), len(step.levels) + 1)
    parts = []
    for at, table in enumerate(step.effects, start=-len(step.effects)):
        part = graph.of("Gather", graph.numbers(np.array(table)), levels)
        parts.append((part, [graph.of("Mul", part, graph.number(slope[at])) for slope in slopes]))
    return parts


def _text(graph: Graph, step: Text, slopes: Slopes) -> list[Seen]:
    held = graph.words(step.column, step.words)
    parts = [graph.of("Gather", held, graph.place(at), axis=1) for at in range(len(step.words))]
    return [
        (part, [graph.of("Mul", part, graph.number(slope[at])) for slope in slopes]) for at, part in enumerate(parts)
    ]


def _moment(graph: Graph, step: Moment, slopes: Slopes) -> list[Seen]:
    cells = step.column
    missing = graph.of("Or", graph.of("IsNaN", cells), graph.of("IsInf", cells))
    known = graph.of("Where", missing, graph.number(0.0), cells)
    days = graph.of("Div", known, graph.number(DAY))
    whole = graph.of("Floor", days)
    parts = []
    at = 0
    for part in step.parts:
        if part == "days":
            found = graph.of("Sub", days, graph.number(step.first))
            shown = graph.of("Where", missing, graph.number(0.0), _standard(graph, found, step.centre, step.scale))
            worth = [graph.of("Mul", shown, graph.number(slope[at])) for slope in slopes]
            at += 1
        else:
            found = _hour(graph, known, whole) if part == "hour" else _CYCLES[part](graph, whole)
            place = graph.of("Cast", graph.of("Where", missing, graph.number(-1.0), found), to=graph.INT64)
            turn = 2 * np.pi * np.arange(CYCLES[part] + 1) / CYCLES[part]
            # the last one, which -1 stands for, is a missing cell
            tables = [np.append(slope[at] * np.sin(turn) + slope[at + 1] * np.cos(turn), 0.0) for slope in slopes]
            worth = [graph.of("Gather", graph.numbers(table), place) for table in tables]
            at += 2
        parts.append((graph.of("Where", missing, graph.number(np.nan), found), worth))
    return parts


def bent(graph: Graph, bend: Bend | None, expected: str) -> str:
    """Return expected revenue put on the straight pieces of a bend; as it is without one."""
    if bend is None:
        return expected
    found = graph.line(expected, bend.slopes[0], bend.heights[0] - bend.slopes[0] * bend.knots[0])
    for knot, slope, before in zip(bend.knots[1:], bend.slopes[1:], bend.slopes, strict=False):
        beyond = graph.of("Max", graph.line(expected, 1.0, -knot), graph.number(0.0))
        found = graph.of("Add", found, graph.of("Mul", beyond, graph.number(slope - before)))
    return found


def _hour(graph: Graph, known: str, whole: str) -> str:
    return _share(graph, graph.of("Sub", known, graph.of("Mul", whole, graph.number(DAY))), 3600.0)


def _weekday(graph: Graph, whole: str) -> str:
    # 1970 began on a Thursday
    since = graph.of("Add", whole, graph.number(3.0))
    weeks = graph.of("Mul", _share(graph, since, 7.0), graph.number(7.0))
    return graph.of("Add", graph.of("Sub", since, weeks), graph.number(1.0))


def _month(graph: Graph, whole: str) -> str:
    """Return the month of days since 1970 (Hinnant, `civil_from_days`: years that begin with March)."""
    since = graph.of("Add", whole, graph.number(719_468.0))
    day = graph.of("Sub", since, graph.of("Mul", _share(graph, since, 146_097.0), graph.number(146_097.0)))
    leaps = graph.of("Sub", _share(graph, day, 36_524.0), _share(graph, day, 1_460.0))
    even = graph.of("Sub", graph.of("Add", day, leaps), _share(graph, day, 146_096.0))
    year = _share(graph, even, 365.0)
    before = graph.total(
        [
            graph.of("Mul", year, graph.number(365.0)),
            _share(graph, year, 4.0),
            graph.of("Neg", _share(graph, year, 100.0)),
        ]
    )
    left = graph.of("Sub", day, before)
    march = _share(graph, graph.line(left, 5.0, 2.0), 153.0)
    late = graph.of("Less", march, graph.number(10.0))
    return graph.of("Add", march, graph.of("Where", late, graph.number(3.0), graph.number(-9.0)))


_CYCLES = {"month": _month, "weekday": _weekday}


def _share(graph: Graph, cells: str, by: float) -> str:
    return graph.of("Floor", graph.of("Div", cells, graph.number(by)))


def mixed(graph: Graph, weight: float, grown: Sequence[str], odds: Sequence[str]) -> list[str]:
    """Return the log-odds of trees and lines together."""
    trees = [graph.of("Mul", one, graph.number(weight)) for one in grown] if weight else []
    lines = [graph.of("Mul", one, graph.number(1 - weight)) for one in odds] if weight < 1 else []
    if trees and lines:
        return [graph.of("Add", tree, line) for tree, line in zip(trees, lines, strict=True)]
    return trees or lines


def chances(graph: Graph, kind: TargetKind, yes: Sequence[str]) -> list[str]:
    """Return the chance of every class from that of yes to every question, as `questions.probabilities` does."""
    one = graph.number(1.0)
    if kind is TargetKind.CLASSES:
        raw = [graph.of("Sub", one, yes[0]), *yes[1:]]
        whole = graph.total(raw)
        return [graph.of("Div", part, whole) for part in raw]
    found = []
    reached = one
    for answer in yes:
        further = graph.of("Mul", reached, answer)
        found.append(graph.of("Sub", reached, further))
        reached = further
    return [*found, reached]


def grown(graph: Graph, text: str, constant: float, matrix: str) -> str:
    """Return the log-odds of the trees of a question, or their constant where there is no text."""
    grove = read(text) if text else _single(constant)
    return graph.of("Squeeze", graph.trees(grove, matrix), graph.whole([1]))


def _single(constant: float) -> Grove:
    """Return a tree of one leaf."""
    none = np.full((1, MOST_NODES), -1, dtype=np.int64)
    nothing = np.zeros((1, MOST_NODES))
    answer = np.array([[constant]])
    return Grove(1, none, nothing, none, np.zeros((0, 0), np.bool_), nothing > 0, none, none, answer, np.array([1]))
