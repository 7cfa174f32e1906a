"""The model card: what a release was made from, what it is for, how good it is, for whom, and how to make it again.

After Mitchell et al. 2019 (Model cards for model reporting). It tells what the records hold and works out nothing.
"""

from __future__ import annotations

from collections.abc import Sequence

from clientela.domain.column import Available
from clientela.domain.goal import Goal
from clientela.language import day, retold, say
from clientela.models.release import Manifest
from clientela.models.result import Metric, ModelResult, TargetKind
from clientela.report import facts, page
from clientela.report.blocks import Block, Bullets, Cell, Chapter, Figure, Head, TableBlock
from clientela.report.contents import Contents
from clientela.report.fairness import fairness
from clientela.report.framing import framed
from clientela.report.lifetime import customers_table
from clientela.report.localised import spoken
from clientela.report.markdown import render_markdown
from clientela.report.measures import label, meaning, model_label
from clientela.report.numbers import count, money, number, percent, score, span, with_interval
from clientela.report.profits import profit_table, revenue_limit, revenue_table
from clientela.report.text import cell, clean, joined, lower_first, named, names, plural

MOST_COLUMNS = 300
MOST_WEAK = 5
SHARES = ("accuracy", "balanced_accuracy")
LICENCES = {
    "python": "PSF-2.0",
    "clientela": "Apache-2.0",
    "lightgbm": "MIT",
    "numpy": "BSD-3-Clause",
    "polars": "MIT",
    "scipy": "BSD-3-Clause",
}
"""Licence of what a release is made with, by the names of `models.release.environment`."""


@spoken
def render_card(contents: Contents, model: ModelResult, manifest: Manifest) -> tuple[str, str]:
    """Return the card of a release as one self-contained page, and as Markdown.

    Args:
        contents: How the table was read, and its audit.
        model: Result of the models stage.
        manifest: What the release says of itself.

    Returns:
        HTML text and Markdown text that say the same.
    """
    title = say(
        "Model card: {label} of {source_phrase}",
        label=named(model.target.label),
        source_phrase=facts.source_phrase(contents),
    )
    frame = framed(contents, title)
    parts = {
        "answer": _summary(contents, model),
        "figures": _figures(model, manifest),
        "parts": (
            _data(contents, model, manifest),
            _use(contents, model),
            _limits(contents, model),
            _metrics(model),
            fairness(model),
            _again(contents, manifest),
            _made_with(manifest),
        ),
    }
    return page.render("card.html.j2", frame, **parts), render_markdown("card.md.j2", frame=frame, **parts)


def _summary(contents: Contents, model: ModelResult) -> str:
    target = model.target
    asked = {
        TargetKind.BINARY: say(
            "whether {label} is {classes}", label=named(target.label), classes=named(target.classes[-1])
        ),
        TargetKind.ORDERED: say(
            "which of {classes} ordered groups of {label} it is in",
            classes=count(len(target.classes)),
            label=named(target.label),
        ),
        TargetKind.CLASSES: say(
            "which of {classes} classes of {label} it is in",
            classes=count(len(target.classes)),
            label=named(target.label),
        ),
    }[target.kind]
    money = say(", and its expected {revenue}", revenue=named(target.revenue)) if target.revenue else ""
    return say(
        "The model says of a {row_noun} {asked}{money}. It is {chosen} on {columns}.",
        row_noun=facts.row_noun(contents),
        asked=asked,
        money=money,
        chosen=lower_first(model_label(model.chosen)),
        columns=plural(len(model.features), "column"),
    )


def _figures(model: ModelResult, manifest: Manifest) -> tuple[Figure, ...]:
    metric = facts.telling(model)
    return (
        Figure(say("rows learned from"), count(manifest.rows)),
        Figure(say("independent units"), count(model.units)),
        Figure(say("columns"), count(len(manifest.features))),
        Figure(label(metric.name), score(metric.estimate.value), span(metric.estimate, score)),
    )


