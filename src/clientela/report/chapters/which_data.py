"""Which data belong in the model, and how much of them?"""

from __future__ import annotations

from clientela.language import retold, say
from clientela.models.result import ModelResult
from clientela.report import charts, facts
from clientela.report.blocks import Block, Cell, Chapter, Details, Findings, Head, TableBlock
from clientela.report.contents import Contents
from clientela.report.measures import label
from clientela.report.numbers import count, percent, score, with_interval
from clientela.report.paying import curve_sentence, worth_sentence, worth_table
from clientela.report.raised import raised_blocks, raised_sentence
from clientela.report.tables import left_out_table
from clientela.report.text import cell, named, names, plural

MOST_VARIATIONS = 12


def which_data(contents: Contents) -> Chapter:
    """Return the chapter on the choice of columns and rows."""
    found = facts.findings_with(contents, *facts.DANGERS, "small_sample", "personal_data")[:10]
    blocks: list[Block] = [Findings(found, len(found))] if found else []
    model = contents.model
    if model is not None:
        blocks += [block for block in (worth_table(model), charts.curve(model)) if block]
        if model.variations:
            blocks.append(_variations(model))
        if model.left_out:
            table = left_out_table(model.left_out)
            blocks.append(Details(f"{table.caption} ({count(len(model.left_out))})", (table,)))
        blocks += raised_blocks(contents.raised)
    return Chapter(
        "which-data",
        say("Which data"),
        say("Which data belong in the model, and how much of them? Does raising the numbers help?"),
        _answer(contents),
        tuple(blocks),
        (_limit(model),),
    )


def _limit(model: ModelResult | None) -> str:
    if model is None or model.curve is None:
        return say("There are too few rows for a learning curve.")
    return say(
        "The worth of data and the learning curve are of quicker models, on the question above or below the lowest "
        "group; a forecast holds while new rows are like the old ones."
    )


def _answer(contents: Contents) -> str:
    model = contents.model
    if model is None:
        features = contents.audit.roles.features
        return say(
            "{columns} could serve as features; identifiers, the label and whatever is known only after the "
            "outcome do not belong in a model. Which columns pay can be said once a label is named and a model "
            "learned.",
            columns=plural(len(features), "column"),
        )
    used = say(
        "The model learns from {columns} and {rows}",
        columns=plural(len(model.features), "column"),
        rows=plural(model.rows, "row"),
    )
    if model.rows < model.table_rows:
        used += say(" (a sample of {table_rows})", table_rows=count(model.table_rows))
    units = say(" of {visitors}", visitors=plural(model.units, "visitor")) if contents.audit.roles.visitor else ""
    left = say("; {columns} stay out", columns=plural(len(model.left_out), "column")) if model.left_out else ""
    return f"{used}{units}{left}. {_dangers(contents)} {_paying(contents, model)}"


def _dangers(contents: Contents) -> str:
    columns = facts.doubtful(contents)
    if not columns:
        return say("No column was found that knows the label in advance.")
    return say(
        "Not to be trusted for a live page: {columns} (knows the label, is an average of it, or is known too late).",
        columns=names(columns),
    )


def _paying(contents: Contents, model: ModelResult) -> str:
    said = (worth_sentence(model), curve_sentence(model.curve), _more_rows(model), raised_sentence(contents.raised))
    return " ".join(part for part in said if part)


def _more_rows(model: ModelResult) -> str:
    smallest = min(model.groups, key=lambda group: group.rows, default=None)
    if smallest is None:
        return ""
    return say(
        "Real rows help most where the smallest group is: {smallest_name} has {rows}, and its recall is {recall}.",
        smallest_name=named(smallest.name),
        rows=plural(smallest.rows, "row"),
        recall=with_interval(smallest.recall, percent),
    )


def _variations(model: ModelResult) -> TableBlock:
    rows = tuple(
        (
            Cell(retold(cell(variation.name))),
            Cell(count(variation.columns), order=variation.columns),
            Cell(with_interval(variation.metric.estimate, score), order=variation.metric.estimate.value),
        )
        for variation in model.variations[:MOST_VARIATIONS]
    )
    heads = (
        Head(say("Columns used")),
        Head(say("How many"), numeric=True),
        Head(label(model.variations[0].metric.name), numeric=True),
    )
    note = say(
        "A choice that includes suspected leaks looks best and fails live: it is shown as a warning, not as an option."
    )
    return TableBlock(say("The same model on other choices of columns"), heads, rows, note=note)
