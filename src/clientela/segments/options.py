"""Options of the segments stage."""

from __future__ import annotations

from dataclasses import dataclass

from clientela.domain.goal import Goal


@dataclass(frozen=True)
class SegmentOptions:
    """Options of the segments stage.

    Attributes:
        seed: Seed of every random step.
        most: Most segments.
        least_share: Smallest share of visits a segment may have.
        least_rows: Smallest number of visits, and of visitors, a segment may have.
        resamples: Bootstrap resamples behind an interval.
        goal: What the business wants moved; the advice follows it.
        avoid: Columns that no rule or description may name, such as suspected leaks.
        joined: Columns that one join brought, per join, with its key: links among them say nothing of visitors.
        cost: What one contact costs, in money, above 0; None leaves targeting out.
        value: What a visit above the lowest class brings, in money; None takes the revenue of each visit.
        budget: Money for contacts, for as many visits as the table has; None sets no bound.
    """

    seed: int = 0
    most: int = 6
    least_share: float = 0.03
    least_rows: int = 50
    resamples: int = 300
    goal: Goal = Goal.REVENUE_PER_VISIT
    avoid: tuple[str, ...] = ()
    joined: tuple[tuple[str, ...], ...] = ()
    cost: float | None = None
    value: float | None = None
    budget: float | None = None
