"""Whether raising the numbers of small classes helps: the tables and the sentence."""

from __future__ import annotations

from clientela.language import retold, say
from clientela.models.raising.result import Fidelity, Privacy, RaisedResult, Tried
from clientela.report.blocks import Block, Bullets, Cell, Head, TableBlock
from clientela.report.measures import label
from clientela.report.numbers import NONE, count, percent, score, with_interval
from clientela.report.text import cell, clean, named, sentence


def raised_sentence(found: RaisedResult | None) -> str:
    """Return in a sentence whether raising the numbers helps; how to find out where it was not tried."""
    if found is None:
        return say("Whether weights, copies or synthetic rows help, `clientela augment` tells.")
    return retold(sentence(clean(found.answer[:1].upper() + found.answer[1:], 400)))


def raised_blocks(found: RaisedResult | None) -> tuple[Block, ...]:
    """Return one row per way that was tried, then what synthetic rows are like."""
    if found is None or not found.tried:
        return ()
    smallest = found.classes[0]
    heads = (
        Head(say("Way")),
        Head(say("Average precision of the smallest class"), numeric=True),
        Head(say("Gain"), numeric=True),
        Head(label(found.loss), numeric=True),
        Head(say("Difference"), numeric=True),
        Head(say("Verdict")),
    )
    rows = tuple(_row(one) for one in found.tried)
    note = say(
        "The smallest class, {smallest_name}, has {rows} rows and is raised to {raised}, in training folds only; "
        "the rows judged on stay as they are. Gains and differences are in pairs, widened for learning and for "
        "the ways tried.",
        smallest_name=named(smallest.name),
        rows=count(smallest.rows),
        raised=count(smallest.raised),
    )
    table = TableBlock(say("Raising the numbers of small classes"), heads, rows, note=note)
    told = (*_fidelity(found.fidelity), *_privacy(found.privacy))
    return (table, Bullets(told)) if told else (table,)


def _row(one: Tried) -> tuple[Cell, ...]:
    return (
        Cell(retold(cell(one.name))),
        Cell(with_interval(one.found, score), order=one.found.value),
        Cell(with_interval(one.found_gap, score), order=one.found_gap.value if one.found_gap else None),
        Cell(with_interval(one.loss, score), order=one.loss.value),
        Cell(with_interval(one.loss_gap, score), order=one.loss_gap.value if one.loss_gap else None),
        Cell(retold(cell(one.verdict)) if one.verdict else NONE),
    )


def _fidelity(found: Fidelity | None) -> tuple[str, ...]:
    if found is None:
        return ()
    return (
        say(
            "Like real rows? Single columns differ by {margins} of 1 (real rows of other visitors by "
            "{margins_real}), most in {worst}; correlations of two by {pairs} ({pairs_real}). Trees tell "
            "synthetic from real rows with AUC {discriminator}; 0.5 would be chance.",
            margins=score(found.margins),
            margins_real=score(found.margins_real),
            worst=named(found.worst),
            pairs=score(found.pairs),
            pairs_real=score(found.pairs_real),
            discriminator=with_interval(found.discriminator, score),
        ),
    )


def _privacy(found: Privacy | None) -> tuple[str, ...]:
    if found is None:
        return ()
    verdict = (
        say("No sign that single rows are given away") if found.safe else say("Rows are given away: keep them inside")
    )
    return (
        say(
            "{verdict}: {nearer} of the synthetic rows lie nearer to a row they were made from than to another "
            "(half is chance); nearness tells members with AUC {membership}; {copies} are copies ({chance_copies} "
            "by chance).",
            verdict=verdict,
            nearer=with_interval(found.nearer, percent),
            membership=with_interval(found.membership, score),
            copies=count(found.copies),
            chance_copies=count(found.chance_copies),
        ),
    )
