"""The e-mail test that the benches of experiments resample."""

from __future__ import annotations

import gzip
import os
from pathlib import Path

import polars as pl

ROOT = Path(__file__).resolve().parents[1]


def hillstrom() -> pl.DataFrame:
    """Return Hillstrom's 64,000 customers."""
    folder = Path(os.environ.get("CLIENTELA_DATA", ROOT.parent / "shared" / "data"))
    with gzip.open(folder / "hillstrom.csv.gz") as file:
        return pl.read_csv(file.read(), infer_schema_length=None)
