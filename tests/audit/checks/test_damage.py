"""Cells that lost something on their way."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import polars as pl
import pytest

from clientela.audit.checks import damage
from clientela.audit.checks.left_out import filtered
from clientela.audit.checks.processing import capped, rounded
from clientela.audit.checks.reshaped import binned
from clientela.domain.column import Storage
from clientela.domain.finding import Severity
from clientela.domain.reading import ReadColumn, Reading

TOWNS = ["München", "Łódź", "São Paulo", "Besançon", "Umeå", "Genève", "Málaga", "Ærø", "Москва", "Tiếng Việt"]


@pytest.mark.parametrize(
    ("check", "kind"),
    [
        (damage.encoding_damage, "encoding_damage"),
        (damage.stray_space_case, "stray_space"),
        (damage.id_precision_lost, "id_precision_lost"),
    ],
)
def test_found_from_the_reading(said: Callable[..., Any], check: Any, kind: str) -> None:
    """What the reader met is told, also where the cells no longer show it."""
    read = ReadColumn("price", "price", "A", Storage.NUMBER, coercions={kind: 7})
    frame = pl.DataFrame({"price": [1.0, 2.0], "word": ["a", "b"]})
    finding = said(check, frame, reading=Reading("v.csv", "csv", columns=(read,))).findings[0]
    assert finding.columns == ("price",)


@pytest.mark.parametrize("wrong", ["latin-1", "cp1252", "mac_roman", "cp437", "cp850"])
def test_letters_read_in_a_wrong_encoding(said: Callable[..., Any], wrong: str) -> None:
    """One cell in UTF-8 read otherwise is found, whichever town it names; the towns themselves are sound."""
    assert not said(damage.encoding_damage, pl.DataFrame({"place": TOWNS * 10})).findings
    for town in (
        "München",
        "Genève",
        "São Paulo",
        "Straße",
        "Übersee",
        "Ærø",
        "Łódź" if wrong == "latin-1" else "Köln",
    ):
        spoiled = town.encode().decode(wrong, "replace")
        finding = said(damage.encoding_damage, pl.DataFrame({"place": [*TOWNS * 10, spoiled]})).findings[0]
        assert finding.evidence["cells"] == 1
        assert finding.severity is Severity.WARNING


@pytest.mark.parametrize(
    "spoiled",
    ["M\ufffdnchen", "M&uuml;nchen", "M?nchen", "MÃƒÂ¼nchen", "Ìîñêâà", "Itâ€™s", "M\\u00fcnchen", "M\u009fnchen"],
)
def test_letters_lost_otherwise(said: Callable[..., Any], spoiled: str) -> None:
    """Replacement, double damage, Cyrillic as Latin, entities, and a question mark where another cell has a letter."""
    assert said(damage.encoding_damage, pl.DataFrame({"place": [*TOWNS * 10, spoiled]})).findings


def test_sound_text_stays_sound(said: Callable[..., Any]) -> None:
    """Questions, addresses of pages, roots and trees of boxes are no damage."""
    cells = ["ready?go", "page?id=3", "√2", "├── src", "a & b", "50 % Rabatt", "Île", "ESPAÑA", "naïve café"] * 10
    assert not said(damage.encoding_damage, pl.DataFrame({"note": cells})).findings


@pytest.mark.parametrize("odd", ["RED", " red", "red ", "red\u00a0", "r\u200bed", "Red", "red\u2009"])
def test_spellings_of_one_value(said: Callable[..., Any], odd: str) -> None:
    """Case, blanks of all kinds and invisible characters part equal values; plain words have one spelling each."""
    frame = pl.DataFrame({"colour": [*["red", "green"] * 50, odd]})
    finding = said(damage.stray_space_case, frame).findings[0]
    assert finding.evidence["rarer_spellings"] == {"colour": [odd]}
    assert not said(damage.stray_space_case, pl.DataFrame({"colour": ["red", "light  red"] * 50})).findings


def test_blanks_at_the_ends_of_names(said: Callable[..., Any]) -> None:
    """Values that differ on every row are told by their blanks alone."""
    frame = pl.DataFrame({"page": [f"title {i}" + " " * (i % 40 == 3) for i in range(400)]})
    finding = said(damage.stray_space_case, frame).findings[0]
    assert finding.evidence["cells_padded"] == {"page": 10}
    assert "ends" in finding.title


def test_long_identifiers_in_floats(said: Callable[..., Any]) -> None:
    """Beyond 2^53, or in scientific notation, an identifier lost digits; a short one did not."""
    big = pl.DataFrame({"order_id": np.arange(100) * 7.0e15 + 1e16})
    assert said(damage.id_precision_lost, big).findings[0].severity is Severity.WARNING
    assert said(damage.id_precision_lost, big.rename({"order_id": "x"})).findings
    spelled = pl.DataFrame({"order_id": [f"1.2345{i:02d}E+15" for i in range(50)]})
    assert said(damage.id_precision_lost, spelled).findings
    assert said(damage.id_precision_lost, spelled.rename({"order_id": "x"})).findings
    assert not said(damage.id_precision_lost, pl.DataFrame({"order_id": np.arange(100.0)})).findings
    assert said(damage.id_precision_lost, pl.DataFrame({"price": np.arange(100.0)})) is None


def test_digits_that_a_spreadsheet_cut(said: Callable[..., Any]) -> None:
    """Sixteen digits that all end in zero were cut at the fifteenth; others, and times in microseconds, were not."""
    rng = np.random.default_rng(4)
    cut = rng.integers(10**14, 10**15, 200) * 10
    for cells in (cut, cut.astype(str)):
        assert said(damage.id_precision_lost, pl.DataFrame({"card_no": cells})).findings
    whole = cut + rng.integers(0, 10, 200)
    assert not said(damage.id_precision_lost, pl.DataFrame({"card_no": whole.astype(str)})).findings
    moments = pl.DataFrame({"created_key": rng.integers(10**9, 2 * 10**9, 200) * 1_000_000})
    assert not said(damage.id_precision_lost, moments).findings


def test_measurements_in_scientific_notation_are_no_identifiers(said: Callable[..., Any]) -> None:
    """1.5E+03 is a number, not an identifier that lost digits."""
    frame = pl.DataFrame(
        {"flow": [f"{value:.2E}" for value in np.random.default_rng(2).lognormal(30, 20, 200)], "id": range(200)}
    )
    assert not said(damage.id_precision_lost, frame).findings


LONG = np.random.default_rng(5).integers(10**8, 10**9, 300)


@pytest.mark.parametrize(
    ("name", "cells"),
    [
        ("customer_id", LONG.astype(np.float32).astype(np.int64)),
        ("account", LONG.astype(np.float32).astype(float)),
        ("order_no", (LONG * 10**7 + 1234567) // 10 * 10),
        ("ean", (LONG // 1000) * 10**7),
        ("kunde", (LONG // 1000 * 10**10).astype(float)),
    ],
)
def test_identifiers_with_fewer_digits(said: Callable[..., Any], name: str, cells: Any) -> None:
    """Identifiers in single precision, with fifteen digits kept, or read back from scientific notation lost digits."""
    frame = pl.DataFrame({name: cells, "other": np.random.default_rng(1).poisson(4, 300)})
    if name != "order_no":
        assert said(damage.id_precision_lost, frame).findings[0].columns == (name,)
    for check in (rounded, filtered, capped, binned):
        assert not getattr(said(check, frame), "findings", ())


@pytest.mark.parametrize(
    ("name", "cells"),
    [
        ("customer_id", LONG),
        ("revenue", LONG // 1000 * 1000),
        ("collected", 1_700_000_000_000 + LONG // 1000 * 1000),
        ("amount", LONG * 10),
        ("order_no", LONG * 10),
    ],
)
def test_plain_long_numbers(said: Callable[..., Any], name: str, cells: Any) -> None:
    """Long numbers with all their digits, amounts in thousands and moments in milliseconds lost nothing."""
    assert not getattr(said(damage.id_precision_lost, pl.DataFrame({name: cells})), "findings", ())


def test_letters_turned_into_question_marks(said: Callable[..., Any]) -> None:
    """Words with a question mark inside are damaged where several differ; questions and addresses are not."""
    towns = ["M?nchen", "K?ln", "Berlin", "Gie?", "Hamburg"] * 40
    assert said(damage.encoding_damage, pl.DataFrame({"town": towns})).findings[0].evidence["cells"] == 80
    for sound in (["Why?", "Really?yes", "How so?"], ["/a?b=c", "/d?e=f", "/x"], ["a?b", "plain", "words"]):
        assert not said(damage.encoding_damage, pl.DataFrame({"text": sound * 40})).findings
