"""How often prediction sets and intervals hold the truth on generated data, heavy tails included.

    python bench/models_coverage.py [--seeds 200]

A seed draws rows whose classes and amounts follow known chances; a model that is deliberately off (its log-odds are
scaled and moved) answers for them, thresholds come from one part of the rows and are held against another. What the
mean over the seeds must show is the promised share, per group, within two points. Bootstrap and score intervals of
the measures, and the promise for the next period, are held against their truth in the same way.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from clientela.models.covering import Known, cover
from clientela.models.evaluating import Judged, Predicted, measure
from clientela.models.promising import next_one
from clientela.models.result import Target, TargetKind
from clientela.statistics.calibration import calibration_estimate
from clientela.statistics.heavy_means import mean_of_amounts
from clientela.statistics.intervals import bootstrap_each, wilson
from clientela.statistics.scores import CalibrationBins, Ranking, confusion, precisions, quadratic_kappa, recalls

FloatArray = NDArray[np.float64]

LEARN, HELD = 1_500, 4_000
"""Rows that thresholds come from, and rows they are held against, per seed."""
UNITS, TRUTH = 600, 400_000
TAILS: dict[str, Callable[[np.random.Generator, int], FloatArray]] = {
    "lognormal, sigma 1": lambda rng, n: rng.lognormal(3, 1, n),
    "lognormal, sigma 2": lambda rng, n: rng.lognormal(3, 2, n),
    "Pareto, index 1.2": lambda rng, n: 10 * (1 + rng.pareto(1.2, n)),
    "Pareto, index .8 (no mean)": lambda rng, n: 10 * (1 + rng.pareto(0.8, n)),
}


def drawn(rng: np.random.Generator, rows: int, tail: str) -> Known:
    """Draw rows of three ordered classes with amounts, answered by a model that is off."""
    drive = rng.normal(size=rows)
    amount = TAILS[tail](rng, rows) * np.exp(0.7 * drive)
    bought = drive + rng.logistic(size=rows) > 0.8
    amounts = np.where(bought, amount, 0.0)
    codes = np.where(~bought, 0, np.where(amounts < 40, 1, 2)).astype(np.int64)
    odds = 1.5 * drive - 1.2
    some = 1 / (1 + np.exp(-odds))
    high = 1 / (1 + np.exp(-(0.8 * drive - 0.2)))
    chances = np.column_stack([1 - some, some * (1 - high), some * high])
    classes = np.searchsorted([0.6, 1.4], drive).astype(np.int64)
    return Known(codes, np.arange(rows), "row", chances, classes, amounts)


def sets_and_intervals(seeds: int) -> None:
    """Print coverage of sets by true class and of revenue by the class rows are put into."""
    for tail in TAILS:
        sets, money = np.zeros((seeds, 4)), np.zeros((seeds, 4))
        for seed in range(seeds):
            rng = np.random.default_rng(seed)
            known, later = drawn(rng, LEARN, tail), drawn(rng, HELD, tail)
            settled = cover(known, np.arange(LEARN) % 5)
            held = settled.sets(later.probabilities)[np.arange(HELD), later.codes]
            low, high = settled.intervals(later.probabilities, later.classes)
            inside = (low <= later.revenue) & (later.revenue <= high)
            sets[seed] = [held.mean(), *(held[later.codes == code].mean() for code in range(3))]
            money[seed] = [inside.mean(), *(inside[later.classes == code].mean() for code in range(3))]
        line(f"sets, {tail}", sets, 0.9)
        line(f"revenue, {tail}", money, 0.9)


def line(name: str, found: FloatArray, level: float) -> None:
    """Print the mean over the seeds, and whether every one is within two points."""
    means = found.mean(axis=0)
    bad = np.abs(means - level).max() > 0.02 + 1e-9
    print(f"{name:<42} {level:.0%} promised: " + " ".join(f"{m:.3f}" for m in means) + ("  <-- off" if bad else ""))


def visits(rng: np.random.Generator, units: int) -> tuple[FloatArray, NDArray[np.int64], NDArray[np.int64]]:
    """Draw visitors with one to four visits each who share a drive: scores, classes, units."""
    of = np.repeat(np.arange(units), rng.integers(1, 5, units))
    drive = rng.normal(size=units)[of] + 0.7 * rng.normal(size=len(of))
    codes = np.searchsorted([0.9, 2.0], drive + rng.logistic(size=len(of)) * 0.6).astype(np.int64)
    return drive, codes, of


def foretold(drive: FloatArray, slope: float = 1.6) -> FloatArray:
    """Return the chances that a model gives; the further its slope from 1.6, the worse."""
    return np.asarray(1 / (1 + np.exp(-(slope * drive - 1.5))))


def measures(drive: FloatArray, codes: NDArray[np.int64]) -> Callable[[FloatArray], FloatArray]:
    """Return the measures of a model for weights of the rows."""
    chance = foretold(drive)
    ranking = Ranking(codes > 0, drive)
    loss = -np.where(codes > 0, np.log(chance), np.log(1 - chance))
    put = np.searchsorted([0.9, 2.0], drive)

    def found(weights: FloatArray) -> FloatArray:
        table = confusion(codes, put, 3, weights)
        return np.array(
            [
                ranking.auc(weights),
                ranking.average_precision(weights),
                float((weights * loss).sum() / weights.sum()),
                quadratic_kappa(table),
                precisions(table)[2],
                recalls(table)[2],
                ranking.gain([0.1], weights=weights)[0],
            ]
        )

    return found


def of_measures(seeds: int) -> None:
    """Print coverage of the bootstrap by visitor, of shares and of means of heavy amounts."""
    names = (
        "auc", "average precision", "log loss", "quadratic kappa", "precision", "recall", "gain at .1",
    )  # fmt: skip
    drive, codes, _ = visits(np.random.default_rng(10**6), TRUTH)
    truth = measures(drive, codes)(np.ones(len(codes)))
    hits = np.zeros((seeds, len(names)))
    for seed in range(seeds):
        drive, codes, of = visits(np.random.default_rng(seed), UNITS)
        estimates = bootstrap_each(measures(drive, codes), of, 300, seed, "visitor")
        hits[seed] = [e.low <= t <= e.high for e, t in zip(estimates, truth, strict=True)]
    for place, name in enumerate(names):
        line(f"bootstrap by visitor, {name}", hits[:, place : place + 1], 0.95)


def scarce(rng: np.random.Generator, units: int, positives: float) -> tuple[Judged, Predicted]:
    """Draw rows of which so many in 2,000 are positive, answered by a model that is too timid."""
    drive, _, of = visits(rng, units)
    odds = np.log(positives / 2000) - 1.54 + 1.5 * drive
    codes = (rng.random(len(odds)) < 1 / (1 + np.exp(-odds))).astype(np.int64)
    chance = 1 / (1 + np.exp(-odds * 0.9))
    judged = Judged(Target(TargetKind.BINARY, "bought", ("no", "yes")), codes, of, "visitor", 300, 0)
    return judged, Predicted("timid", "all", np.column_stack([1 - chance, chance]))


def of_few(seeds: int) -> None:
    """Print coverage of the measures where few rows are positive, two samples per seed."""
    names = ("auc", "average_precision", "log_loss", "brier")
    for positives in (8, 16, 30, 60):
        judged, predicted = scarce(np.random.default_rng(10**6), TRUTH, positives)
        once = replace(judged, units=np.zeros(len(judged.codes), dtype=np.int64), resamples=1)
        truth = {metric.name: metric.estimate.value for metric in measure(once, predicted, names)}
        cases = (scarce(np.random.default_rng(seed), 800, positives) for seed in range(2 * seeds))
        hits = [
            [not metric.estimate.excludes(truth[metric.name]) for metric in measure(*case, names)]
            for case in cases
            if case[0].codes.sum() > 3
        ]
        line(f"{positives} positives: " + ", ".join(names), np.array(hits), 0.95)


ANSWERS: dict[str, Callable[[FloatArray], FloatArray]] = {
    "good": foretold,
    "timid": lambda drive: foretold(drive, 1.0),
    "bold": lambda drive: foretold(drive, 2.5),
    "very bold": lambda drive: foretold(drive, 3.5),
    "cut to .1 to .6": lambda drive: np.clip(foretold(drive), 0.1, 0.6),
}


def of_calibration(seeds: int) -> None:
    """Print coverage of the calibration error of models that are right, timid, bold, or off at the ends only."""
    drive, codes, _ = visits(np.random.default_rng(10**6), TRUTH)
    truths = {name: CalibrationBins(codes > 0, answer(drive)).error() for name, answer in ANSWERS.items()}
    for name, answer in ANSWERS.items():
        hits = np.zeros((seeds, 1))
        for seed in range(seeds):
            drive, codes, of = visits(np.random.default_rng(seed), UNITS)
            found = calibration_estimate(CalibrationBins(codes > 0, answer(drive)), of, 300, seed, "visitor")
            hits[seed] = found.low <= truths[name] <= found.high
        line(f"calibration error, {name}, true {truths[name]:.3f}", hits, 0.95)


def of_means(seeds: int) -> None:
    """Print coverage of the mean revenue of a group, by tail, and of a share; five samples per seed.

    Of 200 samples alone the share that is held would itself be known to three points only.
    """
    samples = 5 * seeds
    for tail in list(TAILS)[:3]:
        truth = {"lognormal, sigma 1": np.exp(3.5), "lognormal, sigma 2": np.exp(5.0), "Pareto, index 1.2": 60.0}[tail]
        hits = np.zeros((samples, 1))
        for seed in range(samples):
            values = TAILS[tail](np.random.default_rng(seed), UNITS)
            found = mean_of_amounts(values, np.arange(UNITS), 300, seed, "row")
            hits[seed] = found.low <= truth <= found.high
        line(f"mean revenue, {tail}", hits, 0.95)
    rng = np.random.default_rng(3)
    for share in (0.02, 0.15):
        found = [wilson(int(rng.binomial(UNITS, share)), UNITS) for _ in range(20 * seeds)]
        line(f"score interval of a share, {share:.2f}", np.array([[e.low <= share <= e.high] for e in found]), 0.95)


def of_promise(seeds: int) -> None:
    """Print how often the next period comes as promised, from three and from four periods."""
    for count in (3, 4):
        rng = np.random.default_rng(count)
        hits = []
        for _ in range(20 * seeds):
            values = 0.72 + 0.02 * rng.normal(size=count + 1)
            told = next_one(values[:-1].tolist())
            hits.append([told is not None and told.low <= values[-1] <= told.high])
        line(f"promise from {count} periods", np.array(hits), 0.95)


def main() -> None:
    """Print a line per kind of interval."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--seeds", type=int, default=200)
    seeds = parser.parse_args().seeds
    print(f"{seeds} seeds; sets: all rows, then by true class; revenue: all rows, then by the class rows are put into")
    sets_and_intervals(seeds)
    of_measures(seeds)
    of_few(seeds)
    of_calibration(seeds)
    of_means(seeds)
    of_promise(seeds)


if __name__ == "__main__":
    main()
