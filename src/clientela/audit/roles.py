"""Propose what each column is for: from what a person said, names, storage, uniqueness and relations."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

import numpy as np

from clientela.audit import lexicon
from clientela.audit.afterwards import says_afterwards
from clientela.audit.facts import ColumnFacts, Facts
from clientela.audit.lexicon import mentions, words
from clientela.audit.measuring import MOST_CLASSES, label_text
from clientela.audit.ordering import Spread, order_classes
from clientela.audit.people.identities import LOCATION, Personal
from clientela.domain.column import BY_A_PERSON, Available, Column, Origin, Role, Storage
from clientela.domain.roles import Roles

LEAST_LABEL = 0.5
LEAST_REVENUE = 0.5
UNIQUE = 0.95
MOSTLY = 0.75
"""Share of rows that differ from which a column that says by its name that it numbers rows was meant to."""

LEAST_DATES = 20
MOST_COPIES = 0.1
FILLS = 0.8
SURELY = 100
"""Rows from which running numbers are told although some repeat: chance is then six deviations off."""

LEAST_PAIRS = 10.0
LEAST_KEY = 8
HALF_DIGITS = 0.5
MOST_SPAN = 20
"""Numbers of a list per row from which a sample of it no longer shows that they are numbers of a list."""

KOLMOGOROV = 1.63
"""Kolmogorov's bound at 1 %, times the root of the number of rows."""
_DATE_MASK = re.compile(r"(9{4}[-/.]9{1,2}[-/.]9{1,2}|9{1,2}[-/.]9{1,2}[-/.](9{4}|9{2}))(\D|$)")
_NOBODY: Mapping[str, Personal] = MappingProxyType({})
_OF_ROLE = {Role.LABEL: Available.AFTER, Role.REVENUE: Available.AFTER, Role.OUTCOME: Available.AFTER}


@dataclass
class _Draft:
    """Roles under way: the first word about a column stands."""

    facts: Facts
    columns: dict[str, Column] = field(default_factory=dict)

    def settle(self, name: str | None, role: Role, sure: float, reason: str) -> None:
        if name is None or name in self.columns:
            return
        storage = self.facts.columns[name].storage
        available = _OF_ROLE.get(role, Available.UNKNOWN)
        self.columns[name] = Column(name, storage, role, Origin.UNKNOWN, available, round(min(sure, 1.0), 2), reason)

    def free(self) -> list[ColumnFacts]:
        return [column for column in self.facts.columns.values() if column.name not in self.columns]

    def first(self, role: Role) -> str | None:
        found = [name for name in self.facts.names if name in self.columns and self.columns[name].role is role]
        return found[0] if found else None


def propose(facts: Facts, personal: Mapping[str, Personal] = _NOBODY) -> Roles:
    """Propose the roles of all columns.

    Args:
        facts: What the table seam said; what a person asked for wins, with sureness 1.
        personal: Columns that hold data about single people; no feature.

    Returns:
        Roles with sureness and a reason for every column.
    """
    draft = _Draft(facts)
    _settle_asked(draft)
    _settle_useless(draft)
    _settle_personal(draft, {name: found for name, found in personal.items() if found.kind == "birth date"})
    _settle_time(draft)
    visitor, visit = _settle_identifiers(draft, {name for name, found in personal.items() if found.by != "name"})
    _settle_personal(draft, personal)
    _settle_label(draft)
    label = draft.first(Role.LABEL)
    lowest = _lowest(facts, label)
    revenue = facts.ask.revenue or _money_label(facts, label)
    if revenue is None:
        _settle_revenue(draft, lowest)
        revenue = draft.first(Role.REVENUE)
    _settle_others(draft, label)
    order = _order(facts, label, revenue)
    columns = tuple(_placed(facts, draft.columns[name]) for name in facts.names)
    time = facts.ask.time or draft.first(Role.TIME)
    return Roles(columns, label, time, visitor, visit, revenue, order)


def _settle_asked(draft: _Draft) -> None:
    ask = draft.facts.ask
    for name, role in ask.roles.items():
        draft.settle(name, role, 1.0, BY_A_PERSON)
    named: tuple[tuple[str | None, Role], ...] = (
        (ask.label, Role.LABEL),
        (ask.visitor, Role.IDENTIFIER),
        (ask.time, Role.TIME),
        (ask.revenue, Role.REVENUE),
    )
    for asked, role in named:
        draft.settle(asked, role, 1.0, "asked for")


def _settle_useless(draft: _Draft) -> None:
    for column in draft.free():
        if column.filled == 0:
            draft.settle(column.name, Role.IGNORED, 1.0, "has no value")
        elif column.distinct == 1 and column.nulls == 0:
            draft.settle(column.name, Role.IGNORED, 1.0, "has a single value")


