"""Groups by likeness: mixed columns made comparable, what sources have in common, tables without groups."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import adjusted_rand_score

from clientela.models.clustering import blocks, clustered, dimensions, resembling, shared


def kinds(rows: int, seed: int) -> tuple[pl.DataFrame, np.ndarray]:
    """Return visits of four kinds: two traits, each of which shows in two columns."""
    rng = np.random.default_rng(seed)
    first, second = rng.random((2, rows)) < 0.4
    numbers = rng.normal(size=(rows, 3)) + 5 * np.column_stack([first, first, second])
    device = np.where(rng.random(rows) < np.where(second, 0.95, 0.05), "mobile", "desktop")
    frame = pl.DataFrame({"device": device, "a": numbers[:, 0], "b": numbers[:, 1], "c": numbers[:, 2]})
    return frame, first * 2 + second


def test_every_column_weighs_the_same() -> None:
    """Numbers, skewed numbers and categories have the same inertia; a constant and an empty column are left out."""
    rng = np.random.default_rng(0)
    frame = pl.DataFrame(
        {
            "plain": rng.normal(size=500),
            "skewed": rng.lognormal(3, 2, 500),
            "category": rng.choice(["x", "y", "z"], 500),
            "yes": rng.random(500) < 0.5,
            "same": ["x"] * 500,
            "constant": [1.0, 1.0, 1.0, None] * 125,
            "empty": pl.Series([None] * 500, dtype=pl.Float64),
        }
    )
    made = blocks(frame, frame.columns, 0)
    assert made.names[:4] == ("plain", "skewed", "category", "yes")
    assert not {"same", "empty"} & set(made.names)
    for part in made.parts:
        assert float((part**2).sum(axis=1).mean()) == pytest.approx(1, abs=1e-6)


def test_rare_values_are_one() -> None:
    """Values in under 2 % of the rows are taken together, and with the commonest where even together they are rare."""
    words = ["a"] * 600 + ["b"] * 380 + [f"r{i}" for i in range(20)]
    assert blocks(pl.DataFrame({"w": words}), ["w"], 0).parts[0].shape[1] == 3
    few = ["a"] * 600 + ["b"] * 390 + [f"r{i}" for i in range(10)]
    assert blocks(pl.DataFrame({"w": few}), ["w"], 0).parts[0].shape[1] == 2


def test_no_columns_make_no_blocks() -> None:
    """Where nothing varies there is nothing to compare."""
    assert blocks(pl.DataFrame({"w": ["a"] * 9}), ["w"], 0).names == ()


def test_columns_of_one_join_are_one_source() -> None:
    """Joined columns share a source, others have their own; where all came by one join each is its own."""
    frame, _ = kinds(60, 0)
    assert len(set(blocks(frame, frame.columns, 0, [("a", "b", "key")]).sources)) == 3
    assert len(set(blocks(frame, frame.columns, 0, [frame.columns]).sources)) == 4


def test_kinds_link_sources_and_are_found_there() -> None:
    """Two traits are two dimensions of what sources have in common, and the four kinds lie apart in them."""
    frame, kind = kinds(600, 1)
    made = blocks(frame, frame.columns, 0)
    linked = dimensions(made, 0)
    assert linked == 2
    codes, centres, _ = clustered(shared(made.parts, made.sources, linked), 4, 0)
    assert adjusted_rand_score(kind, codes) > 0.75
    assert centres.shape == (4, 2)


def test_links_within_a_source_are_no_kinds() -> None:
    """Two columns of one join that say the same link no sources; the same two as sources of their own do."""
    rng = np.random.default_rng(2)
    twin = rng.normal(size=500)
    frame = pl.DataFrame({"a": twin, "b": twin + 0.1 * rng.normal(size=500), "c": rng.normal(size=500)})
    assert dimensions(blocks(frame, frame.columns, 0, [("a", "b")]), 0) == 0
    assert dimensions(blocks(frame, frame.columns, 0), 0) == 1


def test_rows_left_out_are_placed_too() -> None:
    """What sources have in common, found on some rows, places the others as well, much like all rows do."""
    frame, _ = kinds(600, 3)
    made = blocks(frame, frame.columns, 0)
    whole = shared(made.parts, made.sources, 2)
    part = shared(made.parts, made.sources, 2, np.arange(0, 600, 2))
    assert part.shape == whole.shape
    turned = np.linalg.svd(np.corrcoef(whole.T, part.T)[:2, 2:], compute_uv=False)
    assert turned.min() > 0.9


def test_resembling_rows_have_the_same_cells_and_links() -> None:
    """A table without groups has the cells of the table at hand, and nearly its rank correlations."""
    rng = np.random.default_rng(4)
    base = rng.normal(size=2000)
    frame = pl.DataFrame({"a": np.exp(base + rng.normal(size=2000)), "b": (base + rng.normal(size=2000)).round()})
    made = blocks(frame, frame.columns, 0)
    first, second = resembling(made, 1)
    np.testing.assert_allclose(np.sort(first, axis=0), np.sort(made.parts[0], axis=0))
    here = np.corrcoef(made.parts[0][:, 0], made.parts[1][:, 0])[0, 1]
    assert np.corrcoef(first[:, 0], second[:, 0])[0, 1] == pytest.approx(here, abs=0.07)


@settings(max_examples=15)
@given(st.integers(2, 6), st.integers(0, 50))
def test_nearest_centres_are_those_of_the_groups(count: int, seed: int) -> None:
    """Every row belongs to the group whose centre is nearest; few different rows make few groups."""
    matrix = np.random.default_rng(seed).integers(0, 3, (40, 2)).astype(float)
    codes, centres, left = clustered(matrix, count, seed)
    far = ((matrix[:, None] - centres[None]) ** 2).sum(axis=2)
    np.testing.assert_allclose(far[np.arange(40), codes], far.min(axis=1), atol=1e-9)
    assert left == pytest.approx(far[np.arange(40), codes].sum())
    assert len(clustered(np.ones((9, 2)), count, seed)[1]) == 1
