"""Analyse the visitors of `bench/experiments_sums.py` with tea-tasting on DuckDB; prints version and processor time.

Usage: python sums_by_others.py PARQUET {table | file}
"""

from __future__ import annotations

import sys
import time
from importlib.metadata import version

import ibis
import tea_tasting


def main() -> None:
    """Print the time of the better of two analyses, in seconds."""
    path, kind = sys.argv[1:]
    held = ibis.duckdb.connect()
    held.raw_sql("set threads = 1")
    table = held.read_parquet(path)
    if kind == "table":
        table = held.create_table("held", table)
    plain = {name: tea_tasting.Mean(name) for name in ("basket", "returns", "converted", "minutes")}
    experiment = tea_tasting.Experiment(revenue=tea_tasting.Mean("revenue", covariate="before"), **plain)
    spent = []
    for _ in range(2):
        start = time.process_time()
        experiment.analyze(table, control="a")
        spent.append(time.process_time() - start)
    print(version("tea-tasting"), min(spent))


if __name__ == "__main__":
    main()
