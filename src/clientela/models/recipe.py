"""The leak-safe transformation of columns to numbers: fitted on training rows, declared as data.

A recipe is a list of steps, one per column. Each step turns its column into columns of two
matrices: one for trees (numbers as they are, categories as codes, missing as missing) and
one for lines (standardised, one column per category, indicators of missing cells). Free text is a column
per word in both. Nothing looks at the label but the effects of many categories (`effects.py`), and a row is
transformed without looking at any other.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec
import numpy as np
import polars as pl

from clientela.domain.errors import ColumnError, InputError, listed, quoted
from clientela.models.reading import Flags, Reading, Readings
from clientela.models.text import Text, fit_text, holding, strangers
from clientela.models.values import FloatArray, IntArray, readable, texts
from clientela.statistics.intervals import wilson

TRACE = 0.005
"""A share of missing cells up to this is a trace: no indicator."""
SKEWED = 2.0
"""Non-negative columns with a skewness above this enter lines as log(1 + x)."""
MOST_VALUES = 100
"""Most categories with a code of their own; the rest are "other"."""
MOST_SHOWN = 30
"""Most categories with a column of their own in lines."""
LEAST_KNOWN = 0.05
"""Share of cells that must hold a value with a code of its own."""
MOSTLY = 0.5
"""Text of which fewer cells hold a value with a code of its own may be free text."""
LEAST_ROWS = 5
"""Rows a category needs for a code of its own."""
FAR = 5.0
"""Standardised values are cut here, so that a wild cell cannot swing a line."""
LIKE = 0.95
"""Text is read as numbers or dates where at least this share of the cells can be."""
NUMBERS_AT_LEAST = 20
"""Text with fewer distinct numbers than this is read as categories."""
CERTAIN = 5
"""Filled cells of which none can be read: were at most 1 - `LIKE` of them like that, the chance is .05^5."""
SMALLEST = 1e-12
"""A deviation below this share of the mean is rounding."""
DAY = 86_400.0
CYCLES = {"month": 12.0, "weekday": 7.0, "hour": 24.0}


class Number(msgspec.Struct, frozen=True, tag="number"):
    """A numeric or yes-or-no column.

    Attributes:
        column: Column name.
        truth: Whether cells are read as yes and no.
        gaps: Whether training rows had missing cells; where not, a missing cell is filled.
        flagged: Whether lines get an indicator of missing cells.
        fill: Median of the training rows.
        logged: Whether lines see log(1 + x).
        centre: Mean of what lines see.
        scale: Deviation of what lines see.
        filled: Share of the training cells that could be read; 0 in recipes made before it was kept.
    """

    column: str
    truth: bool
    gaps: bool
    flagged: bool
    fill: float
    logged: bool
    centre: float
    scale: float
    filled: float = 0.0


class Category(msgspec.Struct, frozen=True, tag="category"):
    """A column of categories: known values by falling frequency, then other, then missing.

    Attributes:
        column: Column name.
        values: Values with a code of their own.
        gaps: Whether training rows had missing cells; where not, missing counts as other.
        rare: Most of the filled cells that may hold other values in rows like those of training: the upper end of
            their share there, each row held against the others; 0 where all others know its value.
        filled: Share of the training cells that held a value; 0 in recipes made before it was kept.
        levels: Values with effects, by falling frequency; none where categories are few or tell nothing.
        effects: What the levels say, one row per question: log-odds beyond those of all rows for every level, then for
            other values, then for missing cells.
    """

    column: str
    values: tuple[str, ...]
    gaps: bool
    rare: float = 0.0
    filled: float = 0.0
    levels: tuple[str, ...] = ()
    effects: tuple[tuple[float, ...], ...] = ()


class Moment(msgspec.Struct, frozen=True, tag="moment"):
    """A date or time, as cycles and as days since the first one.

    Attributes:
        column: Column name.
        parts: Of "month", "weekday", "hour" (cycles) and "days".
        first: Earliest time of the training rows, in days since 1970.
        centre: Mean of the days since then.
        scale: Their deviation.
        filled: Share of the training cells that could be read; 0 in recipes made before it was kept.
    """

    column: str
    parts: tuple[str, ...]
    first: float
    centre: float
    scale: float
    filled: float = 0.0


Step = Number | Category | Text | Moment


class Recipe(msgspec.Struct, frozen=True):
    """The steps, one per column used, in order."""

    steps: tuple[Step, ...]

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the columns needed."""
        return tuple(step.column for step in self.steps)

    @property
    def tree_sources(self) -> tuple[int, ...]:
        """Index of the step behind every column of the tree matrix."""
        return tuple(index for index, step in enumerate(self.steps) for _ in range(_tree_width(step)))

    @property
    def categorical(self) -> tuple[int, ...]:
        """Columns of the tree matrix that hold category codes."""
        widths = [_tree_width(step) for step in self.steps]
        starts = np.cumsum([0, *widths]).tolist()
        return tuple(start for start, step in zip(starts, self.steps, strict=False) if isinstance(step, Category))

    @property
    def line_sources(self) -> tuple[int, ...]:
        """Index of the step behind every column of the line matrix."""
        return tuple(index for index, step in enumerate(self.steps) for _ in range(_line_width(step)))

    def trees(self, rows: pl.DataFrame | Readings, own: Mapping[str, FloatArray] | None = None) -> FloatArray:
        """Return the matrix for trees, one row per row; NaN where missing.

        Args:
            rows: The rows.
            own: Effects of the rows' own cells, by column, where these are training rows.

        Raises:
            ColumnError: Columns are missing from the rows.
        """
        cells = self._required(rows)
        parts = [
            part
            for step in self.steps
            for part in (*_tree_parts(step, cells[step.column]), *effects_of(step, cells[step.column], own))
        ]
        return _side_by_side(parts, len(rows))

    def lines(self, rows: pl.DataFrame | Readings, own: Mapping[str, FloatArray] | None = None) -> FloatArray:
        """Return the matrix for lines, one row per row; no NaN.

        Args:
            rows: The rows.
            own: As for `trees`.

        Raises:
            ColumnError: Columns are missing from the rows.
        """
        cells = self._required(rows)
        parts = [
            part
            for step in self.steps
            for part in (*_line_parts(step, cells[step.column]), *effects_of(step, cells[step.column], own))
        ]
        return _side_by_side(parts, len(rows))

    def require_readable(self, frame: pl.DataFrame) -> None:
        """Check that columns learned as numbers or dates hold some, whatever they are stored as.

        A model that finds nothing to read would answer all the same, as if the cells were missing.

        Args:
            frame: Rows; columns that are missing from it are passed over.

        Raises:
            InputError: At least `CERTAIN` cells of such a column are filled, and none can be read.
        """
        for step in self.steps:
            if isinstance(step, Category | Text) or step.column not in frame.columns:
                continue
            cells = frame[step.column].drop_nulls()
            if cells.dtype.is_numeric() and isinstance(step, Number):
                continue
            filled = texts(cells).drop_nulls()
            if len(filled) >= CERTAIN and not held(step, Reading.of(cells)).any():
                what = "dates or times" if isinstance(step, Moment) else "yes and no" if step.truth else "numbers"
                raise InputError(
                    f"The model knows {quoted(step.column)} as {what}, and none of {len(filled):,} cells can be read "
                    f"so, such as {quoted(filled[0])}: give the column as it was when the model was learned."
                )

    def _required(self, rows: pl.DataFrame | Readings) -> Readings:
        lost = [name for name in self.columns if name not in rows.columns]
        if lost:
            raise ColumnError(f"The model needs columns that are not there: {listed(lost)}.")
        return Readings.of(rows)


