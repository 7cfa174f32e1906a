"""The same model on new rows, and whether it takes the place of the champion."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

import msgspec
import numpy as np
import polars as pl
import threadpoolctl

from clientela.audit.auditing import find_suspects
from clientela.audit.options import AuditOptions
from clientela.domain.column import Origin
from clientela.domain.errors import ColumnError, RefusedError, listed, quoted
from clientela.domain.estimate import Estimate
from clientela.domain.progress import SILENT, Progress
from clientela.domain.roles import Ask, Roles
from clientela.models import evaluating, recipe, splitting
from clientela.models.comparing import LEAST_ROWS, Comparison, Difference, compare_releases
from clientela.models.evaluating import Judged, Predicted, measure
from clientela.models.fitting import cross, fit
from clientela.models.gathering import thresholds
from clientela.models.judging import Tested, answer, settled_way
from clientela.models.learning import GUESS, answered_ahead, judged_by, met_rows, moved, training_rows
from clientela.models.met import digests, met
from clientela.models.options import ModelOptions
from clientela.models.preparing import Prepared
from clientela.models.promising import expected, promise
from clientela.models.reading import Reading
from clientela.models.release import FORMAT, Manifest, Release, environment, metrics_json
from clientela.models.result import ModelResult, Promise, Split
from clientela.models.target import codes_of, unknown
from clientela.models.values import FloatArray, IntArray, numbers
from clientela.models.windowing import reach
from clientela.statistics.intervals import bootstrap_ratio, difference, sure_share
from clientela.tables.frames import from_frame
from clientela.tables.table import ROW, Table

DEFAULTS = ModelOptions()
NEWEST = 0.2
"""Most of the rows that are held out to compare on."""
NEWEST_ROWS = "rows held out"
"""Name of the split that a challenger is measured on."""
PARTED_FROM = 20
"""New visitors or rows from which they are parted in those learned from and those compared on."""
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
class Standing:
    """Whether the champion is on new rows what it promised to be.

    Attributes:
        promised: AUC that it promised.
        found: Its AUC on the new rows that it has not learned from.
        known: Whether it may have learned from them, which flatters it.
        challenger: AUC of the challenger on the rows compared on.
        suspects: Columns that are suspected in the new rows, and were not before, of knowing the label.
    """

    promised: Estimate
    found: Estimate
    known: bool
    challenger: Estimate
    suspects: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Held:
    """Rows parted: some to learn from, the newest to compare on; `fresh` are all that the champion has not seen."""

    train: IntArray
    test: IntArray
    notes: tuple[str, ...] = ()
    fresh: IntArray | None = None


def retrain(
    table: Table,
    roles: Roles,
    champion: Release,
    options: ModelOptions = DEFAULTS,
    progress: Progress = SILENT,
    suspects: tuple[str, ...] = (),
) -> Retrained:
    """Learn the champion's model anew on new rows, and compare both on rows that neither has learned from.

    Target, classes and columns stay as they are; recipe, learners, blend and calibration are fitted anew, on
    all rows of the table but those compared on. With a time those are the newest half of the rows after the
    last one that the champion has learned from, at most a fifth of all; without a time half of the visitors (rows where
    none are known) that it has not met. What is judged is what is released.

    Where a column lost most of its values, in the rows compared on or those learned from, the champion is kept and
    no challenger learned: less than half of the share of cells filled when the champion learned is filled now, and
    other visitors would not bring them (the upper end of 95 % is below that half). That is a fault to be mended
    more often than a change to be learned, and rows without a column say nothing of either model on rows with it.
    What the champion promised is asked of all rows that it has not learned from (`gate`).

    Args:
        table: New rows, with the label; those that the champion knows may be among them.
        roles: Roles of the columns, as the champion was learned with.
        champion: The release in use.
        options: Options of the stage.
        progress: Takes word of how far it is.
        suspects: Columns that were suspected of knowing the label when the champion learned.

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
        challenger, told, promised = _challenger(
            frame[held.train], table.reading.fingerprint, roles, champion.manifest, options
        )
    progress.update("comparing", 0.8)
    comparison = compare_releases(champion, challenger, frame[held.test], options)
    found = _suspects(frame if held.fresh is None else frame[held.fresh], roles, champion, options)
    if found:
        told = (*told, f"The new rows hold {listed(found)}, suspected to know the outcome.")
    notes = (*held.notes, *told)
    result = _measured(frame, held, challenger, roles, (table.rows, notes, options))
    result = replace(result, promise=promised)
    manifest = msgspec.structs.replace(challenger.manifest, promised=expected(result))
    challenger = replace(challenger, manifest=manifest, metrics=metrics_json(comparison))
    new = tuple(name for name in found if name not in suspects)
    standing = _standing(frame, held, champion, roles, (result.metrics[0].estimate, new, options))
    progress.update("compared", 1.0)
    return Retrained(gate(comparison, standing), challenger, comparison, notes, result)


