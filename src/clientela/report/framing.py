"""What stands around the pages about one table."""

from __future__ import annotations

from clientela.report import facts
from clientela.report.contents import Contents
from clientela.report.numbers import count
from clientela.report.page import Frame
from clientela.report.text import clean


def framed(contents: Contents, title: str) -> Frame:
    """Return title, line and foot of a page about the table of `contents`."""
    table, created = contents.audit.table, clean(contents.created, 30)
    source = clean(contents.reading.fingerprint, 16)
    meta = f"{facts.source_phrase(contents)} · {count(table.rows)} rows · {count(table.columns)} columns · {created}"
    origin = f" from a source with fingerprint `{source}`" if source else ""
    made = f"Made by Clientela {clean(contents.version, 20)} on {created}{origin}, seed {contents.audit.seed}."
    return Frame(title, meta, made, contents.version, contents.brand)
