"""The report in a few plain lines for a terminal or a log."""

from __future__ import annotations

from clientela.audit.listing import Listing
from clientela.report import facts
from clientela.report.contents import Contents
from clientela.report.headlines import five
from clientela.report.numbers import count
from clientela.report.text import clean, plural, visible

MOST_TITLE = 300
WIDEST_CELL = 32
GONE = "(missing)"


def summary(contents: Contents) -> list[str]:
    """Return what was read, and the five things to know.

    Args:
        contents: The results.

    Returns:
        Lines without markup; control and escape characters of the data are gone.
    """
    table, findings = contents.audit.table, contents.audit.findings
    # not the title: the report may speak another language
    head = f"What is in {clean(contents.reading.source, 120)}: {count(table.rows)} rows, "
    head += f"{plural(table.columns, 'column')}, "
    head += f"{plural(len(findings), 'finding')} ({count(len(facts.serious(contents)))} serious)"
    lines = [head]
    lines += [
        f"{position}. {item.topic}: {visible(item.text)}" for position, item in enumerate(five(contents), start=1)
    ]
    return lines


def verdict(contents: Contents) -> list[str]:
    """Return the ten findings that matter most, one line each with its number, and how many more there are.

    Args:
        contents: The results.

    Returns:
        Lines without markup; control and escape characters of the data are gone.
    """
    table, findings = contents.audit.table, contents.audit.findings
    grave = len(facts.serious(contents))
    head = f"{clean(contents.title, 120)}: {count(table.rows)} rows, {plural(table.columns, 'column')}, "
    lines = [head + f"{plural(len(findings), 'finding')} ({count(grave)} serious)"]
    lines += [
        f"{place:>2}. {finding.severity.value}: {clean(finding.title, MOST_TITLE)}"
        for place, finding in enumerate(findings[: facts.FIRST], start=1)
    ]
    more = len(findings) - facts.FIRST
    if more > 0:
        lines.append(f"{plural(more, 'more finding')}: --out FILE.html shows all, --rows N the rows behind one.")
    return lines


def listing(listed: Listing) -> list[str]:
    """Return the rows behind a finding as lines of a table, and the query that selects them.

    Args:
        listed: The rows.

    Returns:
        Lines without markup; control and escape characters of the data are gone.
    """
    finding = listed.finding
    lines = [f"{listed.number}. {finding.severity.value}: {clean(finding.title, MOST_TITLE)}"]
    if not listed.rows:
        lines.append(listed.reason)
    else:
        first = f"The first {count(len(listed.rows))} rows" if listed.more else plural(len(listed.rows), "row")
        left = f"; {plural(listed.left_out, 'more column')} not shown" if listed.left_out else ""
        lines.append(f"{first} {listed.means}{left}:")
        lines += _columns(("row", *listed.columns), [(str(place), *cells) for place, cells in listed.rows])
    if listed.sql:
        lines.append(f"Query: {visible(listed.sql)}")
    return lines


def _columns(heads: tuple[str, ...], rows: list[tuple[str | None, ...]]) -> list[str]:
    cells = [[clean(text, WIDEST_CELL) if text is not None else GONE for text in row] for row in (heads, *rows)]
    widths = [max(len(row[place]) for row in cells) for place in range(len(heads))]
    return ["  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip() for row in cells]
