"""The sample as a workbook: notes, two other extracts, and `sample_03` with all the dirt of real sheets."""

from __future__ import annotations

from datetime import datetime, time
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from clientela.domain.progress import Progress
from clientela.samples import dirt, world
from clientela.samples.columns import COLUMNS
from clientela.samples.dirt import Extract
from clientela.samples.truth import Tally
from clientela.samples.visitors import GROUP_VISITORS, GROUP_VISITS

FIRST_LINE = 4
HIDDEN_COLUMN = "src_ref"
VISITORS_LISTED = 800
ORDERS_FROM = 3_000
CHUNK = 20_000

_CREATED = datetime.combine(world.LAST_DAY, time())
_OPTIONS = {"constant_memory": True, "default_date_format": "yyyy-mm-dd hh:mm:ss"}


def write_workbook(path: Path, extract: Extract, progress: Progress) -> Tally:
    """Write the workbook and return the counts of `sample_03`.

    Args:
        path: File to write; its folder also takes the scratch files.
        extract: The lines of `sample_03`.
        progress: Told how far the writing is.
    """
    book = xlsxwriter.Workbook(path, {**_OPTIONS, "tmpdir": str(path.parent)})
    properties = {"title": "Visits to a web shop (generated data)", "author": "clientela sample", "created": _CREATED}
    book.set_properties(properties)
    bold = book.add_format({"bold": True})
    _write_notes(book.add_worksheet("notes"), extract, bold)
    _write_plain(book.add_worksheet("sample_01"), visitors_frame(extract), bold)
    _write_plain(book.add_worksheet("sample_02"), orders_frame(extract), bold)
    caption = book.add_format({"bold": True, "align": "center", "bottom": 1})
    tally = _write_visits(book.add_worksheet("sample_03"), extract, (bold, caption), progress)
    progress.update("closing the workbook")
    book.close()
    return tally


