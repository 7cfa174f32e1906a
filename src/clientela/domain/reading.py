"""How a table was read: what was set aside, and every coercion counted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from clientela.domain.column import Storage
from clientela.domain.record import Record

WAYS_APART = " or "
"""What stands between several ways in which the dates of one column are written."""


@dataclass(frozen=True)
class SetAside(Record):
    """One row of a sheet that holds no data.

    Attributes:
        row: Row number in the sheet or file, from 1.
        kind: "title", "note", "blank", "header" (a second header line) or "total".
        text: Its cells joined by " | ", cut at 200 characters.
    """

    row: int
    kind: str
    text: str


@dataclass(frozen=True)
class ReadColumn(Record):
    """How one column was read.

    Attributes:
        name: Name given to the column (unique in the table).
        header: Text of the header cell as found; "" where it was blank.
        letter: Column letter in the sheet ("A", "B", ..., "AA").
        storage: Storage type chosen.
        kinds: How many cells were stored as "text", "number", "boolean", "date",
            "error" in the source; a csv file stores text only.
        coercions: How many cells were changed and how: "number_as_text" (text read as a
            number), "decimal_comma", "thousands", "currency", "percent", "date_as_text",
            "boolean_as_text", "stray_space" (blanks trimmed), "blank" (empty text read as
            missing), "null_word" ("n/a" and the like read as missing), "merged" (filled
            from a merged cell), "error" (#N/A and the like read as missing),
            "id_precision_lost", "encoding_damage" (cells with a replacement character or mojibake).
        mixed: How many cells do not fit the type of the others; the column was then
            kept as text.
        examples: Up to three cells that do not fit, cut at 80 characters.
        dates: How its dates are written as text, such as "day.month.year", "year-month-dayThourZ" or "year-month-day
            hour+01:00 or year-month-day hour+02:00"; "?/?/year" where every cell fits both orders, "" where there
            are none.
    """

    name: str
    header: str
    letter: str
    storage: Storage
    kinds: Mapping[str, int] = field(default_factory=dict)
    coercions: Mapping[str, int] = field(default_factory=dict)
    mixed: int = 0
    examples: tuple[str, ...] = ()
    dates: str = ""


@dataclass(frozen=True)
class Reading(Record):
    """How a table was read from its source.

    Attributes:
        source: File name without folders, or "frame".
        format: "xlsx", "csv", "parquet", "jsonl", "arrow", "duckdb", "frame", ...
        sheet: Sheet, table or query name, else None.
        sheets: All sheets or tables the source has.
        header_row: Row number of the (last) header line, from 1; 0 where there is none.
        header_lines: How many lines make the header.
        set_aside: Rows that hold no data, in order; at most the first 100.
        set_aside_count: How many rows were set aside in all.
        merged: Number of merged ranges in the sheet.
        hidden: Names of hidden sheets, rows or columns, as phrases.
        formulas_without_value: Number of formulas that have no stored value.
        delimiter: Delimiter of a text file, else "".
        encoding: Encoding of a text file, else "".
        columns: One record per column; empty where the source is typed itself.
        notes: Further sentences for the user.
        fingerprint: SHA-256 of the bytes read, or of name, size and time of change for
            sources over 1 GB; "" for frames.
    """

    source: str
    format: str
    sheet: str | None = None
    sheets: tuple[str, ...] = ()
    header_row: int = 1
    header_lines: int = 1
    set_aside: tuple[SetAside, ...] = ()
    set_aside_count: int = 0
    merged: int = 0
    hidden: tuple[str, ...] = ()
    formulas_without_value: int = 0
    delimiter: str = ""
    encoding: str = ""
    columns: tuple[ReadColumn, ...] = ()
    notes: tuple[str, ...] = ()
    fingerprint: str = ""
