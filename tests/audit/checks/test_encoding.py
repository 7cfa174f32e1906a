"""What codes stand for values."""

from __future__ import annotations

import base64
import hashlib
import uuid
from collections.abc import Callable
from typing import Any

import numpy as np
import polars as pl
import pytest

from clientela.audit.checks.encoding import hashed, label_encoded, one_hot

RNG = np.random.default_rng(12)
N = 2000
CODES = RNG.choice(np.arange(1, 8), N, p=[0.3, 0.05, 0.2, 0.02, 0.25, 0.03, 0.15])
MANY = np.unique(RNG.choice(120, 8 * N, p=RNG.dirichlet(np.full(120, 1.0))), return_inverse=True)[1]
KEYS = RNG.integers(0, 300, N)


def digest(i: int) -> bytes:
    """Return a digest."""
    return hashlib.sha256(str(i).encode()).digest()


DIGESTS = {
    "whole": [digest(i).hex() for i in KEYS],
    "upper": [digest(i).hex()[:40].upper() for i in KEYS],
    "short": [digest(i).hex()[:10] for i in KEYS],
    "prefix": [f"usr_{digest(i).hex()[:16]}" for i in KEYS],
    "sign": ["0x" + digest(i).hex()[:12] for i in KEYS],
    "stray": [digest(i).hex() if row % 40 else "guest" for row, i in enumerate(KEYS)],
    "base64": [base64.b64encode(digest(i)).decode() for i in KEYS],
    "six": [digest(i).hex()[:6].upper() for i in KEYS],
    "short base64": [base64.urlsafe_b64encode(digest(i)).decode()[:10] for i in KEYS],
    "named": [str(uuid.uuid5(uuid.NAMESPACE_DNS, str(i))) for i in KEYS],
    "few": [digest(i % 6).hex()[:32] for i in KEYS],
    "signed": [int.from_bytes(digest(i)[:8], "big", signed=True) for i in KEYS],
    "bits": [int.from_bytes(digest(i)[:4], "big") for i in KEYS],
}
PLAIN = {
    "page": [f"page{i % 100:04d}" for i in range(N)],
    "number": [f"{i % 300:08d}" for i in range(N)],
    "random": [uuid.UUID(bytes=RNG.bytes(16), version=4).hex for _ in range(N)],
    "random_dashed": [str(uuid.UUID(bytes=RNG.bytes(16), version=4)) for _ in range(N)],
    "object": [f"65f1c2ab{i // 16:08x}deadbeef" for i in range(N)],
    "code": [f"articleGroupNumber{i:04d}" for i in range(N)],
    "colour": RNG.choice(["ff0000", "00ff00", "0000ff", "ffffff", "c0c0c0"], N),
    "product": RNG.choice([f"SkuXy{i:03d}Ab" for i in range(90)], N),
    "path": [f"/shop/products/item{i:04d}" for i in range(N)],
    "words": RNG.choice(["facade00", "deadbeef", "cafebabe", "baddcafe", "decade12", "acedface"], N),
    "seconds": RNG.integers(1_700_000_000, 1_720_000_000, N),
    "level": RNG.integers(0, 10_000, N),
    "large": (RNG.random(N) ** 2 * 2**32).astype(np.int64),
}


@pytest.mark.parametrize("name", DIGESTS)
def test_digests(said: Callable[..., Any], name: str) -> None:
    """Digests are found whole, cut short, behind a prefix, in base 64, as numbers, with a few other cells."""
    findings = said(hashed, pl.DataFrame({name: DIGESTS[name], "other": RNG.normal(0, 1, N)})).findings
    assert [finding.columns for finding in findings] == [(name,)]


def test_no_digests(said: Callable[..., Any]) -> None:
    """Running, random and counted identifiers, words and times are no digests."""
    assert not said(hashed, pl.DataFrame(PLAIN)).findings


