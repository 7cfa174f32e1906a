"""Made-up experiments with known truths."""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import polars as pl

from clientela.experiments.analysing import analyse
from clientela.experiments.columns import of_decisions
from clientela.experiments.options import ExperimentOptions
from clientela.experiments.result import Analysis, Doubt
from clientela.experiments.units import Units, make_units
from clientela.tables.frames import from_frame

START = dt.datetime.fromisoformat("2024-01-01")


def visitors(n: int = 600, seed: int = 1, days: float = 14.0, lift: float = 0.0) -> pl.DataFrame:
    """Return one row per visitor: variant a or b, evenly spread over days, revenue with a lift in b."""
    rng = np.random.default_rng(seed)
    variant = np.where(np.arange(n) % 2 == 0, "a", "b")
    spent = rng.gamma(4, 10, n) * (1 + lift * (variant == "b"))
    return pl.DataFrame(
        {
            "visitor": [f"u{place}" for place in range(n)],
            "variant": variant,
            "time": [START + dt.timedelta(days=days * place / n) for place in range(n)],
            "revenue": spent,
            "bounce": rng.integers(0, 2, n),
            "age": rng.normal(40, 9, n),
            "city": rng.choice(["north", "south"], n),
        }
    )


def outcomes_of(decisions: pl.DataFrame, hours: float = 2.0, seed: int = 1) -> pl.DataFrame:
    """Return an outcome for every second pair of visitors, some hours after the decision."""
    kept = decisions.filter(pl.int_range(pl.len()) % 4 < 2)
    spent = np.random.default_rng(seed).gamma(4, 10, kept.height)
    return kept.select("visitor", at=pl.col("time") + dt.timedelta(hours=hours), revenue=pl.Series(spent))


def asked(decisions: pl.DataFrame, outcomes: pl.DataFrame | None = None, **options: Any) -> Analysis:
    """Return the analysis."""
    with from_frame(decisions) as first:
        if outcomes is None:
            return analyse(first, None, ExperimentOptions(**options))
        with from_frame(outcomes) as second:
            return analyse(first, second, ExperimentOptions(**options))


def units_of(decisions: pl.DataFrame, outcomes: pl.DataFrame | None = None, **options: Any) -> Units:
    """Return the units."""
    held = ExperimentOptions(**options)
    first = from_frame(decisions)
    second = from_frame(outcomes) if outcomes is not None else None
    columns = of_decisions(first.fields, held, second.fields if second is not None else None)
    return make_units(first, second, columns, held)


def rows_of(units: Units) -> pl.DataFrame:
    """Return the rows of units."""
    return pl.concat(list(units.table.batches(100_000, [part.name for part in units.table.fields])))


def codes(doubts: tuple[Doubt, ...] | list[Doubt]) -> list[str]:
    """Return the codes of doubts."""
    return [str(doubt.code) for doubt in doubts]
