"""Rules of segments as files: one per language."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from clientela.domain.column import Storage
from clientela.segments.jsonlogic import document
from clientela.segments.result import SegmentResult
from clientela.segments.sql import Dialect, query
from clientela.segments.standalone import source

TABLE = "visits"


def write_rules(result: SegmentResult, stored: Mapping[str, Storage], folder: Path) -> None:
    """Write `duckdb.sql`, `bigquery.sql`, `spark.sql` (on a table called visits), `jsonlogic.json` and `segment.py`.

    Args:
        result: The segments.
        stored: How the columns of the rules are stored.
        folder: Where to write.
    """
    for dialect in Dialect:
        text = query(result, stored, dialect, TABLE) + "\n"
        (folder / f"{dialect.value}.sql").write_text(text, encoding="utf-8")
    (folder / "jsonlogic.json").write_bytes(document(result, stored))
    (folder / "segment.py").write_text(source(result), encoding="ascii")
