"""Damaged batches: each must end in a check or in one sentence, never in an exception.

    python bench/monitoring_fuzz.py --minutes 15
    python bench/monitoring_fuzz.py --minutes 15 --bytes

Without `--bytes`, cells, columns and rows of a batch are damaged, and it is written as csv, JSON lines, Parquet, Arrow
or a workbook. With it, the bytes of such files are: by atheris, guided by what they reach in `clientela.sources`, where
it can be imported, else at random. Printed: how the batches ended, and each exception with its place.
"""

from __future__ import annotations

import argparse
import importlib
import importlib.util
import io
import os
import random
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import polars as pl
from monitoring_faults_parts.tables import visits

from clientela.domain.errors import ClientelaError
from clientela.monitoring.baseline import learn_baseline
from clientela.monitoring.checking import check
from clientela.tables.frames import from_frame

ROWS = 60
ODD = (
    *("", " ", "?", "NULL", "nan", "inf", "-1e999", "1,5", "1.234,5", "'", '"', '""', "\x00", "\ufeff", "=1+1"),
    *("#REF!", "2026-13-45", "1900-01-00", "0x1F", "é" * 300, "\t", "½", "-0", "9" * 400, "True", "€ 5", "5 %"),
    *("12:61", "\r\n", "\U0001f6d2"),
)
WRITERS = ("csv", "semicolons", "utf-16", "json", "parquet", "arrow", "xlsx")
KINDS = (pl.Float32, pl.Int8, pl.Boolean, pl.Datetime, pl.Date, pl.Duration, pl.Categorical, pl.Binary)
FACTORS = (-1.0, 0.0, 1e300, 1e-300, float("inf"), float("nan"), 1e18)


class Ends:
    """How the batches ended; a context that takes whatever one raises."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool:
        # the panic of a library is no Exception
        if error is None or isinstance(error, KeyboardInterrupt):
            return False
        if isinstance(error, ClientelaError):
            self.counts["one sentence"] += 1
        else:
            frames = [frame for frame in traceback.extract_tb(trace) if "clientela" in frame.filename]
            place = f"{Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else "nowhere"
            self.counts[f"EXCEPTION {type(error).__name__} at {place}: {str(error)[:100]!r}"] += 1
        return True

    def told(self) -> None:
        """Print them."""
        print(f"{self.counts.total()} batches")
        for end, count in self.counts.most_common():
            print(f"  {count:>6} {end}", flush=True)


def written(frame: pl.DataFrame, kind: str) -> bytes:
    """Return a frame as a file."""
    out = io.BytesIO()
    plain: dict[str, Callable[[io.BytesIO], object]] = {
        "parquet": frame.write_parquet,
        "arrow": frame.write_ipc,
        "json": frame.write_ndjson,
        "xlsx": frame.write_excel,
    }
    if kind in plain:
        plain[kind](out)
        return out.getvalue()
    frame.write_csv(out, separator=";" if kind == "semicolons" else ",")
    return out.getvalue().decode().encode("utf-16") if kind == "utf-16" else out.getvalue()


Damage = Callable[[pl.DataFrame, str, random.Random], pl.DataFrame]


def _odd_cells(frame: pl.DataFrame, column: str, rng: random.Random) -> pl.DataFrame:
    share, odd = rng.choice((0.02, 0.3, 1.0)), rng.choice(ODD)
    cells = [odd if rng.random() < share else value for value in frame[column].cast(pl.String)]
    return frame.with_columns(pl.Series(column, cells, dtype=pl.String))


def _scaled(frame: pl.DataFrame, column: str, rng: random.Random) -> pl.DataFrame:
    return frame.with_columns(frame[column].cast(pl.Float64, strict=False) * rng.choice(FACTORS))


DAMAGES: tuple[Damage, ...] = (
    _odd_cells,
    _odd_cells,
    _scaled,
    lambda frame, column, _: frame.drop(column),
    lambda frame, column, rng: frame.rename({column: rng.choice(ODD) + str(rng.randrange(99))}),
    lambda frame, _, rng: frame.head(rng.choice((0, 1, 2, 19, 20))),
    lambda frame, _, rng: pl.concat([frame] * rng.choice((2, 3))),
    lambda frame, column, rng: frame.with_columns(pl.col(column).alias(rng.choice(frame.columns))),
    lambda frame, column, _: frame.with_columns(pl.lit(None).alias(column)),
    lambda frame, column, rng: frame.with_columns(frame[column].cast(rng.choice(KINDS), strict=False)),
    lambda frame, _, rng: frame.select(rng.sample(frame.columns, frame.width)),
)


def _tables(seed: int) -> Iterator[bytes]:
    rng = random.Random(seed)
    while True:
        frame = visits(ROWS, rng.randrange(1 << 30))
        for _ in range(rng.randint(1, 4)):
            if frame.width and frame.height:
                try:
                    frame = rng.choice(DAMAGES)(frame, rng.choice(frame.columns), rng)
                except pl.exceptions.PolarsError:
                    continue  # not every column becomes every type
        try:
            yield written(frame, rng.choice(WRITERS))
        except (pl.exceptions.PolarsError, pl.exceptions.PanicException, ValueError, TypeError, OverflowError):
            continue  # not every type can be written


def _whole() -> list[bytes]:
    frame = visits(ROWS, 5)
    return [written(part, kind) for kind in WRITERS for part in (frame, frame.head(3))]


def _spoilt(seed: int) -> Iterator[bytes]:
    rng, whole = random.Random(seed), _whole()
    while True:
        data = bytearray(rng.choice(whole))
        for _ in range(rng.randint(1, 8)):
            place, length = rng.randrange(len(data) + 1), rng.choice((1, 1, 2, 8, 64))
            part = bytes(data[place : place + length])
            new = rng.choice((rng.randbytes(length), b"", part * 2, part * 4, rng.choice(ODD).encode() + part))
            data[place : place + length] = new
        yield bytes(data)


def main() -> None:
    """Damage batches for a while."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--minutes", type=float, default=1.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--bytes", action="store_true")
    asked = parser.parse_args()
    atheris: Any = None
    if asked.bytes and importlib.util.find_spec("atheris") is not None:
        atheris = importlib.import_module("atheris")
        with atheris.instrument_imports(include=["clientela.sources"]):
            opening: Any = importlib.import_module("clientela.sources.opening")
    else:
        opening = importlib.import_module("clientela.sources.opening")
    with from_frame(visits(2000, 1)) as table:
        baseline = learn_baseline(table, "paid")
    ends = Ends()
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "batch"

        until = time.monotonic() + 60 * asked.minutes

        def one(data: bytes) -> None:
            path.write_bytes(data)
            with ends, opening.open_table(path) as table:
                result = check(baseline, table)
                ends.counts["incidents" if result.incidents else "nothing found"] += 1

        if atheris is not None:
            _guided(atheris, one, Path(name), asked.seed, lambda: time.monotonic() > until and ends.told() is None)
        for data in _spoilt(asked.seed) if asked.bytes else _tables(asked.seed):
            if time.monotonic() > until:
                break
            one(data)
        ends.told()


def _guided(atheris: Any, one: Callable[[bytes], None], folder: Path, seed: int, over: Callable[[], bool]) -> None:
    start = folder / "start"
    start.mkdir()
    for number, data in enumerate(_whole()):
        (start / str(number)).write_bytes(data)

    def until_over(data: bytes) -> None:
        one(data)
        if over():
            os._exit(0)  # libFuzzer would leave the process without a word

    atheris.Setup([sys.argv[0], f"-seed={seed}", "-max_len=65536", "-timeout=300", str(start)], until_over)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
