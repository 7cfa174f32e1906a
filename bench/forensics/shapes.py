"""Plants of what was done to a column before: cut, filled, rounded, scaled, coded."""

from __future__ import annotations

import hashlib

import numpy as np
import polars as pl

from forensics.ground import Ground, Planted, Planter, Values


def _cells(ground: Ground, name: str) -> Values:
    return ground.frame[name].to_numpy().astype(np.float64).copy()


def capped(ground: Ground) -> Planted:
    """Values beyond a quantile set to it, at the upper or the lower end."""
    name, share = ground.number(), ground.pick((0.004, 0.008), (0.02, 0.05), (0.1, 0.2))
    cells = _cells(ground, name)
    if ground.chance.random() < 0.7:
        cells = np.minimum(cells, np.quantile(cells, 1 - share, method="inverted_cdf"))
    else:
        cells = np.maximum(cells, np.quantile(cells, share, method="inverted_cdf"))
    ground.put(name, cells)
    return Planted("capped", (name,), {"share": share})


def imputed_constant(ground: Ground) -> Planted:
    """Gaps filled with the mean or the median."""
    name, share = ground.number(), ground.pick((0.01, 0.02), (0.04, 0.1), (0.2, 0.4))
    cells = _cells(ground, name)
    value = float(np.mean(cells)) if ground.chance.random() < 0.5 else float(np.median(cells))
    cells[ground.share(share)] = value
    ground.put(name, cells)
    return Planted("imputed_constant", (name,), {"value": value, "share": share})


def rounded(ground: Ground) -> Planted:
    """Values on a step; at the weak strength 3 % of them off it."""
    name = ground.fresh("est")
    step = float(ground.pick(*[ground.chance.choice([5, 10, 50, 100])] * 3))
    plain = ground.chance.gamma(4, ground.pick((8, 12), (8, 12), (5, 8)) * step, ground.rows)
    cells = np.round(plain / step) * step
    off = ground.share(ground.pick((0.02, 0.03), (0.0, 0.01), (0.0, 0.0)), 0)
    cells[off] = np.round(plain[off])
    ground.put(name, cells)
    return Planted("rounded", (name,), {"step": step})


def binned(ground: Ground) -> Planted:
    """A column replaced by the middles or the labels of its bins."""
    name, count = ground.number(), int(ground.pick(25, 12, 6))
    cells = _cells(ground, name)
    edges = np.linspace(cells.min(), cells.max(), count + 1)
    if ground.chance.random() < 0.5:
        edges = np.unique(np.quantile(cells, np.linspace(0, 1, count + 1)))
    place = np.clip(np.searchsorted(edges, cells, side="right") - 1, 0, edges.size - 2)
    middles = np.round((edges[1:] + edges[:-1]) / 2, 2)
    words = [f"{edges[i]:.1f} - {edges[i + 1]:.1f}" for i in range(edges.size - 1)]
    text = ground.chance.random() < 0.5
    ground.put(name, [words[i] for i in place] if text else middles[place])
    return Planted("binned", (name,), {"bins": count, "text": text})


def standardised(ground: Ground) -> Planted:
    """Mean 0, deviation 1; at the weak strength by the mean and deviation of three quarters of the rows."""
    name = ground.number()
    cells = _cells(ground, name)
    part = cells[ground.chance.random(cells.size) < 0.75] if ground.strength == 0 else cells
    scaled = (cells - part.mean()) / part.std()
    ground.put(name, np.round(scaled, 3) if ground.strength < 2 else scaled)
    return Planted("standardised", (name,))


def min_max_scaled(ground: Ground) -> Planted:
    """Stretched to 0 to 1; rounded to three digits at the weak strength."""
    name = ground.number()
    cells = _cells(ground, name)
    scaled = (cells - cells.min()) / (cells.max() - cells.min())
    ground.put(name, np.round(scaled, ground.pick(3, 5, 12)))
    return Planted("min_max_scaled", (name,))


