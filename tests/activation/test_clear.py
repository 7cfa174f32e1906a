"""Personal data in clear are found wherever they stand, and codes are left alone."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clientela.activation.clear import check_body, in_clear
from clientela.activation.normalising import digest
from clientela.domain.errors import RefusedError


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("me@example.com", "an e-mail address"),
        ("user=me%40example.com&x", "an e-mail address"),
        ("Ms X <me@example.co.uk>", "an e-mail address"),
        ("+49 170 1234567", "a phone number"),
        ("call 0049(170)1234567", "a phone number"),
        ("1234567890.1234567890", ""),
        ("v-17", ""),
        ("a@b", ""),
        ("12+3", ""),
        ("High value: mobile", ""),
    ],
)
def test_what_is_told(text: str, found: str) -> None:
    """Addresses and international numbers are told, client ids and names of segments are not."""
    assert in_clear(text) == found


@settings(max_examples=25)
@given(st.emails())
def test_every_address_is_told(address: str) -> None:
    """Any address of the usual form is told, wherever it stands, and its digest is not."""
    if all(char not in address for char in "\"',;:="):
        assert in_clear(address)
        assert in_clear(f"x {address} y")
    assert in_clear(digest(address)) == ""


@pytest.mark.parametrize(
    "body",
    [
        {"client_id": "me@example.com"},
        {"user_properties": {"me@example.com": {"value": "x"}}},
        {"audienceMembers": [{"userData": {"userIdentifiers": [{"emailAddress": "dana"}]}}]},
        {"audienceMembers": [{"userData": {"userIdentifiers": [{"phoneNumber": digest("x").upper()}]}}]},
        {"payload": {"schema": ["EMAIL"], "data": [[digest("x")], ["dana"]]}},
        {"events": [{"name": "e", "params": {"a": ["+49 170 1234567"]}}]},
    ],
)
def test_bodies_with_something_in_clear_are_refused(body: dict[str, object]) -> None:
    """A body with an identifier in clear, in a key, a value or deep within, is refused without repeating it."""
    with pytest.raises(RefusedError, match="in clear") as caught:
        check_body(body)
    assert "dana" not in str(caught.value).replace("data", "")
    assert "example" not in str(caught.value)


def test_a_hashed_body_passes() -> None:
    """Digests, an empty cell among them, numbers and truths pass."""
    check_body(
        {"session": {"session_id": 1, "last": True}, "payload": {"schema": ["EMAIL"], "data": [[digest("x"), ""]]}}
    )
