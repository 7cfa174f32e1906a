"""What do you see in the data?"""

from __future__ import annotations

from clientela.language import day, say
from clientela.report import charts, facts
from clientela.report.blocks import Block, Chapter, Figure, Figures, Findings
from clientela.report.contents import Contents
from clientela.report.numbers import count, number, percent
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
    blocks.append(columns_table(say("Every column, with its distribution and its gaps"), audit.columns))
    return Chapter(
        "seeing",
        say("The data"),
        say("What do you see in the data? What would one look at in general?"),
        f"{_shape(contents)} {_gaps(contents)} {_balance(contents)}".strip(),
        tuple(blocks),
        _limits(contents),
    )


def _shape(contents: Contents) -> str:
    table = contents.audit.table
    text = say(
        "The extract holds {rows} in {columns}",
        rows=plural(table.rows, facts.grain(contents)),
        columns=plural(table.columns, "column"),
    )
    if table.visitors is not None:
        text += say(", made by {visitors}", visitors=plural(table.visitors, "visitor"))
    if table.start and table.end:
        text += say(", from {day} to {day_2}", day=_day(table.start), day_2=_day(table.end))
    key = say(", known by {key}", key=named(table.key)) if table.key else say("; no column alone tells the rows apart")
    row = (
        say("What one row is could not be told")
        if table.grain == "row"
        else say("One row is a {row_noun}", row_noun=facts.row_noun(contents))
    )
    return f"{text}. {row}{key}."


def _day(moment: str) -> str:
    return day(clean(clean(moment, 40)[:10]))


def _gaps(contents: Contents) -> str:
    table = contents.audit.table
    share = table.missing_cells / table.cells if table.cells else 0.0
    gaps = say("{share} of the cells are empty", share=percent(share)) if share else say("No cell is empty")
    repeats = table.duplicate_rows
    if repeats > 1:
        return say("{gaps}, and {rows} repeat an earlier one.", gaps=gaps, rows=plural(repeats, "row"))
    rows = plural(repeats, "row") if repeats else say("no row")
    return say("{gaps}, and {rows} repeats an earlier one.", gaps=gaps, rows=rows)


def _balance(contents: Contents) -> str:
    counts = contents.audit.balance
    label, total = contents.audit.roles.label, sum(rows for _, rows in contents.audit.balance)
    if label is None:
        return say("No column was named or recognised as the one to be predicted.")
    if not counts or not total:
        return _amounts(contents, label)
    largest, smallest = max(counts, key=lambda item: item[1]), min(counts, key=lambda item: item[1])
    return say(
        "The label {label} has {classes}: the largest, {largest}, is {largest_2} of the rows, the smallest, "
        "{smallest}, {smallest_2}.",
        label=named(label),
        classes=plural(len(counts), "class", "classes"),
        largest=named(largest[0]),
        largest_2=percent(largest[1] / total),
        smallest=named(smallest[0]),
        smallest_2=percent(smallest[1] / total),
    )


def _amounts(contents: Contents, label: str) -> str:
    """Return what is in a label that is a number."""
    found = next((profile.numbers for profile in contents.audit.columns if profile.column.name == label), None)
    if found is None:
        return say("The label is {label}.", label=named(label))
    at = dict(found.quantiles)
    return say(
        "The label {label} is a number from {low} to {high}, half of the rows at most {middle}.",
        label=named(label),
        low=number(at.get(0.0)),
        high=number(at.get(1.0)),
        middle=number(at.get(0.5)),
    )


def _figures(contents: Contents) -> Figures:
    table = contents.audit.table
    items = [
        Figure(
            say("rows"),
            count(table.rows),
            "" if table.grain == "row" else say("one row is a {row_noun}", row_noun=facts.row_noun(contents)),
        ),
        Figure(
            say("columns"),
            count(table.columns),
            say("{joined_profiles} of them joined", joined_profiles=count(len(facts.joined_profiles(contents)))),
        ),
        Figure(say("empty cells"), percent(table.missing_cells / table.cells if table.cells else 0)),
        Figure(say("repeated rows"), count(table.duplicate_rows)),
    ]
    if table.visitors is not None:
        items.insert(1, Figure(say("visitors"), count(table.visitors)))
    return Figures(tuple(items))


def _limits(contents: Contents) -> tuple[str, ...]:
    table = contents.audit.table
    limits = [say("An extract shows what was taken, not what was left behind: rows and columns may have been chosen.")]
    if table.sampled < table.rows:
        limits.append(
            say("Relations were measured on a seeded sample of {sampled} rows.", sampled=count(table.sampled))
        )
    return tuple(limits)
