"""The same model on new rows, and whether it takes the place of the champion."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import polars as pl
import threadpoolctl

from clientela.domain.errors import ColumnError, RefusedError, listed, quoted
from clientela.domain.progress import SILENT, Progress
from clientela.domain.roles import Roles
from clientela.models import evaluating, recipe, splitting
from clientela.models.comparing import LEAST_ROWS, Comparison, compare_releases
from clientela.models.evaluating import Judged, Predicted, measure
from clientela.models.fitting import cross, fit
from clientela.models.gathering import thresholds
from clientela.models.judging import Tested, answer, settled_way
from clientela.models.learning import answered_ahead, moved, training_rows
from clientela.models.options import ModelOptions
from clientela.models.preparing import Prepared
from clientela.models.reading import Reading
from clientela.models.release import FORMAT, Manifest, Release, environment, metrics_json
from clientela.models.result import ModelResult, Split
from clientela.models.target import codes_of, unknown
from clientela.models.values import IntArray, numbers
from clientela.models.windowing import reach
from clientela.statistics.intervals import bootstrap_ratio, sure_share
from clientela.tables.table import ROW, Table

DEFAULTS = ModelOptions()
NEWEST = 0.2
"""Most of the rows that are held out to compare on."""
NEWEST_ROWS = "rows held out"
"""Name of the split that a challenger is measured on."""
MARGIN = 0.02
"""How much worse, as a share of the champion's loss, still counts as equal."""
MOST_LOST = 3
"""Columns that are told of where values are gone; the others are counted."""
_threads: Any = threadpoolctl.threadpool_limits


@dataclass(frozen=True)
class Verdict:
    """Whether the challenger takes the place of the champion.

    Attributes:
        promoted: Whether it does.
        why: One sentence.
    """

    promoted: bool
    why: str


@dataclass(frozen=True)
class Retrained:
    """What a retraining gives.

    Attributes:
        verdict: Whether the challenger is promoted, and why.
        release: The challenger; None where too few new rows were there to judge one.
        comparison: Champion (first) against challenger (second); None where there was none.
        notes: Sentences about limits.
        result: How good the challenger is on the rows compared on, for its model card.
    """

    verdict: Verdict
    release: Release | None = None
    comparison: Comparison | None = None
    notes: tuple[str, ...] = ()
    result: ModelResult | None = None


@dataclass(frozen=True)
class _Held:
    """Rows parted: some to learn from, the newest to compare on."""

    train: IntArray
    test: IntArray
    notes: tuple[str, ...] = ()


def retrain(
    table: Table, roles: Roles, champion: Release, options: ModelOptions = DEFAULTS, progress: Progress = SILENT
) -> Retrained:
    """Learn the champion's model anew on new rows, and compare both on rows that neither has learned from.

    Target, classes and columns stay as they are; recipe, learners, blend and calibration are fitted anew, on
    all rows of the table but those compared on. With a time those are the newest half of the rows after the
    last one that the champion has learned from, at most a fifth of all; what is judged is what is released.

    Where a column lost most of its values, in the rows compared on or those learned from, the champion is kept and
    no challenger learned: less than half of the share of cells filled when the champion learned is filled now, and
    other visitors would not bring them (the upper end of 95 % is below that half). That is a fault to be mended
    more often than a change to be learned, and rows without a column say nothing of either model on rows with it.

    Args:
        table: New rows, with the label; those that the champion knows may be among them.
        roles: Roles of the columns, as the champion was learned with.
        champion: The release in use.
        options: Options of the stage.
        progress: Takes word of how far it is.

    Returns:
        The challenger, the comparison, and the verdict.

    Raises:
        ColumnError: The table lacks columns.
        InputError: A column holds nothing that can be read as what the champion learned.
        RefusedError: No row has a known label, or there are too few rows to learn from.
    """
    target = champion.manifest.target
    roles = replace(roles, label=target.label)
    _require(table, roles, champion)
    progress.update("reading rows", 0.0)
    frame = training_rows(table, roles, options)
    strange = unknown(target, frame[target.label])
    frame = frame[np.flatnonzero(codes_of(target, frame[target.label]) >= 0)]
    if frame.is_empty():
        raise RefusedError(
            f"None of the {table.rows:,} new rows has a value of {quoted(target.label)} that the model knows: its "
            f"classes are {listed(target.classes)}; give rows whose outcome is known."
        )
    champion.fitted.recipe.require_readable(frame)
    codes = codes_of(target, frame[target.label])
    held = _held(frame, codes, roles, champion, options)
    held = replace(held, notes=(*strange, *held.notes))
    lacking = _lacking(codes, held) or _lost(frame, held, roles, champion, options)
    if lacking:
        return Retrained(Verdict(False, lacking), notes=held.notes)
    with _threads(limits=1, user_api="blas"):
        progress.update("learning", 0.1)
        challenger, told = _challenger(frame[held.train], table.reading.fingerprint, roles, champion.manifest, options)
    progress.update("comparing", 0.8)
    comparison = compare_releases(champion, challenger, frame[held.test], options)
    progress.update("compared", 1.0)
    challenger = replace(challenger, metrics=metrics_json(comparison))
    notes = (*held.notes, *told)
    result = _measured(frame, held, challenger, roles, (table.rows, notes, options))
    return Retrained(gate(comparison), challenger, comparison, notes, result)


