"""JSON lines, packed by gzip or not, and a JSON array of objects."""

from __future__ import annotations

import glob
from pathlib import Path

from sqlglot import exp

from clientela.domain.errors import ClientelaError, InputError, RefusedError, quoted
from clientela.domain.reading import Reading
from clientela.sources.fingerprint import unchanged
from clientela.sources.naming import unique_names
from clientela.sources.streams import with_rows
from clientela.tables import sql
from clientela.tables.duck import DuckTable
from clientela.tables.engine import Engine

LARGEST_OBJECT = 1 << 26
"""Most bytes of one object."""


def open_json_lines(path: Path, engine: Engine) -> DuckTable:
    """Read JSON objects, one a row; types are taken from the values of all rows.

    Raises:
        InputError: The file is damaged or holds no rows.
    """
    with unchanged([path]) as mark:
        try:
            table = engine.create_table(_query(path))
        except RefusedError:
            raise
        except ClientelaError as error:
            raise InputError(
                f"The JSON file {quoted(path.name)} cannot be read ({str(error)[:200]}): "
                "every line must hold one object."
            ) from error
    inner = [name for name, _ in engine.types(table)]
    names, notes = unique_names(inner)
    reading = Reading(source=path.name, format="jsonl", header_row=0, header_lines=0, notes=notes, fingerprint=mark)
    return with_rows(DuckTable.over(engine, table, reading, names, owner=True))


def _query(path: Path) -> exp.Select:
    options = {
        "format": sql.text("auto"),
        "sample_size": sql.number(-1),
        "maximum_object_size": sql.number(LARGEST_OBJECT),
        "records": exp.true(),
        "hive_partitioning": exp.false(),
    }
    named = [exp.EQ(this=exp.column(name), expression=value) for name, value in options.items()]
    return exp.select("*").from_(
        exp.Anonymous(this="read_json", expressions=[sql.text(glob.escape(str(path))), *named])
    )
