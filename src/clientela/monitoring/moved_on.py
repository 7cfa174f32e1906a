"""Rows whose values stand one column on, told by the values that the column never holds and its neighbour does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np
import polars as pl

from clientela.domain.incident import Cause
from clientela.monitoring.baseline import Baseline
from clientela.monitoring.case import FLOOR, Found
from clientela.monitoring.columns import Flags, Floats, Kind, as_numbers, seconds, written
from clientela.monitoring.fitting import thinned
from clientela.monitoring.free_texts import mask

LEAST = 8
"""Rows that must hold a value which their column never holds and its neighbour does."""

KNOWN, MOST = 0.8, 0.9
"""Share of a column's strange cells that its neighbour must know, and of the cells of a link that the neighbour could
hold."""

TELLS, AGAINST = 10.0, -3.0
"""Logarithm of the odds from which the cells of all rows tell that they are the neighbour's, and below which they are
their own column's."""

LESS_LIKELY = 1.0
"""How much less likely (mean logarithm) cells may be by the law of their neighbour than its own ones are."""

LINKS = 2
"""Neighbours that must hold each other's values: one alone is a new level, or another unit."""

MORE = 1.1
"""Times the rows of a run in which two of its columns must hold each other's values, so that they were exchanged."""

SHAPES, ROWS = 300, 5_000
"""Shapes of a text from which none is strange, and rows of the reference from which words are counted."""

DAY = 86_400.0

TRIED = 8
"""Columns with strange cells from which a run is looked for, the strangest first."""

HALF = 0.5
"""Rows that are added to those of each word, so that none is impossible (Jeffreys 1946)."""

WHOLE = r"^([+-]?\d+)\.0+$"
TRUTHS = {"True": "true", "TRUE": "true", "False": "false", "FALSE": "false"}
"""How truths are written in a column that also holds other words, and where it does not."""


@dataclass(frozen=True)
class _Cells:
    """The cells of one column as text in one writing, as numbers, and as shapes."""

    series: pl.Series

    @cached_property
    def texts(self) -> pl.Series:
        texts = written(self.series)
        if self.series.dtype != pl.String:
            return texts
        whole = texts.str.ends_with(".0").fill_null(value=False)
        texts = texts.str.replace(WHOLE, "$1").zip_with(whole, texts) if whole.any() else texts
        return texts.replace(TRUTHS)

    @cached_property
    def numbers(self) -> Floats:
        return as_numbers(self.series)

    @cached_property
    def shapes(self) -> pl.Series:
        return mask(self.texts)


@dataclass(frozen=True)
class Link:
    """Cells of a column beside its own law and that of the column before it.

    Attributes:
        odds: Logarithm of the odds of each cell that it is the neighbour's; 0 where it is missing.
        clear: Which cells the column never holds and its neighbour does.
        known: Which cells the neighbour could hold; missing ones it could.
        law: Logarithm of the chance of each cell by the law of the neighbour.
        usual: Mean of that chance among the neighbour's own cells.
    """

    odds: Floats
    clear: Flags
    known: Flags
    law: Floats
    usual: float


@dataclass(frozen=True)
class Run:
    """Neighbouring columns, in the order in which the values moved.

    Attributes:
        names: The columns; each but the first holds what belongs to the one before it.
        rows: The rows in which they do.
    """

    names: Sequence[str]
    rows: Flags


