"""Consent is what a column plainly says."""

from __future__ import annotations

import polars as pl

from clientela.activation.consent import DENIED, GRANTED, consents, understood


def test_words_and_truths() -> None:
    """Booleans, numbers and words in any case are read; what is not known means no; nothing said stays nothing."""
    assert consents(pl.Series([True, False, None])).to_list() == [True, False, None]
    assert consents(pl.Series([1, 0, 2])).to_list() == [True, False, False]
    assert consents(pl.Series([1.0, 0.0])).to_list() == [True, False]
    said = consents(pl.Series([" Granted ", "OPT OUT", "", "maybe", "=yes"]))
    assert said.to_list() == [True, False, None, False, False]
    assert not GRANTED & DENIED


def test_own_words() -> None:
    """Where a person says which values mean yes, no other value does."""
    assert consents(pl.Series(["ads", "yes", "Ads"]), ("ads",)).to_list() == [True, False, True]


def test_understood() -> None:
    """A column is understood where every cell says yes or no."""
    assert understood(pl.Series(["yes", None, "no"]))
    assert not understood(pl.Series(["yes", "2026-01-01"]))
    assert not understood(pl.Series([None, None], dtype=pl.String))
    assert understood(pl.Series(["ads", "no"]), ("ads",))
