"""How often an experiment without an effect is called one, and how often a real one is found.

Spend and conversion are resampled from the control group of Hillstrom's e-mail test: 122 of 21,306 customers bought.
Others judge the form of the score too: customers' totals and orders of Online Retail at a conversion of 3 %, and a
quarter of CDNOW's customers.
Usage: python bench/experiments_error.py [RUNS] [hillstrom | retail | cdnow] [fixed | lift | looks] [SEED]
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from experiments_data import cdnow_quarter, hillstrom, retail_customers, retail_orders
from numpy.typing import NDArray
from scipy.special import ndtri

from clientela.experiments.effects import FEWEST_OUTCOMES
from clientela.statistics.contrasts import contrast_score, expected_outcomes, ratio_score
from clientela.statistics.cumulants import KEPT, Cumulants, Part
from clientela.statistics.intervals import wilson
from clientela.statistics.sequences import sequence_bound

Floats = NDArray[np.float64]
LOOKS = 100
CHUNK = 1_000
LOOKED = 2_000
"""Runs that are looked at together."""

RETAIL_RATE = 0.03
SPLITS = (0.5, 0.05)


@dataclass(frozen=True)
class Source:
    """A measure to draw from: how often it is above zero, and what it is then."""

    name: str
    rate: float
    values: Floats

    def raised(self, rate: float, amount: float) -> Source:
        """Return the measure with more buyers or larger amounts."""
        return Source(self.name, self.rate * rate, self.values * amount)

    def drawn(self, rng: np.random.Generator, n: int, runs: int) -> Drawn:
        """Return what n visitors spent, in each of many runs."""
        buyers = rng.binomial(n, self.rate, runs)
        drawn = self.values[rng.integers(0, len(self.values), buyers.sum())]
        run = np.repeat(np.arange(runs), buyers)
        sums = np.stack([np.bincount(run, drawn**power, runs) for power in range(1, 4)])
        ordered = np.append(drawn[np.lexsort((-drawn, run))], 0.0)
        first = np.concatenate([[0], np.cumsum(buyers)[:-1]])
        place = np.minimum(first[:, None] + np.arange(KEPT), len(ordered) - 1)
        largest = np.where(np.arange(KEPT) < buyers[:, None], ordered[place], np.nan)
        return Drawn(np.full(runs, float(n)), buyers.astype(float), sums, largest)


@dataclass(frozen=True)
class Drawn:
    """What visitors spent, one row per run: how many they are, how many bought, sums of powers, largest values."""

    n: Floats
    buyers: Floats
    sums: Floats
    largest: Floats

    def __add__(self, other: Drawn) -> Drawn:
        both = np.concatenate([self.largest, other.largest], axis=1)
        largest = -np.sort(-both, axis=1)[:, :KEPT]
        return Drawn(self.n + other.n, self.buyers + other.buyers, self.sums + other.sums, largest)

    def cumulants(self) -> Cumulants:
        """Return the cumulants of the runs."""
        none = np.zeros(len(self.n))
        there = ~np.isnan(self.largest)
        top = np.where(there, self.largest, 0.0)
        rest = [self.sums[power - 1] - (top**power).sum(1) for power in range(1, 4)]
        left = self.buyers - there.sum(1)
        return Cumulants.of(Part(self.n - self.buyers, none, none, none), Part.of(left, rest), self.largest)


def sources(data: str) -> list[Source]:
    """Return the measures of a data set."""
    if data == "retail":
        held = {"customers": retail_customers(), "orders": retail_orders()}
        return [Source(name, RETAIL_RATE, part.to_numpy() / part.mean()) for name, part in held.items()]
    if data == "cdnow":
        spent = cdnow_quarter().to_numpy()
        return [Source("quarter", float((spent > 0).mean()), spent[spent > 0])]
    frame = hillstrom()
    spend = frame.filter(frame["segment"] == "No E-Mail")["spend"].to_numpy().astype(float)
    bought = spend[spend > 0]
    rate = bought.size / spend.size
    return [Source("spend", rate, bought), Source("conversion", rate, np.ones(1))]


def welch(first: Cumulants, second: Cumulants) -> Floats:
    """Return the plain t statistic."""
    return (first.mean - second.mean) / np.sqrt(first.variance / first.n + second.variance / second.n)


def hall(first: Cumulants, second: Cumulants) -> Floats:
    """Return Hall's (1992) cubic transform with the skew of each arm, as Johnson (1978) extended."""
    square = first.variance / first.n + second.variance / second.n
    t = (first.mean - second.mean) / np.sqrt(square)
    skew = (first.third / first.n**2 - second.third / second.n**2) / square**1.5
    return t + skew * t * t / 3 + skew**2 * t**3 / 27 + skew / 6


