"""Hold every measure of `clientela.statistics` against implementations by others, in an environment of their own.

    python bench/oracles.py --oracles /path/to/venv [--cases 40] [--seed 1] [--freeze tests/statistics/oracles.json]

For each measure: the largest difference over all cases and numbers (relative where numbers are above 1), what is
allowed, and the libraries with their versions. `--freeze` keeps the first cases with what the others gave, for tests
that need none of them. The environment must hold what `bench/independent/by_others.py` names.
"""

from __future__ import annotations

import argparse
import json
import math
import subprocess
import sys
from pathlib import Path
from typing import Any

from independent import by_clientela, inputs

OTHERS = Path(__file__).resolve().parent / "independent" / "by_others.py"
FROZEN = 2
LARGE = 8000
CLOSE = 1e-9

ALLOWED = {
    "spearman and phi_k": 0.06,  # another measure of the same thing, on ten bins
    "cramers_v": 1e-7,  # near 0 the root makes the last digit of what stands under it a large one
}
"""Where more than the digits of a float may differ, and why."""


def difference(ours: list[float], theirs: list[float]) -> float:
    """Return the largest difference of two rows of numbers; infinite where they do not match."""
    if len(ours) != len(theirs):
        return math.inf
    gaps = [0.0]
    for one, other in zip(ours, theirs, strict=True):
        if math.isnan(one) != math.isnan(other):
            return math.inf
        if not math.isnan(one):
            gaps.append(abs(one - other) / max(1.0, abs(other)) if one != other else 0.0)
    return max(gaps)


def freeze(path: Path, asked: dict[str, Any], answer: dict[str, Any]) -> None:
    """Keep the first small cases of every measure with what the others gave."""
    frozen = {}
    for measure, cases in asked.items():
        pairs = zip(cases, answer[measure]["values"], strict=True)
        small = [{"inputs": case, "values": theirs} for case, theirs in pairs if len(json.dumps(case)) < LARGE]
        if small:
            frozen[measure] = {
                "by": answer[measure]["by"],
                "allowed": ALLOWED.get(measure, CLOSE),
                "cases": small[:FROZEN],
            }
    path.write_text(json.dumps(frozen, separators=(",", ":")).replace('},"', '},\n"') + "\n", encoding="utf-8")


def main() -> None:
    """Print one line per measure; end with 1 where one is further off than allowed."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--oracles", required=True, help="environment that holds the other libraries")
    parser.add_argument("--cases", type=int, default=40)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--freeze", default="", help="file that keeps the first cases and what the others gave")
    given = parser.parse_args()
    asked = {measure: inputs.draw(measure, given.cases, given.seed) for measure in inputs.DRAWS}
    command = [str(Path(given.oracles) / "bin" / "python"), "-W", "ignore", str(OTHERS)]
    answer = json.loads(subprocess.run(command, input=json.dumps(asked).encode(), stdout=-1, check=True).stdout)
    wrong = 0
    print(f"{'measure':20} {'largest difference':>18}   held against ({given.cases} cases, seed {given.seed})")
    for measure, cases in asked.items():
        pairs = [
            (by_clientela.compute(measure, case), theirs)
            for case, theirs in zip(cases, answer[measure]["values"], strict=True)
        ]
        off = sum(difference(ours, theirs) > ALLOWED.get(measure, CLOSE) for ours, theirs in pairs)
        wrong += off > 0
        told = f"   {off} cases further off than allowed" if off else ""
        print(f"{measure:20} {max(difference(*pair) for pair in pairs):18.1e}   {answer[measure]['by']}{told}")
    if given.freeze:
        freeze(Path(given.freeze), asked, answer)
    sys.exit(wrong > 0)


if __name__ == "__main__":
    main()
