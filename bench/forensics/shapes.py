"""Plants of what was done to a column before: cut, filled, rounded, scaled, put in bins; codes are in `encoded`.

Each kind is what an analyst, an export or a library does; it is drawn from the seed.
"""

from __future__ import annotations

import numpy as np

from forensics.encoded import ENCODED
from forensics.ground import Ground, Planted, Planter, Values


def _cells(ground: Ground, name: str) -> Values:
    return ground.frame[name].to_numpy().astype(np.float64).copy()


def _kind(ground: Ground, *kinds: str) -> str:
    return str(ground.chance.choice(kinds))


def _round_number(value: float) -> float:
    """Return a number of two digits near a value, as people choose them."""
    unit = 10.0 ** (np.floor(np.log10(abs(value))) - 1) if value else 1.0
    return float(np.round(value / unit) * unit)


def capped(ground: Ground) -> Planted:
    """Values beyond a quantile set to it, at one end or both, or clipped at a round number."""
    name, share = ground.number(), ground.pick((0.004, 0.008), (0.02, 0.05), (0.1, 0.2))
    kind = _kind(ground, "top", "bottom", "both", "round")
    cells = _cells(ground, name)
    low, high = np.quantile(cells, [share, 1 - share], method="inverted_cdf")
    if kind == "round":
        cells = np.minimum(cells, _round_number(high))
    if kind in ("top", "both"):
        cells = np.minimum(cells, high)
    if kind in ("bottom", "both"):
        cells = np.maximum(cells, low)
    ground.put(name, cells)
    return Planted("capped", (name,), {"kind": kind, "share": share})


def imputed_constant(ground: Ground) -> Planted:
    """Gaps filled with the mean, the median, a round number, or the mean of the row's group."""
    name, share = ground.number(), ground.pick((0.01, 0.02), (0.04, 0.1), (0.2, 0.4))
    kind = _kind(ground, "mean", "median", "round", "group")
    cells = _cells(ground, name)
    rows = ground.share(share)
    fillings = {"mean": np.mean(cells), "median": np.median(cells), "round": _round_number(np.quantile(cells, 0.35))}
    if kind == "group":
        group = ground.groups(4, 20.0)
        cells[rows] = np.array([cells[group == place].mean() for place in range(4)])[group[rows]]
    else:
        cells[rows] = fillings[kind]
    ground.put(name, cells)
    return Planted("imputed_constant", (name,), {"kind": kind, "share": share})


def rounded(ground: Ground) -> Planted:
    """Values on a step, halves or two digits that count; the weaker, the more of them are off."""
    name, kind = ground.fresh("est"), _kind(ground, "step", "step", "half", "digits")
    step = float(ground.chance.choice([5, 10, 50, 100, 1000])) if kind == "step" else 0.5
    plain = ground.chance.gamma(4, ground.pick((8, 12), (8, 12), (5, 8)) * step, ground.rows)
    if kind == "digits":
        plain = ground.chance.lognormal(9, 1.3, ground.rows)
        step = 10.0 ** (np.floor(np.log10(plain)) - 1)
    cells = np.round(plain / step) * step
    off = ground.share(ground.pick((0.02, 0.03), (0.0, 0.01), (0.0, 0.0)), 0)
    cells[off] = np.round(plain[off], 0 if kind != "half" else 2)
    ground.put(name, cells)
    return Planted("rounded", (name,), {"kind": kind, "step": float(np.min(step))})


