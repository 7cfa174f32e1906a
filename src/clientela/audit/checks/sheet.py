"""What the sheet holds that is no data."""

from __future__ import annotations

from collections import Counter

import polars as pl

from clientela.audit.checking import Checked, Context, RefusalError, conclude
from clientela.audit.facts import Facts
from clientela.audit.wording import counted, plural, several, verb
from clientela.domain.finding import Finding, Severity

WORKBOOKS = frozenset({"xlsx", "xlsm", "xls", "xlsb", "ods"})
LIMITS = (1_048_576, 1_048_575, 65_536, 65_535)
LEAST_ROUND = 1000
ROUND = frozenset(digit * 10**power for power in range(8) for digit in (*range(1000, 10_000, 1000), 1500, 2500, 7500))
"""Numbers that people and tools limit to: one digit and zeros, a quarter, one and a half, or three quarters."""

TYPED = frozenset({"frame", "parquet", "arrow", "duckdb"})
TOTAL = r"(?i)^(grand |sub|sub-)?total(s|e|en)?$|^(end|gesamt|zwischen)?summe$|^gesamt$|^insgesamt$|^som[ma]e?$|^suma$"
MOST_TOTALS = 0.01


def header_row(context: Context) -> Checked:
    """Tell where the header is, which rows were set aside, and where the header or a total stands among the data.

    A header is repeated where two cells of text or more of a row are the names of their own columns (the only
    one, in a table with a single column of text); a total where the first cell of text in a row is the word for it,
    on at most 1 % of the rows.
    """
    reading = context.facts.reading
    inside = _repeated_headers(context.facts)
    totals = _totals(context.facts)
    typed = reading.format in TYPED
    if typed and not inside and not totals:
        raise RefusalError("a typed source has no header row")
    kinds = Counter(row.kind for row in reading.set_aside if row.kind != "blank")
    moved = not typed and (reading.header_row != reading.header_lines or reading.header_lines > 1)
    if not kinds and not moved and not inside and not totals:
        return conclude(
            "header_row", (), len(context.facts.names), "header in the first row, no titles, notes or totals"
        )
    parts = ", ".join(plural(count, f"{kind} row") for kind, count in sorted(kinds.items()))
    title = f"The header stands in row {reading.header_row}" if reading.header_row else "There is no header row"
    if reading.header_lines > 1:
        title += f" and spans {reading.header_lines} rows"
    if parts:
        title += f"; {parts} {verb(sum(kinds.values()), 'was', 'were')} set aside"
    among = [f"{plural(count, what)}" for count, what in ((inside, "header row"), (totals, "total row")) if count]
    if among:
        title += f"; {' and '.join(among)} {verb(inside + totals, 'stands', 'stand')} among the data"
    evidence = {
        "header_row": reading.header_row,
        "header_lines": reading.header_lines,
        "set_aside": reading.set_aside_count,
        "rows": [row.row for row in reading.set_aside if row.kind != "blank"][:20],
        "headers_inside": inside,
        "totals_inside": totals,
    }
    advice = "Check that the rows set aside hold no visits; a file for machines has one header row and no totals."
    if among:
        advice = "Remove headers and totals among the data: they make text of numbers and count sums as visits."
    severity = Severity.WARNING if among else Severity.NOTICE if "total" in kinds else Severity.INFO
    return Checked((Finding("header_row", severity, (), title + ".", evidence, advice),))


def _repeated_headers(facts: Facts) -> int:
    """Return how many rows repeat the header; those the sample holds, scaled."""
    same = [
        pl.col(c.name).str.strip_chars().str.to_lowercase().eq(c.name.strip().lower()).fill_null(value=False)
        for c in facts.text
    ]
    if not same:
        return 0
    rows = facts.sample.select(pl.sum_horizontal(same).alias("n"))["n"]
    return round(int((rows >= min(2, len(same))).sum()) * facts.scale)


def _totals(facts: Facts) -> int:
    """Return how many rows are totals by the word in their first text; none where there are more than 1 %."""
    texts = [pl.col(c.name) for c in facts.text]
    if not texts or not facts.numeric:
        return 0
    first = facts.sample.select(pl.coalesce(texts).str.strip_chars(" :=").alias("cell"))["cell"]
    rows = int(first.str.contains(TOTAL).sum())
    return round(rows * facts.scale) if rows <= MOST_TOTALS * facts.sampled else 0


