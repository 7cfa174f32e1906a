"""Which whole numbers are codes, because other columns were looked up by them."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from clientela.domain.incident import Cause
from clientela.monitoring.baseline import learn_baseline
from clientela.monitoring.checking import check
from clientela.monitoring.columns import Kind
from clientela.monitoring.lookups import codes_among
from clientela.tables.frames import from_frame

ROWS = 4000


def kinds(frame: pl.DataFrame) -> dict[str, Kind]:
    """Return what whole numbers turn out to be; all columns are numbers before."""
    return codes_among(frame, dict.fromkeys(frame.columns, Kind.NUMBER))


def drawn(levels: int, seed: int = 3) -> np.ndarray:
    """Return numbers below a bound, the lower the commoner, so that their shares alone tell no code."""
    weights = 1 / np.arange(1, levels + 1)
    return np.random.default_rng(seed).choice(levels, ROWS, p=weights / weights.sum())


@pytest.mark.parametrize(("levels", "kind"), [(12, Kind.CATEGORY), (150, Kind.CATEGORY), (380, Kind.TEXT)])
def test_a_number_by_which_another_was_looked_up_is_a_code(levels: int, kind: Kind) -> None:
    """Areas are codes where each has its own income; few of them are a category, many are names."""
    area = drawn(levels)
    income = np.random.default_rng(1).normal(3000, 400, levels).round(2)[area]
    assert kinds(pl.DataFrame({"area": area + 100, "income": income, "pages": drawn(9, 4)})) == {"area": kind}


def test_quantities_from_which_others_follow_are_none() -> None:
    """An age with its group and its square, an hour on its circle, and a tier of fees are quantities."""
    age = drawn(60)
    frame = pl.DataFrame({"age": age, "group": age // 10, "square": age**2, "fee": np.where(age < 20, 5.0, 2.5)})
    assert kinds(frame) == {}
    hour = drawn(24)
    assert kinds(pl.DataFrame({"hour": hour, "circle": np.sin(hour * np.pi / 12)})) == {}


def test_of_two_that_give_each_other_the_first_is_the_code() -> None:
    """A price in cents of its own gives the item as well, and is a number all the same."""
    item = drawn(50)
    cents = np.random.default_rng(2).permutation(5000)[:50][item]
    assert kinds(pl.DataFrame({"item": item, "cents": cents})) == {"item": Kind.CATEGORY}


def test_columns_without_a_relation_are_as_they_were() -> None:
    """Counts drawn by themselves give nothing, and a code with two numbers in a tenth of its rows gives none."""
    area = drawn(40)
    income = np.random.default_rng(1).normal(3000, 400, 40)[area]
    income[::10] += 1
    assert kinds(pl.DataFrame({"area": area, "pages": drawn(9, 4), "clicks": drawn(30, 5), "income": income})) == {}


def test_the_baseline_takes_codes_as_categories() -> None:
    """The contract lists the levels of a code, and the rule by which it gives a number."""
    area = drawn(14)
    income = np.random.default_rng(1).normal(3000, 400, 14).round(2)[area]
    with from_frame(pl.DataFrame({"area": area + 100, "income": income, "pages": drawn(9, 4)})) as table:
        contract = learn_baseline(table).contract
    assert contract.term("area").kind is Kind.CATEGORY
    assert contract.term("area").levels[0] == "100"
    assert [rule.told for rule in contract.rules] == ["area determines income"]


def _listed(rows: int, seed: int) -> pl.DataFrame:
    """Return visits of sixty items, each of which has its list price; a handful of them cost a thousand and more."""
    rng = np.random.default_rng(seed)
    prices = np.round(np.geomspace(20, 1600, 60), 2)
    item = rng.integers(0, 60, rows)
    made = {"visit": [f"v{seed}-{n:06d}" for n in range(rows)], "item": [f"i{one:02d}" for one in item]}
    return pl.DataFrame({**made, "price": prices[item], "pages": rng.poisson(4, rows)})


DEAR = sorted(_listed(ROWS, 1).filter(pl.col("price") > 1000)["price"].unique().to_list())
LISTS: dict[str, tuple[pl.Expr, list[Cause]]] = {
    "a field of five digits": (pl.col("price").clip(upper_bound=999.99), [Cause.OVERFLOW]),
    "hundreds alone": (pl.col("price") % 1000, [Cause.OVERFLOW]),
    "a list with another price": (pl.col("price").replace(DEAR[3:4], DEAR[4:5]), []),
    "as it was": (pl.col("price"), []),
}


@pytest.mark.parametrize("name", LISTS)
def test_prices_of_few_items_that_met_a_limit_are_no_new_list(name: str) -> None:
    """Lists are kept up to date, each item by itself; where all that changed end or begin anew it is the field."""
    changed, causes = LISTS[name]
    baseline = learn_baseline(from_frame(_listed(6000, 1)))
    found = check(baseline, from_frame(_listed(1000, 2).with_columns(changed.alias("price")))).incidents
    assert [(item.cause, item.columns) for item in found] == [(cause, ("price",)) for cause in causes]
