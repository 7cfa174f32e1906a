"""The tables that chapters share: columns with their distributions, measures, revenue groups."""

from __future__ import annotations

import math
from collections.abc import Sequence

from clientela.audit.result import Profile
from clientela.language import day, retold, say
from clientela.models.result import Importance, LeftOut, Metric, ModelResult
from clientela.report.blocks import Cell, Head, TableBlock
from clientela.report.contents import Contents
from clientela.report.facts import missing_share, row_nouns
from clientela.report.measures import label, meaning, model_label, value
from clientela.report.numbers import count, money, number, percent, score, with_interval
from clientela.report.text import cell, clean, joined

MOST_COLUMNS = 300
MOST_ROWS = 60
BARS = 16
SEARCH_FROM = 12


def columns_table(caption: str, profiles: Sequence[Profile]) -> TableBlock:
    """Return one row per column: what it is, its distribution, its gaps, its signal."""
    shown = profiles[:MOST_COLUMNS]
    heads: tuple[Head, ...] = (
        Head(say("Column")),
        Head(say("Kind")),
        Head(say("Distribution")),
        Head(say("Typical")),
        Head(say("Missing"), numeric=True),
        Head(say("Distinct"), numeric=True),
        Head(say("Signal"), numeric=True),
    )
    note = say("Signal: how well the column alone tells the label, out of sample; 0.5 is chance. ")
    if not any(profile.signal for profile in shown):
        heads, note = heads[:-1], ""
    if len(profiles) > len(shown):
        note += say(
            "The first {shown} of {profiles} columns; all of them are in audit.json.",
            shown=count(len(shown)),
            profiles=count(len(profiles)),
        )
    rows = tuple(_column_row(profile, position, len(heads)) for position, profile in enumerate(shown))
    return TableBlock(caption, heads, rows, search=len(rows) > SEARCH_FROM, note=note.strip())


def _column_row(profile: Profile, position: int, width: int) -> tuple[Cell, ...]:
    column, gap = profile.column, missing_share(profile)
    signal = profile.signal.value if profile.signal else math.nan
    cells = (
        Cell(cell(column.name), note=clean(profile.letter, 4)),
        Cell(f"{say(str(column.storage))}, {say(str(column.role))}"),
        Cell("", order=float(position), bars=distribution(profile)),
        Cell(typical(profile)),
        Cell(percent(gap), order=gap, share=gap),
        Cell(count(profile.distinct), order=float(profile.distinct)),
        Cell(score(signal), order=0.0 if math.isnan(signal) else signal),
    )
    return cells[:width]


def distribution(profile: Profile) -> tuple[float, ...]:
    """Return the heights of a tiny histogram, 0 to 1, at most `BARS` of them."""
    counts = [item.count for item in profile.bins] or [rows for _, rows in profile.top[:BARS]]
    size = math.ceil(len(counts) / BARS) or 1
    merged = [sum(counts[start : start + size]) for start in range(0, len(counts), size)]
    tallest = max(merged, default=0)
    return tuple(value / tallest for value in merged) if tallest else ()


def typical(profile: Profile) -> str:
    """Return what most cells of a column hold, in one phrase."""
    if profile.numbers is not None:
        at = dict(profile.numbers.quantiles)
        if {0.05, 0.5, 0.95} <= set(at):
            return say(
                "{at} (90 % from {at_2} to {at_3})", at=number(at[0.5]), at_2=number(at[0.05]), at_3=number(at[0.95])
            )
        return say("mean {mean}", mean=number(profile.numbers.mean))
    if profile.column.storage.temporal and profile.first and profile.last:
        return say("{first} to {last}", first=day(clean(profile.first, 19)), last=day(clean(profile.last, 19)))
    return joined([clean(value, 20) or say("(blank)") for value, _ in profile.top[:3]]) or "–"


