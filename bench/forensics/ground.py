"""What a planter works on: a table under change, its chance, and the record of what was planted."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

STRENGTHS = ("weak", "middle", "strong")
Values = NDArray[Any]
LEAST_DISTINCT = 100
MOST_TIED = 0.05


@dataclass(frozen=True)
class Planted:
    """One plant.

    Attributes:
        code: Finding code that should be stated.
        columns: Columns it should be stated of; empty for the whole table.
        detail: What was planted, in numbers, for the reader and for the score of joins.
        ask: What a person would have said, as keywords of `Ask`.
    """

    code: str
    columns: tuple[str, ...]
    detail: Mapping[str, Any] = field(default_factory=dict)
    ask: Mapping[str, Any] = field(default_factory=dict)


@dataclass
class Ground:
    """A table under change.

    Attributes:
        frame: The rows as they are now.
        chance: Source of every drawn parameter.
        strength: 0 weak, 1 middle, 2 strong.
        label: Name of the label, or None.
        used: Columns that may not be touched any more.
    """

    frame: pl.DataFrame
    chance: np.random.Generator
    strength: int
    label: str | None
    used: set[str] = field(default_factory=set)

    @property
    def rows(self) -> int:
        """Number of rows now."""
        return self.frame.height

    def pick(self, *choices: Any) -> Any:
        """Return the choice for the strength; a pair of numbers is a range to draw from."""
        chosen = choices[self.strength]
        return float(self.chance.uniform(*chosen)) if isinstance(chosen, tuple) else chosen

    def fresh(self, stem: str) -> str:
        """Return a column name that is not in use, and mark it used."""
        name = stem
        while name in self.frame.columns:
            name = f"{stem}_{self.chance.integers(10, 999)}"
        self.used.add(name)
        return name

    def put(self, name: str, values: Any) -> None:
        """Set or add a column."""
        self.frame = self.frame.with_columns(pl.Series(name, values))

    def share(self, share: float, least: int = 3) -> Values:
        """Return distinct row numbers, a share of all."""
        count = min(self.rows, max(least, round(share * self.rows)))
        return self.chance.choice(self.rows, count, replace=False)

    def number(self, stem: str = "m") -> str:
        """Return a plain numeric column to alter: one of the table, or a new one where none is left."""
        free = [name for name in self.frame.columns if name not in self.used and name != self.label]
        free = [name for name in free if self.frame[name].dtype.is_float() and _plain(self.frame[name])]
        if free and self.chance.random() < 0.7:
            name = str(self.chance.choice(free))
            self.used.add(name)
            return name
        name = self.fresh(stem)
        self.put(name, self.draw())
        return name

    def draw(self) -> Values:
        """Draw a plain column: normal, gamma, mildly lognormal or uniform, two or three digits."""
        kind, n = int(self.chance.integers(4)), self.rows
        scale = 10 ** self.chance.uniform(0.7, 2.5)
        values = (
            self.chance.normal(8, 1.5, n),
            self.chance.gamma(4, 1, n),
            self.chance.lognormal(1, 0.5, n),
            self.chance.uniform(1, 9, n),
        )[kind]
        return np.round(values * scale, int(self.chance.integers(2, 4)))

    def groups(self, count: int, uneven: float = 5.0) -> Values:
        """Draw a group per row; small `uneven` makes sizes differ more."""
        return self.chance.choice(count, self.rows, p=self.chance.dirichlet(np.full(count, uneven)))

    def outcome(self) -> Values:
        """Return the label as 0 and 1 (1 for all but the commonest class)."""
        cells = self.frame[str(self.label)].cast(pl.String)
        common = cells.value_counts(sort=True)[cells.name][0]
        return (cells != common).fill_null(value=False).to_numpy().astype(np.int64)


Planter = Callable[[Ground], Planted | None]


def _plain(values: pl.Series) -> bool:
    held = values.drop_nulls()
    if held.len() < values.len() or held.n_unique() < LEAST_DISTINCT or held.is_nan().any():
        return False
    return int(held.value_counts(sort=True)["count"][0]) <= MOST_TIED * held.len()