def _settle_personal(draft: _Draft, personal: Mapping[str, Personal]) -> None:
    for name, found in personal.items():
        if found.kind != LOCATION:
            draft.settle(name, Role.IGNORED, 0.8, f"personal data ({found.kind}): no model needs it")


def _settle_time(draft: _Draft) -> None:
    if draft.first(Role.TIME) is not None:
        return
    dated = [column for column in draft.free() if column.storage.temporal and column.distinct > 1]
    dated = [c for c in dated if not mentions(c.name, lexicon.PERSONAL)]
    dated.sort(key=lambda c: (not mentions(c.name, lexicon.TIME), c.storage is not Storage.TIMESTAMP))
    # What is filled afterwards is not when the row happened, if there is another date.
    ranked = sorted(dated, key=lambda c: says_afterwards(c.name))
    if ranked and ranked[0].nulls < ranked[0].rows / 2:
        named = mentions(ranked[0].name, lexicon.TIME)
        draft.settle(ranked[0].name, Role.TIME, 0.95 if named else 0.8, "dates" + (" and its name" if named else ""))


def _settle_identifiers(draft: _Draft, personal: set[str]) -> tuple[str | None, str | None]:
    visitor, visit = draft.facts.ask.visitor, None
    for column in (draft.facts.columns[name] for name in draft.facts.names):
        kind = _identifier(draft.facts, column, personal=column.name in personal)
        asked = draft.columns.get(column.name)
        if asked is not None and asked.role is Role.IDENTIFIER and kind == "":
            kind = "visit" if unique_share(draft.facts, column) >= UNIQUE else "other"
        if kind == "" or (asked is not None and asked.role is not Role.IDENTIFIER):
            continue
        reason = _IDENTIFIER_REASONS[kind]
        if kind == "visitor" and visitor is None:
            visitor = column.name
        if kind == "visit" and visit is None and column.name != visitor:
            visit = column.name
        draft.settle(column.name, Role.IDENTIFIER, 0.9 if kind != "other" else 0.8, reason)
    return visitor, visit


_IDENTIFIER_REASONS = {
    "visitor": "names a person or browser",
    "visit": "differs on every row",
    "other": "numbers things, by its name",
}


def _identifier(facts: Facts, column: ColumnFacts, *, personal: bool) -> str:
    """Return "visitor", "visit", "other" or "" for a column that is no identifier."""
    whole = column.storage is Storage.NUMBER and column.whole == column.filled - column.nans
    if column.storage not in (Storage.TEXT, Storage.INTEGER) and not whole:
        return ""
    named = _id_name(column.name)
    many = column.distinct >= max(20, min(0.02 * column.filled, 200))
    if many and mentions(column.name, lexicon.VISITOR) and (named or len(words(column.name)) == 1):
        return "visitor"
    share = unique_share(facts, column)
    unique = share >= UNIQUE and column.filled >= 20
    telling = named or mentions(column.name, lexicon.VISIT | lexicon.ORDER)
    coded = not telling and not personal and column.filled >= 20 and _coded(facts, column)
    if (unique and telling) or coded:
        return "visit" if column.nulls == 0 and share >= UNIQUE else "other"
    numbers_rows = column.filled >= 20 and share >= MOSTLY and names_rows(column.name)
    numbers_things = many and named and mentions(column.name, lexicon.VISIT | lexicon.ORDER)
    return "other" if numbers_things or numbers_rows else ""


def unique_share(facts: Facts, column: ColumnFacts) -> float:
    """Return distinct values per row with a cell, rows that are copies of a whole row counted once."""
    rows = max(column.filled - copies(facts), column.distinct)
    return column.distinct / rows if rows else 0.0


def copies(facts: Facts) -> int:
    """Return rows that are copies of whole rows; none where a tenth of all are, or with one or two columns.

    The columns are then too few or too coarse for equal rows to be copies.
    """
    extra = int(facts.duplicates["extra"])
    return extra if extra <= MOST_COPIES * facts.rows and len(facts.names) > 2 else 0


def names_rows(name: str) -> bool:
    """Whether a name says that the column numbers the rows: visits, orders, or nothing but an identifier."""
    said = [word for word in words(name) if not mentions(word, lexicon.ID)]
    return len(said) < len(words(name)) and all(mentions(word, lexicon.VISIT | lexicon.ORDER) for word in said)


def _id_name(name: str) -> bool:
    found = words(name)
    return mentions(name, lexicon.ID) or (bool(found) and len(found[-1]) > 3 and found[-1].endswith("id"))


