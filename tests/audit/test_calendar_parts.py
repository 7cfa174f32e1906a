"""Parts of a date without the date."""

from __future__ import annotations

from collections.abc import Callable

import polars as pl

from clientela.audit.calendar_parts import absent, date_less
from clientela.audit.checking import Context


def test_months_days_and_hours(context_of: Callable[..., Context]) -> None:
    """Words in several languages and numbers under telling names are parts; a date or a year beside them is enough."""
    frame = pl.DataFrame(
        {
            "Monat": ["Jan", "Feb", "März", "Mai", "Juni"] * 20,
            "tag": ["Mo", "Di", "Mi", "Do", "Fr"] * 20,
            "hour": list(range(20)) * 5,
            "level": ["may", "be", "so", "or", "not"] * 20,
            "day": [1, 17, 31, 44, 5] * 20,
        }
    )
    facts = context_of(frame).facts
    parts = date_less(facts)
    assert parts == {"Monat": "month", "tag": "day of the week", "hour": "hour"}
    assert absent(facts.columns["Monat"], "month") == ["apr", "jul", "aug", "sep", "oct", "nov", "dec"]
    assert absent(facts.columns["hour"], "hour") == []
    assert not date_less(context_of(frame.with_columns(Jahr=2024)).facts)
    assert not date_less(context_of(frame.with_columns(at=pl.date(2024, 1, 1))).facts)
