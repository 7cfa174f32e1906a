"""The models stage: from a table with roles to a judged release."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import polars as pl
import threadpoolctl

from clientela.domain.block import Block
from clientela.domain.column import Available, Origin
from clientela.domain.errors import listed, quoted
from clientela.domain.estimate import Estimate
from clientela.domain.progress import SILENT, Progress
from clientela.domain.roles import Roles
from clientela.models import evaluating, sampling
from clientela.models.curve import learning_curve
from clientela.models.depths import Money
from clientela.models.evaluating import Judged
from clientela.models.explaining import importance
from clientela.models.fitting import Crossed, Task, cross, fit
from clientela.models.gathering import Ready, covering, gather
from clientela.models.judging import (
    Answered,
    Tested,
    ahead_of,
    answer,
    best_column,
    compare,
    settled_way,
    timeless_way,
    variation,
)
from clientela.models.met import digests, packed
from clientela.models.options import ModelOptions
from clientela.models.preparing import Prepared, label_of, prepare, with_label
from clientela.models.promising import expected, promise
from clientela.models.release import FORMAT, Manifest, Release, environment, metrics_json
from clientela.models.result import Larger, Metric, ModelResult, Split, TargetKind, Variation
from clientela.models.settling import Settled
from clientela.models.slicing import told
from clientela.models.splitting import Parted, newest, time_of
from clientela.models.values import IntArray
from clientela.models.worth import MOST_RESAMPLES, Judge, worth
from clientela.tables.table import ROW, Table

DEFAULTS = ModelOptions()
_threads: Any = threadpoolctl.threadpool_limits
GUESS = 0.5
"""AUC of a guess."""
WITHOUT = "without suspected leaks"
SMALL = 50
"""A class with fewer rows than this is pointed out."""


@dataclass(frozen=True, repr=False)
class Learned:
    """What the models stage hands on.

    Attributes:
        result: Everything it found.
        release: The model, ready to score.
        scores: Out-of-sample scores of the training rows, in their order: `ROW`,
            `p_<class>` for every class, and `expected_revenue` where there is revenue.
    """

    result: ModelResult
    release: Release
    scores: pl.DataFrame

    def __repr__(self) -> str:
        return repr(self.result)


def training_rows(table: Table, roles: Roles, options: ModelOptions) -> pl.DataFrame:
    """Return the rows a model learns from: all whose label is known, sampled by visitor where there are too many.

    Args:
        table: The table.
        roles: Settled roles with a label.
        options: `sample_rows` and `seed` decide the sample.

    Returns:
        The rows in table order, preceded by their position `ROW`; the same for the same seed.

    Raises:
        InputError: No label is set, or the table has no such column.
    """
    label = label_of(table, roles)
    return with_label(table.sample(options.sample_rows, options.seed, key=roles.visitor), label)


def learn(
    table: Table,
    roles: Roles,
    suspects: tuple[str, ...] = (),
    options: ModelOptions = DEFAULTS,
    progress: Progress = SILENT,
    blocks: tuple[Block, ...] = (),
) -> Learned:
    """Learn to predict the label, judge the model out of sample, and make the release.

    Args:
        table: The table.
        roles: Settled roles with a label.
        suspects: Columns suspected to know the outcome; the model is also measured without them.
        options: Options of the stage.
        progress: Takes word of how far it is.
        blocks: Joined blocks, to be told the worth of.

    Returns:
        Result, release, and out-of-sample scores of the training rows.

    Raises:
        InputError: The label is missing.
        RefusedError: There is too little to learn from, and why.
    """
    # fits run beside each other; threads of a matrix product would only wait for them, spinning,
    # and how they share the work would show in the last digits
    with _threads(limits=1, user_api="blas"):
        return _learn(_Asked(table, roles, suspects, options, progress, blocks))


@dataclass(frozen=True)
class _Asked:
    """What `learn` was asked, and the larger run that asked for more rows, or None."""

    table: Table
    roles: Roles
    suspects: tuple[str, ...]
    options: ModelOptions
    progress: Progress
    blocks: tuple[Block, ...]
    larger: Larger | None = None


def _learn(asked: _Asked) -> Learned:
    """Learn from a sample of the rows; where a larger run is better by enough, from as many rows as that had."""
    table, roles, options, progress = asked.table, asked.roles, asked.options, asked.progress
    progress.update("reading rows", 0.0)
    prepared = prepare(training_rows(table, roles, options), roles, options)
    task = prepared.task(options)
    progress.update("learning forward in time", 0.05)
    ahead = answered_ahead(prepared, task)
    progress.update("learning in folds", 0.2)
    # what was chosen forward in time is measured as it is; else the folds choose
    stages = None if ahead is None else (ahead.settled(prepared).stage,)
    crossed = cross(task, prepared.parts, stages, explain=True)
    folded = Tested(prepared.split.name, prepared.parts, crossed.odds)
    settled = (ahead or folded).settled(prepared)
    progress.update("learning on all rows", 0.5)
    fitted = fit(replace(task, learners=settled.learners), np.arange(len(prepared.codes)), settled.stage)
    larger = asked.larger
    if larger is None and table.rows > options.sample_rows:
        progress.update("learning from more rows", 0.55)
        larger = sampling.larger_run(table, roles, (prepared, task, settled, fitted), options)
        if larger is not None and sampling.pays(larger):
            more = replace(options, sample_rows=sampling.TIMES * options.sample_rows)
            return _learn(replace(asked, options=more, larger=larger))
    progress.update("judging", 0.6)
    stage = _Stage(prepared, task, crossed, settled, judged_by(prepared, roles, options))
    found, later, result = _judge(stage, (folded, ahead), roles, asked.suspects, progress)
    result = replace(result, table_rows=table.rows)
    judge = Judge(prepared, task, settled.weight, stage.judged.unit, min(options.resamples, MOST_RESAMPLES))
    progress.update("measuring what data are worth", 0.88)
    pay = worth(judge, roles, asked.blocks, asked.suspects, result.importance)
    progress.update("measuring how many rows pay", 0.95)
    curve = learning_curve(judge, result.groups, time_of(prepared.frame, roles))
    result = replace(result, curve=curve, larger=larger)
    notes = (*result.notes, *_unpriced(prepared, options), *sampling.told(result, roles, options.sample_rows))
    progress.update("looking where it fails", 0.97)
    money = Money(options.value, options.cost)
    ready = Ready(judge, stage.judged, found, later, fitted, settled, money)
    # sets are of the chances that are released, moved to the latest period or not
    released = found if ahead is None else answer(prepared, folded, *settled_way(settled, ahead))
    cover, covered = covering(replace(ready, folded=released))
    evidence = gather(ready, roles, result.importance, covered)
    result = replace(result, worth=pay, notes=(*notes, *told(evidence.slices)), evidence=evidence)
    manifest = Manifest(
        format=FORMAT,
        target=prepared.target,
        features=prepared.columns,
        identifiers=roles.identifiers,
        chosen=settled.chosen,
        rows=result.rows,
        seed=options.seed,
        fingerprint=table.reading.fingerprint,
        environment=environment(),
        visitor=roles.visitor,
        until=newest(prepared.frame, roles),
        promised=expected(result),
        goal=options.goal,
    )
    known = met_rows(prepared.frame, roles, manifest)
    release = Release(manifest, fitted, settled, metrics_json(result), cover, known)
    progress.update("learned", 1.0)
    return Learned(result, release, _scores(prepared, found, release.outputs))


def met_rows(frame: pl.DataFrame, roles: Roles, manifest: Manifest) -> bytes:
    """Return the digests of the rows learned from, where no time tells which rows are new; else nothing."""
    if manifest.until is not None:
        return b""
    return packed(digests(frame, roles.visitor, (*manifest.features, manifest.target.label)))


@dataclass(frozen=True)
class _Stage:
    """What has been worked out so far."""

    prepared: Prepared
    task: Task
    crossed: Crossed
    settled: Settled
    judged: Judged


def judged_by(prepared: Prepared, roles: Roles, options: ModelOptions) -> Judged:
    """Return the truth of prepared rows, and whom they are resampled by."""
    return Judged(
        target=prepared.target,
        codes=prepared.codes,
        units=prepared.groups,
        unit="row" if roles.visitor is None else "visitor",
        resamples=options.resamples,
        seed=options.seed,
        revenue=prepared.revenue,
    )


def _judge(
    stage: _Stage, tested: tuple[Tested, Tested | None], roles: Roles, suspects: tuple[str, ...], progress: Progress
) -> tuple[Answered, Answered | None, ModelResult]:
    """Measure, explain, and put the result together."""
    prepared, crossed, chosen = stage.prepared, stage.crossed, stage.settled.chosen
    folded, ahead = tested
    best = best_column(prepared, folded.parts)
    way = timeless_way(stage.settled, folded, ahead)
    found, metrics = compare(prepared, stage.judged, folded, chosen, best, way)
    progress.update("measuring forward in time", 0.75)
    splits: tuple[Split, ...] = ()
    later: Answered | None = None
    rivals = [_Rival(best.name, metrics, ahead_of(stage.judged, found, best))]
    if ahead is not None and prepared.ahead is not None:
        before = best_column(prepared, ahead.parts)
        later, measured = compare(prepared, stage.judged, ahead, chosen, before)
        rivals.append(_Rival(before.name, measured, ahead_of(stage.judged, later, before)))
        metrics += measured
        splits = (prepared.ahead[1],)
    progress.update("measuring other choices of columns", 0.85)
    variations = _variations(stage, roles, suspects, metrics[0])
    groups, confusion = evaluating.groups(stage.judged, found.classes)
    result = ModelResult(
        target=prepared.target,
        rows=len(prepared.codes),
        table_rows=len(prepared.codes),
        units=int(prepared.groups.max()) + 1,
        features=prepared.columns,
        left_out=prepared.left_out,
        chosen=chosen,
        splits=(prepared.split, *splits),
        metrics=metrics,
        groups=groups,
        confusion=confusion,
        calibration=evaluating.calibration(stage.judged, found.probabilities),
        importance=importance(crossed, stage.settled.weight, prepared.frame, prepared.columns),
        gain=evaluating.gain(stage.judged, found.probabilities),
        variations=variations,
        notes=(
            *prepared.notes,
            *_weighed(rivals),
            *moved(prepared, stage.settled, ahead),
            *_remarks(stage, suspects, variations),
            *_met(prepared, roles),
        ),
        seed=stage.judged.seed,
        promise=None if ahead is None else promise(prepared, stage.settled, ahead),
    )
    return found, later, result


def answered_ahead(prepared: Prepared, task: Task) -> Tested | None:
    """Answer each period with a model that has seen only what came before it."""
    if prepared.ahead is None:
        return None
    parts, split = prepared.ahead
    last = parts[-1]
    if len(parts) > 1:
        before = cross(task, parts[:-1], periods=True)
        tested = [part.test for part in parts[:-1]]
    else:
        # no period before the last one: settled on folds of the past alone, which is one period
        past = [_within(fold, last.train) for fold in prepared.parts]
        before = cross(task, [fold for fold in past if len(fold.test)])
        tested = [last.train]
    # how far to boost is not asked of the period that is measured on
    odds = cross(task, (last,), before.stages).odds
    periods = np.full(len(prepared.codes), -1, dtype=np.int64)
    for number, rows in enumerate((*tested, last.test)):
        periods[rows] = number
    for name, values in odds.items():
        for rows in tested:
            values[rows] = before.odds[name][rows]
    return Tested(split.name, (last,), odds, periods)


def _within(part: Parted, rows: IntArray) -> Parted:
    return Parted(np.intersect1d(part.train, rows), np.intersect1d(part.test, rows))


def _variations(stage: _Stage, roles: Roles, suspects: tuple[str, ...], headline: Metric) -> tuple[Variation, ...]:
    """Measure the model on other choices of columns."""
    used = stage.prepared.columns
    collected = tuple(name for name in used if roles.column(name).origin is Origin.COLLECTED)
    live = tuple(name for name in used if roles.column(name).available is not Available.AFTER)
    trusted = tuple(name for name in used if name not in suspects)
    choices = {
        "collected columns only": collected,
        "available in a live decision": live,
        WITHOUT: trusted,
    }
    found = [Variation("all columns", len(used), headline)]
    for name, columns in choices.items():
        if 0 < len(columns) < len(used):
            found.append(variation(name, columns, stage.prepared, stage.judged, stage.task, stage.settled))
    return tuple(found)


def moved(prepared: Prepared, settled: Settled, ahead: Tested | None) -> tuple[str, ...]:
    """Say where chances are not those of all rows, but were moved to the latest period.

    Args:
        prepared: Rows and target.
        settled: How log-odds become chances.
        ahead: Log-odds of every period by models of what came before it; None without time.
    """
    shifted = [scale.intercept != 0 for scale in settled.scales]
    if ahead is None or ahead.periods is None or not any(shifted):
        return ()
    first = quoted(prepared.target.classes[0])
    if not shifted[0]:
        return (f"Chances of classes beyond {first} are moved towards the latest period, where their shares differ.",)
    above = prepared.codes > 0
    latest, whole = above[ahead.periods == ahead.periods.max()].mean(), above.mean()
    said = (
        f"Chances are those of the latest period: {latest:.1%} of its rows are beyond {first}, {whole:.1%} of all rows"
    )
    return (f"{said}; measures on rows of all times are without that move.",)


@dataclass(frozen=True)
class _Rival:
    """The best single column on one split: its name, all measures there, and how far the model's AUC is above its."""

    column: str
    metrics: tuple[Metric, ...]
    gap: Estimate

    @property
    def area(self) -> Estimate:
        """AUC of the column."""
        return next(one.estimate for one in self.metrics if (one.name, one.model) == ("auc", "best column"))


