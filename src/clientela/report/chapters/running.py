"""How is it used and adjusted regularly?"""

from __future__ import annotations

from clientela.audit.result import Profile
from clientela.report import facts
from clientela.report.blocks import Block, Bullets, Callout, Cell, Chapter, Head, TableBlock
from clientela.report.contents import Contents
from clientela.report.measures import label
from clientela.report.numbers import count, percent, score, with_interval
from clientela.report.text import cell, clean, named, plural

MOST_WATCHED = 10


def running(contents: Contents) -> Chapter:
    """Return the chapter on running it again and on what to watch."""
    blocks: list[Block] = []
    if contents.command:
        blocks.append(Callout("plain", "The command that makes this report again", clean(contents.command, 400)))
    blocks += [_watched(contents), Bullets(_when(contents))]
    return Chapter(
        "running",
        "Running it",
        "How is it used and adjusted regularly: retrained, monitored, alerted on, when a metric is calculated "
        "differently, "
        "data are stored differently, items are added, a pipeline breaks?",
        "Run the same command on the next extract: clientela.toml keeps what was settled about the columns, every "
        "step can be "
        "run again alone, and the same data and seed give the same result. `clientela score` puts new rows through "
        "the saved "
        "model. Today the comparison of two extracts is done by a person with the table below; Clientela does not "
        "yet monitor "
        "batches, raise alerts or retrain by itself.",
        tuple(blocks),
        (
            (
                "The values are those of one extract: what is a normal change from week to week is known after some "
                "more of them."
            ),
        ),
    )


def _watched(contents: Contents) -> TableBlock:
    audit, model = contents.audit, contents.model
    rows = [("Rows", count(audit.table.rows), "half or double: a pipeline lost or repeated rows")]
    rows.append(("Columns", count(audit.table.columns), "a column added, lost or renamed upstream"))
    if audit.table.duplicate_rows:
        rows.append(("Repeated rows", count(audit.table.duplicate_rows), "a join that multiplies rows"))
    base = facts.base_rate(contents)
    if base is not None:
        what = facts.outcome_phrase(model) if model else "of the rarer class"
        rows.append((f"Share of rows {what}", percent(base), "a changed market, or a changed definition of the label"))
    if model is not None:
        metric = facts.telling(model)
        told = with_interval(metric.estimate, score)
        rows.append((label(metric.name), told, "below the interval on labelled rows: learn again"))
    for profile in _watched_columns(contents):
        known = f"{percent(facts.missing_share(profile))} missing, {plural(profile.distinct, 'value')}"
        what = "values that were never seen, a jump of the gaps, another unit or scale"
        rows.append((f"Column {named(profile.column.name)}", known, what))
    heads = (Head("What to watch"), Head("In this extract"), Head("What a jump means"))
    cells = tuple((Cell(clean(a, 120)), Cell(b), Cell(cell(c))) for a, b, c in rows)
    return TableBlock("What to hold the next extract against", heads, cells)


def _watched_columns(contents: Contents) -> tuple[Profile, ...]:
    if contents.model is None:
        return contents.audit.columns[:MOST_WATCHED]
    wanted = [item.column for item in contents.model.importance[:MOST_WATCHED]]
    return tuple(p for p in contents.audit.columns if p.column.name in wanted)[:MOST_WATCHED]


def _when(contents: Contents) -> tuple[str, ...]:
    label_column = contents.audit.roles.label
    revenue = f"The label {named(label_column)}" if label_column else "A label"
    return (
        (
            "Retrain when labelled rows of a new month are there, or when the measure falls below its interval: run "
            "`clientela run` "
            "into a new folder and compare the two reports before the new model is used."
        ),
        (
            f"{revenue} calculated differently is another question: learn again from rows of the new definition only, "
            "and do not "
            "compare the measures across the change."
        ),
        (
            "Data stored differently (text for numbers, another separator, another unit): the reading counts every "
            "changed cell; "
            "compare that count with the one in this report."
        ),
        "New items (a device, a campaign) are scored as unknown values: safe, but blind until learned.",
        "A broken pipeline shows first in rows, gaps and repeated rows; do not score until they are back.",
    )
