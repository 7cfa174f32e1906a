"""What is predicted: worked out from the label column."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import polars as pl

from clientela.domain.errors import InputError, RefusedError, listed, quoted
from clientela.domain.roles import Roles
from clientela.models.result import Target, TargetKind
from clientela.models.values import NO, YES, FloatArray, IntArray, numbers, texts

MANY_NUMBERS = 10
"""A numeric label with more values than this is cut into groups."""
MOST_CLASSES = 30
ROWS_PER_GROUP = 60
"""Positive rows that each derived group should have at least."""
CENT = 0.01
"""Lower bound of the first group above zero, where the data hold nothing smaller."""
LEAST_NAMES, DIFFERENT, UNEVEN = 100, 0.98, 0.1
"""Different whole numbers, their share of the rows, and how far (largest gap of distribution functions) they may be
from evenly spread, so that they name rows: amounts come again, or crowd at the low end."""
UNLIKE = 1.5
"""Groups are of about equal size where the largest has at most this many times the rows of the smallest."""
GROUP_NAMES = {1: ("some",), 2: ("low", "high"), 3: ("low", "middle", "high")}


def codes_of(target: Target, label: pl.Series) -> IntArray:
    """Return the class of every row.

    Args:
        target: What is predicted.
        label: The label column, of training rows or new ones.

    Returns:
        Class codes from 0; -1 where the label is missing or of no known class.

    >>> target = Target(TargetKind.BINARY, "buys", ("no", "yes"), members=(("no",), ("yes",)))
    >>> codes_of(target, pl.Series(["yes", None, "no", "?"])).tolist()
    [1, -1, 0, -1]
    """
    if target.edges:
        values = numbers(label)
        found = np.searchsorted(np.array(target.edges[1:]), values, side="right")
        return np.where(np.isnan(values), -1, found).astype(np.int64)
    index = {text: code for code, group in enumerate(target.members) for text in group}
    folded = {_folded(text): code for text, code in index.items()}
    cells = texts(label)
    words = cells.drop_nulls().unique().to_list()
    codes = [index.get(text, folded.get(_folded(text), -1)) for text in words]
    coded = cells.replace_strict(words, codes, default=-1, return_dtype=pl.Int64) if words else cells.cast(pl.Int64)
    return coded.fill_null(-1).to_numpy().astype(np.int64)


def unknown(target: Target, label: pl.Series) -> tuple[str, ...]:
    """Say how many rows hold a value that is none of the classes learned; nothing where there are none.

    >>> target = Target(TargetKind.BINARY, "buys", ("no", "yes"), members=(("no",), ("yes",)))
    >>> unknown(target, pl.Series(["yes", None, "?"]))
    ("Left out: 1 row whose 'buys' is none of the classes learned, such as '?'.",)
    """
    strange = texts(label).filter(pl.Series(codes_of(target, label) < 0)).drop_nulls()
    if strange.is_empty():
        return ()
    rows = f"{len(strange):,} {'row' if len(strange) == 1 else 'rows'}"
    of = quoted(target.label)
    return (f"Left out: {rows} whose {of} is none of the classes learned, such as {quoted(strange[0])}.",)


def _folded(text: str) -> str:
    """Return a class without case and needless blanks."""
    return " ".join(text.split()).casefold()


def _spellings(counts: dict[str, int]) -> dict[str, tuple[str, ...]]:
    """Return the spellings of every class, by the commonest one: they differ in case or blanks only."""
    found: dict[str, list[str]] = {}
    for text in counts:
        found.setdefault(_folded(text), []).append(text)
    return {" ".join(group[0].split()): tuple(group) for group in found.values()}


def work_out(frame: pl.DataFrame, roles: Roles, folds: int) -> tuple[Target, tuple[str, ...]]:
    """Work out what is predicted.

    Args:
        frame: Rows learned from.
        roles: Settled roles with a label.
        folds: Folds of the cross-validation; a class with fewer rows is put to another.

    Returns:
        The target, and sentences about what was decided.

    Raises:
        RefusedError: The label has one class only, too many, or holds dates.
    """
    label = roles.label or ""
    if frame[label].dtype.is_temporal():
        raise RefusedError(f"The label {quoted(label)} holds dates or times: name a column of classes or amounts.")
    values = texts(frame[label]).drop_nulls()
    cells = dict(values.value_counts(sort=True).sort(["count", values.name], descending=[True, False]).iter_rows())
    spelled = _spellings(cells)
    counts = {name: sum(cells[text] for text in group) for name, group in spelled.items()}
    if len(counts) < 2:
        only = f"the single value {quoted(next(iter(counts)))}" if counts else "no values"
        raise RefusedError(f"The label {quoted(label)} has {only}: there is nothing to tell apart.")
    parsed = numbers(frame[label])
    numeric = int(np.isfinite(parsed).sum()) == len(values)
    if numeric and names_rows(parsed[np.isfinite(parsed)]):
        raise RefusedError(
            f"The label {quoted(label)} holds another whole number in nearly every row, evenly spread, as identifiers "
            "do: name a column of classes or amounts."
        )
    if numeric and (roles.revenue == label or (len(counts) > MANY_NUMBERS and not roles.order)):
        return derived(label, parsed[np.isfinite(parsed)], roles.revenue), ()
    wanted = [
        _known(text, counts) for text in texts(pl.Series("order", list(roles.order), dtype=pl.String)).drop_nulls()
    ]
    kind, order, notes = _ordered(label, counts, tuple(dict.fromkeys(wanted)), numeric)
    alike = (
        f"{listed(group)} of {quoted(label)} differ in case or blanks only and are taken for one class."
        for group in spelled.values()
        if len(group) > 1
    )
    target, notes = _merged(Target(kind, label, order, revenue=roles.revenue), counts, folds, (*alike, *notes))
    members = tuple(tuple(text for name in group for text in spelled[name]) for group in target.members)
    return replace(target, members=members), notes


def names_rows(values: FloatArray) -> bool:
    """Tell whether numbers name rows rather than measure anything: whole, hardly any twice, and evenly spread.

    >>> names_rows(np.arange(40_000.0, 45_000.0))
    True
    """
    levels = np.unique(values)
    if levels.size < max(LEAST_NAMES, DIFFERENT * values.size) or bool((levels % 1 != 0).any()):
        return False
    even = (levels - levels[0]) / (levels[-1] - levels[0])
    return float(np.abs(even - np.linspace(0, 1, levels.size)).max()) < UNEVEN


def _ordered(
    label: str, counts: dict[str, int], order: tuple[str, ...], numeric: bool
) -> tuple[TargetKind, tuple[str, ...], tuple[str, ...]]:
    """Return the kind of question and the classes in order."""
    if order:
        lost = [text for text in counts if text not in order]
        if lost:
            raise InputError(f"The order of the label's classes leaves out {listed(lost)}: name every class.")
        present = tuple(text for text in order if text in counts)
        return (TargetKind.ORDERED if len(present) > 2 else TargetKind.BINARY), present, ()
    if len(counts) == 2:
        return _answers(counts)
    if numeric:
        return TargetKind.ORDERED, tuple(sorted(counts, key=float)), ()
    if len(counts) > MOST_CLASSES:
        raise RefusedError(
            f"The label {quoted(label)} has {len(counts):,} different values, more than {MOST_CLASSES} classes: "
            "name another label, or group its values first."
        )
    return TargetKind.CLASSES, tuple(counts), ()


def _known(text: str, counts: dict[str, int]) -> str:
    """Return the class that a text stands for, however it is spelled; a whole number may have a fraction ("1.0")."""
    names = {_folded(name): name for name in counts}
    return names.get(_folded(text), text.removesuffix(".0"))


def _answers(counts: dict[str, int]) -> tuple[TargetKind, tuple[str, ...], tuple[str, ...]]:
    """Return the two answers of a yes-or-no question, the positive one last."""
    first, second = counts
    for no, yes in ((first, second), (second, first)):
        if yes.strip().lower() in YES or no.strip().lower() in NO:
            return TargetKind.BINARY, (no, yes), ()
    note = (
        f"{quoted(second)} is taken as the answer to predict because it is the rarer one; set the order to change it."
    )
    return TargetKind.BINARY, (first, second), (note,)


def _merged(
    target: Target, counts: dict[str, int], folds: int, notes: tuple[str, ...]
) -> tuple[Target, tuple[str, ...]]:
    """Put classes with fewer rows than folds to a neighbour, or to the commonest other small ones."""
    groups = [[name] for name in target.classes]
    sizes = [counts[name] for name in target.classes]
    said = list(notes)
    while len(groups) > 1 and min(sizes) < folds:
        small = sizes.index(min(sizes))
        ranked = target.kind is not TargetKind.CLASSES
        near = (small - 1 if small else 1) if ranked else min(set(range(len(sizes))) - {small}, key=sizes.__getitem__)
        said.append(
            f"The class {quoted(' or '.join(groups[small]))} has {sizes[small]} rows, fewer than {folds} folds, "
            f"and is put together with {quoted(' or '.join(groups[near]))}."
        )
        low, high = sorted((small, near))
        groups[low] += groups.pop(high)
        sizes[low] += sizes.pop(high)
    if len(groups) < 2:
        common = max(counts, key=counts.__getitem__)
        others = sum(counts.values()) - counts[common]
        raise RefusedError(
            f"The label {quoted(target.label)} has only one class with at least {folds} rows, {quoted(common)}; all "
            f"others have {others} {'row' if others == 1 else 'rows'} together: there is too little to learn."
        )
    kind = TargetKind.BINARY if len(groups) == 2 else target.kind
    if kind is TargetKind.CLASSES:
        groups = [group for _, group in sorted(zip(sizes, groups, strict=True), key=lambda pair: -pair[0])]
    classes = tuple(" or ".join(group) for group in groups)
    members = tuple(tuple(group) for group in groups)
    return Target(kind, target.label, classes, revenue=target.revenue, members=members), tuple(said)


def derived(label: str, values: FloatArray, revenue: str | None) -> Target:
    """Cut a numeric label into zero and quantile groups of what is above it."""
    above = values[values > 0]
    zero = len(values) - len(above) >= max(1, 0.01 * len(values)) and len(above) > 0
    pool = above if zero else values
    wished = int(np.clip(len(pool) // ROWS_PER_GROUP, 1 if zero else 2, 3))
    inner = sorted({_said(float(np.quantile(pool, step / wished))) for step in range(1, wished)})
    inner = [cut for cut in inner if pool.min() < cut <= pool.max()]
    if not inner and not zero:
        inner = [float(np.median(np.unique(pool)))]
    names = GROUP_NAMES[len(inner) + 1]
    classes = (*(("none",) if zero else ()), *names)
    edges = (float(values.min()), *((min(CENT, float(above.min())),) if zero else ()), *inner)
    kind = TargetKind.ORDERED if len(classes) > 2 else TargetKind.BINARY
    sizes = np.bincount(np.searchsorted(np.array(inner), pool, side="right"), minlength=len(inner) + 1).tolist()
    told = _told(label, zero, inner, sizes)
    return Target(kind, label, classes, derived=told, edges=edges, revenue=revenue or label)


def _told(label: str, zero: bool, cuts: Sequence[float], sizes: Sequence[int]) -> str:
    """Say in one sentence how the groups were made, and how large they are where amounts in lumps left them uneven."""
    at = " and ".join(f"{cut:,.2f}" for cut in cuts)
    if not cuts:
        return f"The groups of {quoted(label)} are nothing (zero or less) and something."
    *first, last = (f"{size:,}" for size in sizes)
    sized = "about equal size" if max(sizes) <= UNLIKE * min(sizes) else f"{', '.join(first)} and {last} rows"
    groups = f"{len(cuts) + 1} groups of {sized}, cut at {at}"
    if zero:
        return f"Of {quoted(label)} zero (or less) is a group of its own, the rest is {groups}."
    return f"The values of {quoted(label)} are {groups}."


def _said(value: float) -> float:
    """Return a cut to three significant digits, so that a person can say it."""
    return float(f"{value:.3g}")
