"""What stands behind a model after fitting: curves, money, splits, months, groups, weak places, coverage."""

from __future__ import annotations

from dataclasses import dataclass

from clientela.domain.estimate import Estimate
from clientela.domain.record import Record


@dataclass(frozen=True)
class RocPoint(Record):
    """Share of those above the first class found (y) while this share of the others is taken for one (x)."""

    false_alarms: float
    found: Estimate


@dataclass(frozen=True)
class PrecisionPoint(Record):
    """Precision (y) where this share of those above the first class is found (x)."""

    found: float
    precision: Estimate


@dataclass(frozen=True)
class Depth(Record):
    """What it brings to act on the best rows by score: expected revenue where each row brings its own, else the chance.

    Attributes:
        share: Share of rows acted on, the best first.
        lift: How many times more of those above the first class are among them than among as many at random.
        worth: What acting on one more row at this depth may cost at most, in money: what a row between the depth
            before and this one brings. None where nothing says what a row is worth.
        profit: What is brought less what is paid, in money per 1,000 rows of the table; None without a cost.
    """

    share: float
    lift: Estimate
    worth: Estimate | None = None
    profit: Estimate | None = None


@dataclass(frozen=True)
class BestDepth(Record):
    """How deep it pays to act, the best rows by score first, by what rows that the model has not seen brought.

    Attributes:
        value: What acting on one row above the first class brings, in money; None where each row brings its own
            revenue.
        cost: What acting on one row costs, in money.
        share: Share of rows acted on: the depth that left most of all that were looked at; 0 where none pays.
        least: Score from which rows are acted on: expected revenue in money where each row brings its own, else the
            chance of anything above the first class; None where nobody is acted on.
        profit: What is brought less what is paid, in money per 1,000 rows, each fifth of the units at the depth that
            the other four chose.
        everyone: The same of acting on all rows.
        beyond: `profit` less `everyone`.
    """

    value: float | None
    cost: float
    share: float
    least: float | None
    profit: Estimate
    everyone: Estimate
    beyond: Estimate


@dataclass(frozen=True)
class RevenueTenth(Record):
    """Expected against observed revenue in a tenth of the rows by expected revenue, none of which the model has seen.

    Attributes:
        expected: Mean expected revenue of a row, in money.
        observed: Mean revenue of a row, in money.
        rows: Rows.
    """

    expected: float
    observed: Estimate
    rows: int


@dataclass(frozen=True)
class Bill(Record):
    """What right and wrong actions come to, in money per 1,000 rows.

    Acting on a row costs `cost` and brings its own revenue, or `value` where it is above the first class. It pays to
    act where what is expected reaches the cost: by calibrated probabilities from cost / value on (Elkan 2001).

    Attributes:
        value: What acting on one row above the first class brings, in money; None where each row brings its own
            revenue.
        cost: What acting on one row costs.
        cut: Probability from which acting pays; expected revenue in money where each row brings its own.
        acted: Share of rows acted on by that rule.
        wasted: Paid for rows acted on beyond what they bring.
        missed: Profit of rows that bring more than they cost and are not acted on.
        profit: What is brought less what is paid.
        everyone: Profit of acting on all rows.
        gain: What the rule brings beyond the better of acting on all and on none.
    """

    value: float | None
    cost: float
    cut: float
    acted: Estimate
    wasted: Estimate
    missed: Estimate
    profit: Estimate
    everyone: Estimate
    gain: Estimate


@dataclass(frozen=True)
class SideBySide(Record):
    """The same rows answered by models that have learned from rows parted in two ways.

    Attributes:
        first: Name of the first way.
        second: Name of the second way.
        rows: Rows that both answered.
        one: AUC of the first way.
        other: AUC of the second way.
        gap: First less second, on the same resamples.
        tells: What the difference tells, in words.
        share: Share above the first class in the newest rows less that before; None but for the split forward in time.
        off: Share expected of them from the past less that observed; None but for the split forward in time.
    """

    first: str
    second: str
    rows: int
    one: Estimate
    other: Estimate
    gap: Estimate
    tells: str
    share: Estimate | None = None
    off: Estimate | None = None


