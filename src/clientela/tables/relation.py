"""A relation: a table or view of the engine with its columns and the position of its rows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from sqlglot import exp

from clientela.domain.column import Field
from clientela.domain.errors import ColumnError, InputError, quoted
from clientela.tables import sql
from clientela.tables.cells import Cell
from clientela.tables.engine import Engine


@dataclass(frozen=True)
class Relation:
    """Rows of the engine, asked by column names for people.

    Attributes:
        engine: Engine that holds the rows.
        name: Internal name of the table or view.
        cells: Its columns in order; what it has besides is not shown.
        position: Expression that gives the position of a row in the extract, from 0.
        condition: Which of its rows are meant; None where all are.
        counts: Tables of counted values, by column and condition; see `tables.counting`.
        kept: What keeps a stored table alive; see `tables.gathering`.
    """

    engine: Engine
    name: str
    cells: tuple[Cell, ...]
    position: exp.Expr
    condition: exp.Expr | None = None
    counts: dict[tuple[str, str], str] = field(default_factory=dict, compare=False, repr=False)
    kept: object = field(default=None, compare=False, repr=False)

    def cell(self, name: str) -> Cell:
        """Return the column called `name`, else raise a `ColumnError`."""
        for cell in self.cells:
            if cell.name == name:
                return cell
        raise ColumnError.missing(name, (cell.name for cell in self.cells))

    def chosen(self, columns: Sequence[str] | None) -> tuple[Cell, ...]:
        """Return the columns called `columns` in that order, all where None."""
        return self.cells if columns is None else tuple(self.cell(name) for name in columns)

    def numeric(self, columns: Iterable[str]) -> tuple[Cell, ...]:
        """Return the columns called `columns`, which must be integers, numbers or booleans."""
        cells = tuple(self.cell(name) for name in columns)
        for cell in cells:
            if not cell.numeric:
                raise InputError(f"The column {quoted(cell.name)} holds {cell.storage.value}, not numbers.")
        return cells

    def rows(self, items: Sequence[exp.Expr], *conditions: exp.Expr) -> exp.Select:
        """Return the selection of `items` from the rows where all `conditions` hold."""
        held = [self.condition.copy(), *conditions] if self.condition is not None else list(conditions)
        query = sql.select(items, self.name)
        return query.where(*held, copy=False) if held else query

    @property
    def fields(self) -> tuple[Field, ...]:
        """Names and storage types of the columns."""
        return tuple(cell.field for cell in self.cells)
