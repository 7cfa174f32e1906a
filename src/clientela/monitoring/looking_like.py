"""Whether new rows look like those of one level: the other columns tell a new code from a new customer."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence

import numpy as np
import polars as pl

from clientela.monitoring.case import Case
from clientela.monitoring.columns import Codes, Flags, Floats, Kind
from clientela.monitoring.contract import Rule
from clientela.monitoring.rules import is_lookup

Ratio = Callable[[Codes, int, Flags], Floats]

BINS = 8
LEAST = 20
MOST_SURE = 10.0
"""Logarithm of the likelihood ratio beyond which other columns say no more: they may have moved themselves."""


def _scored(case: Case, column: str, now: Flags, ratio: Ratio) -> tuple[Floats, Floats]:
    """Return the log likelihood ratio of each row of the reference, and of some rows of the batch, over other columns.

    Ratios are learnt on one half of the reference and told on the other: rows that taught them would look surer.
    """
    even = np.arange(case.reference.rows) % 2 == 0
    scores, seen = np.zeros(case.reference.rows), np.zeros(int(now.sum()))
    # the number that a level gives tells best whose rows the new ones were
    rules = (rule for rule in case.baseline.contract.rules if not is_lookup(rule, case.reference))
    skipped = {column, *_tied(rules, column)}
    for term in case.terms(Kind.NUMBER, Kind.CATEGORY):
        if term.name in skipped:
            continue
        codes, fresh, width = coded(case, term.name)
        for fold in (even, ~even):
            learnt = ratio(codes, width, fold)
            scores[~fold] += learnt[codes[~fold]]
            seen += learnt[fresh[now]] / 2
    return scores, seen


def drawn_from(case: Case, column: str, rows: Flags, levels: Sequence[str]) -> float:
    """Return how much likelier some rows of the batch are from some levels than from all rows (log likelihood ratio).

    Mean and spread of a row's score are taken from the reference's rows of the levels and from all, so that columns
    which say the same are not counted twice.
    """
    own = case.reference.texts[column].is_in(list(levels)).fill_null(value=False).to_numpy()
    if min(own.sum(), rows.sum()) < LEAST:
        return 0.0

    def ratio(codes: Codes, width: int, fold: Flags) -> Floats:
        return np.asarray(np.log(_shares(codes[own & fold], width)) - np.log(_shares(codes[fold], width)))

    scores, seen = _scored(case, column, rows, ratio)
    likely = [_normal(float(seen.mean()), part, seen.size) for part in (scores[own], scores)]
    return float(np.clip(likely[0] - likely[1], -MOST_SURE, MOST_SURE))


def _normal(mean: float, part: Floats, size: int) -> float:
    """Return the log density of a mean of so many rows, drawn from others."""
    spread = max(1e-9, float(part.std(ddof=1)))
    error = spread * math.sqrt(1 / size + 1 / part.size)
    return -0.5 * ((mean - float(part.mean())) / error) ** 2 - math.log(error)


def tied(case: Case, column: str) -> set[str]:
    """Return columns that a rule ties to a column."""
    return _tied(case.baseline.contract.rules, column)


def _tied(rules: Iterable[Rule], column: str) -> set[str]:
    return {other for r in rules if column in r.columns for other in r.columns if other != column}


def coded(case: Case, name: str) -> tuple[Codes, Codes, int]:
    """Return the codes of reference and batch in a few bins, and how many there are."""
    if name not in case.codes:
        case.codes[name] = _coded(case, name)
    return case.codes[name]


def _coded(case: Case, name: str) -> tuple[Codes, Codes, int]:
    if name in case.reference.numbers:
        base, batch = case.reference.numbers[name], case.batch.numbers[name]
        held = base[~np.isnan(base)]
        edges = np.unique(np.quantile(held, np.linspace(0, 1, BINS + 1)[:-1])) if held.size else np.zeros(1)
        codes = [np.where(np.isnan(p), edges.size + 1, np.searchsorted(edges, p, side="right")) for p in (base, batch)]
        return codes[0].astype(np.int64), codes[1].astype(np.int64), int(edges.size + 2)
    levels = case.baseline.contract.term(name).levels[:BINS]
    places = {level: place for place, level in enumerate(levels)}
    width = len(levels) + 1
    texts = [side.texts[name] for side in (case.reference, case.batch)]
    codes = [
        t.replace_strict(places, default=len(levels), return_dtype=pl.Int64).fill_null(len(levels)).to_numpy()
        for t in texts
    ]
    return codes[0], codes[1], width


def _shares(codes: Codes, width: int) -> Floats:
    counts = np.bincount(codes, minlength=width).astype(np.float64) + 0.5
    shares: Floats = counts / counts.sum()
    return shares
