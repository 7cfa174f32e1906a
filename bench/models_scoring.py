"""One row and many rows through a release, against LightGBM alone on the prepared matrix.

    make bench NAME=models_scoring

A release is learned on a generated table (trees and lines in equal parts), once of yes or no and once of three revenue
groups with revenue, which are two questions; all sides run in turns in one process with one thread.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import polars as pl

from clientela.models.fitting import Task, fit
from clientela.models.release import FORMAT, Manifest, Release, environment
from clientela.models.result import Target, TargetKind
from clientela.models.settling import Scale, Settled
from clientela.samples.visits import generate

ROWS = 5_000
SINGLE = 3_000
TURNS = 7
LEFT_OUT = ("visit_id", "visitor_id", "visit_time", "order_value", "revenue_group")
RANKS = {"none": 0, "low": 1, "middle": 1, "high": 2, "top": 2}


def made(frame: pl.DataFrame, kind: TargetKind = TargetKind.BINARY) -> Release:
    """Return a release of yes-or-no, or of revenue groups with revenue, on the generated visits."""
    columns = tuple(name for name in frame.columns if name not in LEFT_OUT)
    group, names = frame["revenue_group"].cast(pl.String), ("none", "low", "high")
    codes = group.replace_strict(RANKS, return_dtype=pl.Int64).to_numpy().astype(np.int64)
    if kind is TargetKind.BINARY:
        codes, names = np.minimum(codes, 1), ("no", "yes")
    task = Task(frame, columns, None, kind, len(names), codes, seed=0, threads=1)
    target = Target(kind, "bought", names, members=tuple((name,) for name in names))
    manifest = Manifest(FORMAT, target, columns, (), "blend", len(frame), 0, "", environment())
    means = () if kind is TargetKind.BINARY else (0.0, 30.0, 120.0)
    settled = Settled(kind, 0.5, 1.0, (Scale(),) * (len(names) - 1), (), means)
    return Release(manifest, fit(task, np.arange(len(frame))), settled, b"{}\n")


def seconds(call: Callable[[], object]) -> float:
    """Return the wall seconds of a call."""
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def each(call: Callable[[int], object]) -> tuple[float, float]:
    """Return median and 99th percentile of calls, in microseconds."""
    took = [seconds(lambda index=index: call(index)) for index in range(SINGLE)]
    return float(np.median(took)) * 1e6, float(np.quantile(took, 0.99)) * 1e6


def main() -> None:
    """Print both cases."""
    frame = generate(ROWS, 0)
    for kind in (TargetKind.BINARY, TargetKind.ORDERED):
        report(frame, made(frame, kind))


def report(frame: pl.DataFrame, release: Release) -> None:
    """Print times and ratios of one release; LightGBM answers every question in turn."""
    boosters = [trees.booster for trees in release.fitted.trees]
    matrix = np.ascontiguousarray(release.fitted.recipe.trees(frame))
    rows = frame.to_dicts()
    scorer = release.scorer()

    def alone(cells: np.ndarray) -> None:
        for booster in boosters:
            booster.predict(cells, raw_score=True, num_threads=1)

    trees = " + ".join(str(booster.num_trees()) for booster in boosters)
    print(f"{', '.join(release.outputs)}: {ROWS:,} rows, {len(release.manifest.features)} columns, {trees} trees")
    theirs = each(lambda index: alone(matrix[index : index + 1]))
    ours = each(lambda index: scorer.one(rows[index]))
    print(f"one row, microseconds median / p99: whole release {ours[0]:.0f} / {ours[1]:.0f}, ", end="")
    print(f"Booster.predict on the prepared row {theirs[0]:.0f} / {theirs[1]:.0f}, ratio {ours[0] / theirs[0]:.2f}")
    turns = [
        (
            seconds(lambda: release.predict(frame)),
            seconds(lambda: alone(matrix)),
        )
        for _ in range(TURNS)
    ]
    rate = float(np.median([theirs / whole for whole, theirs in turns]))
    print(f"batch: rate of the whole release is {rate:.2f} of that of Booster.predict on the prepared matrix")
    with tempfile.TemporaryDirectory() as folder:
        release.save(Path(folder))
        start = time.process_time()
        took = min(seconds(lambda: Release.load(Path(folder)).scorer()) for _ in range(TURNS))
        cost = (time.process_time() - start) / TURNS
    print(f"load, scorer included: {took * 1e3:.0f} ms, {cost * 1e3:.0f} ms of CPU")


if __name__ == "__main__":
    main()
