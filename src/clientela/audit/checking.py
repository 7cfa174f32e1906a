"""What a check is: context in, findings and what was tested out, or a polite refusal."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from clientela.audit.averaging import Average
from clientela.audit.facts import ColumnFacts, Facts
from clientela.audit.measuring import Matrix, Outcome, Signal
from clientela.audit.people.identities import Personal
from clientela.audit.row_keys import RowKey
from clientela.domain.column import Role
from clientela.domain.finding import Finding, Tested
from clientela.domain.roles import Roles


class RefusalError(Exception):
    """A check does not apply to this table; not an error, and never shown as one."""


@dataclass(frozen=True)
class Block:
    """Columns that one key determines.

    Attributes:
        key: What determines them, in words.
        key_columns: The columns that key is made of.
        columns: Columns determined, in table order.
        agreement: Weakest agreement beyond chance among them, 0 to 1.
        coverage: Share of rows where any of the columns has a cell.
        keys: Keys met twice or more in the sample.
        key_coverage: Share of keys where any of the columns has cells; NaN where the key is not in the extract.
        same_key: Columns that hold the key once more, stored otherwise.
        fan_out: Rows after the join per row before it.
        multiplied: Share of rows that stand beside a copy made by the join.
        versions: How often a key stood in the joined table, with the number of such keys; empty where once each.
    """

    key: str
    key_columns: tuple[str, ...]
    columns: tuple[str, ...]
    agreement: float
    coverage: float
    keys: int
    key_coverage: float = float("nan")
    same_key: tuple[str, ...] = ()
    fan_out: float = 1.0
    multiplied: float = 0.0
    versions: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True)
class Context:
    """What checks share.

    Attributes:
        facts: What the table seam said.
        roles: Proposed or confirmed roles.
        matrix: Association of all pairs on the sample.
        outcome: The label on the sample, or None.
        signals: What each column alone knows about the label; empty without a label.
        codes: Number that stands for missing and its rows, by column.
        blocks: Columns determined by a repeated key.
        averages: Columns that are averages of the label.
        personal: Columns that hold data about single people.
        row_key: Columns that identify rows together, where no single one does.
    """

    facts: Facts
    roles: Roles
    matrix: Matrix
    outcome: Outcome | None
    signals: Mapping[str, Signal]
    codes: Mapping[str, tuple[float, int]] = field(default_factory=dict)
    blocks: tuple[Block, ...] = ()
    averages: Mapping[str, Average] = field(default_factory=dict)
    personal: Mapping[str, Personal] = field(default_factory=dict)
    row_key: RowKey | None = None

    def of(self, *roles: Role) -> tuple[ColumnFacts, ...]:
        """Return the facts of the columns with one of these roles, in table order."""
        return tuple(self.facts.columns[c.name] for c in self.roles.columns if c.role in roles)

    def finite(self, name: str) -> NDArray[np.float64]:
        """Return the sampled finite numbers of a column, without the one that stands for missing."""
        values = self.facts.arrays.finite(name)
        return values[values != self.codes[name][0]] if name in self.codes else values

    @property
    def time(self) -> str | None:
        """The time of the row where it holds dates or timestamps; months in words and running numbers do not."""
        name = self.roles.time
        dated = name is not None and self.facts.columns[name].storage.temporal and name in self.facts.arrays.numbers
        return name if dated else None

    @property
    def measured(self) -> tuple[ColumnFacts, ...]:
        """Numeric columns that measure something: no identifiers, no ignored ones."""
        left = {*self.roles.named(Role.IDENTIFIER), *self.roles.named(Role.IGNORED)}
        return tuple(column for column in self.facts.numeric if column.name not in left)


@dataclass(frozen=True)
class Checked:
    """What one check says."""

    findings: tuple[Finding, ...] = ()
    tested: tuple[Tested, ...] = field(default=())


Check = Callable[[Context], Checked]


def conclude(code: str, findings: Sequence[Finding | None], columns: int, how: str) -> Checked:
    """Return the findings, or that it was tested and not found.

    Args:
        code: Finding code.
        findings: What was found; None entries are left out.
        columns: How many columns were tested; none is a refusal.
        how: What was tested, one phrase.

    Raises:
        RefusalError: There was nothing to test.
    """
    said = tuple(finding for finding in findings if finding is not None)
    if said:
        return Checked(said)
    if columns == 0:
        raise RefusalError(f"{code}: nothing to test")
    return Checked((), (Tested(code, columns, how),))
