"""Run a statement on a Spark of this machine; for the Python of an environment that holds pyspark.

    python on_spark.py rows.parquet statement.sql found.parquet [true|false]

Columns of the parquet file are called by their place; `columns.json` beside it holds their names. Writes the
columns "row" and "segment" of what the statement gives. The last word is whether Spark keeps to ANSI SQL.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from pyspark.sql import SparkSession


def main() -> None:
    """Run it."""
    rows, statement, found, ansi = sys.argv[1:]
    settings = {"spark.ui.enabled": "false", "spark.sql.ansi.enabled": ansi, "spark.sql.shuffle.partitions": "1"}
    builder = SparkSession.builder.master("local[1]")
    for name, value in settings.items():
        builder = builder.config(name, value)
    session = builder.getOrCreate()
    session.sparkContext.setLogLevel("ERROR")
    names = json.loads((Path(rows).parent / "columns.json").read_text(encoding="utf-8"))
    session.read.parquet(rows).toDF(*names).createOrReplaceTempView("visits")
    answer = session.sql(Path(statement).read_text(encoding="utf-8"))
    answer.select("row", "segment").coalesce(1).write.parquet(found)
    session.stop()


if __name__ == "__main__":
    main()
