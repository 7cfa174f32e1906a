"""What one row is, in a word."""

from __future__ import annotations

from clientela.audit import lexicon
from clientela.audit.facts import Facts
from clientela.audit.lexicon import mentions
from clientela.audit.row_keys import RowKey
from clientela.domain.column import Role
from clientela.domain.roles import Roles

_SESSION = lexicon.vocabulary(
    "bounce rates, bounce rate, exit rates, exit rate, landing page, page views, pageviews, pages, session duration, "
    "page values, visitor type, referrer, utm source, device, browser, visit, session, time on site, sitzung, besuch"
)
_BOUGHT = lexicon.MONEY | lexicon.vocabulary(
    "price, unit price, quantity, qty, preis, menge, anzahl, stuck, stueck, precio, cantidad, prix, quantite, "
    "prezzo, quantita, prijs, aantal, cds, items"
)
ALWAYS = 0.95
"""Share of rows with an amount above zero from which rows are purchases: most visits end without one."""


def grain_of(facts: Facts, roles: Roles, row_key: RowKey | None = None) -> str:
    """Return "visit", "visitor", "order", "order line", "purchase", "event", "day" or "row".

    An identifier that is different on every row names the grain; one of orders that
    repeats makes rows order lines; something with a time makes them events unless a visitor stands behind them;
    an amount on nearly every row makes a visitor's rows purchases; columns that only a web session has make
    rows visits.
    """
    if roles.visit is not None:
        return _of_key(facts, roles, roles.visit)
    if any(mentions(name, lexicon.ORDER) and name != roles.visitor for name in roles.identifiers):
        return "order line"
    if row_key is not None and any(_of_device(name) for name in row_key.columns):
        return "event"
    if roles.visitor is not None:
        return _of_visitor(facts, roles, roles.visitor)
    if roles.time is not None and facts.columns[roles.time].unique_share == 1 and len(roles.named(Role.TIME)) == 1:
        return "day" if facts.columns[roles.time].storage == "date" else "row"
    return "visit" if sum(mentions(name, _SESSION) for name in facts.names) >= 2 else "row"


def _of_key(facts: Facts, roles: Roles, key: str) -> str:
    if mentions(key, lexicon.ORDER):
        return "order"
    bought = roles.visitor is not None and not mentions(key, lexicon.VISIT) and _bought(facts, roles)
    return "purchase" if bought else "visit"


def _of_visitor(facts: Facts, roles: Roles, visitor: str) -> str:
    if facts.columns[visitor].distinct == facts.columns[visitor].filled:
        return "visitor"
    return "purchase" if _bought(facts, roles) else "visit"


def _of_device(name: str) -> bool:
    return mentions(name, lexicon.DEVICE)


def _bought(facts: Facts, roles: Roles) -> bool:
    """Whether nearly every row has an amount, and nothing speaks of a session."""
    if any(mentions(name, _SESSION) for name in facts.names):
        return False
    amounts = [c for c in facts.numeric if mentions(c.name, _BOUGHT) and c.name not in roles.identifiers]
    return any(c.filled - c.zeros - c.negatives >= ALWAYS * c.rows for c in amounts)
