"""Order lines whose item gives weight, price and group, and whose depot gives distance and tax."""

from __future__ import annotations

import datetime

import numpy as np
import polars as pl

from .changed import Planted, cells, shuffled
from .shoppers import HOURS

DEPOTS = 14
LABEL = "returned"


def lines(rows: int, seed: int, items: int = 60) -> pl.DataFrame:
    """Return order lines; what belongs to items and depots is the same for every seed."""
    fixed, rng = np.random.default_rng(4242), np.random.default_rng([seed, items])
    price, weight = np.round(fixed.lognormal(3, 0.8, items), 2), np.round(fixed.gamma(2, 1.2, items) + 0.05, 3)
    group, distance = fixed.integers(0, 7, items), np.round(fixed.uniform(5, 640, DEPOTS), 1)
    tax = fixed.choice([7.7, 2.5, 19.0], DEPOTS)
    item = rng.choice(items, rows, p=_falling(items, 0.9))
    depot = rng.choice(DEPOTS, rows, p=_falling(DEPOTS, 0.8))
    pieces = 1 + rng.poisson(0.8, rows)
    hour = rng.choice(24, rows, p=HOURS / HOURS.sum())
    moments = rng.integers(0, 120, rows) * 86_400 + hour * 3600 + rng.integers(0, 3600, rows)
    start = datetime.datetime.combine(datetime.date(2026, 3, 1), datetime.time())
    names = ["garden", "kitchen", "toys", "books", "sports", "music", "office"]
    return pl.DataFrame(
        {
            "line": [f"{seed}-{number:07d}" for number in rng.permutation(rows)],
            "placed_at": pl.Series(moments * 1_000_000).cast(pl.Duration("us")) + start,
            "sku": [f"{100 + 7 * number}-{'ABCDE'[number % 5]}" for number in item],
            "sku_group": [names[number] for number in group[item]],
            "list_price": price[item],
            "weight_kg": weight[item],
            "depot": [f"D{number:02d}" for number in depot],
            "depot_km": distance[depot],
            "depot_tax": tax[depot],
            "quantity": pieces,
            "line_total": np.round(pieces * price[item], 2),
            "page_seconds": np.round(rng.lognormal(4, 0.9, rows), 1),
            "device": rng.choice(["app", "web", "shop"], rows, p=[0.5, 0.35, 0.15]),
            "returned": rng.random(rows) < 0.08 + 0.1 * (group[item] == 2),
        }
    )


def _falling(size: int, power: float) -> np.ndarray:
    weights = 1 / np.arange(1, size + 1) ** power
    return weights / weights.sum()


KM, WEIGHT = pl.col("depot_km"), pl.col("weight_kg")
FAULTS: dict[str, Planted] = {
    "distance on other rows": shuffled("depot_km", 0.3),
    "weight on other rows": shuffled("weight_kg", 0.3),
    "group on other rows": shuffled("sku_group", 0.3),
    "tax on other rows": shuffled("depot_tax", 0.3),
    "miles": cells("unit_scale", "depot_km", (KM * 0.6214).round(3), 0.3),
    "grams": cells("unit_scale", "weight_kg", WEIGHT * 1000, 0.2),
    "with the box": cells("metric_definition", "weight_kg", (WEIGHT * 1.15).round(3), 0.4),
    "there and back": cells("metric_definition", "depot_km", KM * 2, 0.3),
    "by another road": cells("metric_definition", "depot_km", KM + 20, 0.4),
    "one depot": cells("metric_definition", "depot_km", (KM * 1.3).round(2), 0.6, pl.col("depot") == "D00"),
    "depot credited": cells("metric_definition|category_merged", "depot", pl.lit("D01"), 0.4, pl.col("depot") == "D00"),
    "depot renamed": cells("category_renamed|category_split", "depot", pl.lit("D92"), 1, pl.col("depot") == "D02"),
    "depot merged": cells("category_merged|metric_definition", "depot", pl.lit("D01"), 1, pl.col("depot") == "D03"),
    "weight missing": cells("missingness", "weight_kg", pl.lit(None), 0.5, pl.col("sku_group") == "toys"),
    "weight 0": cells("null_semantics", "weight_kg", pl.lit(0.0), 0.2),
    "one distance for all": cells("null_semantics|stuck", "depot_km", KM.mode().first(), 0.25),
    "group renamed": cells(
        "category_renamed|category_split", "sku_group", pl.lit("media"), 1, pl.col("sku_group") == "books"
    ),
}
