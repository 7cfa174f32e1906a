"""Numbers that are a share of another one, at a rate that a category gives: a tax by country, a fee by partner."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterator, Sequence

import numpy as np
import polars as pl

from clientela.monitoring.columns import Flags, Floats, Kind, Side
from clientela.monitoring.contract import RATE, Rule, Term
from clientela.monitoring.transforms import unit_of

LEAST, LEAST_ROWS, EXPECTED = 10, 100, 30
"""Rows of a level from which its rate is known, rows that must have both numbers, and rows that one rate for all levels
would have to miss."""

MOST_LEVELS, TRIED, MOST_RULES = 60, 200, 20
"""Levels of a category that gives rates, rows of its commonest one on which most pairs show that it gives none, and
rules that are learnt."""

SLACK = 0.001
"""Share of the rows that may have another rate."""

NEARLY, LOOSE, SPREAD = 0.98, 0.05, 0.5
"""Share of the tried rows that must have one rate, how far rows may be from the middle rate that tell it, and the most
rows that may hold one value, of which no rate can be told."""


def learn_rates(side: Side, terms: Sequence[Term], known: Sequence[Rule]) -> Iterator[Rule]:
    """Yield pairs of numbers whose ratio a category gives, the smaller number of the two as a share of the larger one.

    Of the categories that give it the one with fewest levels is told.

    Args:
        side: The reference.
        terms: What it says of its columns.
        known: Rules that were learnt; sums and products with both numbers tell more.
    """
    numbers = [term.name for term in terms if term.kind is Kind.NUMBER and term.high > term.low]
    categories = [term for term in terms if term.kind is Kind.CATEGORY and 2 <= len(term.levels) <= MOST_LEVELS]
    given = [set(rule.columns) for rule in known if rule.kind == "product"]
    learnt = 0
    left = [pair for pair in itertools.combinations(numbers, 2) if not any(set(pair) <= one for one in given)]
    for term in sorted(categories, key=lambda one: len(one.levels)):
        rows = (side.texts[term.name] == term.levels[0]).fill_null(value=False).to_numpy()
        for pair in list(left):
            base, amount = sorted(pair, key=lambda name: -float(np.nanmean(np.abs(side.numbers[name]))))
            rule = Rule(RATE, term.name, "", amount, base, 0, side.rows)
            if _one_rate(side.numbers[amount][rows], side.numbers[base][rows]) and (found := _learnt(rule, side)):
                left.remove(pair)
                learnt += 1
                yield found
            if learnt == MOST_RULES:
                return


def _one_rate(amounts: Floats, bases: Floats) -> bool:
    """Tell whether the rows of one level may have one rate."""
    with np.errstate(invalid="ignore"):
        kept = np.flatnonzero((bases > 0) & (amounts > 0))[:TRIED]
    one, two = amounts[kept], bases[kept]
    if one.size < LEAST or np.unique(two, return_counts=True)[1].max() > SPREAD * two.size:
        return False
    within = unit_of(one) + unit_of(two)
    rate = float((one * two).sum() / (two * two).sum())
    return bool(np.mean(np.abs(one - rate * two) <= within) >= NEARLY and within < LOOSE * float(np.median(one)))


def _learnt(rule: Rule, side: Side) -> Rule | None:
    expected = as_given(rule, rule.right, side, side)
    asked = ~np.isnan(expected) & ~np.isnan(side.numbers[rule.right])
    exceptions = int(broken_rate(rule, side, side).sum())
    if asked.sum() < LEAST_ROWS or exceptions > SLACK * asked.sum():
        return None
    amounts, bases = side.numbers[rule.right][asked], side.numbers[rule.right_is][asked]
    rate = float(np.median(expected[asked][bases > 0] / bases[bases > 0])) if np.any(bases > 0) else 0.0
    apart = np.abs(amounts - rate * bases) > rounded_by(rule, rule.right, side) + 1e-4 * np.abs(amounts)
    told = Rule(rule.kind, rule.left, "", rule.right, rule.right_is, exceptions, side.rows)
    return told if apart.sum() >= EXPECTED else None


def rates(rule: Rule, reference: Side) -> pl.DataFrame:
    """Return the levels of the reference (`level`) with the rate of each (`rate`)."""
    rows = pl.DataFrame(
        {
            "level": reference.texts[rule.left],
            "amount": pl.Series(reference.numbers[rule.right], nan_to_null=True),
            "base": pl.Series(reference.numbers[rule.right_is], nan_to_null=True),
        }
    ).drop_nulls()
    rows = rows.filter(pl.col("base") > 0)
    middle = (pl.col("amount") / pl.col("base")).median().over("level")
    near = (pl.col("amount") - middle * pl.col("base")).abs() <= LOOSE * middle.abs() * pl.col("base")
    both = rows.filter(near | (middle == 0)).group_by("level")
    told = both.agg(pl.len(), rate=(pl.col("amount") * pl.col("base")).sum() / (pl.col("base") ** 2).sum())
    return told.filter(pl.col("len") >= LEAST).select("level", "rate").sort("level")


def as_given(rule: Rule, name: str, side: Side, reference: Side) -> Floats:
    """Return for each row what one of both numbers is by the other one and the rate; NaN where that is not known."""
    keys = pl.DataFrame({"level": side.texts[rule.left]})
    found = keys.join(rates(rule, reference), on="level", how="left", maintain_order="left")["rate"]
    rate = found.fill_null(float("nan")).to_numpy()
    with np.errstate(divide="ignore", invalid="ignore"):
        base = side.numbers[rule.right] / rate if name == rule.right_is else rate * side.numbers[rule.right_is]
    return np.asarray(base, dtype=np.float64)


def rounded_by(rule: Rule, name: str, reference: Side) -> float:
    """Return how far rounding of both numbers parts one of them from what the other gives, at a usual rate."""
    amount, base = (unit_of(reference.numbers[one]) for one in (rule.right, rule.right_is))
    rate = float(rates(rule, reference)["rate"].to_numpy().mean())
    apart = 0.55 * amount + 0.5 * rate * base
    return apart / max(rate, 1e-12) if name == rule.right_is else apart


def broken_rate(rule: Rule, side: Side, reference: Side) -> Flags:
    """Return which rows have another amount than the rate of their level gives.

    Where all amounts are in a smaller unit, so is what rounding had parted them by.
    """
    expected, amounts = as_given(rule, rule.right, side, reference), side.numbers[rule.right]
    sizes = [_size(part) for part in (amounts, reference.numbers[rule.right])]
    within = rounded_by(rule, rule.right, reference) * max(1.0, sizes[0] / sizes[1])
    with np.errstate(invalid="ignore"):
        apart: Flags = np.abs(amounts - expected) > within + 1e-4 * np.abs(expected)
    return apart


def _size(values: Floats) -> float:
    above = values[values > 0]
    return float(np.median(above)) if above.size else 1.0


def to_blame(broken: Sequence[Rule], kept: Sequence[Rule]) -> list[str]:
    """Return the numbers that may have broken rates: those in most of the broken rules, and in none that are kept."""
    sound = {name for rule in kept for name in (rule.right, rule.right_is)}
    counts = Counter(name for rule in broken for name in (rule.right, rule.right_is) if name not in sound)
    most = max(counts.values(), default=0)
    return [name for name, count in counts.items() if count == most]
