"""The holdout is the same visitors each time, and about as many as asked for."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from clientela.activation.holdout import held_out


@given(st.text(max_size=20), st.text(min_size=1, max_size=9), st.floats(0, 1), st.floats(0, 1))
def test_a_larger_share_keeps_the_same_and_more(visitor: str, key: str, first: float, second: float) -> None:
    """Nobody leaves the holdout when it grows; none are held at 0, all at 1."""
    low, high = sorted((first, second))
    assert held_out(visitor, key, high) or not held_out(visitor, key, low)
    assert not held_out(visitor, key, 0.0)
    assert held_out(visitor, key, 1.0)


def test_share_and_key() -> None:
    """Of 20,000 visitors a tenth is held out (5 deviations: 212), another tenth under another key."""
    visitors = [f"v{place}" for place in range(20_000)]
    first, second = ({v for v in visitors if held_out(v, key, 0.1)} for key in ("spring", "autumn"))
    assert abs(len(first) - 2000) < 212
    assert abs(len(second) - 2000) < 212
    assert abs(len(first & second) - 200) < 71
