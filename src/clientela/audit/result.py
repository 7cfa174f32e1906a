"""What the audit returns."""

from __future__ import annotations

from dataclasses import dataclass

from clientela.audit.wording import plural
from clientela.domain.column import Column
from clientela.domain.estimate import Estimate
from clientela.domain.finding import Finding, Tested
from clientela.domain.record import Record
from clientela.domain.roles import Roles


@dataclass(frozen=True)
class Numbers(Record):
    """Distribution of a numeric column over its finite values, in the column's unit.

    `quantiles` holds (probability, value) pairs at 0, .01, .05, .25, .5, .75, .95, .99, 1.
    """

    mean: float
    deviation: float
    quantiles: tuple[tuple[float, float], ...]
    zeros: int
    negatives: int
    nans: int
    infinite: int


@dataclass(frozen=True)
class Bin(Record):
    """One bar of a histogram: values in [low, high), the last one [low, high]."""

    low: float
    high: float
    count: int


@dataclass(frozen=True)
class Profile(Record):
    """One column: what it is and what is in it.

    Attributes:
        column: Name, storage, proposed role and origin.
        letter: Column letter in the sheet.
        rows: Rows of the table.
        nulls: Rows without a value.
        distinct: Distinct values.
        numbers: Distribution, for numeric columns.
        bins: Histogram, for numeric and temporal columns (temporal: seconds since 1970).
        top: Most frequent values with their counts.
        first: Smallest value as text, for dates and text.
        last: Largest value as text, for dates and text.
        signal: Single-column score against the label, out of sample (AUC for a binary
            question, mean over one-against-rest otherwise); None without a label.
    """

    column: Column
    letter: str
    rows: int
    nulls: int
    distinct: int
    numbers: Numbers | None = None
    bins: tuple[Bin, ...] = ()
    top: tuple[tuple[str, int], ...] = ()
    first: str | None = None
    last: str | None = None
    signal: Estimate | None = None


@dataclass(frozen=True)
class Relation(Record):
    """Strength of the relation of two columns.

    Attributes:
        first: Column name.
        second: Column name.
        kind: "numeric", "categorical" or "mixed".
        measure: Name of the measure, such as "Spearman".
        strength: On one scale for all kinds, 0 (none) to 1, corrected for size.
        sign: 1 or -1 for numeric pairs, else 0.
        rows: Rows behind it.
    """

    first: str
    second: str
    kind: str
    measure: str
    strength: float
    sign: int
    rows: int


@dataclass(frozen=True)
class TableFacts(Record):
    """The table in numbers.

    Attributes:
        rows: Rows.
        columns: Columns.
        cells: Cells.
        missing_cells: Cells without a value.
        duplicate_rows: Rows equal to an earlier one.
        grain: What one row is: "visit", "visitor", "order line", "day", ... or "row".
        key: Column that is unique per row, or None.
        start: Earliest time as text, or None.
        end: Latest time as text, or None.
        visitors: Distinct visitors, or None where no visitor column is known.
        sampled: Rows used where the audit worked on a sample; equal to rows otherwise.
    """

    rows: int
    columns: int
    cells: int
    missing_cells: int
    duplicate_rows: int
    grain: str
    key: str | None
    start: str | None
    end: str | None
    visitors: int | None
    sampled: int


@dataclass(frozen=True, repr=False)
class AuditResult(Record):
    """Everything the audit found.

    Attributes:
        table: The table in numbers.
        roles: Columns with their proposed or confirmed roles.
        columns: One profile per column, in table order.
        findings: Ranked by consequence, most important first.
        tested: What was looked for and not found.
        relations: Strongest relations first, at most `AuditOptions.relations`.
        balance: Class of the label with its rows, lowest class first where ordered.
        seed: Seed of every random step.
    """

    table: TableFacts
    roles: Roles
    columns: tuple[Profile, ...]
    findings: tuple[Finding, ...]
    tested: tuple[Tested, ...]
    relations: tuple[Relation, ...]
    balance: tuple[tuple[str, int], ...]
    seed: int

    def __repr__(self) -> str:
        counts = ((self.table.rows, "row"), (self.table.columns, "column"), (len(self.findings), "finding"))
        rows, columns, found = (plural(count, noun) for count, noun in counts)
        lines = [f"Audit of {rows} x {columns}, {found}"]
        lines += [f"  {finding.severity}: {finding.title}" for finding in self.findings[:10]]
        return "\n".join(lines)

    def profile(self, name: str) -> Profile:
        """Return the profile of the column called `name`.

        Raises:
            KeyError: No column has that name.
        """
        for profile in self.columns:
            if profile.column.name == name:
                return profile
        raise KeyError(name)
