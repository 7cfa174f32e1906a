"""What an analysis and a plan are asked."""

from __future__ import annotations

from dataclasses import dataclass

from clientela.domain.goal import Goal


@dataclass(frozen=True)
class ExperimentOptions:
    """How an experiment is analysed; what is None is found in the table.

    Attributes:
        goal: What the business wants moved.
        variant: Column of the variant shown.
        visitor: Column of the visitor; rows are units where there is none.
        time: Column of when the visitor was decided on.
        outcome: Column of what came of it.
        event: Column that tells whether a duration ended in the event.
        control: Name of the variant that the others are held against.
        holdout: Share of visitors that the control was to get; equal shares where None.
        covariates: Columns known before exposure that sharpen the answer.
        guards: Columns or goals that should not get worse.
        by: Columns of segments for which the effect may differ.
        planned: Visitors in all that were planned.
        cap: Revenue beyond this is counted as this, fixed beforehand.
        window: Days after exposure within which an outcome counts.
        level: Confidence level.
    """

    goal: Goal = Goal.REVENUE_PER_VISIT
    variant: str | None = None
    visitor: str | None = None
    time: str | None = None
    outcome: str | None = None
    event: str | None = None
    control: str | None = None
    holdout: float | None = None
    covariates: tuple[str, ...] = ()
    guards: tuple[str, ...] = ()
    by: tuple[str, ...] = ()
    planned: int | None = None
    cap: float | None = None
    window: float | None = None
    level: float = 0.95
