"""The model card: what a release was made from, what it is for, how good it is, for whom, and how to make it again.

After Mitchell et al. 2019 (Model cards for model reporting). It tells what the records hold and works out nothing.
"""

from __future__ import annotations

from collections.abc import Sequence

from clientela.domain.column import Available
from clientela.models.evidence import Slice
from clientela.models.release import Manifest
from clientela.models.result import Metric, ModelResult, TargetKind
from clientela.report import facts, page
from clientela.report.blocks import Block, Bullets, Cell, Chapter, Figure, Head, TableBlock
from clientela.report.contents import Contents
from clientela.report.framing import framed
from clientela.report.lifetime import customers_table, profit_table
from clientela.report.markdown import render_markdown
from clientela.report.measures import label, meaning, model_label
from clientela.report.numbers import count, money, number, percent, score, span, with_interval
from clientela.report.text import cell, clean, joined, lower_first, named, names, plural

MOST_COLUMNS = 300
MOST_SLICES = 200
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


def render_card(contents: Contents, model: ModelResult, manifest: Manifest) -> tuple[str, str]:
    """Return the card of a release as one self-contained page, and as Markdown.

    Args:
        contents: How the table was read, and its audit.
        model: Result of the models stage.
        manifest: What the release says of itself.

    Returns:
        HTML text and Markdown text that say the same.
    """
    title = f"Model card: {named(model.target.label)} of {facts.source_phrase(contents)}"
    frame = framed(contents, title)
    parts = {
        "answer": _summary(contents, model),
        "figures": _figures(model, manifest),
        "parts": (
            _data(contents, model, manifest),
            _use(contents, model),
            _limits(contents, model),
            _metrics(model),
            _fairness(model),
            _again(contents, manifest),
            _made_with(manifest),
        ),
    }
    return page.render("card.html.j2", frame, **parts), render_markdown("card.md.j2", frame=frame, **parts)


def _summary(contents: Contents, model: ModelResult) -> str:
    target = model.target
    asked = {
        TargetKind.BINARY: f"whether {named(target.label)} is {named(target.classes[-1])}",
        TargetKind.ORDERED: f"which of {count(len(target.classes))} ordered groups of {named(target.label)} it is in",
        TargetKind.CLASSES: f"which of {count(len(target.classes))} classes of {named(target.label)} it is in",
    }[target.kind]
    money = f", and its expected {named(target.revenue)}" if target.revenue else ""
    return (
        f"The model says of a {facts.row_noun(contents)} {asked}{money}. It is "
        f"{lower_first(model_label(model.chosen))} on {plural(len(model.features), 'column')}."
    )


def _figures(model: ModelResult, manifest: Manifest) -> tuple[Figure, ...]:
    metric = facts.telling(model)
    return (
        Figure("rows learned from", count(manifest.rows)),
        Figure("independent units", count(model.units)),
        Figure("columns", count(len(manifest.features))),
        Figure(label(metric.name), score(metric.estimate.value), span(metric.estimate, score)),
    )


def _data(contents: Contents, model: ModelResult, manifest: Manifest) -> Chapter:
    table = contents.audit.table
    period = f"{clean(table.start, 30)} to {clean(table.end, 30)}" if table.start and table.end else "not known"
    told = [
        ("Source", facts.source_phrase(contents)),
        ("Fingerprint (SHA-256)", clean(manifest.fingerprint, 80) or "none: a frame in memory"),
        ("Period", period),
        ("Rows of the table", count(model.table_rows)),
        ("Rows learned from", count(manifest.rows)),
        ("Independent units", f"{count(model.units)}{' visitors' if manifest.visitor else ' rows'}"),
        ("Label", clean(model.target.label, 80)),
        ("Classes", names(model.target.classes, 20)),
    ]
    if model.target.derived:
        told.append(("How the classes were made", clean(model.target.derived, 300)))
    blocks: list[Block] = [_pairs("What was learned from", told), _columns(contents, manifest.features)]
    if model.left_out:
        rows = tuple((Cell(cell(out.column)), Cell(clean(out.reason, 200))) for out in model.left_out[:MOST_COLUMNS])
        blocks.append(TableBlock("Columns left out", (Head("Column"), Head("Why")), rows))
    return Chapter(
        "data",
        "Data",
        "What was it made from?",
        f"{plural(manifest.rows, facts.row_noun(contents))} of {facts.source_phrase(contents)}, {period}.",
        tuple(blocks),
    )


