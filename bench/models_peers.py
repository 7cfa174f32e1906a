"""The model against AutoGluon (best quality) and FLAML: same rows, same columns, same splits, one thread each.

    make bench NAME=models_peers                                       # ours alone
    python bench/models_peers.py --peers /path/to/venv --autogluon 300 --tables shoppers

Online Shoppers without PageValues, both files of Bank Marketing without `duration`, and the bundled workbook (its
revenue groups; the order value is left out), each once parted at random (a fifth tested on, evenly over the classes;
with `--fifths 5` each fifth in turn) and once forward in time (Online Shoppers: November and December; the others: the
last fifth; the order of the rows of Bank Marketing is that of the calls, and is not among the columns). Ours is told
the order of the classes, as the audit finds it, and forward in time which column is the time; parted at random that is
a column like others. Prints the area under the ROC curve of anything above the first class, the log loss of all
classes, processor and wall seconds, and what ours has beyond each peer on the same test rows, with intervals by
resampling them. Peers run with the Python of the
environment that `--peers` names (autogluon.tabular with lightgbm, catboost and xgboost; flaml with automl) and are told
to lower the log loss. Their clock is the processor time of their process, so that a busy machine takes nothing of their
limit. Ours is the whole models stage: judging, curves, worth of columns and release included; what the model itself
took, with all that is settled out of sample, is told beside it.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
import polars.selectors as cs

from clientela.domain.column import Available, Column, Origin, Role, Storage
from clientela.domain.estimate import Estimate
from clientela.domain.roles import Roles
from clientela.models.learning import learn
from clientela.models.options import ModelOptions
from clientela.sources.opening import open_table
from clientela.statistics.intervals import bootstrap_each
from clientela.statistics.scores import Ranking, log_losses
from clientela.tables.frames import from_frame
from clientela.tables.table import ROW

ROOT = Path(__file__).resolve().parents[1]
DATA = Path(os.environ.get("CLIENTELA_DATA") or ROOT.parent / "shared" / "data")
ASK = Path(__file__).resolve().parent / "models_peers_parts" / "ask_peer.py"
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "June", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
OURS, PEERS = "Clientela", ("AutoGluon", "FLAML")
TIME = "place_in_time"
TESTED = 0.2


@dataclass(frozen=True)
class Case:
    """A table.

    Attributes:
        frame: Rows, with `TIME`, a number that orders them.
        label: Column to predict.
        classes: Its values, in order.
        clock: Column with the time, where it is among the columns peers see too.
        last: Where in time the tested rows of the forward split begin; None for the last fifth of the rows.
    """

    frame: pl.DataFrame
    label: str
    classes: tuple[str, ...]
    clock: str | None = None
    last: float | None = None


@dataclass(frozen=True)
class Answer:
    """Chances of the test rows, one column per class, and what they cost in seconds: all, and until they were made."""

    chances: np.ndarray
    cpu: float
    wall: float
    made: float = np.nan


class Watch:
    """Takes the processor time at each step of the models stage."""

    def __init__(self) -> None:
        self.steps: dict[str, float] = {}

    def update(self, message: str, share: float | None = None) -> None:
        """Note when a step begins."""
        self.steps[message] = time.process_time()


def shoppers() -> Case:
    """Return Online Shoppers."""
    frame = pl.read_csv(DATA / "online_shoppers.csv", infer_schema_length=None).drop("PageValues")
    number = pl.col("Month").replace_strict({name: float(place) for place, name in enumerate(MONTHS)})
    words = pl.col("Revenue").cast(pl.String).str.to_lowercase()
    return Case(frame.with_columns(number.alias(TIME), words.alias("Revenue")), "Revenue", ("false", "true"), last=10.0)


def bank(archive: str, file: str) -> Case:
    """Return one file of Bank Marketing."""
    with zipfile.ZipFile(DATA / archive) as opened:
        name = next(name for name in opened.namelist() if name.endswith("/" + file) or name == file)
        frame = pl.read_csv(opened.read(name), separator=";", infer_schema_length=None)
    return Case(
        frame.drop("duration").with_row_index(TIME).with_columns(pl.col(TIME).cast(pl.Int64)), "y", ("no", "yes")
    )


def sample() -> Case:
    """Return the bundled workbook."""
    with open_table(str(ROOT / "examples" / "shop_visits.xlsx"), sheet="sample_03") as table:
        frame = table.sample(table.rows, 0)
    frame = frame.drop(ROW, "visit_id", "visitor_id", "order_value").with_columns(pl.col("visit_time").alias(TIME))
    return Case(frame, "revenue_group", ("none", "low", "middle", "high", "top"), clock="visit_time")


CASES: dict[str, Callable[[], Case]] = {
    "shoppers": shoppers,
    "bank-full": lambda: bank("bank.zip", "bank-full.csv"),
    "bank-additional": lambda: bank("bank-additional.zip", "bank-additional-full.csv"),
    "sample": sample,
}


def parted(case: Case, split: str, fifth: int = 0) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return train and test rows; parted at random, a row is tested in one of the fifths only."""
    if split == "forward":
        frame = case.frame.sort(TIME, maintain_order=True)
        edge = frame[TIME][int((1 - TESTED) * len(frame))] if case.last is None else case.last
        return frame.filter(pl.col(TIME) < edge), frame.filter(pl.col(TIME) >= edge)
    mixed = case.frame.with_row_index("place").sample(fraction=1.0, shuffle=True, seed=0)
    turn = pl.int_range(pl.len()).over(case.label) % round(1 / TESTED) == fifth
    mixed = mixed.with_columns(turn.alias("tested")).sort("place")
    return tuple(mixed.filter(pl.col("tested") == tested).drop("place", "tested") for tested in (False, True))


