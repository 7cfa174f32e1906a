"""Uplift on Hillstrom's e-mail test: who visits because of an e-mail, and whether visitors differ at all.

    make bench NAME=experiments_uplift
    python bench/experiments_uplift.py --nulls 200 --data /path/to/hillstrom.csv.gz --oracle /path/to/sklift

Prints for women's and men's e-mail, on visits, each learner's Qini coefficient on visitors that it has not learned
from, with its interval, over several draws of the folds; the slope of effects on the score; how often ranking gains
over chance, which decides whether there is a usable difference. Then how often that is said where there is none: of
control visitors treated by a coin, by visits and by spend, and of made visitors to whom treating adds the same each.
`--seeds 0` leaves out the first part, `--nulls 0` the second, whose draws begin with the seed that `--seed` says.

Qini is in the convention of scikit-uplift (negative effects included), in which .059 is the published figure for
women's e-mail on visits. With `--oracle`, a folder that holds scikit-uplift's package, both are printed side by side.
"""

from __future__ import annotations

import argparse
import importlib
import os
import sys
import time
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np
import polars as pl

from clientela.models.uplift import DRLearner, SLearner, TLearner, judge_uplift
from clientela.models.uplift.judging import cross_fit, ranked_gain
from clientela.models.uplift.learners import Learner
from clientela.statistics.intervals import wilson
from clientela.statistics.uplift import Trial, differing, doubly_robust_rewards, qini

ROOT = Path(__file__).resolve().parents[1]
DATA = Path(os.environ.get("CLIENTELA_DATA", ROOT.parent / "shared" / "data")) / "hillstrom.csv.gz"
KNOWN = ["recency", "history_segment", "history", "mens", "womens", "zip_code", "newbie", "channel"]
LEARNERS: tuple[type[Learner], ...] = (TLearner, SLearner, DRLearner)


def trial_of(frame: pl.DataFrame, arm: str, outcome: str) -> tuple[pl.DataFrame, np.ndarray, np.ndarray]:
    """Return what was known, who was treated and what came of it, for one e-mail against none."""
    part = frame.filter(pl.col("segment").is_in([arm, "No E-Mail"]))
    return part.select(KNOWN), (part["segment"] == arm).to_numpy(), part[outcome].cast(pl.Float64).to_numpy()


def real(frame: pl.DataFrame, seeds: int, outcome: str) -> None:
    """Print the judgement of every learner."""
    print(f"e-mail, learner, Qini of the first draw, of all {seeds} draws, slope of the first, usable in, CPU s a draw")
    for arm in ("Womens E-Mail", "Mens E-Mail"):
        known, treated, rewards = trial_of(frame, arm, outcome)
        for kind in LEARNERS:
            for base in ("line", "trees"):
                start = time.process_time()
                first = judge_uplift(kind(base, 0), known, treated, rewards)
                values, usable = [first.qini.value], [first.usable]
                for seed in range(1, seeds):
                    value, area, _ = ranked(kind(base, seed), known, treated, rewards)
                    values.append(value)
                    usable.append(area > 0)
                told = f"{min(values):.4f} to {max(values):.4f}, mean {np.mean(values):.4f}"
                spent = (time.process_time() - start) / seeds
                print(
                    f"{arm:14} {first.learner:9} {first.qini!r:26} {told}  {first.slope!r:24} "
                    f"{sum(usable)} of {seeds}  {spent:.1f}",
                    flush=True,
                )
                if (kind, base) == (TLearner, "line"):
                    print(f"    area beyond chance {first.area!r} per visitor")
                    print(f"    {first.verdict}")
                    print(f"    over all {first.over_all!r}, over none {first.over_none!r}")
                    for group in first.groups:
                        print(f"    foreseen {group.foreseen:.4f}, observed {group.observed!r}")


def ranked(learner: Learner, known: pl.DataFrame, treated: np.ndarray, rewards: np.ndarray) -> tuple[float, ...]:
    """Return the Qini coefficient, and the lower ends of the area beyond chance and of the slope."""
    units = np.arange(len(rewards))
    scores = cross_fit(learner, known, treated, rewards, units)
    chance = np.full(len(rewards), treated.mean())
    low, high = doubly_robust_rewards(treated, rewards, chance, (scores.off, scores.on))
    slope = differing(high - low, scores.uplift, scores.fold, units)
    found = qini(Trial(treated, rewards, scores.uplift, units), 2, learner.seed)
    area = ranked_gain(scores, high - low, units)
    return found.value, area.low, slope.low


