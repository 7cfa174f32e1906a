"""Rules of segments written as SQL, JSON and Python against `assign` on many rows.

    python bench/segments_rules.py --rows 1000000
    python bench/segments_rules.py --rows 1000000 --spark /path/to/venv

Prints, for each, how many rows got another segment than `assign` gave them, and the CPU seconds. Cells are null, NaN,
infinite, blank and never seen before; names and values need quoting (tests/segments/exported.py). What is written for
BigQuery is parsed only; what is written for Spark runs on a Spark of this machine where `--spark` names an environment
that holds pyspark (and there is a Java), with ANSI SQL and without.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import subprocess
import tempfile
import time
from pathlib import Path
from types import ModuleType

import duckdb
import polars as pl
import sqlglot

from clientela.segments.jsonlogic import document
from clientela.segments.rules import BLANKS, assign
from clientela.segments.sql import Dialect, query
from clientela.segments.standalone import source


def loaded(path: Path) -> ModuleType:
    """Return a Python file as a module."""
    spec = importlib.util.spec_from_file_location(path.stem, path)
    if spec is None or spec.loader is None:
        raise FileNotFoundError(path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def main() -> None:
    """Print one line per way to write the rules."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--json-rows", type=int, default=50_000)
    parser.add_argument("--spark", default="", help="environment that holds pyspark")
    given = parser.parse_args()
    made = loaded(Path(__file__).resolve().parents[1] / "tests" / "segments" / "exported.py")
    segments, frame = made.result(*made.RULES), made.rows(given.rows)
    expected = assign(segments, frame)
    print(f"{given.rows:,} rows, {expected.n_unique()} of {len(made.RULES)} segments occur")

    start = time.process_time()
    with duckdb.connect() as database:
        database.register("visits", frame.to_arrow())
        statement = query(segments, made.STORED, Dialect.DUCKDB, "visits")
        found = pl.DataFrame(database.sql(statement).to_arrow_table()).get_column("segment")
    told("DuckDB", found, expected, start)

    start = time.process_time()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "rules.py"
        path.write_text(source(segments), encoding="ascii")
        rule = loaded(path).segment
        found = pl.Series([rule(row) for row in frame.iter_rows(named=True)])
    told("Python", found, expected, start)

    start = time.process_time()
    rule, columns = (json.loads(document(segments, made.STORED))[key] for key in ("rule", "columns"))
    few = frame.head(given.json_rows).with_columns(
        pl.when(pl.col(made.HOSTILE).str.strip_chars(BLANKS) != "").then(made.HOSTILE).otherwise(None),
        pl.when(pl.col("spend").is_finite()).then("spend").otherwise(None),
    )
    answers = [
        made.logic(rule, {variable: row[name] for variable, name in columns.items()})
        for row in few.iter_rows(named=True)
    ]
    told(f"JsonLogic, {few.height:,} rows", pl.Series(answers), expected.head(few.height), start)

    for dialect in (Dialect.BIGQUERY, Dialect.SPARK):
        [parsed] = sqlglot.parse(query(segments, made.STORED, dialect, "visits"), read=dialect.value)
        print(f"{dialect.value:24} parsed: {type(parsed).__name__}")
    if given.spark:
        for ansi in (False, True):
            start = time.process_time()
            statement = query(segments, made.STORED, Dialect.SPARK, "visits")
            told(f"Spark, ANSI {ansi}", on_spark(frame, statement, given.spark, ansi), expected, start)


def on_spark(frame: pl.DataFrame, statement: str, environment: str, ansi: bool) -> pl.Series:
    """Return the segment of every row as Spark gives it."""
    with tempfile.TemporaryDirectory() as folder:
        rows, sql, found = (Path(folder) / name for name in ("rows.parquet", "statement.sql", "found"))
        numbered = frame.with_row_index("row")
        numbered.rename({name: f"c{place}" for place, name in enumerate(numbered.columns)}).write_parquet(rows)
        (Path(folder) / "columns.json").write_text(json.dumps(numbered.columns), encoding="utf-8")
        sql.write_text(statement, encoding="utf-8")
        script = Path(__file__).parent / "segments_rules_parts" / "on_spark.py"
        python = Path(environment) / "bin" / "python"
        words = [str(word) for word in (python, script, rows, sql, found, str(ansi).lower())]
        subprocess.run(words, check=True, capture_output=True)
        answer = pl.read_parquet(found / "*.parquet")
    return numbered.select("row").join(answer, on="row", how="left", maintain_order="left").get_column("segment")


def told(name: str, found: pl.Series, expected: pl.Series, start: float) -> None:
    """Print how many rows differ and what it took."""
    differ = int(found.ne_missing(expected).sum())
    print(f"{name:24} {differ} rows differ, {time.process_time() - start:.1f} CPU s", flush=True)


if __name__ == "__main__":
    main()
