"""Which rows a seeded sample or split takes: the same ones on every engine."""

from __future__ import annotations

from sqlglot import exp

from clientela.tables import sql
from clientela.tables.relation import Relation

DIGITS = 8
BUCKETS = 0x100000000


def threshold(share: float) -> int:
    """Return how many of the `BUCKETS` hash values lie in the share.

    >>> threshold(0.5) == BUCKETS // 2
    True
    """
    return min(BUCKETS, max(0, round(share * BUCKETS)))


def inside(relation: Relation, key: str | None, seed: int, limit: int) -> exp.Expr:
    """Return the condition under which a row's key hashes below `limit`."""
    if limit >= BUCKETS:
        return exp.true()
    position = sql.cast(relation.position.copy(), "VARCHAR")
    if key is None:
        shown = position
    else:
        cell = relation.cell(key)
        shown = sql.call("coalesce", cell.text(cell.value), position)
    salted = sql.call("concat", sql.text(f"{seed}|"), shown)
    # Whole digests stand in the same order to the limit as their first digits do, and need not be cut.
    return exp.LT(this=sql.call("md5", salted), expression=sql.text(f"{limit:0{DIGITS}x}"))
