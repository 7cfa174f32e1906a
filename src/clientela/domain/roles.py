"""The roles of a table's columns, as asked for by a person and as settled."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from clientela.domain.column import Column, Origin, Role
from clientela.domain.record import Record


@dataclass(frozen=True)
class Ask(Record):
    """What a person said about the table; every field may be left out.

    Names have been checked against the table: they are exact column names.

    Attributes:
        label: Column to predict.
        collected: Columns measured on the site itself; the others are then joined.
        time: Column with the time of the row.
        visitor: Column with the person or browser behind rows.
        revenue: Column with the revenue of the row, in money.
        roles: Role by column name, from a corrected clientela.toml.
        order: Classes of the label from lowest to highest, where a person fixed them.
    """

    label: str | None = None
    collected: tuple[str, ...] = ()
    time: str | None = None
    visitor: str | None = None
    revenue: str | None = None
    roles: Mapping[str, Role] = field(default_factory=dict)
    order: tuple[str, ...] = ()


@dataclass(frozen=True)
class Roles(Record):
    """The columns of a table with their settled roles.

    Attributes:
        columns: All columns of the table, in its order.
        label: Column to predict, or None where there is none.
        time: Column with the time of the row, or None.
        visitor: Identifier column of the person or browser behind rows, or None.
        visit: Identifier column that is unique per row, or None.
        revenue: Column with revenue in money, or None.
        order: Classes of the label from lowest to highest where they are ordered,
            else empty. Text exactly as in the table.
    """

    columns: tuple[Column, ...]
    label: str | None = None
    time: str | None = None
    visitor: str | None = None
    visit: str | None = None
    revenue: str | None = None
    order: tuple[str, ...] = ()

    def column(self, name: str) -> Column:
        """Return the column called `name`.

        Raises:
            KeyError: No column has that name.
        """
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(name)

    def named(self, role: Role) -> tuple[str, ...]:
        """Return the names of the columns with `role`, in table order."""
        return tuple(column.name for column in self.columns if column.role is role)

    @property
    def features(self) -> tuple[str, ...]:
        """Names of the columns a model may learn from, in table order."""
        return self.named(Role.FEATURE)

    @property
    def identifiers(self) -> tuple[str, ...]:
        """Names of the identifier columns, in table order."""
        return self.named(Role.IDENTIFIER)

    @property
    def joined(self) -> tuple[str, ...]:
        """Names of the columns that came from elsewhere, in table order."""
        return tuple(c.name for c in self.columns if c.origin is Origin.JOINED)
