"""Counts of a category's levels in batch and reference."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from clientela.domain.incident import Cause
from clientela.monitoring.case import Case
from clientela.monitoring.columns import Codes, Floats
from clientela.statistics.tails import chi_square_tail
from clientela.statistics.two_samples import homogeneity_p, share_p

DISTINCT = 2.0
"""Standard errors by which the shares of levels must differ, so that they can be told to have changed places."""

STEADY = 1e-3
"""Chance above which levels count as unchanged."""

CLIENTS = {
    "android", "ios", "ipados", "iphone", "ipad", "windows", "windows phone", "macos", "mac", "mac os", "os x", "linux",
    "chromeos", "chrome os", "harmonyos", "blackberry", "chrome", "chromium", "safari", "mobile safari", "firefox",
    "edge", "opera", "brave", "vivaldi", "samsung internet", "samsung", "internet explorer", "ie", "webview",
    "mobile", "phone", "smartphone", "tablet", "desktop", "computer", "laptop", "pc", "tv", "smart tv",
}  # fmt: skip
"""Browsers, systems and kinds of devices, by which visits are collected, in small letters."""

MAIN = 0.5
"""Share of the rows that the main level of a category has."""

CLIENTS_HELD, GONE = 0.75, 0.02
"""Share of the rows whose level must be such a word, and part of its rows below which a level is gone."""


@dataclass(frozen=True)
class Levels:
    """Counts by level of both samples.

    Attributes:
        names: Levels, those of the reference first.
        now: Rows of the batch.
        known: Rows of the reference.
    """

    names: tuple[str, ...]
    now: Floats
    known: Floats

    def share(self, place: int) -> tuple[float, float]:
        """Return the shares of a level, batch first."""
        return float(self.now[place] / self.now.sum()), float(self.known[place] / max(1.0, self.known.sum()))

    def chance(self, place: int) -> float:
        """Return the p-value that a level's share is as it was."""
        return share_p(int(self.now[place]), int(self.now.sum()), int(self.known[place]), int(self.known.sum()))

    def causes_of_loss(self, lost: Sequence[int], *, weekly: bool) -> tuple[Cause, Cause]:
        """Return why rows of some levels are lost, and what else it may be.

        Days come of themselves, and so do browsers and devices of which some visits arrive, and what most visitors
        have: what is lost of them was not collected. An item, or a source, may have stopped.

        Args:
            lost: Places of the levels.
            weekly: Whether the levels tell the day.
        """
        held = np.array([name.strip().casefold() in CLIENTS for name in self.names], dtype=np.bool_)
        parts = self.now[list(lost)].sum() / self.now.sum(), self.known[list(lost)].sum() / max(1.0, self.known.sum())
        partly = parts[0] > GONE * parts[1]
        clients = held.sum() > 1 and self.known[held].sum() >= CLIENTS_HELD * self.known.sum()
        sampled = weekly or (partly and (parts[1] > MAIN or (bool(clients) and bool(held[list(lost)].all()))))
        return (Cause.SAMPLING, Cause.CATEGORY_REMOVED) if sampled else (Cause.CATEGORY_REMOVED, Cause.SAMPLING)

    def unheard(self) -> float:
        """Return the chance of so many rows of levels the reference never had.

        Levels never seen have about the share that those seen once have (Good 1953), here one more of them.
        """
        fresh = float(self.now[self.known == 0].sum())
        expected = self.now.sum() * (np.sum(self.known == 1) + 1) / max(1.0, float(self.known.sum()))
        return 1.0 - chi_square_tail(2 * fresh, 2 * float(expected)) if fresh else 1.0

    def moved(self) -> float:
        """Return the chance that levels moved so far: all together, one alone, or those never heard of."""
        lone = min((self.chance(place) * self.now.size for place in range(self.now.size)), default=1.0)
        return min(homogeneity_p(self.now, self.known), lone, self.unheard())

    def steady(self, but: Sequence[int]) -> bool:
        """Tell whether the other levels keep their proportions."""
        kept = np.ones(self.now.size, dtype=np.bool_)
        kept[list(but)] = False
        return homogeneity_p(self.now[kept], self.known[kept]) > STEADY

    def distinct(self, chosen: Sequence[int]) -> bool:
        """Tell whether the shares of levels differ by more than chance, so that one is known in another's place."""
        shares = np.sort(self.known[chosen] / self.known.sum())
        errors = np.sqrt((shares[1:] + shares[:-1]) / self.now.sum())
        return bool(np.all(np.diff(shares) > DISTINCT * errors))

    def still(self, but: Sequence[int]) -> bool:
        """Tell whether the other levels keep their shares of all rows."""
        kept = np.ones(self.now.size, dtype=np.bool_)
        kept[list(but)] = False
        rest = [np.append(part[kept], part[~kept].sum()) for part in (self.now, self.known)]
        return homogeneity_p(rest[0], rest[1]) > STEADY


def counted(case: Case, name: str) -> Levels:
    """Count the levels of a category in both samples."""
    if name not in case.counts:
        case.counts[name] = _counted(case, name)
    return Levels(*case.counts[name])


def _counted(case: Case, name: str) -> tuple[tuple[str, ...], Floats, Floats]:
    words, *places = spelled(case, name)
    known, now = (np.bincount(part[part < len(words)], minlength=len(words)).astype(np.float64) for part in places)
    both = pl.DataFrame({"v": words, "known": known, "now": now}).sort("known", "v", descending=[True, False])
    return tuple(both["v"]), both["now"].to_numpy(), both["known"].to_numpy()


def spelled(case: Case, name: str) -> tuple[pl.Series, Codes, Codes]:
    """Return the cells that a column of texts has, and the place among them of each row of reference and batch.

    The place of a missing cell is how many there are.
    """
    if name not in case.words:
        both = pl.concat([case.reference.texts[name], case.batch.texts[name]])
        words = both.drop_nulls().unique()
        places = both.cast(pl.Enum(words)).to_physical().cast(pl.Int64).fill_null(len(words)).to_numpy()
        case.words[name] = (words, places[: case.reference.rows], places[case.reference.rows :])
    return case.words[name]


def weights(case: Case, name: str, levels: Levels) -> Floats:
    """Return for each row of the reference how many rows of its level the batch has for one of the reference."""
    ratios = np.where(levels.known > 0, levels.now / np.maximum(levels.known, 1), 0.0)
    by_level = dict(zip(levels.names, ratios.tolist(), strict=True))
    texts = case.reference.texts[name].replace_strict(by_level, default=float(ratios.max()), return_dtype=pl.Float64)
    return texts.fill_null(float(ratios.max())).to_numpy()
