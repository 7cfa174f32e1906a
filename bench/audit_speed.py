"""Time the audit against plain summaries, each in a process of its own.

    make bench NAME=audit_speed
    python bench/audit_speed.py --sizes 12000x18,1000000x18,100000x200,20000x300,10000000x18 --peers /path/to/venv
    python bench/audit_speed.py --sizes 12000x18 --runs 5 --commands

The plain floor is what one would write by hand: summaries, quantiles and frequent values of every column, and (Polars)
an association of every pair of columns on all rows. Peers run with the Python of the environment that `--peers` names,
and are left out where it lacks them. CPU seconds, wall seconds and peak memory are the system's own account of the
process, the median of `--runs`, contestants in turn; every line is held against the floor of the same size. With
`--commands` the command line is timed too, on the same table as csv, workbook and Parquet file.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl

SIZES = "12000x18,1000000x18,100000x200"
THREADS = "2"
SPEED = Path(__file__).resolve().parent / "speed"
PLAIN = ("polars", "duckdb")
PEERS = {
    "skrub": "import skrub; "
    "page = skrub.TableReport(frame, verbose=0, plot_distributions=True, compute_associations=True).html()",
    "fg-data-profiling": "from data_profiling import ProfileReport; "
    "page = ProfileReport(frame, progress_bar=False).to_html()",
    "sweetviz": "import numpy, sweetviz; numpy.VisibleDeprecationWarning = DeprecationWarning; "
    "made = sweetviz.analyze(frame, pairwise_analysis='on'); "
    "made.show_html('page.html', open_browser=False); page = open('page.html').read()",
}
PEER_ROWS = 1_000_000


@dataclass(frozen=True)
class Cost:
    """What one process took: CPU and wall seconds, peak memory in GB, size of the page in MB."""

    cpu: float
    wall: float
    memory: float
    page: float


def write_table(path: Path, rows: int, columns: int, seed: int = 1) -> None:
    """Write visits with numbers, whole numbers, texts and flags in turn, some cells missing, and a label."""
    random = np.random.default_rng(seed)
    made: dict[str, pl.Series] = {}
    for place in range(columns - 1):
        turn = place % 9
        if turn < 4:
            made[f"number{place}"] = pl.Series(np.round(random.lognormal(place % 5 / 5, 1, rows), place % 4))
        elif turn < 6:
            made[f"whole{place}"] = pl.Series(random.integers(0, 10 ** (1 + place % 5), rows))
        elif turn < 8:
            made[f"text{place}"] = "kind " + pl.Series(random.integers(0, (4, 40, 3000)[place % 3], rows)).cast(
                pl.String
            )
        else:
            made[f"flag{place}"] = pl.Series(random.random(rows) < 0.1)
    frame = pl.DataFrame(made).with_columns(pl.when(pl.col("number1") <= 3).then(pl.col("number1")).alias("number1"))
    frame.with_columns(pl.Series("converted", random.random(rows) < 0.12)).write_parquet(path)


def measured(command: list[str]) -> Cost | None:
    """Run a command that prints the size of a page; return what it took, or None where it failed."""
    settings = {"POLARS_MAX_THREADS": THREADS, "OMP_NUM_THREADS": THREADS, "OPENBLAS_NUM_THREADS": THREADS}
    with tempfile.TemporaryDirectory() as folder:
        start = time.perf_counter()
        process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=os.environ | settings, cwd=folder, text=True
        )
        said = process.stdout.read() if process.stdout else ""
        complaint = process.stderr.read() if process.stderr else ""
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = status
    if status:
        print(f"  failed: {complaint.strip().splitlines()[-1] if complaint.strip() else status}")
        return None
    cpu = usage.ru_utime + usage.ru_stime
    return Cost(cpu, time.perf_counter() - start, usage.ru_maxrss / 1024**2, float(said.split()[-1]) / 1e6)


def contestants(path: Path, rows: int, peers: str) -> dict[str, list[str]]:
    """Return the command of each contestant."""
    found = {name: [sys.executable, str(SPEED / f"by_{name}.py"), str(path)] for name in (*PLAIN, "clientela")}
    if peers and rows <= PEER_ROWS:
        python = str(Path(peers) / "bin" / "python")
        for name, code in PEERS.items():
            script = f"import pandas; frame = pandas.read_parquet({str(path)!r}); {code}; print(len(page.encode()))"
            found[name] = [python, "-W", "ignore", "-c", script]
    return found


def commands(path: Path) -> dict[str, list[str]]:
    """Write the table as csv and workbook too, and return the command that audits each of the three files."""
    frame = pl.read_parquet(path)
    book, text = path.with_suffix(".xlsx"), path.with_suffix(".csv")
    frame.write_csv(text)
    frame.write_excel(book)
    # The last line says the size of a page as every contestant does; there is none here.
    script = "import sys; from clientela.cli.main import app; app(standalone_mode=False); print(0)"
    return {f"audit {file.name}": [sys.executable, "-c", script, "audit", str(file)] for file in (text, book, path)}


def median(costs: list[Cost]) -> Cost:
    """Return the median of each figure."""
    return Cost(
        *(statistics.median(getattr(cost, part) for cost in costs) for part in ("cpu", "wall", "memory", "page"))
    )


def compare(entries: dict[str, list[str]], runs: int) -> dict[str, Cost]:
    """Run all contestants in turn, `runs` times; those that fail are left out."""
    found: dict[str, list[Cost]] = {name: [] for name in entries}
    for _ in range(runs):
        for name, command in entries.items():
            cost = measured(command)
            found[name] += [cost] if cost is not None else []
    return {name: median(costs) for name, costs in found.items() if costs}


def show(costs: dict[str, Cost]) -> None:
    """Print a line per contestant, held against the first of them and against Clientela."""
    floor, own = next(iter(costs.values())), costs["clientela"]
    for name, cost in costs.items():
        page = f"{cost.page:6.2f}" if cost.page > 1e-4 else "     -"
        line = f"{cost.cpu:8.1f} {cost.wall:8.1f} {cost.memory:6.2f} {page}   {cost.cpu / floor.cpu:6.2f}"
        line += f"   {cost.cpu / own.cpu:6.2f} {cost.wall / own.wall:6.2f}"
        print(f"  {name:20}{line}", flush=True)


def main() -> None:
    """Print a line per contestant and size."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--sizes", default=SIZES, help="rows x columns, parted by commas")
    parser.add_argument("--peers", default="", help="environment that holds the peers")
    parser.add_argument("--runs", type=int, default=1, help="how often each contestant runs")
    parser.add_argument("--commands", action="store_true", help="time the command line too")
    given = parser.parse_args()
    print("CPU seconds, wall seconds, GB, MB of page; CPU over the Polars floor; CPU and wall over Clientela")
    for size in given.sizes.split(","):
        rows, columns = (int(part) for part in size.split("x"))
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "visits.parquet"
            write_table(path, rows, columns)
            print(f"{rows:,} x {columns}", flush=True)
            entries = contestants(path, rows, given.peers)
            if given.commands:
                entries |= commands(path)
            show(compare(entries, given.runs))


if __name__ == "__main__":
    main()
