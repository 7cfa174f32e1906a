"""Options of the models stage."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class ModelOptions:
    """Options of the models stage.

    Attributes:
        seed: Seed of every random step.
        folds: Folds of the cross-validation.
        sample_rows: Most rows learned from; larger tables are sampled by visitor.
        resamples: Bootstrap resamples behind an interval.
        threads: Threads of a fit; 0 takes all cores.
        value: What acting on one row above the first class brings, in money; None takes the revenue of each row.
        cost: What acting on one row costs, in money; None leaves profit out.
    """

    seed: int = 0
    folds: int = 5
    sample_rows: int = 100_000
    resamples: int = 500
    threads: int = 0
    value: float | None = None
    cost: float | None = None
