"""A policy of a file replayed on the decisions of a source."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import polars as pl

from clientela.domain.errors import ColumnError, InputError, SourceNotFoundError, quoted
from clientela.domain.estimate import Estimate
from clientela.domain.progress import SILENT, Progress
from clientela.experiments.policy import Policy, read_policy
from clientela.experiments.replay import Columns, Replay
from clientela.experiments.replaying import replay
from clientela.sources.opening import open_table
from clientela.tables.table import Table

LARGEST = 50_000_000


def policy_file(path: Path) -> Policy:
    """Return the policy of a JSON file.

    Raises:
        SourceNotFoundError: There is no such file.
        InputError: It cannot be read, or is no policy.
    """
    try:
        if path.stat().st_size > LARGEST:
            raise InputError(f"{quoted(path.name)} is larger than {LARGEST // 10**6} MB: name the JSON of a policy.")
        content = path.read_bytes()
    except FileNotFoundError as error:
        raise SourceNotFoundError(f"There is no file {quoted(str(path))}: name the JSON of a policy.") from error
    except OSError as error:
        raise InputError(
            f"{quoted(str(path))} cannot be read ({error.strerror}): name the JSON of a policy."
        ) from error
    return read_policy(content, quoted(path.name))


def replay_source(
    source: object, policy: Path, columns: Columns, *, sheet: str | None = None, progress: Progress = SILENT
) -> Replay:
    """Say what a policy would have earned on the decisions of a source.

    Args:
        source: Table of decisions: a file, folder, glob, or a frame.
        policy: JSON file of the policy.
        columns: Which columns hold what.
        sheet: Sheet or table name.
        progress: Takes word of how far it is.

    Returns:
        The estimates.

    Raises:
        ClientelaError: A wrong input, or a log that cannot tell.
    """
    asked = policy_file(policy)
    visitor = (columns.visitor,) if columns.visitor else ()
    needed = (columns.variant, columns.propensity, columns.reward, *visitor, *asked.columns)
    with open_table(source, sheet=sheet, progress=progress) as table:
        frame = columns_of(table, needed)
    return replay(frame, asked, columns, progress=progress)


def columns_of(table: Table, names: tuple[str, ...]) -> pl.DataFrame:
    """Return all rows of some columns.

    Raises:
        ColumnError: A column is not there.
        InputError: There are no rows.
    """
    there = [field.name for field in table.fields]
    for name in names:
        if name not in there:
            raise ColumnError.missing(name, there)
    frames = list(table.batches(columns=list(dict.fromkeys(names))))
    if not frames:
        raise InputError("The table has no rows: give one row per decision.")
    return pl.concat(frames)


def told(found: Replay) -> tuple[str, ...]:
    """Return a replay in lines for a person: the answer first, what makes it doubtful, what it rests on."""
    lines = [_answer(found), *(f"Doubt: {doubt}" for doubt in found.doubts)]
    lines.append(f"{'estimator':<20}{'value':>12}{'low':>12}{'high':>12}   per decision, 95 %")
    rows = {"as logged": found.logged, **found.estimates}
    lines += [f"{name:<20}{one.value:>12.5g}{one.low:>12.5g}{one.high:>12.5g}" for name, one in rows.items()]
    behind = f" of {found.value.n:,} visitors" if found.unit == "visitor" else ""
    lines.append(
        f"{found.decisions:,} decisions{behind} tell as much as {found.effective:,.0f} {found.unit}s under the policy "
        f"itself; the heaviest {found.unit} carries {found.heaviest:.1%} of all weight; weights average "
        f"{found.weight:.3f}."
    )
    return tuple(lines)


def _answer(found: Replay) -> str:
    value, gain = found.value, found.gain
    said = f"{quoted(found.policy)} would have earned {_span(value)} of {quoted(found.reward)} per decision"
    if not gain.excludes(0.0):
        logged = f"{found.logged.value:.4g}"
        return f"{said}; whether that is more than the {logged} logged cannot be told: the gain is {_span(gain)}."
    word = "more" if gain.value > 0 else "less"
    low, high = sorted((abs(gain.low), abs(gain.high)))
    size = replace(gain, value=abs(gain.value), low=low, high=high)
    return f"{said}, {_span(size)} {word} than the {found.logged.value:.4g} logged."


def _span(one: Estimate) -> str:
    return f"{one.value:.4g} ({one.low:.4g} to {one.high:.4g})"
