"""The main job: from a source to a report, stage by stage, each resumable alone."""

from __future__ import annotations

import dataclasses
import datetime
import io
import shlex
import time
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import TypeVar

import polars as pl

from clientela.audit.auditing import audit, suspected
from clientela.audit.options import AuditOptions
from clientela.audit.result import AuditResult
from clientela.domain.column import Storage
from clientela.domain.errors import ClientelaError, InputError, listed, quoted
from clientela.domain.finding import Severity
from clientela.domain.goal import Goal
from clientela.domain.progress import Progress
from clientela.domain.record import Record
from clientela.domain.roles import Ask
from clientela.language import say, speaking
from clientela.models.customers import value_customers
from clientela.models.learning import Learned, learn
from clientela.models.options import ModelOptions
from clientela.models.raising.result import RaisedResult
from clientela.models.release import Release
from clientela.models.result import ModelResult
from clientela.monitoring.baseline import Facts, learn_baseline
from clientela.pipeline.joined import blocks, settled_roles
from clientela.pipeline.monitoring import BASELINE, INNER, ROWS, model_of, write_baseline
from clientela.pipeline.request import Request, ask, merge
from clientela.pipeline.watch import UNWATCHED, Watch
from clientela.report.audit_page import render_audit
from clientela.report.card import render_card
from clientela.report.contents import Contents
from clientela.report.deck import render_deck
from clientela.report.headlines import headlines
from clientela.report.html import render_html
from clientela.report.logo import read_brand
from clientela.report.options import ReportOptions
from clientela.segments.finding import segment
from clientela.segments.options import SegmentOptions
from clientela.segments.result import SegmentResult
from clientela.segments.sql import storages
from clientela.segments.writing import write_rules
from clientela.sources.opening import open_table
from clientela.tables.table import Table
from clientela.workspace import settings as toml
from clientela.workspace.artifacts import decode, encode
from clientela.workspace.folder import SETTINGS, Workspace, check, put_back
from clientela.workspace.journal import STATE, Journal, fingerprint
from clientela.workspace.releases import RELEASE
from clientela.workspace.settings import Settings

AUDIT, MODEL, SCORES, SEGMENTS = "audit.json", "model.json", "scores.arrow", "segments.json"
RAISED = "augment.json"
RULES = "rules"
FANOUT = "fanout"
CARDS = ("model-card.html", "model-card.md")
REPORT, DECK, PAGE, INFERRED = "report.html", "deck.pptx", "audit.html", "log/inferred.json"

T = TypeVar("T")


@dataclass(frozen=True, repr=False)
class Outcome(Record):
    """What a run made.

    Attributes:
        folder: The project folder.
        contents: All results.
        headlines: The five things to know.
    """

    folder: Path
    contents: Contents
    headlines: tuple[str, ...]

    def __repr__(self) -> str:
        lines = (*self.headlines, *self.contents.notes)
        return "\n".join([f"Run in {self.folder}", *(f"  {line}" for line in lines)])


@dataclass(frozen=True)
class Step:
    """One stage of one run: its name, what it is made from, the files it writes."""

    name: str
    inputs: str
    outputs: tuple[str, ...]


def run(
    request: Request, out: str | Path, *, report: bool = True, segments: bool = False, watch: Watch = UNWATCHED
) -> Outcome:
    """Carry a source all the way to a report in the folder `out`.

    Running again takes up what a person corrected in clientela.toml and makes anew only
    the stages whose inputs changed.

    Args:
        request: What is asked.
        out: The project folder, new, empty or made by an earlier run.
        report: Whether to go on to segments and report, or to stop after the models.
        segments: Whether to find segments where there is no report.
        watch: Takes word of the stages.

    Returns:
        What was made.

    Raises:
        ClientelaError: A wrong input; nothing half-written is left: a folder that an earlier run made has its audit
            and settings as before, another one is not there.
    """
    folder = Path(out)
    check(folder)
    asked = merge(request, kept_settings(folder))
    brand = read_brand(asked.brand, folder)
    with _opened(request, asked, watch) as table:
        wanted = ask(asked, table)
        with put_back(folder, (AUDIT, SETTINGS, INFERRED, STATE)):
            workspace = Workspace.create(folder)
            job = _Job(workspace, table, asked, watch, "run" if report or workspace.has(REPORT) else "learn")
            audited = job.audit(wanted)
            learned = job.learn(audited, insisted=wanted.label is not None)
        found = job.segment(audited, learned) if report or segments else None
        if report:
            job.baseline(audited, learned)
        contents = dataclasses.replace(job.contents(audited, learned, found), brand=brand)
        if learned is not None:
            job.card(contents, learned)
        if report:
            job.report(contents)
    return Outcome(folder, contents, headlines(contents))


