"""Segments are found by name or number."""

from __future__ import annotations

import dataclasses

import pytest

from clientela.activation.audience import find_segment
from clientela.domain.errors import InputError

from .conftest import segments


def test_segments_by_name_and_number() -> None:
    """An exact name wins over a number, case does not matter, and what names none is told with all there are."""
    result = segments()
    assert [find_segment(result, asked) for asked in ("All others", "ALL OTHERS ", "1", " 2")] == [1, 1, 0, 1]
    odd = dataclasses.replace(result, segments=(result.segments[0], dataclasses.replace(result.segments[1], name="1")))
    assert find_segment(odd, "1") == 1
    for asked in ("0", "3", "-1", "", "all", "\u0661", "9" * 5000):
        with pytest.raises(InputError, match="1 'High value: mobile', 2 'All others'"):
            find_segment(result, asked)
