"""What a model has not learned of the rows it scores: values of categories, and columns that hold nothing."""

from __future__ import annotations

import polars as pl

from clientela.domain.errors import listed, quoted
from clientela.models.reading import Reading
from clientela.models.recipe import Category, Recipe, held
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
        self._holding: set[str] = set()
        self._rows = 0
        self._filled = dict.fromkeys(self._categories, 0)
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
            self._strange[name] += int(strange["rows"].sum())
            if len(strange) and name not in self._examples:
                # those of the first rows that have some: a table may hold too many to remember
                often = strange.sort("rows", "word", descending=[True, False])
                self._examples[name] = often["word"].head(EXAMPLES).to_list()
        self._holding |= {name for name, filled in self._filled.items() if filled}
        for each in self._steps:
            if each.column not in self._holding and held(each, Reading.of(frame[each.column])).any():
                self._holding.add(each.column)

    @property
    def notes(self) -> tuple[str, ...]:
        """At most two sentences: values not learned, and columns that held nothing in all rows looked at."""
        found = []
        told = sorted(filter(self._unlike, self._strange), key=lambda name: -self._strange[name])
        if told:
            first, *others = told[:MOST_COLUMNS]
            rest = len(told) - MOST_COLUMNS
            more = f", and {rest} more {'columns' if rest > 1 else 'column'}" if rest > 0 else ""
            where = ", ".join([self._told(first, f" of {self._counted}"), *map(self._told, others)])
            found.append(f"Values that the model has not learned are scored as rare ones: {where}{more}.")
        empty = [step.column for step in self._steps if step.column not in self._holding]
        if self._rows and empty:
            whole = f"all {self._counted} are scored as missing there"
            found.append(f"Nothing that the model can read is in {listed(empty)}: {whole}.")
        return tuple(found)

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
