"""Times written otherwise are read, and the way is named."""

from __future__ import annotations

import datetime

import numpy as np
import polars as pl
import pytest
from tests.monitoring.conftest import visits

from clientela.domain.incident import Cause
from clientela.monitoring.baseline import Baseline
from clientela.monitoring.columns import Kind
from clientela.monitoring.contract import Term
from clientela.monitoring.formats import mend


def test_seconds_since_1970_among_dates_are_times(baseline: Baseline) -> None:
    """A third of the times written as seconds is one break of writing, and no cell is lost."""
    first = datetime.datetime(2026, 2, 1, 12, tzinfo=datetime.UTC)
    stamps = [first + datetime.timedelta(seconds=second) for second in range(90)]
    cells = [f"{t.timestamp():.0f}" if n % 3 == 0 else f"{t:%Y-%m-%d %H:%M:%S}" for n, t in enumerate(stamps)]
    values, found = mend(baseline, baseline.contract.term("at"), pl.Series(cells))
    assert not np.isnan(np.asarray(values)).any()
    assert found is not None
    assert found.cause is Cause.DTYPE_FORMAT


TIMES = {
    "%m/%d/%Y %H:%M:%S": Cause.DTYPE_FORMAT,
    "%d.%m.%Y %H:%M": Cause.DTYPE_FORMAT,
    "%Y%m%d%H%M%S": Cause.DTYPE_FORMAT,
    "%Y-%m-%d %H:%M:%S": None,
    "week %V": Cause.UNKNOWN,
}


@pytest.mark.parametrize("form", TIMES)
def test_times_in_another_order_are_read(form: str, baseline: Baseline) -> None:
    """Another order of the date is named and read; ISO is as it was; weeks are no times."""
    _, found = mend(baseline, baseline.contract.term("at"), visits(60, 5)["at"].dt.strftime(form))
    assert (found and found.cause) is TIMES[form]


@pytest.mark.parametrize("form", ["%m/%d/%Y %H:%M:%S", "%d/%m/%Y %H:%M:%S"])
def test_days_that_could_be_months_are_read_as_the_others(form: str, baseline: Baseline) -> None:
    """Where some days are beyond the twelfth, the days up to it are read the same way and not the other way round."""
    term = next(term for term in baseline.contract.terms if term.kind is Kind.TIME)
    known = pl.datetime_range(*_ends(term), interval="1d", eager=True)
    values, found = mend(baseline, term, known.dt.strftime(form))
    assert found is not None
    assert found.cause is Cause.DTYPE_FORMAT
    assert np.asarray(values).tolist() == (known.dt.epoch("s")).to_list()


def _ends(term: Term) -> tuple[datetime.datetime, datetime.datetime]:
    first, last = (
        datetime.datetime.fromtimestamp(int(end), datetime.UTC).replace(tzinfo=None) for end in (term.low, term.high)
    )
    return first, last


@pytest.mark.parametrize("unit", ["s", "ms", "us", "days", "compact", "none"])
def test_times_written_as_numbers_are_read(unit: str, baseline: Baseline) -> None:
    """Seconds, thousandths, a workbook's days and digits in a row are the same times."""
    at = visits(60, 5)["at"]
    numbers = {
        "days": at.dt.epoch("s") / 86_400 + 25_569,
        "compact": at.dt.strftime("%Y%m%d%H%M%S").cast(pl.Int64),
        "none": pl.Series([3, 4] * 30),
    }
    cells = numbers[unit] if unit in numbers else at.dt.epoch("s") * {"s": 1, "ms": 1000, "us": 1_000_000}[unit]
    values, found = mend(baseline, baseline.contract.term("at"), cells)
    assert found is not None
    if unit == "none":
        assert found.cause is Cause.UNKNOWN
        assert np.isnan(np.asarray(values)).all()
    else:
        assert found.cause is Cause.DTYPE_FORMAT
        assert np.allclose(np.asarray(values), at.dt.epoch("s").to_numpy(), atol=0.01)
