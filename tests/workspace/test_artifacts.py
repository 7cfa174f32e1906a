"""Records as JSON and back."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass

import pytest

from clientela.audit.result import Profile
from clientela.domain.column import Column, Role, Storage
from clientela.domain.errors import InputError
from clientela.domain.estimate import Estimate
from clientela.domain.record import Record
from clientela.domain.roles import Roles
from clientela.models.result import Curve, CurvePoint, Need, Worth
from clientela.workspace.artifacts import decode, encode


@dataclass(frozen=True)
class Pairs(Record):
    """A record with numbers in all the places where NaN may be."""

    pairs: tuple[tuple[float, float], ...]
    maybe: float | None
    inner: tuple[Estimate, ...]


def test_records_come_back_equal() -> None:
    """What was written is read back as the same record, nested ones and enums included."""
    roles = Roles(columns=(Column("a", Storage.TEXT, Role.LABEL, reason="über"),), label="a", order=("x", "y"))
    assert decode(encode(roles), Roles, "roles.json") == roles
    profile = Profile(Column("a", Storage.TEXT), "A", 3, 1, 2, top=(("x", 2),), signal=Estimate(0.5, 0.4, 0.6, 3, "m"))
    assert decode(encode(profile), Profile, "p.json") == profile


def test_undefined_numbers_are_null_in_json_and_nan_again() -> None:
    """NaN is written as null, for other readers, and read back as NaN; None stays None."""
    record = Pairs(((0.0, math.nan),), None, (Estimate(math.nan, 0.0, 1.0, 0, "none"),))
    data = encode(record)
    assert json.loads(data)["pairs"] == [[0.0, None]]
    back = decode(data, Pairs, "x")
    assert math.isnan(back.pairs[0][1])
    assert back.maybe is None
    assert math.isnan(back.inner[0].value)


@pytest.mark.parametrize("data", [b"", b"{", b"[]", b'{"columns": 3}', b'{"columns": [{"name": 1}]}', b"\xff"])
def test_damaged_files_are_one_sentence(data: bytes) -> None:
    """A file that is no such record is named, with what to do."""
    with pytest.raises(InputError, match="roles.json is damaged"):
        decode(data, Roles, "roles.json")


def test_worth_and_curve_come_back() -> None:
    """What is not known of a block (NaN, None) is the same after writing and reading."""
    gain = Estimate(0.1, 0.0, 0.2, 90, "bootstrap by visitor")
    item = Worth("a", False, ("a",), gain, gain, None, None, "nothing")
    back = decode(encode(item), Worth, "model.json")
    assert math.isnan(back.coverage)
    assert math.isnan(back.fan_out)
    assert (back.added, back.personal, back.kept) == (None, None, gain)
    points = (CurvePoint(100, gain),)
    curve = Curve(points, 0.9, 1.0, 0.5, points, gain, 0.005, 100, (Need("top", 5, None, 3),), (), "enough")
    assert decode(encode(curve), Curve, "model.json") == curve