RANKED = np.repeat(np.arange(24), 260 - 6 * np.arange(24))
CATEGORIES = [
    np.where(np.arange(N) % 40 == 0, -1, CODES),
    RANKED,
    CODES,
    CODES - 1,
    np.where(np.arange(N) % 50 == 0, -1, CODES - 1),
    MANY,
]
AMOUNTS = [
    RNG.geometric(0.3, N) - 1,
    RNG.geometric(0.1, N) - 1,
    RNG.negative_binomial(1, 0.05, 10 * N),
    np.clip(RNG.poisson(3, N), 0, 8),
    RNG.integers(3, 9, N),
    np.minimum(RNG.poisson(60, 8 * N) - 25, 80).clip(0),
    (RNG.poisson(60, 8 * N) - 25).clip(0, 70) * (1 - (np.arange(8 * N) % 2)),
]


@pytest.mark.parametrize("cells", CATEGORIES)
def test_categories_as_numbers(said: Callable[..., Any], cells: Any) -> None:
    """Running numbers whose frequencies jump are categories: few, many, with -1 for none."""
    assert said(label_encoded, pl.DataFrame({"column": cells})).findings[0].columns == ("column",)


@pytest.mark.parametrize("cells", AMOUNTS)
def test_amounts_are_no_categories(said: Callable[..., Any], cells: Any) -> None:
    """Counts rise and fall once; with many of them one heap is no jump in all."""
    checked = said(label_encoded, pl.DataFrame({"column": cells}))
    assert checked is None or not checked.findings


def test_units_are_not_codes(said: Callable[..., Any]) -> None:
    """Running numbers that jump but count something by their name are no codes."""
    assert said(label_encoded, pl.DataFrame({"weekday": CODES})) is None


@pytest.mark.parametrize("name", ["payment_type", "Kanal", "browserCode", "region", "tipo"])
def test_the_name_of_a_category(said: Callable[..., Any], name: str) -> None:
    """A few running numbers of even frequency are codes where their name is that of a category."""
    frame = pl.DataFrame({name: np.arange(N) % 4, "bought": RNG.random(N) < 0.2})
    assert said(label_encoded, frame).findings[0].evidence[name]["by"] == "name"
    assert not said(label_encoded, frame.rename({name: "level"})).findings


def test_codes_beside_their_words(said: Callable[..., Any]) -> None:
    """Numbers that go one to one with a text column are its codes, however even they are; months are none."""
    even = np.arange(N) % 5
    frame = pl.DataFrame({"column": even, "words": [f"shop {i}" for i in even]})
    assert said(label_encoded, frame).findings[0].evidence["column"]["words_in"] == "words"
    assert not said(label_encoded, frame.rename({"words": "month"})).findings
    assert not said(label_encoded, frame.with_columns(pl.Series("words", [f"shop {i % 2}" for i in even]))).findings


def test_counts_of_a_key_are_no_codes(said: Callable[..., Any]) -> None:
    """A count that a city brings along repeats with the city's visits: cities are counted, not rows."""
    rivals, rain = RNG.poisson(3, 40).clip(0, 7), RNG.normal(9, 3, 40)
    rivals[:8] = np.arange(8)
    city = RNG.choice(40, N, p=RNG.dirichlet(np.full(40, 0.7)))
    frame = pl.DataFrame({"city": [f"c{i}" for i in city], "rivals": rivals[city], "rain": rain[city]})
    assert not said(label_encoded, frame.with_columns(pl.Series("own", RNG.normal(0, 1, N)))).findings


def flags(kinds: Any, count: int, stem: str = "is", kind: Any = int) -> pl.DataFrame:
    """Return one column of 0 and 1 per kind."""
    return pl.DataFrame({f"{stem}_{i}": (kinds == i).astype(kind) for i in range(count)})


def test_one_hot_groups(said: Callable[..., Any]) -> None:
    """Exclusive 0/1 columns that cover every row are one category; independent flags are not."""
    frame = flags(CODES % 3, 3)
    loose = pl.DataFrame({f"has_{i}": RNG.integers(0, 2, N) for i in range(3)})
    both = pl.concat([frame, loose], how="horizontal")
    assert said(one_hot, both).findings[0].evidence["groups"] == [["is_0", "is_1", "is_2"]]
    assert not said(one_hot, loose).findings
    assert said(one_hot, loose.select("has_0")) is None


