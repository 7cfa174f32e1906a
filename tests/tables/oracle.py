"""The requests of the table seam in plain Python: slow, small, and independent of any engine."""

from __future__ import annotations

import datetime as dt
import hashlib
import math
import re
import statistics
from collections import Counter
from collections.abc import Hashable, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any

import polars as pl

from clientela.domain.column import Storage
from clientela.tables.condition import AllOf, AnyOf, Condition, Like, Missing, Negated, OneOf, Repeated, Within
from clientela.tables.table import SUMMARY_COLUMNS

NAN = "a number that is none"


def text(value: Any) -> str | None:
    """Render a value by the engine-independent rule."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return repr(value + 0.0)
    if isinstance(value, Decimal):
        digits = f"{value:f}"
        whole, _, fraction = digits.partition(".")
        return f"{whole}.{fraction.rstrip('0') or '0'}" if fraction else whole
    if isinstance(value, dt.datetime):
        moment = value.astimezone(dt.UTC).replace(tzinfo=None) if value.tzinfo else value
        return _trimmed(moment.isoformat(" "))
    if isinstance(value, dt.time):
        return _trimmed(value.isoformat())
    return str(value)


def _trimmed(moment: str) -> str:
    return moment.rstrip("0") if "." in moment else moment


def storage(kind: pl.DataType) -> Storage:
    """Return the storage type of a Polars type."""
    simple = {pl.Boolean: Storage.BOOLEAN, pl.Date: Storage.DATE, pl.Time: Storage.TIME}
    if kind.is_integer() or (isinstance(kind, pl.Decimal) and kind.scale == 0):
        return Storage.INTEGER
    if kind.is_numeric():
        return Storage.NUMBER
    if isinstance(kind, pl.Datetime):
        return Storage.TIMESTAMP
    if isinstance(kind, (pl.String, pl.Categorical, pl.Enum, pl.Null)):
        return Storage.TEXT
    return simple.get(type(kind), Storage.OTHER)


def same(value: Any) -> Hashable:
    """Return what two values share when they are equal by the rules of the seam."""
    if isinstance(value, float) and math.isnan(value):
        return NAN
    return str(value) if isinstance(value, list) else value


def finite(values: Sequence[Any]) -> list[Fraction]:
    """Return the finite values as exact numbers."""
    return [
        Fraction(value)
        for value in values
        if value is not None and not (isinstance(value, float) and not math.isfinite(value))
    ]


def usable(value: Any) -> float | None:
    """Return a cell as a finite number, None where it is none, or no number at all but there."""
    if value is None or isinstance(value, float) and not math.isfinite(value):
        return None
    return float(value) if isinstance(value, (int, float, Decimal)) else math.nan


class Plain:
    """A table in lists."""

    def __init__(self, frame: pl.DataFrame, positions: Sequence[int] | None = None) -> None:
        self.frame = frame
        self.columns = {name: frame[name].to_list() for name in frame.columns}
        self.positions = list(range(frame.height)) if positions is None else list(positions)

    def storage(self, name: str) -> Storage:
        """Return the storage type of a column."""
        return storage(self.frame.schema[name])

    def summary(self, names: Sequence[str]) -> list[dict[str, Any]]:
        """Summarise columns."""
        return [self._summary(name) for name in names]

    def _summary(self, name: str) -> dict[str, Any]:
        values, kind = self.columns[name], self.storage(name)
        held = [value for value in values if value is not None]
        row: dict[str, Any] = dict.fromkeys(SUMMARY_COLUMNS)
        row |= {"column": name, "storage": kind.value, "rows": len(values), "nulls": len(values) - len(held)}
        row["distinct"] = len({same(value) for value in held})
        if kind.numeric or kind is Storage.BOOLEAN:
            row |= _numbers(held)
        elif kind is not Storage.OTHER:
            row |= {"first": text(min(held, default=None)), "last": text(max(held, default=None))}
        if kind is Storage.TEXT:
            lengths = [len(value) for value in held]
            row |= {"shortest": min(lengths, default=None), "longest": max(lengths, default=None)}
            row["blanks"] = sum(not _is_seen(value) for value in held)
        return row

    def top(self, names: Sequence[str], limit: int, shape: Any = None) -> list[tuple[str, str, int]]:
        """Return the most frequent values, or shapes of values."""
        found = []
        for name in names:
            held = [value for value in self.columns[name] if value is not None]
            counts = Counter((shape or text)(value) for value in held)
            ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
            found += [(name, value, count) for value, count in ordered[:limit]]
        return found

    def quantiles(self, names: Sequence[str], shares: Sequence[float]) -> list[tuple[str, float, float | None]]:
        """Return step quantiles."""
        found = []
        for name in names:
            values = sorted(finite(self.columns[name]))
            for share in shares:
                steps = [v for i, v in enumerate(values, 1) if Fraction(i, len(values)) >= Fraction(repr(float(share)))]
                found.append((name, float(share), float(steps[0]) if steps else None))
        return found

    def null_patterns(self, names: Sequence[str], limit: int) -> list[tuple[str, int]]:
        """Count which columns are null together."""
        rows = ["".join("1" if self.columns[n][i] is None else "0" for n in names) for i in range(self.frame.height)]
        return sorted(Counter(rows).items(), key=lambda item: (-item[1], item[0]))[:limit]

    def contingency(self, first: str, second: str, limit: int) -> list[tuple[str | None, str | None, int]]:
        """Count pairs of values."""
        pairs = Counter(zip(map(text, self.columns[first]), map(text, self.columns[second]), strict=True))
        ordered = sorted(pairs.items(), key=lambda item: (-item[1], *map(_null_last, item[0])))
        return [(*pair, count) for pair, count in ordered[:limit]]

    def grouped(self, by: str, names: Sequence[str]) -> list[dict[str, Any]]:
        """Return sums per value."""
        keys = [text(value) for value in self.columns[by]]
        found = []
        for key in sorted(set(keys), key=_null_last):
            places = [place for place, other in enumerate(keys) if other == key]
            for name in names:
                values = finite([self.columns[name][place] for place in places])
                row: dict[str, Any] = {"value": key, "column": name, "rows": len(places), "n": len(values)}
                row["total"] = sum(values) if values else None
                row["squares"] = sum(value**2 for value in values) if values else None
                row["minimum"], row["maximum"] = min(values, default=None), max(values, default=None)
                found.append(row)
        return found

    def dependency(self, keys: Sequence[str], names: Sequence[str]) -> list[dict[str, Any]]:
        """Return the sums behind a functional dependency."""
        found = []
        for name in names:
            groups: dict[Hashable, Counter[Hashable]] = {}
            for place in range(self.frame.height):
                key = tuple(same(self.columns[k][place]) for k in keys)
                if None not in key:
                    groups.setdefault(key, Counter())[same(self.columns[name][place])] += 1
            found.append({"column": name, **_dependency(list(groups.values()))})
        return found

    def duplicates(self, names: Sequence[str]) -> tuple[int, int, int, int, int]:
        """Count equal rows."""
        counts = Counter(tuple(same(self.columns[n][i]) for n in names) for i in range(self.frame.height))
        sizes = list(counts.values())
        rows = sum(sizes)
        return rows, len(sizes), sum(n > 1 for n in sizes), rows - len(sizes), max(sizes, default=0)

    def taken(self, share: Fraction, seed: int, key: str | None) -> list[int]:
        """Return the places of the rows that a sample or split of this share takes."""
        limit = round(share * 16**8)
        places = []
        for place, position in enumerate(self.positions):
            shown = None if key is None else text(self.columns[key][place])
            digest = hashlib.md5(f"{seed}|{position if shown is None else shown}".encode()).hexdigest()
            if int(digest[:8], 16) < limit:
                places.append(place)
        return places

    def matching(self, condition: Condition, limit: int) -> list[int]:
        """Return the positions of the first rows that fulfil a condition."""
        return [self.positions[row] for row in range(len(self.positions)) if self.holds(condition, row)][:limit]

    def holds(self, condition: Condition, row: int) -> bool:
        """Tell whether a condition holds for a row."""
        match condition:
            case AllOf(parts):
                return all(self.holds(part, row) for part in parts)
            case AnyOf(parts):
                return any(self.holds(part, row) for part in parts)
            case Negated(part):
                return not self.holds(part, row)
            case Repeated(columns):
                rows = list(zip(*[map(same, self.columns[name]) for name in columns], strict=True))
                return len(self.positions) > 1 if not columns else rows.count(rows[row]) > 1
            case _:
                return _fits(condition, self.columns[condition.column][row])


def _numbers(held: Sequence[Any]) -> dict[str, Any]:
    floats = [value for value in held if isinstance(value, float)]
    values = finite(held)
    exact = statistics.variance(values) if len(values) > 1 else None
    return {
        "nans": sum(math.isnan(value) for value in floats),
        "infinite": sum(math.isinf(value) for value in floats),
        "minimum": float(min(values)) if values else None,
        "maximum": float(max(values)) if values else None,
        "mean": float(sum(values) / len(values)) if values else None,
        "deviation": None if exact is None else _root(exact),
        "zeros": sum(value == 0 for value in values),
        "negatives": sum(value < 0 for value in values),
        "whole": sum(value.denominator == 1 for value in values),
    }


def _root(value: Fraction) -> float:
    digits = 60
    scaled = math.isqrt(value.numerator * 10 ** (2 * digits) * value.denominator)
    return float(Fraction(scaled, value.denominator * 10**digits))


def _dependency(groups: Sequence[Counter[Hashable]]) -> dict[str, int]:
    repeated = [group for group in groups if group.total() > 1]
    return {
        "keys": len(groups),
        "rows": sum(group.total() for group in groups),
        "repeated_keys": len(repeated),
        "repeated_rows": sum(group.total() for group in repeated),
        "modal_rows": sum(max(group.values()) for group in repeated),
        "pairs": sum(math.comb(group.total(), 2) for group in groups),
        "equal_pairs": sum(math.comb(n, 2) for group in groups for n in group.values()),
        "determined_keys": sum(len(group) == 1 for group in repeated),
    }


def mask(value: str) -> str:
    """Return the shape of a text."""
    return "".join(_masked(letter) for letter in value[:64])


def _masked(letter: str) -> str:
    if "0" <= letter <= "9":
        return "9"
    if "a" <= letter <= "z":
        return "a"
    return "A" if "A" <= letter <= "Z" else letter


def _is_seen(value: str) -> bool:
    """Tell whether a text holds anything but the characters of the Unicode property White_Space."""
    return any(not letter.isspace() or letter in "\x1c\x1d\x1e\x1f" for letter in value)


def _null_last(value: str | None) -> tuple[bool, str]:
    return value is None, value or ""


def _fits(condition: Missing | OneOf | Within | Like, value: Any) -> bool:
    if value is None or isinstance(condition, Missing):
        return value is None and isinstance(condition, Missing)
    match condition:
        case OneOf(_, values):
            return text(value) in values
        case Like(_, pattern):
            return re.search(pattern, value) is not None
        case Within(_, low, high):
            if isinstance(value, float) and not math.isfinite(value):
                return False
            return (low is None or value >= low) and (high is None or value <= high)
