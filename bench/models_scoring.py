"""One row and many rows through a release, against LightGBM alone on the prepared matrix.

    make bench NAME=models_scoring

A release is learned on a generated table (yes or no, trees and lines in equal parts); both sides run in turns in
one process with one thread.
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


def made(frame: pl.DataFrame) -> Release:
    """Return a release of yes-or-no on the generated visits."""
    columns = tuple(name for name in frame.columns if name not in LEFT_OUT)
    codes = (frame["revenue_group"].cast(pl.String) != "none").to_numpy().astype(np.int64)
    task = Task(frame, columns, None, TargetKind.BINARY, 2, codes, seed=0, threads=1)
    target = Target(TargetKind.BINARY, "bought", ("no", "yes"), members=(("no",), ("yes",)))
    manifest = Manifest(FORMAT, target, columns, (), "blend", len(frame), 0, "", environment())
    settled = Settled(TargetKind.BINARY, 0.5, 1.0, (Scale(),))
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
    """Print ratios."""
    frame = generate(ROWS, 0)
    release = made(frame)
    booster = release.fitted.trees[0].booster
    matrix = np.ascontiguousarray(release.fitted.recipe.trees(frame))
    rows = frame.to_dicts()
    scorer = release.scorer()
    print(f"{ROWS:,} rows, {len(release.manifest.features)} columns, {booster.num_trees()} trees")
    alone = each(lambda index: booster.predict(matrix[index : index + 1], raw_score=True, num_threads=1))
    ours = each(lambda index: scorer.one(rows[index]))
    print(f"one row, microseconds median / p99: whole release {ours[0]:.0f} / {ours[1]:.0f}, ", end="")
    print(f"Booster.predict on the prepared row {alone[0]:.0f} / {alone[1]:.0f}, ratio {ours[0] / alone[0]:.2f}")
    turns = [
        (
            seconds(lambda: release.predict(frame)),
            seconds(lambda: booster.predict(matrix, raw_score=True, num_threads=1)),
        )
        for _ in range(TURNS)
    ]
    rate = float(np.median([theirs / whole for whole, theirs in turns]))
    print(f"batch: rate of the whole release is {rate:.2f} of that of Booster.predict on the prepared matrix")
    with tempfile.TemporaryDirectory() as folder:
        release.save(Path(folder))
        took = min(seconds(lambda: Release.load(Path(folder)).scorer()) for _ in range(TURNS))
    print(f"load, scorer included: {took * 1e3:.0f} ms")


if __name__ == "__main__":
    main()
