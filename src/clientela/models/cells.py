"""The steps of a recipe for one row: plain Python, no frame, the very numbers of a batch.

The usual kinds of cells (text, numbers, yes and no, dates, missing) are read here. Any other is read
as a column of one cell, as a batch reads it.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable
from datetime import date, datetime, time

import numpy as np
import polars as pl

from clientela.domain.errors import InputError, quoted
from clientela.models.recipe import CYCLES, DAY, FAR, MOST_SHOWN, Category, Moment, Number, Step
from clientela.models.values import HUGE, NO, YES, moments, numbers, readable, seconds, texts, truths

Cell = Callable[[object, list[float], list[float]], None]
"""Takes a cell and adds what trees and lines see of it to two lists."""
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


def cell_of(step: Step) -> Cell:
    """Return a function that does for one cell what the step does for a column.

    Of a step with a logarithm lines get the number as it is: logarithms are taken of a whole row at once.

    >>> trees, lines = [], []
    >>> cell_of(Category("device", ("mobile", "desktop"), gaps=False))("desktop", trees, lines)
    >>> trees, lines
    ([1.0], [0.0, 1.0])
    """
    if isinstance(step, Category):
        return _category(step)
    if isinstance(step, Moment):
        return _moment(step)
    return _number(step)


def standard(value: float, centre: float, scale: float) -> float:
    """Return a standardised value, cut at `FAR`, 0 where missing."""
    return min(max((value - centre) / scale, -FAR), FAR) if value == value else 0.0


def _number(step: Number) -> Cell:
    read: Reader = _truth if step.truth else _figure
    column, gaps, fill, flagged, logged = step.column, step.gaps, step.fill, step.flagged, step.logged
    centre, scale = step.centre, step.scale

    def cell(value: object, trees: list[float], lines: list[float]) -> None:
        found = read(column, value)
        missing = found != found
        trees.append(fill if missing and not gaps else found)
        lines.append(found if logged else standard(found, centre, scale))
        if flagged:
            lines.append(1.0 if missing else 0.0)

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


def _category(step: Category) -> Cell:
    other = len(step.values)
    shown = min(other, MOST_SHOWN)
    codes = [*range(other + 1), *([other + 1] if step.gaps else [])]
    # what trees and lines see of every code
    seen = [
        (float(code), [float(code == one) for one in range(shown)] + ([float(code > other)] if step.gaps else []))
        for code in codes
    ]
    known = {value: seen[code] for code, value in enumerate(step.values)}
    figures = {figure: known[text] for text, figure in _figures(step.values).items()}
    unknown, absent, column = seen[other], seen[-1], step.column

    def cell(value: object, trees: list[float], lines: list[float]) -> None:
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
        lines.extend(found[1])

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


def _moment(step: Moment) -> Cell:
    cycles = {part: _turns(part) for part in step.parts if part != "days"}
    column, parts, first, centre, scale = step.column, step.parts, step.first, step.centre, step.scale

    def cell(value: object, trees: list[float], lines: list[float]) -> None:
        when = _when(column, value)
        for part in parts:
            place = when[_PLACES[part]]
            if part == "days":
                trees.append(place - first)
                lines.append(standard(place - first, centre, scale))
            else:
                trees.append(place)
                lines += cycles[part][int(place)] if place == place else (0.0, 0.0)

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
