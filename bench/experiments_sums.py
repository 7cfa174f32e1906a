"""What an analysis costs beside a plain scan of the same rows, and how exact its sums are far from zero.

Visitors with five metrics and two columns of earlier data, in a table in memory and in a parquet file. "Plain scan,
fewer sums" asks DuckDB for counts, sums and squares of each metric and the products of one with earlier data, as a
t-test needs them; "with cubes" for cubes and zeros too, and for mixed products as if there were one column of earlier
data; "the same sums" for every sum that our request answers with: all products of one metric and both columns up to the
third power, and over its zeros, besides. Columns that lie far from zero are taken about a middle that it is given, for
our sums are right there too. Ratios are to the scan for the same sums, and to that with cubes.
Visitors stand in no order. Our request finds the 20 largest values of each group too, and the analysis is all: columns,
missing cells looked at, visitors held to be there once, earlier data combined, effects, guards and doubts.
One thread; processor time and time on the clock, each of the better of two runs.
Usage: python bench/experiments_sums.py [VISITORS] [--oracles ENVIRONMENT with tea-tasting and ibis-framework[duckdb]]
"""

from __future__ import annotations

import argparse
import subprocess
import tempfile
import time
from collections.abc import Callable
from itertools import combinations_with_replacement
from pathlib import Path

import duckdb
import numpy as np
import polars as pl

from clientela.domain.goal import Goal
from clientela.domain.reading import Reading
from clientela.experiments.analysing import analyse
from clientela.experiments.options import ExperimentOptions
from clientela.tables.engine import Engine
from clientela.tables.frames import from_frame
from clientela.tables.parquet import scan_parquet

METRICS = ("revenue", "basket", "returns", "converted", "minutes")
EARLIER = ("before", "age")
MIDDLE = {"minutes": 5.0, "age": 40.0}
OFFSET = 1e8
CUBES, SAME = "plain scan, with cubes", "plain scan, the same sums"


def visitors(rows: int) -> pl.DataFrame:
    """Return visitors of two arms."""
    rng = np.random.default_rng(1)
    columns = {name: np.where(rng.random(rows) < 0.03, rng.lognormal(3, 1, rows), 0.0) for name in METRICS[:3]}
    columns["converted"] = (rng.random(rows) < 0.1).astype(float)
    columns["minutes"] = rng.normal(5, 2, rows)
    columns["before"], columns["age"] = rng.gamma(1, 1, rows), rng.normal(40, 10, rows)
    arm = np.where(rng.random(rows) < 0.5, "a", "b")
    return pl.DataFrame({"visitor": rng.permutation(rows), "variant": arm, **columns})


def took(work: Callable[[], object]) -> tuple[float, float]:
    """Return processor time and time on the clock, each of the better of two runs, in seconds."""
    spent = []
    for _ in range(2):
        start, clock = time.process_time(), time.perf_counter()
        work()
        spent.append((time.process_time() - start, time.perf_counter() - clock))
    best = [min(part) for part in zip(*spent, strict=True)]
    return best[0], best[1]


def fewer() -> list[str]:
    """Return the sums of a plain analysis: what tells means, variances and one covariance."""
    asked = ["count(*)"]
    for name in (*METRICS, *EARLIER):
        asked += [f"sum({name})", f"sum({name} * {name})"]
    return [*asked, *(f"sum({METRICS[0]} * {name})" for name in EARLIER), f"sum({EARLIER[0]} * {EARLIER[1]})"]


def away(name: str) -> str:
    """Return a column about its middle."""
    return f"({name} - {MIDDLE[name]}::double)" if name in MIDDLE else name


def cubes() -> list[str]:
    """Return counts, sums to the third power and zeros of each, and mixed ones of one metric with one column."""
    asked = ["count(*)"]
    for name in (*METRICS, *EARLIER):
        powers = [" * ".join([away(name)] * power) for power in (1, 2, 3)]
        asked += [f"count({name})", *(f"sum({power})" for power in powers), f"count_if({name} = 0)"]
    one, two = METRICS[0], EARLIER[0]
    asked += [f"sum({' * '.join([one] * i + [two] * j)})" for i, j in ((1, 1), (2, 1), (1, 2))]
    return [*asked, *(f"sum(({one} = 0)::double * {' * '.join([two] * power)})" for power in (1, 2, 3))]