def _weighed(rivals: list[_Rival]) -> tuple[str, ...]:
    """Say what the model is held against in the folds, then forward in time, and where it is no better than that."""
    said = []
    for said_of_later, rival in enumerate(rivals):
        who = "Forward in time the model" if said_of_later else "The model"
        model = rival.metrics[0].estimate
        # in folds noise ranks below a guess: a row held out moves the mean of the others away from its own class
        if model.high < GUESS and said_of_later:
            said.append(
                f"{who} ranks the wrong way round: its AUC is {_spanned(model)}; what the columns told before "
                "does not hold in the rows tested."
            )
        elif model.low <= GUESS:
            said.append(f"{who} cannot be told from a guess: its AUC is {_spanned(model)}.")
        if rival.gap.high < 0:
            said.append(
                f"{who} ranks worse than the column {quoted(rival.column)} alone: AUC {_spanned(model)} against "
                f"{_spanned(rival.area)}."
            )
    first, *later = rivals
    told = f"The best single column, which the model is held against, is {quoted(first.column)}"
    if later:
        area = f"{later[0].area.value:.3f}"
        same = later[0].column == first.column
        told += f": AUC {first.area.value:.3f} in folds" + (
            f", {area} forward in time" if same else f"; forward in time it is {quoted(later[0].column)}: {area}"
        )
    return (*said, f"{told}.")


