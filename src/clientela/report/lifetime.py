"""What customers will buy and spend, as a table for report and card."""

from __future__ import annotations

import math
from collections.abc import Callable

from clientela.domain.estimate import Estimate
from clientela.language import day, retold, say
from clientela.models.lifetime.result import LifetimeResult
from clientela.models.result import ModelResult
from clientela.report.blocks import Cell, Head, TableBlock
from clientela.report.numbers import count, money, percent, with_interval
from clientela.report.text import cell

SURE = 0.99
"""Share of customers still buying from which nobody is seen to stop."""


def customers_table(model: ModelResult) -> tuple[TableBlock, ...]:
    """Return what customers will buy and spend, none where that is not known."""
    found = model.lifetime
    if found is None:
        return ()
    half = found.half_of_value / max(1, found.customers)
    # where hardly anybody is seen to stop, how many still buy says nothing
    stops = found.alive.value < SURE * found.customers
    stay = [(say("Of them still buying (95 % interval)"), with_interval(found.alive, count))] if stops else []
    most = say("{customers} customers, {share} of all", customers=count(found.half_of_value), share=percent(half))
    told = [
        (say("Customers who bought so far"), count(found.customers)),
        *stay,
        (say("Their purchases"), _total(found.total_purchases, count)),
        (say("Their spend"), _total(found.total_spend, money)),
        (say("Half of that spend comes from"), most),
    ]
    rows = tuple((Cell(name), Cell(value)) for name, value in (*told, *_judged(found)))
    caption = say(
        "What customers will do in the {days} days after {last}",
        days=count(found.horizon_days),
        last=day(found.last.isoformat()),
    )
    note = say(
        "From {visitor}, {time} and {amount}; more in model.json (lifetime).",
        visitor=cell(found.visitor),
        time=cell(found.time),
        amount=cell(found.amount),
    )
    return (TableBlock(caption, (Head(say("What")), Head(say("Value"))), rows, note=note),)


def _total(total: Estimate, shown: Callable[[float], str]) -> str:
    """Return a total with its interval, or why it has none."""
    if math.isfinite(total.low) or not math.isfinite(total.value):
        return with_interval(total, shown)
    why = say("no interval: the table holds no past period as long, with purchases, to hold it against")
    return f"{shown(total.value)} ({why})"


def _judged(found: LifetimeResult) -> list[tuple[str, str]]:
    """Return how the same went on time that has passed."""
    ways = {one.name: one for one in found.forecasts}
    ours = ways.get(found.chosen)
    if ours is None or found.judged is None:
        return []
    told = [(say("Foretold after an earlier day, as a share of what came"), with_interval(ours.ratio, percent))]
    for one in ways.values():
        way = retold(cell(one.name))
        told.append((say("Mean error per customer, {way}", way=way), with_interval(one.mae, money)))
    return told