def _data(contents: Contents, model: ModelResult, manifest: Manifest) -> Chapter:
    table = contents.audit.table
    known = bool(table.start and table.end)
    period = (
        say("{start} to {end}", start=day(clean(table.start, 30)), end=day(clean(table.end, 30)))
        if known
        else say("not known")
    )
    told = [
        (say("Source"), facts.source_phrase(contents)),
        (say("Fingerprint (SHA-256)"), clean(manifest.fingerprint, 80) or say("none: a frame in memory")),
        (say("Period"), period),
        (say("Rows of the table"), count(model.table_rows)),
        (say("Rows learned from"), count(manifest.rows)),
        (say("Independent units"), f"{count(model.units)} {say('visitors') if manifest.visitor else say('rows')}"),
        (say("Label"), clean(model.target.label, 80)),
        (say("Classes"), names(model.target.classes, 20)),
    ]
    if model.target.derived:
        told.append((say("How the classes were made"), retold(clean(model.target.derived, 300))))
    blocks: list[Block] = [_pairs(say("What was learned from"), told), _columns(contents, manifest.features)]
    if model.left_out:
        rows = tuple(
            (Cell(cell(out.column)), Cell(retold(clean(out.reason, 200)))) for out in model.left_out[:MOST_COLUMNS]
        )
        blocks.append(TableBlock(say("Columns left out"), (Head(say("Column")), Head(say("Why"))), rows))
    visits, source = plural(manifest.rows, facts.grain(contents)), facts.source_phrase(contents)
    told_of = (
        say("{rows} of {source_phrase}, {period}.", rows=visits, source_phrase=source, period=period)
        if known
        else say("{rows} of {source_phrase}, of a period that is not known.", rows=visits, source_phrase=source)
    )
    return Chapter(
        "data",
        say("Data"),
        say("What was it made from?"),
        told_of,
        tuple(blocks),
    )


def _columns(contents: Contents, features: Sequence[str]) -> TableBlock:
    known = {column.name: column for column in contents.audit.roles.columns}
    rows = []
    for name in features[:MOST_COLUMNS]:
        column = known.get(name)
        origin, when = (
            (say(column.origin.value), say(column.available.value)) if column else (say("unknown"), say("unknown"))
        )
        rows.append((Cell(cell(name)), Cell(origin), Cell(when)))
    more = len(features) - MOST_COLUMNS
    return TableBlock(
        say("Columns that scoring needs"),
        (Head(say("Column")), Head(say("Origin")), Head(say("Known"))),
        tuple(rows),
        note=say("{more} more are in manifest.json.", more=count(more)) if more > 0 else "",
    )


def _use(contents: Contents, model: ModelResult) -> Chapter:
    nouns = facts.row_nouns(contents)
    after = [name for name in model.features if _late(contents, name)]
    items = [
        say(
            "For: ranking {nouns} by what they are likely to be worth, sizing and describing groups, planning and "
            "measuring campaigns.",
            nouns=nouns,
        ),
        say(
            "For {nouns} like those learned from: the same shop, the same columns, filled in the same way.", nouns=nouns
        ),
        say("Not for: decisions about single people that weigh on them, such as credit, prices or access."),
        say("Not for: saying what would happen if something were changed. That takes an experiment."),
    ]
    if after:
        items.append(
            say(
                "Not for decisions during a visit as it is: {after} may be known only afterwards.",
                after=names(after, 8),
            )
        )
    return Chapter(
        "use",
        say("Intended use"),
        say("What is it for?"),
        say("It ranks {nouns} and gives each a probability; a person decides what follows.", nouns=nouns),
        (Bullets(tuple(items)),),
    )


def _late(contents: Contents, name: str) -> bool:
    return any(c.name == name and c.available is Available.AFTER for c in contents.audit.roles.columns)


def _limits(contents: Contents, model: ModelResult) -> Chapter:
    items = [retold(clean(note, 300)) for note in model.notes]
    used = [name for name in facts.doubtful(contents) if name in model.features]
    if used:
        items.append(say("{used} may know the label, or be known too late: see the audit.", used=names(used, 8)))
    if model.promise is not None and model.promise.after is not None:
        promised = with_interval(model.promise.after, score)
        items.append(
            say(
                "In the next period {promise} is promised to be {promised}.",
                promise=label(model.promise.name),
                promised=promised,
            )
        )
    weak = [one for one in model.evidence.weak if one.holds][:MOST_WEAK] if model.evidence else []
    items += [
        say(
            "Weak where {rule}: its log loss is {excess} above what its own chances expect ({rows} rows).",
            rule=clean(one.rule, 200),
            excess=with_interval(one.excess, score),
            rows=count(one.rows),
        )
        for one in weak
    ]
    items += revenue_limit(model)
    items.append(say("It says what goes together in the data, not what causes what."))
    return Chapter(
        "limits",
        say("Limits"),
        say("Where does it end?"),
        say("{limits} to know before it is used.", limits=plural(len(items), "limit")),
        (Bullets(tuple(items)),),
    )


