"""What no longer stays the same for a visitor, or is given by another column: whose rows, and what became of it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl

from clientela.domain.incident import Cause
from clientela.monitoring.became import became
from clientela.monitoring.case import Case, Found
from clientela.monitoring.constants import paired
from clientela.monitoring.contract import Rule
from clientela.monitoring.fitting import Bins
from clientela.monitoring.lookups import commonest
from clientela.monitoring.rules import Break
from clientela.statistics.two_samples import homogeneity_p

MOVED = 1e-3
"""Chance below which the values of the very same visitors moved."""


def search_constants(case: Case, breaks: Sequence[Break], *, numbers: bool) -> None:
    """Name what visitors no longer keep: columns on the rows of others, or the visitors where they keep nothing."""
    for who in dict.fromkeys(item.rule.left for item in breaks):
        mine = [item for item in breaks if item.rule.left == who and not set(item.rule.columns) & case.explained]
        kept = [rule for rule in case.baseline.contract.rules if rule.kind == "constant" and rule.left == who]
        renewed = [item for item in mine if _renewed(case, item.rule)]
        others = [item for item in mine if item not in renewed]
        if len(others) == len(kept) > 1:
            _kept_no_more(case, others, (who,), Cause.ROW_MISALIGNMENT)
            continue
        # numbers may be rounded or multiplied, which their own search tells
        others = [item for item in others if numbers or item.rule.right not in case.batch.numbers]
        for item in [item for item in (*others, *renewed) if item.rule.right in case.batch.texts]:
            if item.rule.right not in case.explained and (found := what_became(case, item)) is not None:
                case.add(found)
        others = [item for item in others if item.rule.right not in case.explained]
        renewed = [item for item in renewed if item.rule.right not in case.explained]
        if others:
            _kept_no_more(case, others, tuple(item.rule.right for item in others), Cause.ROW_MISALIGNMENT)
        for item in renewed:
            if numbers or item.rule.right not in case.batch.numbers:
                _kept_no_more(case, [item], (item.rule.right,), Cause.METRIC_DEFINITION)


def what_became(case: Case, item: Break) -> Found | None:
    """Return what became of a category that other columns, or its visitor, give row by row."""
    rule, now = item.rule, case.batch.texts[item.rule.right]
    if rule.kind == "constant":
        known = paired(rule, case.batch, case.reference)["known"]
    else:
        given = commonest(case.reference.texts[rule.left], case.reference.texts[rule.right])
        rows = pl.DataFrame({"left": case.batch.texts[rule.left]})
        known = rows.join(given, on="left", how="left", maintain_order="left")["right"]
    told = became(known, now)
    if told is None:
        return None
    count = int(item.rows.sum())
    evidence = {"rule": rule.told, "rows": count, "share": float(item.rows.mean()), "p": item.chance}
    evidence |= {"levels": list(told.levels)[:10]}
    causes = (Cause.METRIC_DEFINITION, Cause.CATEGORY_MERGED, Cause.CATEGORY_PERMUTED, Cause.ROW_MISALIGNMENT)
    others = tuple(one for one in causes if one is not told.cause)
    what = f'{told.words}: it breaks the rule "{rule.told}" in {count:,} rows'
    return Found(told.cause, (rule.right,), evidence, item.rows, others, what)


def _kept_no_more(case: Case, breaks: Sequence[Break], columns: tuple[str, ...], cause: Cause) -> None:
    rows = np.any([item.rows for item in breaks], axis=0)
    told = breaks[0].rule.told
    evidence = {"rule": told, "rows": int(rows.sum()), "share": float(rows.mean()), "p": breaks[0].chance}
    others = tuple(one for one in (Cause.ROW_MISALIGNMENT, Cause.METRIC_DEFINITION) if one is not cause)
    case.add(Found(cause, columns, evidence, rows, others, f'breaks the rule "{told}" in {rows.sum():,} rows'))


def _renewed(case: Case, rule: Rule) -> bool:
    """Tell whether the very same visitors have other values than before, rather than those of each other."""
    both = paired(rule, case.batch, case.reference).drop_nulls()
    if rule.right in case.batch.numbers:
        known, now = both["known"].to_numpy(), both["now"].to_numpy()
        bins = Bins.made(known, now)
        return homogeneity_p(bins.counts(now), bins.counts(known)) < MOVED
    counts = [both[part].value_counts(name="rows").rename({part: "value"}) for part in ("now", "known")]
    table = counts[0].join(counts[1], on="value", how="full", coalesce=True).fill_null(0).sort("value")
    return homogeneity_p(table["rows"].to_numpy(), table["rows_right"].to_numpy()) < MOVED
