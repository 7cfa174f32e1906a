"""Plain summaries with DuckDB."""

from __future__ import annotations

import sys
from pathlib import Path

import duckdb


def by_duckdb(path: Path) -> str:
    """Summarise every column with plain DuckDB, and correlate the numbers."""
    engine = duckdb.connect(config={"threads": 2})
    view = engine.read_parquet(str(path))
    names, kinds = view.columns, [str(kind) for kind in view.types]
    found: list[object] = [view.aggregate(", ".join(f"count(DISTINCT {name})" for name in names)).fetchall()]
    numbers = [name for name, kind in zip(names, kinds, strict=True) if kind in ("DOUBLE", "BIGINT")]
    shares = "[0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99]"
    parts = [f"min({n}), max({n}), avg({n}), stddev({n}), quantile_disc({n}, {shares})" for n in numbers]
    found.append(view.aggregate(", ".join(parts)).fetchall())
    found.append(view.aggregate(", ".join(f"count(*) - count({name})" for name in names)).fetchall())
    found += [view.aggregate(f"{name}, count(*) AS n", name).order("n DESC").limit(10).fetchall() for name in names]
    pairs = [f"corr({one}, {two})" for place, one in enumerate(numbers) for two in numbers[place + 1 :]]
    found.append(view.aggregate(", ".join(pairs)).fetchall())
    return str(len(found))


if __name__ == "__main__":
    print(len(by_duckdb(Path(sys.argv[1])).encode()))
