"""Which columns know the label: the rules, shared by the check and by the roles."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special

from clientela.audit.arrays import BINS
from clientela.audit.checking import Context
from clientela.audit.lexicon import AFTER, TOTALS, mentions, vocabulary, words
from clientela.audit.measuring import FOLDS
from clientela.domain.column import Role
from clientela.domain.estimate import Estimate
from clientela.statistics.signal import out_of_fold, pooled_auc, ranked_auc

CERTAIN = 0.99
"""Area from which a single column nearly is the label."""

DECIDES = "it nearly determines the label"
STRONG = 0.75
"""Area below which a column is not suspected for its strength alone."""

JUMP = 1.5
"""How many times as telling as the next strongest column a jump is, in units of d'."""

SAME_NEWS = 0.9
"""Association from which two columns tell the same news and are not held against each other."""

LEADERS = 3
"""Columns that may be ahead of all others together: more of them are no jump."""

MOST_POOLED = 25
NAMED = 0.6
"""Area from which a column whose name says "afterwards" may be suspected, where no other column comes near."""

_LATER = AFTER | vocabulary(
    "next, future, following, subsequent, kommende, folgende, zukunftig, naechste, nachste, siguiente, siguientes, "
    "proximo, proximos, futuro, suivant, suivants, futur, successivo, successivi, volgende, erstattung, gutschrift, "
    "reembolso, entrega, entregado, factura, remboursement, facture, livre, rimborso, fattura, consegna, "
    "terugbetaling, levering, factuur, betaling, zwrot, dostawa, platnosc, faktura, chargeback, voucher redeemed"
)
_STEMS = tuple(
    vocabulary(
        "zahlung, bezahl, liefer, versand, rechnung, retour, storn, kundigung, kuendigung, erstattung, gutschrift"
    )
)
_OPINION = vocabulary(
    "nps, review, reviews, rating, bewertung, satisfaction, zufriedenheit, csat, feedback, valoracion, avis, recensione"
)
"""What people say when asked: its name does not tell whether that was before or after the outcome."""


@dataclass(frozen=True)
class Leak:
    """One column that knows the label, or may.

    Attributes:
        column: Column name.
        area: Single-column area under the ROC curve, out of fold, of the best question.
        question: That question's words.
        reasons: Why it is suspected.
        certain: Nearly deterministic, or known only afterwards by name and telling.
        gap: How many times as telling (d') as the strongest other column; 1 below `STRONG`.
    """

    column: str
    area: Estimate
    question: str
    reasons: tuple[str, ...]
    certain: bool
    gap: float


def afterwards(name: str) -> bool:
    """Tell whether a name speaks of what comes after the outcome: paying, delivering, taking back, the time ahead.

    >>> afterwards("Lieferstatus"), afterwards("orders_next_30d"), afterwards("age")
    (True, True, False)
    """
    return mentions(name, _LATER) or any(word.startswith(stem) for word in words(name) for stem in _STEMS)


def separation(area: float) -> float:
    """Return d', the distance of two equal normal distributions with this area (Green and Swets 1966).

    >>> round(separation(0.76), 2)
    1.0
    """
    return float(np.sqrt(2) * special.ndtri(min(max(area, 0.5), 1 - 1e-9)))


def find_leaks(context: Context) -> tuple[Leak, ...]:
    """Judge every feature by its single-column area, its name and its cells, strongest first.

    Averages of the label are told as such, once.
    """
    features = [c.name for c in context.of(Role.FEATURE) if c.name in context.signals]
    features = [name for name in features if name not in context.averages]
    areas = {name: context.signals[name].best.value for name in features}
    ranked = sorted(features, key=lambda name: -areas[name])
    gaps = _gaps(context, areas, ranked)
    found = []
    for name in ranked:
        reasons, certain = _judge(context, name, areas, gaps.get(name, 1.0))
        if reasons:
            signal = context.signals[name]
            found.append(Leak(name, signal.best, signal.question, reasons, certain, gaps.get(name, 1.0)))
    return tuple(found)


def find_deciding(context: Context) -> tuple[Leak, ...]:
    """Find the columns that are no features, were not named by a person, and decide the label.

    Other outcomes and revenue by their values, identifiers, texts and dates by being filled for one answer only.
    """
    ask, found = context.facts.ask, []
    for column in context.of(Role.REVENUE, Role.OUTCOME, Role.IDENTIFIER, Role.IGNORED):
        name = column.name
        if name in ask.roles or name in (ask.revenue, ask.visitor) or name not in context.signals:
            continue
        signal = context.signals[name]
        if context.roles.column(name).role in (Role.REVENUE, Role.OUTCOME):
            told = (DECIDES, signal.question, signal.best) if signal.best.value >= CERTAIN else None
        else:
            told = _filled_for(context, name) if column.nulls else None
        if told is not None:
            found.append(Leak(name, told[2], told[1], (told[0],), certain=True, gap=1.0))
    return tuple(sorted(found, key=lambda leak: -leak.area.value))


def _filled_for(context: Context, name: str) -> tuple[str, str, Estimate] | None:
    """Return the answer whose rows, and hardly any others, have a cell in this column."""
    outcome = context.outcome
    if outcome is None:
        return None
    known = outcome.known
    filled = (~context.facts.arrays.missing(name)[known]).astype(np.int64)
    asked = [*outcome.questions, *([outcome.above] if outcome.above is not None else [])]
    for question in asked:
        answer = question.positive[known]
        if 0 < answer.sum() < answer.size and (area := ranked_auc(filled, answer)).value >= CERTAIN:
            return f"it is filled for {question.words} only", question.words, area
    return None


