"""Why one row got its group: what each of its cells adds to the answers, exactly."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl
from scipy.special import expit

from clientela.domain.record import Record
from clientela.models.odds import LINE, TREES, mix
from clientela.models.release import REVENUE, Release
from clientela.models.result import Target, TargetKind
from clientela.models.settling import Settled
from clientela.models.values import FloatArray, texts


@dataclass(frozen=True)
class Reason(Record):
    """What one cell adds.

    Attributes:
        column: Column name.
        value: The cell as text; None where it is missing.
        added: Log-odds that it adds beyond what the column adds on average.
        times: The same as a factor of the odds.
    """

    column: str
    value: str | None
    added: float
    times: float


@dataclass(frozen=True)
class Answer(Record):
    """One yes-or-no question that decides the group.

    Attributes:
        question: The question, such as "above 'none'".
        chance: Probability of yes for this row.
        average: Mean probability of yes of the rows compared with.
        start: Probability of yes where every column adds what it adds on average. Odds that differ much between rows
            make it another one than the average.
        reasons: One per column, strongest first; what they add leads from `start` to `chance`.
    """

    question: str
    chance: float
    average: float
    start: float
    reasons: tuple[Reason, ...]


@dataclass(frozen=True)
class Explanation(Record):
    """Why a row got its group.

    Attributes:
        row: Which row it is, in words.
        label: Column that is predicted.
        group: The group that the row is put into.
        chances: Probability of every group.
        revenue: Expected revenue, in money; None without revenue.
        answers: The questions that the row had to pass for its group, and the one that it stopped at.
        compared: Rows that "on average" is measured on.
    """

    row: str
    label: str
    group: str
    chances: Mapping[str, float]
    revenue: float | None
    answers: tuple[Answer, ...]
    compared: int


def explain(release: Release, row: pl.DataFrame, others: pl.DataFrame, called: str = "the row") -> Explanation:
    """Say why a row got its group.

    What a cell adds is exact: the contribution of its column to the log-odds of the trees (Lundberg et al. 2020) and
    coefficient times value of the line, blended and calibrated as the release does, less the mean of the same over
    other rows. What all cells add is the whole way from the mean log-odds of the others to those of the row.

    Args:
        release: The model.
        row: One row with the columns the release needs.
        others: Rows to compare with, at least one, with the same columns.
        called: Which row it is, in words.

    Returns:
        The explanation.

    Raises:
        ColumnError: Columns are missing; all of them are named.
        InputError: A column holds lists, records or bytes.
    """
    scores = release.predict(row).row(0, named=True)
    classes = release.manifest.target.classes
    chances = {name: float(scores[f"p_{name}"]) for name in classes}
    place = int(release.settled.classes(np.array([list(chances.values())]))[0])
    columns = release.fitted.recipe.columns
    together = pl.concat([row.select(columns), others.select(columns)])
    odds = mix(release.fitted.odds(together), release.settled.weight)
    answers = tuple(
        _answer(release, together, _calibrated(release.settled, odds, question), question)
        for question in _asked(release.manifest.target.kind, place, len(classes))
    )
    return Explanation(
        row=called,
        label=release.manifest.target.label,
        group=classes[place],
        chances=chances,
        revenue=float(scores[REVENUE]) if REVENUE in scores else None,
        answers=answers,
        compared=len(others),
    )


def _asked(kind: TargetKind, place: int, classes: int) -> tuple[int, ...]:
    """Return the questions that decide whether a row gets to the class at this place, and no further."""
    if kind is TargetKind.CLASSES:
        return (place,)
    return tuple(range(min(place, classes - 2) + 1))


def _calibrated(settled: Settled, odds: FloatArray, question: int) -> FloatArray:
    scale = settled.scales[question]
    return np.asarray(scale.intercept + scale.slope * odds[:, question], dtype=np.float64)


def _answer(release: Release, together: pl.DataFrame, odds: FloatArray, question: int) -> Answer:
    """Return the answer to one question for the first row, the others being what it is compared with."""
    settled = release.settled
    parts = release.fitted.contributions(together, question)
    weights = ((TREES, settled.weight), (LINE, 1 - settled.weight))
    slope = settled.scales[question].slope
    added = np.sum([slope * share * parts[name] for name, share in weights if share], axis=0)
    beyond = np.asarray(added[0] - added[1:].mean(axis=0), dtype=np.float64)
    reasons = [
        Reason(name, texts(together[name])[0], float(value), float(np.exp(value)))
        for name, value in zip(release.fitted.recipe.columns, beyond, strict=True)
    ]
    return Answer(
        question=_question(release.manifest.target, question),
        chance=float(expit(odds[0])),
        average=float(expit(odds[1:]).mean()),
        start=float(expit(odds[1:].mean())),
        reasons=tuple(sorted(reasons, key=lambda reason: -abs(reason.added))),
    )


def _question(target: Target, question: int) -> str:
    names = target.classes
    if target.kind is TargetKind.BINARY:
        return f"{names[1]!r}"
    if target.kind is TargetKind.CLASSES:
        return f"{names[question]!r}" if question else f"anything but {names[0]!r}"
    return f"above {names[question]!r}" + (f", of those above {names[question - 1]!r}" if question else "")