def student(first: Cumulants, second: Cumulants) -> Floats:
    """Return the t statistic with one variance for both arms."""
    n = first.n + second.n
    shared = (first.n * first.variance + second.n * second.variance) / n
    return (first.mean - second.mean) / np.sqrt(shared * (1 / first.n + 1 / second.n))


SCORES: dict[str, Callable[[Cumulants, Cumulants], Floats]] = {
    "Welch": welch,
    "pooled t": student,
    "Hall": hall,
    "score": contrast_score,
}


def tails(score: Floats) -> str:
    """Return the share of runs below and above the bounds of a 95 % test, in per cent."""
    limit = ndtri(0.975)
    return f"{100 * (score < -limit).mean():5.2f} {100 * (score > limit).mean():5.2f}"


@dataclass(frozen=True)
class Trial:
    """An experiment that is run again and again.

    Attributes:
        sources: What visitors of the variant and of the control spend.
        sizes: Visitors of each.
    """

    sources: tuple[Source, Source]
    sizes: tuple[int, int]

    def runs(self, runs: int, seed: int) -> Iterator[tuple[Cumulants, Cumulants]]:
        """Yield the arms of many runs, a thousand at a time."""
        rng = np.random.default_rng(seed)
        for at in range(0, runs, CHUNK):
            some = min(CHUNK, runs - at)
            first, second = (
                source.drawn(rng, size, some).cumulants() for source, size in zip(self.sources, self.sizes, strict=True)
            )
            yield first, second


def fixed(runs: int, data: str, seed: int) -> None:
    """Print both tails of each candidate at one look."""
    print(f"One look, {runs:,} runs without an effect: rejected below / above, per cent (2.5 each is right)")
    print(f"{'measure':<12}{'visitors':>9}{'holdout':>9}  " + "".join(f"{name:>14}" for name in SCORES))
    for source in sources(data):
        for visitors, share in ((50_000, 0.05), (100_000, 0.05), (100_000, 0.5), (20_000, 0.1)):
            small = round(visitors * share)
            trial = Trial((source, source), (visitors - small, small))
            found: dict[str, list[Floats]] = {name: [] for name in SCORES}
            for first, second in trial.runs(runs, seed + visitors):
                with np.errstate(all="ignore"):
                    for name, score in SCORES.items():
                        found[name].append(score(first, second))
            told = "".join(f"{tails(np.concatenate(part)):>14}" for part in found.values())
            print(f"{source.name:<12}{visitors:>9,}{share:>9.0%}  {told}", flush=True)


CHANGES = ((1.0, 1.0, "none"), (1.2, 1.0, "20 % more buyers"), (1.0, 1.2, "20 % larger orders"))


def lift(runs: int, data: str, seed: int) -> None:
    """Print how often intervals of the relative lift miss the truth on either side."""
    print(f"\nRelative lift, {runs:,} runs: truth above / below the interval, per cent (2.5 each is right)")
    print(f"{'truth':<30}{'arms':>16}  {'Fieller':>14}{'log':>14}{'score':>14}")
    for source in sources(data):
        for rate, amount, name in CHANGES:
            if source.name == "conversion" and amount > 1:
                continue
            for sizes in ((5_000, 5_000), (20_000, 20_000), (95_000, 5_000)):
                trial = Trial((source.raised(rate, amount), source), sizes)
                parts = [ratios(*arms, rate * amount) for arms in trial.runs(runs, seed + sizes[0])]
                told = "".join(f"{tails(np.concatenate(part)):>14}" for part in zip(*parts, strict=True))
                print(f"{source.name + ', ' + name:<30}{f'{sizes[0]:,}/{sizes[1]:,}':>16}{told}", flush=True)


