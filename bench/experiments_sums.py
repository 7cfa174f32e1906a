"""What the sums behind an analysis cost beside a plain scan, and how exact they are far from zero.

Visitors with five metrics and two columns of earlier data. The plain scan asks DuckDB for the counts, sums, squares
and products that a plain analysis needs; ours takes cubes, zeros and the largest values besides. One thread,
processor time.
Usage: python bench/experiments_sums.py [VISITORS]
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

from clientela.domain.goal import Goal
from clientela.experiments.analysing import analyse
from clientela.experiments.options import ExperimentOptions
from clientela.tables.engine import Engine
from clientela.tables.frames import from_frame

METRICS = ("revenue", "basket", "returns", "converted", "minutes")
EARLIER = ("before", "age")
OFFSET = 1e8


def visitors(rows: int) -> pl.DataFrame:
    """Return visitors of two arms."""
    rng = np.random.default_rng(1)
    columns = {name: np.where(rng.random(rows) < 0.03, rng.lognormal(3, 1, rows), 0.0) for name in METRICS[:3]}
    columns["converted"] = (rng.random(rows) < 0.1).astype(float)
    columns["minutes"] = rng.normal(5, 2, rows)
    columns["before"], columns["age"] = rng.gamma(1, 1, rows), rng.normal(40, 10, rows)
    arm = np.where(rng.random(rows) < 0.5, "a", "b")
    return pl.DataFrame({"visitor": np.arange(rows), "variant": arm, **columns})


def took(work: Callable[[], object]) -> float:
    """Return the processor time of the better of two runs, in seconds."""
    spent = []
    for _ in range(2):
        start = time.process_time()
        work()
        spent.append(time.process_time() - start)
    return min(spent)


def plain(engine: duckdb.DuckDBPyConnection, source: str, cubes: bool) -> None:
    """Ask for the sums of a plain analysis."""
    asked = ["count(*)"]
    for metric in METRICS:
        asked += [f"sum({metric})", f"sum({metric} * {metric})", f"sum({metric} * before)"]
        asked += [f"sum({metric} * {metric} * {metric})"] if cubes else []
    for name in EARLIER:
        asked += [f"sum({name})", f"sum({name} * {name})"]
    engine.execute(f"select variant, {', '.join(asked)} from {source} group by variant").fetchall()


def main() -> None:
    """Print the times."""
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    frame = visitors(rows)
    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder) / "visitors.parquet")
        frame.write_parquet(path)
        engine = duckdb.connect()
        engine.execute("set threads = 1")
        file = took(lambda: plain(engine, f"read_parquet('{path}')", cubes=False))
        engine.register("given", frame.to_arrow())
        engine.execute("create table held as select * from given")
        scan = took(lambda: plain(engine, "held", cubes=False))
        same = took(lambda: plain(engine, "held", cubes=True))
        engine.close()
    print(f"{rows:,} visitors, 5 metrics, 2 columns of earlier data; seconds of processor time")
    print(f"plain scan: of the file {file:.2f}, of a table {scan:.2f}, with cubes {same:.2f}")
    pairs = [(METRICS[0], EARLIER[0]), *((name, None) for name in (*METRICS[1:], *EARLIER))]
    with from_frame(frame, engine=Engine(threads=1)) as table:
        ours = took(lambda: table.powers(["variant"], pairs))
        print(f"the request for all sums: {ours:.2f}, {ours / scan:.1f} times the plain scan of a table")
        options = ExperimentOptions(
            Goal.REVENUE_PER_VISIT, "variant", "visitor", outcome="revenue", covariates=EARLIER, guards=METRICS[1:]
        )
        whole = took(lambda: analyse(table, None, options))
        print(
            f"analyse, from the table to the answer: {whole:.2f}, {whole / file:.1f} times the plain scan of the file"
        )
        exact(table, frame)


def exact(table: object, frame: pl.DataFrame) -> None:
    """Print the relative error of the variance of a metric far from zero."""
    del table
    near = np.round(frame["minutes"].to_numpy() * 2**20) / 2**20
    with from_frame(pl.DataFrame({"far": near + OFFSET})) as far:
        row = far.powers([], [("far", None)]).row(0, named=True)
    n = row["n"]
    found = (row["s20"] - row["s10"] ** 2 / n) / (n - 1)
    centred = near - near.mean()
    truth = float((centred**2).sum() / (n - 1))
    print(f"variance at an offset of {OFFSET:g}: off by {abs(found / truth - 1):.1e}")


if __name__ == "__main__":
    main()
