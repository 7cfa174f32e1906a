"""Which model, and why? How accurate, how precise, how sure, and where does it fail?"""

from __future__ import annotations

from clientela.language import retold, say
from clientela.models.result import ModelResult
from clientela.report import charts, facts
from clientela.report.blocks import Block, Bullets, Chapter, Details
from clientela.report.contents import Contents
from clientela.report.measures import apart, in_words, label, model_label
from clientela.report.numbers import count, percent, score, with_interval
from clientela.report.tables import importance_table, metrics_table
from clientela.report.text import clean, lower_first, named, sentence


def model(contents: Contents) -> Chapter:
    """Return the chapter on the model and its quality."""
    learned = contents.model
    blocks = _evidence(learned) if learned else ()
    limits = tuple(retold(sentence(clean(note, 300))) for note in learned.notes[:8]) if learned else ()
    return Chapter(
        "model",
        say("The model"),
        say("Which model, and why? How accurate, how precise, how sure, and where does it fail?"),
        _answer(contents, learned) if learned else _needed(contents),
        blocks,
        limits,
    )


def _needed(contents: Contents) -> str:
    label_column = contents.audit.roles.label
    if label_column is None:
        return say(
            "No model was learned: no column says what each row was worth. A revenue group, a yes-or-no outcome "
            "or a revenue column is needed (`--label`), for some hundreds of rows of every class."
        )
    return say(
        "No model was learned from the label {label_column}: see the findings for the reason, and run again.",
        label_column=named(label_column),
    )


def _answer(contents: Contents, learned: ModelResult) -> str:
    metric = facts.telling(learned)
    others = facts.same_measure(learned, metric)
    parts = [say("Chosen on validation rows only: {chosen}.", chosen=lower_first(model_label(learned.chosen)))]
    parts.append(in_words(learned, metric, facts.row_noun(contents)))
    for other in others:
        word = say("clearly apart") if apart(metric.estimate, other.estimate) else say("not clearly apart")
        parts.append(f"{model_label(other.model)}: {with_interval(other.estimate, score)}, {word}.")
    return " ".join(
        part for part in (*parts[:5], _ahead(learned, facts.row_nouns(contents)), _where_it_fails(learned)) if part
    )


def _ahead(learned: ModelResult, nouns: str) -> str:
    future, now = facts.ahead(learned), facts.telling(learned)
    if future is None:
        return ""
    told = say("{future} is {estimate}", future=label(future.name), estimate=with_interval(future.estimate, score))
    lost = apart(future.estimate, now.estimate)
    return say("Learned from the past and tested on the newest {nouns}, its {told}", nouns=nouns, told=told) + (
        say(", clearly different: count on this one.") if lost else say(", not clearly different.")
    )


def _where_it_fails(learned: ModelResult) -> str:
    if not learned.groups:
        return ""
    worst = min(learned.groups, key=lambda group: group.recall.value)
    text = say(
        "It fails most on {worst}: it finds {recall} of them",
        worst=named(worst.name),
        recall=with_interval(worst.recall, percent),
    )
    if worst.confused_with:
        text += say(" and takes the others mostly for {confused_with}", confused_with=named(worst.confused_with))
    return f"{text}."


def _evidence(learned: ModelResult) -> tuple[Block, ...]:
    shown = [charts.calibration(learned), charts.confusion(learned), charts.importance(learned)]
    blocks: list[Block] = [chart for chart in shown if chart]
    splits = [
        say(
            "{split}: {detail} {train_rows} rows to learn, {test_rows} to test.",
            split=say("“{name}”", name=retold(clean(s.name, 48))),
            detail=retold(sentence(clean(s.detail, 200))),
            train_rows=count(s.train_rows),
            test_rows=count(s.test_rows),
        )
        for s in learned.splits[:6]
    ]
    blocks.append(Bullets(tuple(splits)))
    metrics, weights = metrics_table(learned), importance_table(learned.importance)
    head = label(facts.telling(learned).name)
    blocks.append(
        Details(say("All measures: {head} and {rows} more", head=head, rows=count(len(metrics.rows) - 1)), (metrics,))
    )
    if weights.rows:
        blocks.append(Details(say("What each column contributes, and in which direction"), (weights,)))
    return tuple(blocks)