def same() -> list[str]:
    """Return the sums that our request answers with, one metric sharpened."""
    one, both = METRICS[0], [away(name) for name in EARLIER]
    every = [kept for power in (2, 3) for kept in combinations_with_replacement([one, *both], power)]
    mixed = [f"sum({' * '.join(kept)})" for kept in every if len(set(kept)) > 1]
    over = [kept for power in (1, 2, 3) for kept in combinations_with_replacement(both, power)]
    asked = [*cubes(), *mixed, *(f"sum(({one} = 0)::double * {' * '.join(kept)})" for kept in over)]
    return list(dict.fromkeys(asked))


def scan(engine: duckdb.DuckDBPyConnection, source: str, asked: list[str]) -> tuple[float, float]:
    """Return the times of a plain scan by variant."""
    query = f"select variant, {', '.join(asked)} from {source} group by variant"
    return took(lambda: engine.execute(query).fetchall())


def others(oracles: Path, path: str, kind: str) -> tuple[str, tuple[float, float]]:
    """Return name and times of a peer in an environment of its own."""
    script = Path(__file__).resolve().parent / "independent" / "sums_by_others.py"
    found = subprocess.run(  # the environment is named by whoever runs the bench
        [oracles / "bin" / "python", script, path, kind], check=True, capture_output=True, text=True
    )
    version, spent = found.stdout.split()
    return f"tea-tasting {version}, analyze", (float(spent), float("nan"))


def main() -> None:
    """Print the times."""
    parser = argparse.ArgumentParser()
    parser.add_argument("visitors", nargs="?", type=int, default=1_000_000)
    parser.add_argument("--oracles", type=Path)
    given = parser.parse_args()
    print(f"{given.visitors:,} visitors, 5 metrics, 2 columns of earlier data; seconds of processor time, one thread")
    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder) / "visitors.parquet")
        visitors(given.visitors).write_parquet(path)
        times = {kind: measured(path, kind, given.oracles) for kind in ("table", "file")}
    print(f"{'':<34}" + "".join(f"{f'of a {kind}':>11}{'ratio':>7}{'by clock':>10}{'to cubes':>10}" for kind in times))
    for name in times["table"]:
        told = "".join(
            f"{held[name][0]:>11.2f}{held[name][0] / held[SAME][0]:>7.2f}{held[name][1] / held[SAME][1]:>10.2f}"
            f"{held[name][0] / held[CUBES][0]:>10.2f}"
            for held in times.values()
        )
        print(f"{name:<34}{told}")
    exact()


def measured(path: str, kind: str, oracles: Path | None) -> dict[str, tuple[float, float]]:
    """Return the times on a table in memory, or on the file."""
    found = {}
    with duckdb.connect() as plain:
        plain.execute("set threads = 1")
        source = f"read_parquet('{path}')"
        if kind == "table":
            plain.execute(f"create table held as select * from {source}")
            source = "held"
        found["plain scan, fewer sums"] = scan(plain, source, fewer())
        found[CUBES] = scan(plain, source, cubes())
        found[SAME] = scan(plain, source, same())
    if oracles is not None:
        name, spent = others(oracles, path, kind)
        found[name] = spent
    pairs = [(name, None) for name in (*METRICS, *EARLIER)]
    options = ExperimentOptions(
        Goal.REVENUE_PER_VISIT, "variant", "visitor", outcome="revenue", covariates=EARLIER, guards=METRICS[1:]
    )
    engine = Engine(threads=1)
    reading = Reading(source="visitors", format="parquet", header_row=0, header_lines=0)
    held = scan_parquet(engine, [Path(path)], reading, owner=True)
    with held if kind == "file" else from_frame(pl.read_parquet(path), engine=engine) as table:
        found["our request for sums"] = took(lambda: table.powers(["variant"], pairs, beside=EARLIER))
        found["our analysis, whole"] = took(lambda: analyse(table, None, options))
    return found


def exact() -> None:
    """Print the relative error of the variance of a metric far from zero."""
    near = np.round(np.random.default_rng(2).normal(5, 2, 1_000_000) * 2**20) / 2**20
    with from_frame(pl.DataFrame({"far": near + OFFSET})) as far:
        row = far.powers([], [("far", None)]).row(0, named=True)
    n = row["n"]
    found = (row["s20"] - row["s10"] ** 2 / n) / (n - 1)
    centred = near - near.mean()
    truth = float((centred**2).sum() / (n - 1))
    print(f"variance at an offset of {OFFSET:g}: off by {abs(found / truth - 1):.1e}")


if __name__ == "__main__":
    main()
