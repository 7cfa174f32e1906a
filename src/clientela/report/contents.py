"""What a report is made of."""

from __future__ import annotations

from dataclasses import dataclass

from clientela.audit.result import AuditResult
from clientela.domain.goal import Goal
from clientela.domain.reading import Reading
from clientela.domain.record import Record
from clientela.language import Language
from clientela.models.raising.result import RaisedResult
from clientela.models.result import ModelResult
from clientela.report.brand import USUAL, Brand
from clientela.segments.result import SegmentResult


@dataclass(frozen=True, repr=False)
class Contents(Record):
    """The results a report is made of; what is None was not reached.

    Attributes:
        title: Title of the report.
        created: Date as text; the only part that differs between runs.
        version: Version of clientela.
        reading: How the table was read.
        audit: Result of the audit.
        model: Result of the models stage, or None.
        segments: Result of the segments stage, or None.
        goal: What the business wants moved.
        command: The command that makes the report again, paths shortened to file names.
        notes: What the run took upon itself or could not do, in sentences.
        raised: What raising the numbers of small classes brought, or None where it was not tried.
        language: Language of report, deck and card.
        brand: Colours and logo of the house.
    """

    title: str
    created: str
    version: str
    reading: Reading
    audit: AuditResult
    model: ModelResult | None = None
    segments: SegmentResult | None = None
    goal: Goal = Goal.REVENUE_PER_VISIT
    command: str = ""
    notes: tuple[str, ...] = ()
    raised: RaisedResult | None = None
    language: Language = Language.ENGLISH
    brand: Brand = USUAL
