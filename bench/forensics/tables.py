"""Clean tables to plant into: a generator of plain tables, the bundled sample, the real tables."""

from __future__ import annotations

import gzip
import os
import zipfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
from scipy.special import expit

from clientela.samples.visits import generate

ROWS = 6000
REAL = ("online_shoppers", "bank_additional", "hillstrom", "online_retail", "bank")
START = 1_740_787_200
"""First second of March 2025."""


@dataclass(frozen=True)
class Base:
    """A table to plant into.

    Attributes:
        name: Its name in the print.
        kind: "generated", "sample" or "real".
        frame: Its rows.
        label: Its label, or None.
    """

    name: str
    kind: str
    frame: pl.DataFrame
    label: str | None


def bases(kind: str, seed: int) -> Base | None:
    """Return the base table of a kind that a seed stands for; None where the real data are missing."""
    chance = np.random.default_rng([seed, 17])
    if kind == "generated":
        return Base(f"generated {seed}", kind, clean(chance, int(chance.integers(3001, 7999))), "converted")
    if kind == "sample":
        rows = int(chance.integers(4001, 7999))
        return Base(f"sample {seed}", kind, generate(rows, int(chance.integers(10**6))), "revenue_group")
    return real(REAL[seed % len(REAL)], chance)


def clean(chance: np.random.Generator, rows: int) -> pl.DataFrame:
    """Return a plain single-source table of visits: nothing was done to it, nothing joined."""
    seconds = np.sort(chance.uniform(0, 200 * 86_400, rows)) if chance.random() < 0.5 else None
    seconds = chance.uniform(0, 200 * 86_400, rows) if seconds is None else seconds
    age = np.clip(np.round(chance.gamma(9, 4.5, rows)), 18, 95).astype(np.int64)
    basket = np.round(chance.lognormal(3, 0.6, rows), 2)
    pages = 1 + chance.negative_binomial(2, 0.25, rows)
    loyal = chance.normal(0, 1, rows)
    city = chance.choice(30, rows, p=chance.dirichlet(np.full(30, 3.0)))
    score = 0.5 * loyal + 0.25 * (pages - 7) / 5 - 1.4
    columns: dict[str, pl.Series] = {
        "visit_id": pl.Series(chance.permutation(rows) + 70_001),
        "visit_time": (pl.Series(seconds.astype(np.int64) + START) * 1_000_000).cast(pl.Datetime("us")),
        "device": pl.Series(chance.choice(["mobile", "desktop", "tablet"], rows, p=[0.55, 0.35, 0.1])),
        "city": pl.Series([f"city {chr(65 + code % 26)}{code}" for code in city]),
        "age": pl.Series(age),
        "pages": pl.Series(pages),
        "basket": pl.Series(basket),
        "speed": pl.Series(np.round(chance.gamma(3, 0.8, rows), 3)),
        "loyalty_pts": pl.Series(np.round(200 + 60 * loyal + 20 * chance.normal(0, 1, rows), 1)),
        "width_px": pl.Series(np.round(chance.normal(900, 180, rows)).astype(np.int64)),
        "newsletter": pl.Series(chance.random(rows) < 0.3),
        "share_read": pl.Series(np.round(chance.beta(3, 2, rows), 3)),
        "converted": pl.Series(chance.random(rows) < expit(score)),
    }
    return pl.DataFrame(columns)


def real(name: str, chance: np.random.Generator) -> Base | None:
    """Return up to `ROWS` rows of a real table, in their order; None where it is missing."""
    folder = Path(os.environ.get("CLIENTELA_DATA") or Path(__file__).resolve().parents[3] / "shared" / "data")
    found = {
        "online_shoppers": folder / "online_shoppers.csv",
        "bank_additional": folder / "bank-additional.zip",
        "bank": folder / "bank.zip",
        "hillstrom": folder / "hillstrom.csv.gz",
        "online_retail": folder / "online_retail.parquet",
    }[name]
    if not found.exists():
        return None
    labels = {"online_shoppers": "Revenue", "bank_additional": "y", "bank": "y", "hillstrom": "visit"}
    frame = _read(found)
    taken = np.sort(chance.choice(frame.height, min(frame.height, ROWS + int(chance.integers(1, 99))), replace=False))
    return Base(name, "real", frame[taken], labels.get(name))


def _read(path: Path) -> pl.DataFrame:
    if path.suffix == ".parquet":
        return pl.read_parquet(path)
    if path.suffix == ".zip":
        with zipfile.ZipFile(path) as held:
            inner = next(name for name in held.namelist() if name.endswith("-full.csv"))
            return pl.read_csv(held.read(inner), separator=";", infer_schema_length=None)
    if path.suffix == ".gz":
        return pl.read_csv(gzip.decompress(path.read_bytes()), infer_schema_length=None)
    return pl.read_csv(path, infer_schema_length=None)
