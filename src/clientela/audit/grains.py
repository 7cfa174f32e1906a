"""What one row is, in a word."""

from __future__ import annotations

from clientela.audit import lexicon
from clientela.audit.facts import Facts
from clientela.audit.lexicon import mentions
from clientela.domain.column import Role
from clientela.domain.roles import Roles

_SESSION = lexicon.vocabulary(
    "bounce rates, bounce rate, exit rates, exit rate, landing page, page views, pageviews, pages, session duration, "
    "page values, visitor type, referrer, utm source, device, browser"
)


def grain_of(facts: Facts, roles: Roles) -> str:
    """Return "visit", "visitor", "order", "order line", "day" or "row".

    An identifier that is different on every row names the grain; one of orders that
    repeats makes rows order lines; columns that only a web session has make rows visits.
    """
    if roles.visit is not None:
        return "order" if mentions(roles.visit, lexicon.ORDER) else "visit"
    orders = [name for name in roles.identifiers if mentions(name, lexicon.ORDER)]
    if orders:
        return "order line"
    if roles.visitor is not None:
        column = facts.columns[roles.visitor]
        return "visitor" if column.distinct == column.filled else "visit"
    if roles.time is not None and facts.columns[roles.time].unique_share == 1 and len(roles.named(Role.TIME)) == 1:
        return "day" if facts.columns[roles.time].storage == "date" else "row"
    return "visit" if sum(mentions(name, _SESSION) for name in facts.names) >= 2 else "row"
