"""The steps of a recipe for one row: plain Python, no frame, the very numbers of a batch.

The usual kinds of cells (text, numbers, yes and no, dates, missing) are read here. Any other is read
as a column of one cell, as a batch reads it.
"""

from __future__ import annotations

import contextlib
import re
from bisect import bisect_left
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, time
from typing import NamedTuple, TypeVar

import numpy as np
import polars as pl

from clientela.domain.errors import InputError, quoted
from clientela.models.forest import Spot
from clientela.models.recipe import CYCLES, DAY, FAR, MOST_SHOWN, Category, Moment, Number, Step
from clientela.models.text import Text
from clientela.models.values import HUGE, NO, YES, moments, numbers, readable, seconds, texts, truths, words_of

W = TypeVar("W")
Worth = tuple[int, list[tuple[int, float]]]
"""Where trees look a cell up, and what it adds to the log-odds of lines: line and amount."""


class Cell(NamedTuple):
    """What step and lines do for a column, done for one cell.

    Attributes:
        read: Takes any cell, appends where trees look it up, and adds what it is worth to the log-odds of every line.
        known: What texts are worth; empty where the column is none of categories.
        plain: Cuts, first place, centre, scale, and slope of every line, for a float within bounds; None where
            such a cell needs more than that.
    """

    read: Callable[[object, list[int], list[float]], None]
    known: Mapping[str, Worth] = {}
    plain: tuple[list[float], int, float, float, list[tuple[int, float]]] | None = None


Slopes = Sequence[Sequence[float]]
"""Coefficients of a step's columns of the line matrix, for every line."""
Reader = Callable[[str, object], float]
When = tuple[float, float, float, float]

NAN = float("nan")
_FIGURE = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_MOMENT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}(?:[ T][0-9]{2}:[0-9]{2}(?::[0-9]{2})?)?")
_EPOCH = date(1970, 1, 1).toordinal()
_SPACE = (
    "\t\n\x0b\x0c\r \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u2028\u2029\u202f\u205f\u3000"
)
"""What a batch strips from text: white space of Unicode, without the separators that Python adds."""
_LONG = 1 << 63
_PLACES = {"month": 0, "weekday": 1, "hour": 2, "days": 3}
_NEVER = (NAN, NAN, NAN, NAN)
_LOGARITHMS: list[float] = np.log1p(np.arange(1024.0)).tolist()
"""Of whole numbers, which counts mostly are."""
_ANSWERS = dict.fromkeys(YES, 1.0) | dict.fromkeys(NO, 0.0)


def cell_of(step: Step, slopes: Slopes, spots: Sequence[Spot]) -> Cell:
    """Return what does for one cell what step and lines do for a column.

    Args:
        step: The step.
        slopes: Coefficients of the step's columns of the line matrix, for every line.
        spots: Where its columns of the tree matrix are looked up.

    >>> asked, odds = [], [1.0]
    >>> step, spot = Category("device", ("mobile", "desktop"), gaps=False), Spot([0.0, 1.0], 7, 10)
    >>> cell_of(step, [[0.5, 0.25]], [spot]).read("desktop", asked, odds)
    >>> asked, odds
    ([8], [1.25])
    """
    if isinstance(step, Category):
        return _leveled(step, slopes, spots) if step.effects else _category(step, slopes, spots[0])
    if isinstance(step, Text):
        return _text(step, slopes, spots)
    if isinstance(step, Moment):
        return _moment(step, slopes, spots)
    return _number(step, slopes, spots[0])


def standard(value: float, centre: float, scale: float) -> float:
    """Return a standardised value, cut at `FAR`."""
    found = (value - centre) / scale
    return found if -FAR <= found <= FAR else FAR if found > 0 else -FAR


def _number(step: Number, slopes: Slopes, spot: Spot) -> Cell:
    read: Reader = _truth if step.truth else _figure
    centre, scale, cuts, start, column = step.centre, step.scale, spot.cuts, spot.start, step.column
    absent = spot.gap if step.gaps else spot.place(step.fill)
    seen, gap = ([(line, found[place]) for line, found in enumerate(slopes)] for place in (0, -1))
    gap = gap if step.flagged else []
    sized = _logarithm if step.logged else None

    def cell(value: object, asked: list[int], odds: list[float]) -> None:
        found = read(column, value)
        if found != found:
            asked.append(absent)
            for line, slope in gap:
                odds[line] += slope
            return
        asked.append(start + bisect_left(cuts, found))
        shown = standard(found if sized is None else sized(found), centre, scale)
        for line, slope in seen:
            odds[line] += slope * shown

    return Cell(cell, plain=None if step.truth or step.logged else (cuts, start, centre, scale, seen))