def metrics_table(model: ModelResult) -> TableBlock:
    """Return all measures of all models on all splits."""
    rows = tuple(_metric_row(metric) for metric in model.metrics[:MOST_ROWS])
    heads = (
        Head(say("Measure")),
        Head(say("Model")),
        Head(say("Split")),
        Head(say("Value (95 % interval)"), True),
        Head(say("Better")),
    )
    meanings = [
        f"{label(name)}: {meaning(name)}" for name in dict.fromkeys(m.name for m in model.metrics) if meaning(name)
    ]
    return TableBlock(say("All measures, on rows the model has not seen"), heads, rows, note="; ".join(meanings) + ".")


def _metric_row(metric: Metric) -> tuple[Cell, ...]:
    return (
        Cell(label(metric.name)),
        Cell(model_label(metric.model)),
        Cell(retold(cell(metric.split))),
        Cell(value(metric), order=metric.estimate.value),
        Cell(say("higher") if metric.higher_is_better else say("lower")),
    )


def groups_table(model: ModelResult, contents: Contents) -> TableBlock:
    """Return one row per revenue group: bounds, size, money, and how well it is told."""
    with_money = any(group.mean_revenue for group in model.groups)
    heads = [
        Head(say("Group")),
        Head(say("Size"), True),
        Head(say("Share of {row_nouns}", row_nouns=row_nouns(contents)), True),
    ]
    if with_money:
        heads += [
            Head(say("Revenue from – to"), True),
            Head(say("Mean revenue"), True),
            Head(say("Share of revenue"), True),
        ]
    heads += [Head(say("Precision"), True), Head(say("Recall"), True), Head(say("Taken for"))]
    rows = []
    for group in model.groups[:MOST_ROWS]:
        cells = [
            Cell(cell(group.name)),
            Cell(count(group.rows), order=group.rows),
            Cell(with_interval(group.share, percent), order=group.share.value),
        ]
        if with_money:
            mean = group.mean_revenue.value if group.mean_revenue else 0.0
            cells += [
                Cell(f"{money(group.low)} – {money(group.high)}", order=group.low),
                Cell(with_interval(group.mean_revenue, money), order=mean),
                Cell(percent(group.revenue_share), order=group.revenue_share, share=group.revenue_share),
            ]
        cells += [
            Cell(with_interval(group.precision, percent), order=group.precision.value),
            Cell(with_interval(group.recall, percent), order=group.recall.value),
            Cell(cell(group.confused_with) if group.confused_with else "–"),
        ]
        rows.append(tuple(cells))
    note = say(
        "Precision: of the rows told to be in the group, how many are. Recall: of the rows in it, how many are told."
    )
    return TableBlock(
        say("The groups: bounds, size, money, and how well they are told"), tuple(heads), tuple(rows), note=note
    )


def importance_table(items: Sequence[Importance]) -> TableBlock:
    """Return what each column contributes and in which direction."""
    rows = tuple(
        (Cell(cell(i.column)), Cell(percent(i.share), order=i.share, share=i.share), Cell(retold(cell(i.direction))))
        for i in items[:MOST_ROWS]
    )
    heads = (Head(say("Column")), Head(say("Share of contribution"), numeric=True), Head(say("Direction")))
    return TableBlock(
        say("What each column contributes"), heads, rows, search=len(rows) > SEARCH_FROM, note=_rest(items, rows)
    )


def left_out_table(items: Sequence[LeftOut]) -> TableBlock:
    """Return the columns that the model does not use, with reasons."""
    rows = tuple((Cell(cell(item.column)), Cell(retold(clean(item.reason, 160)))) for item in items[:MOST_ROWS])
    heads = (Head(say("Column")), Head(say("Why it is left out")))
    return TableBlock(say("Columns left out"), heads, rows, search=len(rows) > SEARCH_FROM, note=_rest(items, rows))


def _rest(items: Sequence[object], rows: Sequence[object]) -> str:
    return (
        say("{rows} of {items}; all of them are in model.json.", rows=count(len(rows)), items=count(len(items)))
        if len(items) > len(rows)
        else ""
    )
