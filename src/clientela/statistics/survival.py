"""Time until something happens, where not everyone was watched until it did.

Sources: Kaplan and Meier (1958); Greenwood (1926) and Kalbfleisch and Prentice (2002) for the interval; Mantel (1966)
for the log-rank test; Royston and Parmar (2013) for the restricted mean; Cox (1972), Breslow (1974), Efron (1977).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import chdtrc

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

ROUNDS = 50
CLOSE = 1e-12


@dataclass(frozen=True)
class Lived:
    """One arm as counts per distinct time: all that the methods need; counts of parts of an arm can be added.

    Attributes:
        times: Distinct times, ascending.
        events: Events at each.
        leaving: Units whose watch ends at each, events included.
    """

    times: Floats
    events: Floats
    leaving: Floats

    @property
    def n(self) -> float:
        """Number of units."""
        return float(self.leaving.sum())

    @property
    def at_risk(self) -> Floats:
        """Units watched until just before each time."""
        return np.asarray(self.n - np.concatenate([[0.0], np.cumsum(self.leaving)[:-1]]))

    @property
    def survival(self) -> Floats:
        """Kaplan-Meier estimate of the share without event after each time."""
        return np.asarray(np.cumprod(1 - self.events / self.at_risk), np.float64)

    def median(self) -> float:
        """Return the first time by which half had the event; NaN where that was not reached."""
        reached = np.flatnonzero(self.survival <= 0.5)
        return float(self.times[reached[0]]) if reached.size else math.nan


def lived(times: Floats, ended: Flags) -> Lived:
    """Count durations.

    Args:
        times: Durations, finite and not negative.
        ended: Whether each ended in the event; else the watch ended.

    Returns:
        The counts.

    >>> lived(np.array([3.0, 1.0, 3.0]), np.array([True, True, False])).median()
    3.0
    """
    distinct, place = np.unique(times, return_inverse=True)
    events = np.asarray(np.bincount(place, ended.astype(float), distinct.size), dtype=np.float64)
    return Lived(distinct, events, np.bincount(place, minlength=distinct.size).astype(np.float64))


def restricted_mean(arm: Lived, horizon: float) -> tuple[float, float]:
    """Return the mean time up to a horizon, and its variance.

    Args:
        arm: One arm.
        horizon: Time up to which is averaged, not beyond the longest watch.

    Returns:
        Mean of min(time, horizon), and the variance of that estimate.
    """
    inside = arm.times <= horizon
    times, events, at_risk = arm.times[inside], arm.events[inside], arm.at_risk[inside]
    survival = arm.survival[inside]
    edges = np.concatenate([[0.0], times, [horizon]])
    heights = np.concatenate([[1.0], survival])
    areas = np.diff(edges) * heights
    beyond = areas[::-1].cumsum()[::-1][1:]
    left = at_risk - events
    with np.errstate(divide="ignore", invalid="ignore"):
        terms = np.where((events > 0) & (left > 0), beyond**2 * events / (at_risk * left), 0.0)
    scale = events.sum() / max(events.sum() - 1, 1)
    return float(areas.sum()), float(terms.sum() * scale)


def log_rank(arms: list[Lived]) -> tuple[float, float]:
    """Return the log-rank statistic of two arms or more, and its p-value.

    Args:
        arms: Counts of each arm.

    Returns:
        Chi-square with arms - 1 degrees of freedom, and p.
    """
    times = np.unique(np.concatenate([arm.times[arm.events > 0] for arm in arms]))
    risk = np.stack([_risk_at(arm, times) for arm in arms])
    seen = np.stack([_events_at(arm, times) for arm in arms])
    n, d = risk.sum(axis=0), seen.sum(axis=0)
    apart = (seen - d * risk / n).sum(axis=1)[:-1]
    spread = np.where(n > 1, d * (n - d) / np.maximum(n - 1, 1), 0.0)
    share = risk / n
    covariance = -(share * spread) @ share.T + np.diag((share * spread).sum(axis=1))
    statistic = float(apart @ np.linalg.pinv(covariance[:-1, :-1]) @ apart)
    return statistic, float(chdtrc(len(arms) - 1, statistic))


def cox(first: Lived, second: Lived, ties: str = "efron") -> tuple[float, float]:
    """Return the log hazard ratio of the first arm against the second, and its standard error.

    Args:
        first: Counts of the variant.
        second: Counts of the control.
        ties: How events at one time are counted: "efron" or "breslow".

    Returns:
        Coefficient and standard error; NaN where an arm has no event.
    """
    if not (first.events.sum() and second.events.sum()):
        return math.nan, math.nan
    risks = _tied(first, second, ties == "efron")
    observed = float(first.events.sum())
    beta = 0.0
    for _ in range(ROUNDS):
        share = risks[0] * math.exp(beta) / (risks[0] * math.exp(beta) + risks[1])
        information = float((risks[2] * share * (1 - share)).sum())
        step = (observed - float((risks[2] * share).sum())) / information
        beta += max(-2.0, min(2.0, step))
        if abs(step) < CLOSE:
            break
    return beta, 1 / math.sqrt(information)


def _tied(first: Lived, second: Lived, efron: bool) -> tuple[Floats, Floats, Floats]:
    """Return per term of the partial likelihood: at risk in either arm, and how often the term counts."""
    times = np.unique(np.concatenate([first.times[first.events > 0], second.times[second.events > 0]]))
    risk = [_risk_at(arm, times) for arm in (first, second)]
    seen = [_events_at(arm, times) for arm in (first, second)]
    d = seen[0] + seen[1]
    if not efron:
        return risk[0], risk[1], d
    place = np.repeat(np.arange(times.size), d.astype(int))
    step = np.concatenate([np.arange(k) / k for k in d.astype(int)])
    return risk[0][place] - step * seen[0][place], risk[1][place] - step * seen[1][place], np.ones(place.size)


def _risk_at(arm: Lived, times: Floats) -> Floats:
    after = np.concatenate([arm.at_risk, [0.0]])
    return after[np.searchsorted(arm.times, times)]


def _events_at(arm: Lived, times: Floats) -> Floats:
    place = np.minimum(np.searchsorted(arm.times, times), arm.times.size - 1)
    return np.where(arm.times[place] == times, arm.events[place], 0.0)
