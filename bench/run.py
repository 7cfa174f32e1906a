"""The main job as a whole process: seconds and peak memory of help, of the bundled workbook, of a large table.

    make bench NAME=run                       # help and the bundled workbook
    python bench/run.py --rows 10000000       # and a generated parquet of so many visits, which are scored too

Peak memory is the largest resident size of the process, as the system accounts it.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
COMMAND = [sys.executable, "-c", "from clientela.cli.main import main; main()"]


def measured(*arguments: str) -> tuple[float, float]:
    """Run `clientela` with arguments and return wall seconds and peak memory in GB."""
    start = time.perf_counter()
    process = subprocess.Popen([*COMMAND, *arguments], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    complaint = process.stderr.read() if process.stderr else b""
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        sys.exit(f"clientela {arguments[0]} failed: {complaint.decode()[-500:]}")
    return time.perf_counter() - start, usage.ru_maxrss / 1024**2


def main() -> None:
    """Print one line per measurement."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=0, help="rows of the large table; 0 leaves it out")
    rows = parser.parse_args().rows
    helps = sorted(measured("--help")[0] for _ in range(11))
    print(f"help: median {statistics.median(helps) * 1000:.0f} ms, worst {helps[-1] * 1000:.0f} ms of 11")
    with tempfile.TemporaryDirectory() as folder:
        book = str(ROOT / "examples" / "shop_visits.xlsx")
        asked = ("--collected", "A:E", "--label", "revenue_group")
        seconds, memory = measured("run", book, "--sheet", "sample_03", *asked, "--out", f"{folder}/shop")
        print(f"bundled workbook to report: {seconds:.1f} s, {memory:.2f} GB")
        if rows:
            table = f"{folder}/visits.parquet"
            seconds, memory = measured("sample", "--rows", str(rows), "--out", table)
            print(f"{rows:,} rows generated: {seconds:.0f} s, {memory:.2f} GB")
            seconds, memory = measured("run", table, *asked, "--out", f"{folder}/large")
            print(f"{rows:,} rows to report: {seconds:.0f} s, {memory:.2f} GB")
            seconds, memory = measured("score", f"{folder}/large", table, "--out", f"{folder}/scores.parquet")
            print(f"{rows:,} rows scored: {seconds:.0f} s, {memory:.2f} GB")


if __name__ == "__main__":
    main()
