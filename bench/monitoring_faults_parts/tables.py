"""Other tables than Online Shoppers: made visits with keys and times, bank contacts, mail-order customers."""

from __future__ import annotations

import datetime
import io
import zipfile

import numpy as np
import polars as pl

from .shoppers import DATA, HOURS, halves

Halves = tuple[pl.DataFrame, pl.DataFrame]


def visits(rows: int, seed: int) -> pl.DataFrame:
    """Return made visits of another shop than the shoppers': two amounts, devices, cities, campaigns, plain rules."""
    rng = np.random.default_rng(seed)
    start = datetime.datetime.combine(datetime.date(2026, 2, 2), datetime.time())
    hour = rng.choice(24, rows, p=HOURS / HOURS.sum())
    seconds = rng.integers(0, 90, rows) * 86_400 + hour * 3600 + rng.integers(0, 3600, rows)
    depth = rng.geometric(0.25, rows)
    dwell = np.round(depth * rng.lognormal(3.2, 0.7, rows), 2)
    device = rng.choice(["mobile", "desktop", "tablet", "tv"], rows, p=[0.55, 0.34, 0.09, 0.02])
    basket = np.where(rng.random(rows) < 0.2 + 0.02 * np.minimum(depth, 20), rng.poisson(1.5, rows) + 1, 0)
    paid = (basket > 0) & (rng.random(rows) < np.where(device == "desktop", 0.5, 0.3))
    return pl.DataFrame(
        {
            "id": f"{seed % 10}" + pl.Series(rng.permutation(rows * 3)[:rows]).cast(pl.String).str.zfill(9),
            "started": pl.Series(seconds * 1_000_000).cast(pl.Duration("us")) + start,
            "device": device,
            "city": rng.choice(["Zürich", "Genève", "Basel", "Bern", "Lugano"], rows, p=[0.4, 0.25, 0.18, 0.12, 0.05]),
            "campaign": rng.choice(
                ["none", "mail", "search", "social", "partner"], rows, p=[0.45, 0.2, 0.2, 0.1, 0.05]
            ),
            "plan": rng.choice(np.array([10, 20, 30, 40, 99]), rows, p=[0.3, 0.1, 0.35, 0.05, 0.2]),
            "logged_in": rng.random(rows) < np.where(device == "desktop", 0.5, 0.25),
            "depth": depth,
            "dwell": dwell,
            "scroll": np.round(rng.beta(2, 1.3, rows), 4),
            "latency": np.round(rng.gamma(3, 90, rows)).astype(np.int64),
            "basket": basket,
            "basket_worth": np.where(basket > 0, np.round(basket * rng.lognormal(3, 0.5, rows), 2), 0.0),
            "paid": paid,
            "amount": np.where(paid, np.round(basket * rng.lognormal(3, 0.5, rows), 2), 0.0),
        }
    )


def bank() -> pl.DataFrame:
    """Return the 41,188 contacts of bank-additional in random order; no keys, no times."""
    with zipfile.ZipFile(DATA / "bank-additional.zip") as archive:
        data = archive.read("bank-additional/bank-additional-full.csv")
    return pl.read_csv(io.BytesIO(data), separator=";", infer_schema_length=None).sample(
        fraction=1.0, shuffle=True, seed=0
    )


def hillstrom() -> pl.DataFrame:
    """Return the 64,000 customers of Hillstrom's mailing in random order."""
    return pl.read_csv(DATA / "hillstrom.csv.gz", infer_schema_length=None).sample(fraction=1.0, shuffle=True, seed=0)


def table(name: str, rows: int) -> tuple[Halves, str]:
    """Return reference and rest of a table, and its label; made visits are three batches of so many rows or more."""
    if name == "shoppers":
        return halves(), "Revenue"
    if name == "visits":
        return (visits(6000, 1), visits(max(12_000, 3 * rows), 2)), "paid"
    frame = bank() if name == "bank" else hillstrom()
    return (frame[:8000], frame[8000:]), "y" if name == "bank" else "conversion"