def _columns(contents: Contents, features: Sequence[str]) -> TableBlock:
    known = {column.name: column for column in contents.audit.roles.columns}
    rows = []
    for name in features[:MOST_COLUMNS]:
        column = known.get(name)
        origin, when = (column.origin.value, column.available.value) if column else ("unknown", "unknown")
        rows.append((Cell(cell(name)), Cell(origin), Cell(when)))
    more = len(features) - MOST_COLUMNS
    return TableBlock(
        "Columns that scoring needs",
        (Head("Column"), Head("Origin"), Head("Known")),
        tuple(rows),
        note=f"{count(more)} more are in manifest.json." if more > 0 else "",
    )


def _use(contents: Contents, model: ModelResult) -> Chapter:
    nouns = facts.row_nouns(contents)
    after = [name for name in model.features if _late(contents, name)]
    items = [
        (
            f"For: ranking {nouns} by what they are likely to be worth, sizing and describing groups, planning and "
            "measuring campaigns."
        ),
        f"For {nouns} like those learned from: the same shop, the same columns, filled in the same way.",
        "Not for: decisions about single people that weigh on them, such as credit, prices or access.",
        "Not for: saying what would happen if something were changed. That takes an experiment.",
    ]
    if after:
        items.append(f"Not for decisions during a visit as it is: {names(after, 8)} may be known only afterwards.")
    return Chapter(
        "use",
        "Intended use",
        "What is it for?",
        f"It ranks {nouns} and gives each a probability; a person decides what follows.",
        (Bullets(tuple(items)),),
    )


def _late(contents: Contents, name: str) -> bool:
    return any(c.name == name and c.available is Available.AFTER for c in contents.audit.roles.columns)


def _limits(contents: Contents, model: ModelResult) -> Chapter:
    items = [clean(note, 300) for note in model.notes]
    used = [name for name in facts.doubtful(contents) if name in model.features]
    if used:
        items.append(f"{names(used, 8)} may know the label, or be known too late: see the audit.")
    if model.promise is not None and model.promise.after is not None:
        promised = with_interval(model.promise.after, score)
        items.append(f"In the next period {label(model.promise.name)} is promised to be {promised}.")
    weak = [one for one in model.evidence.weak if one.holds][:MOST_WEAK] if model.evidence else []
    items += [
        f"Weak where {clean(one.rule, 200)}: {percent(one.observed.value)} observed, {percent(one.expected)} expected "
        f"({count(one.rows)} rows)."
        for one in weak
    ]
    items.append("It says what goes together in the data, not what causes what.")
    return Chapter(
        "limits",
        "Limits",
        "Where does it end?",
        f"{plural(len(items), 'limit')} to know before it is used.",
        (Bullets(tuple(items)),),
    )


def _metrics(model: ModelResult) -> Chapter:
    chosen = [metric for metric in model.metrics if metric.model == model.chosen]
    rows = tuple(
        (Cell(label(one.name)), Cell(cell(one.split)), Cell(_value(one), order=one.estimate.value), Cell(_way(one)))
        for one in chosen
    )
    heads = (Head("Measure"), Head("Split"), Head("Value (95 % interval)", numeric=True), Head("How to read it"))
    splits = tuple(
        (Cell(cell(one.name)), Cell(count(one.train_rows)), Cell(count(one.test_rows)), Cell(clean(one.detail, 300)))
        for one in model.splits
    )
    parted = (Head("Split"), Head("Rows trained on", numeric=True), Head("Rows tested on", numeric=True), Head("How"))
    blocks: list[Block] = [TableBlock("Measures, on rows it has not seen", heads, rows), _groups(model)]
    blocks += [TableBlock("How rows were parted", parted, splits), *profit_table(model), *customers_table(model)]
    first = facts.telling(model)
    rivals = [one for one in facts.same_measure(model, first) if one.model in ("base rate", "best column")]
    told = joined([f"{model_label(one.model).lower()} {score(one.estimate.value)}" for one in rivals])
    return Chapter(
        "metrics",
        "Measures",
        "How good is it?",
        f"{label(first.name)} {with_interval(first.estimate, score)}" + (f"; beside it: {told}." if told else "."),
        tuple(blocks),
    )


