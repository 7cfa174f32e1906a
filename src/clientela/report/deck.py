"""The report as about a dozen slides for people who will not read it."""

from __future__ import annotations

from datetime import UTC, datetime

from pptx.presentation import Presentation as Deck
from pptx.slide import Slide

from clientela.language import day, retold, say
from clientela.models.result import ModelResult
from clientela.report import charts, facts
from clientela.report.blocks import Bullets, Chart, Figures, TableBlock
from clientela.report.chapters.effect import effect
from clientela.report.chapters.groups import groups
from clientela.report.chapters.joined_columns import joined_columns
from clientela.report.chapters.model import model as model_chapter
from clientela.report.chapters.next_steps import next_steps, steps
from clientela.report.chapters.running import running
from clientela.report.chapters.seeing import seeing
from clientela.report.chapters.segments import segments
from clientela.report.chapters.which_data import which_data
from clientela.report.contents import Contents
from clientela.report.headlines import five
from clientela.report.localised import spoken
from clientela.report.measures import in_short, label, meaning, model_label, value
from clientela.report.numbers import count, money, percent, score, with_interval
from clientela.report.options import ReportOptions
from clientela.report.palette import ACCENT, INK
from clientela.report.slides import (
    EPOCH,
    MARGIN,
    WIDTH,
    Box,
    Style,
    add_chart,
    add_cover,
    add_figures,
    add_logo,
    add_slide,
    add_table,
    add_text,
    fitted,
    new_deck,
    save,
)
from clientela.report.text import cell, clean, joined, named, plural, shortened
from clientela.segments.result import SegmentResult

FULL = Box(MARGIN, 1.75, WIDTH - 2 * MARGIN, 4.95)
LEFT = Box(MARGIN, 1.75, 5.6, 4.95)
RIGHT = Box(6.9, 1.75, WIDTH - MARGIN - 6.9, 4.95)
WORDS = Box(MARGIN, 1.75, 9.5, 4.95)
MOST_FINDINGS = 6
MOST_ROWS = 7
MOST_MEASURES = 6
MOST_ANSWER = 420
MOST_MARKS = 3
FEW_SEGMENTS = 2
DEFAULTS = ReportOptions()


@spoken
def render_deck(contents: Contents, options: ReportOptions = DEFAULTS) -> bytes:
    """Return the report as a PowerPoint file.

    Args:
        contents: The results; a slide of a stage that was not reached says what it would need, one where there is no
            model.
        options: Title.

    Returns:
        Bytes of a pptx file; the same contents give the same bytes.
    """
    title = clean(options.title or contents.title or facts.source_phrase(contents), 140)
    deck = new_deck()
    known = five(contents)
    source = f"{facts.source_phrase(contents)}, {day(clean(contents.created, 30))}"
    cover = add_cover(deck, title, known[0].text, source, "\n".join(item.text for item in known))
    if contents.brand.logo:
        add_logo(cover, contents.brand.logo, "Logo")
    modelled = (_groups, _segments) if contents.model is not None else ()
    for build in (_five, _data, _findings, _columns, _model, *modelled, _effect, _running, _next):
        build(deck, contents)
    return save(deck, title, _created(contents.created), contents.brand.colors)


def _slide(deck: Deck, contents: Contents, title: str, notes: str) -> Slide:
    footer = say(
        "Source: {source_phrase}, {rows} rows. Brackets: 95 % intervals.",
        source_phrase=facts.source_phrase(contents),
        rows=count(contents.audit.table.rows),
    )
    return add_slide(deck, title, footer, notes)


def _five(deck: Deck, contents: Contents) -> None:
    known = five(contents)
    slide = _slide(
        deck, contents, say("Five things to know"), "\n".join(f"{item.topic}: {item.text}" for item in known)
    )
    top, letters = FULL.top, sum(len(item.text) for item in known)
    size = min(fitted([k.text], Box(0, 0, FULL.width - 3.1, _share(k.text, letters)), 16)[1] for k in known)
    for position, item in enumerate(known):
        step = _share(item.text, letters) + 0.15
        add_text(slide, Box(FULL.left, top, 0.5, step), [str(position + 1)], Style(24, ACCENT, bold=True))
        add_text(slide, Box(FULL.left + 0.6, top + 0.05, 2.4, step), [item.topic], Style(16, INK, bold=True))
        add_text(slide, Box(FULL.left + 3.1, top + 0.05, FULL.width - 3.1, step - 0.12), [item.text], Style(size))
        top += step


