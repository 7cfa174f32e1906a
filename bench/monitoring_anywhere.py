"""Monitoring on faults in columns drawn at random, of several tables.

    make bench NAME=monitoring_anywhere
    python bench/monitoring_anywhere.py --tables visits,bank --repeats 3 --clean 100

Every fault draws a column that suits it; a batch of 1,000 rows is written as csv and read again. Some draws cannot be
seen by anybody (a level re-credited within chance): they count as missed.
"""

from __future__ import annotations

import argparse
import time
from collections import Counter

import numpy as np
import polars as pl
from monitoring_faults import checked, opened
from monitoring_faults_parts.anywhere import ANYWHERE, Place
from monitoring_faults_parts.shoppers import DATA
from monitoring_faults_parts.tables import table

from clientela.monitoring.baseline import Baseline, learn_baseline
from clientela.monitoring.result import CheckResult

PARTS = ("detected", "column", "cause", "wrong", "one", "extra")


def _score(cause: str, columns: tuple[str, ...], result: CheckResult) -> dict[str, bool]:
    named = [i for i in result.incidents if set(i.columns) & set(columns) or not columns]
    first = named[0].cause.value if named else ""
    extra = {column for i in result.incidents for column in i.columns} - set(columns)
    return {
        "detected": bool(result.incidents),
        "column": bool(named),
        "cause": first == cause,
        "wrong": bool(result.incidents)
        and (result.incidents[0].cause.value not in (cause, "unknown"))
        and cause not in (i.cause.value for i in result.incidents)
        and cause not in (a.value for i in result.incidents for a in i.alternatives),
        "one": len(result.incidents) <= 1,
        "extra": bool(columns) and len(extra) > 1,
    }


def learnt(reference: pl.DataFrame, label: str) -> Baseline:
    """Learn a baseline from rows written as csv."""
    return opened(reference, "csv", lambda table: learn_baseline(table, label))


def _drawn(rest: pl.DataFrame, rows: int, seed: list[int]) -> pl.DataFrame:
    rng = np.random.default_rng(seed)
    return rest[rng.choice(rest.height, min(rows, rest.height), replace=False).tolist()]


def _run(name: str, asked: argparse.Namespace) -> None:
    (reference, rest), label = table(name, asked.rows)
    baseline = learnt(reference, label)
    print(f"{name}: {[(t.name, t.kind.value) for t in baseline.contract.terms]}, {len(baseline.contract.rules)} rules")
    for times in map(float, asked.times.split(",")):
        totals: Counter[str] = Counter()
        trials = 0
        for place, (fault, (cause, make, scales)) in enumerate(ANYWHERE.items()):
            if (times != 1 and not scales) or (asked.only and fault not in asked.only.split(",")):
                continue
            for repeat in range(asked.repeats):
                rng = np.random.default_rng([asked.seed, place, repeat])
                batch = _drawn(rest, asked.rows, [asked.seed, place, repeat, 1])
                try:
                    frame, columns = make(Place(batch, baseline, reference, rng, times))
                except LookupError:
                    continue
                result = checked(baseline, frame)
                score = _score(cause, columns, result)
                trials += 1
                totals.update(part for part, held in score.items() if held)
                if not (score["cause"] and score["one"]):
                    told = "; ".join(i.title for i in (*result.incidents, *result.shifts))
                    mark = "WRONG " if score["wrong"] else ""
                    print(f"  {mark}{fault} x {times:.2g} of {columns[:3]}: {told[:260] or 'nothing'}", flush=True)
        shares = " ".join(f"{part} {totals[part] / max(1, trials):.0%}" for part in PARTS)
        print(f"{name} x {times:.2g}, {trials} faults: {shares}", flush=True)
    alarms, start = 0, time.process_time()
    for place in range(asked.clean):
        result = checked(baseline, _drawn(rest, asked.rows, [asked.seed, 77, place]))
        alarms += bool(result.incidents)
        for incident in result.incidents:
            print(f"  clean: {incident.title}", flush=True)
    spent = (time.process_time() - start) / max(1, asked.clean)
    print(f"{name}: clean batches with an alarm {alarms} of {asked.clean}, {spent:.2f} CPU s each", flush=True)


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--tables", default="shoppers,visits,bank,hillstrom")
    parser.add_argument("--repeats", type=int, default=1)
    parser.add_argument("--clean", type=int, default=20)
    parser.add_argument("--rows", type=int, default=1000)
    parser.add_argument("--times", default="1")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", default="", help="faults by name; none plants no fault")
    asked = parser.parse_args()
    if not DATA.is_dir():
        raise SystemExit(f"Set CLIENTELA_DATA to the folder of the data; {DATA.name} is not there.")
    for name in asked.tables.split(","):
        _run(name, asked)


if __name__ == "__main__":
    main()
