"""A shop with visitors, segments and consent, in memory and as the folder of a run."""

from __future__ import annotations

import datetime
from pathlib import Path

import polars as pl

from clientela.activation.columns import Columns
from clientela.activation.members import visits_of
from clientela.activation.options import AudienceOptions
from clientela.domain.estimate import Estimate
from clientela.segments.result import Condition, Segment, SegmentResult
from clientela.workspace.artifacts import encode

COLUMNS = Columns("visitor", "ads_ok", "email", "phone", time="at")


def shop(count: int = 400) -> pl.DataFrame:
    """Return two visits of each visitor: one in ten never agreed, one in twenty has no phone, a third is no mobile."""
    return pl.DataFrame([_visit(place, day) for place in range(count) for day in (1, 2)])


def _visit(place: int, day: int) -> dict[str, object]:
    return {
        "visitor": f"v{place}",
        "at": datetime.date(2026, 3, day),
        "email": f"Guest.{place}@Example.com ",
        "phone": None if place % 20 == 7 else f"+49 170 {1000000 + place}",
        "client": f"{100000000 + place}.{1700000000 + place}",
        "ads_ok": "no" if place % 10 == 3 else "yes",
        "device": "desktop" if place % 3 == 0 else "mobile",
    }


def segments() -> SegmentResult:
    """Return two segments: by device, and all others."""
    one = Estimate(0.5, 0.4, 0.6, n=9, method="wilson")
    mobile = (Condition("device", "in", None, ("mobile",)),)
    found = [
        Segment(name, "", rule, 9, one, one, None, None, (), "")
        for name, rule in (("High value: mobile", mobile), ("All others", ()))
    ]
    return SegmentResult(tuple(found), "", None, 9, (), 0)


def visits(rows: pl.DataFrame, columns: Columns = COLUMNS, options: AudienceOptions | None = None) -> pl.DataFrame:
    """Return the visits of the shop with the mobile ones inside."""
    inside = (rows.get_column("device") == "mobile").alias("inside")
    return visits_of(rows, columns, inside, options or AudienceOptions())


TOML = """
[source]
file = "{source}"

[table]
visitor = "visitor"
time = "at"

[columns]
visitor = "identifier"

[audience]
consent = "ads_ok"
{more}
"""


def make_folder(path: Path, rows: pl.DataFrame, more: str = "", file: str = "visits.parquet") -> Path:
    """Write the folder of a run with these visits, and return it."""
    write_visits(rows, path / file)
    folder = path / "shop"
    folder.mkdir()
    source = (path / file).as_posix()
    (folder / "clientela.toml").write_text(TOML.format(source=source, more=more))
    (folder / "segments.json").write_bytes(encode(segments()))
    return folder


def write_visits(rows: pl.DataFrame, file: Path) -> None:
    """Write visits as Parquet or csv."""
    if file.suffix == ".csv":
        rows.write_csv(file)
    else:
        rows.write_parquet(file)
