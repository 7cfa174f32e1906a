"""Plants of codes for values: categories as numbers, digests, masks, and dates that are not as they were."""

from __future__ import annotations

import base64
import hashlib
import uuid

import numpy as np
import polars as pl

from forensics.ground import Ground, Planted, Planter, Values

DAY = 86_400
FIRST = 19_600
"""30 August 2023 in days."""


def _kind(ground: Ground, *kinds: str) -> str:
    return str(ground.chance.choice(kinds))


def label_encoded(ground: Ground) -> Planted:
    """Categories as running numbers, few or many, with -1 for none, beside the words or alone."""
    name, kind = ground.fresh("src_type"), _kind(ground, "few", "few", "many", "none", "beside")
    count = int(ground.chance.integers(60, 200) if kind == "many" else ground.chance.integers(5, 16))
    groups = ground.groups(count, ground.pick(20.0, 3.0, 0.8))
    codes, place = np.unique(groups, return_inverse=True)
    place = place + int(ground.chance.integers(2))
    if kind == "none":
        place[ground.share(0.03)] = -1
        place = np.where(place > 0, place - place[place >= 0].min(), place)
    if kind == "beside":
        ground.put(ground.fresh("source"), [f"{chr(97 + code % 26)}{code} shop" for code in place])
    ground.put(name, place)
    return Planted("label_encoded", (name,), {"kind": kind, "codes": int(codes.size)})


def one_hot(ground: Ground) -> Planted:
    """One category as columns of 0 and 1: all of it, without its first column, with rows that have none, as true/false.

    The weak strength has .5 % of rows without any (a value not seen) and rare columns.
    """
    count, kind = int(ground.chance.integers(3, 8)), _kind(ground, "all", "first dropped", "true or false")
    kinds = ground.groups(count + (kind == "first dropped"), ground.pick(0.8, 4.0, 8.0))
    if ground.strength == 0:
        kinds = np.where(ground.chance.random(ground.rows) < 0.005, -1, kinds)
    left = [place for place in range(count) if 3 <= (kinds == place).sum() < ground.rows]
    stem = _kind(ground, "is_k", "channel_")
    names = tuple(ground.fresh(f"{stem}{chr(97 + place)}") for place in left)
    for place, name in zip(left, names, strict=True):
        flags = kinds == place
        ground.put(name, flags if kind == "true or false" else flags.astype(np.int64))
    return Planted("one_hot", names, {"kind": kind})


def hashed(ground: Ground) -> Planted:
    """Digests: hexadecimal of several lengths, cut short, in base 64, behind a prefix, as a number; gaps when weak."""
    name = ground.fresh("ref")
    kind = _kind(ground, "md5", "sha1", "sha256", "short", "upper", "base64", "prefix", "number", "named uuid")
    length = int(ground.pick(8, 12, 20))
    count = int(ground.chance.integers(30, ground.rows))
    cells: list[str | int | None] = []
    for code in ground.chance.integers(0, count, ground.rows):
        digest = hashlib.sha256(f"{code}@{ground.rows}".encode())
        plain = digest.hexdigest()
        made: dict[str, str | int] = {
            "md5": plain[:32],
            "sha1": plain[:40],
            "sha256": plain,
            "short": plain[:length],
            "upper": plain[:32].upper(),
            "base64": base64.b64encode(digest.digest()).decode(),
            "prefix": f"usr_{plain[:16]}",
            "number": int.from_bytes(digest.digest()[:8], "big", signed=True),
            "named uuid": str(uuid.uuid5(uuid.NAMESPACE_DNS, plain)),
        }
        cells.append(made[kind])
    for row in ground.share(ground.pick(0.1, 0.0, 0.0), 0):
        cells[row] = None
    ground.put(name, cells)
    return Planted("hashed", (name,), {"kind": kind, "length": length})


MASKS = ("mail", "card", "stand-in", "suppressed", "zip", "initials", "reserved", "address", "coded", "birth", "place")
STEMS = {
    "mail": "contact_ref",
    "card": "card_ref",
    "stand-in": "who",
    "suppressed": "town",
    "zip": "zip_code",
    "initials": "customer_name",
    "reserved": "contact_mail",
    "address": "client_ip",
    "coded": "email",
    "birth": "date_of_birth",
    "place": "latitude",
}