def _coded(facts: Facts, column: ColumnFacts) -> bool:
    """Whether a column without a telling name looks like codes: text of one shape, or numbers drawn from a list.

    Text: 95 % different, of one length or few shapes, one word with digits, as random keys are too. Numbers: whole,
    and either they fill four fifths of their span while four of five rows differ (numbers drawn at random would
    leave e^-1 of it empty; nearly all must differ in less than 100 rows), or 95 % of them differ though some would
    repeat by chance, and they are spread evenly (Kolmogorov 1933, 1 %), as amounts are not.
    """
    if column.storage is Storage.TEXT:
        return unique_share(facts, column) >= UNIQUE and (_one_shape(column) or _one_word(facts, column))
    if _number_dates(facts, column):
        return False
    low, high = column.minimum or 0, column.maximum or 0
    span = high - low + 1
    least = FILLS if column.filled >= SURELY else UNIQUE
    if column.distinct >= least * span and unique_share(facts, column) >= least:
        return True
    n = max(column.filled - copies(facts), column.distinct)
    by_chance = n * (n - 1) / 2 / span
    again = n - column.distinct
    if (
        unique_share(facts, column) < UNIQUE
        or by_chance < LEAST_PAIRS
        or again > 0.1 * by_chance
        or span > MOST_SPAN * n
    ):
        return False
    steps = [abs(value - low - p * (span - 1)) / span for p, value in column.quantiles]
    return bool(steps) and max(steps) <= KOLMOGOROV / min(n, facts.sampled) ** 0.5


def _one_shape(column: ColumnFacts) -> bool:
    shaped = sum(count for mask, count in column.masks[:3] if not re.search(r"[ .,]", mask))
    return shaped >= 0.9 * column.filled and any(char.isdigit() for char in column.first or "")


def _one_word(facts: Facts, column: ColumnFacts) -> bool:
    """Whether cells are keys of one length: letters and digits mixed, without blanks."""
    if column.shortest != column.longest or column.longest < LEAST_KEY:
        return False
    cells = facts.strings(column.name)
    digits = int(cells.str.contains(r"\d").sum())
    return bool(cells.str.contains(r"^[\w{}:=+#/-]+$").all()) and digits >= HALF_DIGITS * cells.len()


def _settle_label(draft: _Draft) -> None:
    if draft.first(Role.LABEL) is not None:
        return
    last = draft.facts.names[-1] if draft.facts.names else ""
    scored = [(_label_score(column) + 0.08 * (column.name == last), i) for i, column in enumerate(draft.free())]
    if scored and max(scored)[0] >= LEAST_LABEL:
        score, index = max(scored)
        draft.settle(draft.free()[index].name, Role.LABEL, min(score, 0.95), "its name and its few classes")
        return
    paid = _money_label(draft.facts, draft.first(Role.REVENUE))
    if paid is not None:
        why = "the revenue that was named; nothing else to predict"
        draft.columns[paid] = replace(draft.columns[paid], role=Role.LABEL, sure=0.4, reason=why)
        return
    amounts = [c for c in draft.free() if _money_score(c) >= LEAST_REVENUE and c.zeros > 0.01 * c.rows]
    if amounts:
        draft.settle(amounts[0].name, Role.LABEL, 0.4, "an amount of money that is often zero; nothing else to predict")


def _label_score(column: ColumnFacts) -> float:
    if not 2 <= column.distinct <= MOST_CLASSES or column.storage.temporal:
        return 0.0
    name, whole = column.name, " ".join(words(column.name))
    if whole in lexicon.LABEL or (mentions(name, lexicon.MONEY) and mentions(name, lexicon.GROUPING)):
        return 0.87
    if column.distinct == 2 and whole in lexicon.DID:
        return 0.85
    if mentions(name, lexicon.PAST):
        return 0.0
    return 0.6 if column.distinct == 2 and mentions(name, lexicon.DID - {"visit", "click"}) else 0.0


def _money_score(column: ColumnFacts) -> float:
    if not column.storage.numeric or column.distinct <= 2:
        return 0.0
    name = column.name
    if not mentions(name, lexicon.MONEY):
        return 0.0
    score = 0.8 if " ".join(words(name)) in lexicon.MONEY else 0.6
    return score - 0.5 * mentions(name, lexicon.PAST) - 0.5 * mentions(name, lexicon.GROUPING)


def _lowest(facts: Facts, label: str | None) -> np.ndarray[tuple[int], np.dtype[np.bool_]] | None:
    """Mark the sampled rows of the label's lowest class, where it has an order."""
    if label is None or facts.columns[label].distinct > MOST_CLASSES:
        return None
    order = facts.ask.order or order_classes(_counts(facts, label), label=label)
    return np.asarray(label_text(facts, label) == order[0], dtype=np.bool_) if order else None


