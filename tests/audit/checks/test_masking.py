"""Identities that were taken out."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

import numpy as np
import polars as pl
import pytest

from clientela.audit.checks.masking import anonymised

N = 600
RNG = np.random.default_rng(7)


PLANTED = [
    ("mail", [f"j***{i}@shop.example" for i in range(N)], "masked"),
    ("card", [f"XXXX-XXXX-{i:04d}" for i in range(N)], "masked"),
    ("zip", [f"{i % 90 + 10}xxx" for i in range(N)], "masked"),
    ("who", ["[redacted]" if i % 3 else f"Ann {i}" for i in range(N)], "masked"),
    ("who", [f"Customer {i}" for i in range(N)], "stand-ins"),
    ("town", ["*" if i % 30 == 0 else f"Town {i % 40}" for i in range(N)], "suppressed"),
    ("town", ["[place]" if i % 9 == 0 else f"Town {i % 40}" for i in range(N)], "suppressed"),
    ("customer_name", [f"{chr(65 + i % 26)}. {chr(65 + i // 26)}." for i in range(N)], "initials"),
    ("mail", [f"user{i}@shop.example.com" for i in range(N)], "reserved"),
    ("email", [f"C{i:05d}" for i in range(N)], "codes"),
    ("telefon", [f"T-{i:05d}" for i in range(N)], "codes"),
    ("last_name", [f"P{i:05d}" for i in range(N)], "codes"),
    ("last_name", range(N), "numbers"),
    ("dob", pl.Series([f"{1950 + i % 50}-{i % 12 + 1:02d}-01" for i in range(N)]).str.to_date(), "first of a month"),
    ("ip", [f"10.{i % 200}.7.0" for i in range(N)], "addresses"),
    ("lat", np.round(RNG.uniform(47, 54, N), 1), "coordinates"),
    ("dob", pl.Series([f"{1950 + i % 50}-01-01" for i in range(N)]).str.to_date(), "birth"),
]
CLEAN = {
    "visitor_id": [f"visitor_{i}" for i in range(N)],
    "key": [str(uuid.UUID(bytes=RNG.bytes(16), version=4)) for _ in range(N)],
    "ip": [f"10.{i % 200}.7.{i % 250}" for i in range(N)],
    "longitude": np.round(RNG.uniform(7, 14, N), 5),
    "latitude": np.round(RNG.uniform(470, 540, N), 1),
    "lat": RNG.integers(40, 60, N),
    "birthday": pl.Series([f"{1950 + i % 50}-{i % 12 + 1:02d}-15" for i in range(N)]).str.to_date(),
    "day": pl.Series([f"{1950 + i % 50}-01-01" for i in range(N)]).str.to_date(),
    "size": RNG.choice(["S", "M", "XL", "XXL"], N),
    "note": [f"the visit number {i:05d} was short" for i in range(N)],
    "path": [f"/shop/products/item{i:04d}" for i in range(N)],
    "code": [f"articleGroupNumber{i:04d}" for i in range(N)],
    "email": [f"p{i}@mail{i % 7}.de" for i in range(N)],
    "email_subject": [f"Sale number {i}" for i in range(N)],
    "phone": [f"+49 30 {i:06d}" for i in range(N)],
    "first_name": [f"Anna{chr(97 + i % 26)}" for i in range(N)],
    "email_id": [f"M{i:05d}" for i in range(N)],
    "few": ["***" if i < 5 else None for i in range(N)],
}


@pytest.mark.parametrize(("name", "cells", "how"), PLANTED)
def test_found_where_planted(said: Callable[..., Any], name: str, cells: Any, how: str) -> None:
    """Each way of taking identities out is told by its name."""
    finding = said(anonymised, pl.DataFrame({name: cells, "other": RNG.normal(0, 1, N)})).findings[0]
    assert finding.columns == (name,)
    assert how in finding.evidence[name]["how"]


def test_not_found_elsewhere(said: Callable[..., Any]) -> None:
    """Plain keys, addresses, places, dates and texts are none of these."""
    assert not said(anonymised, pl.DataFrame(CLEAN)).findings


@pytest.mark.parametrize("name", ["online_shoppers", "hillstrom"])
def test_real_tables(said: Callable[..., Any], real: Callable[[str], pl.DataFrame], name: str) -> None:
    """The real tables have no masked column."""
    assert not said(anonymised, real(name)).findings


@pytest.mark.parametrize(
    ("name", "cells"),
    [
        ("ip", [f"10.0.{i % 200}.{i % 251}" for i in range(500)]),
        ("mail", [f"user{i}@post.net" for i in range(500)]),
        (
            "customer_name",
            [f"{('Anna', 'Jörg', 'Zoë')[i % 3]}{'abcdefgh'[i % 8]} {'KLMNO'[i % 5]}." for i in range(500)],
        ),
        ("PLZ", [f"{10 + i % 80}" for i in range(500)]),
        ("zip", [100 + i % 700 for i in range(500)]),
        ("postcode", [f"{100 + i % 700}00" for i in range(500)]),
        ("lat", [48 + (i % 400) / 1000 for i in range(500)]),
    ],
)
def test_made_coarser(said: Callable[..., Any], name: str, cells: list[Any]) -> None:
    """Private networks, numbered mail, initials for last names, short postcodes and a grid of 100 m hide people."""
    frame = pl.DataFrame({name: cells, "x": np.random.default_rng(1).normal(size=500)})
    assert said(anonymised, frame).findings[0].columns == (name,)


@pytest.mark.parametrize(
    ("name", "cells"),
    [
        ("ip", [f"{50 + i % 90}.{i % 97}.{i % 200}.{i % 251}" for i in range(500)]),
        ("mail", [f"{'abcdefgh'[i % 8]}.smith{i % 50}x@post{i % 9}.net" for i in range(500)]),
        ("product_name", [f"Lamp {'KLMNO'[i % 5]}{i % 30}" for i in range(500)]),
        ("zip", [10_001 + 37 * (i % 400) for i in range(500)]),
        ("lat", [48 + (i * 7919 % 99_991) / 99_991 for i in range(500)]),
    ],
)
def test_not_made_coarser(said: Callable[..., Any], name: str, cells: list[Any]) -> None:
    """Public networks, personal mail, products, whole postcodes and fine coordinates are as they were."""
    frame = pl.DataFrame({name: cells, "x": np.random.default_rng(1).normal(size=500)})
    assert not said(anonymised, frame).findings
