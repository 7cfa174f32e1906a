"""Whether raising the numbers of small classes helps: the tables and the sentence."""

from __future__ import annotations

from clientela.models.raising.result import Fidelity, Privacy, RaisedResult, Tried
from clientela.report.blocks import Block, Bullets, Cell, Head, TableBlock
from clientela.report.measures import label
from clientela.report.numbers import NONE, count, percent, score, with_interval
from clientela.report.text import cell, clean, named, sentence


def raised_sentence(found: RaisedResult | None) -> str:
    """Return in a sentence whether raising the numbers helps; how to find out where it was not tried."""
    if found is None:
        return "Whether weights, copies or synthetic rows help, `clientela augment` tells."
    return sentence(clean(found.answer[:1].upper() + found.answer[1:], 400))


def raised_blocks(found: RaisedResult | None) -> tuple[Block, ...]:
    """Return one row per way that was tried, then what synthetic rows are like."""
    if found is None or not found.tried:
        return ()
    smallest = found.classes[0]
    heads = (
        Head("Way"),
        Head("Average precision of the smallest class", numeric=True),
        Head("Gain", numeric=True),
        Head(label(found.loss), numeric=True),
        Head("Difference", numeric=True),
        Head("Verdict"),
    )
    rows = tuple(_row(one) for one in found.tried)
    note = (
        f"The smallest class, {named(smallest.name)}, has {count(smallest.rows)} rows and is raised to "
        f"{count(smallest.raised)}, in training folds only; the rows judged on stay as they are. Gains and "
        "differences are in pairs, widened for learning and for the ways tried."
    )
    table = TableBlock("Raising the numbers of small classes", heads, rows, note=note)
    told = (*_fidelity(found.fidelity), *_privacy(found.privacy))
    return (table, Bullets(told)) if told else (table,)


def _row(one: Tried) -> tuple[Cell, ...]:
    return (
        Cell(cell(one.name)),
        Cell(with_interval(one.found, score), order=one.found.value),
        Cell(with_interval(one.found_gap, score), order=one.found_gap.value if one.found_gap else None),
        Cell(with_interval(one.loss, score), order=one.loss.value),
        Cell(with_interval(one.loss_gap, score), order=one.loss_gap.value if one.loss_gap else None),
        Cell(cell(one.verdict or NONE)),
    )


def _fidelity(found: Fidelity | None) -> tuple[str, ...]:
    if found is None:
        return ()
    return (
        (
            f"Like real rows? Single columns differ by {score(found.margins)} of 1 (real rows of other visitors by "
            f"{score(found.margins_real)}), most in {named(found.worst)}; correlations of two by "
            f"{score(found.pairs)} ({score(found.pairs_real)}). Trees tell synthetic from real rows with AUC "
            f"{with_interval(found.discriminator, score)}; 0.5 would be chance."
        ),
    )


def _privacy(found: Privacy | None) -> tuple[str, ...]:
    if found is None:
        return ()
    verdict = "No sign that single rows are given away" if found.safe else "Rows are given away: keep them inside"
    return (
        (
            f"{verdict}: {with_interval(found.nearer, percent)} of the synthetic rows lie nearer to a row they were "
            f"made from than to another (half is chance); nearness tells members with AUC "
            f"{with_interval(found.membership, score)}; {count(found.copies)} are copies "
            f"({count(found.chance_copies)} by chance)."
        ),
    )
