"""Keys and free texts written otherwise are told by their shapes and lengths."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from tests.monitoring.made import told_of_texts

from clientela.domain.incident import Cause
from clientela.monitoring.baseline import Baseline
from clientela.monitoring.formats import mend

KEYS = {
    "blanks": (pl.col("visit") + "  ", Cause.CATEGORY_FORMAT),
    "upper": (pl.col("visit").str.to_uppercase(), Cause.CATEGORY_FORMAT),
    "prefix": (pl.lit("X-") + pl.col("visit"), Cause.DTYPE_FORMAT),
    "fraction": (pl.col("visit") + ".0", Cause.DTYPE_FORMAT),
    "cut": (pl.col("visit").str.slice(0, 6), Cause.TRUNCATION),
}


@pytest.mark.parametrize("way", KEYS)
def test_keys_written_otherwise_are_named(way: str, baseline: Baseline, clean: pl.DataFrame) -> None:
    """A key's shape tells blanks, capitals, prefixes, fractions and cuts."""
    change, cause = KEYS[way]
    _, found = mend(baseline, baseline.contract.term("visit"), clean.select(change).to_series())
    assert found is not None
    assert found.cause is cause


def test_codes_that_lost_leading_zeros_are_told() -> None:
    """Postcodes of five digits of which some have four are written otherwise; of several lengths they are not."""
    rng = np.random.default_rng(3)
    codes = [f"{code:05d}" for code in rng.integers(1000, 99_999, 1500)]
    (found,) = told_of_texts(codes, [code.lstrip("0") for code in codes[:400]])
    assert found[:2] == ("dtype_format", "leading zeros lost")
    assert told_of_texts([code.lstrip("0") for code in codes], [code.lstrip("0") for code in codes[:400]]) == []


NUMBERS = np.random.default_rng(5).permutation(900_000)[:3000] + 100_000
NOTES = ("call back in the evening", "second car of the family", "garage at home", "no mail please", "new")
COLUMNS = {
    "names of several lengths": ([f"mia.{n}@{('web', 'post')[n % 2]}.example" for n in NUMBERS], 12),
    "codes of three parts": ([f"K{n % 10} {n % 1000:03d} AB" for n in NUMBERS], 6),
    "numbers of one length": ([f"DE{n}{n}" for n in NUMBERS], 10),
    "sentences that come again": ([f"{n % 101}: {NOTES[n % 5]}" for n in NUMBERS], 11),
}


@pytest.mark.parametrize("name", COLUMNS)
def test_texts_cut_in_a_part_of_the_rows_are_told(name: str) -> None:
    """Cells that end at one length, and are as longer ones begin, were cut there; those beside them are whole."""
    cells, length = COLUMNS[name]
    now = [cell[:length] if place % 3 == 0 else cell for place, cell in enumerate(cells[2000:])]
    (found,) = told_of_texts(cells[:2000], now)
    assert found[0] == "truncation"
    assert told_of_texts(cells[:2000], cells[2000:]) == []


def test_numbers_that_are_often_missing_are_cut_too() -> None:
    """Account numbers of one length, there in a third of the rows, that all lost their end are told."""
    cells = [f"DE{n}{n}" if n % 3 == 0 else None for n in NUMBERS]
    (found,) = told_of_texts(cells[:2000], [cell and cell[:10] for cell in cells[2000:]])
    assert found[0] == "truncation"


def test_codes_without_their_mark_are_not_cut() -> None:
    """A blank that is gone from the middle of codes leaves them shorter, and another beginning."""
    cells, _ = COLUMNS["codes of three parts"]
    (found,) = told_of_texts(cells[:2000], [cell.replace(" ", "") for cell in cells[2000:]])
    assert found[0] == "dtype_format"


def test_a_cut_after_a_blank_is_a_cut() -> None:
    """Seats of two kinds of lengths cut to twenty characters, the last of which is a blank in some, are cut."""
    rng = np.random.default_rng(2)

    def seats(rows: int) -> list[str]:
        return [f"Block {rng.integers(100, 130)}, Reihe {rng.integers(1, 31)}, Platz {n % 40}" for n in range(rows)]

    told = told_of_texts(seats(3000), [cell[:20].strip() for cell in seats(800)])
    assert [cause for cause, _, _ in told] == ["truncation"]


SEARCHED = (
    "nächste Station",
    "Universität",
    "Süd",
    "Rückgabe",
    "Straße",
    "parken",
    "Helm",
    "Preis",
    "Gutschein",
    "rot",
)
LOST = {
    "marks": (lambda cell: cell.encode("ascii", "replace").decode(), "encoding"),
    "nothing": (lambda cell: cell.encode("ascii", "ignore").decode(), "encoding"),
    "accents": (lambda cell: cell.replace("ß", "").translate(str.maketrans("äü", "au")), "category_format"),
}


def _searches(seed: int, rows: int) -> list[str]:
    rng = np.random.default_rng(seed)
    return [f"{SEARCHED[a]} {SEARCHED[b]} {n}" for a, b, n in rng.integers(0, 10, (rows, 3)).tolist()]


@pytest.mark.parametrize("way", LOST)
@pytest.mark.parametrize("share", [0.4, 1.0])
def test_letters_lost_in_free_texts_are_told_by_what_stands_for_them(way: str, share: float) -> None:
    """A mark or nothing in place of letters beyond ASCII is a character set, letters without accents a writing."""
    change, cause = LOST[way]
    changed = np.random.default_rng(3).random(800) < share
    batch = [change(cell) if lost else cell for cell, lost in zip(_searches(2, 800), changed, strict=True)]
    (found,) = told_of_texts(_searches(1, 3000), batch)
    assert found[0] == cause


def test_a_mark_behind_any_text_is_no_character_set() -> None:
    """Question marks behind texts with and without letters beyond ASCII are a writing; fewer such letters are none."""
    (found,) = told_of_texts(_searches(1, 3000), [f"{cell}?" for cell in _searches(2, 800)])
    assert found[0] == "dtype_format"
    fewer = [cell for cell in _searches(2, 1600) if cell.isascii() or cell.endswith(("1", "2", "3"))]
    assert told_of_texts(_searches(1, 3000), fewer) == []