def log_transformed(ground: Ground) -> Planted:
    """Logs of whole numbers, rounded to four, eight or no digits."""
    name = ground.fresh("lg")
    counts = np.floor(ground.chance.lognormal(3.5, 0.9, ground.rows)) + 1
    logs = np.log1p(counts) if ground.chance.random() < 0.5 else np.log10(counts)
    ground.put(name, np.round(logs, ground.pick(4, 8, 15)))
    return Planted("log_transformed", (name,))


def label_encoded(ground: Ground) -> Planted:
    """Categories as running numbers; sizes nearly even, uneven, very uneven."""
    name = ground.fresh("src_type")
    count = int(ground.chance.integers(5, 16))
    ground.put(name, ground.groups(count, ground.pick(20.0, 3.0, 0.8)))
    codes, place = np.unique(ground.frame[name].to_numpy(), return_inverse=True)
    ground.put(name, place + int(ground.chance.integers(2)))
    return Planted("label_encoded", (name,), {"codes": int(codes.size)})


def one_hot(ground: Ground) -> Planted:
    """One category as columns of 0 and 1; at the weak strength .5 % of rows have none (a value not seen)."""
    count = int(ground.chance.integers(3, 8))
    kinds = ground.groups(count, 4.0)
    if ground.strength == 0:
        kinds = np.where(ground.chance.random(ground.rows) < 0.005, -1, kinds)
    names = tuple(ground.fresh(f"is_k{place}") for place in range(count))
    for place, name in enumerate(names):
        ground.put(name, (kinds == place).astype(np.int64))
    return Planted("one_hot", names)


def hashed(ground: Ground) -> Planted:
    """Digests of 8, 32 or 64 hexadecimal digits; cells missing at the weak strength."""
    name = ground.fresh("ref")
    count = int(ground.chance.integers(30, ground.rows))
    length = ground.pick(8, 32, 64)
    cells: list[str | None] = [
        hashlib.sha256(f"{code}".encode()).hexdigest()[:length]
        for code in ground.chance.integers(0, count, ground.rows)
    ]
    for row in ground.share(ground.pick(0.1, 0.0, 0.0), 0):
        cells[row] = None
    ground.put(name, cells)
    return Planted("hashed", (name,), {"digits": length})


def anonymised(ground: Ground) -> Planted:
    """Text with stars for letters, pseudonyms, or blurred numbers."""
    name = ground.fresh("contact_ref")
    codes = ground.chance.integers(0, ground.rows, ground.rows)
    share = ground.pick(0.6, 0.9, 1.0)
    kind = int(ground.chance.integers(3))
    masks = (
        lambda c: f"{chr(97 + c % 26)}***@***.com",
        lambda c: f"***-**-{c % 10_000:04d}",
        lambda c: f"Customer {c}",
    )
    plain = ground.chance.random(ground.rows) > share
    ground.put(
        name, [f"x{code}" if open_ else masks[kind](int(code)) for code, open_ in zip(codes, plain, strict=True)]
    )
    return Planted("anonymised", (name,), {"share": share})


def shifted_dates(ground: Ground) -> Planted:
    """Dates moved: by years into the future (strong), by three days against the week (middle), each row anew (weak)."""
    name = ground.fresh("booked_at")
    day = ground.chance.integers(19_600, 20_000, ground.rows)
    day = day[ground.chance.random(day.size) < np.where((day + 3) % 7 >= 5, 0.15, 1.0)]
    day = ground.chance.choice(day, ground.rows)
    day = (
        day
        + (
            ground.chance.integers(-3, 4, ground.rows),
            np.full(ground.rows, 3),
            np.full(ground.rows, 365 * 90),
        )[ground.strength]
    )
    ground.put(name, pl.Series(day).cast(pl.Int32).cast(pl.Date))
    return Planted("shifted_dates", (name,))


SHAPES: tuple[Planter, ...] = (
    capped,
    imputed_constant,
    rounded,
    binned,
    standardised,
    min_max_scaled,
    log_transformed,
    label_encoded,
    one_hot,
    hashed,
    anonymised,
    shifted_dates,
)
