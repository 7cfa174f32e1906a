"""Who is kept out so that the effect can be measured: the same visitors each time, on every platform."""

from __future__ import annotations

import hashlib
import hmac

_RANGE = 2**64


def held_out(visitor: str, key: str, share: float) -> bool:
    """Tell whether a visitor is kept out, by a keyed hash (HMAC-SHA-256) of the visitor.

    Args:
        visitor: The visitor as the table names it, as text.
        key: Key of the holdout.
        share: Share of all visitors that is kept out, 0 to 1; a larger share keeps the same visitors and more.

    >>> [held_out(visitor, "clientela", 0.5) for visitor in ("v1", "v2", "v3")]
    [False, False, True]
    """
    drawn = hmac.new(key.encode(), visitor.encode(), hashlib.sha256).digest()
    return int.from_bytes(drawn[:8], "big") < share * _RANGE
