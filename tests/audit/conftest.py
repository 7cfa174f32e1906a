"""Tables to audit, built on the spot."""

from __future__ import annotations

import gzip
import zipfile
from collections.abc import Callable
from functools import cache
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from clientela.audit.auditing import audit, understand
from clientela.audit.checking import Check, Checked, Context, RefusalError
from clientela.audit.result import AuditResult
from clientela.domain.reading import Reading
from clientela.domain.roles import Ask
from clientela.tables.frames import from_frame


@pytest.fixture(scope="session")
def context_of() -> Callable[..., Context]:
    """Return a function that gives the context of a frame; several checks of one frame share it."""
    kept: dict[int, tuple[pl.DataFrame, Context]] = {}

    def build(frame: pl.DataFrame, ask: Ask | None = None, reading: Reading | None = None) -> Context:
        if ask is not None or reading is not None:
            return understand(from_frame(frame, reading), ask or Ask())
        if id(frame) not in kept:
            # The frame is kept with its context, so that no other frame gets its id.
            kept[id(frame)] = (frame, understand(from_frame(frame), Ask()))
            if len(kept) > KEPT:
                del kept[next(iter(kept))]
        return kept[id(frame)][1]

    return build


@pytest.fixture(scope="session")
def audited() -> Callable[..., AuditResult]:
    """Return a function that audits a frame."""

    def build(frame: pl.DataFrame, ask: Ask | None = None, reading: Reading | None = None) -> AuditResult:
        with from_frame(frame, reading) as table:
            return audit(table, ask or Ask())

    return build


@pytest.fixture(scope="session")
def said(context_of: Callable[..., Context]) -> Callable[..., Checked | None]:
    """Return a function that runs one check on a frame; None where it refuses."""

    def run(
        check: Check, frame: pl.DataFrame, ask: Ask | None = None, reading: Reading | None = None
    ) -> Checked | None:
        try:
            return check(context_of(frame, ask, reading))
        except RefusalError:
            return None

    return run


KEPT = 12
TABLES = {
    "online_shoppers": "online_shoppers.csv",
    "bank_additional": "bank-additional.zip",
    "bank": "bank.zip",
    "hillstrom": "hillstrom.csv.gz",
    "online_retail": "online_retail.parquet",
    "cdnow": "cdnow_master.txt.gz",
}


def read_real(path: Path) -> pl.DataFrame:
    """Return a real table as it is."""
    if path.suffix == ".parquet":
        return pl.read_parquet(path)
    if path.suffix == ".zip":
        with zipfile.ZipFile(path) as packed:
            name = next(n for n in packed.namelist() if n.endswith("full.csv") and "MACOSX" not in n)
            return pl.read_csv(packed.read(name), separator=";", infer_schema_length=None)
    if path.name.endswith(".txt.gz"):
        lines = gzip.decompress(path.read_bytes()).decode().splitlines()
        text = "\n".join(",".join(line.split()) for line in lines)
        return pl.read_csv(text.encode(), schema_overrides={"customer_id": pl.String})
    frame = pl.read_csv(path, infer_schema_length=None)
    yes = [c for c in frame.columns if frame[c].dtype == pl.String and set(frame[c].unique()) == {"TRUE", "FALSE"}]
    return frame.with_columns(pl.col(yes) == "TRUE")


@pytest.fixture(scope="session")
def real(real_data: Callable[[str], Path]) -> Callable[[str], pl.DataFrame]:
    """Return a function that gives a real table by its name, the same frame each time."""
    return cache(lambda name: read_real(real_data(TABLES[name])))


@pytest.fixture(scope="session")
def real_audit(real: Callable[[str], pl.DataFrame]) -> Callable[[str], AuditResult]:
    """Return a function that gives the audit of a real table by its name, made once per session."""

    @cache
    def give(name: str) -> AuditResult:
        with from_frame(real(name)) as table:
            return audit(table)

    return give


@pytest.fixture(scope="session")
def plain() -> pl.DataFrame:
    """Return 2,000 visits of 800 visitors with nothing wrong in them."""
    rng = np.random.default_rng(3)
    n = 2000
    score = rng.normal(size=n)
    minutes = np.sort(rng.integers(0, 180 * 24 * 60, n))
    return pl.DataFrame(
        {
            "visit_id": np.arange(10_001, 10_001 + n),
            "visitor_id": [f"v{i:04d}" for i in rng.integers(0, 800, n)],
            "visit_time": pl.Series(minutes).cast(pl.Int64) * 60_000_000,
            "device": rng.choice(["mobile", "desktop", "tablet"], n, p=[0.6, 0.3, 0.1]),
            "amount_seen": np.round(rng.lognormal(3, 0.5, n), 4),
            "clicks": rng.poisson(6, n),
            "temper": score * 3.7 + 11.3,
            "converted": rng.random(n) < 1 / (1 + np.exp(1.5 - 0.6 * score)),
        }
    ).with_columns(pl.col("visit_time").cast(pl.Datetime("us")) + pl.duration(days=20_000))