def _value(metric: Metric) -> str:
    shown = money if metric.name.startswith("revenue") else percent if metric.name in SHARES else number
    return with_interval(metric.estimate, shown)


def _way(metric: Metric) -> str:
    said = meaning(metric.name)
    better = "higher is better" if metric.higher_is_better else "lower is better"
    return f"{said}; {better}" if said else better


def _groups(model: ModelResult) -> TableBlock:
    heads = (
        Head("Class"),
        Head("Rows", numeric=True),
        Head("Share", numeric=True),
        Head("Precision", numeric=True),
        Head("Recall", numeric=True),
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
    return TableBlock("How well each class is told", heads, rows)


def _fairness(model: ModelResult) -> Chapter:
    slices = [one for one in model.evidence.slices if one.kind == "group"] if model.evidence else []
    off = [one for one in slices if one.gap.excludes(0.0)]
    if not slices:
        text = "Not known: no group of the table is large enough to be measured alone."
    elif off:
        worst = max(off, key=lambda one: abs(one.gap.value))
        more = worst.gap.value > 0
        text = (
            f"In {count(len(off))} of {plural(len(slices), 'group')} the model expects beyond chance more or less than "
            f"is observed; most where {named(worst.column)} is {named(worst.value)}: {percent(abs(worst.gap.value))} "
            f"too {'much' if more else 'little'}."
        )
    else:
        text = f"In none of {plural(len(slices), 'group')} is the model off beyond chance."
    return Chapter(
        "fairness",
        "Fairness",
        "Is it as good for everybody?",
        text,
        (_slices(slices),) if slices else (),
        (
            (
                "Groups are those of columns in the table. What the table does not hold, such as sex or origin, cannot "
                "be checked with it."
            ),
            "Of twenty groups one is off by chance alone.",
        ),
    )


def _slices(slices: Sequence[Slice]) -> TableBlock:
    heads = (
        Head("Column"),
        Head("Group"),
        Head("Rows", numeric=True),
        Head("AUC", numeric=True),
        Head("Observed", numeric=True),
        Head("Expected less observed", numeric=True),
        Head("Put above the first class", numeric=True),
        Head("Of those above it, found", numeric=True),
    )
    rows = tuple(
        (
            Cell(cell(one.column)),
            Cell(cell(one.value)),
            Cell(count(one.rows), order=one.rows),
            Cell(with_interval(one.auc, score), order=one.auc.value),
            Cell(with_interval(one.observed, percent), order=one.observed.value),
            Cell(with_interval(one.gap, percent), order=one.gap.value),
            Cell(percent(one.named), order=one.named),
            Cell(with_interval(one.found, percent), order=one.found.value),
        )
        for one in slices[:MOST_SLICES]
    )
    return TableBlock("By group, on rows it has not seen", heads, rows)


def _again(contents: Contents, manifest: Manifest) -> Chapter:
    items = [
        (
            "On new rows, with the same columns and classes: `clientela retrain DIR NEWDATA`. It is used only where it "
            "is not worse."
        ),
        (
            "Beside another one: `clientela compare`. For other columns, groups or goals correct `clientela.toml` and "
            "learn again."
        ),
        "Every batch: `clientela monitor check`, before scores of it are used.",
    ]
    if contents.command:
        items.insert(0, f"The same again, seed {manifest.seed}: `{clean(contents.command, 300)}`.")
    return Chapter(
        "retrain",
        "Again",
        "How is it made again, and kept?",
        "The same rows, seed and versions give the same numbers.",
        (Bullets(tuple(items)),),
    )


def _made_with(manifest: Manifest) -> Chapter:
    rows = tuple(
        (Cell(cell(name)), Cell(cell(version)), Cell(LICENCES.get(name, "not known")))
        for name, version in manifest.environment.items()
    )
    table = TableBlock("Versions and licences", (Head("Part"), Head("Version"), Head("Licence")), rows)
    return Chapter(
        "environment",
        "Environment",
        "What was it made with?",
        "Plain files: recipe and coefficients as JSON, trees as LightGBM's text. All parts are under permissive "
        "licences; the data keep the licence of their owner.",
        (table,),
    )


def _pairs(caption: str, told: Sequence[tuple[str, str]]) -> TableBlock:
    return TableBlock(caption, (Head("What"), Head("Value")), tuple((Cell(key), Cell(value)) for key, value in told))
