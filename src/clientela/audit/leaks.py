"""Which columns know the label: the rules, shared by the check and by the roles."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy import special

from clientela.audit.checking import Context
from clientela.audit.lexicon import AFTER, TOTALS, mentions
from clientela.domain.column import Role
from clientela.domain.estimate import Estimate

CERTAIN = 0.99
"""Area from which a single column nearly is the label."""

STRONG = 0.75
"""Area below which a column is not suspected for its strength alone."""

JUMP = 1.5
"""How many times as telling as the next strongest column a jump is, in units of d'."""

SAME_NEWS = 0.9
"""Association from which two columns tell the same news and are not held against each other."""

NAMED = 0.6
"""Area from which a column whose name says "afterwards" is suspected."""


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


def separation(area: float) -> float:
    """Return d', the distance of two equal normal distributions with this area (Green and Swets 1966).

    >>> round(separation(0.76), 2)
    1.0
    """
    return float(np.sqrt(2) * special.ndtri(min(max(area, 0.5), 1 - 1e-9)))


def find_leaks(context: Context) -> tuple[Leak, ...]:
    """Judge every feature by its single-column area and its name, strongest first.

    Averages of the label are told as such, once.
    """
    features = [c.name for c in context.of(Role.FEATURE) if c.name in context.signals]
    features = [name for name in features if name not in context.averages]
    areas = {name: context.signals[name].best.value for name in features}
    ranked = sorted(features, key=lambda name: -areas[name])
    found = []
    for name in ranked:
        gap = _gap(context, areas, name)
        reasons, certain = _judge(name, areas[name], gap)
        if reasons:
            signal = context.signals[name]
            found.append(Leak(name, signal.best, signal.question, reasons, certain, gap))
    return tuple(found)


def _gap(context: Context, areas: Mapping[str, float], name: str) -> float:
    """Compare with the strongest column that says something else and does not give the label away itself."""
    if areas[name] < STRONG:
        return 1.0
    others = [
        area
        for other, area in areas.items()
        if other != name and area < CERTAIN and context.matrix.between(name, other) < SAME_NEWS
    ]
    base = separation(max(others, default=0.5))
    return separation(areas[name]) / max(base, 0.2)


def _judge(name: str, area: float, gap: float) -> tuple[tuple[str, ...], bool]:
    afterwards = mentions(name, AFTER)
    reasons = []
    certain = area >= CERTAIN
    if certain:
        reasons.append("it nearly determines the label")
    if afterwards and area >= NAMED:
        reasons.append("its name says that it is known only afterwards")
        certain = certain or area >= 0.9
    if area >= STRONG and gap >= JUMP:
        reasons.append("it tells far more than any other column")
    if area >= STRONG and mentions(name, TOTALS):
        reasons.append("it is complete only at the end of what it measures")
    return tuple(reasons), certain
