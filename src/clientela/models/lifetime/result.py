"""What customer lifetime value finds, and its options."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date

from clientela.domain.estimate import Estimate
from clientela.domain.record import Record
from clientela.models.lifetime.purchases import Reckoning, Window

NO_PAST = "none: the table holds no past period as long, with purchases, to hold totals against"
"""Stands as the method of a total without an interval."""


@dataclass(frozen=True)
class LifetimeOptions:
    """Options of customer lifetime value.

    Attributes:
        seed: Seed of every random step.
        horizon_days: Length of the time ahead, in days; None takes a third of the days in the table, in
            whole weeks.
        resamples: Bootstrap resamples behind an interval.
        visits: Whether rows are visits, of which those with an amount of 0 bought nothing.
    """

    seed: int = 0
    horizon_days: int | None = None
    resamples: int = 200
    visits: bool = False


@dataclass(frozen=True)
class Forecast(Record):
    """Errors of one way of foretelling the spend of customers.

    Attributes:
        name: The way.
        mae: Mean absolute error per customer, in money.
        rmse: Root of the mean squared error per customer, in money.
        ratio: Spend foretold of all, as a share of what came.
        mae_behind: By how much the first error is above that of the way chosen, on the same customers.
        rmse_behind: By how much the second is.
    """

    name: str
    mae: Estimate
    rmse: Estimate
    ratio: Estimate
    mae_behind: Estimate
    rmse_behind: Estimate


@dataclass(frozen=True)
class FrequencyRow(Record):
    """Customers with equally many repeat purchases before the cut.

    Attributes:
        frequency: How many: "0" to "6", "7+".
        customers: How many customers.
        purchases: Foretold purchases of one of them after the cut, on average.
        purchases_came: Purchases that came; without an interval (NaN) where no two customers differ in them.
        spend: Foretold spend, in money.
        spend_came: Spend that came, likewise.
    """

    frequency: str
    customers: int
    purchases: float
    purchases_came: Estimate
    spend: float
    spend_came: Estimate


@dataclass(frozen=True)
class Coverage(Record):
    """How often intervals held what came.

    Attributes:
        of: "purchases", "spend", or "spend, where some was possible": customers whose upper end is above 0.
        level: What they promise.
        covered: Share that was held.
    """

    of: str
    level: float
    covered: Estimate


@dataclass(frozen=True)
class Parameter(Record):
    """One parameter of the purchase model or the spending model.

    A purchase is a day of it. Customers who would buy twice on a day make r and alpha of days a little larger, and a
    and b a little smaller, than those of single purchases.

    Attributes:
        name: "r", "alpha" (weeks), "a", "b" of buying (Fader, Hardie and Lee 2005), "p", "q", "gamma" (money) of
            spending (Fader and Hardie 2013).
        estimate: Value with interval.
    """

    name: str
    estimate: Estimate


@dataclass(frozen=True)
class Concentration(Record):
    """Share of the expected spend that the best customers account for.

    Attributes:
        share: Share of customers, the best first.
        customers: How many these are.
        of_value: Their share of all expected spend.
    """

    share: float
    customers: int
    of_value: float


@dataclass(frozen=True, repr=False)
class LifetimeResult(Record):
    """What customers are worth, and how well that was told of time that has passed.

    Attributes:
        visitor: Column that tells customers apart.
        time: Column with the day of purchases.
        amount: Column with the amount.
        first: First day of the table.
        last: Last day.
        customers: How many customers.
        reckoning: What became of the rows.
        horizon_days: Length of the time ahead, in days.
        chosen: What is foretold with: "repeat amounts" (the models as published) or "all amounts" (the amount of
            the first purchase counts too), with " and trees" where a learned correction comes on top.
        parameters: Of the models fitted on all days.
        alive: How many customers still buy.
        total_purchases: Purchases of all customers in the time ahead; its interval is of what will come, and NaN where
            the table holds no past as long to tell how far totals are off.
        total_spend: Their spend, in money, likewise.
        judged: The time that has passed on which all was judged, with a model of the days before it; None where
            there are too few days.
        forecasts: Errors of each way of foretelling on that time, "same as last period" among them.
        by_frequency: Foretold against what came, by repeat purchases before the cut.
        coverage: How often the 95 % intervals held what came.
        concentration: How much of the expected spend the best customers account for.
        half_of_value: Customers, the best first, who account for half of the expected spend.
        notes: Sentences about limits.
        seed: Seed of every random step.
    """

    visitor: str
    time: str
    amount: str
    first: date
    last: date
    customers: int
    reckoning: Reckoning
    horizon_days: int
    chosen: str
    parameters: tuple[Parameter, ...]
    alive: Estimate
    total_purchases: Estimate
    total_spend: Estimate
    judged: Window | None
    forecasts: tuple[Forecast, ...]
    by_frequency: tuple[FrequencyRow, ...]
    coverage: tuple[Coverage, ...]
    concentration: tuple[Concentration, ...]
    half_of_value: int
    notes: tuple[str, ...]
    seed: int

    def __repr__(self) -> str:
        told = f"spend {_plain(self.total_spend)} in {_plain(self.total_purchases)} purchases ({self.chosen})"
        reason = "; interval: " + self.total_spend.method if math.isnan(self.total_spend.low) else ""
        return f"Value of {self.customers:,} customers in the next {self.horizon_days} days: {told}{reason}"


def _plain(total: Estimate) -> str:
    """Return a total as people read it, with its interval where it has one."""
    ends = "" if math.isnan(total.low) else f" ({total.low:,.0f} to {total.high:,.0f})"
    return f"{total.value:,.0f}{ends}"
