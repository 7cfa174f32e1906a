"""What a model has not learned of the rows it scores: values of categories, and columns it cannot read."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from clientela.domain.errors import listed, quoted
from clientela.models.reading import Reading
from clientela.models.recipe import LIKE, Category, Number, Recipe, Step, held
from clientela.models.values import texts
from clientela.statistics.intervals import wilson

EXAMPLES = 3
LONGEST = 40
"""Characters of an example that are shown."""
MOST_COLUMNS = 5
"""Columns whose values are told; the others are counted."""


class Unlearned:
    """Looks at rows on their way through a model, and tells what it had to pass over.

    A value without a code of its own is either new or was too rare when the model was learned. The model cannot
    tell which, and scores both alike. Where the rows learned from held rare values too, as columns of many values
    do, a column is told of only where the share is beyond what they and chance (Wilson 1927) make likely, and with
    that share. Where visitors come again with their values, chance is larger: little beyond it means little.

    A column is told as not read where more of its filled cells than numbers or dates ever had when they were learned
    cannot be read, and as missing where surely less than half as many cells are filled as then.

    Args:
        recipe: The recipe of the model.

    >>> from clientela.models.recipe import fit_recipe
    >>> device = pl.DataFrame({"device": ["mobile", "desktop"] * 9})
    >>> seen = Unlearned(fit_recipe(device, ["device"]))
    >>> seen.look(pl.DataFrame({"device": ["mobile", "watch"]}))
    >>> print(*seen.notes)
    Values that the model has not learned are scored as rare ones: 'device' in 1 of 2 rows (such as 'watch').
    """

    def __init__(self, recipe: Recipe) -> None:
        self._categories = {step.column: step for step in recipe.steps if isinstance(step, Category)}
        self._steps = recipe.steps
        self._rows = 0
        self._filled = {step.column: 0 for step in recipe.steps}
        self._read = dict(self._filled)
        self._strange = dict.fromkeys(self._categories, 0)
        self._examples: dict[str, list[str]] = {}

    def look(self, frame: pl.DataFrame) -> None:
        """Look at some rows.

        Args:
            frame: Rows with the columns of the recipe.
        """
        self._rows += frame.height
        for name, step in self._categories.items():
            # counted before they are read as text: there are fewer values than rows
            cells = frame[name].alias("word").value_counts(name="rows")
            filled = cells.with_columns(texts(cells["word"])).drop_nulls("word")
            strange = filled.filter(~pl.col("word").is_in(step.values))
            self._filled[name] += int(filled["rows"].sum())
            self._read[name] = self._filled[name]
            self._strange[name] += int(strange["rows"].sum())
            if len(strange) and name not in self._examples:
                # those of the first rows that have some: a table may hold too many to remember
                often = strange.sort("rows", "word", descending=[True, False])
                self._examples[name] = often["word"].head(EXAMPLES).to_list()
        for each in self._steps:
            if not isinstance(each, Category):
                cells_filled, read = _filled_and_read(each, frame[each.column])
                self._filled[each.column] += cells_filled
                self._read[each.column] += read

    @property
    def notes(self) -> tuple[str, ...]:
        """At most four sentences: values not learned, and columns not read, mostly missing, or missing in all rows."""
        found = []
        told = sorted(filter(self._unlike, self._strange), key=lambda name: -self._strange[name])
        if told:
            first, *others = told[:MOST_COLUMNS]
            where = ", ".join([self._told(first, f" of {self._counted}"), *map(self._told, others)])
            found.append(f"Values that the model has not learned are scored as rare ones: {where}{_more(told)}.")
        if self._rows == 0:
            return ()
        empty = [step.column for step in self._steps if not self._read[step.column]]
        if empty:
            whole = f"all {self._counted} are scored as missing there"
            found.append(f"Nothing that the model can read is in {listed(empty)}: {whole}.")
        unread = [step.column for step in self._steps if self._unread(step) and step.column not in empty]
        if unread:
            told_of = [f"{quoted(name)} in {self._filled[name] - self._read[name]:,}" for name in unread[:MOST_COLUMNS]]
            found.append(
                f"Of {self._counted} cells that cannot be read are scored as missing: "
                f"{', '.join(told_of)}{_more(unread)}."
            )
        passed = {*empty, *unread}
        lost = [step for step in self._steps if self._lost(step) and step.column not in passed]
        if lost:
            told_of = [
                f"{quoted(step.column)} ({self._filled[step.column] / self._rows:.0%} filled, {step.filled:.0%} before)"
                for step in lost[:MOST_COLUMNS]
            ]
            found.append(
                f"Most cells are missing that were there when the model was learned: {', '.join(told_of)}{_more(lost)}."
            )
        return tuple(found)

    def _unread(self, step: Step) -> bool:
        """Tell whether more filled cells cannot be read than may be so where a column is learned as what it is."""
        filled = self._filled[step.column]
        return filled > 0 and wilson(filled - self._read[step.column], filled).low > 1 - LIKE

    def _lost(self, step: Step) -> bool:
        """Tell whether surely less than half as many cells are filled as when the model was learned."""
        return wilson(self._read[step.column], self._rows).high < step.filled / 2

    def _unlike(self, name: str) -> bool:
        """Tell whether a column holds more values that were not learned than rows like those learned from do."""
        strange = self._strange[name]
        return strange > 0 and wilson(strange, self._filled[name]).low > self._categories[name].rare

    @property
    def _counted(self) -> str:
        return f"{self._rows:,} {'row' if self._rows == 1 else 'rows'}"

    def _told(self, name: str, whole: str = "") -> str:
        examples = ", ".join(
            quoted(word if len(word) <= LONGEST else f"{word[: LONGEST - 1]}…") for word in self._examples[name]
        )
        rare = self._categories[name].rare
        usual = f"; up to {rare:.0%} were usual" if rare else ""
        return f"{quoted(name)} in {self._strange[name]:,}{whole} (such as {examples}{usual})"


def _filled_and_read(step: Step, cells: pl.Series) -> tuple[int, int]:
    """Return how many cells are filled, and how many of them the step can read."""
    if cells.dtype.is_numeric() and isinstance(step, Number) and not step.truth:
        if cells.dtype.is_float():
            cells = cells.fill_nan(None).drop_nulls()
            return len(cells), int(cells.is_finite().sum())
        filled = len(cells) - cells.null_count()
        return filled, filled
    return len(texts(cells).drop_nulls()), int(held(step, Reading.of(cells)).sum())


def _more(told: Sequence[object]) -> str:
    rest = len(told) - MOST_COLUMNS
    return f", and {rest} more {'columns' if rest > 1 else 'column'}" if rest > 0 else ""
