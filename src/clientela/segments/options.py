"""Options of the segments stage."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class SegmentOptions:
    """Options of the segments stage.

    Attributes:
        seed: Seed of every random step.
        most: Most segments.
        least_share: Smallest share of visits a segment may have.
        least_rows: Smallest number of visits a segment may have.
        resamples: Bootstrap resamples behind an interval.
    """

    seed: int = 0
    most: int = 6
    least_share: float = 0.03
    least_rows: int = 50
    resamples: int = 300
