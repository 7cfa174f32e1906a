"""The table on DuckDB: every request of `Table` answered out of core on one machine."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from types import TracebackType
from typing import Self

import polars as pl
from sqlglot import exp

from clientela.domain.column import Field
from clientela.domain.errors import InputError, listed
from clientela.domain.reading import Reading
from clientela.tables import groups, hashing, sql, summaries
from clientela.tables.aggregate import Aggregate
from clientela.tables.cells import Cell
from clientela.tables.condition import Condition
from clientela.tables.counting import forget
from clientela.tables.derivation import Derivation
from clientela.tables.deriving import derived
from clientela.tables.engine import Engine
from clientela.tables.gathering import gathered
from clientela.tables.matching import matching
from clientela.tables.powers import powers
from clientela.tables.products import products
from clientela.tables.relation import Relation
from clientela.tables.table import ROW


class DuckTable:
    """A table whose rows lie in a table or view of an `Engine`.

    Args:
        relation: The rows.
        reading: How they were read.
        release: What to do when the table is closed; nothing where None, when others still
            use the engine.
    """

    def __init__(self, relation: Relation, reading: Reading, release: Callable[[], None] | None = None) -> None:
        self._held: Relation | None = relation
        self._reading = reading
        self._release = release

    @classmethod
    def over(
        cls,
        engine: Engine,
        name: str,
        reading: Reading,
        names: Sequence[str] | None = None,
        *,
        position: str | None = None,
        owner: bool = False,
    ) -> Self:
        """Return a table over the engine's table (or view) `name`.

        Args:
            engine: Engine that holds it.
            name: Internal name, as `Engine.create_table` and its like return it.
            reading: How the rows were read.
            names: Names of its columns for people, in order and unique, without the
                position column; the engine's own names where None.
            position: Its column that holds the position of a row, from 0. A table made by
                the engine needs none: rows lie in the order in which they were written. A
                view needs one.
            owner: Whether closing the table closes the engine.

        Raises:
            InputError: Names occur twice, or one is the name kept for the position.
        """
        types = [(inner, kind) for inner, kind in engine.types(name) if inner != position]
        shown = [inner for inner, _ in types] if names is None else list(names)
        check_names(shown)
        cells = tuple(Cell(given, inner, kind) for given, (inner, kind) in zip(shown, types, strict=True))
        place = exp.column("rowid") if position is None else sql.column(position)
        return cls(Relation(engine, name, cells, place), reading, engine.close if owner else None)

    @property
    def _relation(self) -> Relation:
        if self._held is None:
            raise InputError("The table is closed and cannot be asked any more.")
        return self._held

    @property
    def reading(self) -> Reading:
        """How the table was read."""
        return self._reading

    @property
    def fields(self) -> tuple[Field, ...]:
        """Names and storage types of the columns, in order."""
        return self._relation.fields

    @cached_property
    def rows(self) -> int:
        """Number of rows."""
        return int(self._relation.engine.frame(self._relation.rows([sql.call("count", exp.Star())])).item())

    def select(self, columns: Sequence[str]) -> Self:
        """Return the same rows with these columns only, in this order."""
        return self._over(replace(self._relation, cells=self._relation.chosen(tuple(dict.fromkeys(columns)))))

    def derive(self, columns: Mapping[str, Derivation], condition: Condition | None = None) -> Self:
        """Return derived columns of the rows where a condition holds (see `Table.derive`)."""
        check_names(list(columns))
        return self._over(derived(self._relation, columns, condition))

    def gathered(self, key: str, columns: Mapping[str, Aggregate]) -> Self:
        """Return one row for each value of a key (see `Table.gathered`)."""
        check_names(list(columns))
        return self._over(gathered(self._relation, key, columns))

    def summary(self, columns: Sequence[str] | None = None) -> pl.DataFrame:
        """Summarise columns, one row each (see `Table.summary`)."""
        return summaries.summary(self._relation, columns)

    def top_values(self, columns: Sequence[str], limit: int = 10) -> pl.DataFrame:
        """Return the most frequent values (see `Table.top_values`)."""
        return summaries.top_values(self._relation, columns, limit)

    def quantiles(self, columns: Sequence[str], probabilities: Sequence[float]) -> pl.DataFrame:
        """Return exact step quantiles (see `Table.quantiles`)."""
        return summaries.quantiles(self._relation, columns, probabilities)

    def masks(self, columns: Sequence[str], limit: int = 10) -> pl.DataFrame:
        """Return the commonest shapes of text (see `Table.masks`)."""
        return summaries.masks(self._relation, columns, limit)

    def null_patterns(self, columns: Sequence[str], limit: int = 50) -> pl.DataFrame:
        """Count which columns are null together (see `Table.null_patterns`)."""
        return summaries.null_patterns(self._relation, columns, limit)

    def contingency(self, first: str, second: str, limit: int = 10_000) -> pl.DataFrame:
        """Count pairs of values (see `Table.contingency`)."""
        return groups.contingency(self._relation, first, second, limit)

    def grouped(self, by: str, columns: Sequence[str]) -> pl.DataFrame:
        """Return sums per value of `by` (see `Table.grouped`)."""
        return groups.grouped(self._relation, by, columns)

    def powers(
        self,
        by: Sequence[str],
        pairs: Sequence[tuple[str, str | None]],
        day: str | None = None,
        beside: Sequence[str] = (),
    ) -> pl.DataFrame:
        """Return sums of powers per group (see `Table.powers`)."""
        return powers(self._relation, by, pairs, day, beside)

    def products(self, columns: Sequence[str], together: Sequence[str] = ()) -> pl.DataFrame:
        """Return counts, and sums of products (see `Table.products`)."""
        return products(self._relation, columns, together)

    def dependency(self, keys: Sequence[str], columns: Sequence[str]) -> pl.DataFrame:
        """Return the sums behind a functional dependency (see `Table.dependency`)."""
        return groups.dependency(self._relation, keys, columns)

    def duplicates(self, columns: Sequence[str] | None = None) -> pl.DataFrame:
        """Count equal rows (see `Table.duplicates`)."""
        return groups.duplicates(self._relation, columns)

    def matching(self, condition: Condition, columns: Sequence[str] | None = None, limit: int = 20) -> pl.DataFrame:
        """Return the first rows that fulfil a condition (see `Table.matching`)."""
        return matching(self._relation, condition, columns, limit)

    def sample(
        self, rows: int, seed: int, key: str | None = None, columns: Sequence[str] | None = None
    ) -> pl.DataFrame:
        """Return a seeded sample by key, in table order (see `Table.sample`)."""
        relation = self._relation
        share = 1.0 if rows >= self.rows else max(0, rows) / self.rows
        condition = hashing.inside(relation, key, seed, hashing.threshold(share))
        cells = relation.chosen(columns)
        items = [sql.named(sql.cast(relation.position.copy(), "BIGINT"), "position")]
        items += [sql.named(cell.value, f"o{index}") for index, cell in enumerate(cells)]
        if share < 1:
            taken = relation.rows([relation.position.copy()], condition)
            condition = exp.In(this=relation.position.copy(), query=taken.subquery())
        answer = relation.engine.frame(relation.rows(items, condition)).sort("position")
        return _renamed(answer, [ROW, *(cell.name for cell in cells)])

    def split(self, share: float, seed: int, key: str | None = None) -> tuple[Self, Self]:
        """Part the table by the hash of a key (see `Table.split`)."""
        if not 0 <= share <= 1:
            raise InputError(f"A share of {share} is asked for: it must lie between 0 and 1.")
        held = self._relation.condition
        condition = hashing.inside(self._relation, key, seed, hashing.threshold(share))
        parts = (exp.paren(condition), exp.Not(this=exp.paren(condition.copy())))
        first, second = (part if held is None else exp.and_(held.copy(), part) for part in parts)
        return (
            self._over(replace(self._relation, condition=first)),
            self._over(replace(self._relation, condition=second)),
        )

    def batches(self, size: int = 100_000, columns: Sequence[str] | None = None) -> Iterator[pl.DataFrame]:
        """Yield all rows in table order (see `Table.batches`)."""
        cells = self._relation.chosen(columns)
        items = [sql.named(cell.value, f"o{index}") for index, cell in enumerate(cells)]
        names = [cell.name for cell in cells]
        query = self._relation.rows(items)
        return (_renamed(frame, names) for frame in self._relation.engine.batches(query, size))

    def close(self) -> None:
        """Release what the engine holds, where this table owns it; else what was counted."""
        if self._held is not None and self._release is not None:
            self._release()
        elif self._held is not None:
            forget(self._held)
        self._held = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _over(self, relation: Relation) -> Self:
        return type(self)(relation, self._reading)


def check_names(names: Sequence[str]) -> None:
    """Raise an `InputError` where names occur twice or one is the name kept for the position."""
    twice = [name for name in dict.fromkeys(names) if names.count(name) > 1]
    if twice:
        raise InputError(f"Columns have the same name: {listed(twice)}.")
    if ROW in names:
        raise InputError(f"The column name '{ROW}' is kept for the position of rows: give it another name.")


def _renamed(frame: pl.DataFrame, names: Sequence[str]) -> pl.DataFrame:
    frame.columns = list(names)
    return frame
