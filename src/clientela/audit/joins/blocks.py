"""Which columns a repeated key determines: the trace that a join leaves."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from clientela.audit.checking import Block
from clientela.audit.facts import Facts
from clientela.audit.joins.computed import computed
from clientela.audit.joins.coverage import ALIKE, LEAST_GAPS, coverages, parted
from clientela.audit.joins.determining import DETERMINED, HALF, Cells, Pairs, determined, follows, holds_across
from clientela.audit.joins.keys import (
    Key,
    dated,
    event_columns,
    not_keys,
    pair_keys,
    single_keys,
    surely_collected,
    time_of_row,
    whole_days,
)
from clientela.audit.joins.versions import Fan, find_fan, has_copies
from clientela.domain.roles import Roles

Codes = NDArray[np.int64]

SAME_TEXT = 0.9
"""Share of rows on which two columns show the same text from which they are one key, stored twice."""

WITHOUT_NOISE = 0.99
"""Agreement from which a time or an order may be said by a key: nearly one to one is nested."""

SHOWN = 2000

RUNS = 1.05
"""Runs of rows with one key per key up to which the key's rows stand together."""

ALONE = 0.8
"""Agreement beyond chance from which one half of a pair says a column without the other."""


def find_blocks(facts: Facts, roles: Roles) -> tuple[Block, ...]:
    """Find columns that a repeated key determines, each given to the coarsest key that does.

    Candidate keys are text, dates, whole numbers that name things, the month, day and hour of the time,
    and pairs of a day or hour with a category or of two categories. Pairs
    of rows with one key are compared (Goodman and Kruskal's tau on repeated keys), so
    that nearly unique keys explain nothing by being unique. A column belongs to a broader key
    only where rows with different finer keys agree too, so an attribute that is nearly as fine as the key does not
    take the key's place. Where a key stands several times in the joined table, all its
    columns change together and the collected rows repeat (`versions`). Columns of one key with
    different gaps came from different tables and are parted. What is computed from the key (a cut of a
    number, a part of the date) is left out, and so is the header of an event: a key that
    says the time or an order, or whose rows stand together and share most columns.

    Args:
        facts: Facts with the sample.
        roles: Roles proposed; label, revenue and outcomes take no part.

    Returns:
        Blocks, largest first.
    """
    search = _Search(facts, roles)
    search.multiplied()
    search.single()
    search.paired()
    search.headed()
    return tuple(sorted(search.blocks, key=lambda block: -len(block.columns)))


