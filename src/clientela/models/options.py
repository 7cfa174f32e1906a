"""Options of the models stage."""

from __future__ import annotations

from dataclasses import dataclass

from clientela.domain.goal import Goal

MANY_ROWS, MANY_FOLDS = 20_000, 3
"""From so many rows on three folds leave enough to learn from, and the time goes into better models."""


@dataclass(frozen=True)
class ModelOptions:
    """Options of the models stage.

    Attributes:
        seed: Seed of every random step.
        folds: Folds of the cross-validation; from 20,000 rows on three at most.
        sample_rows: Most rows learned from; larger tables are sampled by visitor.
        resamples: Bootstrap resamples behind an interval.
        threads: Threads of a fit; 0 takes all cores.
        value: What acting on one row above the first class brings, in money; None takes the revenue of each row.
        cost: What acting on one row costs, in money; None leaves profit out.
        goal: What the business wants moved; a later release that is worse at it is not put to use.
    """

    seed: int = 0
    folds: int = 5
    sample_rows: int = 100_000
    resamples: int = 500
    threads: int = 0
    value: float | None = None
    cost: float | None = None
    goal: Goal = Goal.REVENUE_PER_VISIT

    def folds_of(self, rows: int) -> int:
        """Return the folds for so many rows.

        >>> ModelOptions().folds_of(5_000), ModelOptions().folds_of(50_000)
        (5, 3)
        """
        return self.folds if rows < MANY_ROWS else min(self.folds, MANY_FOLDS)