Draw = tuple[pl.DataFrame, np.ndarray, np.ndarray]


def coin(frame: pl.DataFrame, outcome: str, rows: int, seed: int) -> Draw:
    """Return some control visitors, treated by a coin: treating adds nothing to anybody."""
    rng = np.random.default_rng(seed)
    control = frame.filter(pl.col("segment") == "No E-Mail")
    drawn = control[rng.choice(len(control), min(rows, len(control)), replace=False)]
    return drawn.select(KNOWN), rng.random(len(drawn)) < 0.5, drawn[outcome].cast(pl.Float64).to_numpy()


def alike(rows: int, seed: int) -> Draw:
    """Return made visitors who differ in how often they buy, and to whom treating adds .05 each."""
    rng = np.random.default_rng(seed)
    pages, place = rng.poisson(4, rows), rng.integers(0, 3, rows)
    treated = rng.random(rows) < 0.5
    chance = np.clip(0.05 + 0.03 * pages + 0.1 * (place == 1), 0.0, 0.8) + 0.05 * treated
    known = pl.DataFrame({"pages": pages, "place": np.array(["a", "b", "c"])[place], "noise": rng.normal(size=rows)})
    return known, treated, (rng.random(rows) < chance).astype(float)


def null(frame: pl.DataFrame, draws: int, rows: int, first: int) -> None:
    """Print how often a difference is said to be usable where there is none."""
    kinds: dict[str, Callable[[int], Draw]] = {
        "control visitors, a coin, visits": lambda seed: coin(frame, "visit", rows, seed),
        "control visitors, a coin, spend": lambda seed: coin(frame, "spend", rows, seed),
        "made visitors, .05 for each": lambda seed: alike(rows, seed),
    }
    print(f"\nno difference between visitors, {draws} draws of {rows:,} rows each")
    for kind, drawn in kinds.items():
        areas, slopes = 0, 0
        for seed in range(first, first + draws):
            _, area, slope = ranked(TLearner("line", seed), *drawn(seed))
            areas, slopes = areas + (area > 0), slopes + (slope > 0)
        print(f"{kind:34} said to be usable in {wilson(areas, draws)!r}", flush=True)
        print(f"{'':34} by the slope, which does not decide: {wilson(slopes, draws)!r}", flush=True)


def beside_oracle(frame: pl.DataFrame, folder: Path) -> None:
    """Print our Qini beside scikit-uplift's on the same scores."""
    sys.path.insert(0, str(folder))
    warnings.simplefilter("ignore")
    theirs = importlib.import_module("sklift.metrics").qini_auc_score
    known, treated, rewards = trial_of(frame, "Womens E-Mail", "visit")
    scores = cross_fit(TLearner(), known, treated, rewards, np.arange(len(rewards))).uplift
    ours = qini(Trial(treated, rewards, scores, np.arange(len(rewards))), 2).value
    print(f"Qini on the same scores: ours {ours:.9f}, scikit-uplift {theirs(rewards, scores, treated.astype(int)):.9f}")


def main() -> None:
    """Run all parts."""
    asked = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    asked.add_argument("--seeds", type=int, default=5)
    asked.add_argument("--nulls", type=int, default=200)
    asked.add_argument("--null-rows", type=int, default=4000)
    asked.add_argument("--seed", type=int, default=0)
    asked.add_argument("--outcome", default="visit", choices=("visit", "conversion", "spend"))
    asked.add_argument("--data", type=Path, default=DATA)
    asked.add_argument("--oracle", type=Path)
    given = asked.parse_args()
    if not given.data.is_file():
        raise SystemExit(f"{given.data.name} is not in the data")
    frame = pl.read_csv(given.data, infer_schema_length=None)
    if given.oracle is not None:
        beside_oracle(frame, given.oracle)
    if given.seeds:
        real(frame, given.seeds, given.outcome)
    if given.nulls:
        null(frame, given.nulls, given.null_rows, given.seed)


if __name__ == "__main__":
    main()
