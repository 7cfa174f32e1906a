"""What is known about who responds."""

from __future__ import annotations

from dataclasses import dataclass

from clientela.domain.estimate import Estimate
from clientela.domain.record import Record
from clientela.statistics.uplift import Group


@dataclass(frozen=True)
class UpliftResult(Record):
    """Whether visitors differ in how they respond, and what knowing so is worth.

    All numbers are of visitors that the score has not learned from.

    Attributes:
        learner: Learner and base, such as "T line".
        rows: Rows of the trial.
        treated: Rows that were treated.
        effect: What treating adds on average, in units of the reward.
        qini: Qini coefficient, convention of `statistics.uplift.qini`.
        area: Area under the uplift curve beyond chance, in units of the reward per visitor.
        slope: How much effects differ per unit of difference foreseen; 1 is calibrated, 0 knows nothing.
        groups: Foreseen beside observed, by rising score.
        share: Share of visitors that the score would treat.
        over_all: What treating those earns more than treating everybody, per visitor.
        over_none: The same against treating nobody.
        usable: Whether ranking visitors by the score gains over chance.
        verdict: That in one sentence.
        left_out: Rows of the table with another variant, or none.
    """

    learner: str
    rows: int
    treated: int
    effect: Estimate
    qini: Estimate
    area: Estimate
    slope: Estimate
    groups: tuple[Group, ...]
    share: float
    over_all: Estimate
    over_none: Estimate
    usable: bool
    verdict: str
    left_out: int = 0
