"""Latent classes: kinds that every source shows a little are found, and links within one source are none."""

from __future__ import annotations

import numpy as np
import polars as pl
from sklearn.metrics import adjusted_rand_score

from clientela.models.clustering import blocks, clustered, dimensions, shared, variates
from clientela.models.latent import cells, classes


def kinds(rows: int = 2000) -> tuple[pl.DataFrame, np.ndarray]:
    """Return visits of three kinds that eight columns show a little; two more are linked by a join alone."""
    rng = np.random.default_rng(0)
    kind = rng.choice(3, rows, p=[0.4, 0.35, 0.25])
    columns: dict[str, np.ndarray] = {}
    for place in range(6):
        chances = rng.dirichlet(np.full(4, 0.7), 3)
        columns[f"c{place}"] = np.array(list("wxyz"))[(rng.random(rows)[:, None] > chances[kind].cumsum(axis=1)).sum(1)]
    for place in range(2):
        columns[f"n{place}"] = rng.normal(size=rows) + 1.5 * (kind == place)
    city = rng.choice(5, rows)
    columns["city"] = np.array(list("abcde"))[city]
    columns["rain"] = city + 0.01 * rng.normal(size=rows)
    return pl.DataFrame(columns), kind


def test_kinds_are_found_better_than_by_distance() -> None:
    """Three kinds come back, nearer to the truth than groups of k-means in the same space."""
    frame, kind = kinds()
    made = blocks(frame, frame.columns, 0, [("city", "rain")])
    linked = dimensions(made, 0)
    found = adjusted_rand_score(kind, classes(cells(made, linked, 0), 3, 0))
    near = adjusted_rand_score(kind, clustered(shared(made.parts, made.sources, linked), 3, 0)[0])
    assert found > max(near, 0.6)


def test_rows_left_out_are_placed() -> None:
    """Classes found on half of the rows put the others much as classes found on all do; the same seed, the same."""
    frame, _ = kinds()
    made = blocks(frame, frame.columns, 0, [("city", "rain")])
    found = cells(made, dimensions(made, 0), 0)
    whole = classes(found, 3, 0)
    some = np.arange(0, frame.height, 2)
    half = classes(found, 3, 1, some)
    assert len(half) == frame.height
    assert adjusted_rand_score(whole[1::2], half[1::2]) > 0.8
    assert np.array_equal(classes(found, 3, 1, some), half)


def test_every_row_lies_in_one_cell_of_each_source() -> None:
    """Columns of one join are one source; numbers have six cells, categories their values."""
    frame, _ = kinds()
    made = blocks(frame, frame.columns, 0, [("city", "rain")])
    found = cells(made, 2, 0)
    assert len(found.firsts) == 9
    assert (np.add.reduceat(found.matrix, found.firsts, axis=1) == 1).all()
    # one value is too rare for a cell of its own
    assert np.diff(found.firsts).tolist()[:8] == [3, 4, 4, 4, 4, 4, 6, 6]


def test_sources_add_up_to_what_they_share() -> None:
    """The parts of all sources sum to the place in what sources have in common, on rows left out too."""
    frame, _ = kinds(500)
    made = blocks(frame, frame.columns, 0, [("city", "rain")])
    some = np.arange(400)
    parts = variates(made.parts, made.sources, 2, some)
    assert np.allclose(sum(parts), shared(made.parts, made.sources, 2, some))
    assert len(parts) == 9