def visitors_frame(extract: Extract) -> pl.DataFrame:
    """Return `sample_01`: one line per visitor, up to 800 visitors with all their visits."""
    visits = _visits_of(extract, 0, VISITORS_LISTED // GROUP_VISITORS * GROUP_VISITS)
    return (
        visits.group_by("visitor_id", maintain_order=True)
        .agg(
            first_visit=pl.col("visit_time").min(),
            last_visit=pl.col("visit_time").max(),
            visits=pl.len(),
            main_device=pl.col("device").mode().sort().first(),
            home_city=pl.col("city").mode().sort().first(),
            newsletter=pl.col("crm_nl").first(),
            orders=(pl.col("order_value") > 0).sum(),
            turnover=pl.col("order_value").sum().round(2),
        )
        .sort("visitor_id")
    )


def orders_frame(extract: Extract) -> pl.DataFrame:
    """Return `sample_02`: one line per order of up to 3,000 visits, other ones than in `sample_01` where possible."""
    first = VISITORS_LISTED // GROUP_VISITORS * GROUP_VISITS
    start = first if extract.shop.rows > first else 0
    orders = _visits_of(extract, start, start + ORDERS_FROM).filter(pl.col("order_value") > 0)
    ids = orders["visit_id"].to_numpy()
    source = extract.shop.source.named("orders")
    ways = ("invoice", "card", "wallet", "prepaid")
    paid = [ways[place] for place in source.named("payment").choice(ids, np.array([0.4, 0.3, 0.25, 0.05]))]
    shipping = 1 + source.named("shipping").choice(ids, np.array([0.35, 0.35, 0.2, 0.1]))
    items = 1 + (source.named("items").uniform(ids) * np.sqrt(orders["order_value"].to_numpy()) / 3).astype(np.int64)
    return orders.select(
        order_id=pl.concat_str(pl.lit("o"), pl.col("visit_id") - 35_000_000),
        visitor_id="visitor_id",
        ordered_at="visit_time",
        items=pl.Series(items),
        amount="order_value",
        payment=pl.Series(paid, dtype=pl.String),
        shipping_days=pl.Series(shipping),
        age_band="crm_age",
    )


def _visits_of(extract: Extract, first: int, last: int) -> pl.DataFrame:
    """Visits on these slots, in order of time: all visits of some visitors."""
    shop = extract.shop
    positions = np.sort(shop.shuffle.backward(np.arange(min(first, shop.rows), min(last, shop.rows))))
    return shop.frame(shop.draw(positions)).sort("visit_time", "visit_id")


def _write_notes(sheet: Worksheet, extract: Extract, bold: Format) -> None:
    lines = (
        "Visits to a web shop",
        "",
        "This is generated data. There is no such shop, and no real person is in it.",
        f"Made by: clientela sample --rows {extract.lines} --seed {extract.seed}",
        "",
        "sample_01: one line per visitor, some of the visitors",
        "sample_02: one line per order, some of the orders",
        f"sample_03: one line per visit, {world.FIRST_DAY} to {world.LAST_DAY}",
        "In sample_03 the columns A to E were collected on the site; nobody noted where the others come from.",
        "",
        "The sheets are extracts in rows and in columns.",
        "Amounts are in euros, times are local.",
    )
    sheet.set_column(0, 0, 100)
    for row, line in enumerate(lines):
        if line:
            sheet.write_string(row, 0, line, bold if row == 0 else None)


def _write_plain(sheet: Worksheet, frame: pl.DataFrame, bold: Format) -> None:
    for place, name in enumerate(frame.columns):
        sheet.write_string(0, place, name, bold)
    _write_rows(sheet, frame, 1)


def _write_visits(sheet: Worksheet, extract: Extract, formats: tuple[Format, Format], progress: Progress) -> Tally:
    bold, caption = formats
    sheet.set_column(2, 2, 19)
    hidden = [column.name for column in COLUMNS].index(HIDDEN_COLUMN)
    sheet.set_column(hidden, hidden, None, None, {"hidden": True})
    sheet.write_string(0, 0, f"Extract 03: visits {world.FIRST_DAY} to {world.LAST_DAY} (generated data)", bold)
    _write_header(sheet, bold, caption)
    tally = Tally()
    gaps = [extract.lines // 3, extract.lines * 2 // 3]
    for frame in extract.frames(CHUNK):
        start = tally.lines
        shown = dirt.with_blanks(dirt.as_text(frame), extract)
        cuts = [gap - start for gap in gaps if start < gap < start + len(frame)]
        for low, high in zip([0, *cuts], [*cuts, len(frame)], strict=True):
            skipped = sum(gap <= start + low for gap in gaps)
            _write_rows(sheet, shown[low:high], FIRST_LINE + start + low + skipped)
        blanks = shown[dirt.BLANK_COLUMN].str.contains("^ | $")
        tally.add(frame, blanks.fill_null(False).arg_true().len())
        progress.update(f"{tally.lines:,} of {extract.lines:,} rows", tally.lines / extract.lines)
    last = FIRST_LINE + extract.lines + len(gaps)
    sheet.write_string(last, 0, "Total", bold)
    sheet.write_number(last, shown.columns.index("order_value"), round(tally.revenue, 2), bold)
    return tally


def _write_header(sheet: Worksheet, bold: Format, caption: Format) -> None:
    place = 0
    for text, group in groupby(COLUMNS, key=lambda column: column.caption):
        width = len(list(group))
        sheet.merge_range(FIRST_LINE - 2, place, FIRST_LINE - 2, place + width - 1, text, caption)
        place += width
    for place, column in enumerate(COLUMNS):
        sheet.write_string(FIRST_LINE - 1, place, column.name, bold)


def _write_rows(sheet: Worksheet, frame: pl.DataFrame, first: int) -> None:
    writers = [_writer(sheet, storage) for storage in frame.dtypes]
    for row, cells in enumerate(frame.iter_rows(), start=first):
        for place, (write, cell) in enumerate(zip(writers, cells, strict=True)):
            if cell is not None:
                write(row, place, cell)


def _writer(sheet: Worksheet, storage: pl.DataType) -> Any:
    if storage == pl.String:
        return sheet.write_string
    return sheet.write_datetime if storage.is_temporal() else sheet.write_number