@pytest.mark.parametrize("kind", [int, bool])
def test_one_hot_without_a_column(said: Callable[..., Any], kind: Any) -> None:
    """A column dropped, or values not seen, leave rows without any; they are counted."""
    finding = said(one_hot, flags(CODES, 5, kind=kind)).findings[0]
    assert finding.columns == tuple(f"is_{i}" for i in range(1, 5))
    assert finding.evidence["share_with_one"] == [pytest.approx((CODES < 5).mean())]


def test_one_hot_of_two(said: Callable[..., Any]) -> None:
    """Two columns are a category where one of them is 1 on every row and they share a name; two opposites are not."""
    half = (CODES > 3).astype(int)
    pair = pl.DataFrame({"sex_f": half, "sex_m": 1 - half})
    assert said(one_hot, pair).findings[0].evidence["groups"] == [["sex_f", "sex_m"]]
    assert not said(one_hot, pair.rename({"sex_f": "read", "sex_m": "seen"})).findings


@pytest.mark.parametrize(("yes", "no"), [("True", "False"), ("1", "0"), ("ja", "nein"), ("Y", "N")])
def test_one_hot_in_words(said: Callable[..., Any], yes: str, no: str) -> None:
    """Flags stored as text are flags, by what their names begin or end with, other flags around them."""
    frame = flags(CODES % 4, 3, kind=bool)
    words = frame.select(
        pl.when(pl.col(name)).then(pl.lit(yes)).otherwise(pl.lit(no)).alias(name) for name in frame.columns
    )
    loose = pl.DataFrame({"seen": RNG.choice([yes, no], N), "won": RNG.choice([yes, no], N, p=[0.1, 0.9])})
    both = pl.concat([words, loose], how="horizontal")
    assert said(one_hot, both).findings[0].columns == ("is_0", "is_1", "is_2")


def test_one_hot_of_three_with_one_dropped(said: Callable[..., Any]) -> None:
    """Two flags that never meet, a third dropped, are one category where their names end alike."""
    pair = pl.DataFrame({"red_colour": CODES % 3 == 0, "blue_colour": CODES % 3 == 1, "bought": RNG.random(N) < 0.2})
    assert said(one_hot, pair).findings[0].columns == ("red_colour", "blue_colour")


def test_rare_flags(said: Callable[..., Any]) -> None:
    """A rare flag joins by its name, or where it fills the rows that have none; else it may miss all by chance."""
    kinds = np.where(np.arange(N) < 4, 3, CODES % 3)
    frame = flags(kinds, 4)
    assert len(said(one_hot, frame).findings[0].columns) == 4
    assert len(said(one_hot, frame.rename({"is_3": "other"})).findings[0].columns) == 4
    rare = pl.Series("other", (np.arange(N) == 7).astype(int) * (kinds != 0))
    loose = flags(np.where(np.arange(N) < 9, 9, CODES % 3), 3).with_columns(rare)
    assert said(one_hot, loose).findings[0].columns == ("is_0", "is_1", "is_2")


def test_real_tables(said: Callable[..., Any], real: Callable[[str], pl.DataFrame]) -> None:
    """Online Shoppers holds four columns of codes, Hillstrom none; neither holds digests or spread categories."""
    shoppers = real("online_shoppers")
    codes = said(label_encoded, shoppers).findings[0].columns
    assert set(codes) == {"OperatingSystems", "Browser", "Region", "TrafficType"}
    hillstrom = real("hillstrom")
    for frame in (shoppers, hillstrom):
        checked = [said(check, frame) for check in (one_hot, hashed)]
        assert not any(done.findings for done in checked if done is not None)
    assert not getattr(said(label_encoded, hillstrom), "findings", ())
