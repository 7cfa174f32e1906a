"""One batch beside its baseline while causes are searched: what was found, and what it already explains."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import polars as pl

from clientela.domain.estimate import Estimate
from clientela.domain.incident import Cause, ShiftKind
from clientela.monitoring.baseline import Baseline
from clientela.monitoring.columns import Codes, Flags, Floats, Kind, Side
from clientela.monitoring.contract import Rule, Term
from clientela.monitoring.strength import strength_of

BUDGET = 0.01
"""Chance that any test of a clean batch alarms by accident, the one in a hundred that is promised; most tests ask for
more beside it, so that fewer alarms are left."""

THINNING = (20_261, 129)
"""Seed of the draw that thins the reference: no usual one, for rows that were made with 0 would be thinned by what made
them."""

NUMBERS, CATEGORIES, SHARE = 1 / 2, 1 / 3, 1 / 36
"""Parts of the budget of one family of tests: numbers and categories, where breaks are faintest, and each other one."""

FEWER, AS_MANY = 0.8, 0.2
"""Rows for one of earlier batches from which they are fewer, and how far (as a logarithm) from what is left of them."""

FLOOR = 0.005
"""Share of rows below which a change, however certain, is not worth an alarm."""


@dataclass(frozen=True)
class Found:
    """A cause as a test found it.

    Attributes:
        cause: Its name, or the kind of a real shift.
        columns: Columns concerned.
        evidence: Numbers by name.
        rows: Rows concerned; None where it is no matter of rows.
        alternatives: What else it could be.
        what: Words for the title, after the columns.
        since: Time of the first row concerned, seconds since 1970; NaN where unknown.
        strength: Share of the rows concerned with its interval; None where it is no matter of rows.
        vague: Whether a number merely moved, by no known cause or as a season may: many such ones are no break.
    """

    cause: Cause | ShiftKind
    columns: tuple[str, ...]
    evidence: Mapping[str, Any]
    rows: Flags | None = None
    alternatives: tuple[Cause, ...] = ()
    what: str = ""
    since: float = float("nan")
    strength: Estimate | None = None
    vague: bool = False


@dataclass(frozen=True)
class Cluster:
    """An identifier whose rows come together.

    Attributes:
        name: Its column.
        further: Rows of the same identifier that come with a row of the batch, beyond those that chance gives.
    """

    name: str
    further: float


@dataclass
class Case:
    """What is known while a batch is searched.

    Attributes:
        baseline: What it is held against.
        reference: Reference rows, thinned where a shift of the mix is known.
        batch: Batch rows, mended where a cause is known.
        order: Time of each batch row in seconds; NaN where unknown.
        later: Whether the batch lies outside the reference's time, so that season may move anything.
        found: Causes in the order in which they were found.
        explained: Columns whose change a cause explains; they are not tested again.
        notes: What could not be tested.
        codes: Columns in a few bins (reference, batch, how many), as far as they were asked for with these rows.
        counts: Levels of categories with their rows (batch, reference), as far as they were asked for likewise.
        words: Cells of texts with the place of each row's among them (reference, batch), as far as they were asked for
            likewise.
        broken: Which rows of the batch break a rule, as far as it was asked for likewise.
        clusters: Identifiers that come again, once they were asked for likewise.
        fresh: Rows of the batch with a level that the reference never had, by column, until they are told.
        fewer: Rows of the batch for one of the earlier batches, 1 where that is not known.
    """

    baseline: Baseline
    reference: Side
    batch: Side
    order: Floats
    later: bool = False
    found: list[Found] = field(default_factory=list)
    explained: set[str] = field(default_factory=set)
    notes: list[str] = field(default_factory=list)
    codes: dict[str, tuple[Codes, Codes, int]] = field(default_factory=dict)
    counts: dict[str, tuple[tuple[str, ...], Floats, Floats]] = field(default_factory=dict)
    words: dict[str, tuple[pl.Series, Codes, Codes]] = field(default_factory=dict)
    broken: dict[Rule, Flags] = field(default_factory=dict)
    clusters: list[Cluster] = field(default_factory=list)
    fresh: dict[str, Flags] = field(default_factory=dict)
    fewer: float = 1.0

    def terms(self, *kinds: Kind) -> list[Term]:
        """Return the terms of columns of these kinds that are in the batch and not explained yet."""
        return [
            term
            for term in self.baseline.contract.terms
            if term.kind in kinds and self.batch.has(term.name) and term.name not in self.explained
        ]

    def alpha(self, tests: int, share: float = SHARE) -> float:
        """Return the level of one test of a family with so many (Bonferroni), which has a share of the budget."""
        return BUDGET * share / max(1, tests)

    def add(self, found: Found, explains: Sequence[str] | None = None) -> None:
        """Take a cause; its columns, or those given, are explained from here on."""
        times = self.order if found.rows is None else self.order[found.rows]
        known = times[~np.isnan(times)]
        strength = found.strength or strength_of(found.cause, found.evidence, *self.sizes)
        first = float(known.min()) if known.size else float("nan")
        self.found.append(replace(found, since=first, strength=strength))
        self.explained |= set(found.columns if explains is None else explains)

    def beside(self, reference: Side, batch: Side) -> Case:
        """Return the case with other rows, of which nothing was asked for yet."""
        return replace(self, reference=reference, batch=batch, codes={}, counts={}, words={}, broken={}, clusters=[])

    def smaller_by(self, kept: float) -> bool:
        """Tell whether the batch has about that part of the rows of earlier ones, fewer than they."""
        return self.fewer < FEWER and abs(math.log(self.fewer / max(kept, 1e-9))) < AS_MANY

    def keep(self, kept: Flags) -> None:
        """Go on with some rows of the batch only."""
        self._forget()
        self.batch = self.batch.only(kept)
        self.order = self.order[kept]

    def thin(self, weights: Floats) -> None:
        """Thin the reference, so that its mix becomes the batch's."""
        self._forget()
        top = float(weights.max())
        if top > 0:
            drawn = np.random.default_rng(THINNING).random(self.reference.rows)
            self.reference = self.reference.only(drawn < weights / top)

    def _forget(self) -> None:
        for asked in (self.codes, self.counts, self.words, self.broken, self.clusters):
            asked.clear()

    @property
    def sizes(self) -> tuple[int, int]:
        """Rows of batch and reference."""
        return self.batch.rows, self.reference.rows