def _logarithm(value: float) -> float:
    """Return log(1 + x) as numpy has it, whose last digits are its own; 0 below 0."""
    if value < len(_LOGARITHMS) and value.is_integer():
        return _LOGARITHMS[int(value)] if value > 0 else 0.0
    return float(np.log1p(value)) if value > 0 else 0.0


def _figure(column: str, value: object) -> float:
    """Return a cell as `values.numbers` reads it."""
    if value is None:
        return NAN
    if isinstance(value, float):
        return _cut(value)
    if isinstance(value, int) and -_LONG <= value < _LONG:
        return float(value)
    if isinstance(value, str):
        text = value.strip(_SPACE)
        return _cut(float(text)) if _FIGURE.fullmatch(text) else NAN
    return float(numbers(_alone(column, value))[0])


def _cut(value: float) -> float:
    """Return a number within bounds; NaN where infinite."""
    if -HUGE <= value <= HUGE:
        return value
    if value - value != 0:
        return NAN
    return HUGE if value > 0 else -HUGE


def _truth(column: str, value: object) -> float:
    """Return a cell as `values.truths` reads it."""
    if isinstance(value, float | int):
        return float(value) if value in (0, 1) else NAN
    if isinstance(value, str) and value.isascii():
        return _ANSWERS.get(value.lower().strip(_SPACE), NAN)
    return NAN if value is None else float(truths(_alone(column, value))[0])


def _category(step: Category, slopes: Slopes, spot: Spot) -> Cell:
    other = len(step.values)
    shown = min(other, MOST_SHOWN)
    codes = [*range(other + 1), *([other + 1] if step.gaps else [])]
    # where trees look up every code, and what it is worth to every line
    places = {code: code for code in range(shown)} | ({other + 1: shown} if step.gaps else {})
    seen = [
        (spot.place(float(code)), [(line, found[places[code]]) for line, found in enumerate(slopes) if code in places])
        for code in codes
    ]
    known = {value: seen[code] for code, value in enumerate(step.values)}
    find = _finder(step.column, known, seen[other], seen[-1])

    def cell(value: object, asked: list[int], odds: list[float]) -> None:
        found = find(value)
        asked.append(found[0])
        for line, slope in found[1]:
            odds[line] += slope

    return Cell(cell, known)


def _finder(column: str, known: Mapping[str, W], unknown: W, absent: W) -> Callable[[object], W]:
    """Return what finds what any cell of categories is worth: by its text, as a batch reads it."""
    figures = {figure: known[text] for text, figure in _figures(tuple(known)).items()}

    def find(value: object) -> W:
        if isinstance(value, str):
            return known.get(value) or (unknown if value.strip(_SPACE) else absent)
        if value is None:
            return absent
        if isinstance(value, float):
            return figures.get(value, unknown) if value == value else absent
        if isinstance(value, int) and not isinstance(value, bool) and -_LONG <= value < _LONG:
            return known.get(str(value), unknown)
        text = texts(_alone(column, value))[0]
        return absent if text is None else known.get(text, unknown)

    return find


def _leveled(step: Category, slopes: Slopes, spots: Sequence[Spot]) -> Cell:
    """Read a column whose levels have effects: more places for trees, and more that lines add, one after the other."""
    other, shown = len(step.values), min(len(step.values), MOST_SHOWN)
    codes = {value: code for code, value in enumerate(step.values)}
    levels = {value: place for place, value in enumerate(step.levels)}

    def seen(code: int, level: int) -> tuple[list[int], list[tuple[int, float]]]:
        told = [table[level] for table in step.effects]
        places = [spots[0].place(float(code)), *(spot.place(one) for spot, one in zip(spots[1:], told, strict=True))]
        alone = code if code < shown else shown if step.gaps and code == other + 1 else None
        first = shown + (1 if step.gaps else 0)
        added = []
        for line, found in enumerate(slopes):
            added += [] if alone is None else [(line, found[alone])]
            added += [(line, found[first + place] * one) for place, one in enumerate(told)]
        return places, added

    unknown = seen(other, len(step.levels))
    absent = seen(other + 1 if step.gaps else other, len(step.levels) + 1)
    names = dict.fromkeys((*step.values, *step.levels))
    known = {name: seen(codes.get(name, other), levels.get(name, len(step.levels))) for name in names}
    find = _finder(step.column, known, unknown, absent)

    def cell(value: object, asked: list[int], odds: list[float]) -> None:
        found = find(value)
        asked.extend(found[0])
        for line, more in found[1]:
            odds[line] += more

    return Cell(cell)


