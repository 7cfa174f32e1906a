"""What customers will buy and spend, and profit by depth, as tables for report and card."""

from __future__ import annotations

from clientela.models.lifetime.result import LifetimeResult
from clientela.models.result import ModelResult
from clientela.report.blocks import Cell, Head, TableBlock
from clientela.report.numbers import chosen, count, money, number, percent, with_interval
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
    stay = [("Of them still buying (95 % interval)", with_interval(found.alive, count))] if stops else []
    told = [
        ("Customers who bought so far", count(found.customers)),
        *stay,
        ("Their purchases", with_interval(found.total_purchases, count)),
        ("Their spend", with_interval(found.total_spend, money)),
        ("Half of that spend comes from", f"{count(found.half_of_value)} customers, {percent(half)} of all"),
    ]
    rows = tuple((Cell(name), Cell(value)) for name, value in (*told, *_judged(found)))
    caption = f"What customers will do in the {count(found.horizon_days)} days after {found.last.isoformat()}"
    note = f"From {cell(found.visitor)}, {cell(found.time)} and {cell(found.amount)}; more in model.json (lifetime)."
    return (TableBlock(caption, (Head("What"), Head("Value")), rows, note=note),)


def _judged(found: LifetimeResult) -> list[tuple[str, str]]:
    """Return how the same went on time that has passed."""
    ways = {one.name: one for one in found.forecasts}
    ours = ways.get(found.chosen)
    if ours is None or found.judged is None:
        return []
    told = [("Foretold after an earlier day, as a share of what came", with_interval(ours.ratio, percent))]
    told += [(f"Mean error per customer, {cell(one.name)}", with_interval(one.mae, money)) for one in ways.values()]
    return told


def profit_table(model: ModelResult) -> tuple[TableBlock, ...]:
    """Return what it brings to act on the likeliest rows, by depth; none where nothing says what acting costs."""
    depths = model.evidence.depths if model.evidence else ()
    rows = tuple(
        (
            Cell(chosen(one.share), order=one.share),
            Cell(with_interval(one.lift, number), order=one.lift.value),
            Cell(with_interval(one.profit, money), order=one.profit.value),
        )
        for one in depths
        if one.profit is not None
    )
    heads = (
        Head("Likeliest rows acted on", numeric=True),
        Head("Times as many found as by lot", numeric=True),
        Head("Profit per 1,000 rows", numeric=True),
    )
    note = "At the value and cost of clientela.toml; on rows the model has not seen."
    return (TableBlock("Profit by depth", heads, rows, note=note),) if rows else ()
