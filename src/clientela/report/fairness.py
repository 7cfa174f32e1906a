"""For whom a model is worse: the groups of the table that stand out, and those that were looked at."""

from __future__ import annotations

from collections.abc import Sequence

from clientela.language import say
from clientela.models.evidence import Looked, Slice
from clientela.models.result import ModelResult
from clientela.report.blocks import Cell, Chapter, Head, TableBlock
from clientela.report.numbers import count, percent, score, with_interval
from clientela.report.text import cell, joined, named, plural


def fairness(model: ModelResult) -> Chapter:
    """Return the part of a model card that tells for which groups the model is worse.

    Args:
        model: Result of the models stage.
    """
    slices = [one for one in model.evidence.slices if one.kind == "group"] if model.evidence else []
    looked = model.evidence.looked if model.evidence else Looked()
    return Chapter(
        "fairness",
        say("Fairness"),
        say("Is it as good for everybody?"),
        _for_everybody(slices, looked),
        (_slices(slices, looked),) if slices else (),
        (
            say(
                "Groups are values of columns with categories, with yes and no, or with at most 30 numbers, that have "
                "at least 100 rows."
            ),
            say(
                "Groups are those of columns in the table. What the table does not hold, such as sex or origin, cannot "
                "be checked with it."
            ),
            say(
                "Beyond chance: of all groups named so, one in twenty is wrong at most on average (Benjamini and "
                "Hochberg). Each interval is for its group alone: of twenty, one leaves out the truth."
            ),
            say("Ranked worse: the AUC is lower than that of the other rows by .05 or more."),
        ),
    )


def _for_everybody(slices: Sequence[Slice], looked: Looked) -> str:
    """Return how many groups stand out, and the worst of each kind."""
    if not slices:
        return say("Not known: no group of the table is large enough to be measured alone.")
    groups = plural(looked.groups, "group")
    worse = sorted((one for one in slices if one.worse), key=lambda one: one.apart.value)
    off = sorted((one for one in slices if one.off), key=lambda one: -abs(one.gap.value))
    told = [
        say(
            "In {worse} of {groups} rows are ranked worse beyond chance than the others; worst where {column} is "
            "{value}: AUC {area} against {rest}.",
            worse=count(looked.worse),
            groups=groups,
            column=named(one.column),
            value=named(one.value),
            area=with_interval(one.auc, score),
            rest=score(one.rest),
        )
        for one in worse[:1]
    ]
    told += [
        say(
            "In {off} of {groups} the model expects beyond chance more or less than is observed; most where "
            "{column} is {worst}: {gap} {word}.",
            off=count(looked.off),
            groups=groups,
            column=named(one.column),
            worst=named(one.value),
            gap=percent(abs(one.gap.value)),
            word=say("too much") if one.gap.value > 0 else say("too little"),
        )
        for one in off[:1]
    ]
    return " ".join(told) or say(
        "In none of {groups} does the model expect more or less than is observed, or rank rows worse than the others, "
        "beyond chance.",
        groups=groups,
    )


def _slices(slices: Sequence[Slice], looked: Looked) -> TableBlock:
    heads = (
        Head(say("Column")),
        Head(say("Group")),
        Head(say("Rows"), numeric=True),
        Head(say("AUC"), numeric=True),
        Head(say("AUC of the others"), numeric=True),
        Head(say("Observed"), numeric=True),
        Head(say("Expected less observed"), numeric=True),
        Head(say("Put above the first class"), numeric=True),
        Head(say("Of those above it, found"), numeric=True),
        Head(say("Beyond chance")),
    )
    rows = tuple(
        (
            Cell(cell(one.column)),
            Cell(cell(one.value)),
            Cell(count(one.rows), order=one.rows),
            Cell(with_interval(one.auc, score), order=one.auc.value),
            Cell(score(one.rest), order=one.rest),
            Cell(with_interval(one.observed, percent), order=one.observed.value),
            Cell(with_interval(one.gap, percent), order=one.gap.value),
            Cell(percent(one.named), order=one.named),
            Cell(with_interval(one.found, percent), order=one.found.value),
            Cell(_stands_out(one)),
        )
        for one in slices
    )
    more = looked.groups - len(slices)
    note = say("Looked at, and not shown: {groups}.", groups=plural(more, "group")) if more > 0 else ""
    return TableBlock(say("By group, on rows it has not seen"), heads, rows, note=note)


def _stands_out(one: Slice) -> str:
    told = [say("ranked worse")] if one.worse else []
    if one.off:
        told.append(say("expects too much") if one.gap.value > 0 else say("expects too little"))
    return joined(told)