@dataclass
class _Columns:
    """The columns of reference and batch, and the links between them as far as they were asked for."""

    baseline: Baseline
    frame: pl.DataFrame
    matched: Mapping[str, str]
    sides: tuple[dict[str, _Cells], dict[str, _Cells]] = field(default_factory=lambda: ({}, {}))
    links: dict[tuple[str, str], Link] = field(default_factory=dict)

    def known(self, name: str) -> _Cells:
        """Return the cells of the reference, of some rows."""
        if name not in self.sides[0]:
            side = self.baseline.side
            numbers = side.numbers.get(name)
            series = side.texts[name] if numbers is None else pl.Series(numbers, nan_to_null=True)
            self.sides[0][name] = _Cells(series.gather(thinned(len(series), ROWS)))
        return self.sides[0][name]

    def now(self, name: str) -> _Cells:
        """Return the cells of the batch."""
        if name not in self.sides[1]:
            series = self.frame[self.matched[name]]
            self.sides[1][name] = _Cells(series.fill_nan(None) if series.dtype.is_float() else series)
        return self.sides[1][name]

    def levels(self, name: str) -> list[str]:
        """Return the levels of a category, none of another column."""
        return [TRUTHS.get(level, level) for level in self.baseline.contract.term(name).levels]

    def link(self, before: str, name: str) -> Link:
        """Return the cells of a column beside the laws of two."""
        if (before, name) not in self.links:
            self.links[before, name] = self._linked(before, name)
        return self.links[before, name]

    def _linked(self, before: str, name: str) -> Link:
        levels = sorted({*self.levels(before), *self.levels(name)})
        ends = [np.quantile(some, np.linspace(0, 1, 21)) for one in (before, name) if (some := self._held(one)).size]
        edges = np.unique(np.concatenate(ends)) if ends else None
        sides = (self.known(before), self.known(name), self.now(name))
        theirs, own, now = (_words(cells, levels, edges) for cells in sides)
        laws = _laws(theirs, own)
        usual = float((laws["law"] * laws["rows"]).to_numpy().sum() / max(1.0, float(laws["rows"].to_numpy().sum())))
        cells = pl.DataFrame({"word": now}).join(laws, on="word", how="left", maintain_order="left")
        held: Flags = now.is_not_null().to_numpy()
        lowest = float(laws["law"].to_numpy().min(initial=0.0))
        rows, rows_own, law = (
            _filled(cells, part, least) for part, least in (("rows", 0), ("rows_own", 0), ("law", lowest))
        )
        odds = np.where(held, _filled(cells, "law", 0) - _filled(cells, "own", 0), 0.0)
        return Link(odds, held & (rows_own == 0) & (rows > 1), ~held | (rows > 0), law, usual)

    def _held(self, name: str) -> Floats:
        if self.baseline.contract.term(name).kind is not Kind.NUMBER:
            return np.array([])
        values = self.known(name).numbers
        return values[~np.isnan(values)]

    def strange(self, name: str) -> Flags:
        """Return which cells of the batch their column never held."""
        term, cells = self.baseline.contract.term(name), self.now(name)
        held: Flags = cells.series.is_not_null().to_numpy()
        inside: Flags
        if term.kind is Kind.CATEGORY:
            inside = cells.texts.is_in(self.levels(name)).fill_null(value=False).to_numpy()
            return held & ~inside
        if term.kind is Kind.NUMBER:
            numbers = cells.numbers
            with np.errstate(invalid="ignore"):
                inside = (numbers >= term.low) & (numbers <= term.high)
            return held & ~(inside & (numbers % 1 == 0) if term.whole else inside)
        shapes = self.known(name).shapes.unique()
        if len(shapes) > SHAPES:
            return np.zeros(held.size, dtype=np.bool_)
        inside = cells.shapes.is_in(shapes.implode()).fill_null(value=False).to_numpy()
        return held & ~inside


def _filled(cells: pl.DataFrame, name: str, least: float) -> Floats:
    return cells[name].fill_null(least).to_numpy().astype(np.float64)


def _laws(theirs: pl.Series, own: pl.Series) -> pl.DataFrame:
    """Return the words of two columns with the rows of each, and the logarithm of the chance of each word."""
    counts = [
        pl.DataFrame({"word": words}).drop_nulls().group_by("word").agg(pl.len().cast(pl.Float64).alias(name))
        for words, name in ((theirs, "rows"), (own, "rows_own"))
    ]
    both = (
        counts[0]
        .join(counts[1], on="word", how="full", coalesce=True)
        .with_columns(pl.col("rows", "rows_own").fill_null(0.0))
    )
    chance = {
        name: (pl.col(rows) + HALF) / (pl.col(rows).sum() + HALF * (both.height + 1))
        for name, rows in (("law", "rows"), ("own", "rows_own"))
    }
    return both.with_columns(**{name: share.log() for name, share in chance.items()})


def _words(cells: _Cells, levels: Sequence[str], edges: Floats | None) -> pl.Series:
    """Return each cell as a word that several cells share: a level, a part of the range of numbers, or a shape."""
    level = cells.texts.is_in(levels).fill_null(value=False)
    words = cells.texts
    if edges is None:
        return words.zip_with(level | words.is_null(), "~" + cells.shapes)
    numbers = cells.numbers
    number = pl.Series(~np.isnan(numbers)) & ~level
    places = pl.Series(np.searchsorted(edges, numbers, side="left") + np.searchsorted(edges, numbers, side="right"))
    whole = pl.Series(numbers % 1 == 0)
    bins = pl.DataFrame({"place": places, "whole": whole}).select(pl.format("#{} {}", "place", "whole")).to_series()
    if bool((level | number | words.is_null()).all()):
        return words.zip_with(~number, bins)
    return bins.zip_with(number, words.zip_with(level | words.is_null(), "~" + cells.shapes))


