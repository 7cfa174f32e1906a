"""What one check of a batch found."""

from __future__ import annotations

from dataclasses import dataclass

from clientela.domain.estimate import Estimate
from clientela.domain.incident import Incident, Shift
from clientela.domain.record import Record


@dataclass(frozen=True)
class Measured(Record):
    """One metric of the batch beside its baseline.

    Attributes:
        name: What is measured, such as "auc" or "revenue per visit".
        half: "prediction" (how well the label is told) or "business" (what the goal asks for).
        value: The batch's value with its interval.
        baseline: The baseline's value with its interval.
        low: Lower control limit for a batch of this size, in the metric's unit.
        high: Upper control limit, same unit.
        how: How it was known: "labels", "estimated before labels", or why it abstains.
    """

    name: str
    half: str
    value: Estimate
    baseline: Estimate
    low: float
    high: float
    how: str


@dataclass(frozen=True)
class CheckResult(Record):
    """One batch held against its baseline.

    Attributes:
        batch: Name of the batch: the file's name, without its folder.
        fingerprint: Hash of the batch's content; the same batch checked twice is one check.
        checked: When it was checked, UTC, ISO 8601.
        rows: Rows of the batch.
        first: Time of its first row, ISO 8601, or "" where rows carry no time.
        last: Time of its last row, likewise.
        incidents: Breaks, gravest first and new items last; one cause is one incident.
        shifts: Real changes that are no breaks.
        metrics: Both halves of quality: of the model and of the business.
        notes: What could not be tested, and why; one sentence each.
        baseline: Hash of the reference it was held against, or "" where that is not known.
    """

    batch: str
    fingerprint: str
    checked: str
    rows: int
    first: str
    last: str
    incidents: tuple[Incident, ...]
    shifts: tuple[Shift, ...]
    metrics: tuple[Measured, ...] = ()
    notes: tuple[str, ...] = ()
    baseline: str = ""
