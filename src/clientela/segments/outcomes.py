"""What came of every visit, what was expected of it, and whose it was."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from clientela.domain.errors import InputError
from clientela.domain.roles import Roles
from clientela.models.learning import Learned
from clientela.models.release import REVENUE
from clientela.models.result import TargetKind
from clientela.models.target import codes_of
from clientela.models.values import numbers
from clientela.tables.table import ROW

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]


@dataclass(frozen=True)
class Outcomes:
    """One number per visit in every array, in the order of the rows.

    Attributes:
        expected: What the model expects, out of sample: revenue where there is one, else
            class rank (ordered) or probability above the lowest class.
        value: What came of it, in the same unit as `expected`.
        above: 1 for a visit above the lowest class, else 0.
        money: Whether `value` is revenue in money.
        units: Visitor of the visit, counted from 0.
        grows: Whether the visit belongs to the half that rules are found on; all visits of
            a visitor are in one half.
        unit: "visitor", or "visit" where visitors are not known.
    """

    expected: FloatArray
    value: FloatArray
    above: FloatArray
    money: bool
    units: IntArray
    grows: BoolArray
    unit: str


def outcomes(rows: pl.DataFrame, roles: Roles, learned: Learned, seed: int) -> Outcomes:
    """Gather what came of the rows that a model learned from, and what it expected.

    Args:
        rows: The training rows, with their positions.
        roles: Roles of the columns.
        learned: What was learned from these rows.
        seed: Seed of the halves.

    Returns:
        Outcomes in the order of `rows`.

    Raises:
        InputError: The scores are not those of these rows.
    """
    scores = learned.scores
    if not scores.get_column(ROW).equals(rows.get_column(ROW), check_names=False):
        raise InputError("The scores do not belong to these rows: learn again with the same options.")
    target = learned.result.target
    rank = np.maximum(codes_of(target, rows.get_column(target.label)), 0).astype(np.float64)
    above = (rank > 0).astype(np.float64)
    chances = scores.select([f"p_{name}" for name in target.classes]).to_numpy()
    money = False
    if target.revenue is not None and REVENUE in scores.columns:
        value = _money(rows.get_column(target.revenue))
        expected, money = scores.get_column(REVENUE).to_numpy(), True
    elif target.kind is TargetKind.ORDERED:
        expected, value = chances @ np.arange(len(target.classes), dtype=np.float64), rank
    else:
        expected, value = 1 - chances[:, 0], above
    keys = _keys(rows, roles)
    units = np.unique(keys.to_numpy(), return_inverse=True)[1].reshape(-1).astype(np.int64)
    grows = np.array([_first_half(f"{seed}|{key}") for key in keys.to_list()], dtype=np.bool_)
    unit = "visit" if roles.visitor is None else "visitor"
    return Outcomes(expected, value, above, money, units, grows, unit)


def _money(column: pl.Series) -> FloatArray:
    """Return revenue; a visit without a number brought none."""
    return np.nan_to_num(numbers(column), nan=0.0)


def _keys(rows: pl.DataFrame, roles: Roles) -> pl.Series:
    """Return whose each row is; a row without a visitor is its own."""
    own = pl.format("row {}", pl.col(ROW))
    if roles.visitor is None:
        return rows.select(own.alias("unit")).get_column("unit")
    visitor = pl.format("visitor {}", pl.col(roles.visitor).cast(pl.String))
    return rows.select(pl.coalesce(visitor, own).alias("unit")).get_column("unit")


def _first_half(key: str) -> bool:
    return hashlib.blake2b(key.encode(), digest_size=1).digest()[0] < 128