def moved_on(baseline: Baseline, frame: pl.DataFrame, matched: Mapping[str, str]) -> Found | None:
    """Return the columns whose values stand one column on in some rows, as a separator inside a value makes them.

    In these rows at least one column holds what it never holds and its neighbour does, and the columns beside it hold
    what is likelier their neighbour's, too. Put back by one place, nearly all of these values are valid.

    Args:
        baseline: What the batch is held against.
        frame: The batch as it was read.
        matched: Name in the batch by name in the reference.
    """
    columns = _Columns(baseline, frame, matched)
    least = max(LEAST, FLOOR * frame.height)
    names = [term.name for term in baseline.contract.terms if term.name in matched]
    asked = [name for name in names if baseline.contract.term(name).kind is not Kind.TIME]
    counts = {name: int(strange.sum()) for name in asked if (strange := columns.strange(name)).sum() >= least}
    anchors = sorted(counts, key=lambda name: -counts[name])[:TRIED]
    runs = (
        _run(columns, names[::step], anchor, max(least, KNOWN * counts[anchor]))
        for step in (1, -1)
        for anchor in anchors
    )
    best = max((run for run in runs if run is not None), key=lambda run: len(run.names), default=None)
    if best is None:
        return None
    share = float(best.rows.mean())
    evidence: dict[str, Any] = {"takes": {name: before for before, name in pairwise(best.names)}}
    evidence |= {"rows": int(best.rows.sum()), "share": share}
    untouched, split = _untouched(columns, best), _split(columns, names, best)
    evidence |= {"split": split} if split else {}
    emptied = _emptied(columns, names, best)
    evidence |= {"left empty": emptied} if emptied else {}
    named = tuple(name for name in names if name in (split, emptied) or (name in best.names and name != untouched))
    what = f"hold the values of their neighbours in {share:.0%} of the rows"
    return Found(Cause.COLUMN_SHIFT, named, evidence, best.rows, (Cause.COLUMN_SWAP,), what)


def _run(columns: _Columns, order: Sequence[str], anchor: str, least: float) -> Run | None:
    """Return the columns around one with strange cells, each of which holds the values of the one before it.

    The run is looked for in the rows with strange cells, and once more in all rows that it tells.
    """
    place = order.index(anchor)
    if not place or not _linkable(columns, order[place - 1]):
        return None
    rows = columns.link(order[place - 1], anchor).clear
    if rows.sum() < least:
        return None
    names: Sequence[str] = []
    for _ in range(2):
        names = _grown(columns, order, place, rows)
        if len(names) <= LINKS:
            return None
        rows = _rows(columns, names, rows)
    valid = rows & np.all([columns.link(before, name).known for before, name in pairwise(names)], axis=0)
    enough = valid.sum() >= max(least, KNOWN * rows.sum())
    return Run(names, valid) if enough and not _exchanged(columns, names, valid) else None


def _linkable(columns: _Columns, name: str) -> bool:
    return columns.baseline.contract.term(name).kind is not Kind.TIME


def _grown(columns: _Columns, order: Sequence[str], place: int, rows: Flags) -> Sequence[str]:
    """Return the run through one link in these rows; columns that say nothing may lie inside it, not at its ends."""
    ends = []
    for step in (1, -1):
        end = at = place - (step < 0)
        while 0 <= at + step < len(order):
            at += step
            before, name = (order[at - 1], order[at]) if step > 0 else (order[at], order[at + 1])
            moved = _came_from(columns, before, name, rows)
            if moved is False:
                break
            end = at if moved else end
        ends.append(end)
    return order[ends[1] : ends[0] + 1]


def _came_from(columns: _Columns, before: str, name: str, rows: Flags) -> bool | None:
    """Tell whether the cells of these rows belong to the column before; None where they could be of both."""
    if not (_linkable(columns, before) and _linkable(columns, name)):
        return False
    link = columns.link(before, name)
    odds = float(link.odds[rows].sum())
    if odds < AGAINST or link.known[rows].mean() < MOST:
        return False
    held = rows & columns.now(name).texts.is_not_null().to_numpy()
    likely = bool(held.any()) and float(link.law[held].mean()) > link.usual - LESS_LIKELY
    return True if odds > TELLS and likely and not _one_of_both(columns, link, name, held) else None


