"""Monitoring on practice faults, clean batches and changes that are no breaks.

    make bench NAME=monitoring_faults
    python bench/monitoring_faults.py --repeats 3 --clean 200 --pairs 10
    python bench/monitoring_faults.py --kind parquet

The seed parts reference and batches. Every fault acts on a batch of 1,000 rows that is written as csv, Parquet or a
workbook, and read again. Printed: detected, right column, right cause first, more than one column too many, more than
one incident; alarms on clean batches; what benign changes are called.
"""

from __future__ import annotations

import argparse
import io
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import numpy as np
import polars as pl
from monitoring_faults_parts.faults import BENIGN, FAULTS, OTHERS, Fault, batch_of, made
from monitoring_faults_parts.shoppers import halves

from clientela.monitoring.baseline import Baseline, learn_baseline
from clientela.monitoring.checking import check
from clientela.monitoring.result import CheckResult
from clientela.sources.opening import open_table
from clientela.tables.table import Table

T = TypeVar("T")


def opened(frame: pl.DataFrame, kind: str, use: Callable[[Table], T]) -> T:
    """Write rows as csv, Parquet ("parquet") or a workbook ("xlsx"), read them again, and use them."""
    buffer = io.BytesIO()
    {"csv": frame.write_csv, "parquet": frame.write_parquet, "xlsx": frame.write_excel}[kind](buffer)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"batch.{kind}"
        path.write_bytes(buffer.getvalue())
        with open_table(path) as table:
            return use(table)


def checked(baseline: Baseline, frame: pl.DataFrame, kind: str = "csv") -> CheckResult:
    """Write a batch, read it again, and check it."""
    return opened(frame, kind, lambda table: check(baseline, table))


def scored(fault: Fault, result: CheckResult) -> dict[str, bool]:
    """Score one check against what was planted."""
    named = [
        incident for incident in result.incidents if set(incident.columns) & set(fault.columns) or not fault.columns
    ]
    extra = {column for incident in result.incidents for column in incident.columns} - set(fault.columns)
    first = named[0].cause.value if named else ""
    return {
        "detected": bool(result.incidents),
        "column": bool(named),
        "cause": first == fault.cause,
        "wrong": bool(named) and first not in (fault.cause, "unknown") and fault.cause not in named[0].alternatives,
        "one": len(result.incidents) <= 1,
        "extra": len(extra) > 1,
    }


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--repeats", type=int, default=1)
    parser.add_argument("--clean", type=int, default=50)
    parser.add_argument("--rows", type=int, default=1000)
    parser.add_argument("--pairs", type=int, default=0)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", default="")
    parser.add_argument("--kind", choices=("csv", "parquet", "xlsx"), default="csv")
    asked = parser.parse_args()
    reference, rest = halves(asked.seed)
    baseline = opened(reference, asked.kind, lambda table: learn_baseline(table, "Revenue"))
    for title, faults in (("practice", FAULTS), ("others", OTHERS)):
        chosen = [fault for fault in faults if not asked.only or fault.name in asked.only.split(",")]
        for times in (1.0, 1 / 3, 3.0) if not asked.only else (1.0,):
            _faults(f"{title} x {times:.2g}", chosen, times, baseline, reference, rest, asked)
    if not asked.only:
        _clean(baseline, rest, asked)
        _benign(baseline, rest, asked)
        _pairs(baseline, reference, rest, asked)


def _faults(title, faults, times, baseline, reference, rest, asked) -> None:
    totals: Counter[str] = Counter()
    trials = 0
    for fault in faults:
        if times != 1.0 and not fault.scales:
            continue
        for repeat in range(asked.repeats):
            rng = np.random.default_rng([asked.seed, repeat])
            frame = made(fault, batch_of(rest, asked.rows, rng), times, rng, reference)
            result = checked(baseline, frame, asked.kind)
            score = scored(fault, result)
            trials += 1
            totals.update(name for name, held in score.items() if held)
            if not (score["cause"] and score["one"]) or asked.only:
                told = "; ".join(f"{i.title}" for i in (*result.incidents, *result.shifts))
                print(f"  {fault.name} x {times:.2g} {fault.cause}: {told[:230] or 'nothing'}", flush=True)
    if trials:
        print(
            title,
            trials,
            " ".join(f"{n} {totals[n] / trials:.0%}" for n in ("detected", "column", "cause", "wrong", "one", "extra")),
            flush=True,
        )


def _clean(baseline, rest, asked) -> None:
    alarms, start = 0, time.process_time()
    for place in range(asked.clean):
        batch = batch_of(rest, asked.rows, np.random.default_rng([asked.seed, 77, place]))
        result = checked(baseline, batch, asked.kind)
        alarms += bool(result.incidents)
        for incident in result.incidents:
            print(f"  clean: {incident.title}", flush=True)
    seconds = (time.process_time() - start) / max(1, asked.clean)
    print(f"clean batches with an alarm: {alarms} of {asked.clean}, {seconds:.2f} CPU s each", flush=True)


def _benign(baseline, rest, asked) -> None:
    for name, make in BENIGN.items():
        alarms = shifts = 0
        trials = 5 * asked.repeats
        for place in range(trials):
            batch = make(rest, asked.rows, np.random.default_rng([asked.seed, 78, place]))
            result = checked(baseline, batch, asked.kind)
            alarms, shifts = alarms + bool(result.incidents), shifts + bool(result.shifts)
            for incident in result.incidents:
                print(f"  {name}: {incident.title}", flush=True)
        print(f"{name}: {alarms} of {trials} called a break, {shifts} a shift", flush=True)


def _pairs(baseline, reference, rest, asked) -> None:
    both = trials = 0
    rng = np.random.default_rng([asked.seed, 79])
    while trials < asked.pairs:
        one, two = (FAULTS[place] for place in rng.choice(len(FAULTS), 2, replace=False))
        if set(one.columns) & set(two.columns) or not one.columns or not two.columns:
            continue
        try:
            frame = made(two, made(one, batch_of(rest, asked.rows, rng), 1.0, rng, reference), 1.0, rng, reference)
        except (pl.exceptions.PolarsError, TypeError):
            continue
        trials += 1
        causes = {incident.cause.value for incident in checked(baseline, frame, asked.kind).incidents}
        held = {one.cause, two.cause} <= causes
        both += held
        if not held:
            print(f"  {one.name} and {two.name}: {sorted(causes)}", flush=True)
    if trials:
        print(f"pairs both named: {both} of {trials}", flush=True)


if __name__ == "__main__":
    main()