@dataclass(frozen=True)
class Slice(Record):
    """Quality on a part of the rows, none of which the model has seen.

    Attributes:
        kind: "month" or "group".
        column: Column that the part is read from.
        value: Its value in the part.
        rows: Rows.
        auc: Area under the ROC curve; NaN where the part has one side only.
        observed: Share above the first class.
        expected: Share above the first class that the model expects.
        gap: Expected less observed.
        named: Share of rows that the model puts above the first class.
        found: Share of those above the first class that it puts there.
        apart: Area under the ROC curve less that of the other rows; NaN where either is.
        rest: Area under the ROC curve of the other rows.
        off: Whether the gap is beyond chance, with all parts of its kind counted.
        worse: Whether the area is below that of the other rows beyond chance in the same way, and that one above it
            and above .5 by .05 or more.
    """

    kind: str
    column: str
    value: str
    rows: int
    auc: Estimate
    observed: Estimate
    expected: float
    gap: Estimate
    named: float
    found: Estimate
    apart: Estimate
    rest: float
    off: bool
    worse: bool


@dataclass(frozen=True)
class Looked(Record):
    """How many groups were looked at: all with enough rows, not only those that are measured in full.

    Attributes:
        groups: Groups.
        off: Of them, those of which the model expects more or less than is observed, beyond chance.
        worse: Of them, those that it ranks worse than the other rows, beyond chance.
    """

    groups: int = 0
    off: int = 0
    worse: int = 0


@dataclass(frozen=True)
class Weak(Record):
    """Rows where the model errs more than it expects: found on one half of the units, measured on the other.

    Attributes:
        rule: The rows, in words.
        rows: Rows of the half it was measured on.
        suspected: Excess of log loss on the half it was found on: flattered by the search.
        excess: The same on the other half: log loss less what the model's own probabilities expect, in nats a row.
        observed: Share above the first class there.
        expected: Share above the first class that the model expects there.
        holds: Whether the excess is above 0 beyond chance on the half it was not found on.
    """

    rule: str
    rows: int
    suspected: float
    excess: Estimate
    observed: Estimate
    expected: float
    holds: bool


@dataclass(frozen=True)
class Coverage(Record):
    """How often a prediction set or interval holds the truth, on rows that set no threshold of it.

    Attributes:
        what: "classes" for prediction sets, "revenue" for intervals.
        split: Name of the split.
        group: The true class for sets, the class a row is put into for intervals; "" for all rows.
        level: Share promised.
        covered: Share reached.
        size: Mean number of classes in a set, or median width of an interval in money.
    """

    what: str
    split: str
    group: str
    level: float
    covered: Estimate
    size: float


@dataclass(frozen=True)
class Response(Record):
    """What the model answers where one column is set to a value and all others stay.

    Attributes:
        value: The value, as text.
        share: Share of the table's rows at or nearest to it: how dense the data are there.
        mean: Mean probability of anything above the first class.
        low: 10 % of rows get less.
        high: 10 % of rows get more.
    """

    value: str
    share: float
    mean: float
    low: float
    high: float


@dataclass(frozen=True)
class Dependence(Record):
    """Partial dependence on one column (Friedman 2001), with the density of data under it."""

    column: str
    points: tuple[Response, ...]


@dataclass(frozen=True)
class Evidence(Record):
    """All of it.

    Attributes:
        rows: Rows it was worked out on: all, or a sample by unit.
        roc: ROC curve.
        precision: Precision against share found.
        depths: Lift and money by depth.
        best: How deep it pays to act; None where value or cost is not known.
        revenue: Expected against observed revenue, the lowest tenth first; empty without revenue.
        bill: What right and wrong actions come to; None where value or cost is not known.
        splits: Random, grouped and forward splits side by side.
        slices: By month and by group.
        weak: Worst parts first.
        coverage: Of prediction sets and intervals.
        dependence: Of the strongest columns.
        looked: How many groups were looked at.
    """

    rows: int
    roc: tuple[RocPoint, ...] = ()
    precision: tuple[PrecisionPoint, ...] = ()
    depths: tuple[Depth, ...] = ()
    best: BestDepth | None = None
    revenue: tuple[RevenueTenth, ...] = ()
    bill: Bill | None = None
    splits: tuple[SideBySide, ...] = ()
    slices: tuple[Slice, ...] = ()
    weak: tuple[Weak, ...] = ()
    coverage: tuple[Coverage, ...] = ()
    dependence: tuple[Dependence, ...] = ()
    looked: Looked = Looked()