def _gaps(context: Context, areas: Mapping[str, float], ranked: Sequence[str]) -> dict[str, float]:
    """Return how far the leading columns are ahead of all others: the widest step below the first three.

    Columns that say the same as a leader do not count as others, nor do those that give the label away themselves.
    """
    able = [name for name in ranked if areas[name] < CERTAIN]
    best: dict[str, float] = {}
    for count in range(1, min(LEADERS, 1 + len(ranked) // 4) + 1):
        leaders = [*[name for name in ranked if areas[name] >= CERTAIN], *able[:count]]
        told = [able[i] for i in range(count) if i < len(able)]
        others = [n for n in able[count:] if all(context.matrix.between(n, leader) < SAME_NEWS for leader in leaders)]
        base = max(separation(areas[others[0]]) if others else 0.0, 0.2)
        for name in told:
            gap = separation(areas[name]) / base
            if areas[name] >= STRONG and min(separation(areas[t]) for t in told) / base >= JUMP:
                best[name] = max(best.get(name, 1.0), gap)
    return best


def _judge(context: Context, name: str, areas: Mapping[str, float], gap: float) -> tuple[tuple[str, ...], bool]:
    reasons = []
    area, label = areas[name], context.roles.label or ""
    certain = area >= CERTAIN or context.matrix.between(name, label) >= CERTAIN
    if certain:
        reasons.append(DECIDES)
    if afterwards(name) and not mentions(name, _OPINION) and area >= NAMED and _ahead(context, name, areas):
        reasons.append("its name says that it is known only afterwards")
        certain = certain or area >= 0.9
    if not certain and (told := _telling_cell(context, name)):
        reasons.append(told)
    if gap >= JUMP:
        reasons.append("it tells far more than any other column")
    if area >= STRONG and mentions(name, TOTALS):
        reasons.append("it is known only afterwards, complete only at the end of what it measures")
    return tuple(reasons), certain


def _ahead(context: Context, name: str, areas: Mapping[str, float]) -> bool:
    """Whether a column is clearly stronger than all that are not named like it: its interval lies above theirs."""
    others = [n for n in areas if n != name and not afterwards(n) and not mentions(n, TOTALS)]
    others = [n for n in others if context.matrix.between(n, name) < SAME_NEWS and areas[n] < CERTAIN]
    low = context.signals[name].best.low
    return all(low > context.signals[other].best.high for other in others)


def _telling_cell(context: Context, name: str) -> str:
    """Return the cell that all its rows have one rare answer for: a value, or that there is one at all.

    Chance: were the answers spread at random, so many rows with that value would have it less than once in a million
    columns; a twentieth of the rows with that answer must be told.
    """
    outcome, arrays = context.outcome, context.facts.arrays
    if outcome is None:
        return ""
    known = np.asarray(outcome.known)
    filled = arrays.identity[name] > 0
    cells = {"where it is filled": filled} if 0 < (filled & known).sum() < known.sum() else {}
    if name in arrays.grouped or context.facts.columns[name].distinct <= BINS:
        codes = arrays.bins[name]
        cells |= {f"on one of its values ({int((codes == c).sum()):,} rows)": codes == c for c in np.unique(codes)}
    for question in outcome.questions:
        share = float(question.positive[known].mean())
        for where, rows in cells.items():
            inside = rows & known
            all_of_it = bool(question.positive[inside].all()) if inside.any() else False
            rare = share <= 0.5 and inside.sum() * np.log(max(share, 1e-9)) < np.log(1e-6)
            if all_of_it and rare and inside.sum() >= 0.05 * question.positive[known].sum():
                return f"every row is {question.words} {where}"
    return ""


def worth(context: Context, leak: Leak) -> tuple[float, float] | None:
    """Estimate the area that all features reach together, with the suspected column and without it.

    Out-of-fold scores of the strongest features are weighted by least squares. A cheap estimate: the models measure it.

    Returns:
        With and without; None where there is no other feature.
    """
    outcome = context.outcome
    if outcome is None:
        return None
    asked = [*outcome.questions, *([outcome.above] if outcome.above is not None else [])]
    question = next(question for question in asked if question.words == leak.question)
    features = [
        c.name for c in context.of(Role.FEATURE) if c.name in context.signals and c.name not in context.averages
    ]
    features = sorted(features, key=lambda name: -context.signals[name].best.value)[:MOST_POOLED]
    if len(features) < 2 or leak.column not in features:
        return None
    known = np.flatnonzero(outcome.known)
    positive = question.positive[known]
    fold = np.random.default_rng(context.facts.options.seed).permutation(known.size) % FOLDS
    scores = np.stack([_scores(context.facts.arrays.bins[name][known], positive, fold) for name in features], axis=1)
    others = [i for i, name in enumerate(features) if name != leak.column]
    return pooled_auc(scores, positive), pooled_auc(scores[:, others], positive)


def _scores(codes: NDArray[np.int64], positive: NDArray[np.bool_], fold: NDArray[np.int64]) -> NDArray[np.float64]:
    score = out_of_fold(codes, positive, fold)[2]
    rows: NDArray[np.float64] = score[fold * (int(codes.max(initial=0)) + 1) + codes]
    return rows
