"""The rows behind a finding, bounded, with the query that selects all of them."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import dataclass

from clientela.audit.pointing import POINTERS, point
from clientela.audit.profiles import hidden, mask
from clientela.audit.result import AuditResult
from clientela.domain.column import Field
from clientela.domain.errors import InputError, listed, quoted
from clientela.domain.finding import CODES, Finding
from clientela.domain.reading import Reading
from clientela.domain.record import Record
from clientela.tables.matching import selection
from clientela.tables.table import Table

MOST_ROWS = 20
MOST_COLUMNS = 8


@dataclass(frozen=True)
class Listing(Record):
    """Some of the rows behind one finding.

    Attributes:
        number: Place of the finding among all, from 1.
        finding: The finding.
        means: What the rows have in common, as it follows "rows"; "" where there are none.
        columns: Columns shown.
        left_out: Columns of the finding that are not shown.
        rows: Position of the row in the table, from 1, and its cells as text; None where there is no cell.
        more: Whether there are further rows.
        sql: Query that selects all of them, on a table of this name.
        reason: Why there are no rows; "" where there are.
    """

    number: int
    finding: Finding
    means: str
    columns: tuple[str, ...]
    left_out: int
    rows: tuple[tuple[int, tuple[str | None, ...]], ...]
    more: bool
    sql: str
    reason: str


def chosen(result: AuditResult, wanted: str) -> tuple[int, ...]:
    """Return the numbers of the findings that are meant: one number, or all findings of a code.

    Args:
        result: The audit.
        wanted: A number from 1, or a code.

    Raises:
        InputError: There is no such finding.
    """
    codes = [finding.code for finding in result.findings]
    if wanted.isdecimal():
        if not 1 <= int(wanted[:9]) <= len(codes):
            raise InputError(f"There is no finding {wanted[:9]}: the audit has findings 1 to {len(codes)}.")
        return (int(wanted),)
    if wanted in codes:
        return tuple(number for number, code in enumerate(codes, start=1) if code == wanted)
    if wanted in CODES:
        tested = any(test.code == wanted for test in result.tested)
        raise InputError(
            f"No finding has the code {wanted}: it was {'' if tested else 'not '}tested for in this table."
        )
    near = difflib.get_close_matches(wanted, CODES, n=3) or list(dict.fromkeys(codes))
    raise InputError(f"There is no finding code {quoted(wanted)}: take a number, or one of {listed(near)}.")


def list_rows(table: Table, result: AuditResult, number: int) -> Listing:
    """Return the first rows behind a finding; cells with personal data are masked.

    Args:
        table: The table that was audited.
        result: Its audit.
        number: Place of the finding, from 1.
    """
    finding = result.findings[number - 1]
    condition = point(finding, result)
    if condition is None:
        return Listing(number, finding, "", (), 0, (), more=False, sql="", reason=_why_none(finding))
    names = list(finding.columns) or [field.name for field in table.fields]
    key = result.roles.visit
    shown = list(dict.fromkeys([*([key] if key else []), *names]))
    kept = shown[:MOST_COLUMNS]
    frame = table.matching(condition, kept, MOST_ROWS + 1)
    personal = hidden(result.findings)
    rows = tuple(
        (row[0] + 1, tuple(_cell(value, masked=name in personal) for name, value in zip(kept, row[1:], strict=True)))
        for row in frame.head(MOST_ROWS).iter_rows()
    )
    return Listing(
        number=number,
        finding=finding,
        means=POINTERS[finding.code].means,
        columns=tuple(kept),
        left_out=len(shown) - len(kept),
        rows=rows,
        more=frame.height > MOST_ROWS,
        sql=query(result, finding, called(table.reading)),
        reason="" if rows else "No row of the table fulfils it: the cells were read as what they mean.",
    )


def query(result: AuditResult, finding: Finding, name: str) -> str:
    """Return the query that selects the rows behind a finding, "" where it has none.

    Args:
        result: The audit.
        finding: One of its findings.
        name: What the table is called.
    """
    condition = point(finding, result)
    fields = [Field(column.name, column.storage) for column in result.roles.columns]
    return selection(condition, fields, name) if condition is not None else ""


def called(reading: Reading) -> str:
    """Return the name of a table in queries: its sheet, else its file without endings."""
    return reading.sheet or reading.source.split(".")[0] or "table"


def _cell(value: object, *, masked: bool) -> str | None:
    if value is None:
        return None
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return mask(text) if masked else text


def _why_none(finding: Finding) -> str:
    if CODES[finding.code] == "sheet":
        rows: Sequence[int] = finding.evidence.get("rows", ()) if finding.code == "header_row" else ()
        where = f" (rows {', '.join(map(str, rows))} of the sheet)" if rows else ""
        return f"This is about the sheet, not about the table: what was set aside{where} is not among its rows."
    if finding.code in POINTERS:
        return "There are no rows to show: the cells were read as what they mean, or the test names no single row."
    return "This is about whole columns or the whole table: no single rows stand behind it."