def ours(case: Case, train: pl.DataFrame, test: pl.DataFrame, timed: bool) -> Answer:
    """Return our answer."""
    when = (case.clock or TIME) if timed else None
    special = {TIME: Role.IGNORED, case.label: Role.LABEL} | ({when: Role.TIME} if when else {})
    columns = tuple(
        Column(name, Storage.TEXT, special.get(name, Role.FEATURE), Origin.UNKNOWN, Available.UNKNOWN)
        for name in train.columns
    )
    start, used, watch = time.perf_counter(), time.process_time(), Watch()
    roles = Roles(columns, case.label, when, order=case.classes)
    release = learn(from_frame(train), roles, (), ModelOptions(threads=1), watch).release
    found = release.predict(test)
    cost = time.process_time() - used, time.perf_counter() - start, watch.steps["judging"] - used
    return Answer(found.select(f"p_{name}" for name in case.classes).to_numpy(), *cost)


def theirs(peer: str, case: Case, parts: tuple[pl.DataFrame, pl.DataFrame], given: argparse.Namespace) -> Answer | None:
    """Return the answer of a peer, or None where it is not there or fails, which is printed."""
    if not given.limits[peer]:
        return None
    kept = None
    if given.keep:
        # the rows and the limit name an answer: other rows ask anew
        rows = hash_rows(parts)
        kept = Path(given.keep) / f"{peer}-{given.limits[peer]:.0f}-{rows}.npz"
        if kept.is_file():
            with np.load(kept) as found:
                return Answer(found["chances"], float(found["cpu"]), float(found["wall"]))
    answer = _asked(peer, case, parts, given)
    if kept is not None and answer is not None:
        np.savez(kept, chances=answer.chances, cpu=answer.cpu, wall=answer.wall)
    return answer


def hash_rows(parts: tuple[pl.DataFrame, pl.DataFrame]) -> str:
    """Return what names the rows learned from and tested on."""
    written = [part.write_csv() for part in parts]
    return hashlib.sha256("\0".join(written).encode()).hexdigest()[:16]


def _asked(peer: str, case: Case, parts: tuple[pl.DataFrame, pl.DataFrame], given: argparse.Namespace) -> Answer | None:
    python = Path(given.peers).absolute() / "bin" / "python"
    package = {"AutoGluon": "autogluon.tabular", "FLAML": "flaml"}[peer]
    if not given.peers or _run([python, "-c", f"import {package}"]).returncode:
        print(f"  {peer:12}not installed", flush=True)
        return None
    with tempfile.TemporaryDirectory() as folder:
        for name, part in zip(("train", "test"), parts, strict=True):
            # a day as a moment: FLAML takes plain days for categories and then fails to write them down
            part.drop(TIME).with_columns(cs.date().cast(pl.Datetime("us"))).write_parquet(
                Path(folder) / f"{name}.parquet"
            )
        command = [python, "-W", "ignore", ASK, peer, folder, case.label, str(given.limits[peer])]
        start = time.perf_counter()
        run = _run(command, folder)  # peers leave folders where they run
        wall = time.perf_counter() - start
        if run.returncode:
            print(f"  {peer:12}failed: {run.stderr.strip().splitlines()[-1]}", flush=True)
            return None
        chances = pl.read_csv(Path(folder) / "chances.csv").select(case.classes).to_numpy()
        return Answer(chances, float((Path(folder) / "cost.txt").read_text()), wall)


def _run(command: list[str | Path], folder: str | Path = ".") -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    return subprocess.run(command, check=False, capture_output=True, text=True, env=environment, cwd=folder)


def gaps(case: Case, test: pl.DataFrame, one: np.ndarray, other: np.ndarray) -> tuple[Estimate, ...]:
    """Return area under the ROC curve and log loss of two answers: the first, the second, first less second."""
    codes = test[case.label].replace_strict({name: code for code, name in enumerate(case.classes)}).to_numpy()
    ranked = [Ranking(codes > 0, 1 - chances[:, 0]) for chances in (one, other)]
    losses = [log_losses(codes, chances) for chances in (one, other)]

    def all_of(weights: np.ndarray) -> np.ndarray:
        areas = [ranking.auc(weights) for ranking in ranked]
        means = [float(weights @ values / weights.sum()) for values in losses]
        return np.array([*areas, areas[0] - areas[1], *means, means[0] - means[1]])

    return bootstrap_each(all_of, np.arange(len(codes)), 300)