def _settle_revenue(draft: _Draft, lowest: np.ndarray[tuple[int], np.dtype[np.bool_]] | None) -> None:
    if draft.first(Role.REVENUE) is not None:
        return
    best, score = None, 0.0
    for column in draft.free():
        named = _money_score(column)
        fits = _empty_where(draft.facts, column, lowest) if lowest is not None and named > 0 else None
        # Without a label to hold it against, only a plain name is enough.
        total = named + (-0.2 if fits is None else 0.3 if fits else -0.4)
        if total > score:
            best, score = column.name, total
    if score >= LEAST_REVENUE:
        reason = "its name" + (", and nothing in it where the label is lowest" if score > 0.85 else "")
        draft.settle(best, Role.REVENUE, min(score, 0.95), reason)


def _empty_where(facts: Facts, column: ColumnFacts, lowest: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> bool:
    positive = facts.arrays.numbers[column.name] > 0
    return bool(positive[lowest].mean() < 0.005 < positive[~lowest].mean()) if 0 < lowest.sum() < lowest.size else False


def _money_label(facts: Facts, label: str | None) -> str | None:
    if label is None or facts.columns[label].distinct <= MOST_CLASSES:
        return None
    return label if facts.columns[label].storage.numeric else None


def _settle_others(draft: _Draft, label: str | None) -> None:
    for column in draft.free():
        whole = " ".join(words(column.name))
        if _treatment(column):
            draft.settle(column.name, Role.TREATMENT, 0.7, "names or values of an experiment's arms")
        elif label is not None and column.distinct == 2 and whole in lexicon.DID:
            draft.settle(column.name, Role.OUTCOME, 0.7, "its name says what came of it, beside the label")
        elif label is not None and _money_score(column) >= 0.8 and column.zeros > column.rows / 2:
            draft.settle(column.name, Role.OUTCOME, 0.6, "a second amount of money, mostly zero")
        elif _number_dates(draft.facts, column):
            draft.settle(column.name, Role.IGNORED, 0.8, "dates stored as numbers: make them dates to use them")
        elif _text_dates(column):
            draft.settle(column.name, Role.IGNORED, 0.7, "dates stored as text: make them dates to use them")
        elif column.storage is Storage.TEXT and column.unique_share >= UNIQUE and column.filled >= 50:
            draft.settle(column.name, Role.IGNORED, 0.7, "text that differs on nearly every row")
        else:
            draft.settle(column.name, Role.FEATURE, 0.8, "nothing speaks against it")


def _number_dates(facts: Facts, column: ColumnFacts) -> bool:
    """Whether whole numbers are dates written as year, month, day: nearly all have a month and a day."""
    low, high = column.minimum or 0, column.maximum or 0
    if not column.storage.numeric or low < 19_000_101 or high > 21_001_231 or column.distinct < LEAST_DATES:
        return False
    values = facts.arrays.finite(column.name)
    month, day = values // 100 % 100, values % 100
    return bool(((month >= 1) & (month <= 12) & (day >= 1) & (day <= 31)).mean() >= UNIQUE)


def _text_dates(column: ColumnFacts) -> bool:
    dated = sum(count for mask, count in column.masks if _DATE_MASK.match(mask))
    return column.storage is Storage.TEXT and column.filled > 0 and dated >= 0.9 * column.filled


def _treatment(column: ColumnFacts) -> bool:
    if not 2 <= column.distinct <= 10:
        return False
    return mentions(column.name, lexicon.TREATMENT) or (
        column.storage is Storage.TEXT and any(mentions(value, lexicon.CONTROL) for value, _ in column.top)
    )


def _counts(facts: Facts, label: str) -> Mapping[str, int]:
    return dict(facts.columns[label].top[: MOST_CLASSES + 1])


def _order(facts: Facts, label: str | None, revenue: str | None) -> tuple[str, ...]:
    if label is None or not 2 <= facts.columns[label].distinct <= MOST_CLASSES:
        return ()
    if facts.ask.order:
        return facts.ask.order
    counts = _counts(facts, label)
    spreads: dict[str, Spread] = {}
    if revenue is not None and len(counts) > 2:
        groups = facts.table.grouped(label, [revenue]).drop_nulls("value")
        told = groups.select("value", "n", "total", "minimum", "maximum").iter_rows()
        spreads = {value: Spread(total / n, least, most) for value, n, total, least, most in told if n}
    return order_classes(counts, spreads, label)


def _placed(facts: Facts, column: Column) -> Column:
    """Add origin and availability."""
    collected = facts.ask.collected
    origin = Origin.UNKNOWN
    if collected:
        origin = Origin.COLLECTED if column.name in collected else Origin.JOINED
    available = column.available
    if available is Available.UNKNOWN:
        if origin is Origin.COLLECTED or column.role in (Role.TIME, Role.IDENTIFIER):
            available = Available.DURING
        elif column.role is Role.TREATMENT:
            available = Available.BEFORE
    return replace(column, origin=origin, available=available)
