"""Joins as shops make them: weather, prices, customers, postcodes, calendars; on short tables and long ones."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import polars as pl

from forensics.ground import Ground, Planted, Values
from forensics.tables import clean

CITIES = ("Aachen", "Bonn", "Celle", "Dresden", "Essen", "Fulda", "Gera", "Halle", "Jena", "Kiel", "Lingen", "Mainz")
TIERS = ("bronze", "silver", "gold", "platinum")
SKIES = ("sunny", "cloudy", "rain", "snow", "fog")
FIRST_DAY = 20_148


def _resized(ground: Ground) -> None:
    """Shorten the table to 300 rows or more, or draw a plain one of up to 50,000."""
    rows = round(10 ** ground.chance.uniform(np.log10(300), np.log10(50_000)))
    if rows > ground.rows:
        ground.frame = clean(ground.chance, rows)
    else:
        ground.frame = ground.frame[np.sort(ground.chance.choice(ground.rows, rows, replace=False))]


def _sizes(ground: Ground, low: float, high: float, even: float = 2.0) -> tuple[Values, int]:
    """Draw keys with so many rows each on average."""
    count = max(10, round(ground.rows / ground.chance.uniform(low, high)))
    return ground.groups(count, even), count


def _add(ground: Ground, row: Values, known: Values, table: dict[str, Values]) -> tuple[str, ...]:
    """Add the columns of a table by the place of its row; nothing where that is not known."""
    names = []
    for stem, values in table.items():
        name = ground.fresh(stem)
        cells = pl.Series(values)[row]
        ground.frame = ground.frame.with_columns(pl.when(pl.Series(known)).then(cells).alias(name))
        names.append(name)
    return tuple(names)


def _planted(keys: tuple[str, ...], columns: tuple[str, ...], known: Values, fan_out: float = 1.0) -> Planted:
    detail = {"keys": keys, "coverage": float(known.mean()), "fan_out": fan_out, "either": False}
    return Planted("joined_block", columns, detail)


def _customers(ground: Ground, count: int) -> dict[str, Values]:
    chance = ground.chance
    days = (FIRST_DAY - chance.integers(30, 3000, count)).astype("datetime64[D]")
    return {
        "customer_age": np.clip(np.round(chance.normal(44, 14, count)), 18, 90),
        "tier": np.array(TIERS)[chance.choice(4, count, p=[0.55, 0.25, 0.15, 0.05])],
        "member_since": days.astype("datetime64[us]"),
        "points": np.round(chance.gamma(1.2, 300, count)),
        "opt_in": chance.random(count) < 0.6,
    }


def _articles(ground: Ground, count: int) -> dict[str, Values]:
    chance = ground.chance
    price = np.round(chance.lognormal(3, 0.7, count)) - 0.01
    return {
        "list_price": price,
        "cost": np.round(price * chance.uniform(0.4, 0.7, count), 2),
        "stock": chance.poisson(40, count).astype(np.float64),
        "supplier": np.array(CITIES)[chance.integers(0, 7, count)],
    }


def unclean_text(ground: Ground) -> list[Planted]:
    """A text key with blanks, another case or without its zeros in some cells; those were cleaned first, or lost."""
    _resized(ground)
    codes, count = _sizes(ground, 8, 30)
    name, kind = ground.fresh("filiale"), int(ground.chance.integers(3))
    plain = [f"{code:05d}" if kind == 0 else f"Shop-{code:04d}" for code in codes]
    odd = np.zeros(ground.rows, dtype=np.bool_)
    odd[ground.share(ground.pick(0.12, 0.08, 0.04))] = True
    spelt: tuple[Callable[[str], str], ...] = (lambda key: key.lstrip("0"), str.upper, lambda key: f"{key} ")
    ground.put(name, [spelt[kind](key) if wrong else key for key, wrong in zip(plain, odd, strict=True)])
    lost = ground.chance.random() < 0.5
    known = (ground.chance.random(count) < ground.pick(0.8, 0.9, 1.0))[codes] & ~(odd & lost)
    return [_planted((name,), _add(ground, codes, known, _articles(ground, count)), known)]


def weather(ground: Ground) -> list[Planted]:
    """Weather by day and city; a few days and a city without a station are not matched."""
    _resized(ground)
    cities, days = int(ground.chance.integers(3, 13)), int(ground.chance.integers(12, 200))
    cities = min(cities, max(3, ground.rows // (days * 3)))
    days = min(days, max(10, ground.rows // (cities * 3)))
    day, city = ground.chance.integers(0, days, ground.rows), ground.groups(cities, 3.0)
    stamp, place = ground.fresh("session_start"), ground.fresh("town")
    seconds = (FIRST_DAY + day) * 86_400 + ground.chance.integers(0, 86_400, ground.rows)
    ground.put(stamp, pl.Series(seconds * 1_000_000).cast(pl.Datetime("us")))
    ground.put(place, [CITIES[code] for code in city])
    count, chance = days * cities, ground.chance
    warm = 12 + 9 * np.sin(np.arange(days) / 58)[:, None] + chance.normal(0, 2, (days, 1))
    table = {
        "temp_c": np.round(warm + chance.normal(0, 2, (days, cities)), 1).ravel(),
        "rain_mm": np.where(chance.random(count) < 0.6, 0.0, np.round(chance.gamma(1, 4, count), 1)),
        "wind_kmh": np.round(chance.gamma(4, 4, count)),
        "sky": np.array(SKIES)[chance.choice(5, count, p=[0.4, 0.3, 0.2, 0.05, 0.05])],
    }
    row = day * cities + city
    known = (chance.random(days) < ground.pick(0.85, 0.95, 1.0))[day]
    known &= (city > 0) if chance.random() < 0.3 else True
    return [_planted((stamp, place), _add(ground, row, known, table), known)]


def price_list(ground: Ground) -> list[Planted]:
    """Prices by article, some articles with a second and third price from another day on."""
    _resized(ground)
    codes, count = _sizes(ground, 6, 40)
    name = ground.fresh("article_no")
    ground.put(name, [f"AR{code:05d}" for code in codes])
    before = ground.rows
    often = np.where(ground.chance.random(count) < ground.pick(0.15, 0.3, 0.5), ground.chance.integers(2, 4, count), 1)
    rows = np.repeat(np.arange(before), often[codes])
    turn = np.arange(rows.size) - np.searchsorted(rows, rows)
    ground.frame = ground.frame[rows]
    table = _articles(ground, 3 * count)
    table["valid_from"] = (FIRST_DAY - ground.chance.integers(0, 200, 3 * count)).astype("datetime64[D]")
    table["valid_from"] = table["valid_from"].astype("datetime64[us]")
    known = np.ones(rows.size, dtype=np.bool_)
    return [_planted((name,), _add(ground, codes[rows] + count * turn, known, table), known, rows.size / before)]


def customers(ground: Ground) -> list[Planted]:
    """What is known of customers, with two to six visits each, some of them unknown."""
    _resized(ground)
    codes, count = _sizes(ground, 2.5, 6, 1.0)
    name = ground.fresh("customer_id")
    ground.put(name, [f"C{code * 7 + 100_000}" for code in codes])
    known = (ground.chance.random(count) < ground.pick(0.35, 0.6, 0.8))[codes]
    return [_planted((name,), _add(ground, codes, known, _customers(ground, count)), known)]


def customers_gone(ground: Ground) -> list[Planted]:
    """The same without the customer's number, with three to twelve visits each."""
    _resized(ground)
    codes, count = _sizes(ground, 3, 12, 1.0)
    known = (ground.chance.random(count) < ground.pick(0.35, 0.6, 0.8))[codes]
    return [_planted((), _add(ground, codes, known, _customers(ground, count)), known)]


