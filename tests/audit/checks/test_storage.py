"""Columns whose cells are stored otherwise than they mean."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import polars as pl
import pytest

from clientela.audit.checks import storage
from clientela.domain.column import Storage
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
        (storage.currency_text, "percent"),
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


def test_no_text_no_answer(said: Callable[..., Any]) -> None:
    """Checks of text refuse a table without any."""
    assert said(storage.number_as_text, pl.DataFrame({"a": [1, 2]})) is None


RNG = np.random.default_rng(12)


@pytest.mark.parametrize(
    "write",
    [
        lambda v: f"{v:,.2f}",
        lambda v: f"{v:,.0f}".replace(",", "'"),
        lambda v: f"{v:,.1f}".replace(",", "\u00a0"),
        lambda v: f"{v:.2f}-",
        lambda v: f"({v:.2f})",
        lambda v: f"{v:.1f} kg",
        lambda v: f"{v / 1000:.2f}k",
        lambda v: f"{v:.0f} Stück",
        lambda v: f"{v:.1f} kg" if v > 500 else f"{1000 * v:.0f} g",
    ],
)
def test_ways_to_write_numbers(said: Callable[..., Any], write: Callable[[float], str]) -> None:
    """Parted thousands, minus signs behind, brackets and units are numbers, also where words stand for missing."""
    cells = [write(value) for value in RNG.lognormal(6, 1, 200)]
    cells[7:20] = ["keine Angabe"] * 13
    finding = said(storage.number_as_text, pl.DataFrame({"load": cells})).findings[0]
    assert finding.columns == ("load",)
    for other in (storage.mixed_types, storage.decimal_comma, storage.currency_text, storage.date_as_text):
        assert not said(other, pl.DataFrame({"load": cells})).findings


@pytest.mark.parametrize(
    "cells",
    [
        [f"{i % 4 + 1} doors" for i in range(100)],
        [f"{1000 + i} AB" if i % 2 else f"{1000 + i} XZ" for i in range(100)],
        [f"{i}A" for i in range(50)] + [f"{i}B" for i in range(50)],
        [f"0{i}" for i in range(100, 200)],
        [f"1.{i}.7" for i in range(100)],
    ],
)
def test_codes_and_sizes_are_no_numbers(said: Callable[..., Any], cells: list[str]) -> None:
    """A few sizes to choose from, codes with letters, leading zeros and versions stay text."""
    assert not said(storage.number_as_text, pl.DataFrame({"kind": cells})).findings


@pytest.mark.parametrize(
    "write",
    [
        lambda v: f"{v:.1f}".replace(".", ",") if v % 2 > 1 else f"{v:.0f}",
        lambda v: f"{v:,.2f}".translate(str.maketrans(",.", ".,")),
        lambda v: f"-{v:.2f}".replace(".", ","),
        lambda v: f"{v:.2f} €".replace(".", ","),
    ],
)
def test_decimal_commas(said: Callable[..., Any], write: Callable[[float], str]) -> None:
    """Commas are found among whole numbers, beside dots between thousands and in amounts with a currency."""
    frame = pl.DataFrame({"wert": [write(value) for value in RNG.lognormal(6, 1, 200)]})
    assert said(storage.decimal_comma, frame).findings[0].columns == ("wert",)
    thousands = pl.DataFrame({"wert": [f"{value:,.0f}" for value in RNG.lognormal(9, 0.3, 200)]})
    assert not said(storage.decimal_comma, thousands).findings


@pytest.mark.parametrize(
    "form", ["{:.1f} %", "{:.0f}%", "{:.2f} kr", "US${:,.2f}", "({:.2f} €)", "Fr. {:.2f}", "{:.0f},- €"]
)
def test_amounts_with_a_sign(said: Callable[..., Any], form: str) -> None:
    """Percent signs and the currencies of many countries are found, also where some cells have none."""
    cells = [form.format(value) for value in RNG.lognormal(3, 1, 200)]
    cells[:40] = [f"{value:.0f}" for value in range(40)]
    frame = pl.DataFrame({"wert": cells})
    assert said(storage.currency_text, frame).findings[0].columns == ("wert",)
    assert not said(storage.number_as_text, frame).findings


@pytest.mark.parametrize(
    "form",
    [
        "%d %b %Y",
        "%B %d, %Y",
        "%d.%m.%y",
        "%m/%d/%Y %I:%M %p",
        "%Y%m%d",
        "%d-%b-%y",
        "%a, %d %b %Y %H:%M:%S GMT",
        "%b %Y",
        "%H:%M",
    ],
)
def test_ways_to_write_dates(said: Callable[..., Any], form: str) -> None:
    """Months in words, years of two digits, days without marks and times of day are told."""
    days = pl.Series(RNG.integers(1_600_000_000, 1_760_000_000, 300) * 1_000_000).cast(pl.Datetime("us"))
    frame = pl.DataFrame({"since": days.dt.strftime(form)})
    assert said(storage.date_as_text, frame).findings[0].evidence["left_as_text"] == ["since"]
    assert not said(storage.mixed_types, frame).findings


def test_months_in_other_languages(said: Callable[..., Any]) -> None:
    """German, French, Spanish and Italian months are known; streets and products are not taken for months."""
    for text in ("3. März 2024", "14 février 2023", "7 de octubre de 2025", "21 giugno 2024", "1 dez. 24"):
        assert said(storage.date_as_text, pl.DataFrame({"d": [text, text.replace("2", "1", 1)] * 50})).findings
    for text in ("12 Main Street", "Mars 2 pack"):
        assert not said(storage.date_as_text, pl.DataFrame({"d": [text, f"{text} b"] * 50})).findings


@pytest.mark.parametrize(
    ("name", "cells", "found"),
    [
        ("order_date", RNG.integers(44_000, 46_000, 300), True),
        ("created_at", RNG.integers(1_700_000_000, 1_760_000_000, 300), True),
        ("ts", RNG.integers(1_700_000_000_000, 1_760_000_000_000, 300), True),
        (
            "d",
            [
                20_240_000 + 100 * int(m) + int(d)
                for m, d in zip(RNG.integers(1, 13, 300), RNG.integers(1, 29, 300), strict=True)
            ],
            True,
        ),
        ("width", RNG.integers(44_000, 46_000, 300), False),
        ("time_on_page", RNG.integers(0, 46_000, 300), False),
        ("serial", RNG.integers(20_000_000, 20_991_231, 300), False),
    ],
)
def test_dates_as_numbers(said: Callable[..., Any], name: str, cells: Any, found: bool) -> None:
    """Days of a spreadsheet and seconds since 1970 are dates by their name, 20240131 by all of its values."""
    checked = said(storage.date_as_text, pl.DataFrame({name: cells, "word": ["a", "b"] * 150}))
    assert bool(checked.findings) is found
    if found:
        assert checked.findings[0].evidence["left_as_number"] == [name]


@pytest.mark.parametrize(
    "words", [("Y", "N"), ("sí", "no"), ("oui", "non"), ("vrai", "faux"), ("да", "нет"), ("YES ", "No")]
)
def test_yes_and_no_in_many_languages(said: Callable[..., Any], words: tuple[str, str]) -> None:
    """A word for yes and one for no in any case is a boolean, also beside a word for missing; two towns are not."""
    frame = pl.DataFrame({"opt": [*words * 50, words[0].lower(), "unknown"]})
    assert said(storage.boolean_as_text, frame).findings[0].columns == ("opt",)
    assert not said(storage.boolean_as_text, pl.DataFrame({"opt": ["yes", "ja"] * 50})).findings


@pytest.mark.parametrize(
    "word", ["n/a", "unknown", "-", "#N/A", "NULL", "none", "keine Angabe", "sin datos", "#DIV/0!"]
)
def test_missing_words_among_numbers_mix_nothing(said: Callable[..., Any], word: str) -> None:
    """A word for missing among numbers is no mix, any other word is one, however rare."""
    cells = [f"{value:.1f}" for value in RNG.normal(50, 9, 1000)]
    cells[5:45] = [word] * 40
    assert not said(storage.mixed_types, pl.DataFrame({"load": cells})).findings
    cells[50] = "ask Tom"
    assert said(storage.mixed_types, pl.DataFrame({"load": cells})).findings[0].evidence["odd"] == {
        "load": "other text"
    }


def test_missing_words_that_the_reading_counted_as_odd(said: Callable[..., Any]) -> None:
    """What the reading counted as odd is no mix where all of it stands for missing."""
    read = ReadColumn("load", "load", "A", Storage.TEXT, mixed=9, examples=("unknown",))
    frame = pl.DataFrame({"load": [*map(str, range(90)), *["unknown"] * 9]})
    assert not said(storage.mixed_types, frame, reading=Reading("v.csv", "csv", columns=(read,))).findings


def test_amounts_that_differ_on_every_row_are_no_identifiers(said: Callable[..., Any]) -> None:
    """Thousands parted by apostrophes are numbers although no two are equal; digits alone may be identifiers."""
    cells = [f"{100_000 + 7919 * i % 800_000:,}".replace(",", "'") for i in range(500)]
    assert said(storage.number_as_text, pl.DataFrame({"amt": cells})).findings
    assert not said(storage.number_as_text, pl.DataFrame({"order_id": [str(10_000 + i) for i in range(500)]})).findings


@pytest.mark.parametrize(
    "cells",
    [["x", None, None], ["X", "x", ""], ["✓", None, " "], ["✓", "✗", "✗"], ["Ja", "nein", "JA"], ["x", "-", "-"]],
)
def test_ticks(said: Callable[..., Any], cells: list[str | None]) -> None:
    """A tick or nothing, a tick or a cross, and yes and no in any case are yes and no."""
    frame = pl.DataFrame({"opt_in": cells * 60, "n": range(180)})
    assert said(storage.boolean_as_text, frame).findings[0].columns == ("opt_in",)


@pytest.mark.parametrize("cells", [["x", "x", "x"], ["a", None, None], ["x", "y", "y"]])
def test_no_ticks(said: Callable[..., Any], cells: list[str | None]) -> None:
    """A tick everywhere, another letter or nothing, and two letters say neither yes nor no."""
    assert not said(storage.boolean_as_text, pl.DataFrame({"opt_in": cells * 60, "n": range(180)})).findings


@pytest.mark.parametrize(
    "cells",
    [
        ["01067", "04109", "10115", "20095", "80331"],
        ["D-5612", "56121", "56A21", "56122", "56123"],
        ["1012 AB", "2511 CV", "1017", "1018", "1019"],
    ],
)
def test_codes_are_text(said: Callable[..., Any], cells: list[str]) -> None:
    """Postcodes with leading zeros or capitals, and codes of one length, mix nothing."""
    frame = pl.DataFrame({"place": cells * 60, "n": range(300)})
    assert not getattr(said(storage.mixed_types, frame), "findings", ())
    mixed = pl.DataFrame({"place": ["12", "340", "5", "many", "7", "few"] * 60, "n": range(360)})
    assert said(storage.mixed_types, mixed).findings


@pytest.mark.parametrize("name", ["duration_sec", "Betrag", "x1"])
def test_different_numbers_as_text(said: Callable[..., Any], name: str) -> None:
    """Numbers as text that hardly repeat are numbers where their lengths differ and nothing calls them identifiers."""
    cells = [str(int(x)) for x in np.random.default_rng(3).lognormal(8, 2, 500)]
    frame = pl.DataFrame({name: cells, "n": range(500)})
    assert said(storage.number_as_text, frame).findings[0].columns == (name,)
    marked = pl.DataFrame({name: [f"'{cell}" for cell in cells], "n": range(500)})
    assert said(storage.number_as_text, marked).findings[0].columns == (name,)


@pytest.mark.parametrize("share", [0.05, 0.4, 0.8])
def test_commas_among_dots(said: Callable[..., Any], share: float) -> None:
    """A column of two conventions is told however rare the comma; a single comma in a hundred cells is not."""
    rng = np.random.default_rng(3)
    cells = [f"{value:.2f}" for value in rng.gamma(3, 20, 800)]
    mixed = [
        cell.replace(".", ",") if comma else cell for cell, comma in zip(cells, rng.random(800) < share, strict=True)
    ]
    assert said(storage.decimal_comma, pl.DataFrame({"wert": mixed})).findings[0].columns == ("wert",)
    assert not said(storage.decimal_comma, pl.DataFrame({"wert": [cells[0].replace(".", ","), *cells[1:]]})).findings
