"""Time the reading of a workbook and of a large csv file: python bench/reading.py [rows] [csv rows]."""

from __future__ import annotations

import random
import resource
import sys
import tempfile
import time
from pathlib import Path

import xlsxwriter

from clientela.sources.opening import open_table

WORKBOOK_ROWS = 20_000
CSV_ROWS = 100_000


def write_workbook(path: Path, rows: int) -> None:
    """Write `rows` rows by 10 columns of text, numbers and booleans."""
    chance = random.Random(1)
    with xlsxwriter.Workbook(path, {"constant_memory": True}) as book:
        sheet = book.add_worksheet("data")
        sheet.write_row(0, 0, [f"c{index}" for index in range(10)])
        for row in range(1, rows + 1):
            numbers = (chance.random(), chance.gauss(0, 1), row, chance.randrange(100), chance.randrange(10))
            texts = (f"v{chance.randrange(30_000)}", chance.choice("abc"), f"{chance.random():.2f}".replace(".", ","))
            sheet.write_row(row, 0, (*numbers, *texts, chance.random() < 0.5, "2026-01-02"))


def write_csv(path: Path, rows: int) -> None:
    """Write `rows` rows by 20 columns."""
    chance = random.Random(1)
    lines = []
    for _ in range(1000):
        numbers = ",".join(f"{chance.random() * 1000:.4f}" for _ in range(10))
        whole = ",".join(str(chance.randrange(1000)) for _ in range(6))
        day = chance.randrange(1, 28)
        lines.append(
            f"{numbers},{whole},v{chance.randrange(3000)},{chance.choice('abc')},2026-01-{day:02d} 10:00:00,true\n"
        )
    with path.open("w", encoding="utf-8") as file:
        file.write(",".join(f"c{index}" for index in range(20)) + "\n")
        for _ in range(rows // len(lines)):
            file.writelines(lines)


def measure(path: Path) -> None:
    """Open a file and print what it took."""
    start = time.perf_counter()
    with open_table(path) as table:
        seconds = time.perf_counter() - start
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        size = path.stat().st_size // 1_000_000
        sys.stdout.write(
            f"{path.name}: {table.rows} x {len(table.fields)}, {size} MB, {seconds:.1f} s, {peak} MB peak\n"
        )


def main() -> None:
    """Measure both."""
    given = [int(value) for value in sys.argv[1:]]
    rows, lines = given + [WORKBOOK_ROWS, CSV_ROWS][len(given) :]
    with tempfile.TemporaryDirectory() as folder:
        if lines:
            write_csv(Path(folder) / "large.csv", lines)
            measure(Path(folder) / "large.csv")
        if rows:
            write_workbook(Path(folder) / "book.xlsx", rows)
            measure(Path(folder) / "book.xlsx")


if __name__ == "__main__":
    main()