def binned(ground: Ground) -> Planted:
    """A column replaced by the middles, starts, means or labels of bins of one width, or of as many rows each."""
    name, count = ground.number(), int(ground.pick(25, 12, 6))
    cells = _cells(ground, name) * (1, 1, 1000)[ground.chance.integers(3)]
    even = ground.chance.random() < 0.5
    edges = np.linspace(cells.min(), cells.max(), count + 1)
    if even:
        edges = np.unique(np.quantile(cells, np.linspace(0, 1, count + 1)))
    place = np.clip(np.searchsorted(edges, cells, side="right") - 1, 0, edges.size - 2)
    kind = _kind(ground, "middle", "start", "interval", "range", "open", *(("code", "mean") if even else ()))
    low, high = edges[:-1], edges[1:]
    words = {
        "interval": [f"({a:.3f}, {b:.3f}]" for a, b in zip(low, high, strict=True)],
        "range": [f"{a:,.1f} - {b:,.1f}" for a, b in zip(low, high, strict=True)],
        "open": [f"<{high[0]:.0f}", *(f"{a:.0f}-{b:.0f}" for a, b in zip(low[1:-1], high[1:-1], strict=True))],
    }
    words["open"].append(f"{low[-1]:.0f}+")
    numbers = {
        "middle": np.round((low + high) / 2, 2),
        "start": low,
        "code": np.arange(low.size),
        "mean": np.array([cells[place == bin_].mean() if (place == bin_).any() else 0 for bin_ in range(low.size)]),
    }
    ground.put(name, [words[kind][i] for i in place] if kind in words else numbers[kind][place])
    return Planted("binned", (name,), {"kind": f"{kind}, {'even' if even else 'wide'}", "bins": count})


def standardised(ground: Ground) -> Planted:
    """Mean 0 and deviation 1, or median 0 and quartile range 1; of a part of the rows; of few whole numbers."""
    name, kind = ground.number(), _kind(ground, "z", "z", "robust", "counts")
    cells = _cells(ground, name)
    if kind == "counts":
        cells = ground.chance.poisson(3, ground.rows).astype(np.float64)
    part = cells[ground.chance.random(cells.size) < 0.75] if ground.strength == 0 and kind == "z" else cells
    q1, q3 = np.quantile(cells, [0.25, 0.75])
    scaled = (cells - np.median(cells)) / (q3 - q1) if kind == "robust" else (cells - part.mean()) / part.std()
    ground.put(name, np.round(scaled, 3) if ground.strength == 0 else scaled)
    return Planted("standardised", (name,), {"kind": kind})


def min_max_scaled(ground: Ground) -> Planted:
    """Stretched to 0 to 1 or -1 to 1, whole numbers too; rounded to three digits at the weak strength."""
    name, kind = ground.number(), _kind(ground, "unit", "unit", "both signs", "counts")
    cells = _cells(ground, name)
    if kind == "counts":
        cells = ground.chance.negative_binomial(2, 0.1, ground.rows).astype(np.float64)
    scaled = (cells - cells.min()) / (cells.max() - cells.min())
    scaled = np.round(scaled, ground.pick(3 if kind != "counts" else 5, 5, 12))
    ground.put(name, 2 * scaled - 1 if kind == "both signs" else scaled)
    return Planted("min_max_scaled", (name,), {"kind": kind})


def log_transformed(ground: Ground) -> Planted:
    """Logs or roots of whole numbers or cents, rounded to four, eight or no digits."""
    name, kind = ground.fresh("lg"), _kind(ground, "log1p", "log", "log10", "log2", "root")
    raw = np.floor(ground.chance.lognormal(3.5, 0.9, ground.rows)) + 1
    if kind == "log1p" and ground.chance.random() < 0.5:
        raw = np.where(ground.chance.random(ground.rows) < 0.3, 0, raw)
    if ground.strength > 0 and ground.chance.random() < 0.3:
        raw = np.round(ground.chance.lognormal(3, 0.8, ground.rows), 2) + 0.01
    taken = {"log1p": np.log1p, "log": np.log, "log10": np.log10, "log2": np.log2, "root": np.sqrt}[kind]
    ground.put(name, np.round(taken(raw), ground.pick(4, 8, 15)))
    return Planted("log_transformed", (name,), {"kind": kind})


SHAPES: tuple[Planter, ...] = (
    capped,
    imputed_constant,
    rounded,
    binned,
    standardised,
    min_max_scaled,
    log_transformed,
    *ENCODED,
)
