"""Plants in the cells of a column: storage and values."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import polars as pl
from scipy.special import expit

from forensics.ground import Ground, Planted, Planter, Values

JUNK = ("see note", "tbd", "ask Tom", "error")
MISSING = ("n/a", "unknown", "keine Angabe", "-", "NULL", "#N/A", "sin datos", "none")
WORDS = (("J", "N"), ("yes", "no"), ("true", "false"), ("Y", "N"), ("sí", "no"), ("oui", "non"), ("TRUE", "FALSE"))
WRONG = ("latin-1", "cp1252", "mac_roman", "cp850", "")
"""Encodings that UTF-8 is read in; the empty one stands for letters replaced."""

TOWNS = ("Köln", "Zürich", "Málaga", "São Paulo", "Besançon", "Łódź", "Umeå", "Genève")
START = np.datetime64("2024-01-01")


NUMBERS: tuple[Callable[[float], str], ...] = (
    lambda v: f"{v:.2f}",
    lambda v: f"{1000 * v:,.2f}",
    lambda v: f"{1000 * v:,.0f}".replace(",", "'"),
    lambda v: f"{1000 * v:,.1f}".replace(",", "\u00a0"),
    lambda v: f"{v:.2f}-",
    lambda v: f"({v:.2f})",
    lambda v: f"{v:.1f} kg",
    lambda v: f"{v:.2f}k",
    lambda v: f"{v:.1f} min",
)
AMOUNTS: tuple[Callable[[float], str], ...] = (
    lambda v: f"€ {1000 * v:,.2f}",
    lambda v: f"{v:.2f} €",
    lambda v: f"${v:.2f}",
    lambda v: f"CHF {v:.2f}",
    lambda v: f"{v:.0f} kr",
    lambda v: f"{v:.1f} %",
    lambda v: f"{v:.0f}%",
    lambda v: f"R$ {v:.2f}".replace(".", ","),
)
COMMAS: tuple[Callable[[float], str], ...] = (
    lambda v: f"{v:.2f}".replace(".", ","),
    lambda v: f"{1000 * v:,.2f}".translate(str.maketrans(",.", ".,")),
    lambda v: f"{v:.1f}".replace(".", ",").removesuffix(",0"),
)
FORMS = ("%d.%m.%Y", "%m/%d/%Y", "%Y-%m-%d %H:%M", "%d-%m-%y", "%d %b %Y", "%B %d, %Y", "%d.%m.%y", "%Y%m%d", "%b %Y")


def _text(ground: Ground, code: str, stem: str, ways: tuple[Callable[[float], str], ...]) -> Planted:
    """Numbers written as text; at the weak and middle strength a few cells are junk or stand for missing."""
    name, place = ground.fresh(stem), int(ground.chance.integers(len(ways)))
    cells = [ways[place](abs(value)) for value in ground.draw()]
    junk = JUNK if ground.chance.random() < 0.5 else MISSING
    for row in ground.share(ground.pick(0.03, 0.01, 0.0), 0):
        cells[row] = str(ground.chance.choice(junk))
    ground.put(name, cells)
    return Planted(code, (name,), {"such as": cells[0]})


def number_as_text(ground: Ground) -> Planted:
    """Numbers in text: plain, thousands parted, negated behind or by brackets, with a unit."""
    return _text(ground, "number_as_text", "amt", NUMBERS)


def decimal_comma(ground: Ground) -> Planted:
    """Numbers with a comma, with dots between thousands or whole ones among them."""
    return _text(ground, "decimal_comma", "wert", COMMAS)


def currency_text(ground: Ground) -> Planted:
    """Numbers with a currency or percent sign, before or after."""
    return _text(ground, "currency_text", "cost", AMOUNTS)


def date_as_text(ground: Ground) -> Planted:
    """Dates written in one national form or another, or as days since 1900 or seconds since 1970."""
    name = ground.fresh("dt")
    form = str(ground.chance.choice([*FORMS, "days", "seconds"]))
    seconds = ground.chance.integers(1_700_000_000, 1_760_000_000, ground.rows)
    if form in ("days", "seconds"):
        name = ground.fresh("created_at")
        ground.put(name, seconds // 86_400 + 25_569 if form == "days" else seconds)
        return Planted("date_as_text", (name,), {"form": form})
    cells = pl.Series(seconds * 1_000_000).cast(pl.Datetime("us")).dt.strftime(form).to_list()
    for row in ground.share(ground.pick(0.03, 0.01, 0.0), 0):
        cells[row] = str(ground.chance.choice(JUNK))
    ground.put(name, cells)
    return Planted("date_as_text", (name,), {"form": form})


def boolean_as_text(ground: Ground) -> Planted:
    """Yes and no in words, with cells missing at the weak strength."""
    name, words = ground.fresh("opt"), WORDS[int(ground.chance.integers(len(WORDS)))]
    cells: list[str | None] = list(ground.chance.choice(words, ground.rows, p=[0.3, 0.7]))
    for row in ground.share(ground.pick(0.2, 0.02, 0.0), 0):
        cells[row] = None
    ground.put(name, cells)
    return Planted("boolean_as_text", (name,))


def mixed_types(ground: Ground) -> Planted:
    """Numbers among words, or words among numbers."""
    name, share = ground.fresh("mix"), ground.pick((0.025, 0.04), (0.06, 0.15), (0.2, 0.5))
    numbers = [f"{value:.1f}" for value in ground.draw()]
    words = list(ground.chance.choice(["low", "high", "open", "later"], ground.rows))
    few, many = (words, numbers) if ground.chance.random() < 0.5 else (numbers, words)
    for row in ground.share(share):
        many[row] = few[row]
    ground.put(name, many)
    return Planted("mixed_types", (name,), {"share": share})


def encoding_damage(ground: Ground) -> Planted:
    """UTF-8 read in another encoding, or letters replaced, in a share of the cells."""
    name, share = ground.fresh("place"), ground.pick((0.002, 0.005), (0.01, 0.05), (0.2, 0.6))
    cells = list(ground.chance.choice(TOWNS, ground.rows))
    wrong = str(ground.chance.choice(WRONG))
    for row in ground.share(share):
        raw = str(cells[row]).encode()
        cells[row] = raw.decode(wrong, "replace") if wrong else str(cells[row]).encode("ascii", "replace").decode()
    ground.put(name, cells)
    return Planted("encoding_damage", (name,), {"share": share, "read as": wrong})


def stray_space_case(ground: Ground) -> Planted:
    """Blanks around, among them some that do not break, or another case in a share of the cells."""
    name, share = ground.fresh("kind"), ground.pick((0.002, 0.005), (0.01, 0.05), (0.2, 0.4))
    cells = list(ground.chance.choice(["Basic", "Plus", "Premium line", "Trial"], ground.rows))
    for row in ground.share(share):
        cell = str(cells[row])
        ways = (cell.upper(), f" {cell}", f"{cell} ", f"{cell}\u00a0", f"\u200b{cell}", cell.replace(" ", "  ") + " ")
        cells[row] = ways[int(ground.chance.integers(len(ways)))]
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
    """A number, a word or a date that stands for missing, in numbers, ages, words, numbers in text and dates."""
    share = ground.pick((0.002, 0.006), (0.01, 0.05), (0.1, 0.3))
    kind = int(ground.chance.integers(5))
    rows = ground.share(share)
    code: object
    if kind == 0:
        name = ground.number()
        code = float(ground.chance.choice([-999, -9999, -1, 99999, 999999]))
        cells = ground.frame[name].to_numpy().copy()
        cells = np.abs(cells) if code == -1 else cells
    elif kind == 1:
        name, code = ground.fresh("level"), int(ground.chance.choice([99, 999, -1, -9]))
        cells = ground.chance.integers(18, 81, ground.rows)
    elif kind == 2:
        name, code = ground.fresh("plan"), str(ground.chance.choice([*MISSING[:-1], "unbekannt", "?"]))
        cells = ground.chance.choice(["small", "medium", "large"], ground.rows).astype(object)
    elif kind == 3:
        name, code = ground.fresh("load"), str(ground.chance.choice(MISSING))
        cells = np.array([f"{value:.1f}" for value in ground.draw()], dtype=object)
    else:
        name, code = ground.fresh("joined_on"), np.datetime64(str(ground.chance.choice(["1900-01-01", "9999-12-31"])))
        cells = START + ground.chance.integers(0, 700, ground.rows).astype("timedelta64[D]")
    cells[rows] = code
    ground.put(name, cells if kind in (0, 1) else cells.tolist())
    return Planted("sentinel", (name,), {"code": str(code), "share": share})


def joint_missing(ground: Ground) -> Planted:
    """Three columns missing on the same rows."""
    rows = ground.share(ground.pick((0.003, 0.01), (0.03, 0.1), (0.2, 0.5)), 8)
    names = tuple(ground.number("q") for _ in range(3))
    for name in names:
        _blank(ground, name, rows)
    return Planted("joint_missing", names, {"share": rows.size / ground.rows})


def missing_depends(ground: Ground) -> Planted:
    """Cells missing the oftener, the larger another column is, or in some of its classes."""
    name = ground.number("q")
    pull = ground.pick((1.5, 2.0), (3.0, 4.0), (8.0, 20.0))
    if ground.chance.random() < 0.5:
        other = ground.number("driver")
        place = ground.frame[other].rank().to_numpy() / ground.rows - 0.5
    else:
        other = ground.fresh("channel")
        classes = ground.groups(int(ground.chance.integers(3, 9)))
        ground.put(other, [f"way {code}" for code in classes])
        place = (classes / max(classes.max(), 1)) - 0.5
    _blank(ground, name, np.flatnonzero(ground.chance.random(ground.rows) < expit(pull * place - 1.5)))
    return Planted("missing_depends", (name,), {"on": other, "pull": pull})


def outliers(ground: Ground) -> Planted:
    """A few values many quartile ranges away, or rows that are unusual only together."""
    if ground.chance.random() < 0.3:
        return _unusual_rows(ground)
    name = ground.number()
    cells = ground.frame[name].to_numpy().astype(np.float64).copy()
    low, high = np.quantile(cells, [0.25, 0.75])
    rows = ground.share(ground.pick((0.001, 0.002), (0.002, 0.01), (0.01, 0.03)), 4)
    far = ground.pick((6, 9), (12, 25), (60, 200))
    cells[rows] = np.round(high + (high - low) * far * ground.chance.uniform(1, 1.5, rows.size), 2)
    ground.put(name, cells)
    return Planted("outliers", (name,), {"rows": rows.size, "ranges": far})


def _unusual_rows(ground: Ground) -> Planted:
    """Two columns that go together, swapped between large and small rows."""
    one, other = ground.fresh("tall"), ground.fresh("heavy")
    base = ground.chance.normal(0, 1, ground.rows)
    spread = ground.pick(0.25, 0.2, 0.1)
    partner = base + spread * ground.chance.normal(0, 1, ground.rows)
    order = np.argsort(base)
    count = int(ground.pick(5, 12, 25))
    tenth = ground.rows // 10
    rows = ground.chance.choice(order[-tenth:], count, replace=False)
    partner[rows] = partner[ground.chance.choice(order[:tenth], count, replace=False)]
    ground.put(one, np.round(170 + 9 * base, 1))
    ground.put(other, np.round(70 + 12 * partner, 1))
    return Planted("outliers", (one, other), {"rows": count, "spread": spread})


def heavy_tail(ground: Ground) -> Planted:
    """A lognormal column; the top 1 % hold 15 %, 24 % or 45 % of it."""
    name = ground.fresh("volume")
    width = ground.pick((1.28, 1.35), (1.6, 1.7), (2.1, 2.4))
    ground.put(name, np.round(ground.chance.lognormal(3, width, ground.rows), 2))
    return Planted("heavy_tail", (name,), {"deviation_of_log": width})


def impossible_value(ground: Ground) -> Planted:
    """Values beyond what the name allows: ages, shares, counts, durations, months, rates, dates of visits."""
    share = ground.pick((0.001, 0.003), (0.005, 0.02), (0.05, 0.3))
    chance, n = ground.chance, ground.rows
    day = (START + chance.integers(0, 700, n).astype("timedelta64[D]")).astype("datetime64[D]")
    kinds: tuple[tuple[str, Values, tuple[object, ...]], ...] = (
        ("age", chance.integers(18, 80, n), (-3, 203)),
        ("discount_pct", chance.integers(0, 60, n), (180, -20)),
        ("items_count", chance.poisson(4, n) + 1, (-2, -7)),
        ("dwell_duration", np.round(chance.gamma(2, 20, n), 1), (-31.5, -4.25)),
        ("open_rate", np.round(chance.beta(2, 5, n), 3), (1.31, 2.4)),
        ("month", chance.integers(1, 13, n), (13, 0)),
        ("seen_on", day, (np.datetime64("2187-03-01"), np.datetime64("1815-06-18"))),
    )
    stem, values, wrong = kinds[int(chance.integers(len(kinds)))]
    name = ground.fresh(stem)
    rows = ground.share(share)
    values[rows] = chance.choice(np.array(wrong), rows.size)
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