class _Search:
    """Blocks found so far, and the columns that are still free."""

    def __init__(self, facts: Facts, roles: Roles) -> None:
        self.facts = facts
        self.cells = Cells.of(facts)
        self.blocks: list[Block] = []
        self.heads: list[tuple[Key, Pairs, dict[str, float]]] = []
        left = not_keys(roles) | {roles.visitor}
        self.free = [c.name for c in facts.columns.values() if c.name not in left and c.distinct >= 2]
        self.roles = roles
        self.events = event_columns(facts, roles)
        self._halves: dict[str, Pairs] = {}
        self._said: dict[tuple[str, str], float] = {}
        self.keys = self._held(single_keys(facts, roles))

    def multiplied(self) -> None:
        """Take out the columns of the join that multiplied rows, on a single key or on a pair."""
        settled = sorted({*surely_collected(self.facts, self.roles), *self.roles.identifiers})
        if not has_copies(self.facts, settled):
            return
        self._fan([*self.keys, *self._held(self._pairs)], settled)

    @cached_property
    def _pairs(self) -> list[Key]:
        return list(pair_keys(self.facts, self.roles, [key for key, _ in self.keys if dated(self.facts, key)]))

    def _fan(self, keys: Sequence[tuple[Key, Pairs]], settled: Sequence[str]) -> None:
        fan = find_fan(self.facts, self.cells, keys, self.free, settled)
        if fan is None:
            return
        held = next(pairs for key, pairs in keys if key is fan.key)
        mine = self._determined(fan.key, held)
        names = [*fan.columns, *(name for name in mine if name not in fan.columns and name not in settled)]
        parts = parted(fan.key.codes, self.facts.arrays, names)
        home = max(parts, key=lambda group: len(set(group) & set(fan.columns)))
        columns = tuple(dict.fromkeys((*fan.columns, *home)))
        self.free = [name for name in self.free if name not in columns]
        self.keys = [(key, held) for key, held in self.keys if not set(key.columns) & set(columns)]
        self._add(fan.key, columns, fan.agreement, (), fan)
        # The copies of a row count once from here on: they are equal in what no key determines.
        numbers = [c.name for c in self.facts.columns.values() if c.distinct == c.rows]
        self.cells = Cells.of(self.facts, (*columns, *numbers))
        self.keys = self._held([key for key, _ in self.keys])
        self._halves.clear()
        self._said.clear()

    def _held(self, keys: Iterable[Key]) -> list[tuple[Key, Pairs]]:
        pairs = [(key, Pairs.of(key.codes[self.cells.rows], self.facts.options.seed)) for key in keys]
        return [(key, held) for key, held in pairs if held.enough]

    def single(self) -> None:
        """Give every column to the coarsest single key that determines it."""
        twins = self._twins()
        keys = [(key, held) for key, held in self.keys if key.place not in twins or key.moment]
        found = {id(key): self._determined(key, held) for key, held in keys}
        for key, held in keys:
            mine = {
                name: agreed
                for name, agreed in found[id(key)].items()
                if name in self.free and self._is_its_own(key, held, name, keys, found) and not self._came(key, name)
            }
            same = (name for name in self.free if twins.get(self.facts.names.index(name)) == key.place)
            copies = tuple(name for name in same if self._copy(key, name))
            columns = [name for name in mine if name not in copies]
            if not key.names and len(columns) < 2:
                continue
            event = any(self._names_an_event(key, held, name) for name in (*self.events, self.roles.visitor) if name)
            event = event or (2 * len(found[id(key)]) >= len(self.facts.names) and self._is_header(key))
            if event:
                # Its head stays free: what hangs on the day and the place of an order is not the order's own.
                self.heads.append((key, held, {name: mine[name] for name in columns}))
                continue
            for group in parted(key.codes, self.facts.arrays, columns):
                self._add(key, group, min(mine[name] for name in group), copies)
            self.free = [name for name in self.free if name not in mine and name not in copies]

    def paired(self) -> None:
        """Look for keys made of two columns among what is left."""
        if not self.free:
            return
        keys = self._held(self._pairs)
        found: dict[int, dict[str, float]] = {}
        for key, held in keys:
            free = [name for name in self.free if name not in key.columns]
            said = determined(self.cells, held, free)
            said = {
                n: agreed for n, agreed in said.items() if not self._gaps_of_half(key, n) and self._of_no_head(held, n)
            }
            found[id(key)] = self._need_both(key, said)
        keys = [(key, held) for key, held in keys if found[id(key)]]
        for key, held in keys:
            mine = {
                name: agreed
                for name, agreed in found[id(key)].items()
                if name in self.free and self._is_its_own(key, held, name, keys, found)
            }
            for group in parted(key.codes, self.facts.arrays, list(mine)):
                self._add(key, group, min(mine[name] for name in group), ())
            self.free = [name for name in self.free if name not in mine]

    def headed(self) -> None:
        """Look for joins on orders: of what an order says, only columns with gaps in common were joined."""
        for key, _, said in self.heads:
            for group in parted(key.codes, self.facts.arrays, [name for name in said if name in self.free]):
                if len(group) > 1 and any(self.facts.arrays.missing(name).any() for name in group):
                    self._add(key, group, min(said[name] for name in group), ())
                    self.free = [name for name in self.free if name not in group]

    def _need_both(self, key: Key, found: Mapping[str, float]) -> dict[str, float]:
        """Leave out what one half of a pair says alone; one column must need both by far, or hold without noise."""
        alone = {name: max(self._half(half, name) for half in key.halves) for name in found}
        kept = {name: found[name] for name, agreed in alone.items() if agreed < ALONE}
        return kept if any(alone[name] < HALF or found[name] >= DETERMINED for name in kept) else {}

    def _of_no_head(self, held: Pairs, name: str) -> bool:
        """Whether a key says a column also for rows of different orders, so that it is no part of an order's head."""
        codes = self.cells.codes[name]
        return all(holds_across(held, head.key, codes) for _, head, said in self.heads if name in said)

    def _came(self, key: Key, name: str) -> bool:
        """Whether a date has just the gaps of a column that it says: then both came through one join."""
        dates = key.columns[0] != time_of_row(self.roles) and self.facts.columns[key.columns[0]].storage.temporal
        return dates and self._gaps_of_half(key, name)

    def _gaps_of_half(self, key: Key, name: str) -> bool:
        """Whether a column has just the gaps of one half of a pair: then that half came with it."""
        gaps = self.facts.arrays.missing(name)
        halves = (self.facts.arrays.missing(half) for half in key.columns)
        return any(half.sum() >= LEAST_GAPS and (half & gaps).sum() >= ALIKE * (half | gaps).sum() for half in halves)

    def _half(self, half: Key, name: str) -> float:
        said = self._said.setdefault((half.words, name), float("nan"))
        if np.isnan(said):
            held = self._halves.get(half.words)
            if held is None:
                held = Pairs.of(half.codes[self.cells.rows], self.facts.options.seed)
                self._halves[half.words] = held
            said = self._said[half.words, name] = held.agreement(self.cells.codes[name])
        return said

    def _twins(self) -> dict[int, int]:
        """Return, for keys that are one to one with another, the place of the one that stands for both.

        The one with more cells was there before the join; where both are complete, the left one.
        """
        order = sorted(self.keys, key=lambda item: (-round(item[0].filled / self.facts.sampled, 2), item[0].place))
        stands: dict[int, int] = {}
        for number, (key, held) in enumerate(order):
            for other, others in order[:number]:
                if other.place in stands or key.moment or other.place == key.place:
                    continue
                known = (key.codes[self.cells.rows] >= 0) & (others.key >= 0)
                if _one_to_one(held, others, known):
                    stands[key.place] = other.place
                    break
        return stands

    def _determined(self, key: Key, held: Pairs) -> dict[str, float]:
        names = [name for name in self.free if name not in key.columns]
        found = determined(self.cells, held, names)
        # A time or an order that belongs to one customer each on most rows is nested in it, not said by it.
        found = {name: agreed for name, agreed in found.items() if name not in self.events or agreed >= WITHOUT_NOISE}
        return {name: agreed for name, agreed in found.items() if not computed(self.facts, self.cells, key, held, name)}

    def _is_its_own(
        self,
        key: Key,
        held: Pairs,
        name: str,
        keys: Sequence[tuple[Key, Pairs]],
        found: Mapping[int, Mapping[str, float]],
    ) -> bool:
        """Whether a column belongs to this key and not to a finer one that says this key too."""
        codes = self.cells.codes[name]
        for other, others in keys:
            finer = other is not key and other.distinct >= key.distinct and name in found[id(other)]
            finer = finer and name not in other.columns and follows(others, held.key)
            if finer and not holds_across(held, others.key, codes):
                return False
        return True

    def _names_an_event(self, key: Key, held: Pairs, name: str) -> bool:
        """Whether a key says a moment or an order, each with a key of its own: what it determines is its own header.

        A day and a customer are no event: what is as coarse as they are is a calendar or the customer under another
        name; what says them and is finer is one of their orders or visits.
        """
        if name in key.columns or not follows(held, self.cells.codes[name]):
            return False
        distinct = np.unique(self.cells.codes[name][held.key >= 0]).size
        keys = np.unique(held.key[held.key >= 0]).size
        if name == self.roles.visitor or whole_days(self.facts, name):
            return keys > distinct / DETERMINED
        return keys >= DETERMINED * distinct

    def _is_header(self, key: Key) -> bool:
        """Whether all rows of a key stand next to each other, as the lines of an order do; days do it too."""
        codes = key.codes[key.codes >= 0]
        if self.roles.visitor in key.columns or dated(self.facts, key):
            return False
        return 1 + int((np.diff(codes) != 0).sum()) <= RUNS * key.distinct

    def _copy(self, key: Key, name: str) -> bool:
        """Whether a column shows the key's own text, blanks, case and leading zeros aside."""
        sample = self.facts.sample.select(key.columns[0], name).drop_nulls().head(SHOWN)
        shown = zip(sample.get_column(key.columns[0]), sample.get_column(name), strict=True)
        equal = [_bare(one) == _bare(other) for one, other in shown]
        return bool(equal) and sum(equal) >= SAME_TEXT * len(equal)

    def _add(
        self, key: Key, names: Sequence[str], agreed: float, copies: tuple[str, ...], fan: Fan | None = None
    ) -> None:
        columns = tuple(name for name in self.facts.names if name in names)
        covered = coverages(self.facts, key, columns)
        repeated = int((np.bincount(key.codes[key.codes >= 0]) > 1).sum())
        self.blocks.append(
            Block(
                key=key.words,
                key_columns=key.columns,
                columns=columns,
                agreement=agreed,
                coverage=covered.rows,
                keys=repeated,
                key_coverage=covered.keys,
                same_key=copies,
                fan_out=fan.fan_out if fan else 1.0,
                multiplied=fan.multiplied if fan else 0.0,
                versions=fan.versions if fan else (),
            )
        )


def _one_to_one(one: Pairs, other: Pairs, known: NDArray[np.bool_]) -> bool:
    """Whether two keys say each other, where both are known."""
    return all(
        follows(first.where(known[first.first] & known[first.second]), second.key)
        for first, second in ((one, other), (other, one))
    )


def _bare(cell: object) -> str:
    text = str(cell).strip().lower().removesuffix(".0").removesuffix(" 00:00:00")
    return text.lstrip("0") or text
