"""Customer lifetime value against published figures, plain rules and simulated customers.

    make bench NAME=models_lifetime
    python bench/models_lifetime.py --seeds 200     # coverage on so many simulated tables

Real data are read from the folder that CLIENTELA_DATA names, else ../shared/data beside the checkout. `--seeds 0`
leaves the simulation out. Published: BG/NBD on the tenth of CDNOW customers (Fader, Hardie and Lee 2005, table 2),
Gamma-Gamma on the same (Fader and Hardie 2013). Errors of the second half of CDNOW are per customer, over all
23,570: known are the days to 1997-09-30, rows that repeat one another left out; foretold are the 39 weeks after.
"""

from __future__ import annotations

import argparse
import base64
import gzip
import os
import time
import zlib
from concurrent.futures import ProcessPoolExecutor
from datetime import date
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from clientela.domain.estimate import Estimate
from clientela.models.lifetime.buying import Buying, fit_buying
from clientela.models.lifetime.estimating import LifetimeOptions, Valued, lifetime
from clientela.models.lifetime.maximising import Drawing
from clientela.models.lifetime.purchases import WEEK, Window, customers, open_ledger
from clientela.models.lifetime.spending import Spending, fit_spending
from clientela.statistics.intervals import bootstrap, wilson
from clientela.tables.frames import from_frame

FloatArray = NDArray[np.float64]

ROOT = Path(__file__).resolve().parents[1]
DATA = Path(os.environ.get("CLIENTELA_DATA") or ROOT.parent / "shared" / "data")
SAMPLE = ROOT / "tests" / "models" / "lifetime" / "cdnow_sample.txt"
PUBLISHED = {"r": 0.243, "alpha": 4.414, "a": 0.793, "b": 2.426, "p": 6.25, "q": 3.74, "gamma": 15.44}
PLACES = {"p": 2, "q": 2, "gamma": 2}
TRUE_BUYING, TRUE_SPENDING = Buying(0.6, 8.0, 0.8, 2.5), Spending(6.0, 4.0, 15.0)
START, CUT = date(2025, 1, 1), date(2025, 12, 31)
DAYS = (CUT - START).days
AHEAD = 119
MANY = 200_000
"""Customers that show what a fit of days ends up with."""
WORLDS = ("as the models have it", "lognormal amounts", "Pareto amounts", "customers who fade")


# Real tables.


def cdnow() -> pl.DataFrame:
    """Return the purchases of CDNOW's customers."""
    with gzip.open(DATA / "cdnow_master.txt.gz", "rt") as file:
        lines = [line.split() for line in file if line[:6].strip().isdigit()]
    rows = [(int(line[0]), line[1], float(line[3]), int(line[2])) for line in lines]
    frame = pl.DataFrame(rows, schema=["customer", "day", "amount", "items"], orient="row")
    return frame.with_columns(pl.col("day").str.to_date("%Y%m%d"))


def online_retail() -> pl.DataFrame:
    """Return the order lines of Online Retail with their amounts."""
    frame = pl.read_parquet(DATA / "online_retail.parquet")
    return frame.with_columns(amount=pl.col("Quantity") * pl.col("UnitPrice"))


def published() -> None:
    """Print the published parameters beside ours, and how long the fit takes."""
    bits = np.frombuffer(zlib.decompress(base64.b64decode(SAMPLE.read_text())), dtype=np.uint8)
    frame = cdnow().filter(pl.col("customer").is_in(np.flatnonzero(np.unpackbits(bits)).tolist()))
    cut = Window(date(1997, 9, 30), date(1998, 6, 30))
    known = customers(open_ledger(from_frame(frame), "customer", "day", "amount"), [cut])[0][0]
    columns = [known[name].to_numpy() for name in ("frequency", "recency", "age", "mean_amount")]
    times = []
    for _ in range(5):
        start = time.perf_counter()
        buying, spending = fit_buying(*columns[:3]), fit_spending(columns[0], columns[3])
        times.append(time.perf_counter() - start)
    print(f"CDNOW, {known.height} customers: fitted in {min(times):.3f} s (best of 5; worst {max(times):.3f} s)")
    ours = {name: getattr(part, name) for part in (buying, spending) for name in part.PARAMETERS}
    for name, value in PUBLISHED.items():
        same = "same" if round(ours[name], PLACES.get(name, 3)) == value else "DIFFERS"
        print(f"  {name:6} published {value:<7} ours {ours[name]:.4f}  {same}")
    likelihoods = [part.maximum.log_likelihood for part in (buying, spending)]
    print(f"  log-likelihood {likelihoods[0]:.2f} (published -9582.4) and {likelihoods[1]:.2f}")


