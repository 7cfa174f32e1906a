"""Numbers rounded more coarsely are told with their step."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from clientela.domain.incident import Cause
from clientela.monitoring.baseline import learn_baseline
from clientela.monitoring.checking import check
from clientela.tables.frames import from_frame


def driven(rows: int, seed: int, step: float = 1000) -> pl.DataFrame:
    """Return kilometres of cars, told in steps, beside another number."""
    rng = np.random.default_rng(seed)
    kilometres = ((10_000 + rng.lognormal(9.6, 0.5, rows)) // step * step).astype(np.int64)
    return pl.DataFrame({"km": kilometres, "age": np.round(rng.gamma(3, 3, rows), 5)})


@pytest.mark.parametrize(("fine", "coarse"), [(1000, 5000), (1000, 10_000), (100, 500)])
def test_large_numbers_in_coarser_steps_are_told_with_them(fine: int, coarse: int) -> None:
    """Half of the cars with their kilometres cut off to a coarser step are one loss of precision."""
    known = learn_baseline(from_frame(driven(5000, 1, fine)))
    half = pl.when(pl.int_range(pl.len()) % 2 == 0).then(pl.col("km") // coarse * coarse).otherwise("km")
    (found,) = check(known, from_frame(driven(1000, 2, fine).with_columns(half.alias("km")))).incidents
    assert (found.cause, found.columns) == (Cause.PRECISION, ("km",))
    assert f"rounded to {coarse:g}" in found.title
    assert check(known, from_frame(driven(1000, 3, fine))).incidents == ()
