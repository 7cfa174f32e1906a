"""Plain summaries and all-pairs association with Polars and numpy."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import polars as pl


def by_polars(path: Path) -> str:
    """Summarise every column and associate every pair with plain Polars and numpy."""
    frame = pl.read_parquet(path)
    numbers = [name for name, kind in frame.schema.items() if kind.is_numeric()]
    others = [name for name in frame.columns if name not in numbers]
    found: list[object] = [frame.describe(percentiles=(0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99))]
    found.append(frame.select(pl.all().n_unique()))
    found += [frame[name].value_counts(sort=True).head(10) for name in frame.columns]
    ranks = frame.select(pl.col(numbers).rank()).with_columns(pl.all().fill_null(strategy="mean"))
    found.append(np.corrcoef(ranks.to_numpy(), rowvar=False))
    wide = pl.concat([ranks, frame.select(others)], how="horizontal")
    for place, name in enumerate(others):
        groups = wide.group_by(name).agg(pl.len(), pl.col(numbers).mean())
        weights = groups["len"].to_numpy()[:, None]
        means = groups.select(numbers).to_numpy()
        found.append((weights * (means - means.mean(axis=0)) ** 2).sum(axis=0))
        for other in others[place + 1 :]:
            table = frame.group_by(name, other).len()
            first, second = (table.group_by(part).agg(pl.col("len").sum().alias("n")) for part in (name, other))
            joined = table.join(first, on=name).join(second, on=other, suffix="2")
            found.append(joined.select((pl.col("len") ** 2 / (pl.col("n") * pl.col("n2"))).sum()).item())
    return str(len(found))


if __name__ == "__main__":
    print(len(by_polars(Path(sys.argv[1])).encode()))