def _remarks(stage: _Stage, suspects: tuple[str, ...], variations: tuple[Variation, ...]) -> tuple[str, ...]:
    """Say what a reader must know to read the measures right."""
    prepared = stage.prepared
    said = []
    inside = [name for name in prepared.columns if name in suspects]
    if inside:
        without = next((one.metric.estimate for one in variations if one.name == WITHOUT), None)
        told = "no column is left without" if without is None else f"without AUC is {_spanned(without)}"
        said.append(f"The model uses {listed(inside)}, suspected to know the outcome; {told}.")
        if without is not None:
            said.append(f"What columns are worth is told without {listed(inside)}.")
    if prepared.target.kind is TargetKind.CLASSES:
        first = quoted(prepared.target.classes[0])
        said.append(f"The classes have no order; ranking measures are of any class but the commonest, {first}.")
    rarest = int(np.bincount(prepared.codes).argmin())
    rows = int(np.count_nonzero(prepared.codes == rarest))
    if rows < SMALL:
        name = quoted(prepared.target.classes[rarest])
        said.append(f"The class {name} has only {rows} rows: what is said of it is uncertain.")
    return tuple(said)


def _unpriced(prepared: Prepared, options: ModelOptions) -> tuple[str, ...]:
    """Say where a cost was given and nothing says what acting brings."""
    if options.cost is None or options.value is not None or prepared.revenue is not None:
        return ()
    said = (
        f"A cost of {options.cost:,.2f} is given, and nothing that acting brings: no profit is told without a value "
        "under [campaign] in clientela.toml, or a revenue column."
    )
    return (said,)


def _met(prepared: Prepared, roles: Roles) -> tuple[str, ...]:
    """Say how many of the rows tested forward in time are of visitors whom the model had met."""
    if roles.visitor is None or prepared.ahead is None:
        return ()
    last = prepared.ahead[0][-1]
    share = float(np.isin(prepared.groups[last.test], prepared.groups[last.train]).mean())
    if share == 0:
        return ()
    met = f"Forward in time {share:.0%} of the rows are of visitors met before, and so it is promised"
    return (f"{met}; for visitors who come for the first time the measures in folds hold.",)


def _spanned(found: Estimate) -> str:
    return f"{found.value:.3f} ({found.low:.3f} to {found.high:.3f})"


def _scores(prepared: Prepared, found: Answered, outputs: tuple[str, ...]) -> pl.DataFrame:
    """Return the out-of-sample scores beside the rows' positions."""
    columns = [*found.probabilities.T, *([found.revenue] if found.revenue is not None else [])]
    scores = pl.DataFrame(dict(zip(outputs, columns, strict=True)))
    return pl.concat([prepared.frame.select(pl.col(ROW)), scores], how="horizontal")
