"""Keys and free texts that are written otherwise, though every batch brings new ones."""

from __future__ import annotations

import functools
import hashlib
import uuid
from collections.abc import Callable

import numpy as np
import polars as pl
import pytest

from clientela.domain.incident import Cause
from clientela.monitoring.baseline import Baseline, learn_baseline
from clientela.monitoring.checking import check
from clientela.monitoring.result import CheckResult
from clientela.monitoring.traits import built_otherwise
from clientela.tables.frames import from_frame

PAGES = ("/", "/shop", "/cart", "/shop/bags", *(f"/p/{number}" for number in range(200)))


def logged(rows: int, seed: int) -> pl.DataFrame:
    """Return a web log: an identifier, an address, a page, a telephone, a digest, seconds."""
    rng = np.random.default_rng(seed)
    parts = rng.integers(0, 2**62, (rows, 2)).tolist()
    page = rng.choice(len(PAGES), rows)
    asked = rng.random(rows) < 0.3
    octets = rng.integers(1, 250, (rows, 4)).tolist()
    return pl.DataFrame(
        {
            "session": [str(uuid.UUID(int=first << 64 | second)) for first, second in parts],
            "url": [
                f"https://shop.example{PAGES[n]}{'?from=mail' if m else ''}" for n, m in zip(page, asked, strict=True)
            ],
            "ip": [".".join(map(str, octet)) for octet in octets],
            "phone": [f"+49 {rng.integers(150, 179)} {number}" for number in rng.integers(1_000_000, 9_999_999, rows)],
            "digest": [hashlib.sha256(str(n).encode()).hexdigest() for n in rng.integers(0, 3000, rows)],
            "seconds": np.round(rng.lognormal(3, 1, rows), 1),
        }
    )


@functools.cache
def learnt() -> Baseline:
    """Return what is learnt from 3,000 rows."""
    with from_frame(logged(3000, 1)) as table:
        return learn_baseline(table)


def checked(frame: pl.DataFrame) -> CheckResult:
    """Hold a batch against it."""
    with from_frame(frame) as table:
        return check(learnt(), table)


def some(share: float) -> pl.Expr:
    """Return a share of the rows, spread evenly."""
    return (pl.int_range(pl.len()) * 0.6180339887 % 1) < share


WRITTEN: dict[str, tuple[str, float, Callable[[pl.Expr], pl.Expr], Cause, str]] = {
    "capitals": ("session", 0.1, lambda cell: cell.str.to_uppercase(), Cause.CATEGORY_FORMAT, "capital letters"),
    "no dashes": ("session", 0.3, lambda cell: cell.str.replace_all("-", ""), Cause.DTYPE_FORMAT, "without '-'"),
    "no host": ("url", 0.5, lambda cell: cell.str.strip_prefix("https://shop.example"), Cause.DTYPE_FORMAT, "without"),
    "http": ("url", 0.3, lambda cell: cell.str.replace("https", "http"), Cause.DTYPE_FORMAT, "'https://' at the begin"),
    "coded": ("url", 0.3, lambda cell: cell.str.replace_all("/", "%2F"), Cause.DTYPE_FORMAT, "with '%'"),
    "slash": ("url", 0.4, lambda cell: cell + "/", Cause.DTYPE_FORMAT, "another shape"),
    "slashes": ("url", 1.0, lambda cell: cell + "/", Cause.DTYPE_FORMAT, "an end of '/'"),
    "no query": ("url", 1.0, lambda cell: cell.str.replace(r"\?.*", ""), Cause.TRUNCATION, "without"),
    "last part hidden": ("ip", 1.0, lambda cell: cell.str.replace(r"\d+$", "0"), Cause.PRECISION, "an end of '0'"),
    "00": ("phone", 0.3, lambda cell: cell.str.replace("+", "00", literal=True), Cause.DTYPE_FORMAT, "without '+'"),
    "digits alone": ("phone", 1.0, lambda cell: cell.str.replace_all(r"\D", ""), Cause.DTYPE_FORMAT, "without"),
    "cut": ("digest", 1.0, lambda cell: cell.str.slice(0, 16), Cause.TRUNCATION, "cut to 16"),
    "cut here and there": ("digest", 0.2, lambda cell: cell.str.slice(0, 16), Cause.TRUNCATION, "64 characters"),
}


@pytest.mark.parametrize("name", WRITTEN)
def test_another_writing_of_cells_never_seen_before_is_named(name: str) -> None:
    """Marks, letters, beginnings and ends that came or went are one incident, which tells which."""
    column, share, turned, cause, words = WRITTEN[name]
    frame = logged(800, 2)
    rows = pl.when(some(share)).then(turned(pl.col(column))).otherwise(column).alias(column)
    (found,) = checked(frame.with_columns(rows)).incidents
    assert (found.cause, found.columns) == (cause, (column,))
    assert words in found.title


def test_new_cells_of_the_same_make_are_quiet() -> None:
    """Eight batches of new sessions, addresses and pages raise nothing."""
    assert not any(checked(logged(800, 10 + number)).incidents for number in range(8))


SAME = {
    "another beginning": ([f"JAN-{n:04d}" for n in range(500)], [f"FEB-{n:04d}" for n in range(500)]),
    "numbers that grew": ([f"{n}" for n in range(5000, 9999)], [f"{n}" for n in range(10_000, 10_500)]),
    "one value": ([f"c/{n}" for n in range(900)], [*(f"c/{n}" for n in range(900, 1300)), *["none"] * 40]),
    "one value for all": ([f"10.{n % 250}.{n}" for n in range(900)], ["10.0.0"] * 300),
    "rare marks": (
        [f"some {n} words{'?' if n % 9 == 0 else ''}" for n in range(900)],
        [f"some {n} words{'!' if n % 40 == 0 else '?' if n % 9 == 1 else ''}" for n in range(300)],
    ),
}


@pytest.mark.parametrize("name", SAME)
def test_what_is_new_without_being_written_otherwise_is_left_alone(name: str) -> None:
    """Names of another month, longer numbers, one placeholder and a mark here and there are no other writing."""
    known, now = SAME[name]
    assert built_otherwise("x", pl.Series(known), pl.Series(now)) is None


def test_hostile_texts_are_read_as_they_are() -> None:
    """Marks of patterns, controls and empty cells are compared as they stand."""
    known = pl.Series([f"({n})[.*]\\{n}" for n in range(400)])
    found = built_otherwise("x", known, pl.Series([f"({n}).*\\{n}" for n in range(400)]))
    assert found is not None
    assert "without '['" in found.what or "without ']'" in found.what
    assert built_otherwise("x", known, pl.Series(["", None, "\x00"] * 100, dtype=pl.String)) is None
    assert built_otherwise("x", pl.Series([], dtype=pl.String), known) is None
    assert built_otherwise("x", known, pl.Series([None] * 9, dtype=pl.String)) is None


def test_names_that_a_field_has_no_room_for_are_below_zero() -> None:
    """Article numbers of thirteen digits in a field of 32 bits turn negative; a mark before short ones is a writing."""
    numbers = np.random.default_rng(2).integers(4 * 10**12, 5 * 10**12, 800)
    known, wrapped = pl.Series(numbers.astype(str)), numbers[:300].astype(np.int32)
    found = built_otherwise("ean", known, pl.Series(wrapped[wrapped < 0].astype(str)))
    assert found is not None
    assert found.cause is Cause.OVERFLOW
    short = pl.Series((numbers % 9000 + 1000).astype(str))
    marked = built_otherwise("ean", short, "-" + short.head(300))
    assert marked is not None
    assert marked.cause is Cause.DTYPE_FORMAT
