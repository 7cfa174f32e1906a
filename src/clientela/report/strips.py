"""Drawings of monitoring, as numbers for the page's own SVG: quick enough for a check at every load."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from clientela.language import say
from clientela.report.blocks import Course, Lanes, Pairs
from clientela.report.numbers import number, percent
from clientela.report.text import clean, labels

WIDTH = 440
LEFT_OF_BARS, LONGEST, STEP = 138, 182, 28
LEFT_OF_LANES, LANE = 215, 18
LEFT_OF_COURSE, TOP, BOTTOM = 58, 8, 150


def strip(block: Pairs | Lanes | Course) -> Mapping[str, Any]:
    """Return where the parts of a drawing stand, in a box 440 wide.

    Args:
        block: What is drawn.

    Returns:
        Numbers, paths made of numbers, and labels that the template escapes.

    >>> strip(Course("", "", ((2.0, 1.0, 3.0, 0.0, 4.0),), 2.0, "", ""))["points"]
    [{'x': 249.0, 'y': 79.0, 'out': False}]
    """
    if isinstance(block, Pairs):
        return _pairs(block)
    return _lanes(block) if isinstance(block, Lanes) else _course(block)


def _pairs(block: Pairs) -> Mapping[str, Any]:
    top = max([item for pair in block.items for item in (pair.before, pair.after)] + [1e-9])
    shown = labels([pair.label for pair in block.items], 13)
    rows = [
        {
            "label": label,
            "y": 24 + STEP * place,
            "before": _round(LONGEST * max(pair.before, 0.0) / top),
            "after": _round(LONGEST * max(pair.after, 0.0) / top),
            "told": say("{low} to {high}", low=percent(pair.before).removesuffix(" %"), high=percent(pair.after)),
        }
        for place, (label, pair) in enumerate(zip(shown, block.items, strict=True))
    ]
    return {"left": LEFT_OF_BARS, "height": 24 + STEP * len(rows), "rows": rows}


def _lanes(block: Lanes) -> Mapping[str, Any]:
    step = (WIDTH - LEFT_OF_LANES) / max(block.batches, 1)
    wide = _round(max(min(step - 2, 40), 1))
    shown = labels([item.label for item in block.items], 24)
    rows = [
        {
            "label": label,
            "tone": item.tone,
            "y": LANE * place,
            "ground": _boxes(range(block.batches), step, LANE * place, wide),
            "path": _boxes(item.places, step, LANE * place, wide),
        }
        for place, (label, item) in enumerate(zip(shown, block.items, strict=True))
    ]
    ends = {"first": clean(block.first, 18), "last": clean(block.last, 18) if block.batches > 1 else ""}
    return {"left": LEFT_OF_LANES, "height": LANE * len(rows) + 22, "rows": rows, **ends}


def _boxes(places: Sequence[int], step: float, top: float, wide: float) -> str:
    return "".join(f"M{_round(LEFT_OF_LANES + step * place)} {top + 2}h{wide}v12h-{wide}z" for place in places)


def _course(block: Course) -> Mapping[str, Any]:
    known = [value for row in block.values for value in (*row, block.baseline) if math.isfinite(value)]
    low, high = (min(known), max(known)) if known else (0.0, 1.0)
    if low == high:
        low, high = low - (abs(low) or 1.0) / 2, high + (abs(high) or 1.0) / 2
    step = (WIDTH - LEFT_OF_COURSE) / max(len(block.values), 1)

    def across(place: float) -> float:
        return _round(LEFT_OF_COURSE + step * (place + 0.5))

    def down(value: float) -> float:
        return _round(BOTTOM - (BOTTOM - TOP) * (value - low) / (high - low))

    rows = list(enumerate(block.values))
    drawn = [(place, row) for place, row in rows if math.isfinite(row[0])]
    points = [
        {"x": across(place), "y": down(row[0]), "out": row[0] < row[3] or row[0] > row[4]} for place, row in drawn
    ]
    return {
        "left": LEFT_OF_COURSE,
        "height": BOTTOM + 26,
        "points": points,
        "line": "".join(f"{'L' if place else 'M'}{point['x']} {point['y']}" for place, point in enumerate(points)),
        "whiskers": "".join(
            f"M{across(place)} {down(row[1])}V{down(row[2])}"
            for place, row in drawn
            if math.isfinite(row[1]) and math.isfinite(row[2])
        ),
        "band": "".join(
            f"M{across(place - 0.5)} {down(row[4])}H{across(place + 0.5)}V{down(row[3])}H{across(place - 0.5)}z"
            for place, row in rows
            if math.isfinite(row[3]) and math.isfinite(row[4])
        ),
        "level": f"M{LEFT_OF_COURSE} {down(block.baseline)}H{WIDTH}" if math.isfinite(block.baseline) else "",
        "ticks": [{"y": down(value), "text": number(value)} for value in (low, (low + high) / 2, high)],
        "first": clean(block.first, 18),
        "last": clean(block.last, 18) if len(rows) > 1 else "",
    }


def _round(value: float) -> float:
    return round(value, 1)
