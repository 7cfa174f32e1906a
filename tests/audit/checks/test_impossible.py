"""Values that cannot be."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
import polars as pl
import pytest

from clientela.audit.checks import impossible
from clientela.domain.finding import Severity

RNG = np.random.default_rng(31)


def spoiled(values: Any, wrong: list[Any]) -> pl.Series:
    """Return the values with the first ones replaced."""
    return pl.Series([*wrong, *list(values)[len(wrong) :]], strict=False)


BOUNDED: dict[str, tuple[Any, list[Any]]] = {
    "customer_age": (RNG.integers(18, 90, 2000), [140, -3]),
    "lat": (RNG.uniform(40, 50, 2000), [95.5, 47.0]),
    "longitude": (RNG.uniform(5, 15, 2000), [190.0, -181.0]),
    "visit_duration": (RNG.exponential(60, 2000), [-4.5, -1.25]),
    "Anzahl": (RNG.poisson(4, 2000), [-1, -2]),
    "hour": (RNG.integers(0, 24, 2000), [31]),
    "bounce_rate": (RNG.random(2000), [1.7, -0.2]),
    "discount_pct": (RNG.uniform(0, 100, 2000), [170.0]),
}


def test_values_outside_of_what_the_name_allows(said: Callable[..., Any]) -> None:
    """One wrong value in a thousand is a warning with its rows and an example; without it nothing is said."""
    clean = pl.DataFrame({name: good for name, (good, _) in BOUNDED.items()})
    assert not said(impossible.impossible_value, clean).findings
    dirty = pl.DataFrame({name: spoiled(good, wrong) for name, (good, wrong) in BOUNDED.items()})
    (finding,) = said(impossible.impossible_value, dirty).findings
    assert finding.severity is Severity.WARNING
    rows = {name: finding.evidence[name]["rows"] for name in finding.columns}
    assert rows == {name: len([v for v in wrong if v != 47.0]) for name, (_, wrong) in BOUNDED.items()}


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("age", RNG.normal(size=2000)),
        ("account_age_days", RNG.integers(0, 900, 2000)),
        ("exchange_rate", RNG.uniform(0.9, 1.002, 2000)),
        ("price_change", RNG.normal(9, 4, 2000)),
        ("page", RNG.integers(1, 999, 2000)),
        ("spend_last_month", RNG.exponential(50, 2000)),
        ("latency", RNG.exponential(150, 2000)),
    ],
)
def test_other_meanings_are_left_alone(said: Callable[..., Any], plain: pl.DataFrame, name: str, values: Any) -> None:
    """A scaled age, the age of an account, rates that are no shares and changes may be what they are."""
    assert not said(impossible.impossible_value, plain.with_columns(pl.Series(name, values))).findings


STRAYING: dict[str, tuple[Any, list[Any]]] = {
    "age": (RNG.integers(18, 80, 2000), [-3, 203]),
    "Alter in Jahren": (RNG.integers(18, 80, 2000), [140, 999]),
    "discount_pct": (RNG.integers(0, 60, 2000), [180, -20]),
    "exit rate": (RNG.beta(2, 5, 2000).round(3), [1.4, 3.0]),
    "items_count": (RNG.poisson(4, 2000) + 1, [-2, -7]),
    "duration_min": (RNG.exponential(9, 2000).round(1), [-44.0, -60.5]),
    "dwell_duration": (RNG.gamma(2, 20, 2000).round(1), [-31.5, -4.25]),
    "latitude": (RNG.uniform(47, 55, 2000), [512.2, -410.0]),
    "month": (RNG.integers(1, 13, 2000), [13, 0]),
    "hour": (RNG.integers(0, 24, 2000), [25, 99]),
    "geburtsjahr": (RNG.integers(1940, 2006, 2000), [19, 2975]),
}


@pytest.mark.parametrize("share", [0, 0.02, 0.08, 0.2, 0.4])
def test_many_wrong_values(said: Callable[..., Any], share: float) -> None:
    """However many values are wrong, up to half, they are told where they are parted from the others."""
    rng = np.random.default_rng(5)
    cells = {
        name: np.where(rng.random(2000) < share, rng.choice(wrong, 2000), good)
        for name, (good, wrong) in STRAYING.items()
    }
    findings = said(impossible.impossible_value, pl.DataFrame(cells)).findings
    assert [set(f.columns) for f in findings] == ([set(STRAYING)] if share else [])


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("age", RNG.gamma(2, 30, 2000).round()),
        ("visits", RNG.normal(1, 4, 2000).round()),
        ("growth_pct", RNG.normal(80, 30, 2000)),
        ("completion_pct", RNG.normal(85, 12, 2000).round()),
        ("month", RNG.integers(0, 12, 2000)),
        ("month", RNG.integers(1, 37, 2000)),
        ("click_rate", RNG.exponential(0.5, 2000)),
        ("duration", RNG.normal(size=2000)),
    ],
)
def test_columns_that_pass_a_bound_smoothly(
    said: Callable[..., Any], plain: pl.DataFrame, name: str, values: Any
) -> None:
    """Ages in months, net visits, targets beaten, months from zero and scaled durations mean something else."""
    assert not said(impossible.impossible_value, plain.with_columns(pl.Series(name, values))).findings


@pytest.mark.parametrize(
    ("name", "stray", "found"),
    [
        ("visited", date(2199, 5, 1), True),
        ("visited", date(1812, 5, 1), True),
        ("valid_until", date(2045, 5, 1), False),
        ("birth_date", date(2199, 5, 1), True),
        ("visited", date(2019, 5, 1), False),
    ],
)
def test_many_dates_that_cannot_be(
    said: Callable[..., Any], plain: pl.DataFrame, name: str, stray: date, found: bool
) -> None:
    """A tenth of the dates in the far future or past is told; an end of validity and an earlier campaign are not."""
    days = [date(2025, 1, 1) + timedelta(days=int(d)) for d in RNG.integers(0, 300, 2000)]
    frame = plain.with_columns(spoiled(days, [stray + timedelta(days=i % 30) for i in range(200)]).alias(name))
    assert bool(said(impossible.impossible_value, frame).findings) is found


def test_negative_amounts_are_a_question(said: Callable[..., Any], plain: pl.DataFrame) -> None:
    """A negative price may be a refund: a notice; -1 for missing in a count is a sentinel and no error."""
    price = spoiled(RNG.lognormal(3, 1, 2000).round(2), [-20.0])
    finding = said(impossible.impossible_value, plain.with_columns(price.alias("price"))).findings[0]
    assert finding.severity is Severity.NOTICE
    coded = pl.Series("visits", np.where(RNG.random(2000) < 0.04, -1, RNG.poisson(300, 2000)))
    assert not said(impossible.impossible_value, plain.with_columns(coded)).findings


def test_a_rare_value_beside_the_sample_is_seen(said: Callable[..., Any]) -> None:
    """The one negative count among 60,000 rows is found although the sample may miss it."""
    counts = spoiled(RNG.poisson(5, 60_000), [-7]).alias("clicks_count")
    finding = said(impossible.impossible_value, pl.DataFrame([counts])).findings[0]
    assert finding.evidence["clicks_count"]["rows"] == 1


@pytest.mark.parametrize("stray", [date(2231, 4, 1), date(1925, 2, 3)])
def test_a_date_far_from_the_rest(said: Callable[..., Any], plain: pl.DataFrame, stray: date) -> None:
    """A date centuries later or decades earlier is told; dates over many years without a gap are not."""
    days = [date(2025, 1, 1) + timedelta(days=int(d)) for d in RNG.integers(0, 300, 2000)]
    frame = plain.with_columns(spoiled(days, [stray]).alias("signup"))
    finding = said(impossible.impossible_value, frame).findings[0]
    assert finding.evidence["signup"]["example"] == str(stray)
    births = pl.Series([date(1940, 1, 1) + timedelta(days=int(d)) for d in RNG.integers(0, 25_000, 2000)])
    assert not said(impossible.impossible_value, plain.with_columns(births.alias("born"))).findings
    coded = plain.with_columns(spoiled(days, [date(1900, 1, 1)] * 3).alias("signup"))
    assert not said(impossible.impossible_value, coded).findings


def test_an_end_before_its_start(said: Callable[..., Any], plain: pl.DataFrame) -> None:
    """Swapped dates are a warning by name and a notice by order alone; unrelated dates are neither."""
    start = [datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=int(m)) for m in RNG.integers(0, 99_999, 2000)]
    end = [moment + timedelta(hours=int(h)) for moment, h in zip(start, RNG.integers(0, 99, 2000), strict=True)]
    wrong = [start[i] - timedelta(days=2) for i in range(9)]
    base = plain.drop("visit_time")
    frame = base.with_columns(pl.Series("ordered", start), spoiled(end, wrong).alias("delivered"))
    finding = said(impossible.impossible_value, frame).findings[0]
    assert (finding.columns, finding.severity) == (("ordered", "delivered"), Severity.WARNING)
    assert finding.evidence["rows"] == 9
    plainly = frame.rename({"ordered": "b", "delivered": "a"}).select("a", "b")
    finding = said(impossible.impossible_value, plainly).findings[0]
    assert (finding.columns, finding.severity) == (("b", "a"), Severity.NOTICE)
    apart = base.with_columns(pl.Series("ordered", start), pl.Series("delivered", start[::-1]))
    assert not said(impossible.impossible_value, apart).findings


def test_tiny_tables_say_nothing(said: Callable[..., Any]) -> None:
    """Forty rows are too few to tell an error from another meaning."""
    frame = pl.DataFrame(
        {
            "age": [200] + [30] * 39,
            "day": [date(2300, 1, 1)] + [date(2025, 1, 1)] * 39,
            "end": [date(2024, 1, 1)] + [date(2025, 1, 2)] * 39,
        }
    )
    assert not said(impossible.impossible_value, frame).findings


def test_real_tables(said: Callable[..., Any], real: Callable[[str], pl.DataFrame]) -> None:
    """Cancellations and two negative prices in Online Retail are questions; the other tables have no such value."""
    retail = real("online_retail")
    findings = said(impossible.impossible_value, retail).findings
    assert [(f.columns, f.severity) for f in findings] == [(("Quantity", "UnitPrice"), Severity.NOTICE)]
    assert findings[0].evidence["Quantity"]["rows"] == 10_624
    assert findings[0].evidence["UnitPrice"]["rows"] == 2
    for name in ("online_shoppers", "hillstrom"):
        frame = real(name)
        assert not said(impossible.impossible_value, frame).findings


def test_a_part_is_never_above_its_whole(said: Callable[..., Any]) -> None:
    """More children than people, a least above the largest, on few rows; a question where names are silent."""
    rng = np.random.default_rng(6)
    people = rng.integers(1, 7, 1000)
    kids = np.where(np.arange(1000) % 125 == 7, people + 1, np.minimum(rng.poisson(1, 1000), people - 1))
    low = rng.lognormal(3, 0.4, 1000).round(2)
    high = np.where(np.arange(1000) % 200 == 3, low * 0.8, low * 1.5)
    frame = pl.DataFrame({"household_size": people, "children": kids, "price_min": low, "price_max": high})
    found = said(impossible.impossible_value, frame).findings
    assert [(f.columns, f.evidence["rows"]) for f in found] == [
        (("children", "household_size"), 8),
        (("price_min", "price_max"), 5),
    ]
    assert "never on the others" in found[0].title
    other = frame.rename({"price_max": "weight_max", "children": "visits"})
    asked = said(impossible.impossible_value, other).findings
    assert [(f.columns, f.severity) for f in asked] == [(("price_min", "weight_max"), Severity.NOTICE)]
    assert not said(
        impossible.impossible_value, frame.select("household_size", children=pl.col("household_size") * 2 - 2)
    ).findings