def held(step: Step, cells: Reading) -> Flags:
    """Return which cells hold what the step can read: a number, an answer, a time, or any category, learned or not.

    Args:
        step: The step of the column.
        cells: The column.
    """
    return cells.codes >= 0 if isinstance(step, Category | Text) else np.isfinite(_read(step, cells))


def _read(step: Number | Moment, cells: Reading) -> FloatArray:
    """Return the cells as the step reads them, NaN for what it cannot read."""
    if isinstance(step, Moment):
        return cells.seconds
    return cells.truths if step.truth else cells.numbers


def fit_recipe(rows: pl.DataFrame | Readings, columns: Sequence[str], clock: str | None = None) -> Recipe:
    """Fit the recipe on training rows.

    Args:
        rows: Training rows.
        columns: Columns to use.
        clock: Column with the time of the row; only its cycles shorter than a year enter,
            because a model cannot carry a trend beyond the rows it has seen.

    Returns:
        The recipe.

    >>> recipe = fit_recipe(pl.DataFrame({"n": [1.0, 3.0]}), ["n"])
    >>> recipe.lines(pl.DataFrame({"n": ["2", None]})).tolist()
    [[0.0], [0.0]]
    """
    cells = Readings.of(rows)
    return Recipe(tuple(_fit(cells[name], clocked=name == clock) for name in columns))


def unseen(cells: Reading, before: IntArray, after: IntArray) -> int:
    """Return how many later cells hold a category or only words not met before, or a number or date beyond all before.

    Args:
        cells: A column.
        before: Rows that came before.
        after: Rows that came later.
    """
    step = _fit(cells, clocked=False)
    if isinstance(step, Text):
        return strangers(cells, before, after)
    if isinstance(step, Category):
        known = np.zeros(len(cells.column.words) + 1, dtype=np.bool_)
        known[cells.codes[before]] = True
        known[-1] = True
        return int(np.count_nonzero(~known[cells.codes[after]]))
    found = cells.seconds if isinstance(step, Moment) else cells.numbers
    past, later = found[before], found[after]
    if not np.isfinite(past).any():
        return int(np.isfinite(later).sum())
    return int(((later < np.nanmin(past)) | (later > np.nanmax(past))).sum())


