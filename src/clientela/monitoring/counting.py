"""Numbers that count the rows of an identifier, as earlier visits do: they move with the mix of visitors."""

from __future__ import annotations

import polars as pl

from clientela.monitoring.case import Case
from clientela.monitoring.columns import Kind, Side
from clientela.monitoring.constants import LEAST

COUNTS = 0.95
"""Share of the rows of identifiers that came before which hold one more than the row before."""

FEW = 20
"""Rows of identifiers that came before, from which they show that they are the number goes on."""


def counts_on(case: Case, name: str) -> bool:
    """Tell whether a number counts the rows of an identifier, and goes on where the reference ended.

    Whoever was new then comes back as one who was there before, which moves the number, and no other rule made it.

    Args:
        case: The batch.
        name: The number.
    """
    reference = case.baseline.side  # all its rows, for those that are left out are counted too
    times = [one for one in case.baseline.facts.times if case.batch.has(one) and one in reference.numbers]
    if not times or name not in reference.numbers:
        return False
    for term in case.baseline.contract.terms:
        held = all(term.name in side.texts for side in (reference, case.batch))
        if term.kind not in (Kind.TEXT, Kind.KEY) or not held:
            continue
        columns = (term.name, name, times[0])
        before, after = _rows(reference, columns, later=False), _rows(case.batch, columns, later=True)
        after = after.filter(pl.col("moment") > before["moment"].max())  # others were between those that are known
        steps = (
            pl.concat([before, after])
            .sort("moment")
            .select("later", more=pl.col("value").diff().over("who"))
            .drop_nulls("more")
        )
        known, now = (steps.filter(pl.col("later") == later)["more"].eq(1) for later in (False, True))
        if len(known) >= LEAST and len(now) >= FEW and min(known.to_numpy().mean(), now.to_numpy().mean()) > COUNTS:
            return True
    return False


def _rows(side: Side, columns: tuple[str, str, str], *, later: bool) -> pl.DataFrame:
    """Return identifier, number and time of the rows that have all of them."""
    who, value, moment = columns
    held = pl.DataFrame({"who": side.texts[who], "value": side.numbers[value], "moment": side.numbers[moment]})
    kept = held.fill_nan(None).drop_nulls()
    return kept.with_columns(pl.lit(later).alias("later"))
