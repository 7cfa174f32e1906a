"""The leak-safe transformation of columns to numbers: fitted on training rows, declared as data.

A recipe is a list of steps, one per column. Each step turns its column into columns of two
matrices: one for trees (numbers as they are, categories as codes, missing as missing) and
one for lines (standardised, one column per category, indicators of missing cells). Nothing in it
looks at the label, and a row is transformed without looking at any other.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import numpy as np
import polars as pl

from clientela.domain.errors import ColumnError, InputError, listed, quoted
from clientela.models.values import FloatArray, IntArray, moments, numbers, readable, seconds, texts, truths

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
    """

    column: str
    truth: bool
    gaps: bool
    flagged: bool
    fill: float
    logged: bool
    centre: float
    scale: float


class Category(msgspec.Struct, frozen=True, tag="category"):
    """A column of categories: known values by falling frequency, then other, then missing.

    Attributes:
        column: Column name.
        values: Values with a code of their own.
        gaps: Whether training rows had missing cells; where not, missing counts as other.
    """

    column: str
    values: tuple[str, ...]
    gaps: bool


class Moment(msgspec.Struct, frozen=True, tag="moment"):
    """A date or time, as cycles and as days since the first one.

    Attributes:
        column: Column name.
        parts: Of "month", "weekday", "hour" (cycles) and "days".
        first: Earliest time of the training rows, in days since 1970.
        centre: Mean of the days since then.
        scale: Their deviation.
    """

    column: str
    parts: tuple[str, ...]
    first: float
    centre: float
    scale: float


Step = Number | Category | Moment


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
        return tuple(
            index
            for index, step in enumerate(self.steps)
            for _ in range(len(step.parts) if isinstance(step, Moment) else 1)
        )

    @property
    def categorical(self) -> tuple[int, ...]:
        """Columns of the tree matrix that hold category codes."""
        return tuple(place for place, index in enumerate(self.tree_sources) if isinstance(self.steps[index], Category))

    @property
    def line_sources(self) -> tuple[int, ...]:
        """Index of the step behind every column of the line matrix."""
        return tuple(index for index, step in enumerate(self.steps) for _ in range(_line_width(step)))

    def trees(self, frame: pl.DataFrame) -> FloatArray:
        """Return the matrix for trees, one row per row; NaN where missing.

        Raises:
            ColumnError: Columns are missing from the frame.
        """
        self._require(frame)
        return _side_by_side(
            [part for step in self.steps for part in _tree_parts(step, frame[step.column])], len(frame)
        )

    def lines(self, frame: pl.DataFrame) -> FloatArray:
        """Return the matrix for lines, one row per row; no NaN.

        Raises:
            ColumnError: Columns are missing from the frame.
        """
        self._require(frame)
        return _side_by_side(
            [part for step in self.steps for part in _line_parts(step, frame[step.column])], len(frame)
        )

    def require_readable(self, frame: pl.DataFrame) -> None:
        """Check that columns learned as numbers or dates hold some, whatever they are stored as.

        A model that finds nothing to read would answer all the same, as if the cells were missing.

        Args:
            frame: Rows; columns that are missing from it are passed over.

        Raises:
            InputError: At least `CERTAIN` cells of such a column are filled, and none can be read.
        """
        for step in self.steps:
            if isinstance(step, Category) or step.column not in frame.columns:
                continue
            cells = frame[step.column].drop_nulls()
            if cells.dtype.is_numeric() and isinstance(step, Number):
                continue
            filled = texts(cells).drop_nulls()
            if len(filled) >= CERTAIN and not np.isfinite(_read(step, cells)).any():
                what = "dates or times" if isinstance(step, Moment) else "yes and no" if step.truth else "numbers"
                raise InputError(
                    f"The model knows {quoted(step.column)} as {what}, and none of {len(filled):,} cells can be read "
                    f"so, such as {quoted(filled[0])}: give the column as it was when the model was learned."
                )

    def _require(self, frame: pl.DataFrame) -> None:
        lost = [name for name in self.columns if name not in frame.columns]
        if lost:
            raise ColumnError(f"The model needs columns that are not there: {listed(lost)}.")


