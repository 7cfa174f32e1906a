"""Monitoring against Evidently, NannyML and pandera: the same reference, the same batches, a month without a break too.

    make bench NAME=monitoring_peers                                   # ours alone
    python bench/monitoring_peers.py --peers /path/to/venv --clean 100

The practice faults of Online Shoppers at their default strength, batches of 1,000 rows drawn from the other half of the
table, and its real months, of which none is a break (reference: up to September). Printed by contestant: faults
alarmed on, with the right column, with more than one column too many; clean batches with an alarm; alarms in each real
month after the reference; processor seconds a batch, imports left out. Peers have the settings they come with, name no
cause, and run with the Python of the environment that `--peers` names. Alarms are columns for them, incidents for ours.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
from monitoring_faults import checked, opened
from monitoring_faults_parts.faults import FAULTS, batch_of, made
from monitoring_faults_parts.shoppers import DATA, halves

from clientela.monitoring.baseline import learn_baseline

ASK = Path(__file__).resolve().parent / "monitoring_peers_parts" / "ask_peer.py"
PEERS = ("evidently", "nannyml", "pandera")
MONTHS = ("Oct", "Nov", "Dec")
COLUMNS = (*("alarmed on", "right column", "too many", "clean alarmed", "Oct / Nov / Dec", "s a batch"),)


@dataclass(frozen=True)
class Batch:
    """A batch: what was planted in which columns, nothing in a clean one."""

    name: str
    frame: pl.DataFrame
    fault: str = ""
    columns: tuple[str, ...] = ()


Answers = dict[str, list[str]]


def _line(name: str, batches: list[Batch], answers: Answers, months: Answers, seconds: float) -> str:
    faults = [batch for batch in batches if batch.fault]
    clean = [batch for batch in batches if not batch.fault]
    alarmed = [batch for batch in faults if answers[batch.name]]
    right = [batch for batch in alarmed if not batch.columns or set(batch.columns) & set(answers[batch.name])]
    many = [batch for batch in alarmed if len(set(answers[batch.name]) - set(batch.columns)) > 1]
    cells = (
        *(f"{len(part) / max(1, len(faults)):.0%}" for part in (alarmed, right, many)),
        f"{sum(bool(answers[batch.name]) for batch in clean) / max(1, len(clean)):.1%}",
        " / ".join(str(len(months[f"batch-{month}"])) for month in MONTHS),
        f"{seconds:.2f}",
    )
    return f"{name:<12}" + "".join(f"{cell:>17}" for cell in cells)


def _ours(reference: pl.DataFrame, batches: list[Batch]) -> tuple[Answers, float]:
    baseline = opened(reference, "csv", lambda table: learn_baseline(table, "Revenue"))
    start, answers = time.process_time(), {}
    for batch in batches:
        found = checked(baseline, batch.frame).incidents
        named = [column for incident in found for column in incident.columns]
        # the real months count incidents, since one may hold several columns
        answers[batch.name] = (
            [i.title for i in found] if batch.name[6:] in MONTHS else named or [i.title for i in found]
        )
    return answers, (time.process_time() - start) / len(batches)


def _theirs(python: Path, peer: str, reference: pl.DataFrame, batches: list[Batch]) -> tuple[Answers, float] | str:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        reference.write_csv(folder / "reference.csv")
        for batch in batches:
            batch.frame.write_csv(folder / f"{batch.name}.csv")
        done = subprocess.run([python, "-W", "ignore", ASK, peer, folder], capture_output=True, text=True, check=False)
        if done.returncode:
            return done.stderr.strip().rpartition("\n")[2][:150]
        answers = json.loads((folder / "answers.json").read_text())
        return answers, float((folder / "cost.txt").read_text()) / len(batches)


def main() -> None:
    """Print one line per contestant."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--peers", type=Path)
    parser.add_argument("--clean", type=int, default=50)
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    reference, rest = halves()
    batches = []
    for number, fault in enumerate(FAULTS):
        rng = np.random.default_rng([asked.seed, number])
        frame = made(fault, batch_of(rest, 1000, rng), 1.0, rng, reference)
        batches.append(Batch(f"batch-{number}", frame, fault.cause, fault.columns))
    for place in range(asked.clean):
        rng = np.random.default_rng([asked.seed, 77, place])
        batches.append(Batch(f"batch-clean{place}", batch_of(rest, 1000, rng)))
    whole = pl.read_csv(DATA / "online_shoppers.csv", infer_schema_length=None)
    early = whole.filter(~pl.col("Month").is_in(MONTHS))
    months = [Batch(f"batch-{month}", whole.filter(pl.col("Month") == month)) for month in MONTHS]
    print(f"{len(FAULTS)} faults, {asked.clean} clean batches")
    print(" " * 12 + "".join(f"{name:>17}" for name in COLUMNS))
    answers, seconds = _ours(reference, batches)
    print(_line("Clientela", batches, answers, _ours(early, months)[0], seconds), flush=True)
    if asked.peers is None:
        return
    for peer in PEERS:
        found, later = (
            _theirs(asked.peers / "bin" / "python", peer, *part) for part in ((reference, batches), (early, months))
        )
        if isinstance(found, str) or isinstance(later, str):
            print(f"{peer:<12} did not run: {found if isinstance(found, str) else later}", file=sys.stderr)
        else:
            print(_line(peer, batches, found[0], later[0], found[1]), flush=True)


if __name__ == "__main__":
    main()
