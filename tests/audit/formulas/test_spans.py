"""Numbers that are the time between two dates."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import polars as pl
import pytest

from clientela.audit.checking import Context
from clientela.audit.formulas.spans import spans

DAYS = pl.col("visit") - pl.col("first")
CASES = {
    "days": DAYS.dt.total_days(),
    "weeks": DAYS.dt.total_days() / 7,
    "hours": DAYS.dt.total_hours(),
    "full years": ((DAYS.dt.total_days() - 0.4) / 365.2425).floor().cast(pl.Int64),
    "calendar years": pl.col("visit").dt.year() - pl.col("first").dt.year(),
}


@pytest.fixture(scope="module")
def dated() -> pl.DataFrame:
    """Return 600 visits with their date and a much earlier one."""
    rng = np.random.default_rng(3)
    visit = pl.Series("visit", rng.integers(18_000, 19_000, 600).astype(np.int32)).cast(pl.Date)
    first = pl.Series("first", rng.integers(-4_000, 17_900, 600).astype(np.int32)).cast(pl.Date)
    return pl.DataFrame([visit, first, pl.Series("clicks", rng.poisson(9, 600))])


@pytest.mark.parametrize("unit", list(CASES))
def test_the_unit_is_told(context_of: Callable[..., Context], dated: pl.DataFrame, unit: str) -> None:
    """The time between is found in its unit, with two wrong rows in a hundred; other numbers are not."""
    wrong = pl.Series(np.random.default_rng(1).random(dated.height) < 0.02)
    cells = pl.when(wrong).then(CASES[unit] + 400).otherwise(CASES[unit])
    found = spans(context_of(dated.with_columns(span=cells)), set())
    assert list(found) == ["span"]
    assert found["span"].words == f"{unit} from first to visit"
    assert 0.95 <= found["span"].share <= 1
    assert found["span"].rows == 600


def test_nothing_without_two_dates(context_of: Callable[..., Context], dated: pl.DataFrame) -> None:
    """One date leaves nothing to subtract."""
    assert spans(context_of(dated.drop("first")), set()) == {}
