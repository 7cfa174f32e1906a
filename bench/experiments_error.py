"""How often an experiment without an effect is called one, and how often a real one is found.

Spend and conversion are resampled from the control group of Hillstrom's e-mail test: 122 of 21,306 customers bought.
The form of the score was revised on these, so others judge it too: customers' totals and orders of Online Retail at
a conversion of 3 %, and a quarter of CDNOW's customers.
Usage: python bench/experiments_error.py [RUNS] [hillstrom | retail | cdnow]
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from experiments_data import cdnow_quarter, hillstrom, retail_customers, retail_orders
from numpy.typing import NDArray
from scipy.special import ndtri

from clientela.statistics.contrasts import SKEW_MOST, contrast_score, ratio_interval, skewness
from clientela.statistics.cumulants import Cumulants, from_moments
from clientela.statistics.intervals import wilson
from clientela.statistics.sequences import sequence_bound, tuning

Floats = NDArray[np.float64]
LOOKS = 100
CHUNK = 1_000
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

    def sums(self, rng: np.random.Generator, n: int, runs: int) -> Floats:
        """Return sums of the first four powers over n visitors, one row per run."""
        return np.concatenate([self._some(rng, n, min(CHUNK, runs - at)) for at in range(0, runs, CHUNK)], axis=1)

    def _some(self, rng: np.random.Generator, n: int, runs: int) -> Floats:
        buyers = rng.binomial(n, self.rate, runs)
        drawn = self.values[rng.integers(0, len(self.values), buyers.sum())]
        place = np.repeat(np.arange(runs), buyers)
        return np.stack([np.bincount(place, drawn**power, runs) for power in range(1, 5)])


def cumulants(n: float, sums: Floats) -> Cumulants:
    """Return cumulants of runs."""
    return from_moments(np.float64(n), list(sums / n))


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


def fixed(runs: int, data: str) -> None:
    """Print both tails of each candidate at one look."""
    print(f"One look, {runs:,} runs without an effect: rejected below / above, per cent (2.5 each is right)")
    print(
        f"{'measure':<12}{'visitors':>9}{'holdout':>9}  "
        + "".join(f"{name:>14}" for name in SCORES)
        + f"{'too early':>14}"
    )
    for source in sources(data):
        for visitors, share in ((50_000, 0.05), (100_000, 0.05), (100_000, 0.5), (20_000, 0.1)):
            rng = np.random.default_rng(visitors)
            small = round(visitors * share)
            first = cumulants(visitors - small, source.sums(rng, visitors - small, runs))
            second = cumulants(small, source.sums(rng, small, runs))
            with np.errstate(all="ignore"):
                told = "".join(f"{tails(made(first, second)):>14}" for made in SCORES.values())
            early = (np.abs(skewness(first, second)) > SKEW_MOST).mean()
            print(f"{source.name:<12}{visitors:>9,}{share:>9.0%}  {told}{early:>14.0%}")


def lift(runs: int, data: str) -> None:
    """Print how often intervals of the relative lift miss the truth on either side."""
    print(f"\nRelative lift, {runs:,} runs: truth above / below the interval, per cent (2.5 each is right)")
    print(f"{'truth':<26}{'arms':>16}  {'Fieller':>14}{'log':>14}{'score':>14}")
    limit = ndtri(0.975)
    for source in sources(data):
        for rate, amount, name in (
            (1.0, 1.0, "none"),
            (1.2, 1.0, "20 % more buyers"),
            (1.0, 1.2, "20 % larger orders"),
        ):
            if source.name == "conversion" and amount > 1:
                continue
            for large, small in ((5_000, 5_000), (20_000, 20_000), (95_000, 5_000)):
                rng = np.random.default_rng(large)
                truth = rate * amount
                first = cumulants(large, source.raised(rate, amount).sums(rng, large, runs))
                second = cumulants(small, source.sums(rng, small, runs))
                spread = np.sqrt(first.variance / large + truth**2 * second.variance / small)
                fieller = (first.mean - truth * second.mean) / spread
                relative = first.variance / large / first.mean**2 + second.variance / small / second.mean**2
                log = np.log(first.mean / second.mean / truth) / np.sqrt(relative)
                low, high = ratio_interval(first, second, limit)
                score = f"{100 * (high < truth).mean():5.2f} {100 * (low > truth).mean():5.2f}"
                arms = f"{large:,}/{small:,}"
                print(f"{source.name + ', ' + name:<26}{arms:>20}{tails(fieller):>14}{tails(log):>14}{score:>14}")


def looked(source: tuple[Source, Source], sizes: tuple[int, int], runs: int, seed: int) -> dict[str, NDArray[np.bool_]]:
    """Return by candidate whether a run was ever called an effect, looking after each of `LOOKS` batches."""
    rng = np.random.default_rng(seed)
    sums = [np.zeros((4, runs)), np.zeros((4, runs))]
    ever = {
        name: np.zeros(runs, bool)
        for name in ("fixed bound, Welch", "mixture, Welch", "mixture, pooled t", "mixture, score")
    }
    whole = 1 / (1 / sizes[0] + 1 / sizes[1])
    parameter = tuning(whole)
    for look in range(1, LOOKS + 1):
        batch = [size // LOOKS for size in sizes]
        arms = []
        for place in range(2):
            sums[place] += source[place].sums(rng, batch[place], runs)
            arms.append(cumulants(batch[place] * look, sums[place]))
        limit = sequence_bound(1 / (1 / arms[0].n + 1 / arms[1].n), parameter)
        with np.errstate(all="ignore"):
            ready = np.abs(skewness(*arms)) <= SKEW_MOST
            scores = {name: SCORES[name](*arms) for name in ("Welch", "pooled t", "score")}
        ever["fixed bound, Welch"] |= np.abs(scores["Welch"]) > ndtri(0.975)
        ever["mixture, Welch"] |= np.abs(scores["Welch"]) > limit
        ever["mixture, pooled t"] |= np.abs(scores["pooled t"]) > limit
        ever["mixture, score"] |= (np.abs(scores["score"]) > limit) & ready
    return ever


def any_look(runs: int, data: str) -> None:
    """Print false positives and power where every batch is looked at."""
    for truth, rate, amount in (
        ("no effect", 1.0, 1.0),
        ("40 % more buyers", 1.4, 1.0),
        ("40 % larger orders", 1.0, 1.4),
    ):
        print(f"\n{LOOKS} looks, {truth}, {runs:,} runs: ever called an effect, per cent (upper 95 % bound)")
        for source in sources(data):
            if source.name == "conversion" and amount > 1:
                continue
            for share in SPLITS:
                small = round(100_000 * share)
                sizes = (100_000 - small, small)
                ever = looked((source.raised(rate, amount), source), sizes, runs, small)
                told = [f"{name} {_share(found)}" for name, found in ever.items()]
                print(f"  {source.name:<11}{share:>4.0%}  " + "; ".join(told))


def _share(found: NDArray[np.bool_]) -> str:
    high = wilson(float(found.sum()), found.size, 0.9).high
    return f"{100 * found.mean():.2f} ({100 * high:.2f})"


def main() -> None:
    """Print the figures."""
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    data = sys.argv[2] if len(sys.argv) > 2 else "hillstrom"
    start = time.process_time()
    fixed(runs, data)
    lift(runs, data)
    any_look(runs, data)
    print(f"\n{time.process_time() - start:.0f} s of processor time")


if __name__ == "__main__":
    main()
