"""The baseline is learnt, kept, brought back, or refused in a sentence."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from tests.monitoring.conftest import visits

from clientela.domain.errors import ColumnError, InputError
from clientela.monitoring.baseline import Baseline, learn_baseline, restore
from clientela.monitoring.columns import Kind, kind_of, written
from clientela.monitoring.contract import Contract, from_toml, to_toml
from clientela.tables.frames import from_frame


def test_what_is_kept_comes_back(baseline: Baseline) -> None:
    """Rows and contract that were written give the same baseline."""
    back = restore(baseline.facts, from_toml(to_toml(baseline.contract)), baseline.frame())
    for name, values in baseline.side.numbers.items():
        assert np.array_equal(back.side.numbers[name], values, equal_nan=True)
    for name, texts in baseline.side.texts.items():
        assert back.side.texts[name].to_list() == texts.to_list()


def test_a_contract_of_other_rows_is_refused(baseline: Baseline) -> None:
    """A column that the kept rows do not hold is wrong input."""
    with pytest.raises(InputError, match="does not hold: 'shop'"):
        restore(baseline.facts, Contract(baseline.contract.terms, ()), baseline.frame().drop("shop"))


def test_a_baseline_that_lost_rows_is_refused(baseline: Baseline) -> None:
    """Kept rows that are fewer than were kept are told, before a batch is held against them."""
    with pytest.raises(InputError, match="holds 0 rows of the .* that were kept"):
        restore(baseline.facts, baseline.contract, baseline.frame()[:0])


def test_a_reference_that_cannot_serve_is_refused() -> None:
    """Unknown columns, few rows, and times that are none."""
    with from_frame(visits(200, 0)) as table:
        with pytest.raises(ColumnError, match="nobody"):
            learn_baseline(table, "nobody")
        with pytest.raises(InputError, match="'shop' holds no times"):
            learn_baseline(table, times=("shop",))
    with from_frame(visits(99, 0)) as table, pytest.raises(InputError, match="99 rows: at least 100"):
        learn_baseline(table)


KINDS: dict[str, tuple[pl.Series, Kind]] = {
    "running": (pl.Series(range(500, 700)), Kind.KEY),
    "long": (pl.Series([10**9 + 7 * n * n for n in range(300)]), Kind.KEY),
    "two": (pl.Series([0, 1] * 100), Kind.CATEGORY),
    "codes": (pl.Series([1] * 200 + [2] * 5 + [3] * 90), Kind.CATEGORY),
    "counts": (pl.Series([1] * 200 + [2] * 90 + [3] * 30), Kind.NUMBER),
    "one float": (pl.Series([1.0] * 60), Kind.CATEGORY),
    "different texts": (pl.Series([f"t{n}" for n in range(90)]), Kind.KEY),
    "many texts": (pl.Series([f"t{n}" for n in range(300)] * 2), Kind.TEXT),
    "members, of whom the first come oftener": (
        pl.Series([10_450_000 + 13 * int(30_000 * (n / 900) ** 1.8) for n in range(900)] * 2),
        Kind.TEXT,
    ),
    "salaries": (pl.Series([10_000 + int(80_000 * (n / 900) ** 1.8) for n in range(900)] * 2), Kind.NUMBER),
    "truths": (pl.Series([True, False] * 50), Kind.CATEGORY),
}


@pytest.mark.parametrize("name", KINDS)
def test_a_column_is_what_its_values_say(name: str) -> None:
    """Identifiers, codes, counts and texts are told apart."""
    series, kind = KINDS[name]
    assert kind_of(series) is kind


def test_nested_cells_are_written_as_text() -> None:
    """Lists and bytes have one writing each."""
    assert written(pl.Series([[1, 2], None])).to_list()[1] is None
    assert written(pl.Series([b"a"])).to_list() == ["b'a'"]
