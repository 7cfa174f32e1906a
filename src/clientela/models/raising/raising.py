"""Raising the numbers of small classes: every way tried inside training folds and judged on the rows left out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import polars as pl
import threadpoolctl
from scipy.special import expit, ndtri

from clientela.domain.errors import listed, quoted
from clientela.domain.estimate import Estimate
from clientela.domain.progress import SILENT, Progress
from clientela.domain.roles import Roles
from clientela.models import questions, trying
from clientela.models.fitting import cross
from clientela.models.judging import Answered, Tested, answer
from clientela.models.learning import training_rows
from clientela.models.odds import STAGES, Odds
from clientela.models.options import ModelOptions
from clientela.models.preparing import Prepared, prepare
from clientela.models.raising import resembling
from clientela.models.raising.result import Fidelity, Privacy, RaisedResult, SmallClass, Tried
from clientela.models.raising.ways import ALONE, AS_IS, RESAMPLING, SYNTHETIC, Raised, draw, small_classes, ways
from clientela.models.result import TargetKind
from clientela.models.values import FloatArray
from clientela.statistics.intervals import bootstrap_each
from clientela.statistics.scores import Ranking, log_losses, rank_losses
from clientela.tables.table import Table

DEFAULTS = ModelOptions(sample_rows=trying.MOST_ROWS, resamples=200)
MARK = "synthetic"
"""Column that marks the rows that were made."""
_threads: Any = threadpoolctl.threadpool_limits


@dataclass(frozen=True)
class Raising:
    """What `raise_numbers` makes.

    Attributes:
        result: What each way brought.
        rows: Synthetic rows of the small classes, marked as such; None where not asked for.
    """

    result: RaisedResult
    rows: pl.DataFrame | None = None


def raise_numbers(
    table: Table,
    roles: Roles,
    options: ModelOptions = DEFAULTS,
    progress: Progress = SILENT,
    *,
    make: bool = False,
) -> Raising:
    """Try every way to raise the numbers of small classes, and say whether one helps.

    In every fold more is made of the training rows alone; the rows left out stay as they are, and chances are put
    back to the shares that classes have. Ways are held
    against "as it is" on the same rows, intervals by resampling visitors in pairs, widened for what learning from
    other rows would change and for the number of ways tried (Bonferroni).

    Args:
        table: The table.
        roles: Settled roles with a label.
        options: Options of the models stage.
        progress: Takes word of how far it is.
        make: Whether synthetic rows of the small classes are wanted.

    Returns:
        What each way brought, and the rows.

    Raises:
        InputError: The label is missing.
        RefusedError: There is too little to learn from, and why.
    """
    progress.update("reading rows", 0.0)
    prepared = prepare(training_rows(table, roles, options), roles, options)
    count = len(prepared.target.classes)
    small = small_classes(prepared.codes, count)
    raised = Raised(prepared.columns, count, small, options.seed)
    if not small:
        return Raising(_result(table, prepared, raised, (), (None, None)))
    with _threads(limits=1, user_api="blas"):
        tried = _tried(prepared, raised, roles, options, progress)
        progress.update("holding synthetic rows against real ones", 0.9)
        found = resembling.halves(raised, (prepared.frame, prepared.codes, prepared.groups), small[0], prepared.clock)
        checks = (None, None) if found is None else (resembling.fidelity(found), resembling.privacy(found))
    rows = _made(prepared, raised) if make else None
    progress.update("judged", 1.0)
    return Raising(_result(table, prepared, raised, tried, checks), rows)


def _tried(
    prepared: Prepared, raised: Raised, roles: Roles, options: ModelOptions, progress: Progress
) -> tuple[Tried, ...]:
    """Learn in folds with every way, and hold what comes of it against what comes without."""
    task = prepared.task(options)
    tasks = {AS_IS: task} | {name: replace(task, enlarge=way) for name, way in ways(raised).items()}
    answers = []
    for place, (name, one) in enumerate(tasks.items()):
        progress.update(f"learning: {name}", 0.05 + 0.85 * place / len(tasks))
        if name in (AS_IS, ALONE):
            odds = cross(one, prepared.parts).odds
        else:
            odds = _put_back(prepared, raised, cross(one, prepared.parts, STAGES).odds)
        answers.append(answer(prepared, Tested(prepared.split.name, prepared.parts, odds)))
    unit = "row" if roles.visitor is None else "visitor"
    return _compared(prepared, raised.small[0], list(tasks), answers, (options.resamples, options.seed, unit))


def _put_back(prepared: Prepared, raised: Raised, odds: Odds) -> Odds:
    """Return log-odds with the shares of classes as they are, not as they were raised to.

    Whoever learns from raised rows must take back what they were raised by before a chance is read: that of a class
    is divided by it, and the chances of a row are scaled to sum to 1 (Elkan 2001, theorem 2; for several classes
    Saerens, Latinne and Decaestecker 2002). How long to boost is chosen after it, too.
    """
    kind, found = prepared.target.kind, {name: values.copy() for name, values in odds.items()}
    for part in prepared.parts:
        codes = prepared.codes[part.train]
        times = np.ones(raised.classes)
        for code, more in raised.missing(codes).items():
            times[code] += more / np.count_nonzero(codes == code)
        for values in found.values():
            chances = questions.probabilities(kind, expit(values[part.test])) / times
            values[part.test] = questions.log_odds(kind, chances / chances.sum(axis=1, keepdims=True))
    return found


def _compared(
    prepared: Prepared, smallest: int, names: Sequence[str], answers: Sequence[Answered], draws: tuple[int, int, str]
) -> tuple[Tried, ...]:
    rows = answers[0].rows
    codes = prepared.codes[rows]
    ordered = prepared.target.kind is TargetKind.ORDERED
    losses = [(rank_losses if ordered else log_losses)(codes, one.probabilities) for one in answers]
    rankings = [Ranking(codes == smallest, one.probabilities[:, smallest]) for one in answers]

    def measured(weights: FloatArray) -> FloatArray:
        found = np.array([ranking.average_precision(weights) for ranking in rankings])
        lost = np.array([float(weights @ loss) for loss in losses]) / weights.sum()
        return np.concatenate([found, lost, found - found[0], lost - lost[0]])

    made = bootstrap_each(measured, prepared.groups[rows], *draws)
    count = len(names)
    found, lost, gaps, loss_gaps = (made[place * count : (place + 1) * count] for place in range(4))
    compared = count - 2  # beside "as it is", and synthetic rows alone, which nobody would learn from
    times = float(ndtri(1 - 0.025 / compared) / ndtri(0.975))
    tried = [Tried(names[0], found[0], None, lost[0], None, "")]
    for place in range(1, count):
        gap, loss_gap = (trying.widened(one[place], len(prepared.parts), times) for one in (gaps, loss_gaps))
        word = "" if names[place] == ALONE else _verdict(gap, loss_gap)
        tried.append(Tried(names[place], found[place], gap, lost[place], loss_gap, word))
    return tuple(tried)


def _verdict(gap: Estimate, loss_gap: Estimate) -> str:
    """Say whether a way helps: better on the smallest class or on all, and shown to be worse on neither."""
    better = gap.low > 0 or loss_gap.high < 0
    worse = gap.high < 0 or loss_gap.low > 0
    if worse:
        return "harms"
    return "helps" if better else "not shown to help"


def _made(prepared: Prepared, raised: Raised) -> pl.DataFrame:
    """Return synthetic rows of the small classes, with the label and the mark."""
    extra = [prepared.target.label, prepared.target.revenue]
    columns = tuple(dict.fromkeys([*prepared.columns, *(name for name in extra if name is not None)]))
    wide = replace(raised, columns=columns)
    missing = wide.missing(prepared.codes)
    rows = pl.concat(
        [draw(wide, prepared.frame, prepared.codes, code, more) for code, more in missing.items() if more],
        how="vertical_relaxed",
    )
    mark = next(name for name in (MARK, *(f"{MARK}_{number}" for number in range(1, 99))) if name not in columns)
    return rows.with_columns(pl.lit(value=True).alias(mark))


def _result(
    table: Table,
    prepared: Prepared,
    raised: Raised,
    tried: tuple[Tried, ...],
    checks: tuple[Fidelity | None, Privacy | None],
) -> RaisedResult:
    counts = np.bincount(prepared.codes, minlength=raised.classes)
    missing = raised.missing(prepared.codes)
    names = prepared.target.classes
    classes = tuple(
        SmallClass(names[code], int(counts[code]), int(counts[code]) + more) for code, more in missing.items()
    )
    ordered = prepared.target.kind is TargetKind.ORDERED
    notes = list(prepared.notes)
    if len(prepared.codes) < table.rows:
        notes.append(f"Judged on {len(prepared.codes):,} of {table.rows:,} rows.")
    if classes and checks[0] is None:
        notes.append(f"{quoted(classes[0].name)} has too few rows to tell whether synthetic ones are like them.")
    if classes and checks[1] is None:
        notes.append("Nor can it be told whether synthetic rows give single people away: keep them inside.")
    if checks[1] is not None and not checks[1].safe:
        notes.append("Synthetic rows lie nearer to the rows they were made from than to others: keep them inside.")
    return RaisedResult(
        label=prepared.target.label,
        rows=len(prepared.codes),
        classes=classes,
        loss="ranked_probability_score" if ordered else "log_loss",
        tried=tried,
        fidelity=checks[0],
        privacy=checks[1],
        answer=_answer(classes, tried),
        notes=tuple(notes),
        seed=raised.seed,
        fingerprint=table.reading.fingerprint,
    )


def _answer(classes: tuple[SmallClass, ...], tried: tuple[Tried, ...]) -> str:
    if not classes:
        return "no class is small: each has at least half of an equal share of the rows."
    helping = [one for one in tried if one.verdict == "helps"]
    harming = [one.name for one in tried if one.verdict == "harms"]
    said = f"{listed([one.name for one in classes])} {'is' if len(classes) == 1 else 'are'} small. "
    if helping:
        best = max(helping, key=lambda one: one.found_gap.value if one.found_gap else 0.0)
        said += (
            f"{best.name.capitalize()} helps: average precision of {quoted(classes[0].name)} gains {best.found_gap!r}"
        )
    else:
        said += "No way of raising the numbers is shown to help out of sample: learn from the rows as they are"
    said += f"; {_and(harming)} {'does' if harming == [RESAMPLING] else 'do'} harm." if harming else "."
    if any(one.name == SYNTHETIC for one in helping):
        return f"{said} What synthetic rows add is not new knowledge: gather real rows where you can."
    return said


def _and(names: Sequence[str]) -> str:
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