def empty_rows_columns(context: Context) -> Checked:
    """Count blank rows and columns without any value."""
    facts = context.facts
    rows = sum(1 for row in facts.reading.set_aside if row.kind == "blank")
    empty = tuple(column.name for column in facts.columns.values() if column.filled == 0)
    if not rows and not (empty and facts.rows):
        return conclude("empty_rows_columns", (), len(facts.names), "rows and columns without any value")
    parts = [plural(rows, "row")] * bool(rows) + [plural(len(empty), "column")] * bool(empty)
    title = f"{' and '.join(parts)} {verb(rows + len(empty), 'holds', 'hold')} nothing at all" + (
        f" ({several(empty)})." if empty else "."
    )
    evidence = {"blank_rows": rows, "empty_columns": len(empty)}
    severity = Severity.NOTICE if empty else Severity.INFO
    advice = "Nothing was lost by leaving them out; ask whether an empty column was meant to be filled."
    return Checked((Finding("empty_rows_columns", severity, empty, title, evidence, advice),))


def merged_cells(context: Context) -> Checked:
    """Tell of merged cells."""
    reading = context.facts.reading
    if reading.format not in WORKBOOKS:
        raise RefusalError("only workbooks merge cells")
    filled = tuple(column.name for column in reading.columns if column.coercions.get("merged", 0) > 0)
    finding = None
    if reading.merged:
        cells = sum(column.coercions.get("merged", 0) for column in reading.columns)
        where = (
            f"{plural(cells, 'cell')} of data {verb(cells, 'was', 'were')} filled from them"
            if cells
            else "none of them in the data"
        )
        title = f"The sheet holds {plural(reading.merged, 'merged range')}; {where}."
        evidence = {"merged_ranges": reading.merged, "cells_filled": cells}
        advice = "Unmerge cells in the sheet: a merged cell hides which row its value belongs to."
        severity = Severity.NOTICE if cells else Severity.INFO
        finding = Finding("merged_cells", severity, filled, title, evidence, advice)
    return conclude("merged_cells", [finding], len(context.facts.names), "merged ranges in the sheet")


def hidden_parts(context: Context) -> Checked:
    """Tell of hidden sheets, rows and columns."""
    reading = context.facts.reading
    if reading.format not in WORKBOOKS:
        raise RefusalError("only workbooks hide parts")
    finding = None
    if reading.hidden:
        title = f"The workbook hides {several(reading.hidden)}."
        advice = "Ask why they are hidden: hidden rows may be a filter that somebody set before sharing the extract."
        finding = Finding("hidden_parts", Severity.NOTICE, (), title, {"hidden": list(reading.hidden[:20])}, advice)
    return conclude("hidden_parts", [finding], len(context.facts.names), "hidden sheets, rows and columns")


def formula_without_value(context: Context) -> Checked:
    """Tell of formulas without a stored value."""
    reading = context.facts.reading
    if reading.format not in WORKBOOKS:
        raise RefusalError("only workbooks hold formulas")
    finding = None
    if reading.formulas_without_value:
        count = reading.formulas_without_value
        carry = f"{verb(count, 'carries', 'carry')} no stored value and {verb(count, 'was', 'were')} read as missing"
        title = f"{plural(count, 'formula')} {carry}."
        evidence = {"formulas": reading.formulas_without_value}
        advice = "Open the workbook, let it calculate, save it and run again."
        finding = Finding("formula_without_value", Severity.WARNING, (), title, evidence, advice)
    return conclude("formula_without_value", [finding], len(context.facts.names), "formulas without a stored value")


def row_limit(context: Context) -> Checked:
    """Tell where the number of rows is a limit of some tool: a known one, or round with or without header."""
    facts = context.facts
    if facts.rows < LEAST_ROUND - 1:
        raise RefusalError("too few rows for a limit")
    reading = facts.reading
    lines = facts.rows + reading.set_aside_count + (0 if reading.header_row == 0 else 1)
    finding = None
    if {facts.rows, lines} & set(LIMITS):
        title = (
            f"The table ends at {counted(facts.rows)} rows, the most its tool can hold: rows after that are missing."
        )
        advice = (
            "Export again to csv or parquet; do not draw conclusions about totals or the latest days from this extract."
        )
        finding = Finding("row_limit", Severity.WARNING, (), title, {"rows": facts.rows}, advice)
    elif {facts.rows, facts.rows + 1} & ROUND:
        exactly = "exactly" if facts.rows in ROUND else "with its header one more than"
        title = f"The table has {exactly} {counted(facts.rows)} rows: it was cut or sampled to a round number."
        advice = "Ask how the rows were chosen: the first ones of a sorted list are no fair sample."
        finding = Finding("row_limit", Severity.NOTICE, (), title, {"rows": facts.rows}, advice)
    return conclude(
        "row_limit", [finding], len(facts.names), "number of rows against limits of tools and round numbers"
    )
