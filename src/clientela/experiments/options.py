"""What an analysis and a plan are asked."""

from __future__ import annotations

import math
from dataclasses import dataclass

from clientela.domain.errors import InputError
from clientela.domain.goal import Goal

FEWEST = 4
"""Fewest visitors that can be planned: two in each of two arms."""


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

    Raises:
        InputError: A value is out of its range, or is not for the goal.
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

    def __post_init__(self) -> None:
        if self.holdout is not None and not 0 < self.holdout < 1:
            raise InputError(f"A holdout of {100 * self.holdout:g} % is asked for: it must lie between 0 % and 100 %.")
        if not 0 < self.level < 1:
            raise InputError(f"A level of {self.level:g} is asked for: it must lie between 0 and 1, such as 0.95.")
        if self.planned is not None and self.planned < FEWEST:
            raise InputError(f"{self.planned} planned visitors are too few: name {FEWEST} or more.")
        for name, value in (("cap", self.cap), ("window", self.window)):
            if value is not None and not (value > 0 and math.isfinite(value)):
                raise InputError(f"A {name} of {value:g} is asked for: it must be a number above 0.")
        if self.cap is not None and self.goal not in (Goal.REVENUE_PER_VISIT, Goal.BASKET_SIZE):
            raise InputError(f"A cap is for money, not for the goal {self.goal}: leave --cap out.")
        if self.event is not None and self.goal is not Goal.TIME_TO_CHECKOUT:
            raise InputError(f"An event ends a time to checkout, not the goal {self.goal}: leave --event out.")