def gate(comparison: Comparison) -> Verdict:
    """Decide whether the second model takes the place of the first.

    It does where the deciding measure is better, or equal as far as can be told and within the margin, and neither
    the ranking of all rows nor the deciding measure of a subgroup is worse beyond both its interval and the margin.
    A better loss may come from chances that are nearer on average while buyers are told apart less well, and a
    ranking is what audiences and bids are cut by. Its loss is 1 - AUC, the share of pairs that are ranked wrongly.

    Args:
        comparison: Champion against challenger.

    Returns:
        The verdict.
    """
    deciding = comparison.deciding
    told = f"{deciding.name} {deciding.second:.4f} against {deciding.first:.4f}, difference {deciding.gap!r}"
    if deciding.better == "first":
        return Verdict(False, f"the new model is worse: {told}")
    if deciding.gap.value > MARGIN * deciding.first:
        return Verdict(False, f"the new model looks worse by more than {MARGIN:.0%}: {told}")
    ranking = comparison.ranking
    if ranking.gap.high < 0 and -ranking.gap.value > MARGIN * (1 - ranking.first):
        worse = f"auc {ranking.second:.4f} against {ranking.first:.4f}, difference {ranking.gap!r}"
        return Verdict(False, f"the new model ranks worse: {worse}; in all {told}")
    for group in comparison.groups:
        if group.gap.low > 0 and group.gap.value > MARGIN * group.first:
            where = f"{group.column} = {group.value!r} ({group.rows} rows)"
            return Verdict(False, f"the new model is worse where {where}: difference {group.gap!r}; in all {told}")
    judged = "better" if deciding.better else "as good as can be told"
    return Verdict(True, f"the new model is {judged}: {told}")


def _require(table: Table, roles: Roles, champion: Release) -> None:
    target = champion.manifest.target
    names = {field.name for field in table.fields}
    needed = (target.label, *champion.manifest.features, target.revenue, roles.time, roles.visitor)
    lost = [name for name in dict.fromkeys(needed) if name is not None and name not in names]
    if lost:
        raise ColumnError(f"The new rows lack columns that the model was learned with: {listed(lost)}.")


def _held(frame: pl.DataFrame, codes: IntArray, roles: Roles, champion: Release, options: ModelOptions) -> _Held:
    """Part the rows: the newest to compare on, the others to learn from."""
    groups = splitting.group_rows(frame, roles)
    times = splitting.time_of(frame, roles)
    if times is None:
        note = "No time is known: compared on a fifth of the rows, of which the champion may have learned some."
        fold = splitting.folds(codes, groups, frame[ROW].to_list(), round(1 / NEWEST), options.seed)
        return _Held(np.flatnonzero(fold != 0), np.flatnonzero(fold == 0), (note,))
    until = champion.manifest.until
    notes = () if until is not None else ("It is not known until when the champion has learned: it may know the rows.",)
    fresh = np.isfinite(times) & (times > (until if until is not None else -np.inf))
    wanted = min(np.count_nonzero(fresh) / 2, NEWEST * len(times))
    if wanted < 1:
        return _Held(np.flatnonzero(~fresh), np.flatnonzero(fresh), notes)
    cut = np.sort(times[fresh])[-int(wanted)]
    test = np.flatnonzero(fresh & (times >= cut))
    past = np.flatnonzero(np.isfinite(times) & (times < cut))
    strangers = past[~np.isin(groups[past], groups[test])]
    apart = 2 * len(strangers) >= len(past)
    return _Held(strangers if apart else past, test, notes)


def _lacking(codes: IntArray, held: _Held) -> str:
    """Say why there is too little to judge a challenger; "" where there is enough."""
    for rows, what in ((held.test, "to compare on"), (held.train, "to learn from")):
        above = int(np.count_nonzero(codes[rows] > 0))
        if min(above, len(rows) - above) < LEAST_ROWS:
            return (
                f"too few new rows {what}: {len(rows)}, of which {above} are above the first class; "
                f"{LEAST_ROWS} of each side are needed"
            )
    return ""


def _lost(frame: pl.DataFrame, held: _Held, roles: Roles, champion: Release, options: ModelOptions) -> str:
    """Say which columns lost most of the values that the champion learned from; "" where none did."""
    groups, unit = splitting.group_rows(frame, roles), "row" if roles.visitor is None else "visitor"
    told = []
    for step in champion.fitted.recipe.steps:
        filled = recipe.held(step, Reading.of(frame[step.column])).astype(np.float64)
        for rows, what in ((held.test, "to compare on"), (held.train, "to learn from")):
            if filled[rows].mean() >= step.filled / 2:
                continue
            units = groups[rows]
            ones = np.ones(len(rows))
            share = bootstrap_ratio(filled[rows], ones, units, options.resamples, options.seed, unit)
            if sure_share(share, units).high < step.filled / 2:
                told.append(
                    f"{quoted(step.column)} ({share.value:.0%} of {len(rows):,} rows {what}, {step.filled:.0%} before)"
                )
                break
    if not told:
        return ""
    more = f" and {len(told) - MOST_LOST} more" if len(told) > MOST_LOST else ""
    return (
        f"most values are gone from {', '.join(told[:MOST_LOST])}{more}: mend the rows and retrain, or give the column "
        "the role ignored in clientela.toml and learn anew"
    )


