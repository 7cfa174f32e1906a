"""Forward in time: are chances right for the next period, and does the promise for it hold?

    make bench NAME=models_forward
    python bench/models_forward.py --thin 2 --seeds 6

Tables on which the way of calibrating was not chosen: both files of Bank Marketing in the order of their rows, which
is the order of the calls (`duration` left out); Online Retail, whether a customer buys within four weeks, known at a
cut every four weeks; and generated visits whose base rate drifts, or what their columns mean. Learned on all rows
before a cut, tested on the next tenth of the rows. Prints AUC, the promised interval, and calibration error (ten bins
of equal size) of the way of the models stage beside that of other ways on the same log-odds: none, the log-odds moved
on the last period alone, on all periods alike, and by a local level; with the error of the base rate alone, and the
calibration error that right chances would have by luck.
"""

from __future__ import annotations

import argparse
import os
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import numpy as np
import polars as pl
from scipy.special import expit

from clientela.domain.column import Available, Column, Origin, Role, Storage
from clientela.domain.roles import Roles
from clientela.models.fitting import Task, fit
from clientela.models.learning import answered_ahead, training_rows
from clientela.models.odds import at, mix
from clientela.models.options import ModelOptions
from clientela.models.preparing import prepare
from clientela.models.promising import promise
from clientela.models.target import codes_of
from clientela.statistics.scores import auc, calibration_error
from clientela.tables.frames import from_frame

ROOT = Path(__file__).resolve().parents[1]
DATA = Path(os.environ.get("CLIENTELA_DATA") or ROOT.parent / "shared" / "data")
CUTS = (0.5, 0.7, 0.9)
NEXT = 0.1
TIME = "place_in_time"
Table = tuple[str, pl.DataFrame, Roles]


def roles_of(frame: pl.DataFrame, label: str, left: tuple[str, ...] = (), visitor: str | None = None) -> Roles:
    """Return the label, the time, and everything else as features."""
    special = {label: Role.LABEL, TIME: Role.TIME} | dict.fromkeys(left, Role.IGNORED)
    special |= {visitor: Role.IDENTIFIER} if visitor else {}
    columns = tuple(
        Column(name, Storage.TEXT, special.get(name, Role.FEATURE), Origin.UNKNOWN, Available.UNKNOWN)
        for name in frame.columns
    )
    return Roles(columns, label, TIME, visitor)


def bank(thin: int) -> Iterator[Table]:
    """Yield both files of Bank Marketing, every so many-th row of them."""
    for archive, file in (("bank-additional.zip", "bank-additional-full.csv"), ("bank.zip", "bank-full.csv")):
        if not (DATA / archive).is_file():
            continue
        with zipfile.ZipFile(DATA / archive) as opened:
            name = next(name for name in opened.namelist() if name.endswith("/" + file) or name == file)
            frame = pl.read_csv(opened.read(name), separator=";", infer_schema_length=None)
        frame = frame.with_row_index(TIME)[::thin].with_columns(pl.col(TIME).cast(pl.Int64))
        yield file, frame, roles_of(frame, "y", ("duration",))


def retail() -> Iterator[Table]:
    """Yield what each customer of Online Retail had done at each cut, and whether they bought in the weeks after."""
    if not (DATA / "online_retail.parquet").is_file():
        return
    orders = pl.read_parquet(DATA / "online_retail.parquet").drop_nulls("CustomerID")
    orders = orders.with_columns(
        pl.col("InvoiceDate").str.to_datetime(), spent=pl.col("Quantity") * pl.col("UnitPrice")
    )
    first, last = orders["InvoiceDate"].min(), orders["InvoiceDate"].max()
    frames = []
    for number in range(3, 13):
        cut = first + timedelta(days=28 * number)
        if cut + timedelta(days=28) > last:
            break
        days = (pl.lit(cut) - pl.col("InvoiceDate")).dt.total_days()
        known = orders.filter(pl.col("InvoiceDate") < cut).group_by("CustomerID", maintain_order=True).agg(
            days.min().alias("recency"), days.max().alias("age"), pl.col("InvoiceNo").n_unique().alias("orders"),
            pl.col("spent").sum(), pl.col("spent").filter(days < 56).sum().alias("lately"), pl.col("Country").first(),
        )  # fmt: skip
        ahead = pl.col("InvoiceDate").is_between(cut, cut + timedelta(days=28), closed="left") & (pl.col("spent") > 0)
        came = orders.filter(ahead).select(pl.col("CustomerID").unique(), pl.lit("yes").alias("buys"))
        frames.append(known.join(came, on="CustomerID", how="left").with_columns(pl.lit(number).alias(TIME)))
    frame = pl.concat(frames).with_columns(pl.col("buys").fill_null("no"))
    yield "Online Retail, four weeks", frame, roles_of(frame, "buys", visitor="CustomerID")


def drifting(seeds: int, rows: int = 6000) -> Iterator[Table]:
    """Yield visits whose base rate walks, or whose columns slowly mean something else."""
    for seed in range(seeds):
        rng = np.random.default_rng(seed)
        when = np.arange(rows)
        month = when * 12 // rows
        x = rng.normal(size=(rows, 5))
        walk = np.cumsum(rng.normal(0, 0.25, 12))[month]
        turn = when / rows if seed % 2 else np.zeros(rows)
        odds = -1.8 + walk + (1 - turn) * x[:, 0] + turn * x[:, 1] + 0.6 * x[:, 2] * (x[:, 3] > 0)
        yes = rng.random(rows) < expit(odds)
        frame = pl.DataFrame({f"x{place}": column for place, column in enumerate(x.T)} | {"buys": yes, TIME: when})
        yield f"generated {seed}, {'meaning' if seed % 2 else 'base rate'} drifts", frame, roles_of(frame, "buys")