def _read(step: Number | Moment, cells: pl.Series) -> FloatArray:
    """Return the cells as the step reads them, NaN for what it cannot read."""
    if isinstance(step, Moment):
        return seconds(cells)
    return truths(cells) if step.truth else numbers(cells)


def fit_recipe(frame: pl.DataFrame, columns: Sequence[str], clock: str | None = None) -> Recipe:
    """Fit the recipe on training rows.

    Args:
        frame: Training rows.
        columns: Columns to use.
        clock: Column with the time of the row; only its cycles shorter than a year enter,
            because a model cannot carry a trend beyond the rows it has seen.

    Returns:
        The recipe.

    >>> recipe = fit_recipe(pl.DataFrame({"n": [1.0, 3.0]}), ["n"])
    >>> recipe.lines(pl.DataFrame({"n": ["2", None]})).tolist()
    [[0.0], [0.0]]
    """
    return Recipe(tuple(_fit(frame[name], clocked=name == clock) for name in columns))


def unseen(series: pl.Series, before: IntArray, after: IntArray) -> int:
    """Return how many later cells hold a category not met before, or a number or date beyond all before.

    Args:
        series: A column.
        before: Rows that came before.
        after: Rows that came later.
    """
    step = _fit(series, clocked=False)
    if isinstance(step, Category):
        values = texts(series)
        known = values[before].drop_nulls().unique().to_list()
        return int((~values[after].is_in(known)).sum())
    found = seconds(series) if isinstance(step, Moment) else numbers(series)
    past, later = found[before], found[after]
    if not np.isfinite(past).any():
        return int(np.isfinite(later).sum())
    return int(((later < np.nanmin(past)) | (later > np.nanmax(past))).sum())


def why_left_out(series: pl.Series) -> str | None:
    """Return why a column cannot serve as a feature, or None where it can.

    Looks at the cells only, never at the label.
    """
    if not readable(series.dtype):
        return "its cells are lists, records or bytes"
    if series.null_count() == len(series):
        return "every cell is missing"
    step = _fit(series, clocked=False)
    if isinstance(step, Category):
        return _why_scattered(step, texts(series))
    return "it has one value only" if all(len(np.unique(part)) < 2 for part in _tree_parts(step, series)) else None


def _why_scattered(step: Category, values: pl.Series) -> str | None:
    """Return why there is nothing to learn from the categories of a column, or None."""
    if values.n_unique() == 1:
        return "it has one value only"
    if not step.values:
        return f"its {values.n_unique()} values hardly repeat: nothing to learn from"
    known = float(np.mean(values.is_in(list(step.values)).fill_null(value=False).to_numpy()))
    if known < LEAST_KNOWN and not step.gaps:
        return f"only {known:.1%} of its cells hold a value that occurs {LEAST_ROWS} times"
    return None


def _fit(series: pl.Series, *, clocked: bool) -> Step:
    kind = _kind(series)
    if kind == "moment":
        return _fit_moment(series, clocked=clocked)
    if kind == "category":
        return _fit_category(series)
    return _fit_number(series, truth=kind == "truth")


def _kind(series: pl.Series) -> str:
    if series.dtype == pl.Boolean:
        return "truth"
    if series.dtype.is_numeric() or series.dtype == pl.Time:
        return "number"
    if series.dtype.is_temporal():
        return "moment"
    values = texts(series).drop_nulls()
    if len(values) == 0:
        return "category"
    if np.isfinite(numbers(values)).mean() >= LIKE and values.n_unique() >= NUMBERS_AT_LEAST:
        return "number"
    timed = moments(values).null_count() <= (1 - LIKE) * len(values)
    return "moment" if timed else "category"


