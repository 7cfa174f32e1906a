"""Columns whose cells are stored otherwise than they mean."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import polars as pl
import pytest

from clientela.audit.checks import storage
from clientela.domain.column import Storage
from clientela.domain.finding import Severity
from clientela.domain.reading import ReadColumn, Reading

WORDS = ["red", "green", "blue", "grey"] * 25


@pytest.mark.parametrize(
    ("check", "cells"),
    [
        (storage.number_as_text, [str(i * 1.5) for i in range(100)]),
        (storage.date_as_text, [f"2026-03-{1 + i % 28:02d} 10:15" for i in range(100)]),
        (storage.date_as_text, [f"{1 + i % 28}.03.2026" for i in range(100)]),
        (storage.boolean_as_text, ["Ja", "Nein"] * 50),
        (storage.mixed_types, ["12"] * 80 + WORDS[:20]),
        (storage.decimal_comma, [f"{i},5" for i in range(100)]),
        (storage.currency_text, [f"€ {i}.50" for i in range(100)]),
        (storage.encoding_damage, ["MÃ¼nchen", *WORDS[1:]]),
        (storage.encoding_damage, ["M�nchen", *WORDS[1:]]),
        (storage.stray_space_case, ["red ", "Red", *WORDS[2:]]),
    ],
)
def test_found_in_typed_sources(said: Callable[..., Any], check: Any, cells: list[str]) -> None:
    """Each is found where planted, and not in plain words."""
    assert said(check, pl.DataFrame({"colour": cells})).findings[0].code == check.__name__
    clean = said(check, pl.DataFrame({"colour": WORDS}))
    assert [item.code for item in clean.tested] == [check.__name__]


@pytest.mark.parametrize(
    ("check", "kind"),
    [
        (storage.number_as_text, "number_as_text"),
        (storage.date_as_text, "date_as_text"),
        (storage.boolean_as_text, "boolean_as_text"),
        (storage.decimal_comma, "decimal_comma"),
        (storage.currency_text, "currency"),
        (storage.encoding_damage, "encoding_damage"),
        (storage.stray_space_case, "stray_space"),
        (storage.id_precision_lost, "id_precision_lost"),
    ],
)
def test_found_from_the_reading(said: Callable[..., Any], check: Any, kind: str) -> None:
    """What the reader coerced is told with its count; nothing is coerced in silence."""
    read = ReadColumn("price", "price", "A", Storage.NUMBER, coercions={kind: 7})
    frame = pl.DataFrame({"price": [1.0, 2.0], "word": ["a", "b"]})
    finding = said(check, frame, reading=Reading("v.csv", "csv", columns=(read,))).findings[0]
    assert finding.columns == ("price",)


def test_mixed_cells_counted_while_reading(said: Callable[..., Any]) -> None:
    """A column kept as text for its odd cells is told with examples."""
    read = ReadColumn("price", "price", "A", Storage.TEXT, mixed=2, examples=("tbd",))
    frame = pl.DataFrame({"price": ["1", "2", "tbd", "tbd"]})
    finding = said(storage.mixed_types, frame, reading=Reading("v.csv", "csv", columns=(read,))).findings[0]
    assert finding.evidence["odd_share"] == {"price": 0.5}
    assert finding.evidence["examples"] == ["tbd"]


def test_codes_with_leading_zeros_are_no_numbers(said: Callable[..., Any]) -> None:
    """A postcode such as 01067 stays text."""
    frame = pl.DataFrame({"postcode": [f"0{i}" for i in range(1000, 1100)]})
    assert not said(storage.number_as_text, frame).findings


def test_long_identifiers_in_floats(said: Callable[..., Any]) -> None:
    """Beyond 2^53, or in scientific notation, an identifier lost digits; a short one did not."""
    big = pl.DataFrame({"order_id": np.arange(100) * 7.0e15 + 1e16})
    assert said(storage.id_precision_lost, big).findings[0].severity is Severity.WARNING
    spelled = pl.DataFrame({"order_id": [f"1.2345{i:02d}E+15" for i in range(50)]})
    assert said(storage.id_precision_lost, spelled).findings
    assert not said(storage.id_precision_lost, pl.DataFrame({"order_id": np.arange(100.0)})).findings
    assert said(storage.id_precision_lost, pl.DataFrame({"price": np.arange(100.0)})) is None


def test_no_text_no_answer(said: Callable[..., Any]) -> None:
    """Checks of text refuse a table without any."""
    assert said(storage.number_as_text, pl.DataFrame({"a": [1, 2]})) is None
