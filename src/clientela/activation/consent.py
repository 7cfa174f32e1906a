"""Consent: what a column's cells say, and nothing read into them."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from clientela.models.values import texts

GRANTED = frozenset(
    {
        "yes",
        "true",
        "1",
        "y",
        "t",
        "ja",
        "j",
        "oui",
        "si",
        "sí",
        "wahr",
        "vrai",
        "granted",
        "given",
        "agreed",
        "accepted",
        "consented",
        "opt-in",
        "optin",
        "opted-in",
        "opt in",
        "opted in",
        "consent_granted",
    }
)
"""Words that mean yes, in small letters."""

DENIED = frozenset(
    {
        "no",
        "false",
        "0",
        "n",
        "f",
        "nein",
        "non",
        "falsch",
        "faux",
        "denied",
        "declined",
        "refused",
        "rejected",
        "withdrawn",
        "revoked",
        "none",
        "opt-out",
        "optout",
        "opt out",
        "opted out",
        "opted-out",
        "consent_denied",
    }
)
"""Words that mean no, in small letters."""


def consents(cells: pl.Series, granted: Sequence[str] = ()) -> pl.Series:
    """Return what the cells of a consent column say.

    Args:
        cells: The column.
        granted: Values that mean yes; empty for `GRANTED`.

    Returns:
        True for yes; null where the cell is empty; False for all else, words that are not known included.

    >>> consents(pl.Series(["yes", "No", None, "perhaps"])).to_list()
    [True, False, None, False]
    """
    words = _words(cells)
    return words.is_in(sorted({value.strip().lower() for value in granted} or GRANTED)).alias("consent")


def understood(cells: pl.Series, granted: Sequence[str] = ()) -> bool:
    """Tell whether every cell that is not empty says yes or no, and there is one.

    >>> understood(pl.Series(["yes", None])), understood(pl.Series(["weekly", "yes"]))
    (True, False)
    """
    words = _words(cells).drop_nulls()
    known = sorted({value.strip().lower() for value in granted} | GRANTED | DENIED)
    return len(words) > 0 and bool(words.is_in(known).all())


def _words(cells: pl.Series) -> pl.Series:
    return texts(cells).str.strip_chars().str.to_lowercase()
