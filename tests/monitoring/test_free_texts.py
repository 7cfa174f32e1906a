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
