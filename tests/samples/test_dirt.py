"""Tests of the dirt: where it is said to lie, and nowhere else."""

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from clientela.samples.dirt import LONGEST_WAY, Extract, as_text, with_blanks
from clientela.samples.visits import generate


@given(st.integers(500, 2500), st.integers(0, 50))
def test_lines_show_every_visit_once_and_copies_again(lines: int, seed: int) -> None:
    """Apart from the copies the lines are all visits in order; a copy repeats a line up to 20 above."""
    extract = Extract.opened(lines, seed)
    positions, copies = extract.origin(np.arange(lines))
    assert positions[~copies].tolist() == list(range(extract.shop.rows))
    assert copies.sum() == lines - extract.shop.rows
    for line in np.flatnonzero(copies):
        assert positions[line] in positions[line - LONGEST_WAY : line]


def test_five_thousand_lines_hold_about_twelve_copies() -> None:
    """The number of copies is one in four hundred."""
    assert {5000 - Extract.opened(5000, seed).shop.rows for seed in range(5)} <= {12, 13}


@pytest.mark.parametrize("size", [100, 777, 5000])
def test_lines_do_not_depend_on_the_size_of_pieces(size: int) -> None:
    """Made in pieces of any size, the lines are the same."""
    extract = Extract.opened(2000, 9)
    assert_frame_equal(pl.concat(extract.frames(size)), extract.frame(np.arange(2000)))


def test_lines_are_the_visits_but_for_the_dirt() -> None:
    """With copies dropped and -999 read as missing, the lines are the clean visits."""
    extract = Extract.opened(1500, 9)
    lines = extract.frame(np.arange(1500)).unique(maintain_order=True)
    cleaned = lines.with_columns(pl.col("temp_c").replace(-999.0, None))
    assert_frame_equal(cleaned, generate(extract.shop.rows, 9))
    assert 10 < (lines["temp_c"] == -999).sum() < 90


def test_text_for_numbers_and_dates() -> None:
    """Numbers get a decimal comma and dates the form d.m.Y; read back they are what they were."""
    frame = Extract.opened(600, 9).frame(np.arange(600))
    shown = as_text(frame)
    assert shown["pp_idx"].drop_nulls().str.contains(r"^\d+,\d$").all()
    back = shown.with_columns(
        pl.col("pp_idx").str.replace(",", ".").cast(pl.Float64), pl.col("crm_since").str.to_date("%d.%m.%Y")
    )
    assert_frame_equal(back, frame)


def test_stray_blanks() -> None:
    """About four percent of the filled cells of the category get a blank before or after, copies the same as theirs."""
    extract = Extract.opened(5000, 9)
    frame = extract.frame(np.arange(5000))
    shown = with_blanks(frame, extract)
    touched = shown["cmp_chan"] != frame["cmp_chan"]
    assert touched.mean() == pytest.approx(0.04, abs=0.012)
    assert shown["cmp_chan"].str.starts_with(" ").any()
    assert shown["cmp_chan"].str.ends_with(" ").any()
    assert_frame_equal(shown.with_columns(pl.col("cmp_chan").str.strip_chars()), frame)
    assert shown.unique().height == frame.unique().height