def gate(comparison: Comparison, standing: Standing | None = None) -> Verdict:
    """Decide whether the second model takes the place of the first.

    It does where the deciding measure is better, or equal as far as can be told and within the margin, and neither
    the ranking of all rows, nor the measure of the business goal, nor the deciding measure of a subgroup is worse
    beyond both its interval and the margin.
    A better loss may come from chances that are nearer on average while buyers are told apart less well, and a
    ranking is what audiences and bids are cut by. Its loss is 1 - AUC, the share of pairs that are ranked wrongly.

    Before that the champion is held against its own promise, beyond the intervals of both. Where it is better than it
    ever was, something in the new rows knows the answer; so it does where the challenger alone is and a column has
    newly come under suspicion. Where it is worse, rows may have broken: only what surely ranks better replaces it, for
    of labels that lost their rows a model that says the same of all has the better loss. Where it surely ranks the
    wrong way round, yes and no are more likely exchanged than the world is, and a model learned from such rows would
    be the better one only on them: nothing replaces it.

    Args:
        comparison: Champion against challenger.
        standing: The champion against its promise; None where it is not known to have promised anything.

    Returns:
        The verdict.
    """
    deciding = comparison.deciding
    told = f"{deciding.name} {deciding.second:.4f} against {deciding.first:.4f}, difference {deciding.gap!r}"
    if standing is not None and (broken := _broken(standing, comparison.ranking)):
        return Verdict(False, broken)
    if deciding.better == "first":
        return Verdict(False, f"the new model is worse: {told}")
    if deciding.gap.value > MARGIN * deciding.first:
        return Verdict(False, f"the new model looks worse by more than {MARGIN:.0%}: {told}")
    for guard, what in ((comparison.ranking, "ranks worse"), (comparison.on_goal, f"is worse at {comparison.goal}")):
        if guard is not None and guard.better == "first" and abs(guard.gap.value) > MARGIN * guard.lost:
            worse = f"{guard.name} {guard.second:.4f} against {guard.first:.4f}, difference {guard.gap!r}"
            return Verdict(False, f"the new model {what}: {worse}; in all {told}")
    for group in comparison.groups:
        if group.gap.low > 0 and group.gap.value > MARGIN * group.first:
            where = f"{group.column} = {group.value!r} ({group.rows} rows)"
            return Verdict(False, f"the new model is worse where {where}: difference {group.gap!r}; in all {told}")
    judged = "better" if deciding.better else "as good as can be told"
    return Verdict(True, f"the new model is {judged}: {told}")


def _broken(standing: Standing, ranking: Difference) -> str:
    """Say why neither model may be judged by rows on which the champion is not what it promised; "" where it is."""
    promised, found = standing.promised, standing.found
    gap = difference(found, promised)
    if found.high < GUESS < promised.low:
        return (
            f"the model in use ranks the new rows the wrong way round, auc {found!r} against {promised!r} promised, "
            "which turned labels do (yes for no, or a column that was told the other way round): hold the rows against "
            "the baseline (clientela monitor check), and learn anew if they are right"
        )
    if gap.high < 0 and ranking.better != "second":
        return (
            f"the model in use is worse than it promised, auc {found!r} against {promised!r}, and the new one is not "
            "surely better at it: labels or columns of the new rows may have broken, so hold them against the baseline "
            "(clientela monitor check) before retraining"
        )
    who = "the model in use"
    if gap.low <= 0 or standing.known:
        found, who = standing.challenger, "the new model"
        if difference(found, promised).low <= 0 or not standing.suspects:
            return ""
    what = f"given away by {listed(standing.suspects)}" if standing.suspects else "no column alone gives it away"
    return (
        f"something in the new rows knows the answer ({what}): auc of {who} {found!r} against {promised!r} promised; "
        "mend the rows and retrain, or give what is known only after the outcome the role ignored in clientela.toml "
        "and learn anew"
    )


def _suspects(frame: pl.DataFrame, roles: Roles, champion: Release, options: ModelOptions) -> tuple[str, ...]:
    """Return the columns of the champion that `clientela learn` would suspect in these rows of knowing the label."""
    ask = Ask(
        label=roles.label,
        collected=tuple(column.name for column in roles.columns if column.origin is Origin.COLLECTED),
        time=roles.time,
        visitor=roles.visitor,
        revenue=roles.revenue,
        roles={column.name: column.role for column in roles.columns if column.name in frame.columns},
        order=roles.order,
    )
    with from_frame(frame.drop(ROW)) as table:
        found = find_suspects(table, ask, AuditOptions(seed=options.seed))
    return tuple(name for name in champion.manifest.features if name in found)


