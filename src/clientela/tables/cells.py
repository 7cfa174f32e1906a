"""Cells: how DuckDB's types map to storage types, and how a value is compared, rendered and counted."""

from __future__ import annotations

from dataclasses import dataclass, replace

from sqlglot import exp

from clientela.domain.column import Field, Storage
from clientela.tables import sql

_INTEGERS = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT")
_STORAGE = {
    **dict.fromkeys((*_INTEGERS, *("U" + name for name in _INTEGERS)), Storage.INTEGER),
    **dict.fromkeys(("FLOAT", "DOUBLE", "DECIMAL"), Storage.NUMBER),
    **dict.fromkeys(("VARCHAR", "ENUM", "UUID", "JSON"), Storage.TEXT),
    **dict.fromkeys(("TIMESTAMP", "TIMESTAMP_S", "TIMESTAMP_MS", "TIMESTAMP_NS"), Storage.TIMESTAMP),
    "TIMESTAMP WITH TIME ZONE": Storage.TIMESTAMP,
    "TIMESTAMP_TZ": Storage.TIMESTAMP,
    "TIME": Storage.TIME,
    "TIME_NS": Storage.TIME,
    "BOOLEAN": Storage.BOOLEAN,
    "DATE": Storage.DATE,
}


@dataclass(frozen=True)
class Cell:
    """A column of a relation: its name for people, its name and type inside the engine.

    Attributes:
        name: Column name, any text.
        inner: Name of the column in the engine's relation; the text of `made` where it is derived.
        kind: The engine's type, such as "BIGINT" or "DECIMAL(10,2)".
        made: What a derived column is made of; None where it is a column of the engine's relation.
    """

    name: str
    inner: str
    kind: str
    made: exp.Expr | None = None

    @property
    def base(self) -> str:
        """The engine's type without parameters; lists and the like are "OTHER"."""
        return "OTHER" if self.kind.endswith("]") else self.kind.split("(", 1)[0]

    @property
    def storage(self) -> Storage:
        """How the cells are stored."""
        if self.base == "DECIMAL" and self.kind.endswith(",0)"):
            return Storage.INTEGER
        return _STORAGE.get(self.base, Storage.OTHER)

    @property
    def field(self) -> Field:
        """Name and storage type."""
        return Field(self.name, self.storage)

    @property
    def floating(self) -> bool:
        """Whether the cells can be NaN or infinite."""
        return self.base in ("FLOAT", "DOUBLE")

    @property
    def numeric(self) -> bool:
        """Whether the cells are integers, numbers or booleans."""
        return self.storage.numeric or self.storage is Storage.BOOLEAN

    @property
    def raw(self) -> exp.Expr:
        """The cell as it is."""
        return sql.column(self.inner) if self.made is None else self.made.copy()

    def under(self, inner: str) -> Cell:
        """Return the same cell where a query has called it `inner`."""
        return replace(self, inner=inner, made=None)

    @property
    def is_text(self) -> bool:
        """Whether the cell is compared by its text, having no order or equality of its own."""
        return self.storage is Storage.OTHER or self.base in ("ENUM", "UUID", "JSON")

    @property
    def value(self) -> exp.Expr:
        """The cell as it is compared, and handed out in rows."""
        return sql.cast(self.raw, "VARCHAR") if self.is_text else self.raw

    @property
    def number(self) -> exp.Expr:
        """The cell as a finite double, else null."""
        double = sql.cast(self.raw, "DOUBLE")
        return sql.where(sql.call("isfinite", self.raw), double) if self.floating else double

    def text(self, value: exp.Expr) -> exp.Expr:
        """Render `value`, a value of this cell, by the engine-independent rule."""
        if self.floating:
            plain = exp.Add(this=value.copy(), expression=sql.cast(sql.number(0), self.base))
            shown = exp.If(this=sql.call("isnan", value.copy()), true=sql.text("nan"))
            return exp.Case(ifs=[shown], default=sql.cast(plain, "VARCHAR"))
        if self.base == "DECIMAL" and self.storage is Storage.NUMBER:
            trimmed = sql.call("rtrim", sql.cast(value, "VARCHAR"), sql.text("0"))
            return sql.call("regexp_replace", trimmed, sql.text(r"\.$"), sql.text(".0"))
        if self.base.startswith("TIMESTAMP") and "TZ" in self.kind.replace("WITH TIME ZONE", "TZ"):
            return sql.cast(sql.cast(value, "TIMESTAMP"), "VARCHAR")
        return sql.cast(value, "VARCHAR")
