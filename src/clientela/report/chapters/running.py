"""How is it used and adjusted regularly?"""

from __future__ import annotations

from clientela.audit.result import Profile
from clientela.language import say
from clientela.report import facts
from clientela.report.blocks import Block, Bullets, Callout, Cell, Chapter, Head, TableBlock
from clientela.report.contents import Contents
from clientela.report.measures import label
from clientela.report.numbers import count, percent, score, with_interval
from clientela.report.text import cell, clean, named

MOST_WATCHED = 10


def running(contents: Contents) -> Chapter:
    """Return the chapter on running it again and on what to watch."""
    blocks: list[Block] = []
    if contents.command:
        blocks.append(Callout("plain", say("The command that makes this report again"), clean(contents.command, 400)))
    blocks += [Bullets(_when(contents)), _watched(contents), _columns(contents)]
    return Chapter(
        "running",
        say("Running it"),
        say(
            "How is it used and adjusted regularly: retrained, monitored, alerted on, when a metric is calculated "
            "differently, data are stored differently, items are added, a pipeline breaks?"
        ),
        _answer(contents),
        tuple(blocks),
        (
            say(
                "The values are those of one extract: what is a normal change from week to week is known after some "
                "more of them."
            ),
        ),
    )


def _answer(contents: Contents) -> str:
    text = say(
        "From a timer, every night: `clientela monitor check` holds the new batch against this extract, says what "
        "broke, in which columns and since when, and alerts whoever clientela.toml names."
    )
    if contents.model is not None:
        text += say(
            " Then `clientela score` scores it. Once labelled rows are there, `clientela retrain` learns the model "
            "anew and uses it only where it is not worse."
        )
    return say(
        "{text} clientela.toml keeps what was settled about the columns, and the same data and seed give the same "
        "result.",
        text=text,
    )


def _watched(contents: Contents) -> TableBlock:
    audit, model = contents.audit, contents.model
    rows = [(say("Rows"), count(audit.table.rows), say("half or double: a pipeline lost or repeated rows"))]
    rows.append((say("Columns"), count(audit.table.columns), say("a column added, lost or renamed upstream")))
    if audit.table.duplicate_rows:
        rows.append((say("Repeated rows"), count(audit.table.duplicate_rows), say("a join that multiplies rows")))
    base = facts.base_rate(contents)
    if base is not None:
        what = facts.outcome_phrase(model) if model else say("of the rarer class")
        rows.append(
            (
                say("Share of rows {what}", what=what),
                percent(base),
                say("a changed market, or a changed definition of the label"),
            )
        )
    if model is not None:
        metric = facts.telling(model)
        found = with_interval(metric.estimate, score)
        rows.append((label(metric.name), found, say("below the interval on labelled rows: learn again")))
    heads = (Head(say("What to watch")), Head(say("In this extract")), Head(say("What a jump means")))
    cells = tuple((Cell(clean(a, 120)), Cell(b), Cell(cell(c))) for a, b, c in rows)
    return TableBlock(say("What to hold the next batch against"), heads, cells)


def _columns(contents: Contents) -> TableBlock:
    rows = tuple(
        (
            Cell(cell(profile.column.name)),
            Cell(percent(facts.missing_share(profile)), order=facts.missing_share(profile)),
            Cell(count(profile.distinct), order=profile.distinct),
        )
        for profile in _watched_columns(contents)
    )
    heads = (Head(say("Column")), Head(say("Missing"), numeric=True), Head(say("Distinct values"), numeric=True))
    told = say("the model listens to most") if contents.model else say("come first")
    note = say(
        "A jump of the gaps, values that were never seen, another unit or scale: something changed before it came."
    )
    return TableBlock(say("The columns that {told}, in this extract", told=told), heads, rows, note=note)


def _watched_columns(contents: Contents) -> tuple[Profile, ...]:
    if contents.model is None:
        return contents.audit.columns[:MOST_WATCHED]
    wanted = [item.column for item in contents.model.importance[:MOST_WATCHED]]
    return tuple(p for p in contents.audit.columns if p.column.name in wanted)[:MOST_WATCHED]


def _when(contents: Contents) -> tuple[str, ...]:
    label_column = contents.audit.roles.label
    revenue = say("the label {label_column}", label_column=named(label_column)) if label_column else say("a label")
    retrained = say(
        "Retrained: when labelled rows of a new month are there, or when the measure falls below its interval. Old "
        "and new model are compared on rows that neither has learned from."
    )
    return (
        *((retrained,) if contents.model else ()),
        say(
            "A metric calculated differently: {revenue} is then another question. Learn again from rows of the new "
            "definition only, and do not compare measures across the change.",
            revenue=revenue,
        ),
        say(
            "Data stored differently (text for numbers, another separator, another unit): the check names the column "
            "and the change. Undo it before scoring, or run again on the new form."
        ),
        say(
            "Items added (a device, a campaign): scored as unknown values, which is safe but blind until learned. "
            "Announced with `clientela monitor announce`, they wake nobody."
        ),
        say(
            "A pipeline breaks: it shows first in rows, gaps and repeated rows. The check ends with exit code 3; do "
            "not score until it ends with 0."
        ),
    )
