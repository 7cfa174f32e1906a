"""Time the requests of the table seam against plain Polars and plain DuckDB, in one run.

Run as `python bench/seam.py [ROWS]`; the table has 18 columns and lies in a Parquet file.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import duckdb
import numpy as np
import polars as pl

from clientela.domain.reading import Reading
from clientela.tables.engine import Engine
from clientela.tables.parquet import scan_parquet
from clientela.tables.table import Table

ROWS = 1_000_000
THREADS = 2
SHARES = [0.01, 0.25, 0.5, 0.75, 0.99]
Work = Callable[[], object]


def rows(count: int, seed: int = 1) -> pl.DataFrame:
    """Return a table of visits: ten numbers, three whole numbers, three texts, a flag and a time."""
    random = np.random.default_rng(seed)
    columns: dict[str, pl.Series] = {
        f"number{place}": pl.Series(np.round(random.lognormal(place / 5, 1, count), place)) for place in range(10)
    }
    for digits in (1, 3, 6):
        columns[f"whole{digits}"] = pl.Series(random.integers(0, 10**digits, count))
    for kinds in (4, 3000, 300_000):
        columns[f"text{kinds}"] = "kind " + pl.Series(random.integers(0, kinds, count)).cast(pl.String)
    columns["flag"] = pl.Series(random.random(count) < 0.1)
    columns["time"] = pl.Series(random.integers(17 * 10**14, 173 * 10**13, count)).cast(pl.Datetime("us"))
    return pl.DataFrame(columns).with_columns(
        pl.when(pl.col("number1") > 3).then(None).otherwise(pl.col("number1")).alias("number1")
    )


def clocked(work: Work) -> float:
    """Return the seconds that the better of two goes takes."""
    best = float("inf")
    for _ in range(2):
        start = time.perf_counter()
        work()
        best = min(best, time.perf_counter() - start)
    return best


def by_seam(table: Table, numbers: list[str], names: list[str]) -> dict[str, Work]:
    """Return the requests as the seam answers them."""
    return {
        "summary": table.summary,
        "top values": lambda: table.top_values(names),
        "quantiles": lambda: table.quantiles(numbers, SHARES),
        "null patterns": lambda: table.null_patterns(names),
        "contingency": lambda: table.contingency("text3000", "text4"),
        "grouped": lambda: table.grouped("text3000", numbers),
        "duplicates": table.duplicates,
        "sample": lambda: table.sample(20_000, seed=1),
        "batches": lambda: sum(batch.height for batch in table.batches()),
    }


def by_polars(path: Path, numbers: list[str], names: list[str]) -> dict[str, Work]:
    """Return the same questions as a Polars user would ask them."""
    scan = pl.scan_parquet(path)
    sums = [
        measure for name in numbers for measure in (pl.col(name).sum().alias(f"{name} sum"), (pl.col(name) ** 2).sum())
    ]
    moments = [pl.all().n_unique().name.suffix(" n"), pl.col(numbers).mean().name.suffix(" m"), pl.col(numbers).std()]

    def tops() -> None:
        for name in names:
            scan.select(pl.col(name).value_counts(sort=True).head(10)).collect()

    def quantiles() -> None:
        for share in SHARES:
            scan.select(pl.col(numbers).quantile(share, "lower")).collect()

    return {
        "summary": lambda: scan.select(moments).collect(),
        "top values": tops,
        "quantiles": quantiles,
        "null patterns": lambda: scan.group_by(pl.col(names).is_null()).len().collect(),
        "contingency": lambda: scan.group_by("text3000", "text4").len().collect(),
        "grouped": lambda: scan.group_by("text3000").agg(sums).collect(),
        "duplicates": lambda: scan.group_by(names).len().collect(),
        "sample": lambda: scan.collect().sample(20_000, seed=1),
        "batches": lambda: sum(part.height for part in scan.collect().iter_slices(100_000)),
    }


def by_duckdb(path: Path, numbers: list[str], names: list[str]) -> dict[str, Work]:
    """Return the same questions as a DuckDB user would ask them."""
    engine = duckdb.connect(config={"threads": THREADS})
    view = engine.read_parquet(str(path))
    every = ", ".join(names)
    distinct = ", ".join(f"count(DISTINCT {name})" for name in names)
    moments = ", ".join(f"min({name}), max({name}), avg({name}), stddev({name})" for name in numbers)
    sums = ", ".join(f"sum({name}), sum({name} * {name})" for name in numbers)
    nulls = ", ".join(f"{name} IS NULL" for name in names)

    def tops() -> None:
        for name in names:
            view.aggregate(f"{name}, count(*) AS n", name).order("n DESC").limit(10).fetchall()

    quantiles = ", ".join(f"quantile_disc({name}, {SHARES})" for name in numbers)
    return {
        "summary": lambda: view.aggregate(f"{distinct}, {moments}").fetchall(),
        "top values": tops,
        "quantiles": lambda: view.aggregate(quantiles).fetchall(),
        "null patterns": lambda: view.aggregate("count(*)", nulls).fetchall(),
        "contingency": lambda: view.aggregate("text3000, text4, count(*)", "text3000, text4").fetchall(),
        "grouped": lambda: view.aggregate(f"text3000, {sums}", "text3000").fetchall(),
        "duplicates": lambda: view.aggregate("count(*) AS n", every).filter("n > 1").fetchall(),
        "sample": lambda: view.filter("random() < 0.02").pl(),
        "batches": lambda: sum(batch.num_rows for batch in view.to_arrow_reader(100_000)),
    }


def main() -> None:
    """Print seconds and ratios, one line a request."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else ROWS
    frame = rows(count)
    names = frame.columns
    numbers = [name for name, kind in frame.schema.items() if kind.is_numeric()]
    with tempfile.TemporaryDirectory() as folder, Engine(threads=THREADS) as engine:
        path = Path(folder) / "visits.parquet"
        frame.write_parquet(path)
        del frame
        table = scan_parquet(engine, [path], Reading("visits.parquet", "parquet"))
        polars, plain = by_polars(path, numbers, names), by_duckdb(path, numbers, names)
        print(f"{count} rows, {len(names)} columns, seconds (best of two); times a plain formulation in brackets")
        for request, work in by_seam(table, numbers, names).items():
            ours, theirs, other = clocked(work), clocked(polars[request]), clocked(plain[request])
            print(
                f"{request:14} seam {ours:7.2f}   polars {theirs:7.2f} ({ours / theirs:5.1f})"
                f"   duckdb {other:7.2f} ({ours / other:5.1f})"
            )


if __name__ == "__main__":
    main()