def _share(text: str, letters: int) -> float:
    """Return the height of one of the five things, in inches: half of it by its length."""
    return (FULL.height / 5 + FULL.height * len(text) / max(1, letters)) / 2 - 0.15


def _data(deck: Deck, contents: Contents) -> None:
    chapter, table = seeing(contents), contents.audit.table
    brought = len(facts.joined_profiles(contents))
    title = say(
        "{rows} in {columns}",
        rows=plural(table.rows, facts.grain(contents)),
        columns=plural(table.columns, "column"),
    )
    title += say(", {joined} of them joined from elsewhere", joined=count(brought)) if brought else ""
    slide = _slide(deck, contents, title, chapter.answer)
    figures = next((block.items for block in chapter.blocks if isinstance(block, Figures)), ())
    add_figures(slide, Box(LEFT.left, LEFT.top, 3.6, LEFT.height), figures)
    chart = charts.balance(contents.audit) or charts.missing(contents.audit)
    if chart is not None:
        add_chart(slide, Box(5.0, FULL.top, WIDTH - MARGIN - 5.0, FULL.height), chart, contents.brand.colors)
    else:
        add_text(slide, RIGHT, [chapter.answer])


def _findings(deck: Deck, contents: Contents) -> None:
    findings, serious = contents.audit.findings, facts.serious(contents)
    title = say(
        "{findings} of {findings_2} need a decision before anything goes live",
        findings=plural(len(serious), "finding"),
        findings_2=count(len(findings)),
    )
    if not serious:
        title = say("Nothing was found that stands in the way")
    elif len(serious) == 1:
        title = say("1 finding of {findings} needs a decision before anything goes live", findings=count(len(findings)))
    lines = [f"{say(str(f.severity))}: {clean(f.title)} {clean(f.advice)}" for f in findings[:20]]
    slide = _slide(
        deck, contents, title, "\n".join([say("{findings} in all.", findings=plural(len(findings), "finding")), *lines])
    )
    ranked = sorted(findings, key=lambda finding: -finding.severity.rank)[:MOST_FINDINGS]
    rows = [(say("How serious"), say("What was found"), say("What to do"))]
    rows += [(say(str(f.severity)), clean(f.title, 180), clean(f.advice, 180)) for f in ranked]
    if ranked:
        add_table(slide, FULL, rows, (1.2, 5.5, 5))
    else:
        add_text(slide, FULL, [say("The audit has nothing to report.")])


def _columns(deck: Deck, contents: Contents) -> None:
    chapter, origin = which_data(contents), joined_columns(contents)
    model = contents.model
    title = say("Which data pay is known only after a model was learned")
    if model is not None:
        left = count(len(model.left_out)) if model.left_out else say("none")
        title = say(
            "The model uses {columns} and leaves {left} out", columns=plural(len(model.features), "column"), left=left
        )
    slide = _slide(deck, contents, title, f"{chapter.answer}\n{origin.answer}")
    told = [origin.answer, shortened(chapter.answer, MOST_ANSWER)]
    add_text(slide, LEFT if model is not None else WORDS, told, Style(16 if model is not None else 20))
    if model is not None and model.variations:
        head = label(model.variations[0].metric.name)
        rows = [(say("Columns used"), say("How many"), say("{head} (95 % interval)", head=head))]
        shown = model.variations[:MOST_ROWS]
        rows += [(retold(cell(v.name)), count(v.columns), with_interval(v.metric.estimate, score)) for v in shown]
        tall = 0.45 * len(rows)
        add_table(slide, Box(RIGHT.left, RIGHT.top, RIGHT.width, tall), rows, (3, 1.2, 2.8))
        below = Box(RIGHT.left, RIGHT.top + tall + 0.25, RIGHT.width, RIGHT.height - tall - 0.25)
        _picture(slide, below, charts.importance(model, most=5) if tall < RIGHT.height / 2 else None, contents)
    elif model is not None:
        _picture(slide, RIGHT, charts.importance(model), contents)


