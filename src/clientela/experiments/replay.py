"""What a replay of a policy says."""

from __future__ import annotations

from dataclasses import dataclass

from clientela.domain.estimate import Estimate
from clientela.domain.record import Record


@dataclass(frozen=True)
class Columns(Record):
    """Columns of the table of decisions.

    Attributes:
        variant: What was shown.
        propensity: With which probability it was chosen.
        reward: What came of it, a number.
        visitor: Visitor behind the decision; None where every decision stands alone.
    """

    variant: str = "variant"
    propensity: str = "propensity"
    reward: str = "reward"
    visitor: str | None = None


@dataclass(frozen=True)
class Replay(Record):
    """What another policy would have earned per decision.

    Attributes:
        policy: Name of the policy.
        decisions: Decisions of the log.
        logged: Reward per decision under the policy that made the log.
        value: Reward per decision under the policy: the answer (doubly robust).
        gain: Reward per decision of the policy beyond that of the log.
        estimates: Every estimator by its name; they should agree.
        effective: Units of equal weight that would tell as much.
        heaviest: Share of all weight that the heaviest unit has.
        weight: Mean weight; 1 where the propensities are true and the policy shows what the log showed.
        unsupported: Share of the policy's choices that the log never shows in their place.
        reward: Reward column.
        unit: What counts once: "decision" or "visitor".
        doubts: What makes the answer doubtful, in sentences.
    """

    policy: str
    decisions: int
    logged: Estimate
    value: Estimate
    gain: Estimate
    estimates: dict[str, Estimate]
    effective: float
    heaviest: float
    weight: float
    unsupported: float
    reward: str
    unit: str
    doubts: tuple[str, ...]