def _one_of_both(columns: _Columns, link: Link, name: str, held: Flags) -> bool:
    """Tell whether nearly all cells are one value that the column itself has too, as 0 where there was nothing.

    That it is commoner in the neighbour says the same of each row again.
    """
    cells = columns.now(name).texts.filter(pl.Series(held))
    most = int(cells.value_counts()["count"].to_numpy().max(initial=0))
    return most > MOST * len(cells) and not link.clear[held].any()


def _rows(columns: _Columns, names: Sequence[str], rows: Flags) -> Flags:
    """Return all rows in which the cells of a run are likelier their neighbours' than their own."""
    odds = np.sum([columns.link(before, name).odds for before, name in pairwise(names)], axis=0)
    share = float(np.clip(rows.mean(), FLOOR, 0.5))
    found: Flags = odds + np.log(share / (1 - share)) > 0
    return found


def _exchanged(columns: _Columns, names: Sequence[str], rows: Flags) -> bool:
    """Tell whether two columns hold each other's values in more rows than the run explains: they were exchanged."""
    for pair in pairwise(names[1:]):
        known = columns.link(*pair).known & columns.link(*pair[::-1]).known
        back = _rows(columns, (*pair, pair[0]), rows) & known
        if back.sum() > MORE * rows.sum():
            return True
    return False


def _untouched(columns: _Columns, run: Run) -> str:
    """Return the first column of a run where it still holds what the next one took from it, "" where it does not."""
    first, second = (columns.now(name).texts.filter(pl.Series(run.rows)) for name in run.names[:2])
    same = (first == second).fill_null(value=False).to_numpy()
    return run.names[0] if same.mean() > MOST else ""


def _split(columns: _Columns, names: Sequence[str], run: Run) -> str:
    """Return the number before a run whose fraction stands in its first column, as a decimal comma parts it, or ""."""
    place = names.index(run.names[0])
    before = names[place - 1] if place else run.names[0]
    if before in run.names or columns.baseline.contract.term(before).kind is not Kind.NUMBER:
        return ""
    held, now = columns.known(before).numbers, columns.now(before).numbers[run.rows]
    usual, whole = (float(np.mean(part % 1 == 0)) for part in (held, now))
    digits = columns.now(run.names[0]).texts.filter(pl.Series(run.rows)).str.contains(r"^\d+$").fill_null(value=False)
    return before if usual < 1 - KNOWN and whole > MOST and digits.to_numpy().mean() > MOST else ""


def _emptied(columns: _Columns, names: Sequence[str], run: Run) -> str:
    """Return the column before a run that was left empty in its rows, and hardly in others; "" where there is none.

    A moment that was parted in two keeps its day, and stands at midnight.
    """
    places = [names.index(name) for name in run.names[:2]]
    place = places[0] - (1 if places[1] > places[0] else -1)
    before = names[place] if 0 <= place < len(names) else run.names[0]
    if before in run.names:
        return ""
    cells = columns.now(before)
    gone: Flags = cells.texts.is_null().to_numpy()
    if columns.baseline.contract.term(before).kind is Kind.TIME:
        gone |= seconds(cells.series) % DAY == 0
    return before if gone[run.rows].mean() > KNOWN and gone[~run.rows].mean() < 1 - KNOWN else ""


def put_back(frame: pl.DataFrame, found: Found, matched: Mapping[str, str]) -> pl.DataFrame:
    """Return a batch with the values that stand one column on put back, so that the others are read as they are.

    What the last of the columns held is lost; it is missing there.
    """
    rows = pl.Series(found.rows)
    takes: Mapping[str, str] = found.evidence["takes"]
    texts = {name: written(frame[matched[name]]) for name in {*takes, *takes.values()}}
    back = {before: texts[name] for name, before in takes.items()}
    if split := found.evidence.get("split"):
        first = next(before for before in takes.values() if before not in takes)
        texts[split] = written(frame[matched[split]])
        back[split] = texts[split] + "." + texts[first]
    nothing = pl.repeat(None, frame.height, dtype=pl.String, eager=True)
    mended = [back.get(name, nothing).zip_with(rows, own).alias(matched[name]) for name, own in texts.items()]
    return frame.with_columns(mended)