def _model(deck: Deck, contents: Contents) -> None:
    chapter, model = model_chapter(contents), contents.model
    if model is None:
        _words(deck, contents, say("No model was learned yet"), chapter.answer)
        return
    metric = facts.telling(model)
    title = in_short(metric, facts.row_noun(contents))
    lines = [f"{label(m.name)}, {model_label(m.model)}, {retold(m.split)}: {value(m)}" for m in model.metrics[:30]]
    slide = _slide(deck, contents, title, "\n".join([chapter.answer, *lines]))
    _picture(slide, Box(LEFT.left, LEFT.top, LEFT.width, LEFT.height), charts.calibration(model), contents)
    rows = [(say("Measure"), say("Value"), say("Says"))]
    own = [m for m in model.metrics if m.model == model.chosen and m.split == metric.split][:MOST_MEASURES]
    rows += [(label(m.name), value(m), meaning(m.name)) for m in own]
    add_text(
        slide, Box(RIGHT.left, RIGHT.top, RIGHT.width, 0.4), [model_label(model.chosen)], Style(14, INK, bold=True)
    )
    add_table(slide, Box(RIGHT.left, RIGHT.top + 0.45, RIGHT.width, min(4.4, 0.6 * len(rows))), rows, (1.9, 2.4, 2.7))


def _groups(deck: Deck, contents: Contents) -> None:
    chapter, model = groups(contents), contents.model
    if model is None or not model.groups:
        _words(deck, contents, say("Revenue groups need a label or a revenue column"), chapter.answer)
        return
    best = facts.best_group(model)
    title = say(
        "{best} is {share} of {row_nouns}",
        best=named(best.name),
        share=percent(best.share.value),
        row_nouns=facts.row_nouns(contents),
    )
    if best.revenue_share is not None:
        title += say(" and {revenue_share} of revenue", revenue_share=percent(best.revenue_share))
    slide = _slide(deck, contents, title, chapter.answer)
    rows = _group_rows(model)
    tall = min(0.45 * len(rows), 3.4)
    add_table(slide, Box(LEFT.left, LEFT.top, 6.2, tall), rows, (1.6, 2.4, 1.5, 1))
    use = next((block.items[:2] for block in chapter.blocks if isinstance(block, Bullets)), ())
    add_text(slide, Box(LEFT.left, LEFT.top + tall + 0.3, 6.2, LEFT.height - tall - 0.3), use, Style(15))
    chart = charts.gain(model) or charts.groups(model)
    _picture(slide, Box(7.4, RIGHT.top, WIDTH - MARGIN - 7.4, RIGHT.height), chart, contents)


def _group_rows(model: ModelResult) -> list[tuple[str, ...]]:
    rows: list[tuple[str, ...]] = [(say("Group"), say("Share of rows"), say("Mean revenue"), say("Found"))]
    for group in model.groups[:MOST_ROWS]:
        mean = money(group.mean_revenue.value) if group.mean_revenue else "–"
        rows.append((cell(group.name), with_interval(group.share, percent), mean, percent(group.recall.value)))
    return rows


