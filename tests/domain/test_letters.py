"""Column letters and ranges."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clientela.domain.errors import ColumnError, InputError
from clientela.domain.letters import letter, position, resolve

NAMES = ["id", "time", "device", "page", "city", "A", "a,b", "x:y"]


@given(st.integers(min_value=0, max_value=20_000))
def test_letter_and_position_are_inverse(index: int) -> None:
    """Every index has one letter, and the letter leads back to it."""
    assert position(letter(index)) == index
    assert position(letter(index).lower()) == index


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        ("A:C", ("id", "time", "device")),
        ("F:", ("A", "a,b", "x:y")),
        (":B", ("id", "time")),
        ("B", ("time",)),
        ("A", ("A",)),
        ("a,b", ("a,b",)),
        ("x:y", ("x:y",)),
        ("c, id,B", ("device", "id", "time")),
        ("A:B,B", ("id", "time")),
        ("city", ("city",)),
    ],
)
def test_resolve(spec: str, expected: tuple[str, ...]) -> None:
    """Letters, ranges and names can be mixed; a name wins over a letter, order is as asked, no repeats."""
    assert resolve(spec, NAMES) == expected


@pytest.mark.parametrize("spec", ["A:Z", "Z:"])
def test_ranges_outside_the_table_say_what_fits(spec: str) -> None:
    """A range that does not fit names the letters the table has."""
    with pytest.raises(InputError, match="8 columns, A to H"):
        resolve(spec, NAMES)


def test_unknown_name_offers_the_nearest() -> None:
    """A name that is not there gets the nearest names, whatever the case."""
    with pytest.raises(ColumnError, match="did you mean 'device'"):
        resolve("DEVICE", NAMES)
    with pytest.raises(ColumnError, match="the columns are 'id', 'time'"):
        resolve("qqqqqqqq", NAMES)


def test_a_range_from_right_to_left() -> None:
    """C:A are the columns A to C."""
    assert resolve("C:A", ["x", "y", "z", "w"]) == ("x", "y", "z")
