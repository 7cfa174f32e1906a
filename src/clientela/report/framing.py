"""What stands around the pages about one table."""

from __future__ import annotations

from clientela.language import day, say
from clientela.report import facts
from clientela.report.contents import Contents
from clientela.report.numbers import count
from clientela.report.page import Frame
from clientela.report.text import clean


def framed(contents: Contents, title: str) -> Frame:
    """Return title, line and foot of a page about the table of `contents`."""
    table, created = contents.audit.table, day(clean(contents.created, 30))
    source = clean(contents.reading.fingerprint, 16)
    meta = say(
        "{source_phrase} · {rows} rows · {columns} columns · {created}",
        source_phrase=facts.source_phrase(contents),
        rows=count(table.rows),
        columns=count(table.columns),
        created=created,
    )
    origin = say(" from a source with fingerprint `{source}`", source=source) if source else ""
    made = say(
        "Made by Clientela {version} on {created}{origin}, seed {seed}.",
        version=clean(contents.version, 20),
        created=created,
        origin=origin,
        seed=contents.audit.seed,
    )
    return Frame(title, meta, made, contents.version, contents.brand)
