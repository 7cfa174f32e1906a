"""Data about people that need protection."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import polars as pl
import pytest

from clientela.audit.checks.people import checked, personal_data


def card(number: int) -> str:
    """Return a made-up card number of 16 digits whose check digit is right."""
    return next(text for digit in range(10) if checked(text := f"4929{number:011d}{digit}"))


@pytest.mark.parametrize(
    ("name", "cells", "kind"),
    [
        ("contact_via", [f"someone{i}@example.org" for i in range(60)], "e-mail address"),
        ("seen_from", [f"192.168.{i}.{i + 1}" for i in range(60)], "IP address"),
        ("reach", [f"+49 30 1234{i:03d}" for i in range(60)], "phone number"),
        ("account", [f"DE8937040044053201{i:04d}" for i in range(60)], "IBAN"),
        ("paid_with", [card(i * 7919) for i in range(60)], "payment card"),
        ("Nachname", [f"Name{i}" for i in range(60)], "by its name"),
    ],
)
def test_found_by_pattern_and_name(said: Callable[..., Any], name: str, cells: list[str], kind: str) -> None:
    """Patterns in the cells and telling names are found."""
    assert said(personal_data, pl.DataFrame({name: cells})).findings[0].evidence["kinds"] == {name: kind}


def test_ordinary_columns_pass(said: Callable[..., Any], plain: pl.DataFrame) -> None:
    """Version numbers, codes and a newsletter flag called e-mail are no personal data."""
    long = [f"{4929000000000000 + i * 7919}" for i in range(plain.height)]
    frame = plain.with_columns(
        pl.Series("ticket", long), version=pl.lit("10.2.3"), email=pl.col("clicks").cast(pl.String).str.slice(0, 1)
    )
    assert not said(personal_data, frame).findings
