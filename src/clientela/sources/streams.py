"""Sources that are typed themselves and come as a stream of Arrow batches."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pyarrow

from clientela.domain.errors import InputError, NoRowsError, quoted
from clientela.domain.reading import Reading
from clientela.sources.naming import unique_names
from clientela.tables.duck import DuckTable
from clientela.tables.engine import Engine

arrow: Any = pyarrow
"""Arrow's Python library, which declares no types of its own."""


def load_stream(reader: Any, reading: Reading, engine: Engine) -> DuckTable:
    """Copy a stream of batches into a table; its types are kept.

    Args:
        reader: The stream.
        reading: What is known of the source; notes on names are added.
        engine: Where the rows are held; closed with the table.

    Raises:
        InputError: The stream has no columns or no rows.
    """
    names, notes = unique_names(reader.schema.names)
    if not names:
        raise InputError(f"The source {quoted(reading.source)} has no columns: choose one that holds a table.")
    inner = arrow.schema([field.with_name(f"c{index}") for index, field in enumerate(reader.schema)])

    def batches() -> Iterator[Any]:
        for batch in reader:
            yield arrow.RecordBatch.from_arrays(batch.columns, schema=inner)

    table = engine.load(arrow.RecordBatchReader.from_batches(inner, batches()))
    held = DuckTable.over(engine, table, replace(reading, notes=(*reading.notes, *notes)), names, owner=True)
    return with_rows(held)


def with_rows(table: DuckTable) -> DuckTable:
    """Return the table, or refuse one that has no rows.

    Raises:
        InputError: There are none.
    """
    if not table.rows:
        raise NoRowsError(f"The source {quoted(table.reading.source)} holds no rows: choose one that does.")
    return table
