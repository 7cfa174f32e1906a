"""The dirt of real tables: rows twice, numbers that stand for missing, blanks, text for numbers and dates."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import polars as pl

from clientela.samples import world
from clientela.samples.randoms import Flags, Ints, Stream, stream
from clientela.samples.visits import CHUNK, Shop, pieces

SENTINEL_COLUMN = "temp_c"
COMMA_COLUMN = "pp_idx"
TEXT_DATE_COLUMN = "crm_since"
TEXT_DATE_FORMAT = "%d.%m.%Y"
BLANK_COLUMN = "cmp_chan"
BLANK_SHARE = 0.04
LINES_PER_COPY = 400
LONGEST_WAY = 20


@dataclass(frozen=True)
class Extract:
    """The lines of one file: the visits of a shop, some of them twice.

    In every 400 lines one is the copy of a line up to 20 lines above.

    Attributes:
        lines: Lines of the file, copies included.
        seed: Seed of everything.
        shop: The visits behind the lines.
    """

    lines: int
    seed: int
    shop: Shop

    @classmethod
    def opened(cls, lines: int, seed: int) -> Extract:
        """Prepare a file of `lines` lines."""
        full, rest = divmod(lines, LINES_PER_COPY)
        copies = full + int(_places(np.array([full]), stream(seed))[0] < rest)
        return cls(lines, seed, Shop.opened(lines - copies, seed))

    def origin(self, lines: Ints) -> tuple[Ints, Flags]:
        """Return the position of the visit on each line, and whether the line is a copy."""
        blocks, inner = np.divmod(lines, LINES_PER_COPY)
        place = _places(blocks, self.shop.source)
        copies = inner == place
        way = 1 + (self.shop.source.named("way").uniform(blocks) * (LONGEST_WAY - 1)).astype(np.int64)
        shown = inner - copies * way
        positions: Ints = blocks * (LINES_PER_COPY - 1) + shown - (shown > place)
        return positions, copies

    def frame(self, lines: Ints) -> pl.DataFrame:
        """Return these lines: typed, with copies and with -999 for a missing temperature."""
        positions, _ = self.origin(lines)
        made = self.shop.frame(self.shop.draw(positions))
        return made.with_columns(pl.col(SENTINEL_COLUMN).fill_null(float(world.SENTINEL)))

    def frames(self, size: int = CHUNK) -> Iterator[pl.DataFrame]:
        """Yield all lines in frames of at most `size`; the lines do not depend on the size."""
        for lines in pieces(self.lines, size):
            yield self.frame(lines)

    def blanks(self, visits: Ints) -> Ints:
        """Return 1 for a blank before the category, 2 for one after, 0 for none, by visit id."""
        drawn = self.shop.source.named("blank").uniform(visits)
        return np.where(drawn < BLANK_SHARE / 2, 1, np.where(drawn < BLANK_SHARE, 2, 0))


def as_text(frame: pl.DataFrame) -> pl.DataFrame:
    """Turn one column of numbers into text with a decimal comma, and one of dates into d.m.Y."""
    return frame.with_columns(
        pl.col(COMMA_COLUMN).cast(pl.String).str.replace(".", ",", literal=True),
        pl.col(TEXT_DATE_COLUMN).dt.strftime(TEXT_DATE_FORMAT),
    )


def with_blanks(frame: pl.DataFrame, extract: Extract) -> pl.DataFrame:
    """Put stray blanks around some cells of the category column."""
    kinds = pl.Series(extract.blanks(frame["visit_id"].to_numpy()))
    column = pl.col(BLANK_COLUMN)
    return frame.with_columns(
        pl.when(kinds == 1).then(" " + column).when(kinds == 2).then(column + " ").otherwise(column).alias(BLANK_COLUMN)
    )


def _places(blocks: Ints, source: Stream) -> Ints:
    """Return where in each block of lines the copy lies."""
    free = LINES_PER_COPY - LONGEST_WAY
    places: Ints = LONGEST_WAY + (source.named("copy").uniform(blocks) * free).astype(np.int64)
    return places