def _standing(
    frame: pl.DataFrame,
    held: _Held,
    champion: Release,
    roles: Roles,
    told: tuple[Estimate, tuple[str, ...], ModelOptions],
) -> Standing | None:
    """Hold the champion against its promise on the rows that it has not learned from."""
    challenger, suspects, options = told
    promised = champion.manifest.promised
    if promised is None:
        return None
    rows = frame[held.test if held.fresh is None else held.fresh]
    judged, chances = _answered(rows, champion, roles, options)
    found = measure(judged, Predicted(champion.manifest.chosen, NEWEST_ROWS, chances), ("auc",))[0].estimate
    return Standing(promised, found, held.fresh is None, challenger, suspects)


def _answered(rows: pl.DataFrame, release: Release, roles: Roles, options: ModelOptions) -> tuple[Judged, FloatArray]:
    """Return the truth of rows, and the probabilities that a release gives them."""
    target = release.manifest.target
    judged = Judged(
        target=target,
        codes=codes_of(target, rows[target.label]),
        units=splitting.group_rows(rows, roles),
        unit="row" if roles.visitor is None else "visitor",
        resamples=options.resamples,
        seed=options.seed,
        revenue=None if target.revenue is None else numbers(rows[target.revenue]),
    )
    return judged, release.predict(rows).select(release.outputs[: len(target.classes)]).to_numpy()


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
    if times is None and champion.met:
        return _strangers(frame, codes, groups, champion, options)
    if times is None:
        note = "No time is known: compared on a fifth of the rows, of which the champion may have learned some."
        fold = splitting.folds(codes, groups, frame[ROW].to_list(), round(1 / NEWEST), options.seed)
        return _Held(np.flatnonzero(fold != 0), np.flatnonzero(fold == 0), (note,))
    until = champion.manifest.until
    notes = () if until is not None else ("It is not known until when the champion has learned: it may know the rows.",)
    fresh = np.isfinite(times) & (times > (until if until is not None else -np.inf))
    unseen = None if until is None else np.flatnonzero(fresh)
    wanted = min(np.count_nonzero(fresh) / 2, NEWEST * len(times))
    if wanted < 1:
        return _Held(np.flatnonzero(~fresh), np.flatnonzero(fresh), notes, unseen)
    cut = np.sort(times[fresh])[-int(wanted)]
    test = np.flatnonzero(fresh & (times >= cut))
    past = np.flatnonzero(np.isfinite(times) & (times < cut))
    strangers = past[~np.isin(groups[past], groups[test])]
    apart = 2 * len(strangers) >= len(past)
    return _Held(strangers if apart else past, test, notes, unseen)


def _strangers(
    frame: pl.DataFrame, codes: IntArray, groups: IntArray, champion: Release, options: ModelOptions
) -> _Held:
    """Part rows of which no time is known: half of those that the champion has not met are compared on."""
    manifest = champion.manifest
    found = digests(frame, manifest.visitor, (*manifest.features, manifest.target.label))
    fresh = ~np.isin(groups, groups[met(found, champion.met)])
    rows = np.flatnonzero(fresh)
    note = f"No time is known: compared on rows that the model in use has not met, {len(rows):,} of {len(frame):,}."
    if len(np.unique(groups[rows])) < PARTED_FROM:
        return _Held(np.flatnonzero(~fresh), rows, (note,), rows)
    _, own = np.unique(groups[rows], return_inverse=True)
    parts = max(2, math.ceil(len(rows) / (NEWEST * len(frame))))
    order = np.argsort(np.unique(own, return_index=True)[1])
    ranked = np.argsort(order)[own]
    fold = splitting.folds(codes[rows], ranked, frame[ROW][rows].to_list(), parts, options.seed)
    test = rows[fold == 0]
    return _Held(np.setdiff1d(np.arange(len(frame)), test), test, (note,), rows)


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
) -> tuple[Release, tuple[str, ...], Promise | None]:
    """Learn a release with the champion's target and columns.

    With it come sentences, on how far back it learned and where chances were moved, and what it promises.
    """
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
        goal=champion.goal,
    )
    answered = answer(prepared, folded, *settled_way(settled, ahead))
    cover = thresholds(judged_by(prepared, roles, options), answered, prepared.parts)
    told = (found.told,) if found.told else ()
    promised = None if ahead is None else promise(prepared, settled, ahead)
    known = met_rows(frame, roles, manifest)
    return Release(manifest, fitted, settled, b"", cover, known), (*told, *moved(prepared, settled, ahead)), promised


def _measured(
    frame: pl.DataFrame, held: _Held, challenger: Release, roles: Roles, told: tuple[int, tuple[str, ...], ModelOptions]
) -> ModelResult:
    """Measure a release on the rows held out, beside the base rate."""
    table_rows, notes, options = told
    target, settled, manifest = challenger.manifest.target, challenger.settled, challenger.manifest
    test = frame[held.test]
    judged, chances = _answered(test, challenger, roles, options)
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
