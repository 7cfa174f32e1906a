"""How well anyone could predict an order: Bayes' rule with the true tables of the world.

The type and the mood of a visit are unseen; what is seen of a visit says how likely each of
them is, and the chance of an order is the average over them. No model that sees the same
columns of the same row can rank visits better.
"""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
from scipy.special import expit, logsumexp, ndtr

from clientela.samples import world
from clientela.samples.randoms import Floats
from clientela.samples.visitors import frequency
from clientela.samples.visits import Draws, season_intent

_NODES, _WEIGHTS = np.polynomial.hermite_e.hermegauss(11)
_TYPES = np.arange(len(world.TYPES))


def best_chance(draws: Draws, without: Collection[str] = (), session: bool = False) -> Floats:
    """Return the best possible probability of an order per visit.

    Args:
        draws: The visits.
        without: Blocks (keys of `Draws.known_intent`) that may not be seen; what they add to
            the log-odds is then replaced by its average in each type.
        session: Whether the length of the session is seen, which is too late to choose a page.

    Returns:
        Probabilities, one per visit.
    """
    evidence = {name: logs for name, logs in _evidence(draws).items() if name not in without}
    types = np.sum(list(evidence.values()), axis=0)
    joint = types[:, :, None] + np.log(_WEIGHTS / _WEIGHTS.sum())
    if session:
        joint = joint + _session_logs(draws)
    joint -= logsumexp(joint, axis=(1, 2), keepdims=True)
    seen = sum(intent for name, intent in draws.known_intent.items() if name not in without)
    chance = np.zeros(len(draws.position))
    for kind in _TYPES:
        own = draws.visitor.kind == kind
        unseen = sum(float(draws.known_intent[name][own].mean()) if own.any() else 0.0 for name in without)
        base = seen + unseen + world.TYPE_INTENT[kind] + season_intent(np.full_like(draws.day, kind), draws.day)
        for place, node in enumerate(_NODES):
            chance += np.exp(joint[:, kind, place]) * expit(base + world.MOOD_INTENT * node)
    return chance


def _evidence(draws: Draws) -> dict[str, Floats]:
    """Log-likelihood of what is seen, per block: one line per visit, one column per type."""
    visitor = draws.visitor
    distance = visitor.interests[:, None, :] - world.INTEREST_MEANS
    return {
        "prev_visits": np.log(_types_by_earlier()[draws.earlier]),
        "device": np.log(world.DEVICE_SHARES.T[draws.device]),
        "landing_page": np.log(world.PAGE_SHARES.T[draws.page]),
        "calendar": np.log(world.HOUR_SHARES.T[draws.second // 3600]),
        "campaign": np.log(world.CHANNEL_SHARES.T[draws.channel]),
        "interests": -0.5 * (distance**2).sum(axis=2),
        "crm": np.where(visitor.known[:, None], _crm_logs(draws), np.log(1 - world.CRM_SHARES)),
    }


def _types_by_earlier() -> Floats:
    """Share of the types among visits with 0, 1, 2, ... earlier ones."""
    counts = np.array(list(world.VISIT_COUNTS))
    visitors = np.array(list(world.VISIT_COUNTS.values()))
    kinds = visitors[:, None] * world.TYPE_SHARES[frequency(counts)]
    lines = np.array([kinds[counts > earlier].sum(axis=0) for earlier in range(int(counts.max()))])
    shares: Floats = lines / lines.sum(axis=1, keepdims=True)
    return shares


def _crm_logs(draws: Draws) -> Floats:
    visitor = draws.visitor
    stay = world.ORDER_MEANS / (1 + world.ORDER_MEANS)
    letter = np.where(visitor.newsletter[:, None], world.NEWSLETTER_SHARES, 1 - world.NEWSLETTER_SHARES)
    orders = visitor.orders[:, None] * np.log(stay) + np.log(1 - stay)
    logs: Floats = np.log(world.CRM_SHARES) + np.log(letter) + np.log(world.AGE_SHARES.T[visitor.age]) + orders
    return logs


def _session_logs(draws: Draws) -> Floats:
    """Log-likelihood of the session's length: visits x types x moods."""
    middle = world.SESSION_MEANS[:, None] + world.SESSION_MOOD * _NODES
    capped = draws.session >= world.SESSION_CAP
    upper = _below(np.where(capped, np.inf, np.log(draws.session)), middle)
    lower = _below(np.log(np.maximum(draws.session - 1, 1e-9)), middle)
    logs: Floats = np.log(np.maximum(upper - lower, 1e-300))
    return logs


def _below(limit: Floats, middle: Floats) -> Floats:
    share: Floats = ndtr((limit[:, None, None] - middle) / world.SESSION_NOISE)
    return share
