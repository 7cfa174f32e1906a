"""What the models stage returns."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum

from clientela.domain.column import Available
from clientela.domain.estimate import Estimate
from clientela.domain.record import Record
from clientela.models.evidence import Evidence
from clientela.models.lifetime.result import LifetimeResult


class TargetKind(StrEnum):
    """The kind of question asked of the model."""

    ORDERED = "ordered groups"
    BINARY = "yes or no"
    CLASSES = "classes"


@dataclass(frozen=True)
class Target(Record):
    """What is predicted.

    Attributes:
        kind: The kind of question.
        label: Column it is read from.
        classes: Classes as text, lowest first where ordered; for a yes-or-no question
            (no, yes).
        derived: How the classes were made from a revenue column, in one sentence; "" where
            they were read from the label column as they are.
        edges: Lower bounds in money of the derived classes (one per class, the lowest
            first); empty where not derived.
        revenue: Column with revenue in money used for expected revenue, or None.
        members: Label values of each class, as text, where classes were read as they are;
            a class has several where small ones were put together.
    """

    kind: TargetKind
    label: str
    classes: tuple[str, ...]
    derived: str = ""
    edges: tuple[float, ...] = ()
    revenue: str | None = None
    members: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True)
class Metric(Record):
    """One measure of one model on one split.

    Attributes:
        name: "auc", "average_precision", "log_loss", "brier", "calibration_error",
            "accuracy", "balanced_accuracy", "quadratic_kappa", "ranked_probability_score",
            "revenue_mae", ...
        model: "lightgbm", "logistic", "blend" (of both), "base rate" or "best column".
        split: Name of the split it was measured on.
        estimate: Value with interval.
        higher_is_better: Direction.
    """

    name: str
    model: str
    split: str
    estimate: Estimate
    higher_is_better: bool


@dataclass(frozen=True)
class Split(Record):
    """How rows were parted for measuring.

    Attributes:
        name: "folds", "folds by visitor", "forward in time".
        train_rows: Rows trained on (mean over folds).
        test_rows: Rows tested on in all.
        detail: One sentence.
    """

    name: str
    train_rows: int
    test_rows: int
    detail: str


@dataclass(frozen=True)
class RevenueGroup(Record):
    """One class of the label: what it is and how well it is told.

    Attributes:
        name: Class as text.
        rows: Rows of the class.
        share: Share of rows.
        low: Smallest revenue in it, in money; None without a revenue column.
        high: Largest revenue in it, in money; None without a revenue column.
        mean_revenue: Mean revenue, in money; None without a revenue column.
        revenue_share: Share of all revenue; None without a revenue column.
        precision: Share of rows predicted as this class that are of it, out of sample.
        recall: Share of rows of this class that are predicted as it, out of sample.
        confused_with: The class it is most often taken for, or None.
    """

    name: str
    rows: int
    share: Estimate
    low: float | None
    high: float | None
    mean_revenue: Estimate | None
    revenue_share: float | None
    precision: Estimate
    recall: Estimate
    confused_with: str | None


@dataclass(frozen=True)
class Importance(Record):
    """What a column contributes.

    Attributes:
        column: Column name.
        share: Share of the model's total contribution (mean absolute tree contribution,
            out of sample), 0 to 1.
        direction: "higher means more", "higher means less", "mixed", or for categories
            the value with the highest expectation.
    """

    column: str
    share: float
    direction: str


@dataclass(frozen=True)
class CalibrationPoint(Record):
    """Predicted against observed share of one bin of predictions, out of sample."""

    predicted: float
    observed: Estimate
    rows: int


@dataclass(frozen=True)
class GainPoint(Record):
    """Share of buyers (and revenue) reached in the best `share` of rows by score."""

    share: float
    reached: Estimate
    revenue: float | None


@dataclass(frozen=True)
class LeftOut(Record):
    """A column that the model does not use, and why."""

    column: str
    reason: str


@dataclass(frozen=True)
class Variation(Record):
    """The same model on another choice of columns, side by side.

    Attributes:
        name: "collected columns only", "without suspected leaks", "all columns", ...
        columns: How many columns.
        metric: The headline measure on the same split.
    """

    name: str
    columns: int
    metric: Metric


@dataclass(frozen=True)
class Promise(Record):
    """What the headline measure will be in a period to come, from what it was in periods that have passed.

    Attributes:
        name: Name of the measure.
        periods: The measure in each period that has passed, by a model of what came before it; in order of time.
        before: What the periods before the last one promised of it; None with fewer than two.
        after: What all periods promise of the next one; None with fewer than two.
        kept: Whether the last period came as promised; None where nothing was promised.
    """

    name: str
    periods: tuple[float, ...]
    before: Estimate | None
    after: Estimate | None
    kept: bool | None


@dataclass(frozen=True)
class Worth(Record):
    """What a joined block or a column brings to the model, next to what it costs to have.

    Gains are of the yes-or-no question "anything above the first class", out of sample, by models fitted
    quicker than the one that is used; above 0 it helps.

    Attributes:
        name: Name of the block, or of the column.
        block: Whether it is a joined block; else a single column.
        columns: Its columns that the model uses.
        kept: Gain of AUC of all columns over all but these: what is lost when they go.
        kept_loss: Log loss saved by the same step.
        added: Gain of AUC of the base and these over the base alone: what they bring when nothing else comes; None
            for single columns.
        added_loss: Log loss saved by the same step; None for single columns.
        base: What they are added to: "collected columns" or "nothing".
        available: When all of it is known.
        coverage: Share of rows where the join found something; NaN where not known.
        fan_out: Rows after the join per row before it; NaN where not known.
        personal: Whether it says something of single people; None where not known.
    """

    name: str
    block: bool
    columns: tuple[str, ...]
    kept: Estimate
    kept_loss: Estimate
    added: Estimate | None
    added_loss: Estimate | None
    base: str
    available: Available = Available.UNKNOWN
    coverage: float = math.nan
    fan_out: float = math.nan
    personal: bool | None = None


@dataclass(frozen=True)
class CurvePoint(Record):
    """Quality of a model that has learned from so many rows."""

    rows: int
    estimate: Estimate


@dataclass(frozen=True)
class Window(Record):
    """Quality on the newest rows of a model that has learned from the newest part of the time before them.

    Attributes:
        share: Share of the time before that was learned from, the newest part of it.
        rows: Rows learned from.
        estimate: AUC on the newest rows.
    """

    share: float
    rows: int
    estimate: Estimate


@dataclass(frozen=True)
class Need(Record):
    """Rows that a class needs for what is said of it to be known to five points either way.

    Attributes:
        name: Class as text.
        rows: Its rows now.
        precision: Its rows needed for precision, at most five points either way; None where not known.
        recall: Its rows needed for recall; None where not known.
    """

    name: str
    rows: int
    precision: int | None
    recall: int | None


@dataclass(frozen=True)
class Curve(Record):
    """Quality against rows learned from: AUC = top - scale x rows ** -power.

    Attributes:
        points: What was measured, fewest rows first.
        top: Where the fitted curve ends with rows without end.
        scale: What is lacking of it at one row.
        power: How fast the lack shrinks.
        forecasts: What the curve says of more rows than there are.
        doubling: Gain of AUC from twice the rows.
        small: A gain from doubling below this does not pay.
        enough: Rows from which doubling brings less than `small`, as likely more as fewer.
        needs: One per class.
        windows: By how far back in time is learned, shortest first; empty where there is no time.
        answer: What it means, in words.
        enough_low: Fewest rows that may be enough.
        enough_high: Most rows that may be needed; no curve is followed beyond 100 times the rows. 0, as `enough_low`,
            in records of before it was known.
    """

    points: tuple[CurvePoint, ...]
    top: float
    scale: float
    power: float
    forecasts: tuple[CurvePoint, ...]
    doubling: Estimate
    small: float
    enough: int
    needs: tuple[Need, ...]
    windows: tuple[Window, ...]
    answer: str
    enough_low: int = 0
    enough_high: int = 0

    @property
    def pays(self) -> bool | None:
        """Whether twice the rows surely bring at least the small gain (True), surely less (False), or neither."""
        return (self.doubling.low >= self.small) or (None if self.doubling.high > self.small else False)


@dataclass(frozen=True)
class Larger(Record):
    """One run on more rows than the sample of a huge table, both held against rows that neither has learned from.

    Attributes:
        sample: Rows of the sample.
        rows: Rows of the larger run, those of the sample among them.
        tested: Rows tested on, of visitors that neither knows.
        auc: Area under the curve of the model of the sample, for anything above the first class.
        gain: That of the larger run less that of the sample, on the same resamples.
        saved: Mean log loss of the sample's model less that of the larger run.
    """

    sample: int
    rows: int
    tested: int
    auc: Estimate
    gain: Estimate
    saved: Estimate


@dataclass(frozen=True, repr=False)
class ModelResult(Record):
    """Everything the models stage found.

    Attributes:
        target: What is predicted.
        rows: Rows learned from (a sample for huge tables).
        table_rows: Rows of the table.
        units: Independent units behind the rows: visitors where known, else rows.
        features: Columns used.
        left_out: Columns not used, with reasons.
        chosen: Name of the model chosen, on validation rows only.
        splits: How rows were parted.
        metrics: All measures; the first one is the headline.
        groups: One per class, in class order.
        confusion: Counts by (true class, predicted class), out of sample, class order.
        calibration: For the probability of the positive class (of anything above the
            lowest class where ordered).
        importance: Strongest first.
        gain: Targeting curve of the same score, out of sample.
        variations: The headline measure for other choices of columns.
        notes: Sentences about limits (small classes, sampling, splits that were not possible).
        seed: Seed of every random step.
        promise: What the headline measure will be in the next period; None where there is no time.
        worth: What each joined block brings, then each of the strongest columns; most that is lost without first.
        curve: Quality against rows; None where there are too few rows for it.
        evidence: Curves, money, splits, months, groups, weak places and coverage; None for a comparison.
        lifetime: What customers will buy and spend; None where visitor, time or revenue is missing, or too few come
            back.
        larger: One larger run, where the rows are a sample of a table that has many more; None elsewhere.
    """

    target: Target
    rows: int
    table_rows: int
    units: int
    features: tuple[str, ...]
    left_out: tuple[LeftOut, ...]
    chosen: str
    splits: tuple[Split, ...]
    metrics: tuple[Metric, ...]
    groups: tuple[RevenueGroup, ...]
    confusion: tuple[tuple[int, ...], ...]
    calibration: tuple[CalibrationPoint, ...]
    importance: tuple[Importance, ...]
    gain: tuple[GainPoint, ...]
    variations: tuple[Variation, ...]
    notes: tuple[str, ...]
    seed: int
    promise: Promise | None = None
    worth: tuple[Worth, ...] = ()
    curve: Curve | None = None
    evidence: Evidence | None = None
    lifetime: LifetimeResult | None = None
    larger: Larger | None = None

    def __repr__(self) -> str:
        head = self.metrics[0]
        return (
            f"Model of {self.target.label!r} ({self.target.kind}, {len(self.target.classes)} classes) on "
            f"{self.rows:,} rows: {head.name} {head.estimate!r} ({head.model}, {head.split})"
        )

    @property
    def coming(self) -> tuple[str, ...]:
        """What to expect of rows to come, in a line each: measured forward in time, promised; empty without time."""
        head, lines = self.metrics[0], []
        later = None if len(self.splits) < 2 else self.metric(head.name, split=self.splits[-1].name)
        if later is not None:
            rows = self.splits[-1].test_rows
            lines.append(f"Forward in time (tested on the newest {rows:,} rows): {later.name} {later.estimate!r}")
        if self.promise is not None and self.promise.after is not None:
            lines.append(f"Promised of the next period: {self.promise.name} {self.promise.after!r}")
        return tuple(lines)

    def metric(self, name: str, model: str | None = None, split: str | None = None) -> Metric | None:
        """Return the first measure with this name (of the chosen model where None), or None."""
        model = model or self.chosen
        for metric in self.metrics:
            if metric.name == name and metric.model == model and split in (None, metric.split):
                return metric
        return None
