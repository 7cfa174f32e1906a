"""What the audit finds of what was planted: recall per code, false findings, joins held against the truth.

    make bench NAME=audit_forensics
    python bench/audit_forensics.py --tables 5 --seed 7 --codes capped,leak,joins

Every kind of plant goes into generated tables, the bundled sample and the real tables (where `CLIENTELA_DATA` or
../shared/data has them), alone at three strengths and eight at once; its parameters are drawn from the seed. A code
without a check counts as recall 0.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import numpy as np
from forensics.joins import JOINS
from forensics.printing import print_clean, print_codes, print_joins, print_misses
from forensics.scoring import CHECKED, CODES, TOGETHER, Score, Trial, run

KINDS = ("generated", "sample", "real")
AT_ONCE = 8


def trials(tables: int, seed: int, codes: set[str]) -> Iterator[Trial]:
    """Yield the trials: clean tables, each code alone, several at once, joins."""
    for table in range(5 * tables):
        yield from (Trial(kind, seed + table, ()) for kind in KINDS if kind != "sample" or table < tables)
    shuffle = np.random.default_rng(seed)
    for table in range(tables):
        for strength in range(3):
            for place, code in enumerate(code for code in CODES if code in codes and code in CHECKED):
                for kind in KINDS:
                    at = table + (place if kind == "real" else 0)
                    yield Trial(kind, seed + at, (code,), strength, table)
            if "joins" in codes:
                for place, join in enumerate(JOINS):
                    yield from (
                        Trial("generated", seed + at, (join,), strength, at) for at in (2 * table, 2 * table + 1)
                    )
                    yield Trial("real", seed + table + place, (join,), strength, table)
            known = [code for code in TOGETHER if code in codes and code in CHECKED]
            for kind in KINDS:
                mixed = [known[i] for i in shuffle.permutation(len(known))]
                groups = [tuple(mixed[i : i + AT_ONCE]) for i in range(0, len(mixed), AT_ONCE)]
                yield from (Trial(kind, seed + table, group, strength, table) for group in groups if len(group) > 1)


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--tables", type=int, default=1, help="base tables of each kind per code and strength")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--codes", default="", help="codes parted by commas, joins among them; all where empty")
    parser.add_argument("--kinds", default=",".join(KINDS), help="kinds of base tables, parted by commas")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--misses", action="store_true", help="list every plant that was not found")
    given = parser.parse_args()
    codes = set(given.codes.split(",")) if given.codes else {*CODES, "joins"}
    if unknown := codes - {*CODES, "joins"}:
        sys.exit(f"There is no plant for: {', '.join(sorted(unknown))}.")
    start = time.perf_counter()
    drawn = (trial for trial in trials(given.tables, given.seed, codes) if trial.kind in given.kinds.split(","))
    work = sorted(drawn, key=lambda trial: (trial.kind, trial.seed))
    with ProcessPoolExecutor(given.processes, mp_context=get_context("spawn")) as pool:
        scores: list[Score] = [score for score in pool.map(run, work, chunksize=12) if score is not None]
    print(f"{len(scores)} tables, seed {given.seed}, {time.perf_counter() - start:.0f} s")
    print_codes(scores, [code for code in CODES if code in codes])
    print_joins(scores)
    print_clean(scores)
    if given.misses:
        print_misses(scores)


if __name__ == "__main__":
    main()
