"""The report in a few plain lines for a terminal or a log."""

from __future__ import annotations

from clientela.report import facts
from clientela.report.contents import Contents
from clientela.report.headlines import five
from clientela.report.numbers import count
from clientela.report.text import clean, plural, visible


def summary(contents: Contents) -> list[str]:
    """Return what was read, and the five things to know.

    Args:
        contents: The results.

    Returns:
        Lines without markup; control and escape characters of the data are gone.
    """
    table, findings = contents.audit.table, contents.audit.findings
    head = f"{clean(contents.title, 120)}: {count(table.rows)} rows, {plural(table.columns, 'column')}, "
    head += f"{plural(len(findings), 'finding')} ({count(len(facts.serious(contents)))} serious)"
    lines = [head]
    lines += [
        f"{position}. {item.topic}: {visible(item.text)}" for position, item in enumerate(five(contents), start=1)
    ]
    return lines