@dataclass(frozen=True)
class Judged:
    """One split: area, loss and processor seconds by contestant, and by peer what ours loses beyond it, row by row."""

    measures: dict[str, tuple[float, float, float]]
    beyond: dict[str, np.ndarray]


def judged(name: str, split: str, given: argparse.Namespace, fifth: int = 0) -> Judged:
    """Print one table and split, and return what it showed."""
    case = CASES[name]()
    parts = parted(case, split, fifth)
    codes = parts[1][case.label].replace_strict({value: code for code, value in enumerate(case.classes)}).to_numpy()
    place = f"{split} {fifth + 1}" if split == "random" else split
    print(f"\n{name}, {place}: {len(parts[0]):,} rows learned from, {len(parts[1]):,} tested on", flush=True)
    print(f"  {'':12}{'AUC':>8}{'log loss':>10}{'CPU s':>8}{'wall s':>8}   ours less theirs: AUC, log loss")
    answers = {OURS: ours(case, *parts, timed=split == "forward")}
    found, beyond = {}, {}
    for who in (OURS, *PEERS):
        answer = answers[OURS] if who == OURS else theirs(who, case, parts, given)
        if answer is None:
            continue
        _, area, wins, _, loss, saves = gaps(case, parts[1], answers[OURS].chances, answer.chances)
        told = f"   the model itself {answer.made:.1f} CPU s" if who == OURS else f"   {_told(wins)}, {_told(saves)}"
        print(
            f"  {who:12}{area.value:8.4f}{loss.value:10.4f}{answer.cpu:8.1f}{answer.wall:8.1f}{told}",
            flush=True,
        )
        found[who] = (area.value, loss.value, answer.cpu)
        beyond[who] = log_losses(codes, answers[OURS].chances) - log_losses(codes, answer.chances)
    return Judged(found, beyond)


def _told(gap: Estimate) -> str:
    return f"{gap.value:+.4f} [{gap.low:+.4f}, {gap.high:+.4f}]"


def _tables(tables: list[list[Judged]], peer: str) -> str:
    """Return by how much ours is beyond a peer in log loss: each table, and their mean, with what test rows leave open.

    Tables count alike. The interval is the normal one of independent rows; that other training rows would have given
    other models is not in it.
    """
    rows = [np.concatenate([one.beyond[peer] for one in table]) for table in tables]
    errors = np.array([one.std(ddof=1) / np.sqrt(len(one)) for one in rows])
    means, error = [float(one.mean()) for one in rows], float(np.hypot.reduce(errors)) / len(rows)
    mean = float(np.mean(means))
    each = ", ".join(f"{value:+.4f}" for value in means)
    between = Estimate(mean, mean - 1.96 * error, mean + 1.96 * error, sum(map(len, rows)), "normal")
    return f"log loss beyond it {_told(between)} ({each})"


def main() -> None:
    """Print all tables, then means."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--peers", default=os.environ.get("CLIENTELA_PEERS", ""), help="environment with the peers")
    parser.add_argument("--autogluon", type=float, default=60.0, help="processor seconds AutoGluon gets for a split")
    parser.add_argument("--flaml", type=float, default=60.0, help="processor seconds FLAML gets for a split")
    parser.add_argument("--fifths", type=int, default=1, help="random fifths that are tested on in turn, at most 5")
    parser.add_argument("--keep", default="", help="folder that keeps the answers of the peers, to ask them once")
    parser.add_argument("--tables", default=",".join(CASES), help="tables, parted by commas")
    given = parser.parse_args()
    given.limits = {"AutoGluon": given.autogluon, "FLAML": given.flaml}
    limits = ", ".join(f"{peer} {seconds:.0f} s" for peer, seconds in given.limits.items())
    print(f"one thread each; processor time a split: {limits}")
    names = given.tables.split(",")
    if unknown := [name for name in names if name not in CASES]:
        sys.exit(f"There is no table {', '.join(unknown)}: {', '.join(CASES)}.")
    for split in ("random", "forward"):
        fifths = range(given.fifths if split == "random" else 1)
        tables = [[judged(name, split, given, fifth) for fifth in fifths] for name in names]
        print(f"\nmeans, {split}:")
        for who in (OURS, *PEERS):
            if all(who in one.measures for table in tables for one in table):
                area, loss, cpu = np.mean([one.measures[who] for table in tables for one in table], axis=0)
                told = "" if who == OURS else f"   {_tables(tables, who)}"
                print(f"  {who:12}{area:8.4f}{loss:10.4f}{cpu:8.1f}{told}", flush=True)


if __name__ == "__main__":
    main()