def kept_settings(folder: Path) -> Settings:
    """Return what a person asked for in the clientela.toml of a folder; nothing asked where there is none.

    Raises:
        InputError: It is damaged.
    """
    workspace = Workspace(folder)
    if not workspace.has(SETTINGS):
        return Settings()
    settings = toml.read_settings(workspace)
    if not workspace.has(INFERRED):
        return settings
    try:
        inferred = decode(workspace.read(INFERRED), Settings, INFERRED)
    except InputError as error:
        raise InputError(
            f"{INFERRED} is damaged, so that it cannot be told what of clientela.toml you corrected: delete it, and "
            "all of clientela.toml counts as your word."
        ) from error
    return toml.corrections(settings, inferred)


def _opened(request: Request, asked: Settings, watch: Watch) -> Table:
    start = time.perf_counter()
    progress = watch.begin("read")
    table = open_table(request.source, sheet=asked.source.sheet, query=asked.source.query, progress=progress)
    aside = table.reading.set_aside_count
    detail = f"{table.rows:,} rows x {len(table.fields)} columns" + (f", {aside} rows set aside" if aside else "")
    watch.end("read", detail, time.perf_counter() - start, reused=False)
    return table


class _Job:
    """One run in one workspace: each method is a stage."""

    def __init__(self, workspace: Workspace, table: Table, asked: Settings, watch: Watch, verb: str = "run") -> None:
        self.notes: list[str] = []
        self._verb = verb
        self._workspace = workspace
        self._table = table
        self._asked = asked
        self._watch = watch
        self._journal = Journal(workspace)
        self._chain = fingerprint([version("clientela"), table.reading.to_dict(), asked.run.seed])

    def audit(self, wanted: Ask) -> AuditResult:
        options = AuditOptions(seed=self._asked.run.seed)
        step = self._step("audit", [wanted.to_dict(), dataclasses.asdict(options)], (AUDIT,))

        def make(progress: Progress) -> AuditResult:
            result = audit(self._table, wanted, options, progress)
            self._workspace.write(AUDIT, encode(result))
            return result

        result = self._stage(step, make, lambda: decode(self._workspace.read(AUDIT), AuditResult, AUDIT), _audited)
        self._settle(result)
        self.notes += _twins(wanted, self._table)
        if result.roles.label and not wanted.label:
            sure = result.roles.column(result.roles.label).sure
            self.notes.append(
                f"Took {result.roles.label!r} as the label ({sure:.0%} sure): "
                f"correct {SETTINGS} and run again if it is another."
            )
        return result

    def _settle(self, result: AuditResult) -> None:
        final = toml.settled(self._asked, result.roles)
        toml.write_settings(self._workspace, final, result.roles)
        self._workspace.write(INFERRED, encode(toml.inferred_part(self._asked, final)))

    def learn(self, audited: AuditResult, *, insisted: bool) -> Learned | None:
        if audited.roles.label is None:
            self.notes.append("No column looks like a label: name the one to predict with --label.")
            self._workspace.remove(MODEL, RELEASE, SCORES, *CARDS)
            return None
        campaign = self._asked.campaign
        options = ModelOptions(
            seed=self._asked.run.seed, value=campaign.value, cost=campaign.cost, goal=self._asked.run.goal
        )
        suspects = suspects_of(audited)
        step = self._step("models", [suspects, dataclasses.asdict(options)], (MODEL, RELEASE, SCORES))

        def make(progress: Progress) -> Learned:
            roles = settled_roles(audited)
            learned = learn(self._table, roles, suspects, options, progress, blocks(audited))
            learned = self._valued(learned, audited, progress)
            self._workspace.replace_folder(RELEASE, learned.release.save)
            self._workspace.write(SCORES, _arrow(learned.scores))
            self._workspace.write(MODEL, encode(learned.result))
            return learned

        try:
            return self._stage(step, make, self._load_learned, lambda learned: repr(learned.result))
        except ClientelaError as error:
            if insisted:
                raise
            self.notes.append(f"No model: {error}")
            self._workspace.remove(MODEL, RELEASE, SCORES, *CARDS)
            return None

    def _valued(self, learned: Learned, audited: AuditResult, progress: Progress) -> Learned:
        """Return what was learned with what customers are worth, or why that cannot be told."""
        found, why = value_customers(self._table, settled_roles(audited), self._asked.run.seed, progress)
        notes = (*learned.result.notes, *_multiplied(audited), *([why] if why else []))
        return dataclasses.replace(learned, result=dataclasses.replace(learned.result, lifetime=found, notes=notes))

    def _load_learned(self) -> Learned:
        return Learned(
            result=decode(self._workspace.read(MODEL), ModelResult, MODEL),
            release=Release.load(self._workspace.path / RELEASE),
            scores=pl.read_ipc(io.BytesIO(self._workspace.read(SCORES))),
        )

    def segment(self, audited: AuditResult, learned: Learned | None) -> SegmentResult | None:
        if learned is None:
            self._workspace.remove(SEGMENTS, RULES)
            return None
        run = self._asked.run
        joined = tuple((*block.columns, *block.key) for block in blocks(audited))
        campaign = self._asked.campaign
        options = SegmentOptions(
            seed=run.seed,
            goal=run.goal,
            avoid=suspects_of(audited),
            joined=joined,
            cost=campaign.cost,
            value=campaign.value,
            budget=campaign.budget,
        )
        step = self._step("segments", [RULES, dataclasses.asdict(options)], (SEGMENTS, RULES))

        def make(progress: Progress) -> SegmentResult:
            model_options = ModelOptions(seed=run.seed)
            result = segment(self._table, audited.roles, learned, model_options, options, progress)
            stored = storages(result, audited.roles)
            self._workspace.replace_folder(RULES, lambda folder: write_rules(result, stored, folder))
            self._workspace.write(SEGMENTS, encode(result))
            return result

        return self._stage(
            step,
            make,
            lambda: decode(self._workspace.read(SEGMENTS), SegmentResult, SEGMENTS),
            _segmented,
        )

    def baseline(self, audited: AuditResult, learned: Learned | None) -> None:
        """Learn what later batches are held against; a contract that a person corrected stays while the rows do."""
        roles = audited.roles
        timed = [field.name for field in self._table.fields if field.storage in (Storage.DATE, Storage.TIMESTAMP)]
        times = (roles.time,) if roles.time in timed else ()
        model = model_of(self._workspace.path) if learned is not None else None
        inputs = [roles.label, times, model.to_dict() if model is not None else None]
        step = self._step("baseline", inputs, (f"{INNER}/{BASELINE}", f"{INNER}/{ROWS}"))

        def make(progress: Progress) -> Facts:
            progress.update("baseline")
            label = model.label if model is not None else roles.label or ""
            made = learn_baseline(self._table, label, times, self._asked.run.seed, model)
            write_baseline(made, self._workspace.path / INNER)
            return made.facts

        def load() -> Facts:
            return decode(self._workspace.read(f"{INNER}/{BASELINE}"), Facts, BASELINE)

        try:
            self._stage(step, make, load, lambda facts: f"{facts.sampled:,} rows to hold batches against")
        except ClientelaError as error:
            self.notes.append(f"No baseline for monitoring: {error}")
            self._workspace.remove(INNER)

    def contents(self, audited: AuditResult, learned: Learned | None, found: SegmentResult | None) -> Contents:
        raised, spoken = self._raised(learned), self._asked.run.language
        with speaking(spoken):
            title = self._asked.run.title or say("What is in {source}", source=self._table.reading.source)
        return Contents(
            title=title,
            created=datetime.datetime.now(datetime.UTC).date().isoformat(),
            version=version("clientela"),
            reading=self._table.reading,
            audit=audited,
            model=learned.result if learned else None,
            segments=found,
            goal=self._asked.run.goal,
            command=self._command(audited.roles.label),
            notes=tuple(self.notes),
            raised=raised,
            language=spoken,
        )

    def _command(self, label: str | None) -> str:
        """Return the command that makes the same again; files and folders by their names alone."""
        source, table, run = self._asked.source, self._asked.table, self._asked.run
        parts = ["clientela", self._verb, Path(self._table.reading.source).name]
        pairs = {
            "--sheet": source.sheet,
            "--query": source.query,
            "--collected": table.collected,
            # `clientela learn` takes no label for granted
            "--label": table.label or (label if self._verb == "learn" else None),
            "--time": table.time,
            "--visitor": table.visitor,
            "--revenue": table.revenue,
            "--goal": "" if run.goal is Goal.REVENUE_PER_VISIT else run.goal.value,
            "--seed": str(run.seed or ""),
            "--out": self._workspace.path.resolve().name,
        }
        for option, value in pairs.items():
            parts += [option, value] if value else []
        return shlex.join(parts)

    def _raised(self, learned: Learned | None) -> RaisedResult | None:
        """Return what `clientela augment` found of this very table and label, or None."""
        if learned is None or not self._workspace.has(RAISED):
            return None
        try:
            found = decode(self._workspace.read(RAISED), RaisedResult, RAISED)
        except InputError:
            self.notes.append(f"{RAISED} is damaged and was left out: run `clientela augment` again.")
            return None
        same = (self._table.reading.fingerprint, learned.result.target.label)
        return found if (found.fingerprint, found.label) == same else None

    def card(self, contents: Contents, learned: Learned) -> None:
        options = [CARDS, contents.command, contents.language, contents.brand.to_dict()]
        step = self._step("card", options, CARDS)

        def make(progress: Progress) -> None:
            progress.update("card")
            texts = render_card(contents, learned.result, learned.release.manifest)
            for name, text in zip(CARDS, texts, strict=True):
                self._workspace.write(name, text.encode())

        self._stage(step, make, lambda: None, lambda _: ", ".join(CARDS))

    def report(self, contents: Contents) -> None:
        step = self._step("report", contents.to_dict(), (REPORT, DECK, PAGE))

        def make(progress: Progress) -> None:
            options = ReportOptions(title=self._asked.run.title)
            progress.update("report")
            self._workspace.write(REPORT, render_html(contents, options).encode())
            self._workspace.write(PAGE, render_audit(contents).encode())
            progress.update("deck")
            self._workspace.write(DECK, render_deck(contents, options))

        self._stage(step, make, lambda: None, lambda _: f"{REPORT}, {DECK}, {PAGE}")

    def _step(self, name: str, inputs: object, outputs: tuple[str, ...]) -> Step:
        self._chain = fingerprint([self._chain, name, inputs])
        return Step(name, self._chain, outputs)

    def _stage(self, step: Step, make: Callable[[Progress], T], load: Callable[[], T], tell: Callable[[T], str]) -> T:
        start = time.perf_counter()
        progress = self._watch.begin(step.name)
        # a frame has no fingerprint, so nothing shows that an earlier result still holds
        reused = bool(self._table.reading.fingerprint) and self._journal.is_done(step.name, step.inputs)
        result = load() if reused else make(progress)
        if not reused:
            self._journal.finish(step.name, step.inputs, step.outputs)
        seconds = time.perf_counter() - start
        self._journal.log(stage=step.name, seconds=round(seconds, 3), reused=reused, detail=tell(result))
        self._watch.end(step.name, tell(result), seconds, reused=reused)
        return result


