"""The steps of a recipe for one row: plain Python, no frame, the very numbers of a batch.

The usual kinds of cells (text, numbers, yes and no, dates, missing) are read here. Any other is read
as a column of one cell, as a batch reads it.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Sequence
from datetime import date, datetime, time

import numpy as np
import polars as pl

from clientela.domain.errors import InputError, quoted
from clientela.models.recipe import CYCLES, DAY, FAR, MOST_SHOWN, Category, Moment, Number, Step
from clientela.models.values import HUGE, NO, YES, moments, numbers, readable, seconds, texts, truths

Cell = Callable[[object, list[float], list[float]], None]
"""Takes a cell, appends what trees see of it, and adds what it is worth to the log-odds of every line."""
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
_ANSWERS = dict.fromkeys(YES, 1.0) | dict.fromkeys(NO, 0.0)


def cell_of(step: Step, slopes: Slopes) -> Cell:
    """Return a function that does for one cell what step and lines do for a column.

    Args:
        step: The step.
        slopes: Coefficients of the step's columns of the line matrix, for every line.

    >>> trees, odds = [], [1.0]
    >>> cell_of(Category("device", ("mobile", "desktop"), gaps=False), [[0.5, 0.25]])("desktop", trees, odds)
    >>> trees, odds
    ([1.0], [1.25])
    """
    if isinstance(step, Category):
        return _category(step, slopes)
    if isinstance(step, Moment):
        return _moment(step, slopes)
    return _number(step, slopes)


def standard(value: float, centre: float, scale: float) -> float:
    """Return a standardised value, cut at `FAR`."""
    found = (value - centre) / scale
    return found if -FAR <= found <= FAR else FAR if found > 0 else -FAR


def _number(step: Number, slopes: Slopes) -> Cell:
    read: Reader = _truth if step.truth else _figure
    plain = not step.truth
    column, gaps, fill, flagged, logged = step.column, step.gaps, step.fill, step.flagged, step.logged
    centre, scale = step.centre, step.scale

    seen, gap = ([(line, found[place]) for line, found in enumerate(slopes)] for place in (0, -1))

    def cell(value: object, trees: list[float], odds: list[float]) -> None:
        # most cells of a column of numbers are floats within bounds
        found = value if plain and type(value) is float and -HUGE <= value <= HUGE else read(column, value)
        missing = found != found
        trees.append(fill if missing and not gaps else found)
        if not missing:
            # numpy's logarithm, whose last digits are its own
            size = float(np.log1p(found if found > 0 else 0.0)) if logged else found
            shown = standard(size, centre, scale)
            for line, slope in seen:
                odds[line] += slope * shown
        elif flagged:
            for line, slope in gap:
                odds[line] += slope

    return cell


def _figure(column: str, value: object) -> float:
    """Return a cell as `values.numbers` reads it."""
    if isinstance(value, float):
        return _cut(value)
    if isinstance(value, int) and -_LONG <= value < _LONG:
        return _cut(float(value))
    if value is None:
        return NAN
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


def _category(step: Category, slopes: Slopes) -> Cell:
    other = len(step.values)
    shown = min(other, MOST_SHOWN)
    codes = [*range(other + 1), *([other + 1] if step.gaps else [])]
    # what trees see of every code, and what it is worth to every line
    places = {code: code for code in range(shown)} | ({other + 1: shown} if step.gaps else {})
    seen = [
        (float(code), [(line, found[places[code]]) for line, found in enumerate(slopes) if code in places])
        for code in codes
    ]
    known = {value: seen[code] for code, value in enumerate(step.values)}
    figures = {figure: known[text] for text, figure in _figures(step.values).items()}
    unknown, absent, column = seen[other], seen[-1], step.column

    def cell(value: object, trees: list[float], odds: list[float]) -> None:
        if isinstance(value, str):
            found = known.get(value) or (unknown if value.strip(_SPACE) else absent)
        elif value is None:
            found = absent
        elif isinstance(value, float):
            found = figures.get(value, unknown) if value == value else absent
        elif isinstance(value, int) and not isinstance(value, bool) and -_LONG <= value < _LONG:
            found = known.get(str(value), unknown)
        else:
            text = texts(_alone(column, value))[0]
            found = absent if text is None else known.get(text, unknown)
        trees.append(found[0])
        for line, slope in found[1]:
            odds[line] += slope

    return cell


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


def _moment(step: Moment, slopes: Slopes) -> Cell:
    column, first, centre, scale = step.column, step.first, step.centre, step.scale
    parts: list[tuple[int, list[tuple[float, float]] | None, list[tuple[int, float, float]]]] = []
    at = 0
    for part in step.parts:
        turns = None if part == "days" else _turns(part)
        mine = [(line, found[at], 0.0 if turns is None else found[at + 1]) for line, found in enumerate(slopes)]
        parts.append((_PLACES[part], turns, mine))
        at += 1 if turns is None else 2

    def cell(value: object, trees: list[float], odds: list[float]) -> None:
        when = _when(column, value)
        for place, turns, mine in parts:
            found = when[place]
            if turns is None:
                found -= first
                trees.append(found)
                shown = (standard(found, centre, scale), 0.0) if found == found else (0.0, 0.0)
            else:
                trees.append(found)
                shown = turns[int(found)] if found == found else (0.0, 0.0)
            for line, slope, other in mine:
                odds[line] += slope * shown[0]
                odds[line] += other * shown[1]

    return cell


def _turns(part: str) -> list[tuple[float, float]]:
    """Return sine and cosine of every place of a cycle, from 0."""
    turn = 2 * np.pi * np.arange(CYCLES[part] + 1) / CYCLES[part]
    return list(zip(np.sin(turn).tolist(), np.cos(turn).tolist(), strict=True))


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
