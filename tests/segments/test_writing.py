"""Rules as files: one per language, all of which give the same members."""

from __future__ import annotations

import json
import runpy
from pathlib import Path

import duckdb
import numpy as np
import polars as pl

from clientela.domain.column import Storage
from clientela.domain.estimate import Estimate
from clientela.segments.result import Condition, Segment, SegmentResult
from clientela.segments.rules import assign
from clientela.segments.writing import write_rules

ONE = Estimate(0.5, 0.4, 0.6, n=90, method="wilson")
RULES = (
    (Condition("it's pages", ">", 6.0), Condition("device", "not in", None, ("mobile",), missing_too=True)),
    (Condition("device", "in", None, ("mobile", "watch")),),
    (),
)
STORED = {"it's pages": Storage.INTEGER, "device": Storage.TEXT}


def test_every_file_gives_the_same_members(tmp_path: Path) -> None:
    """DuckDB and Python select what the rules select; all five files are there; JSON is JSON."""
    segments = tuple(Segment(f"s'{i}", "", rule, 1, ONE, ONE, None, None, (), "") for i, rule in enumerate(RULES))
    result = SegmentResult(segments, "", None, 300, (), 0)
    write_rules(result, STORED, tmp_path)
    files = {path.name for path in tmp_path.iterdir()}
    assert files == {"duckdb.sql", "bigquery.sql", "spark.sql", "jsonlogic.json", "segment.py"}
    rng = np.random.default_rng(0)
    device = [None if i % 7 == 0 else name for i, name in enumerate(rng.choice(["mobile", "watch", "desktop"], 300))]
    visits = pl.DataFrame({"it's pages": rng.integers(0, 12, 300), "device": device})
    wanted = assign(result, visits).to_list()
    assert len(set(wanted)) == 3
    connection = duckdb.connect()
    connection.register("visits", visits.to_arrow())
    assert [row[-1] for row in connection.execute((tmp_path / "duckdb.sql").read_text()).fetchall()] == wanted
    connection.close()
    scope = runpy.run_path(str(tmp_path / "segment.py"))
    assert [scope["segment"](row) for row in visits.iter_rows(named=True)] == wanted
    assert json.loads((tmp_path / "jsonlogic.json").read_text())["columns"]
