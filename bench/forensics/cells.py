"""Plants in the cells of a column: storage and values."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import polars as pl
from scipy.special import expit

from forensics.ground import Ground, Planted, Planter, Values

JUNK = ("see note", "tbd", "ask Tom", "error")
WORDS = (("J", "N"), ("yes", "no"), ("true", "false"))
TOWNS = ("Köln", "Zürich", "Málaga", "São Paulo", "Besançon", "Łódź", "Umeå", "Genève")
START = np.datetime64("2024-01-01")


def _text(ground: Ground, code: str, stem: str, write: Callable[[float], str]) -> Planted:
    """Numbers written as text; at the weak and middle strength a few cells are junk."""
    name = ground.fresh(stem)
    cells = [write(value) for value in ground.draw()]
    for row in ground.share(ground.pick(0.03, 0.01, 0.0), 0):
        cells[row] = str(ground.chance.choice(JUNK))
    ground.put(name, cells)
    return Planted(code, (name,))


def number_as_text(ground: Ground) -> Planted:
    """Plain numbers in text."""
    return _text(ground, "number_as_text", "amt", lambda value: f"{value:.2f}")


def decimal_comma(ground: Ground) -> Planted:
    """Numbers with a comma."""
    return _text(ground, "decimal_comma", "wert", lambda value: f"{value:.2f}".replace(".", ","))


def currency_text(ground: Ground) -> Planted:
    """Numbers with a currency sign, before or after."""
    sign = str(ground.chance.choice(["€", "$", "EUR", "CHF", "£"]))
    before = ground.chance.random() < 0.5
    return _text(
        ground, "currency_text", "cost", lambda value: f"{sign} {value:,.2f}" if before else f"{value:.2f} {sign}"
    )


def date_as_text(ground: Ground) -> Planted:
    """Dates written in one national form or another."""
    name = ground.fresh("dt")
    form = str(ground.chance.choice(["%d.%m.%Y", "%m/%d/%Y", "%Y-%m-%d %H:%M", "%d-%m-%y"]))
    days = pl.Series(ground.chance.integers(1_700_000_000, 1_760_000_000, ground.rows) * 1_000_000)
    cells = days.cast(pl.Datetime("us")).dt.strftime(form).to_list()
    for row in ground.share(ground.pick(0.03, 0.01, 0.0), 0):
        cells[row] = str(ground.chance.choice(JUNK))
    ground.put(name, cells)
    return Planted("date_as_text", (name,), {"form": form})


def boolean_as_text(ground: Ground) -> Planted:
    """Yes and no in words, with cells missing at the weak strength."""
    name, words = ground.fresh("opt"), WORDS[int(ground.chance.integers(3))]
    cells: list[str | None] = list(ground.chance.choice(words, ground.rows, p=[0.3, 0.7]))
    for row in ground.share(ground.pick(0.2, 0.02, 0.0), 0):
        cells[row] = None
    ground.put(name, cells)
    return Planted("boolean_as_text", (name,))


def mixed_types(ground: Ground) -> Planted:
    """Numbers among words, or words among numbers."""
    name, share = ground.fresh("mix"), ground.pick((0.025, 0.04), (0.06, 0.15), (0.2, 0.5))
    numbers = [f"{value:.1f}" for value in ground.draw()]
    words = list(ground.chance.choice(["low", "high", "open", "n.v."], ground.rows))
    few, many = (words, numbers) if ground.chance.random() < 0.5 else (numbers, words)
    for row in ground.share(share):
        many[row] = few[row]
    ground.put(name, many)
    return Planted("mixed_types", (name,), {"share": share})


def encoding_damage(ground: Ground) -> Planted:
    """UTF-8 read as Latin-1 or as ASCII in a share of the cells."""
    name, share = ground.fresh("place"), ground.pick((0.002, 0.005), (0.01, 0.05), (0.2, 0.6))
    cells = list(ground.chance.choice(TOWNS, ground.rows))
    replaced = ground.chance.random() < 0.5
    for row in ground.share(share):
        raw = str(cells[row]).encode()
        cells[row] = raw.decode("ascii", "replace") if replaced else raw.decode("latin-1")
    ground.put(name, cells)
    return Planted("encoding_damage", (name,), {"share": share})


def stray_space_case(ground: Ground) -> Planted:
    """Blanks around or another case in a share of the cells."""
    name, share = ground.fresh("kind"), ground.pick((0.002, 0.005), (0.01, 0.05), (0.2, 0.4))
    cells = list(ground.chance.choice(["Basic", "Plus", "Premium line", "Trial"], ground.rows))
    for row in ground.share(share):
        cells[row] = (str(cells[row]).upper(), f" {cells[row]}", f"{cells[row]} ")[int(ground.chance.integers(3))]
    ground.put(name, cells)
    return Planted("stray_space_case", (name,), {"share": share})


def id_precision_lost(ground: Ground) -> Planted:
    """Long identifiers as floats (16 or 18 digits), or as scientific text."""
    name = ground.fresh(str(ground.chance.choice(["order_id", "card_no", "ext_id"])))
    digits = ground.pick(16, 18, 18)
    whole = ground.chance.integers(9 * 10 ** (digits - 1) + 2**53 % 10, 10 ** (digits - 1) * 9 + 10**12, ground.rows)
    if ground.strength == 0:
        whole = ground.chance.integers(2**53, 2**53 + 10**13, ground.rows)
    ground.put(name, [f"{value:.5E}" for value in whole] if ground.strength == 2 else whole.astype(np.float64))
    return Planted("id_precision_lost", (name,), {"digits": digits})


def missing(ground: Ground) -> Planted:
    """Cells missing at random."""
    name, share = ground.number(), ground.pick((0.001, 0.01), (0.03, 0.1), (0.3, 0.6))
    _blank(ground, name, ground.share(share))
    return Planted("missing", (name,), {"share": share})


def _blank(ground: Ground, name: str, rows: Values) -> None:
    held = np.zeros(ground.rows, dtype=bool)
    held[rows] = True
    ground.frame = ground.frame.with_columns(pl.when(pl.Series(held)).then(None).otherwise(pl.col(name)).alias(name))


def sentinel(ground: Ground) -> Planted:
    """A number, a word or a date that stands for missing."""
    share = ground.pick((0.002, 0.006), (0.01, 0.05), (0.1, 0.3))
    kind = int(ground.chance.integers(3))
    if kind == 0:
        name = ground.number()
        code = float(ground.chance.choice([-999, -9999, -1, 99999, 999999]))
        cells = ground.frame[name].to_numpy().copy()
        cells = np.abs(cells) if code == -1 else cells
    elif kind == 1:
        name, code = ground.fresh("plan"), str(ground.chance.choice(["n/a", "unknown", "keine Angabe", "-", "NULL"]))
        cells = ground.chance.choice(["small", "medium", "large"], ground.rows).astype(object)
    else:
        name, code = ground.fresh("joined_on"), np.datetime64(str(ground.chance.choice(["1900-01-01", "9999-12-31"])))
        cells = START + ground.chance.integers(0, 700, ground.rows).astype("timedelta64[D]")
    cells[ground.share(share)] = code
    ground.put(name, cells.tolist() if kind else cells)
    return Planted("sentinel", (name,), {"code": str(code), "share": share})


def joint_missing(ground: Ground) -> Planted:
    """Three columns missing on the same rows."""
    rows = ground.share(ground.pick((0.003, 0.01), (0.03, 0.1), (0.2, 0.5)), 8)
    names = tuple(ground.number("q") for _ in range(3))
    for name in names:
        _blank(ground, name, rows)
    return Planted("joint_missing", names, {"share": rows.size / ground.rows})


def missing_depends(ground: Ground) -> Planted:
    """Cells missing the oftener, the larger another column is."""
    name, other = ground.number("q"), ground.number("driver")
    ranks = ground.frame[other].rank().to_numpy() / ground.rows - 0.5
    pull = ground.pick((1.5, 2.0), (3.0, 4.0), (8.0, 20.0))
    _blank(ground, name, np.flatnonzero(ground.chance.random(ground.rows) < expit(pull * ranks - 1.5)))
    return Planted("missing_depends", (name,), {"on": other, "pull": pull})


def outliers(ground: Ground) -> Planted:
    """A few values many quartile ranges away."""
    name = ground.number()
    cells = ground.frame[name].to_numpy().astype(np.float64).copy()
    low, high = np.quantile(cells, [0.25, 0.75])
    rows = ground.share(ground.pick((0.001, 0.002), (0.002, 0.01), (0.01, 0.03)), 4)
    far = ground.pick((6, 9), (12, 25), (60, 200))
    cells[rows] = np.round(high + (high - low) * far * ground.chance.uniform(1, 1.5, rows.size), 2)
    ground.put(name, cells)
    return Planted("outliers", (name,), {"rows": rows.size, "ranges": far})


def heavy_tail(ground: Ground) -> Planted:
    """A lognormal column; the top 1 % hold 15 %, 24 % or 45 % of it."""
    name = ground.fresh("volume")
    width = ground.pick((1.28, 1.35), (1.6, 1.7), (2.1, 2.4))
    ground.put(name, np.round(ground.chance.lognormal(3, width, ground.rows), 2))
    return Planted("heavy_tail", (name,), {"deviation_of_log": width})


def impossible_value(ground: Ground) -> Planted:
    """Ages beyond 120 or below 0, shares beyond 100 %, negative counts, by name."""
    share = ground.pick((0.001, 0.003), (0.005, 0.02), (0.05, 0.1))
    stem, values, wrong = (
        ("age", ground.chance.integers(18, 80, ground.rows), (-3, 203)),
        ("discount_pct", ground.chance.integers(0, 60, ground.rows), (180, -20)),
        ("items_count", ground.chance.poisson(4, ground.rows) + 1, (-2, -7)),
    )[int(ground.chance.integers(3))]
    name = ground.fresh(stem)
    rows = ground.share(share)
    values[rows] = ground.chance.choice(wrong, rows.size)
    ground.put(name, values)
    return Planted("impossible_value", (name,), {"share": share})


def zero_inflated(ground: Ground) -> Planted:
    """Zeros far more frequent than any other value."""
    name, share = ground.number("spent"), ground.pick((0.12, 0.2), (0.3, 0.5), (0.7, 0.9))
    cells = np.abs(ground.frame[name].to_numpy()) + 0.01
    cells[ground.share(share)] = 0
    ground.put(name, cells)
    return Planted("zero_inflated", (name,), {"share": share})


CELLS: tuple[Planter, ...] = (
    number_as_text,
    date_as_text,
    boolean_as_text,
    mixed_types,
    decimal_comma,
    currency_text,
    encoding_damage,
    stray_space_case,
    id_precision_lost,
    missing,
    sentinel,
    joint_missing,
    missing_depends,
    outliers,
    heavy_tail,
    impossible_value,
    zero_inflated,
)
