"""Synthetic rows keep what a copula keeps, and give no rare text away."""

from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clientela.models.raising.copula import fit_copula


def _frame(rows: int = 1500) -> pl.DataFrame:
    rng = np.random.default_rng(5)
    first = rng.normal(size=rows)
    second = 0.8 * first + 0.6 * rng.normal(size=rows)
    spend = np.where(first > 0.4, np.exp(second), 0.0)
    return pl.DataFrame(
        {
            "first": first,
            "second": pl.Series([None if gap else value for gap, value in zip(first < -1, second, strict=True)]),
            "pages": np.round(np.exp(first)).astype(int),
            "spend": spend,
            "member": second > 0.5,
            "device": np.where(first > 0, "desktop", "mobile"),
            "day": [date(2026, 1, 1) + timedelta(days=int(days)) for days in rng.integers(0, 90, rows)],
        }
    )


@pytest.fixture(scope="module")
def pair() -> tuple[pl.DataFrame, pl.DataFrame]:
    """Real rows, and as many synthetic ones."""
    frame = _frame()
    return frame, fit_copula(frame, frame.columns, frame, 0).draw(1500, 1)


def test_storage_is_kept(pair: tuple[pl.DataFrame, pl.DataFrame]) -> None:
    """Synthetic rows have the columns and types of the real ones."""
    assert pair[1].schema == pair[0].schema


def test_margins_are_kept(pair: tuple[pl.DataFrame, pl.DataFrame]) -> None:
    """Shares of zeros, of missing cells and of texts, and quantiles, are those of the real rows within sampling."""
    real, made = pair
    for share in (pl.col("spend") == 0, pl.col("second").is_null(), pl.col("device") == "mobile", pl.col("member")):
        assert made.select(share.mean()).item() == pytest.approx(real.select(share.mean()).item(), abs=0.05)
    assert made["first"].quantile(0.9) == pytest.approx(real["first"].quantile(0.9), abs=0.15)


def test_zeros_stay_zeros(pair: tuple[pl.DataFrame, pl.DataFrame]) -> None:
    """A value that many rows hold is not smeared into its neighbours."""
    real, made = pair
    least = real.filter(pl.col("spend") > 0)["spend"].min()
    assert made.filter(pl.col("spend") > 0)["spend"].min() >= least


def test_pairs_are_kept_for_ties_too(pair: tuple[pl.DataFrame, pl.DataFrame]) -> None:
    """Rank correlations hold within sampling, of counts and of yes-or-no columns as of numbers."""
    real, made = pair
    for one, other in (("first", "pages"), ("first", "member"), ("pages", "spend")):
        ranks = [
            frame.select(pl.corr(pl.col(one).cast(pl.Float64).rank(), pl.col(other).cast(pl.Float64).rank())).item()
            for frame in (real, made)
        ]
        assert ranks[1] == pytest.approx(ranks[0], abs=0.12)


def test_rare_texts_are_not_said() -> None:
    """A text that fewer than five rows hold, such as a name, never appears; the cell is missing instead."""
    frame = pl.DataFrame({"who": ["ann", "bob"] + ["guest"] * 40, "n": range(42)})
    made = fit_copula(frame, ["who", "n"], frame, 0).draw(400, 0)
    assert set(made["who"]) == {"guest", None}


def test_same_seed_same_rows() -> None:
    """The seed decides the rows."""
    frame = _frame(60)
    fitted = fit_copula(frame, frame.columns, frame, 3)
    assert fitted.draw(9, 1).equals(fitted.draw(9, 1))
    assert not fitted.draw(9, 1).equals(fitted.draw(9, 2))


@settings(deadline=None, max_examples=15)
@given(
    st.lists(
        st.tuples(
            st.none() | st.floats(-1e9, 1e9), st.none() | st.integers(-5, 5), st.none() | st.text("ab=<", max_size=2)
        ),
        min_size=2,
        max_size=30,
    )
)
def test_any_rows_give_rows(rows: list[tuple[float | None, int | None, str | None]]) -> None:
    """Whatever the cells are, rows come out, within the range seen, with nothing but what was seen as text."""
    frame = pl.DataFrame(rows, schema={"a": pl.Float64, "b": pl.Int64, "c": pl.String}, orient="row")
    made = fit_copula(frame, frame.columns, frame, 0).draw(20, 0)
    assert made.schema == frame.schema
    assert set(made["b"].drop_nulls()) <= set(frame["b"].drop_nulls())
    assert set(made["c"].drop_nulls()) <= set(frame["c"].drop_nulls())
    known = frame["a"].drop_nulls()
    if len(known):
        assert made["a"].drop_nulls().is_between(known.min() - 1e-3, known.max() + 1e-3).all()
    else:
        assert made["a"].null_count() == 20
