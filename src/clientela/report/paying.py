"""Which data pay and how many rows: the table and the sentences."""

from __future__ import annotations

import math

from clientela.domain.estimate import Estimate
from clientela.language import retold, say
from clientela.models.result import Curve, ModelResult, Worth
from clientela.report.blocks import Cell, Head, TableBlock
from clientela.report.numbers import NONE, number, percent, score, span, with_interval
from clientela.report.text import cell, clean, names

MOST_ITEMS = 40
MOST_SAID = 500


def worth_table(model: ModelResult) -> TableBlock | None:
    """Return one row per joined block, then per strong column: what it brings, and its price."""
    if not model.worth:
        return None
    heads = (
        Head(say("Data")),
        Head(say("Lost without it (AUC)"), numeric=True),
        Head(say("Added to {base} (AUC)", base=retold(model.worth[0].base)), numeric=True),
        Head(say("Rows it covers"), numeric=True),
        Head(say("Rows multiplied"), numeric=True),
        Head(say("Known")),
        Head(say("Personal")),
        Head(say("Verdict")),
    )
    rows = tuple(_row(item) for item in model.worth[:MOST_ITEMS])
    note = say(
        "Paired differences of quicker models on the same folds, above or below the lowest group; suspected leaks are "
        "in none of them. A block goes alone: two that tell the same are both worth little. How fresh the data come "
        "cannot be seen in the table: ask whoever delivers them."
    )
    return TableBlock(say("What each join and each strong column brings, and its price"), heads, rows, note=note)


def _row(item: Worth) -> tuple[Cell, ...]:
    what = say("block of {columns}", columns=len(item.columns)) if item.block else say("column")
    personal = {True: say("yes"), False: say("not found"), None: NONE}[item.personal]
    return (
        Cell(cell(item.name), note=what),
        Cell(with_interval(item.kept, score), order=item.kept.value),
        Cell(with_interval(item.added, score), order=item.added.value if item.added else None),
        Cell(NONE if math.isnan(item.coverage) else percent(item.coverage)),
        Cell(NONE if math.isnan(item.fan_out) else f"{number(item.fan_out)} x"),
        Cell(say(str(item.available))),
        Cell(personal),
        Cell(verdict(item.kept)),
    )


def verdict(kept: Estimate) -> str:
    """Return in a word what the interval of what is lost says.

    >>> verdict(Estimate(0.01, 0.005, 0.02, 90, "bootstrap by visitor"))
    'pays'
    """
    if kept.excludes(0):
        return say("pays") if kept.value > 0 else say("harms")
    return say("not shown to pay")


def worth_sentence(model: ModelResult) -> str:
    """Return one sentence on the joins that pay; "" where there are none."""
    blocks = [item for item in model.worth if item.block]
    if not blocks:
        return ""
    paying = [item for item in blocks if item.kept.excludes(0) and item.kept.value > 0]
    rest = [item.name for item in blocks if item not in paying]
    if not paying:
        return say("No join is shown to pay beside the others: {rest} could each be left out.", rest=names(rest, 3))
    best = paying[0]
    said = say(
        "Of the joins {item} pay: without the first, AUC falls by ", item=names([item.name for item in paying], 3)
    )
    said += f"{score(best.kept.value)} ({span(best.kept, score)})"
    return (
        say("{said}; not shown to pay beside the others: {rest}.", said=said, rest=names(rest, 3))
        if rest
        else f"{said}."
    )


def curve_sentence(curve: Curve | None) -> str:
    """Return what the learning curve means; "" without one."""
    return retold(clean(curve.answer, MOST_SAID)) if curve else ""
