"""Scoring a whole table, one batch in memory at a time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Self

import polars as pl

from clientela.domain.errors import ColumnError, InputError, listed
from clientela.models.release import Release
from clientela.models.unlearned import Unlearned
from clientela.tables.table import Table

BATCH = 100_000


class Scores(Iterator[pl.DataFrame]):
    """Frames of scores, and what the model had not learned of the rows behind those taken so far.

    Args:
        frames: The frames; each was looked at when it is taken.
        seen: What looked at their rows.
    """

    def __init__(self, frames: Iterator[pl.DataFrame], seen: Unlearned) -> None:
        self._frames, self._seen = frames, seen

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> pl.DataFrame:
        """Score the next rows."""
        return next(self._frames)

    @property
    def notes(self) -> tuple[str, ...]:
        """Sentences about values the model has not learned and columns that hold nothing; none where all is known."""
        return self._seen.notes


def score(release: Release, table: Table, columns: Sequence[str] | None = None) -> Scores:
    """Score every row of a table, in order.

    Args:
        release: The model.
        table: Rows to score.
        columns: Columns carried along beside the scores; where None, the identifiers the
            release knows, as far as the table has them.

    Returns:
        Frames with the columns carried along, `p_<class>` for every class, and
        `expected_revenue` where there is revenue; together one row per row. Their `notes` tell what the model
        had not learned, once the frames are taken.

    Raises:
        ColumnError: The table lacks columns the release needs, or one carried along.
        InputError: A column carried along is named like a score; or, with the first frame, a column holds nothing
            that can be read as what the model learned.
    """
    names = [field.name for field in table.fields]
    lost = [name for name in release.manifest.features if name not in names]
    if lost:
        raise ColumnError(
            f"The model needs columns that are not there: {listed(lost)}; rename or add them, the table has "
            f"{listed(names)}."
        )
    kept = list(columns) if columns is not None else [n for n in release.manifest.identifiers if n in names]
    for name in kept:
        if name not in names:
            raise ColumnError.missing(name, names)
    clash = sorted(set(kept) & set(release.outputs))
    if clash:
        raise InputError(f"The columns {listed(clash)} are named like scores: rename them first.")
    wanted = list(dict.fromkeys([*kept, *release.manifest.features]))
    seen = Unlearned(release.fitted.recipe)
    return Scores(_scored(release, table, (kept, wanted), seen), seen)


def _scored(
    release: Release, table: Table, columns: tuple[list[str], list[str]], seen: Unlearned
) -> Iterator[pl.DataFrame]:
    kept, wanted = columns
    for number, frame in enumerate(table.batches(BATCH, wanted)):
        if number == 0:
            release.fitted.recipe.require_readable(frame)
        seen.look(frame)
        yield pl.concat([frame.select(kept), release.predict(frame)], how="horizontal")
