"""Rules between the columns of a row: learnt where the reference keeps them, counted where a batch breaks them."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import polars as pl

from clientela.monitoring.columns import Flags, Kind, Side
from clientela.monitoring.constants import changed, learn_constants
from clientela.monitoring.contract import PARTS, RATE, Rule, Term
from clientela.monitoring.cuts import beyond, learn_cuts
from clientela.monitoring.identities import broken_identity, learn_identities
from clientela.monitoring.lookups import broken_lookup, commonest
from clientela.monitoring.rates import broken_rate, learn_rates
from clientela.monitoring.spans import learn_spans

SLACK = 0.001
"""Share of rows that may break a rule that is still learnt."""

ORDER_SLACK = 0.01
"""The same for an order of two numbers, which rounding breaks now and then."""

EXPECTED = 30.0
"""Exceptions that columns without a relation would have; a rule with fewer says little."""

OF_REFERENCE = {"constant": changed, RATE: broken_rate}
"""What tells the broken rows of rules that only the reference's rows complete, by kind."""

MOST_RULES = 200
"""Rules of each kind that are learnt at most."""

MOST_STATES = 6


@dataclass(frozen=True)
class Break:
    """A rule that the batch breaks more often than the reference did."""

    rule: Rule
    rows: Flags
    chance: float


def is_lookup(rule: Rule, side: Side) -> bool:
    """Tell whether a category gives a number by the rule."""
    return rule.kind == "determines" and rule.right in side.numbers


def learn_rules(side: Side, terms: tuple[Term, ...]) -> tuple[Rule, ...]:
    """Return the rules that the reference keeps.

    A rule counts where columns without a relation would break it at least `EXPECTED` times and no more than `SLACK`
    of the rows do: by the Poisson law, chance gives so few exceptions in fewer than one of a billion.
    """
    kinds = (_implications, _orders, _determined, _agreements)
    plain = [rule for learn in kinds for rule in itertools.islice(learn(side, terms), MOST_RULES)]
    identities = list(learn_identities(side, terms))
    return (
        *plain,
        *_looked_up(side, terms),
        *learn_cuts(side, terms),
        *learn_constants(side, terms),
        *identities,
        *learn_rates(side, terms, identities),
        *learn_spans(side, terms),
    )


def holds(side: Side, name: str, what: str) -> Flags:
    """Return where "what" holds of the column: ">0", another bound (">30", "<=30"), "missing", "present" or a level."""
    if what == "missing":
        return side.missing(name)
    if what == "present":
        return ~side.missing(name)
    if what == ">0":
        return np.nan_to_num(side.numbers[name], nan=0.0) > 0
    if name in side.numbers:
        return beyond(side.numbers[name], what)
    return (side.texts[name] == what).fill_null(value=False).to_numpy()


def broken(rule: Rule, side: Side, reference: Side) -> Flags:
    """Return which rows break the rule; rows where a column is missing break none but those about missing cells."""
    if rule.kind == "implies":
        lost = np.zeros(side.rows, dtype=np.bool_)
        if "missing" not in (rule.left_is, rule.right_is) and "present" not in (rule.left_is, rule.right_is):
            lost = side.missing(rule.left) | side.missing(rule.right)
        return holds(side, rule.left, rule.left_is) & ~holds(side, rule.right, rule.right_is) & ~lost
    if rule.parts:
        return broken_identity(rule, side)
    if rule.kind == "order":
        with np.errstate(invalid="ignore"):
            return side.numbers[rule.left] > side.numbers[rule.right] + 1e-9
    if rule.kind in OF_REFERENCE:
        return OF_REFERENCE[rule.kind](rule, side, reference)
    if is_lookup(rule, side):
        return broken_lookup(rule, side, reference)
    left = _left(rule, side)
    known, now = reference.texts[rule.right], side.texts[rule.right]
    modal = commonest(_left(rule, reference), known)
    expected = pl.DataFrame({"left": left}).join(modal, on="left", how="left", maintain_order="left")["right"]
    # a word that nobody knows is another writing or a new level, which the search of categories names
    return ((expected != now) & now.is_in(known.unique().implode())).fill_null(value=False).to_numpy()


def _left(rule: Rule, side: Side) -> pl.Series:
    return part(side, rule.left, rule.left_is) if rule.kind == "agrees" else side.texts[rule.left]


def part(side: Side, name: str, what: str) -> pl.Series:
    """Return a part of the time as text: month, weekday, weekend, hour, day or year."""
    stamps = pl.Series("t", side.numbers[name] * 1e6).fill_nan(None).cast(pl.Int64).cast(pl.Datetime("us"))
    if what == "weekend":
        return (stamps.dt.weekday() >= 6).cast(pl.String)
    if what == "day":
        return stamps.dt.date().cast(pl.String)
    parts = {"month": stamps.dt.month, "weekday": stamps.dt.weekday, "hour": stamps.dt.hour, "year": stamps.dt.year}
    return parts[what]().cast(pl.String)


