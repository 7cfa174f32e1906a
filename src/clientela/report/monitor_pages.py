"""The pages of monitoring: one per check, and one about all of them."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from clientela.domain.finding import Severity
from clientela.domain.record import Record
from clientela.language import Language, retold, say, speaking
from clientela.monitoring.announced import Announcement
from clientela.monitoring.result import CheckResult, Measured
from clientela.monitoring.tracking import Checked, History, State, Tracked
from clientela.report import page
from clientela.report.blocks import (
    Block,
    Callout,
    Cell,
    Chapter,
    Course,
    Figure,
    Head,
    Incidents,
    Lane,
    Lanes,
    TableBlock,
)
from clientela.report.brand import USUAL, Brand
from clientela.report.incident_cards import about, incident_card, shift_card, titled
from clientela.report.numbers import count, number
from clientela.report.text import cell, clean, plural, sentence

OVERVIEW = "index.html"
MOST_CARDS, MOST_BATCHES, MOST_LANES, MOST_COURSES, MOST_NOTES = 60, 60, 20, 12, 30
HALVES = (
    ("prediction", "model", "The model", "How well does the model tell the label?"),
    ("business", "business", "The business", "How does the business do?"),
)
UNMEASURED = (
    "Not known: no check measured it. With a label (`clientela monitor baseline --label`) each check does, as soon as "
    "its rows hold enough of them."
)
UNKNOWN_EFFECT = (
    "Not measured here yet: that personalised pages pay is told only by visitors who never get them (a holdout). "
    "With an experiment its effect, with its interval, stands in this place."
)


@dataclass(frozen=True)
class Watched(Record):
    """What the pages are made of.

    Attributes:
        history: All checks.
        source: Name of the folder.
        version: Version of clientela.
        pages: File of each check's page, in the order of the checks.
        announcements: The change calendar.
        waiting: Alerts that wait, in a sentence, or "".
        effect: The effect against a holdout, in a sentence, or "" where none was measured.
        language: Language of the pages.
        brand: Colours and logo of the house.
    """

    history: History
    source: str
    version: str
    pages: tuple[str, ...]
    announcements: tuple[Announcement, ...] = ()
    waiting: str = ""
    effect: str = ""
    language: Language = Language.ENGLISH
    brand: Brand = USUAL


def render_check(watched: Watched, checked: Checked) -> str:
    """Return the page of one check.

    Args:
        watched: What the pages are made of.
        checked: The check.

    Returns:
        HTML text; the same parts give the same text.
    """
    with speaking(watched.language):
        return _check_page(watched, checked)


def _check_page(watched: Watched, checked: Checked) -> str:
    result = checked.result
    shown = [step.tracked for step in checked.steps if step.state is not State.CLOSED]
    over = [step.tracked for step in checked.steps if step.state is State.CLOSED]
    parts = [*_shifts(result), *_ended(over), *_halves((checked,))]
    span = (
        say("{first} to {last}", first=clean(result.first, 30), last=clean(result.last, 30))
        if result.first and result.last
        else say("the rows carry no time")
    )
    return page.render(
        "monitor.html.j2",
        _frame(
            watched,
            say("Batch {name}", name=clean(result.batch, 100)),
            f"{plural(result.rows, 'row')} · {span}",
            result.checked,
        ),
        overview=OVERVIEW,
        question=say("What broke"),
        answer=_verdict(checked),
        figures=_counts(checked),
        blocks=_cards(shown) + _untested(result),
        parts=parts,
    )


def render_overview(watched: Watched) -> str:
    """Return the page about all checks: what is open, batch by batch, both halves of quality, the effect.

    Args:
        watched: What the pages are made of.

    Returns:
        HTML text; the same parts give the same text.
    """
    with speaking(watched.language):
        return _overview_page(watched)


def _overview_page(watched: Watched) -> str:
    history = watched.history
    ranked = sorted(history.standing, key=lambda one: -one.incident.severity.rank)
    blocks = _cards(ranked)
    if watched.waiting:
        blocks.append(Callout("warning", say("Alerts wait"), sentence(clean(watched.waiting, 400))))
    made = history.checks[-1].result.checked if history.checks else ""
    parts = [_timeline(watched), *_halves(_counted(history)), _effect(watched), *_calendar(watched)]
    figures = (
        Figure(say("open now"), count(len(history.standing))),
        Figure(say("checks"), count(len(history.checks))),
        Figure(say("over"), count(len(history.over))),
    )
    return page.render(
        "monitor.html.j2",
        _frame(
            watched,
            say("Monitoring of {source}", source=clean(watched.source, 100)),
            plural(len(history.checks), "check"),
            made,
        ),
        overview="",
        question=say("What is open now"),
        answer=_state(history),
        figures=figures,
        blocks=blocks,
        parts=parts,
    )


def _frame(watched: Watched, title: str, meta: str, checked: str) -> page.Frame:
    version = clean(watched.version, 20)
    time = clean(checked, 30)
    made = (
        say("Made by Clientela {version}, last check {time}.", version=version, time=time)
        if time
        else say("Made by Clientela {version}.", version=version)
    )
    line = say("{meta} · checked {time}", meta=meta, time=time) if time else meta
    return page.Frame(title, line, made, version, watched.brand)


def _verdict(checked: Checked) -> str:
    result = checked.result
    again = say(" The batch had been checked before and counts once.") if checked.again else ""
    if not result.incidents:
        shifts = plural(len(result.shifts), "real change")
        changes = say(" Below: {shifts} of the world.", shifts=shifts) if result.shifts else ""
        return f"{say('Nothing broke.')}{changes}{again}"
    return say(
        "{incidents}, {new} of them new. The gravest: {gravest}{again}",
        incidents=plural(len(result.incidents), "incident"),
        new=count(checked.told(State.OPENED)),
        gravest=_gravest(result),
        again=again,
    )


def _gravest(result: CheckResult) -> str:
    worst = max(result.incidents, key=lambda incident: incident.severity.rank)
    return sentence(clean(titled(worst), 400))


def _told(checked: Checked) -> str:
    """Return a check in a few words."""
    words = (
        (State.OPENED, "{n} opened"),
        (State.REPEATED, "{n} repeated"),
        (State.WORSENED, "{n} worsened"),
        (State.CLOSED, "{n} closed"),
    )
    told = [say(text, n=count(checked.told(state))) for state, text in words if checked.told(state)]
    shifts = len(checked.result.shifts)
    return ", ".join([*told, *([plural(shifts, "real change")] if shifts else [])]) or say("nothing to report")


def _state(history: History) -> str:
    if not history.checks:
        return say("No batch was checked yet: `clientela monitor check` does it.")
    if history.renewed:
        return say("The baseline was made anew since the last check: the next one tells what is open against it.")
    last = history.checks[-1]
    latest = say("The last batch, {name}: {told}.", name=clean(last.result.batch, 80), told=_told(last))
    if not history.standing:
        return say("Nothing is broken. {latest}", latest=latest)
    worst = max(history.standing, key=lambda one: one.incident.severity.rank).incident
    return say(
        "{incidents} open. {worst} {latest}",
        incidents=plural(len(history.standing), "incident"),
        worst=sentence(clean(titled(worst), 300)),
        latest=latest,
    )


def _counts(checked: Checked) -> tuple[Figure, ...]:
    ranks = [incident.severity for incident in checked.result.incidents]
    grave = sum(severity.rank >= Severity.WARNING.rank for severity in ranks)
    return (
        Figure(say("incidents"), count(len(ranks)), say("{grave} serious", grave=count(grave)) if ranks else ""),
        Figure(say("real changes"), count(len(checked.result.shifts))),
        Figure(say("over"), count(checked.told(State.CLOSED))),
    )


def _cards(shown: Sequence[Tracked]) -> list[Block]:
    if not shown:
        return []
    more = len(shown) - MOST_CARDS
    cards: list[Block] = [Incidents(tuple(incident_card(one) for one in shown[:MOST_CARDS]))]
    return (
        [*cards, Callout("plain", say("More"), say("{more} more are in the JSON of the check.", more=count(more)))]
        if more > 0
        else cards
    )


def _untested(result: CheckResult) -> list[Block]:
    notes = [retold(sentence(clean(note, 300))) for note in result.notes[:MOST_NOTES]]
    return [Callout("plain", say("What could not be tested"), " ".join(notes))] if notes else []


def _shifts(result: CheckResult) -> Iterator[Chapter]:
    if result.shifts:
        cards = tuple(shift_card(shift, place) for place, shift in enumerate(result.shifts[:MOST_CARDS], start=1))
        changes = plural(len(result.shifts), "change")
        answer = say("{changes} of the world, none of them a break.", changes=changes)
        question = say("What changed without being broken?")
        yield Chapter("changes", say("Real changes"), question, answer, (Incidents(cards),))


def _ended(over: Sequence[Tracked]) -> Iterator[Chapter]:
    if over:
        answer = say("No longer in this batch: {incidents} of earlier ones.", incidents=plural(len(over), "incident"))
        yield Chapter("over", say("Over"), say("What is over?"), answer, (Incidents(tuple(map(incident_card, over))),))


def _timeline(watched: Watched) -> Chapter:
    checks = watched.history.checks
    recent = list(zip(checks, watched.pages, strict=True))[-MOST_BATCHES:]
    heads = (
        say("Batch"),
        say("Checked"),
        say("Rows"),
        say("New"),
        say("Goes on"),
        say("Over"),
        say("Real changes"),
    )
    rows = tuple(_row(checked, file) for checked, file in reversed(recent))
    table = TableBlock(
        say("Batch by batch, latest first"),
        tuple(Head(text, numeric=place > 1) for place, text in enumerate(heads)),
        rows,
        search=len(rows) > 25,
        note=say("The last {shown} of {checks} checks.", shown=MOST_BATCHES, checks=count(len(checks)))
        if len(checks) > MOST_BATCHES
        else "",
    )
    lanes = _lanes(watched.history, [checked for checked, _ in recent])
    answer = say("Each line is an incident, each place a batch.") if lanes else say("No incident was found so far.")
    question = say("What happened, batch by batch?")
    return Chapter("timeline", say("Timeline"), question, answer, (*lanes, table) if rows else ())


def _row(checked: Checked, file: str) -> tuple[Cell, ...]:
    result = checked.result
    steps = [checked.told(State.OPENED), checked.told(State.REPEATED) + checked.told(State.WORSENED)]
    numbers = [result.rows, *steps, checked.told(State.CLOSED), len(result.shifts)]
    name = Cell(cell(result.batch), page=file, note=say("checked again") if checked.again else "")
    return (name, Cell(clean(result.checked[:16].replace("T", " "), 20)), *(Cell(count(n), float(n)) for n in numbers))


def _lanes(history: History, recent: Sequence[Checked]) -> list[Block]:
    last: dict[str, Tracked] = {}
    places: dict[str, list[int]] = {}
    for place, checked in enumerate(recent):
        for step in checked.steps:
            last[step.tracked.key] = step.tracked
            if step.state is not State.CLOSED:
                places.setdefault(step.tracked.key, []).append(place)
    standing = {one.key for one in history.standing}
    keys = [key for key in last if key in places][-MOST_LANES:]
    if not keys:
        return []
    lanes = tuple(
        Lane(about(last[key].incident), "", "standing" if key in standing else "ended", tuple(places[key]))
        for key in keys
    )
    said = [f"{lane.label}: {plural(len(lane.places), 'batch', 'batches')}, {_ends(lane)}" for lane in lanes]
    alt = say("One line per incident over {checks}. {told}.", checks=plural(len(recent), "check"), told="; ".join(said))
    ends = recent[0].result.batch, recent[-1].result.batch
    return [Lanes(say("Which incident showed in which batch"), alt, lanes, len(recent), *ends)]


def _ends(lane: Lane) -> str:
    return say("open") if lane.tone == "standing" else say("over")


def _counted(history: History) -> tuple[Checked, ...]:
    """Return one check per batch: of a batch checked again the later one."""
    named = {checked.result.fingerprint or str(checked.number): checked for checked in history.checks}
    return tuple(named.values())[-MOST_BATCHES:]


def _halves(checks: Sequence[Checked]) -> Iterator[Chapter]:
    for half, slug, short, question in HALVES:
        names = dict.fromkeys(one.name for checked in checks for one in checked.result.metrics if one.half == half)
        blocks = [block for name in list(names)[:MOST_COURSES] for block in _course(name, half, checks)]
        latest = [one for one in checks[-1].result.metrics if one.half == half] if checks else []
        if blocks or latest:
            table = [_measures(latest)] if latest else []
            yield Chapter(slug, say(short), say(question), _quality(latest), (*blocks, *table))
        else:
            yield Chapter(slug, say(short), say(question), say(UNMEASURED))


def _course(name: str, half: str, checks: Sequence[Checked]) -> Iterator[Block]:
    found = [(checked, _measured(checked, name, half)) for checked in checks]
    known = [(checked, one) for checked, one in found if one is not None and not math.isnan(one.value.value)]
    if len(known) < 2:
        return
    nowhere = (math.nan,) * 5
    values = tuple(
        (one.value.value, one.value.low, one.value.high, one.low, one.high) if one is not None else nowhere
        for _, one in found
    )
    last, outside = known[-1][1], sum(_outside(one) for _, one in known)
    title = retold(clean(name, 60))
    alt = say(
        "{title} over {batches}, last {last}, baseline {baseline}, {outside} outside the control limits.",
        title=title,
        batches=plural(len(known), "batch", "batches"),
        last=number(last.value.value),
        baseline=number(last.baseline.value),
        outside=count(outside),
    )
    ends = checks[0].result.batch, checks[-1].result.batch
    note = say("Band: control limits. Bars: intervals. Dashed: baseline.")
    yield Course(title, alt, values, last.baseline.value, *ends, note=note)


def _measured(checked: Checked, name: str, half: str) -> Measured | None:
    return next((one for one in checked.result.metrics if one.name == name and one.half == half), None)


def _outside(one: Measured) -> bool:
    return one.value.value < one.low or one.value.value > one.high


def _quality(latest: Sequence[Measured]) -> str:
    out = [one for one in latest if _outside(one)]
    if not latest:
        return say("The last batch did not measure it.")
    if not out:
        return say("Within the control limits: {measures} of the batch.", measures=plural(len(latest), "measure"))
    told = ", ".join(f"{retold(clean(one.name, 40))} {number(one.value.value)}" for one in out[:4])
    return say("Outside the control limits in the batch: {told}.", told=told)


def _measures(latest: Sequence[Measured]) -> TableBlock:
    heads = (
        say("Measure"),
        say("This batch"),
        say("Interval"),
        say("Baseline"),
        say("Control limits"),
        say("Known from"),
    )
    rows = tuple(
        (
            Cell(retold(cell(one.name)), note=say("outside its limits") if _outside(one) else ""),
            Cell(number(one.value.value), one.value.value if math.isfinite(one.value.value) else None),
            Cell(say("{low} to {high}", low=number(one.value.low), high=number(one.value.high))),
            Cell(number(one.baseline.value)),
            Cell(say("{low} to {high}", low=number(one.low), high=number(one.high))),
            Cell(retold(cell(one.how))),
        )
        for one in latest[:MOST_COURSES]
    )
    return TableBlock(
        say("Measures of the batch"), tuple(Head(text, numeric=0 < place < 5) for place, text in enumerate(heads)), rows
    )


def _effect(watched: Watched) -> Chapter:
    answer = retold(clean(watched.effect)) or say(UNKNOWN_EFFECT)
    return Chapter("effect", say("Effect"), say("Do personalised pages pay, against a holdout?"), answer)


def _calendar(watched: Watched) -> Iterator[Chapter]:
    if watched.announcements:
        heads = tuple(Head(text) for text in (say("Change"), say("From"), say("Until"), say("Explains")))
        rows = tuple(
            (
                Cell(cell(one.text)),
                Cell(str(one.start)),
                Cell(str(one.end or say("stays"))),
                Cell(", ".join(cause.value for cause in one.causes)),
            )
            for one in watched.announcements[-MOST_BATCHES:]
        )
        answer = say("Incidents that fit an entry are told as real changes.")
        table = TableBlock(say("Change calendar"), heads, rows)
        yield Chapter("calendar", say("Calendar"), say("What was announced?"), answer, (table,))