def _twins(wanted: Ask, table: Table) -> list[str]:
    """Say which column was taken where the name asked for stands over several."""
    headers = {column.name: column.header for column in table.reading.columns}
    asked = {"label": wanted.label, "time": wanted.time, "visitor": wanted.visitor, "revenue": wanted.revenue}
    notes = []
    for job, name in asked.items():
        twins = [other for other in headers if headers[other] == headers.get(name or "", "") and other != name]
        if name is not None and twins:
            notes.append(
                f"Several columns are named {quoted(headers[name])}: took the one called {quoted(name)} here as the "
                f"{job}, not {listed(twins)}."
            )
    return notes


def _multiplied(audited: AuditResult) -> tuple[str, ...]:
    """Say where rows counted and money summed are those of a join that repeated them."""
    times = [float(str(one.evidence["fan_out"])) for one in audited.findings if one.code == FANOUT]
    if not times:
        return ()
    said = (
        f"A join repeated rows, {max(times):.2f} for each one before: numbers of rows, sums of revenue and what "
        "customers spend are too high by as much until it is joined anew."
    )
    return (said,)


def suspects_of(audited: AuditResult) -> tuple[str, ...]:
    """Return the columns under suspicion of knowing the label that are still features."""
    named = suspected(audited.findings)
    return tuple(name for name in audited.roles.features if name in named)


def _audited(result: AuditResult) -> str:
    grave = sum(finding.severity.rank >= Severity.WARNING.rank for finding in result.findings)
    return f"{len(result.findings)} findings, {grave} of them warnings or worse"


def _segmented(result: SegmentResult) -> str:
    return f"{len(result.segments)} segments" if len(result.segments) > 1 else "no segments: all visits are alike"


def _arrow(frame: pl.DataFrame) -> bytes:
    buffer = io.BytesIO()
    frame.write_ipc(buffer)
    return buffer.getvalue()