def why_left_out(cells: Reading) -> str | None:
    """Return why a column cannot serve as a feature, or None where it can.

    Looks at the cells only, never at the label.
    """
    if not readable(cells.dtype):
        return "its cells are lists, records or bytes"
    if cells.column.series.null_count() == len(cells):
        return "every cell is missing"
    step = _fit(cells, clocked=False)
    if isinstance(step, Text):
        return None
    if isinstance(step, Category):
        return _why_scattered(step, cells)
    return "it has one value only" if all(len(np.unique(part)) < 2 for part in _tree_parts(step, cells)) else None


def _why_scattered(step: Category, cells: Reading) -> str | None:
    """Return why there is nothing to learn from the categories of a column, or None."""
    distinct = len(np.unique(cells.codes))
    if distinct == 1:
        return "it has one value only"
    if not step.values:
        return f"its {distinct} values hardly repeat: nothing to learn from"
    known = float(np.mean(_codes(step, cells) < len(step.values)))
    if known < LEAST_KNOWN and not step.gaps:
        return f"only {known:.1%} of its cells hold a value that occurs {LEAST_ROWS} times"
    return None


def _fit(cells: Reading, *, clocked: bool) -> Step:
    kind = _kind(cells)
    if kind == "moment":
        return _fit_moment(cells, clocked=clocked)
    if kind == "category":
        step = _fit_category(cells)
        return _as_text(step, cells) or step
    return _fit_number(cells, truth=kind == "truth")


def _kind(cells: Reading) -> str:
    if cells.dtype == pl.Boolean:
        return "truth"
    if cells.dtype.is_numeric() or cells.dtype == pl.Time:
        return "number"
    if cells.dtype.is_temporal():
        return "moment"
    filled = cells.codes >= 0
    if not filled.any():
        return "category"
    if np.isfinite(cells.numbers[filled]).mean() >= LIKE and len(np.unique(cells.codes[filled])) >= NUMBERS_AT_LEAST:
        return "number"
    return "moment" if np.count_nonzero(filled & ~cells.dated) <= (1 - LIKE) * filled.sum() else "category"


def _as_text(step: Category, cells: Reading) -> Text | None:
    """Return the step of free text where words tell more cells than whole values do."""
    if cells.dtype != pl.String or not step.filled:
        return None
    known = float(np.mean(_codes(step, cells)[cells.codes >= 0] < len(step.values)))
    return fit_text(cells, known) if known < MOSTLY else None


def _fit_number(cells: Reading, *, truth: bool) -> Number:
    values = cells.truths if truth else cells.numbers
    known = values[np.isfinite(values)]
    missing = 1 - len(known) / max(1, len(values))
    fill = float(np.median(known)) if len(known) else 0.0
    logged = len(known) > 0 and float(known.min()) >= 0 and _skewness(known) > SKEWED
    centre, scale = _centre_and_scale(np.log1p(known) if logged else known)
    return Number(
        cells.name,
        truth,
        gaps=missing > 0,
        flagged=missing > TRACE,
        fill=fill,
        logged=logged,
        centre=centre,
        scale=scale,
        filled=len(known) / max(1, len(values)),
    )


def _centre_and_scale(values: FloatArray) -> tuple[float, float]:
    """Return mean and deviation; deviation 1 where the values differ by rounding only."""
    if len(values) == 0:
        return 0.0, 1.0
    centre, scale = float(values.mean()), float(values.std())
    return centre, scale if scale > SMALLEST * max(1.0, abs(centre)) else 1.0


def _skewness(values: FloatArray) -> float:
    """Return the third standardised moment."""
    centre, scale = _centre_and_scale(values)
    return float((((values - centre) / scale) ** 3).mean())


def _fit_category(cells: Reading) -> Category:
    codes = cells.codes
    rows = np.bincount(codes + 1, minlength=len(cells.column.words) + 1)[1:]
    often = np.flatnonzero(rows >= LEAST_ROWS).tolist()
    ranked = sorted((-int(rows[code]), cells.column.words[code]) for code in often)
    # a value of the fewest rows would have had no code of its own without any one of them
    fewest = max([LEAST_ROWS, *(-count for count, _ in ranked[MOST_VALUES:][:1])])
    filled = int(rows.sum())
    strange = filled + sum(count for count, _ in ranked if -count > fewest)
    return Category(
        cells.name,
        tuple(word for _, word in ranked[:MOST_VALUES]),
        gaps=bool((codes < 0).any()),
        rare=wilson(strange, filled).high if strange else 0.0,
        filled=filled / max(1, len(codes)),
    )