def _segments(deck: Deck, contents: Contents) -> None:
    chapter, result = segments(contents), contents.segments
    if result is None or not result.segments:
        _words(deck, contents, say("There are no segments yet"), chapter.answer)
        return
    best = result.by_value[0]
    does = f"{facts.row_nouns(contents)} {facts.doing(contents.model)}"
    title = say(
        "Serve {best} first: {rate} of its {does}", best=named(best.name, 70), rate=percent(best.rate.value), does=does
    )
    slide = _slide(
        deck,
        contents,
        title,
        "\n".join([chapter.answer, *(f"{clean(s.name)}: {clean(s.rule)}" for s in result.segments)]),
    )
    rows = [(say("Segment"), say("Who"), say("Visits"), say("Rate"), say("Revenue"), say("What to do"))]
    for item in result.by_value[:MOST_ROWS]:
        revenue = percent(item.revenue_share.value) if item.revenue_share else "–"
        shares = (percent(item.share.value), percent(item.rate.value), revenue)
        rows.append((clean(item.name, 40), clean(item.rule, 120), *shares, shortened(clean(item.action), 120)))
    tall = min(FULL.height, 0.75 * len(rows))
    add_table(slide, Box(FULL.left, FULL.top, FULL.width, tall), rows, (2, 2.9, 1.05, 1.05, 1.2, 3.8))
    if len(result.segments) <= FEW_SEGMENTS:
        top, height = FULL.top + tall + 0.2, FULL.height - tall - 0.2
        _picture(slide, Box(FULL.left, top, FULL.width / 2, height), charts.segments(result), contents)
        right = Box(FULL.left + FULL.width / 2 + 0.3, top, FULL.width / 2 - 0.3, height)
        add_text(slide, Box(right.left, top, right.width, 0.4), [say("What marks them off")], Style(14, INK, bold=True))
        add_text(slide, Box(right.left, top + 0.5, right.width, height - 0.5), _marked(result), Style(14))


def _marked(result: SegmentResult) -> list[str]:
    """Return what marks each segment off, one text each."""
    told = []
    for item in result.by_value:
        marks = joined([clean(mark.phrase, 70) for mark in item.marks[:MOST_MARKS]], MOST_MARKS)
        told.append(f"{clean(item.name, 60)}: {marks or say('nothing but its rule')}")
    return told


def _effect(deck: Deck, contents: Contents) -> None:
    chapter = effect(contents)
    slide = _slide(deck, contents, say("Only a random holdout can say what personalisation changes"), chapter.answer)
    table = next((block for block in chapter.blocks if isinstance(block, TableBlock)), None)
    if table is None:
        add_text(slide, WORDS, [chapter.answer], Style(20))
    else:
        add_text(slide, Box(LEFT.left, LEFT.top, 4.4, LEFT.height), [chapter.answer], Style(16))
        # heads of five columns need room
        right = Box(5.5, RIGHT.top, WIDTH - MARGIN - 5.5, RIGHT.height)
        add_text(slide, Box(right.left, right.top, right.width, 0.55), [table.caption], Style(14, INK, bold=True))
        rows = [tuple(head.text for head in table.heads), *(tuple(item.text for item in row) for row in table.rows)]
        add_table(
            slide, Box(right.left, right.top + 0.65, right.width, 0.6 * len(rows)), rows, (1.2, 2.3, 1.2, 1.3, 1.4)
        )


def _running(deck: Deck, contents: Contents) -> None:
    chapter = running(contents)
    slide = _slide(deck, contents, say("Every batch is checked, and whoever is named gets word"), chapter.answer)
    add_text(slide, LEFT, [chapter.answer], Style(16))
    for block in chapter.blocks:
        if isinstance(block, Bullets):
            add_text(slide, RIGHT, block.items, Style(15))


def _next(deck: Deck, contents: Contents) -> None:
    chapter = next_steps(contents)
    slide = _slide(deck, contents, say("What to do next, in this order"), chapter.answer)
    wanted = steps(contents)
    step = FULL.height / max(5, len(wanted))
    for position, text in enumerate(wanted):
        top = FULL.top + position * step
        add_text(slide, Box(FULL.left, top, 0.5, step - 0.08), [str(position + 1)], Style(20, ACCENT, bold=True))
        add_text(slide, Box(FULL.left + 0.6, top + 0.03, FULL.width - 0.6, step - 0.1), [text], Style(16))


def _words(deck: Deck, contents: Contents, title: str, answer: str) -> None:
    slide = _slide(deck, contents, title, answer)
    add_text(slide, WORDS, [answer], Style(20))


def _picture(slide: Slide, box: Box, chart: Chart | None, contents: Contents) -> None:
    if chart is not None:
        add_chart(slide, box, chart, contents.brand.colors)


def _created(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text).replace(tzinfo=UTC)
    except ValueError:
        return EPOCH