def _text(step: Text, slopes: Slopes, spots: Sequence[Spot]) -> Cell:
    column = step.column
    # where trees look up a word that is not there and one that is, and what that is worth to every line
    asks = [
        (word, spot.place(0.0), spot.place(1.0), [(line, found[at]) for line, found in enumerate(slopes)])
        for at, (word, spot) in enumerate(zip(step.words, spots, strict=True))
    ]

    def cell(value: object, asked: list[int], odds: list[float]) -> None:
        text = value if value is None or isinstance(value, str) else texts(_alone(column, value))[0]
        held = words_of(text) if text else ()
        for word, without, place, mine in asks:
            if word not in held:
                asked.append(without)
                continue
            asked.append(place)
            for line, slope in mine:
                odds[line] += slope

    return Cell(cell)


def _figures(values: tuple[str, ...]) -> dict[str, float]:
    """Return the number that reads as each text, where there is one."""
    found = {}
    for text in values:
        try:
            number = float(text)
        except ValueError:
            continue
        if texts(pl.Series([number]))[0] == text:
            found[text] = number
    return found


def _moment(step: Moment, slopes: Slopes, spots: Sequence[Spot]) -> Cell:
    column, first, centre, scale = step.column, step.first, step.centre, step.scale
    parts: list[tuple[int, list[Worth] | None, Spot, list[tuple[int, float]]]] = []
    at = 0
    for part, spot in zip(step.parts, spots, strict=True):
        turns = None if part == "days" else _turns(part, spot, [found[at : at + 2] for found in slopes])
        parts.append((_PLACES[part], turns, spot, [(line, found[at]) for line, found in enumerate(slopes)]))
        at += 1 if turns is None else 2

    def cell(value: object, asked: list[int], odds: list[float]) -> None:
        when = _when(column, value)
        for part, turns, spot, mine in parts:
            found = when[part]
            if found != found:
                asked.append(spot.gap)
            elif turns is None:
                found -= first
                asked.append(spot.place(found))
                shown = standard(found, centre, scale)
                for line, slope in mine:
                    odds[line] += slope * shown
            else:
                place, added = turns[int(found)]
                asked.append(place)
                for line, more in added:
                    odds[line] += more

    return Cell(cell)


def _turns(part: str, spot: Spot, slopes: Slopes) -> list[Worth]:
    """Return where trees look up every place of a cycle, from 0, and what it is worth to every line."""
    count = int(CYCLES[part]) + 1
    turn = 2 * np.pi * np.arange(count) / CYCLES[part]
    waves = np.column_stack([np.sin(turn), np.cos(turn)]).tolist()
    return [
        (
            spot.place(float(place)),
            [
                (line, slope * wave)
                for line, mine in enumerate(slopes)
                for slope, wave in zip(mine, waves[place], strict=True)
            ],
        )
        for place in range(count)
    ]


def _when(column: str, value: object) -> When:
    """Return month, weekday, hour and days since 1970 of a cell, as a batch reads it."""
    if isinstance(value, datetime) and value.tzinfo is None:
        return _parts(value)
    if value is None or isinstance(value, float | int):
        return _NEVER
    if isinstance(value, date) and not isinstance(value, datetime):
        return _parts(datetime.combine(value, time.min))
    if isinstance(value, str) and _MOMENT.fullmatch(value):
        # what is no day of the calendar is left to the batch to refuse
        with contextlib.suppress(ValueError):
            return _parts(datetime.fromisoformat(value))
    alone = _alone(column, value)
    times = moments(alone)
    found = (times.dt.month()[0], times.dt.weekday()[0], times.dt.hour()[0])
    month, weekday, hour = (NAN if place is None else float(place) for place in found)
    return month, weekday, hour, float(seconds(alone)[0]) / DAY


def _parts(when: datetime) -> When:
    whole = (when.toordinal() - _EPOCH) * 86_400 + when.hour * 3_600 + when.minute * 60 + when.second
    days = float(whole * 1_000_000 + when.microsecond) / 1e6 / DAY
    return float(when.month), float(when.isoweekday()), float(when.hour), days


def _alone(column: str, value: object) -> pl.Series:
    """Return a column of one cell.

    Raises:
        InputError: The cell is a list, a record or bytes.
    """
    try:
        series = pl.Series(column, [value])
    except (TypeError, ValueError, OverflowError) as error:
        raise InputError(
            f"The column {quoted(column)} holds {type(value).__name__}, which cannot be scored."
        ) from error
    if not readable(series.dtype):
        raise InputError(f"The column {quoted(column)} holds lists, records or bytes, which cannot be scored.")
    return series
