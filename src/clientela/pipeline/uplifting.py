"""Who responds, from a source that holds a trial."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
import polars as pl
from numpy.typing import NDArray

from clientela.domain.errors import InputError, RefusedError, listed, quoted
from clientela.domain.estimate import Estimate
from clientela.domain.progress import SILENT, Progress
from clientela.experiments.cells import complete, numbers
from clientela.models.uplift.judging import judge_uplift
from clientela.models.uplift.learners import TLearner
from clientela.models.uplift.result import UpliftResult
from clientela.pipeline.replaying import columns_of
from clientela.sources.opening import open_table


@dataclass(frozen=True)
class TrialColumns:
    """What is what in a table of a trial.

    Attributes:
        variant: Column with what was shown.
        treated: Its value for those who were treated.
        control: Its value for those who were not; other rows are left out.
        reward: Column with what came of it, a number.
        known: Columns that were known before the decision.
        visitor: Column with the visitor; None where every row is one.
    """

    variant: str
    treated: str
    control: str
    reward: str
    known: tuple[str, ...]
    visitor: str | None = None


def uplift_source(
    source: object, columns: TrialColumns, *, cost: float = 0.0, sheet: str | None = None, progress: Progress = SILENT
) -> UpliftResult:
    """Say who responds to being treated, and whether visitors differ at all.

    The learner is the T-learner on lines: on Hillstrom no other is better (bench/experiments_uplift.py), and choosing
    the best of several on the data would flatter it.

    Args:
        source: Table of the trial: a file, folder, glob, or a frame; chance decided who was treated.
        columns: What is what in it.
        cost: What treating one visitor costs, in units of the reward.
        sheet: Sheet or table name.
        progress: Takes word of how far it is.

    Returns:
        The judgement.

    Raises:
        ClientelaError: A wrong input, or too few visitors.
    """
    _check(columns, cost)
    visitor = (columns.visitor,) if columns.visitor else ()
    with open_table(source, sheet=sheet, progress=progress) as table:
        frame = columns_of(table, (columns.variant, columns.reward, *columns.known, *visitor))
    shown = frame[columns.variant].cast(pl.String)
    values = sorted(shown.drop_nulls().unique().to_list())
    for name in (columns.treated, columns.control):
        if name not in values:
            raise InputError(f"{quoted(columns.variant)} never is {quoted(name)}: its values are {listed(values)}.")
    taken = shown.is_in([columns.treated, columns.control]).fill_null(value=False)
    frame, treated = frame.filter(taken), (shown.filter(taken) == columns.treated).to_numpy()
    complete(frame, (columns.reward, *visitor))
    rewards = numbers(frame, columns.reward)
    units = frame[columns.visitor].cast(pl.String).to_numpy() if columns.visitor else None
    if units is not None:
        _one_side(units, treated, str(columns.visitor))
    progress.update("learning", 0.3)
    found = judge_uplift(TLearner(), frame.select(columns.known), treated, rewards, units=units, cost=cost)
    return replace(found, left_out=len(shown) - len(frame))


def _check(columns: TrialColumns, cost: float) -> None:
    if columns.treated == columns.control:
        raise InputError(f"Treated and control are both {quoted(columns.treated)}: name two values.")
    if not columns.known:
        raise InputError("Name the columns that were known before the decision, such as --known recency,channel.")
    both = [name for name in columns.known if name in (columns.variant, columns.reward, columns.visitor)]
    if both:
        raise InputError(f"{listed(both)} cannot be known before the decision and be what was decided or came of it.")
    roles = [columns.variant, columns.reward, *([columns.visitor] if columns.visitor else []), *columns.known]
    twice = [name for place, name in enumerate(roles) if name in roles[:place]]
    if twice:
        raise InputError(f"{listed(twice)} is named twice: name each column for one thing.")
    if not np.isfinite(cost) or cost < 0:
        raise InputError(f"A cost of {cost:g} is not possible: give what treating one visitor costs, 0 or more.")


def _one_side(units: NDArray[np.object_], treated: NDArray[np.bool_], name: str) -> None:
    there, kept = np.unique(units[treated]), np.unique(units[~treated])
    both = np.intersect1d(there, kept)
    if len(both):
        raise RefusedError(
            f"Values of {quoted(name)} are on both sides of the trial, {quoted(str(both[0]))} among them (in all "
            f"{len(both):,}): leave those visitors out, or leave --visitor out where every row was decided on its own."
        )


def told(found: UpliftResult) -> tuple[str, ...]:
    """Return the judgement in lines for a person: the verdict first."""
    lines = [found.verdict]
    others = f"; {found.left_out:,} rows of other variants are left out" if found.left_out else ""
    lines.append(
        f"Treating adds {found.effect!r} on average; {found.treated:,} of {found.rows:,} were treated{others}."
    )
    lines.append(
        f"Qini {_span(found.qini)} (0 is chance); slope of effects on the score {_span(found.slope)} (1 is calibrated)."
    )
    lines.append(
        f"Treating the {found.share:.0%} that the score would: {found.over_all!r} beyond treating all, "
        f"{found.over_none!r} beyond treating none, per visitor."
    )
    lines.append(f"{'foreseen':>12}{'observed':>12}{'low':>12}{'high':>12}   in tenths by score, 95 %")
    lines += [
        f"{group.foreseen:>12.4g}{group.observed.value:>12.4g}{group.observed.low:>12.4g}{group.observed.high:>12.4g}"
        for group in found.groups
    ]
    return tuple(lines)


def _span(one: Estimate) -> str:
    return "cannot be told" if math.isnan(one.value) else repr(one)