def postcodes(ground: Ground) -> list[Planted]:
    """What an area is like, by a postcode held as a number, very uneven."""
    _resized(ground)
    count = max(12, round(ground.rows / ground.chance.uniform(5, 40)))
    weights = 1 / np.arange(1, count + 1) ** 0.8
    codes, chance = ground.chance.choice(count, ground.rows, p=weights / weights.sum()), ground.chance
    name = ground.fresh("plz")
    ground.put(name, (chance.permutation(80_000)[:count] + 10_000)[codes])
    table = {
        "buying_power": np.round(chance.normal(100, 14, count), 1),
        "people": np.round(chance.lognormal(9, 0.6, count)),
        "land": np.array(CITIES)[chance.integers(0, 9, count)],
    }
    known = (chance.random(count) < ground.pick(0.85, 0.95, 1.0))[codes]
    return [_planted((name,), _add(ground, codes, known, table), known)]


def days(ground: Ground) -> list[Planted]:
    """What a day brought: a holiday, a campaign, its spend; the day stands in its own column or only in the time."""
    _resized(ground)
    count, chance = min(int(ground.chance.integers(20, 300)), ground.rows // 5), ground.chance
    day = chance.integers(0, count, ground.rows)
    name, alone = ground.fresh("seen_at"), chance.random() < 0.5
    seconds = (FIRST_DAY + day) * 86_400 + (0 if alone else chance.integers(0, 86_400, ground.rows))
    ground.put(name, pl.Series(seconds * 1_000_000).cast(pl.Datetime("us")))
    if alone:
        ground.frame = ground.frame.with_columns(pl.col(name).cast(pl.Date))
    table = {
        "is_holiday": chance.random(count) < 0.12,
        "campaign": np.array(["none", "spring", "mail", "tv", "partner"])[chance.integers(0, 5, count)],
        "spend": np.round(chance.gamma(2, 400, count), 2),
        "orders_total": chance.poisson(300, count).astype(np.float64),
    }
    known = (chance.random(count) < ground.pick(0.85, 0.95, 1.0))[day]
    return [_planted((name,), _add(ground, day, known, table), known)]


def several(ground: Ground) -> list[Planted]:
    """Articles, customers and areas each brought a block of their own."""
    return [planted for join in (_by_article, _by_customer) for planted in join(ground)]


def _by_article(ground: Ground) -> list[Planted]:
    codes, count = _sizes(ground, 15, 60)
    name = ground.fresh("article")
    ground.put(name, [f"A-{code:04d}" for code in codes])
    known = (ground.chance.random(count) < ground.pick(0.8, 0.9, 1.0))[codes]
    return [_planted((name,), _add(ground, codes, known, _articles(ground, count)), known)]


def _by_customer(ground: Ground) -> list[Planted]:
    codes, count = _sizes(ground, 2.5, 5, 1.0)
    name = ground.fresh("kunde_nr")
    ground.put(name, codes * 3 + 200_001)
    known = (ground.chance.random(count) < ground.pick(0.4, 0.6, 0.8))[codes]
    return [_planted((name,), _add(ground, codes, known, _customers(ground, count)), known)]


LOOKUPS = (unclean_text, weather, price_list, customers, customers_gone, postcodes, days, several)