def _fit_number(series: pl.Series, *, truth: bool) -> Number:
    values = truths(series) if truth else numbers(series)
    known = values[np.isfinite(values)]
    missing = 1 - len(known) / max(1, len(values))
    fill = float(np.median(known)) if len(known) else 0.0
    logged = len(known) > 0 and float(known.min()) >= 0 and _skewness(known) > SKEWED
    centre, scale = _centre_and_scale(np.log1p(known) if logged else known)
    return Number(
        series.name,
        truth,
        gaps=missing > 0,
        flagged=missing > TRACE,
        fill=fill,
        logged=logged,
        centre=centre,
        scale=scale,
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


def _fit_category(series: pl.Series) -> Category:
    values = texts(series)
    counted = values.drop_nulls().value_counts(name="rows")
    ranked = counted.sort(["rows", values.name], descending=[True, False])
    kept = ranked.filter(pl.col("rows") >= LEAST_ROWS).head(MOST_VALUES)
    return Category(series.name, tuple(kept[values.name]), gaps=values.null_count() > 0)


def _fit_moment(series: pl.Series, *, clocked: bool) -> Moment:
    days = seconds(series) / DAY
    known = days[np.isfinite(days)]
    first = float(known.min()) if len(known) else 0.0
    since = known - first
    span = float(since.max()) if len(since) else 0.0
    timed = bool(len(known) and np.any(known != np.floor(known)))
    parts = [] if clocked or span <= 60 else ["month"]
    parts += ["weekday"] if span >= 1 else []
    parts += ["hour"] if timed else []
    parts += ["days"] if not clocked or not parts else []
    return Moment(series.name, tuple(parts), first, *_centre_and_scale(since))


def _tree_parts(step: Step, series: pl.Series) -> list[FloatArray]:
    if isinstance(step, Category):
        return [_codes(step, series)]
    if isinstance(step, Moment):
        return [_moment_part(step, part, series) for part in step.parts]
    values = _read(step, series)
    return [values if step.gaps else np.where(np.isnan(values), step.fill, values)]


def _codes(step: Category, series: pl.Series) -> FloatArray:
    """Return the code of every cell: known values from 0, then other, then missing."""
    values = texts(series)
    other = len(step.values)
    codes = (
        values.replace_strict(list(step.values), list(range(other)), default=other, return_dtype=pl.Int64)
        if other
        else pl.Series([other] * len(values), dtype=pl.Int64)
    )
    absent = other + 1 if step.gaps else other
    return np.where(values.is_null().to_numpy(), absent, codes.to_numpy()).astype(np.float64)


def _moment_part(step: Moment, part: str, series: pl.Series) -> FloatArray:
    if part == "days":
        return seconds(series) / DAY - step.first
    times = moments(series)
    found = {"month": times.dt.month, "weekday": times.dt.weekday, "hour": times.dt.hour}[part]()
    return found.cast(pl.Float64).fill_null(float("nan")).to_numpy().astype(np.float64)


def _line_width(step: Step) -> int:
    if isinstance(step, Category):
        return min(len(step.values), MOST_SHOWN) + (1 if step.gaps else 0)
    if isinstance(step, Moment):
        return sum(1 if part == "days" else 2 for part in step.parts)
    return 2 if step.flagged else 1


def _line_parts(step: Step, series: pl.Series) -> list[FloatArray]:
    if isinstance(step, Category):
        codes = _codes(step, series)
        shown = [*range(min(len(step.values), MOST_SHOWN)), *([len(step.values) + 1] if step.gaps else [])]
        return [np.asarray(codes == code, dtype=np.float64) for code in shown]
    if isinstance(step, Moment):
        return [line for part in step.parts for line in _moment_lines(step, part, series)]
    values = _read(step, series)
    seen = np.log1p(np.maximum(values, 0)) if step.logged else values
    lines = [_standard(seen, step.centre, step.scale)]
    return [*lines, np.isnan(values).astype(np.float64)] if step.flagged else lines


def _moment_lines(step: Moment, part: str, series: pl.Series) -> list[FloatArray]:
    values = _moment_part(step, part, series)
    if part == "days":
        return [_standard(values, step.centre, step.scale)]
    turn = 2 * np.pi * values / CYCLES[part]
    return [np.nan_to_num(np.sin(turn), nan=0.0), np.nan_to_num(np.cos(turn), nan=0.0)]


def _standard(values: FloatArray, centre: float, scale: float) -> FloatArray:
    """Return standardised values, cut at `FAR`, 0 where missing."""
    return np.nan_to_num(np.clip((values - centre) / scale, -FAR, FAR), nan=0.0)


def _side_by_side(parts: list[FloatArray], rows: int) -> FloatArray:
    return np.column_stack(parts) if parts else np.zeros((rows, 0))