def _fit_moment(cells: Reading, *, clocked: bool) -> Moment:
    days = cells.seconds / DAY
    known = days[np.isfinite(days)]
    first = float(known.min()) if len(known) else 0.0
    since = known - first
    span = float(since.max()) if len(since) else 0.0
    timed = bool(len(known) and np.any(known != np.floor(known)))
    parts = [] if clocked or span <= 60 else ["month"]
    parts += ["weekday"] if span >= 1 else []
    parts += ["hour"] if timed else []
    parts += ["days"] if not clocked or not parts else []
    centre, scale = _centre_and_scale(since)
    return Moment(cells.name, tuple(parts), first, centre, scale, filled=len(known) / max(1, len(days)))


def _tree_parts(step: Step, cells: Reading) -> list[FloatArray]:
    if isinstance(step, Category):
        return [_codes(step, cells)]
    if isinstance(step, Text):
        return list(holding(step, cells).T)
    if isinstance(step, Moment):
        return [_moment_part(step, part, cells) for part in step.parts]
    values = _read(step, cells)
    return [values if step.gaps else np.where(np.isnan(values), step.fill, values)]


def levels_of(levels: Sequence[str], cells: Reading) -> IntArray:
    """Return the place of every cell among levels: their number for others, one more where missing."""
    other = len(levels)
    places = {word: place for place, word in enumerate(levels)}
    # the last one is for -1, what is missing
    known = [places.get(word, other) for word in cells.column.words]
    return np.array([*known, other + 1])[cells.codes]


def _codes(step: Category, cells: Reading) -> FloatArray:
    """Return the code of every cell: known values from 0, then other, then missing."""
    found = levels_of(step.values, cells)
    return (found if step.gaps else np.minimum(found, len(step.values))).astype(np.float64)


def effects_of(step: Step, cells: Reading, own: Mapping[str, FloatArray] | None = None) -> list[FloatArray]:
    """Return the effects of every cell, one column per question: its own where it is of a training row."""
    if not isinstance(step, Category) or not step.effects:
        return []
    if own is not None:
        return list(own[step.column].T)
    at = levels_of(step.levels, cells)
    return [np.array(table)[at] for table in step.effects]


def _moment_part(step: Moment, part: str, cells: Reading) -> FloatArray:
    return cells.seconds / DAY - step.first if part == "days" else cells.field(part)


def _tree_width(step: Step) -> int:
    if isinstance(step, Text):
        return len(step.words)
    if isinstance(step, Category):
        return 1 + len(step.effects)
    return len(step.parts) if isinstance(step, Moment) else 1


def _line_width(step: Step) -> int:
    if isinstance(step, Text):
        return len(step.words)
    if isinstance(step, Category):
        return min(len(step.values), MOST_SHOWN) + (1 if step.gaps else 0) + len(step.effects)
    if isinstance(step, Moment):
        return sum(1 if part == "days" else 2 for part in step.parts)
    return 2 if step.flagged else 1


def _line_parts(step: Step, cells: Reading) -> list[FloatArray]:
    if isinstance(step, Category):
        codes = _codes(step, cells)
        shown = [*range(min(len(step.values), MOST_SHOWN)), *([len(step.values) + 1] if step.gaps else [])]
        return [np.asarray(codes == code, dtype=np.float64) for code in shown]
    if isinstance(step, Text):
        return _tree_parts(step, cells)
    if isinstance(step, Moment):
        return [line for part in step.parts for line in _moment_lines(step, part, cells)]
    values = _read(step, cells)
    seen = np.log1p(np.maximum(values, 0)) if step.logged else values
    lines = [_standard(seen, step.centre, step.scale)]
    return [*lines, np.isnan(values).astype(np.float64)] if step.flagged else lines


def _moment_lines(step: Moment, part: str, cells: Reading) -> list[FloatArray]:
    values = _moment_part(step, part, cells)
    if part == "days":
        return [_standard(values, step.centre, step.scale)]
    turn = 2 * np.pi * values / CYCLES[part]
    return [np.nan_to_num(np.sin(turn), nan=0.0), np.nan_to_num(np.cos(turn), nan=0.0)]


def _standard(values: FloatArray, centre: float, scale: float) -> FloatArray:
    """Return standardised values, cut at `FAR`, 0 where missing."""
    return np.nan_to_num(np.clip((values - centre) / scale, -FAR, FAR), nan=0.0)


def _side_by_side(parts: list[FloatArray], rows: int) -> FloatArray:
    return np.column_stack(parts) if parts else np.zeros((rows, 0))
