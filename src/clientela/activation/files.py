"""Audiences as files: csv in which no cell is a formula, Parquet beside it, and the data import of Google Analytics."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import polars as pl

from clientela.activation.columns import Columns
from clientela.activation.members import Member
from clientela.activation.options import Ga4
from clientela.domain.errors import RefusedError, quoted

CSV, PARQUET, IMPORT = "audience.csv", "audience.parquet", "data_import.csv"
RISKY = r"^\s*[=+\-@\x{FF1D}\x{FF0B}\x{FF0D}\x{FF20}]|^[\t\r\n]"
"""What a spreadsheet takes for the beginning of a formula, wide forms of East Asian keyboards included (OWASP, CSV
injection)."""


def inert(frame: pl.DataFrame) -> pl.DataFrame:
    """Return the frame with an apostrophe before every text and header a spreadsheet would run.

    >>> inert(pl.DataFrame({"=a": ["=1+1", "ok"]})).rows()
    [("'=1+1",), ('ok',)]
    """
    safe = [_apostrophe(name) for name, kind in frame.schema.items() if kind == pl.String]
    headers = pl.DataFrame({"name": pl.Series(frame.columns, dtype=pl.String)}).select(_apostrophe("name"))
    return frame.with_columns(safe).rename(dict(zip(frame.columns, headers.to_series(), strict=True)))


def _apostrophe(name: str) -> pl.Expr:
    cell = pl.col(name)
    return pl.when(cell.str.contains(RISKY)).then("'" + cell).otherwise(cell).alias(name)


def table(members: Sequence[Member], columns: Columns, segment: str) -> pl.DataFrame:
    """Return the members as a table: the visitor, digests of the identifiers, the segment.

    The visitor is left out where the column that names it holds the e-mail address or phone number itself.

    Args:
        members: The members.
        columns: What was what.
        segment: Name of the segment.
    """
    data: dict[str, list[str | None]] = {}
    if columns.visitor not in columns.identifiers:
        data["visitor"] = [member.visitor for member in members]
    if columns.email:
        data["email_sha256"] = [member.email or None for member in members]
    if columns.phone:
        data["phone_sha256"] = [member.phone or None for member in members]
    data["segment"] = [segment] * len(members)
    return pl.DataFrame(data, schema=dict.fromkeys(data, pl.String()))


def write_table(members: Sequence[Member], columns: Columns, segment: str, folder: Path) -> None:
    """Write `audience.csv`, in which nothing is a formula, and `audience.parquet` with the cells as they are."""
    frame = table(members, columns, segment)
    inert(frame).write_csv(folder / CSV)
    frame.write_parquet(folder / PARQUET)


def write_import(members: Sequence[Member], segment: str, options: Ga4, folder: Path) -> bool:
    """Write the file of Google Analytics' data import of user data, and tell whether it could be.

    Users are joined by the user id where every member has one, else by stream id and client id
    (support.google.com/analytics/answer/10071143).

    Args:
        members: The members.
        segment: Value of the user property.
        options: Stream and property.
        folder: Where to write.

    Raises:
        RefusedError: The segment would be a formula.
    """
    if pl.Series([segment]).str.contains(RISKY).any():
        raise RefusedError(f"The name of the segment, {quoted(segment)}, would be a formula in a spreadsheet.")
    if all(member.user_id for member in members):
        data = {"user_id": [member.user_id for member in members]}
    elif options.stream:
        data = {
            "stream_id": [options.stream] * len(members),
            "client_id": [member.client_id for member in members],
        }
    else:
        return False
    pl.DataFrame({**data, options.property: [segment] * len(members)}).write_csv(folder / IMPORT)
    return True
