"""What do you see in the data?"""

from __future__ import annotations

from clientela.report import charts, facts
from clientela.report.blocks import Block, Chapter, Figure, Figures, Findings
from clientela.report.contents import Contents
from clientela.report.numbers import count, percent
from clientela.report.tables import columns_table
from clientela.report.text import clean, named, plural


def seeing(contents: Contents) -> Chapter:
    """Return the chapter on shape, grain, distributions, gaps, outliers, balance and relations."""
    audit = contents.audit
    shown = [charts.balance(audit), charts.missing(audit), charts.association(audit)]
    blocks: list[Block] = [_figures(contents), *[chart for chart in shown if chart]]
    found = facts.findings_of(contents, "grain", "values", "relation")
    if found:
        blocks.append(Findings(found, len(found)))
    blocks.append(columns_table("Every column, with its distribution and its gaps", audit.columns))
    return Chapter(
        "seeing",
        "The data",
        "What do you see in the data? What would one look at in general?",
        f"{_shape(contents)} {_gaps(contents)} {_balance(contents)}".strip(),
        tuple(blocks),
        _limits(contents),
    )


def _shape(contents: Contents) -> str:
    table = contents.audit.table
    text = f"The extract holds {plural(table.rows, facts.row_noun(contents))} in {plural(table.columns, 'column')}"
    if table.visitors is not None:
        text += f", made by {plural(table.visitors, 'visitor')}"
    if table.start and table.end:
        text += f", from {_day(table.start)} to {_day(table.end)}"
    key = f", known by {named(table.key)}" if table.key else "; no column alone tells the rows apart"
    row = "What one row is could not be told" if table.grain == "row" else f"One row is a {facts.row_noun(contents)}"
    return f"{text}. {row}{key}."


def _day(moment: str) -> str:
    return clean(clean(moment, 40)[:10])


def _gaps(contents: Contents) -> str:
    table = contents.audit.table
    share = table.missing_cells / table.cells if table.cells else 0.0
    gaps = f"{percent(share)} of the cells are empty" if share else "No cell is empty"
    repeats = table.duplicate_rows
    rows = plural(repeats, "row") if repeats else "no row"
    return (
        f"{gaps}, and {rows if table.duplicate_rows else 'no row'} repeat{'' if table.duplicate_rows > 1 else 's'} "
        "an earlier one."
    )


def _balance(contents: Contents) -> str:
    counts = contents.audit.balance
    label, total = contents.audit.roles.label, sum(rows for _, rows in contents.audit.balance)
    if not counts or label is None or not total:
        return "No column was named or recognised as the one to be predicted."
    largest, smallest = max(counts, key=lambda item: item[1]), min(counts, key=lambda item: item[1])
    return (
        f"The label {named(label)} has {plural(len(counts), 'class', 'classes')}: the largest, {named(largest[0])}, is "
        f"{percent(largest[1] / total)} of the rows, the smallest, {named(smallest[0])}, "
        f"{percent(smallest[1] / total)}."
    )


def _figures(contents: Contents) -> Figures:
    table = contents.audit.table
    items = [
        Figure("rows", count(table.rows), "" if table.grain == "row" else f"one row is a {facts.row_noun(contents)}"),
        Figure("columns", count(table.columns), f"{count(len(facts.joined_profiles(contents)))} of them joined"),
        Figure("empty cells", percent(table.missing_cells / table.cells if table.cells else 0)),
        Figure("repeated rows", count(table.duplicate_rows)),
    ]
    if table.visitors is not None:
        items.insert(1, Figure("visitors", count(table.visitors)))
    return Figures(tuple(items))


def _limits(contents: Contents) -> tuple[str, ...]:
    table = contents.audit.table
    limits = ["An extract shows what was taken, not what was left behind: rows and columns may have been chosen."]
    if table.sampled < table.rows:
        limits.append(f"Relations were measured on a seeded sample of {count(table.sampled)} rows.")
    return tuple(limits)
