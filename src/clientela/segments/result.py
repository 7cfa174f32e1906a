"""What the segments stage returns."""

from __future__ import annotations

from dataclasses import dataclass

from clientela.domain.estimate import Estimate
from clientela.domain.record import Record


@dataclass(frozen=True)
class Condition(Record):
    """One part of a rule; a rule is all of its conditions together.

    Attributes:
        column: Column name.
        operator: "<=", ">", "in", "not in" or "missing", "present".
        value: The bound for "<=" and ">" (a row without a value does not fulfil it unless `missing_too`).
        values: The values for "in" and "not in", as text.
        missing_too: Whether rows without a value fulfil the condition too.
    """

    column: str
    operator: str
    value: float | None = None
    values: tuple[str, ...] = ()
    missing_too: bool = False


@dataclass(frozen=True)
class Mark(Record):
    """What marks a segment off from the others.

    Attributes:
        column: Column name.
        phrase: In words, such as "mostly mobile (81 % against 40 %)".
        effect: Standardised difference (Cohen's d, or h for shares).
    """

    column: str
    phrase: str
    effect: float


@dataclass(frozen=True)
class Segment(Record):
    """A named, described group of visits with a rule a person can read.

    Attributes:
        name: Short name, unique in the result.
        rule: The rule in words.
        conditions: The same rule as data; empty for "all other visits".
        rows: Visits in it.
        share: Share of visits.
        rate: Share of its visits above the lowest class (that buy).
        revenue_share: Share of all revenue, or None without a revenue column.
        mean_revenue: Mean revenue per visit in money, or None.
        marks: What marks it off, strongest first.
        action: What the website or a campaign should do.
    """

    name: str
    rule: str
    conditions: tuple[Condition, ...]
    rows: int
    share: Estimate
    rate: Estimate
    revenue_share: Estimate | None
    mean_revenue: Estimate | None
    marks: tuple[Mark, ...]
    action: str


@dataclass(frozen=True, repr=False)
class SegmentResult(Record):
    """All segments; every row is in exactly one.

    Attributes:
        segments: Most valuable first. A row belongs to the first whose conditions it fulfils;
            together they cover every row.
        method: How they were found, in one sentence.
        separation: Share of the variance of the outcome between segments, out of sample.
        rows: Rows they were found on.
        notes: Limits, and what was not possible.
        seed: Seed of every random step.
    """

    segments: tuple[Segment, ...]
    method: str
    separation: Estimate | None
    rows: int
    notes: tuple[str, ...]
    seed: int

    def __repr__(self) -> str:
        lines = [f"{len(self.segments)} segments of {self.rows} rows"]
        lines += [f"  {s.name}: {s.share.value:.1%} of visits, rate {s.rate!r}; {s.rule}" for s in self.segments]
        return "\n".join(lines)