def ratios(first: Cumulants, second: Cumulants, truth: float) -> tuple[Floats, Floats, Floats]:
    """Return scores of a true ratio of means: Fieller's, of the logarithm, and ours."""
    fieller = (first.mean - truth * second.mean) / np.sqrt(
        first.variance / first.n + truth**2 * second.variance / second.n
    )
    relative = first.variance / first.n / first.mean**2 + second.variance / second.n / second.mean**2
    log = np.log(first.mean / second.mean / truth) / np.sqrt(relative)
    return fieller, log, ratio_score(first, second, truth)


def looked(trial: Trial, runs: int, seed: int) -> dict[str, NDArray[np.bool_]]:
    """Return by candidate whether a run was ever called an effect, looking after each of `LOOKS` batches."""
    rng = np.random.default_rng(seed)
    planned = 1 / (1 / trial.sizes[0] + 1 / trial.sizes[1])
    held: list[Drawn] = []
    ever: dict[str, NDArray[np.bool_]] = {}
    for look in range(1, LOOKS + 1):
        batch = [
            source.drawn(rng, size // LOOKS, runs) for source, size in zip(trial.sources, trial.sizes, strict=True)
        ]
        held = [one + two for one, two in zip(held, batch, strict=True)] if held else batch
        arms = [part.cumulants() for part in held]
        limit = float(sequence_bound(planned * look / LOOKS, planned))
        normal = mixture(look / LOOKS)
        with np.errstate(all="ignore"):
            ready = expected_outcomes(*arms) >= FEWEST_OUTCOMES
            scores = {name: np.abs(SCORES[name](*arms)) for name in ("Welch", "pooled t", "score")}
        seen = {
            "fixed bound, Welch": scores["Welch"] > ndtri(0.975),
            "mixture, Welch": scores["Welch"] > normal,
            "mixture, pooled t": scores["pooled t"] > normal,
            "mixture, score": (scores["score"] > normal) & ready,
            "ours": (scores["score"] > limit) & ready,
        }
        ever = {name: found | ever[name] if ever else found for name, found in seen.items()}
    return ever


def mixture(share: float) -> float:
    """Return the bound of a normal mixture (Robbins 1970) that is tightest at the planned size, at a share of it."""
    width = 1 / 8.209
    return float(np.sqrt((share + width) / share * (2 * np.log(20) + np.log1p(share / width))))


def any_look(runs: int, data: str, seed: int) -> None:
    """Print false positives and power where every batch is looked at."""
    for truth, rate, amount in (
        ("no effect", 1.0, 1.0),
        ("40 % more buyers", 1.4, 1.0),
        ("40 % larger orders", 1.0, 1.4),
    ):
        # power is far from 0: fewer runs tell it as well
        some = runs if rate * amount == 1 else max(runs // 5, 1)
        print(f"\n{LOOKS} looks, {truth}, {some:,} runs: ever called an effect, per cent (upper 95 % bound)")
        for source in sources(data):
            if source.name == "conversion" and amount > 1:
                continue
            for share in SPLITS:
                small = round(100_000 * share)
                trial = Trial((source.raised(rate, amount), source), (100_000 - small, small))
                parts = [
                    looked(trial, min(LOOKED, some - at), seed + small + at // LOOKED) for at in range(0, some, LOOKED)
                ]
                ever = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
                told = [f"{name} {_share(found)}" for name, found in ever.items()]
                print(f"  {source.name:<11}{share:>4.0%}  " + "; ".join(told), flush=True)


def _share(found: NDArray[np.bool_]) -> str:
    high = wilson(float(found.sum()), found.size, 0.9).high
    return f"{100 * found.mean():.2f} ({100 * high:.2f})"


def main() -> None:
    """Print the figures."""
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    data = sys.argv[2] if len(sys.argv) > 2 else "hillstrom"
    start = time.process_time()
    parts = {"fixed": fixed, "lift": lift, "looks": any_look}
    seed = sum(int(part) for part in sys.argv[3:] if part.isdigit())
    for name in [part for part in sys.argv[3:] if not part.isdigit()] or parts:
        parts[name](runs, data, seed)
    print(f"\n{time.process_time() - start:.0f} s of processor time")


if __name__ == "__main__":
    main()