def told(name: str, valued: Valued) -> None:
    """Print the errors of each way of foretelling."""
    result = valued.result
    window = result.judged
    days = f"{window.cut} to {window.end}" if window else ""
    print(f"{name}, {result.customers} customers, judged on {days}; chosen before: {result.chosen}")
    for way in result.forecasts:
        print(f"  {way.name:24} MAE {way.mae}  RMSE {way.rmse}  foretold / came {way.ratio.value:.2f}")
        print(f"  {'':24} above that of the chosen by {way.mae_behind} and {way.rmse_behind}")
    for held in result.coverage:
        print(f"  95 % intervals of {held.of}: held {held.covered}")


def real() -> None:
    """Print what is foretold of real tables forward in time."""
    every = cdnow()
    naming = ("customer", "day", "amount")
    half = LifetimeOptions(horizon_days=273)
    told("CDNOW without repeated rows", lifetime(from_frame(every.unique(maintain_order=True)), *naming, half))
    told("CDNOW as it is", lifetime(from_frame(every), *naming, half))
    naming = ("CustomerID", "InvoiceDate", "amount")
    valued = lifetime(from_frame(online_retail()), *naming, LifetimeOptions(horizon_days=91))
    told("Online Retail", valued)


# Simulated customers.


def simulated(world: str, number: int, seed: int) -> tuple[pl.DataFrame, FloatArray]:
    """Play customers one by one, purchase by purchase: no formula of the models is used.

    Args:
        world: One of `WORLDS`.
        number: How many customers.
        seed: Seed.

    Returns:
        Purchases up to the cut, and what each customer buys and spends in the `AHEAD` days after it.
    """
    rng = np.random.default_rng(seed)
    true, money = TRUE_BUYING, TRUE_SPENDING
    rows: list[tuple[int, float, float]] = []
    later = np.zeros((number, 2))
    for customer in range(number):
        rate = rng.gamma(true.r) / true.alpha / 7
        stops = rng.beta(true.a, true.b)
        left = rng.exponential(1 / (rng.gamma(0.6) / 150)) if world == WORLDS[3] else np.inf
        scale = money.gamma / rng.gamma(money.q)
        day = first = rng.uniform(0, DAYS * 0.75)
        while day < DAYS + AHEAD:
            amount = _amount(world, rng, scale, money.p)
            if np.floor(day) <= DAYS:
                rows.append((customer, day, amount))
            else:
                later[customer] += (1, amount)
            if world != WORLDS[3] and day > first and rng.random() < stops:
                break
            day += rng.exponential(1 / rate)
            if day - first > left:
                break
    frame = pl.DataFrame(rows, schema=["customer", "offset", "amount"], orient="row")
    days = pl.lit(START) + pl.duration(days=pl.col("offset").floor().cast(pl.Int64))
    return frame.select("customer", days.alias("day"), "amount"), later


def _amount(world: str, rng: np.random.Generator, scale: float, shape: float) -> float:
    if world == WORLDS[1]:
        return float(scale * shape * rng.lognormal(-0.5, 1.0))
    if world == WORLDS[2]:
        return float(scale * shape * 0.6 * (1 + rng.pareto(2.5)))
    return float(scale * rng.gamma(shape))


def of_days(number: int, seed: int) -> tuple[Buying, Buying]:
    """Return what fits of purchases rounded to days end up with in a table of any size, played by many customers.

    A second purchase on a day is not seen, so the days of purchases follow other parameters than the purchases. The
    second fit takes the half day after each purchase, on average, off the time watched.
    """
    frame, _ = simulated(WORLDS[0], number, seed)
    known = customers(open_ledger(from_frame(frame), "customer", "day", "amount"), [Window(CUT, CUT)])[0][0]
    frequency, recency, age = (known[name].to_numpy() for name in ("frequency", "recency", "age"))
    unseen = frequency / 2 / WEEK
    return fit_buying(frequency, recency, age), fit_buying(frequency, recency - unseen, age - unseen)


