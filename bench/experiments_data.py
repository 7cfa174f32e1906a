"""The data that the benches of experiments resample."""

from __future__ import annotations

import gzip
import os
from pathlib import Path

import polars as pl

ROOT = Path(__file__).resolve().parents[1]


def hillstrom() -> pl.DataFrame:
    """Return Hillstrom's 64,000 customers."""
    with gzip.open(_folder() / "hillstrom.csv.gz") as file:
        return pl.read_csv(file.read(), infer_schema_length=None)


def retail_customers() -> pl.Series:
    """Return what each customer of Online Retail spent in a year, returns left out."""
    frame = pl.read_parquet(_folder() / "online_retail.parquet")
    bought = frame.filter((pl.col("Quantity") > 0) & (pl.col("UnitPrice") > 0) & pl.col("CustomerID").is_not_null())
    spent = (pl.col("Quantity") * pl.col("UnitPrice")).sum().alias("spent")
    return bought.group_by("CustomerID").agg(spent)["spent"].sort()


def retail_orders() -> pl.Series:
    """Return the value of each order of Online Retail, returns left out."""
    frame = pl.read_parquet(_folder() / "online_retail.parquet")
    bought = frame.filter((pl.col("Quantity") > 0) & (pl.col("UnitPrice") > 0))
    spent = (pl.col("Quantity") * pl.col("UnitPrice")).sum().alias("spent")
    return bought.group_by("InvoiceNo").agg(spent)["spent"].sort()


def cdnow_quarter() -> pl.Series:
    """Return what each of CDNOW's 23,570 customers spent from April to June 1998, zeros included."""
    with gzip.open(_folder() / "cdnow_master.txt.gz", "rt") as file:
        rows = [line.split() for line in file][1:]
    frame = pl.DataFrame(
        {"who": [row[0] for row in rows], "day": [row[1] for row in rows], "spent": [float(row[3]) for row in rows]}
    )
    late = pl.when(pl.col("day") >= "19980401").then(pl.col("spent")).otherwise(0.0)
    return frame.group_by("who").agg(late.sum().alias("spent"))["spent"].sort()


def _folder() -> Path:
    return Path(os.environ.get("CLIENTELA_DATA", ROOT.parent / "shared" / "data"))