def _states(side: Side, terms: tuple[Term, ...]) -> Iterator[tuple[str, str, Flags]]:
    for term in terms:
        name = term.name
        if 0.01 <= term.nulls <= 0.99:
            yield name, "missing", side.missing(name)
            yield name, "present", ~side.missing(name)
        if term.kind is Kind.NUMBER and 0.01 <= float(np.mean(holds(side, name, ">0"))) <= 0.99 and term.low >= 0:
            yield name, ">0", holds(side, name, ">0")
        if term.kind is Kind.CATEGORY and 2 <= len(term.levels) <= MOST_STATES:
            for level in term.levels:
                yield name, level, holds(side, name, level)


def _implications(side: Side, terms: tuple[Term, ...]) -> Iterator[Rule]:
    states = list(_states(side, terms))
    if len(states) < 2:
        return
    flags = np.stack([state[2] for state in states], axis=1).astype(np.float32)
    both = flags.T @ flags
    counts = np.diag(both)
    for left, (name, what, _) in enumerate(states):
        for right, (other, that, _) in enumerate(states):
            if name == other or what == "missing" == that and left > right and counts[left] == counts[right]:
                continue
            exceptions = float(counts[left] - both[left, right])
            expected = float(counts[left] * (1 - counts[right] / side.rows))
            if expected >= EXPECTED and exceptions <= min(SLACK * counts[left], expected / 20):
                yield Rule("implies", name, what, other, that, int(exceptions), side.rows)


def _orders(side: Side, terms: tuple[Term, ...]) -> Iterator[Rule]:
    kinds = {term.name: term.kind for term in terms if term.kind in (Kind.NUMBER, Kind.TIME)}
    for left, kind in kinds.items():
        for right, other in kinds.items():
            if left == right or kind is not other:
                continue
            first, second = side.numbers[left], side.numbers[right]
            kept = ~np.isnan(first) & ~np.isnan(second)
            a, b = first[kept], second[kept]
            if a.size < EXPECTED or np.mean(a > b) > ORDER_SLACK or a.std() == 0:
                continue
            shuffled = float(np.searchsorted(np.sort(b), a, side="left").mean())
            if shuffled >= max(EXPECTED, 0.02 * a.size):
                yield Rule("order", left, "", right, "", int(np.sum(a > b)), side.rows)


def _determined(side: Side, terms: tuple[Term, ...]) -> Iterator[Rule]:
    names = [term.name for term in terms if term.kind is Kind.CATEGORY and len(term.levels) >= 2]
    for left in names:
        for right in names:
            if left != right and len(side.texts[left].drop_nulls().unique()) >= len(
                side.texts[right].drop_nulls().unique()
            ):
                yield from _rule("determines", side, left, "", right)


def _looked_up(side: Side, terms: tuple[Term, ...]) -> Iterator[Rule]:
    for left in terms:
        if left.kind is Kind.CATEGORY and len(left.levels) >= 2:
            for right in terms:
                if right.kind in (Kind.NUMBER, Kind.TIME) and right.high > right.low:
                    yield from _rule("determines", side, left.name, "", right.name)


def _agreements(side: Side, terms: tuple[Term, ...]) -> Iterator[Rule]:
    times = [term.name for term in terms if term.kind is Kind.TIME]
    for name in times:
        for term in terms:
            if term.kind is Kind.CATEGORY and len(term.levels) >= 2:
                for what in PARTS:
                    learnt = list(_rule("agrees", side, name, what, term.name))
                    yield from learnt
                    if learnt:
                        break


def _rule(kind: str, side: Side, left: str, left_is: str, right: str) -> Iterator[Rule]:
    values = part(side, left, left_is) if kind == "agrees" else side.texts[left]
    other = side.texts[right] if right in side.texts else pl.Series(side.numbers[right], nan_to_null=True)
    frame = pl.DataFrame({"left": values, "right": other}).drop_nulls()
    if frame.height < EXPECTED or values.n_unique() > frame.height / 10:
        return
    counts = frame.group_by("left", "right").len()
    kept = int(counts.group_by("left").agg(pl.col("len").max())["len"].sum())
    commonest = int(frame.group_by("right").len()["len"].to_numpy().max())
    if frame.height - kept <= SLACK * frame.height and frame.height - commonest >= EXPECTED:
        yield Rule(kind, left, left_is, right, "", frame.height - kept, side.rows)