def covered(task: tuple[str, int, int, Buying]) -> dict[str, tuple[int, int]]:
    """Return how many intervals held the truth, and of how many, for one simulated table."""
    world, number, seed, limit = task
    frame, later = simulated(world, number, seed)
    days = LifetimeOptions(seed=seed, horizon_days=AHEAD)
    valued = lifetime(from_frame(frame), "customer", "day", "amount", days)
    scores, result = valued.customers, valued.result
    came = later[scores["visitor"].cast(pl.Int64).to_numpy()]
    found: dict[str, tuple[int, int]] = {}
    held = _inside(came[:, 0], scores["purchases_low"], scores["purchases_high"])
    found["purchases of a customer"] = int(held.sum()), len(held)
    held = _inside(came[:, 1], scores["spend_low"], scores["spend_high"])
    found["spend of a customer"] = int(held.sum()), len(held)
    some = scores["spend_high"].to_numpy() > 0
    found["spend, where some was possible"] = int(held[some].sum()), int(some.sum())
    for name, total, truth in (
        ("all purchases", result.total_purchases, came[:, 0].sum()),
        ("all spend", result.total_spend, came[:, 1].sum()),
    ):
        found[name] = int(not total.excludes(truth)), 1
    if world == WORLDS[0]:
        for suffix, parts in (("", (limit, TRUE_SPENDING)), (" of the purchases played", (TRUE_BUYING,))):
            truth = {name: getattr(part, name) for part in parts for name in part.PARAMETERS}
            for one in result.parameters[: len(truth)]:
                found[f"parameter {one.name}{suffix}"] = int(not one.estimate.excludes(truth[one.name])), 1
    return found


def _inside(value: FloatArray, low: pl.Series, high: pl.Series) -> NDArray[np.bool_]:
    return (value >= low.to_numpy()) & (value <= high.to_numpy())


def parameters_held(task: tuple[int, int]) -> list[int]:
    """Return which intervals of the parameters of buying hold the truth, times not rounded to days."""
    number, seed = task
    rng, rows = np.random.default_rng(seed), []
    for _ in range(number):
        rate, stops = rng.gamma(TRUE_BUYING.r) / TRUE_BUYING.alpha, rng.beta(TRUE_BUYING.a, TRUE_BUYING.b)
        age, week, count, last = rng.uniform(13, 52), 0.0, 0, 0.0
        while (week := week + rng.exponential(1 / rate)) < age:
            count, last = count + 1, week
            if rng.random() < stops:
                break
        rows.append((count, last, age))
    known = fit_buying(*np.array(rows, dtype=np.float64).T, Drawing(100, seed)).maximum
    truth = np.log([getattr(TRUE_BUYING, name) for name in Buying.PARAMETERS])
    ends = zip(known.low, truth, known.high, strict=True)
    return [int(low is None or high is None or low <= true <= high) for low, true, high in ends]


def coverage(seeds: int, number: int, processes: int) -> None:
    """Print how often 95 % intervals hold the truth, over many simulated tables."""
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
        held = np.array(list(pool.map(parameters_held, [(number, seed) for seed in range(seeds)])))
    print(f"Simulated, times not rounded to days: {seeds} tables of {number} customers")
    for name, hits in zip(Buying.PARAMETERS, held.sum(axis=0), strict=True):
        near = wilson(int(hits), seeds)
        print(f"  {'parameter ' + name:32} {100 * near.value:5.1f} % [{100 * near.low:.1f}, {100 * near.high:.1f}]")
    limits = of_days(MANY, seeds)
    for limit, what in zip(limits, ("as they are", "half a day less watched for each purchase"), strict=True):
        print(f"Days of {MANY:,} customers, {what}: " + ", ".join(f"{getattr(limit, n):.3f}" for n in limit.PARAMETERS))
    for world in WORLDS:
        tasks = [(world, number, seed, limits[0]) for seed in range(seeds)]
        with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
            found = list(pool.map(covered, tasks))
        print(f"Simulated, {world}: {seeds} tables of {number} customers")
        for name in found[0]:
            held, asked = (sum(one[name][place] for one in found) for place in (0, 1))
            shares = np.array([one[name][0] / max(1, one[name][1]) for one in found])
            near = wilson(held, asked) if asked == seeds else _by_table(shares)
            print(f"  {name:32} {100 * held / asked:5.1f} % [{100 * near.low:.1f}, {100 * near.high:.1f}]")


def _by_table(shares: FloatArray) -> Estimate:
    return bootstrap(lambda w: float(w @ shares / w.sum()), np.arange(len(shares)), 500, 0, "table")


def main() -> None:
    """Run what was asked for."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--seeds", type=int, default=200, help="simulated tables of each kind; 0 leaves them out")
    parser.add_argument("--customers", type=int, default=600, help="customers of a simulated table")
    parser.add_argument("--processes", type=int, default=2)
    asked = parser.parse_args()
    published()
    real()
    if asked.seeds:
        coverage(asked.seeds, asked.customers, asked.processes)


if __name__ == "__main__":
    main()
