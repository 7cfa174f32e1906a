"""Structureless tables: how often the segments stage claims groups that are not there.

    python bench/segments_null.py --seeds 200 --rows 400

Three kinds of table without groups, in turn: independent columns of every shape; one correlated cloud; one cloud cut
into skewed counts and categories. Also, with --planted, three groups, to show that they are found. Prints the share of
tables in which groups by behaviour were claimed, with the interval of Wilson, and CPU seconds.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable

import numpy as np
import polars as pl

from clientela.models.clustering import blocks, dimensions
from clientela.segments.behaviour import compact
from clientela.statistics.intervals import wilson

Maker = Callable[[int, np.random.Generator], pl.DataFrame]


def independent(rows: int, rng: np.random.Generator) -> pl.DataFrame:
    """Return columns that know nothing of each other."""
    return pl.DataFrame(
        {
            "pages": rng.poisson(6, rows),
            "seconds": rng.lognormal(4, 1, rows),
            "level": rng.normal(size=rows),
            "two humps": rng.normal(size=rows) + 5 * (rng.random(rows) < 0.4),
            "device": rng.choice(["mobile", "desktop", "tablet"], rows, p=[0.5, 0.35, 0.15]),
            "weekend": rng.random(rows) < 0.3,
        }
    )


def cloud(rows: int, rng: np.random.Generator) -> pl.DataFrame:
    """Return one correlated normal cloud."""
    mixed = rng.normal(size=(6, 6))
    return pl.DataFrame(rng.normal(size=(rows, 6)) @ mixed, schema=[f"c{i}" for i in range(6)])


def cut(rows: int, rng: np.random.Generator) -> pl.DataFrame:
    """Return one correlated cloud, parts of it as counts and categories."""
    frame = cloud(rows, rng)
    values = frame.to_numpy() / frame.to_numpy().std(axis=0)
    return frame.with_columns(
        pl.Series("c0", np.exp(values[:, 0]).astype(int)),
        pl.Series("c1", np.exp(1.5 + values[:, 1])),
        pl.Series("c2", np.array(["a", "b", "c", "d"])[np.digitize(values[:, 2], (-1, 0, 0.8))]),
        pl.Series("c3", values[:, 3] > 0.3),
    )


def planted(rows: int, rng: np.random.Generator) -> pl.DataFrame:
    """Return three groups."""
    kind = rng.choice(3, rows)
    means = np.array([[0, 0, 0, 0], [2.5, 2.5, 0, 0], [0, 2.5, 2.5, 2.5]])
    frame = pl.DataFrame(rng.normal(size=(rows, 4)) + means[kind], schema=list("abcd"))
    share = np.array([0.2, 0.8, 0.5])[kind]
    return frame.with_columns(device=pl.Series(np.where(rng.random(rows) < share, "mobile", "desktop")))


def main() -> None:
    """Print the shares."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--seeds", type=int, default=200)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--rows", type=int, default=400)
    parser.add_argument("--planted", action="store_true")
    given = parser.parse_args()
    makers: tuple[Maker, ...] = (planted,) if given.planted else (independent, cloud, cut)
    claims: dict[str, list[bool]] = {maker.__name__: [] for maker in makers}
    start = time.process_time()
    for seed in range(given.first, given.first + given.seeds):
        maker = makers[seed % len(makers)]
        frame = maker(given.rows, np.random.default_rng(seed))
        made = blocks(frame, frame.columns, seed)
        linked = dimensions(made, seed)
        claims[maker.__name__].append(bool(linked and compact(made, linked, range(2, min(6, linked + 1) + 1), seed)))
    for name, found in claims.items():
        print(f"{name:14} {sum(found)} of {len(found)} tables: groups claimed")
    whole = [one for found in claims.values() for one in found]
    print(f"{'all':14} {wilson(sum(whole), len(whole))!r} of {len(whole)}, {time.process_time() - start:.0f} CPU s")


if __name__ == "__main__":
    main()