def judged(table: Table, share: float) -> dict[str, float] | None:
    """Learn before a cut and print how chances and promise came out after it."""
    name, frame, roles = table
    frame = frame.sort(TIME, maintain_order=True)
    steps = frame[TIME].unique().sort()
    fine = len(steps) > 100
    cut = frame[TIME][int(share * len(frame))] if fine else steps[max(1, int(share * len(steps)))]
    end = frame[TIME][min(len(frame) - 1, int((share + NEXT) * len(frame)))] if fine else cut + 1
    train = frame.filter(pl.col(TIME) < cut)
    test = frame.filter(pl.col(TIME).is_between(cut, end, closed="left"))
    options = ModelOptions(threads=1)
    made = prepare(training_rows(from_frame(train), roles, options), roles, options)
    task = Task(made.frame, made.columns, made.clock, made.target.kind, 2, made.codes, 0, 1)
    tested = answered_ahead(made, task)
    if tested is None or tested.periods is None:
        print(f"{name} up to {share:.0%}: no periods")
        return None
    settled = tested.settled(made)
    said = promise(made, settled, tested)
    odds = fit(replace(task, learners=settled.learners), np.arange(len(made.codes)), settled.stage).odds(test)
    yes = codes_of(made.target, test[made.target.label]) > 0
    chances = ways(made.codes > 0, (tested.odds, tested.periods), settled, odds)
    errors = {way: calibration_error(yes, chance) for way, chance in chances.items()}
    rng = np.random.default_rng(0)
    lucky = [calibration_error(rng.random(len(yes)) < chances["ours"], chances["ours"]) for _ in range(50)]
    errors["by luck"] = float(np.mean(lucky))
    area = auc(yes, chances["ours"])
    after = said.after if said else None
    held = None if after is None else after.low <= area <= after.high
    told = "; ".join(f"{way} {error:.3f}" for way, error in errors.items())
    print(
        f"{name} up to {share:.0%}: {len(test):,} later rows, {made.codes.mean():.3f} -> {yes.mean():.3f} yes; "
        f"AUC {area:.4f}, promised {after!r}: {held}; calibration error: {told}",
        flush=True,
    )
    return errors | ({} if held is None else {"held": float(held)})


def ways(yes: np.ndarray, known: tuple[dict, np.ndarray], settled: object, odds: dict) -> dict[str, np.ndarray]:
    """Return the chances of the test rows by every way of calibrating the same log-odds."""
    past = mix(at(known[0], settled.stage), settled.weight)[:, 0]
    periods, mixed = known[1], mix(odds, settled.weight)[:, 0]
    tested = periods >= 0
    last = periods == periods.max()
    return {
        "ours": settled.probabilities(odds)[:, 1],
        "none": expit(mixed),
        "last period": expit(mixed + moved(past[last], yes[last])),
        "all periods": expit(mixed + moved(past[tested], yes[tested])),
        "local level": expit(mixed + level(past, periods, yes)),
        "base rate": np.full(len(mixed), yes.mean()),
    }


def level(past: np.ndarray, periods: np.ndarray, yes: np.ndarray) -> float:
    """Return the move of a local level: a random walk whose steps are told from the periods (Muth 1960)."""
    parts = [periods == period for period in range(periods.max() + 1)]
    moves = np.array([moved(past[part], yes[part]) for part in parts])
    chances = [expit(past[part] + move) for part, move in zip(parts, moves, strict=True)]
    noise = 1 / np.array([(chance * (1 - chance)).sum() for chance in chances])
    steps = np.diff(moves) ** 2 - noise[1:] - noise[:-1]
    walk = max(0.0, float(steps.mean())) if len(steps) else 0.0
    found, unsure = float(moves[0]), float(noise[0])
    for move, error in zip(moves[1:], noise[1:], strict=True):
        unsure += walk
        gain = unsure / (unsure + error)
        found, unsure = found + gain * (float(move) - found), (1 - gain) * unsure
    return found


def moved(odds: np.ndarray, yes: np.ndarray) -> float:
    """Return by how much log-odds are to be moved so that as many come as foretold."""
    shift = 0.0
    for _ in range(30):
        chance = expit(odds + shift)
        shift += float(np.clip((yes.sum() - chance.sum()) / (chance * (1 - chance)).sum(), -1, 1))
    return shift


def main() -> None:
    """Run on every table and print the means."""
    asked = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    asked.add_argument("--thin", type=int, default=2, help="every so many-th row of Bank Marketing")
    asked.add_argument("--seeds", type=int, default=6, help="generated tables")
    given = asked.parse_args()
    for kind, tables in (("generated", drifting(given.seeds)), ("retail", retail()), ("bank", bank(given.thin))):
        found = [errors for table in tables for share in CUTS if (errors := judged(table, share)) is not None]
        for way in ("ours", "none", "last period", "all periods", "local level", "base rate", "by luck", "held"):
            values = [errors[way] for errors in found if way in errors]
            if values:
                print(f"{kind}: {way} mean {np.mean(values):.4f}, worst {np.max(values):.4f}, {len(values)} cuts")


if __name__ == "__main__":
    main()