def _metrics(model: ModelResult) -> Chapter:
    chosen = [metric for metric in model.metrics if metric.model == model.chosen]
    rows = tuple(
        (
            Cell(label(one.name)),
            Cell(retold(cell(one.split))),
            Cell(_value(one), order=one.estimate.value),
            Cell(_way(one)),
        )
        for one in chosen
    )
    heads = (
        Head(say("Measure")),
        Head(say("Split")),
        Head(say("Value (95 % interval)"), numeric=True),
        Head(say("How to read it")),
    )
    splits = tuple(
        (
            Cell(retold(cell(one.name))),
            Cell(count(one.train_rows)),
            Cell(count(one.test_rows)),
            Cell(retold(clean(one.detail, 300))),
        )
        for one in model.splits
    )
    parted = (
        Head(say("Split")),
        Head(say("Rows trained on"), numeric=True),
        Head(say("Rows tested on"), numeric=True),
        Head(say("How")),
    )
    blocks: list[Block] = [TableBlock(say("Measures, on rows it has not seen"), heads, rows), _groups(model)]
    blocks += [TableBlock(say("How rows were parted"), parted, splits), *profit_table(model), *revenue_table(model)]
    blocks += customers_table(model)
    first = facts.telling(model)
    text = _beside(model, first)
    future = facts.ahead(model)
    if future is not None:
        text += say(" Forward in time: {told}", told=_beside(model, future))
    return Chapter("metrics", say("Measures"), say("How good is it?"), text, tuple(blocks))


def _beside(model: ModelResult, metric: Metric) -> str:
    """Return a measure beside what the model is held against on the same split."""
    rivals = [one for one in facts.same_measure(model, metric) if one.model in ("base rate", "best column")]
    told = joined([f"{lower_first(model_label(one.model))} {score(one.estimate.value)}" for one in rivals])
    text = f"{label(metric.name)} {with_interval(metric.estimate, score)}"
    return text + (say("; beside it: {told}.", told=told) if told else ".")


def _value(metric: Metric) -> str:
    shown = money if metric.name.startswith("revenue") else percent if metric.name in SHARES else number
    return with_interval(metric.estimate, shown)


def _way(metric: Metric) -> str:
    said = meaning(metric.name)
    better = say("higher is better") if metric.higher_is_better else say("lower is better")
    return f"{said}; {better}" if said else better


def _groups(model: ModelResult) -> TableBlock:
    heads = (
        Head(say("Class")),
        Head(say("Rows"), numeric=True),
        Head(say("Share"), numeric=True),
        Head(say("Precision"), numeric=True),
        Head(say("Recall"), numeric=True),
    )
    rows = tuple(
        (
            Cell(cell(one.name)),
            Cell(count(one.rows), order=one.rows),
            Cell(with_interval(one.share, percent), order=one.share.value),
            Cell(with_interval(one.precision, percent), order=one.precision.value),
            Cell(with_interval(one.recall, percent), order=one.recall.value),
        )
        for one in model.groups
    )
    return TableBlock(say("How well each class is told"), heads, rows)


def _again(contents: Contents, manifest: Manifest) -> Chapter:
    items = [
        say(
            "On new rows, with the same columns and classes: `clientela retrain DIR NEWDATA`. It is used only where it "
            "is not worse."
        ),
        say(
            "Beside another one: `clientela models compare`. For other columns, groups or goals correct "
            "`clientela.toml` and learn again."
        ),
        _on_goal(manifest),
        say("Every batch: `clientela monitor check`, before scores of it are used."),
    ]
    if contents.command:
        items.insert(
            0,
            say("The same again, seed {seed}: `{command}`.", seed=manifest.seed, command=clean(contents.command, 300)),
        )
    return Chapter(
        "retrain",
        say("Again"),
        say("How is it made again, and kept?"),
        say("The same rows, seed and versions give the same numbers."),
        (Bullets(tuple(items)),),
    )


def _on_goal(manifest: Manifest) -> str:
    goal = say(manifest.goal.replace("-", " "))
    if manifest.goal is Goal.CONVERSION:
        return say(
            "Goal: {goal}. A later model whose chances of anything above the first class are surely worse is not used.",
            goal=goal,
        )
    if manifest.goal is Goal.REVENUE_PER_VISIT and manifest.target.revenue is not None:
        return say(
            "Goal: {goal}. A later model that surely reaches less revenue with what it ranks highest is not used.",
            goal=goal,
        )
    return say("Goal: {goal}. Rows of the past do not show it, an experiment does: `clientela experiment`.", goal=goal)


def _made_with(manifest: Manifest) -> Chapter:
    rows = tuple(
        (Cell(cell(name)), Cell(cell(version)), Cell(LICENCES.get(name, "not known")))
        for name, version in manifest.environment.items()
    )
    table = TableBlock(
        say("Versions and licences"), (Head(say("Part")), Head(say("Version")), Head(say("Licence"))), rows
    )
    return Chapter(
        "environment",
        say("Environment"),
        say("What was it made with?"),
        say(
            "Plain files: recipe and coefficients as JSON, trees as LightGBM's text. All parts are under permissive "
            "licences; the data keep the licence of their owner."
        ),
        (table,),
    )


def _pairs(caption: str, told: Sequence[tuple[str, str]]) -> TableBlock:
    return TableBlock(
        caption, (Head(say("What")), Head(say("Value"))), tuple((Cell(key), Cell(value)) for key, value in told)
    )
