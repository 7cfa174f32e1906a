"""What the segments stage returns."""

from __future__ import annotations

import math
from dataclasses import dataclass

from clientela.domain.estimate import Estimate
from clientela.domain.record import Record

POINTS = "points"
BOUNDED = ("<=", ">", POINTS)
OPERATORS = (*BOUNDED, "in", "not in", "missing", "present")


@dataclass(frozen=True)
class Condition(Record):
    """One part of a rule; a rule is all of its conditions together.

    Attributes:
        column: Column name; empty for "points".
        operator: "<=", ">", "in", "not in", "missing", "present", or "points" for conditions of which enough hold.
        value: The bound for "<=" and ">" (a row without a value does not fulfil it unless `missing_too`), and the
            least number of points.
        values: The values for "in" and "not in", as text.
        missing_too: Whether rows without a value fulfil the condition too.
        lines: What counts, for "points".
    """

    column: str
    operator: str
    value: float | None = None
    values: tuple[str, ...] = ()
    missing_too: bool = False
    lines: tuple[Line, ...] = ()

    def __post_init__(self) -> None:
        """Check that it can be asked of a row, so that a damaged file is told and not obeyed.

        Raises:
            ValueError: The operator is none of those above, or its bound is missing.
        """
        if self.operator not in OPERATORS:
            raise ValueError(f"a rule has the operator {self.operator!r}, known are {', '.join(OPERATORS)}")
        if (self.value is not None) != (self.operator in BOUNDED):
            raise ValueError(f"a rule has {self.operator!r} with the bound {self.value!r}")
        if (self.operator == POINTS) != bool(self.lines) or any(
            line.points < 1 or line.condition.lines for line in self.lines
        ):
            raise ValueError(f"a rule has {self.operator!r} with {len(self.lines)} lines that count")

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that it asks for."""
        return tuple(line.condition.column for line in self.lines) or (self.column,)


@dataclass(frozen=True)
class Line(Record):
    """What counts for a group, and how much.

    Attributes:
        condition: What is asked of a row; it counts no points itself.
        points: What it counts where it is fulfilled, 1 or more.
    """

    condition: Condition
    points: int


@dataclass(frozen=True)
class Mark(Record):
    """What marks a segment off from the others.

    Attributes:
        column: Column name.
        phrase: In words, such as "mostly mobile (81 % against 40 %)".
        effect: Standardised difference (Cohen's d, or h for shares).
    """

    column: str
    phrase: str
    effect: float


@dataclass(frozen=True)
class Period(Record):
    """Share of the visits of one month that belong to a segment.

    Attributes:
        name: The month, such as "2026-05".
        share: Share of the visits of that month.
    """

    name: str
    share: Estimate


@dataclass(frozen=True)
class Segment(Record):
    """A named, described group of visits with a rule a person can read.

    Attributes:
        name: Short name, unique in the result.
        rule: The rule in words.
        conditions: The same rule as data; empty for "all other visits".
        rows: Visits in it.
        share: Share of visits.
        rate: Share of its visits above the lowest class (that buy).
        revenue_share: Share of all revenue, or None without a revenue column.
        mean_revenue: Mean revenue per visit in money, or None.
        marks: What marks it off, strongest first.
        action: What the website or a campaign should do.
        visitors: Visitors in it (visits where visitors are not known).
        stability: Mean Jaccard similarity to the likest segment found again on four fifths of the
            visitors, 0 to 1; NaN where there is one segment only.
        months: Its share month by month, in order of time; empty without a time.
    """

    name: str
    rule: str
    conditions: tuple[Condition, ...]
    rows: int
    share: Estimate
    rate: Estimate
    revenue_share: Estimate | None
    mean_revenue: Estimate | None
    marks: tuple[Mark, ...]
    action: str
    visitors: int = 0
    stability: float = math.nan
    months: tuple[Period, ...] = ()


@dataclass(frozen=True)
class WayGroup(Record):
    """One group of one way to segment.

    Attributes:
        name: In a few words.
        rule: What tells it.
        share: Share of visits.
        rate: Share of its visits above the lowest class.
        value: Mean of what came of its visits: money, class rank or rate.
    """

    name: str
    rule: str
    share: Estimate
    rate: Estimate
    value: Estimate


@dataclass(frozen=True)
class Way(Record):
    """One way to segment, beside the others.

    Attributes:
        name: "value", "behaviour", "orders" or "lifecycle".
        told: What was found, or why nothing was, in one sentence.
        groups: Its groups; empty where there are none.
        stability: Least mean Jaccard similarity of its groups under resampling; 1 where the
            groups are fixed by definition; NaN where there are none.
        separation: Share of the variance of the outcome between its groups, out of sample, or None.
        conditions: Mean number of conditions in a rule.
        agreement: Share of visits whose rule names the group that they were in before there were rules.
        live: Whether the columns of a visit alone tell its group.
        chosen: Whether the segments are its groups.
    """

    name: str
    told: str
    groups: tuple[WayGroup, ...] = ()
    stability: float = math.nan
    separation: Estimate | None = None
    conditions: float = math.nan
    agreement: float = math.nan
    live: bool = True
    chosen: bool = False


@dataclass(frozen=True)
class Move(Record):
    """Visitors who went from one segment to another between the earlier and the later half of time.

    Attributes:
        source: Segment of their last visit in the earlier half.
        target: Segment of their last visit in the later half.
        visitors: How many.
        share: Share of all who were in `source` and came again.
    """

    source: str
    target: str
    visitors: int
    share: Estimate


@dataclass(frozen=True)
class StepUp(Record):
    """What separates a revenue group from the next one up: associations, no levers that were pulled.

    Attributes:
        lower: The group.
        upper: The next one up.
        marks: How visits of the upper group differ from those of the lower one beyond chance, strongest first.
        gain: What it would bring if 1 % of the visits of the lower group came to be worth what those of the
            upper one are, in money per 1,000 visits of the table; None without a revenue column.
    """

    lower: str
    upper: str
    marks: tuple[Mark, ...]
    gain: Estimate | None


@dataclass(frozen=True)
class Bid(Record):
    """How much a visit is worth beside the average one, as a factor for value-based bidding.

    Attributes:
        kind: "segment", or "group" for visits that the model puts into a revenue group.
        name: Name of the segment or group.
        share: Share of visits.
        factor: Mean value of its visits by that of all visits, out of sample.
        advised: The end of the interval that is nearer to 1, in steps of .05; 1 where the interval holds 1.
    """

    kind: str
    name: str
    share: float
    factor: Estimate
    advised: float


@dataclass(frozen=True)
class Holdout(Record):
    """Whom not to contact, so that it can be measured whether contacts pay.

    Attributes:
        share: Share of the visitors to be targeted who are drawn by lot and left alone.
        visitors: Visitors in all (contacted and left alone) that it takes.
        available: Visitors to be targeted in this table.
        difference: The effect per visitor that is to be seen: what contacting one costs, in money.
        deviation: Standard deviation of what a targeted visitor brings, in money.
    """

    share: float
    visitors: int
    available: int
    difference: float
    deviation: float


@dataclass(frozen=True)
class Targeting(Record):
    """Whom to contact at a given cost, value and budget.

    Attributes:
        cost: Cost of one contact, in money.
        value: What a visit above the lowest class brings, in money; None takes the revenue of each visit.
        budget: Money for as many visits as the table has, or None.
        contacts: Visits of the table to contact.
        share: The same as a share of all visits.
        least: Expected value from which a visit is contacted, in money.
        profit: What these visits bring less what contacts cost, in money per 1,000 visits of the table, each fifth of
            the visitors at the depth that the other four chose.
        ahead: The same for as many visits to come, if they are like these: wider, as they differ by chance too.
        by_lot: `profit` for as many visits drawn by lot.
        everyone: The same for all visits, whatever the budget.
        gain: `profit` less `by_lot`.
        beyond: `profit` less `everyone`.
        holdout: Whom to leave alone; None where nobody is worth a contact.
    """

    cost: float
    value: float | None
    budget: float | None
    contacts: int
    share: float
    least: float
    profit: Estimate
    ahead: Estimate
    by_lot: Estimate
    everyone: Estimate
    gain: Estimate
    beyond: Estimate
    holdout: Holdout | None


@dataclass(frozen=True, repr=False)
class SegmentResult(Record):
    """All segments; every row is in exactly one.

    Attributes:
        segments: Most valuable first where they were found by value, else in the order in which
            their rules are asked. A row belongs to the first whose conditions it fulfils;
            together they cover every row.
        method: How they were found, in one sentence.
        separation: Share of the variance of the outcome between segments, out of sample.
        rows: Rows they were found on.
        notes: Limits, and what was not possible.
        seed: Seed of every random step.
        ways: All ways to segment that were compared.
        moves: How visitors move between segments, the commonest first; empty where few come again.
        steps: What separates each revenue group from the next one up, lowest first; none without an order.
        bids: Factors for value-based bidding, per segment and per predicted revenue group.
        targeting: Whom to contact; None where no cost of a contact is given or no value is known.
    """

    segments: tuple[Segment, ...]
    method: str
    separation: Estimate | None
    rows: int
    notes: tuple[str, ...]
    seed: int
    ways: tuple[Way, ...] = ()
    moves: tuple[Move, ...] = ()
    steps: tuple[StepUp, ...] = ()
    bids: tuple[Bid, ...] = ()
    targeting: Targeting | None = None

    def __post_init__(self) -> None:
        """Check that a row has a segment to belong to.

        Raises:
            ValueError: There are no segments.
        """
        if not self.segments:
            raise ValueError("there are no segments")

    @property
    def by_value(self) -> tuple[Segment, ...]:
        """The segments, most valuable first: by mean revenue where there is one, else by rate."""
        return tuple(sorted(self.segments, key=_worth, reverse=True))

    def __repr__(self) -> str:
        lines = [f"{len(self.segments)} segments of {self.rows:,} rows"]
        lines += [f"  {s.name}: {s.share.value:.1%} of visits, rate {s.rate!r}; {s.rule}" for s in self.segments]
        return "\n".join(lines)


def _worth(segment: Segment) -> float:
    worth = segment.mean_revenue or segment.rate
    return -math.inf if math.isnan(worth.value) else worth.value
