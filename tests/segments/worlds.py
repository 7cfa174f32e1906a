"""Planted worlds: visits with a known structure and out-of-sample scores of a stand-in model."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import SimpleNamespace

import numpy as np
import polars as pl

from clientela.domain.column import Available, Column, Role
from clientela.domain.roles import Roles
from clientela.models.learning import Learned
from clientela.models.options import ModelOptions
from clientela.models.result import ModelResult, Target, TargetKind
from clientela.models.settling import Settled
from clientela.segments.finding import segment
from clientela.segments.options import SegmentOptions
from clientela.segments.result import SegmentResult
from clientela.tables.duck import DuckTable
from clientela.tables.table import ROW

QUICK = SegmentOptions(resamples=60)


@dataclass(frozen=True)
class World:
    """A table with roles and what a stand-in model learned from it."""

    frame: pl.DataFrame
    table: DuckTable
    roles: Roles
    learned: Learned
    model_options: ModelOptions

    def segment(self, options: SegmentOptions = QUICK) -> SegmentResult:
        """Run the stage."""
        return segment(self.table, self.roles, self.learned, self.model_options, options)


def settled(
    table: DuckTable,
    label: str,
    *,
    revenue: str | None = None,
    visitor: str | None = None,
    available: Mapping[str, Available] | None = None,
) -> Roles:
    """Give every column a role: features, but for those named."""
    named = {label: Role.LABEL, revenue: Role.REVENUE, visitor: Role.IDENTIFIER}
    known = available or {}
    columns = tuple(
        Column(
            field.name,
            field.storage,
            named.get(field.name, Role.FEATURE),
            available=known.get(field.name, Available.UNKNOWN),
        )
        for field in table.fields
    )
    return Roles(columns, label=label, revenue=revenue, visitor=visitor)


def target_of(label: str, revenue: str | None, classes: tuple[str, ...]) -> Target:
    """Say what is predicted."""
    kind = TargetKind.BINARY if len(classes) == 2 else TargetKind.ORDERED
    return Target(kind, label, classes, revenue=revenue, members=tuple((name,) for name in classes))


def stand_in(rows: pl.DataFrame, roles: Roles, target: Target, scores: Mapping[str, np.ndarray]) -> Learned:
    """Return what a model would have learned, with the given scores."""
    result = ModelResult(
        target=target,
        rows=rows.height,
        table_rows=rows.height,
        units=rows.height,
        features=roles.features,
        left_out=(),
        chosen="stand-in",
        splits=(),
        metrics=(),
        groups=(),
        confusion=(),
        calibration=(),
        importance=(),
        gain=(),
        variations=(),
        notes=(),
        seed=0,
    )
    release = SimpleNamespace(settled=Settled(target.kind, 0.5, 1.0, ()))
    return Learned(result, release, rows.select(ROW).with_columns(**{k: pl.Series(v) for k, v in scores.items()}))