def _challenger(
    frame: pl.DataFrame, fingerprint: str, roles: Roles, champion: Manifest, options: ModelOptions
) -> tuple[Release, tuple[str, ...]]:
    """Learn a release with the champion's target and columns; say how far back, and where chances were moved."""
    prepared = _prepared(frame, roles, champion, options)
    times = splitting.time_of(frame, roles)
    unit = "row" if roles.visitor is None else "visitor"
    found = reach(prepared.task(options), prepared, times, (options.resamples, options.seed, unit))
    if times is not None and found.since is not None:
        frame = frame[np.flatnonzero(times >= found.since)]
        prepared = _prepared(frame, roles, champion, options)
    task = prepared.task(options)
    ahead = answered_ahead(prepared, task)
    stages = None if ahead is None else (ahead.settled(prepared).stage,)
    folded = Tested(prepared.split.name, prepared.parts, cross(task, prepared.parts, stages).odds)
    settled = (ahead or folded).settled(prepared)
    fitted = fit(replace(task, learners=settled.learners), np.arange(len(frame)), settled.stage)
    manifest = Manifest(
        format=FORMAT,
        target=prepared.target,
        features=prepared.columns,
        identifiers=champion.identifiers,
        chosen=settled.chosen,
        rows=len(frame),
        seed=options.seed,
        fingerprint=fingerprint,
        environment=environment(),
        visitor=roles.visitor,
        until=splitting.newest(frame, roles),
    )
    judged = Judged(
        prepared.target, prepared.codes, prepared.groups, unit, options.resamples, options.seed, prepared.revenue
    )
    cover = thresholds(judged, answer(prepared, folded, *settled_way(settled, ahead)), prepared.parts)
    told = (found.told,) if found.told else ()
    return Release(manifest, fitted, settled, b"", cover), (*told, *moved(prepared, settled, ahead))


def _measured(
    frame: pl.DataFrame, held: _Held, challenger: Release, roles: Roles, told: tuple[int, tuple[str, ...], ModelOptions]
) -> ModelResult:
    """Measure a release on the rows held out, beside the base rate."""
    table_rows, notes, options = told
    target, settled, manifest = challenger.manifest.target, challenger.settled, challenger.manifest
    test = frame[held.test]
    codes = codes_of(target, test[target.label])
    revenue = None if target.revenue is None else numbers(test[target.revenue])
    units = splitting.group_rows(test, roles)
    unit = "row" if roles.visitor is None else "visitor"
    judged = Judged(target, codes, units, unit, options.resamples, options.seed, revenue)
    chances = challenger.predict(test).select(challenger.outputs[: len(target.classes)]).to_numpy()
    classes = settled.classes(chances)
    expected = settled.revenue(chances) if settled.means else None
    counts = np.bincount(codes_of(target, frame[held.train][target.label]), minlength=len(target.classes))
    rates = np.tile(counts / counts.sum(), (len(test), 1))
    metrics = [
        *measure(judged, Predicted(settled.chosen, NEWEST_ROWS, chances, classes, expected)),
        *measure(judged, Predicted("base rate", NEWEST_ROWS, rates), ("auc", "log_loss")),
    ]
    groups, confusion = evaluating.groups(judged, classes)
    split = Split(NEWEST_ROWS, manifest.rows, len(test), "Rows that neither the model nor the one before learned from.")
    return ModelResult(
        target, manifest.rows, table_rows, len(np.unique(splitting.group_rows(frame[held.train], roles))),
        manifest.features, (), settled.chosen, (split,), tuple(metrics), groups, confusion,
        evaluating.calibration(judged, chances), (), evaluating.gain(judged, chances), (), notes, options.seed,
    )  # fmt: skip


def _prepared(frame: pl.DataFrame, roles: Roles, champion: Manifest, options: ModelOptions) -> Prepared:
    target = champion.target
    codes = codes_of(target, frame[target.label])
    groups = splitting.group_rows(frame, roles)
    fold = splitting.folds(codes, groups, frame[ROW].to_list(), options.folds_of(len(frame)), options.seed)
    parts = splitting.parts(fold)
    times = splitting.time_of(frame, roles)
    ahead = None if times is None else splitting.forward(times, codes, groups)
    return Prepared(
        frame=frame,
        target=target,
        codes=codes,
        revenue=None if target.revenue is None else numbers(frame[target.revenue]),
        columns=champion.features,
        clock=roles.time if roles.time in champion.features else None,
        left_out=(),
        groups=groups,
        parts=parts,
        split=splitting.describe_folds(parts, visitors=roles.visitor is not None),
        ahead=None if isinstance(ahead, str) else ahead,
        notes=(),
    )
