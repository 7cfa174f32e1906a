"""How deep it pays to act, profit by depth, and expected against observed revenue, for report and card."""

from __future__ import annotations

from clientela.domain.estimate import Estimate
from clientela.language import say
from clientela.models.evidence import BestDepth
from clientela.models.result import ModelResult
from clientela.report.blocks import Cell, Head, TableBlock
from clientela.report.numbers import chosen, count, money, number, percent, with_interval


def profit_table(model: ModelResult) -> tuple[TableBlock, ...]:
    """Return what it brings to act on the best rows, by depth; none where nothing says what acting costs."""
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
        Head(say("Best rows acted on"), numeric=True),
        Head(say("Times as many found as by lot"), numeric=True),
        Head(say("Profit per 1,000 rows"), numeric=True),
    )
    note = say("At the value and cost of clientela.toml; on rows the model has not seen.")
    if model.evidence and model.evidence.best:
        note = f"{note} {best_sentence(model.evidence.best)}"
    return (TableBlock(say("Profit by depth"), heads, rows, note=note),) if rows else ()


def best_sentence(best: BestDepth) -> str:
    """Return how deep it pays to act, at which value and cost, and what that leaves."""
    if best.least is None:
        return say(
            "At a cost of {cost} ({worth}) no depth is better than to act on nobody.",
            cost=money(best.cost),
            worth=worth(best.value),
        )
    text = say(
        "At a cost of {cost} ({worth}) it pays best to act on the best {share}: profit per 1,000 rows {profit}, "
        "against {everyone} for all rows.",
        cost=money(best.cost),
        worth=worth(best.value),
        share=percent(best.share),
        profit=with_interval(best.profit, money),
        everyone=with_interval(best.everyone, money),
    )
    return text + doubts(best.profit, best.beyond if best.share < 1 else None)


def worth(value: float | None) -> str:
    """Return what was taken for the worth of a row."""
    if value is None:
        return say("each counted at its own revenue")
    return say("each success counted at {value}", value=money(value))


def doubts(profit: Estimate, beyond: Estimate | None) -> str:
    """Return what chance alone may account for: more than nobody brings, or than everybody does.

    Args:
        profit: Profit of those acted on.
        beyond: The same less that of everybody; None where they are everybody, or not everybody can be.
    """
    told = "" if profit.low > 0 else say(" That it is more than to act on nobody is not beyond chance.")
    if beyond is not None and not beyond.low > 0:
        told += say(" That it is more than to act on everybody is not beyond chance.")
    return told


def revenue_table(model: ModelResult) -> tuple[TableBlock, ...]:
    """Return expected against observed revenue by tenths of the expected; none without revenue."""
    tenths = model.evidence.revenue if model.evidence else ()
    rows = tuple(
        (
            Cell(count(place), order=place),
            Cell(count(one.rows), order=one.rows),
            Cell(money(one.expected), order=one.expected),
            Cell(with_interval(one.observed, money), order=one.observed.value),
        )
        for place, one in enumerate(tenths, 1)
    )
    heads = (
        Head(say("Tenth by expected revenue"), numeric=True),
        Head(say("Rows"), numeric=True),
        Head(say("Expected a row"), numeric=True),
        Head(say("Observed a row"), numeric=True),
    )
    note = say("The lowest first; on rows the model has not seen. Upper ends count in a heavy tail of amounts.")
    return (TableBlock(say("Expected and observed revenue"), heads, rows, note=note),) if rows else ()


def revenue_limit(model: ModelResult) -> tuple[str, ...]:
    """Return a limit where the rows that most is expected of bring other than that beyond chance."""
    tenths = model.evidence.revenue if model.evidence else ()
    if not tenths or not tenths[-1].observed.excludes(tenths[-1].expected):
        return ()
    top = tenths[-1]
    low = top.observed.value > top.expected
    return (
        say(
            "Expected revenue is {word} at its top: of the tenth of rows with most of it {expected} a row was "
            "expected, and {observed} came. It ranks rows; the amount itself does not hold there.",
            word=say("too low") if low else say("too high"),
            expected=money(top.expected),
            observed=with_interval(top.observed, money),
        ),
    )
