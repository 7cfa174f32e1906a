"""What an experiment's analysis and plan return: plain records."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from clientela.domain.estimate import Estimate
from clientela.domain.finding import Severity
from clientela.domain.goal import Goal
from clientela.domain.record import Record


class Trouble(StrEnum):
    """What makes an answer doubtful; a closed vocabulary."""

    SAMPLE_RATIO = "sample_ratio"
    COVARIATE_IMBALANCE = "covariate_imbalance"
    SEVERAL_VARIANTS = "several_variants"
    OUTCOME_BEFORE_EXPOSURE = "outcome_before_exposure"
    OUTCOME_WITHOUT_DECISION = "outcome_without_decision"
    NEGATIVE_TIME = "negative_time"
    NO_TIME = "no_time"
    MISSING_OUTCOME = "missing_outcome"
    MISSING_LOGS = "missing_logs"
    ROWS_SET_ASIDE = "rows_set_aside"
    CHANGED_EXPOSURE = "changed_exposure"
    NOVELTY = "novelty"
    DAY_OF_WEEK = "day_of_week"
    BOTS = "bots"
    LATE_OUTCOMES = "late_outcomes"
    PEEKING = "peeking"
    TOO_EARLY = "too_early"
    FEW_LARGE_VALUES = "few_large_values"
    OUTCOMES_CAPPED = "outcomes_capped"
    UNIT_IS_ROW = "unit_is_row"


@dataclass(frozen=True)
class Doubt(Record):
    """One thing that makes the answer doubtful, in the form of a finding of the audit.

    Attributes:
        code: What it is.
        severity: A blocker makes the answer void; a warning may turn it.
        columns: Columns concerned.
        title: One sentence a marketer understands, numbers included.
        evidence: Numbers by name, plain JSON values.
        advice: One sentence: what to do.
    """

    code: Trouble
    severity: Severity
    columns: tuple[str, ...]
    title: str
    evidence: Mapping[str, Any]
    advice: str


@dataclass(frozen=True)
class Arm(Record):
    """One variant as it was seen.

    Attributes:
        variant: Its name.
        units: Visitors (else rows) in it that count.
        value: Mean of the goal's measure, with its interval.
    """

    variant: str
    units: int
    value: Estimate


@dataclass(frozen=True)
class Effect(Record):
    """What one variant does to one measure, against the control.

    Attributes:
        measure: Name of the measure.
        variant: Variant judged.
        control: Variant it is held against.
        unit: Unit of the difference, such as "money per visitor".
        better: 1 where more is better, -1 where less is.
        difference: Variant less control, fixed horizon (right at one look, planned beforehand).
        lift: Relative change (0.05 is 5 %); NaN where the control's mean is not above 0.
        any_look: The difference with an interval that holds at every look.
        p_fixed: Two-sided p-value at one look.
        p_any_look: Two-sided p-value that holds at every look.
        p_adjusted: `p_any_look`, corrected for the variants or measures judged beside it.
        saved: Share of the variance that earlier data took off; 0 without.
        since: First day from which zero was excluded at every look, or "".
    """

    measure: str
    variant: str
    control: str
    unit: str
    better: int
    difference: Estimate
    lift: Estimate
    any_look: Estimate
    p_fixed: float
    p_any_look: float
    p_adjusted: float
    saved: float = 0.0
    since: str = ""

    @property
    def sure(self) -> bool:
        """Whether zero is excluded, at any look and with all that was judged beside it."""
        return self.p_adjusted <= 1 - self.any_look.level

    @property
    def good(self) -> bool:
        """Whether the difference points to where the business wants it."""
        return self.difference.value * self.better > 0


@dataclass(frozen=True)
class Differing(Record):
    """Whether the effect differs between the segments of one column.

    Attributes:
        column: The column.
        variant: Variant judged.
        p: p-value of "the same effect everywhere" (Cochran's Q), corrected for the columns looked at.
        spread: Standard deviation of the true effects between segments (DerSimonian and Laird), in the unit.
        segments: (value, difference as seen, difference drawn to the common one) of each.
    """

    column: str
    variant: str
    p: float
    spread: float
    segments: tuple[tuple[str, Estimate, Estimate], ...]


@dataclass(frozen=True)
class Analysis(Record):
    """What an experiment showed.

    Attributes:
        goal: What the business wants moved.
        answer: The answer in one sentence.
        advice: What to do: "roll out", "keep running", "stop" or "do not use", and why, in a sentence.
        doubts: What makes the answer doubtful, most serious first.
        arms: The variants, control first.
        effects: Effect of every variant on the goal, first the one that the answer is about.
        guards: Effects on the guard measures.
        differing: For whom it differs, per column asked for.
        monthly: First effect in money a month, where the goal is money and the time is known.
        days: Days covered; 0 where the time is unknown.
        first_day: First day, or "".
        last_day: Last day, or "".
        daily: (day, difference, low, high) of the first effect's running answer that holds at every look.
        planned: Visitors in all that were planned; 0 where none were named.
        unit: What a unit is: visitor, visit or row.
        notes: What was taken for granted, in sentences.
    """

    goal: Goal
    answer: str
    advice: str
    doubts: tuple[Doubt, ...]
    arms: tuple[Arm, ...]
    effects: tuple[Effect, ...]
    guards: tuple[Effect, ...]
    differing: tuple[Differing, ...]
    monthly: Estimate | None
    days: int
    first_day: str
    last_day: str
    daily: tuple[tuple[str, float, float, float], ...]
    planned: float
    unit: str
    notes: tuple[str, ...]


@dataclass(frozen=True)
class Size(Record):
    """How large an experiment must be for one effect.

    Attributes:
        effect: Relative change (0.03 is 3 %).
        visitors: Visitors in all arms together, for one planned look.
        any_look: Visitors in all, where every look may end it.
        days: Days that `visitors` take; NaN where the time is unknown.
    """

    effect: float
    visitors: int
    any_look: int
    days: float


@dataclass(frozen=True)
class Power(Record):
    """One point of a power curve.

    Attributes:
        effect: Relative change.
        power: Chance of seeing it with the planned visitors, at one planned look.
    """

    effect: float
    power: float


@dataclass(frozen=True)
class Plan(Record):
    """What an experiment needs.

    Attributes:
        goal: What the business wants moved.
        answer: The answer in one sentence.
        base: The measure without a change.
        deviation: Standard deviation of the measure of one visitor (of the linearised ratio for a ratio).
        holdout: Share of visitors in the control.
        effect: Relative change that is to be seen.
        power: Chance of seeing it.
        visitors: Visitors in all, for one planned look.
        days: Days that takes; NaN where the time is unknown.
        sizes: The same for other effects.
        curve: Power for other effects with `visitors`.
        notes: What was taken for granted.
        ways: Power with `visitors` by the way in which the whole effect may come about; empty where that hardly counts.
    """

    goal: Goal
    answer: str
    base: float
    deviation: float
    holdout: float
    effect: float
    power: float
    visitors: int
    days: float
    sizes: tuple[Size, ...]
    curve: tuple[Power, ...]
    notes: tuple[str, ...]
    ways: tuple[tuple[str, float], ...] = ()