def anonymised(ground: Ground) -> Planted:
    """Text with signs for letters, stand-ins, codes for names, cells suppressed, dates and places made coarse."""
    kind = str(ground.chance.choice(MASKS))
    name, share = ground.fresh(STEMS[kind]), ground.pick((0.55, 0.7), (0.9, 1.0), (1.0, 1.0))
    code = ground.chance.integers(0, ground.rows, ground.rows)
    plain = ground.chance.random(ground.rows) > share
    if kind == "birth":
        ground.put(name, pl.Series(-7_305 + 365 * (code % 40) + (code % 40 + 1) // 4).cast(pl.Int32).cast(pl.Date))
        ground.put(name, ground.frame[name].dt.truncate("1y"))
    elif kind == "place":
        ground.put(name, np.round(ground.chance.uniform(47, 54, ground.rows), ground.pick(2, 2, 1)))
    else:
        ground.put(name, _masked(ground, kind, code, plain))
    return Planted("anonymised", (name,), {"kind": kind, "share": share})


def _masked(ground: Ground, kind: str, code: Values, plain: Values) -> list[str]:
    letters = [chr(97 + c % 26) for c in code]
    if kind == "suppressed":
        hidden = ground.chance.random(ground.rows) < ground.pick(0.03, 0.1, 0.3)
        sign = str(ground.chance.choice(["*", "*****", "[REDACTED]", "<suppressed>"]))
        return [sign if gone else f"{a}town {c % 40}" for a, c, gone in zip(letters, code, hidden, strict=True)]
    whole = {
        "zip": lambda a, c: f"{c % 900 + 100}{'XX' if ground.rows % 2 else '**'}",
        "initials": lambda a, c: f"{a.upper()}. {chr(65 + c % 23)}.",
        "reserved": lambda a, c: f"user{c}@example.com",
        "address": lambda a, c: f"{c % 200 + 10}.{c % 255}.{c % 90}.0",
        "coded": lambda a, c: f"C{c:06d}",
    }
    if kind in whole:
        return [whole[kind](a, int(c)) for a, c in zip(letters, code, strict=True)]
    masks = {
        "mail": lambda a, c: f"{a}***@***.com",
        "card": lambda a, c: f"***-**-{c % 10_000:04d}",
        "stand-in": lambda a, c: f"Customer {c}",
    }
    masked = [masks[kind](a, int(c)) for a, c in zip(letters, code, strict=True)]
    return [f"x{c}" if open_ else mask for c, mask, open_ in zip(code, masked, plain, strict=True)]


def shifted_dates(ground: Ground) -> Planted:
    """Days missing, dates moved against the week or the clock, by a century, into midnight, month for day.

    The visits behind them rest at weekends and at night. Dates moved by whole weeks, or each by days of its own, cannot
    be told and are not planted.
    """
    kind = _kind(ground, "gap", "days", "hours", "zone", "century", "midnight", "swapped")
    name, n = ground.fresh("booked_at"), ground.rows
    day = ground.chance.integers(FIRST, FIRST + 300, 4 * n)
    day = day[ground.chance.random(day.size) < np.where((day + 3) % 7 >= 5, ground.pick(0.35, 0.25, 0.15), 1.0)]
    if kind == "gap":
        start = FIRST + int(ground.chance.integers(60, 220))
        day = day[(day < start) | (day >= start + ground.pick(3, 7, 14))]
    if kind == "swapped":
        day = day[day < FIRST + 180]
    day = ground.chance.choice(day, n)
    seconds = day * DAY + (np.clip(ground.chance.normal(15, 3.5, n), 0, 23.99) * 3600).astype(np.int64)
    ground.put(name, _moved(ground, kind, day, seconds))
    return Planted("shifted_dates", (name,), {"kind": kind}, {"time": name})


def _moved(ground: Ground, kind: str, day: Values, seconds: Values) -> pl.Series:
    if kind == "days":
        return pl.Series(day + ground.pick(2, 3, 3)).cast(pl.Int32).cast(pl.Date)
    if kind == "century":
        return pl.Series(day + 36_524).cast(pl.Int32).cast(pl.Date)
    if kind == "swapped":
        dates = pl.Series(day).cast(pl.Int32).cast(pl.Date)
        mixed = (dates.dt.day() <= 12) & pl.Series(ground.chance.random(day.size) < ground.pick(0.5, 0.9, 1.0))
        other = pl.DataFrame({"d": dates}).select(pl.date(pl.col("d").dt.year(), pl.col("d").dt.day().clip(1, 12), 1))
        turned = pl.DataFrame({"d": dates, "first": other.to_series()}).select(
            pl.col("first") + pl.duration(days=pl.col("d").dt.month().cast(pl.Int64) - 1)
        )
        return turned.to_series().zip_with(mixed, dates)
    if kind == "hours":
        seconds = seconds + 3600 * int(ground.pick(9, 10, 12))
    if kind == "zone":
        seconds = day * DAY - 3600 * (1 + ((day - FIRST) % 365 > 200))
    if kind == "midnight":
        seconds = np.where(ground.chance.random(day.size) < ground.pick(0.05, 0.2, 0.6), day * DAY, seconds)
    return (pl.Series(seconds) * 1_000_000).cast(pl.Datetime("us"))


ENCODED: tuple[Planter, ...] = (label_encoded, one_hot, hashed, anonymised, shifted_dates)
