"""Monitoring on joined columns, on other writings of a web log, and on measures calculated otherwise.

    make bench NAME=monitoring_made
    python bench/monitoring_made.py --tables lines,weblog --times 1,0.33,3 --repeats 2 --clean 40

Every fault is planted in a batch of 1,000 rows, written as csv and read again. A cause is right where it is one of
those that may be said of the fault. What a batch cannot show, such as another tax of a hundred buyers, is missed.
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Callable

import numpy as np
import polars as pl
from monitoring_anywhere import learnt
from monitoring_faults import checked
from monitoring_faults_parts import lines, measures, weblog
from monitoring_faults_parts.changed import Planted
from monitoring_faults_parts.shoppers import halves

Source = tuple[pl.DataFrame, Callable[[int], pl.DataFrame], str, dict[str, Planted]]
REFERENCE, ROWS = 6000, 1000
PARTS = ("detected", "column", "cause", "one")


def _source(name: str) -> Source:
    """Return reference, batches by number, label and faults of a table."""
    if name == "lines":
        return lines.lines(REFERENCE, 1), lambda place: lines.lines(ROWS, place), lines.LABEL, lines.FAULTS
    if name == "items":  # so many that they are names
        return lines.lines(REFERENCE, 1, 1200), lambda place: lines.lines(ROWS, place, 1200), lines.LABEL, lines.FAULTS
    if name == "weblog":
        return weblog.weblog(REFERENCE, 1), lambda place: weblog.weblog(ROWS, place), weblog.LABEL, weblog.FAULTS
    reference, rest = halves()
    return reference, lambda place: rest.sample(ROWS, seed=place), measures.LABEL, measures.FAULTS


def _run(name: str, asked: argparse.Namespace) -> None:
    reference, batch, label, faults = _source(name)
    baseline = learnt(reference, label)
    for times in map(float, asked.times.split(",")):
        totals: Counter[str] = Counter()
        for place, (fault, planted) in enumerate(faults.items()):
            for repeat in range(asked.repeats):
                rng = np.random.default_rng([asked.seed, place, repeat])
                result = checked(baseline, planted.make(batch(int(rng.integers(2, 10**9))), rng, times))
                named = [item for item in result.incidents if set(item.columns) & set(planted.columns)]
                right = bool(named) and named[0].cause.value in planted.causes
                held = (bool(result.incidents), bool(named), right, len(result.incidents) <= 1)
                totals.update(part for part, holds in zip(PARTS, held, strict=True) if holds)
                if not (right and held[3]):
                    told = "; ".join(item.title for item in (*result.incidents, *result.shifts))
                    print(f"  {fault} x {times:.2g}: {told[:240] or 'nothing'}", flush=True)
        size = len(faults) * asked.repeats
        shares = " ".join(f"{part} {totals[part] / size:.0%}" for part in PARTS)
        print(f"{name} x {times:.2g}, {size} faults: {shares}", flush=True)
    alarms = sum(
        bool(checked(baseline, batch(10**9 + asked.seed * 1000 + place)).incidents) for place in range(asked.clean)
    )
    print(f"{name}: clean batches with an alarm {alarms} of {asked.clean}", flush=True)


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--tables", default="lines,items,weblog,measures")
    parser.add_argument("--repeats", type=int, default=1)
    parser.add_argument("--times", default="1")
    parser.add_argument("--clean", type=int, default=20)
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    for name in asked.tables.split(","):
        _run(name, asked)


if __name__ == "__main__":
    main()
