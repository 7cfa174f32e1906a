"""What a platform says became of an audience, asked of a local server; nothing odd of an answer is repeated."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from clientela.activation.options import AudienceOptions, GoogleAds, Meta
from clientela.activation.platforms import Target
from clientela.activation.receipt import Receipt
from clientela.activation.sending import Line, endpoint
from clientela.activation.status import Status, status
from clientela.domain.errors import InputError

from .receiver import Receiver, receiving

NUMBER = "126365e1-16d0-4c81-9de9-f362711e250a"


def receipt(target: Target, sent: int = 1) -> Receipt:
    """Return the receipt of a sending."""
    answers = (f"request {NUMBER}", "9 received so far")
    return Receipt(
        "s", 1, target, "2026-03-09", False, 2, 2, {}, 0, 0.0, "k", {}, 0, {}, 1, 1, sent, answers
    )  # fmt: skip


def asked(server: Receiver, target: Target, answer: object) -> Status:
    """Return what is made of an answer."""
    server.told = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
    google = GoogleAds("1", "2", terms_accepted=True, server=server.address)
    options = AudienceOptions(google_ads=google, meta=Meta("9", server=server.address))
    names = (google.credential_env, options.meta.credential_env)
    return status(receipt(target), options, Line(endpoint(target, options, dict.fromkeys(names, "x"))))


@pytest.fixture
def server() -> Iterator[Receiver]:
    """A platform."""
    with receiving("meta") as found:
        yield found


def test_requests_at_google(server: Receiver) -> None:
    """Each request is asked for by its number, and its state is told, with counts and reasons of what failed."""

    def told(state: str, **more: object) -> Status:
        return asked(server, Target.GOOGLE_ADS, {"requestStatusPerDestination": [{"requestStatus": state, **more}]})

    assert told("SUCCESS") == Status((f"Request {NUMBER}: done",), failed=False)
    assert told("PROCESSING") == Status((f"Request {NUMBER}: being worked on",), failed=False)
    counts = [{"recordCount": "1200", "reason": "PROCESSING_ERROR_REASON_INVALID_HASH"}, {"recordCount": "x"}, "<b>"]
    assert told("PARTIAL_SUCCESS", errorInfo={"errorCounts": counts}) == Status(
        (f"Request {NUMBER}: done in part (1,200 x processing error reason invalid hash)",), failed=True
    )
    assert told("FAILED", errorInfo={"errorCounts": [{"recordCount": 1, "reason": "<script>"}]}).lines == (
        f"Request {NUMBER}: failed",
    )
    assert server.asked[0][0] == f"/v1/requestStatus:retrieve?requestId={NUMBER}"
    assert server.asked[0][1]["Authorization"] == "Bearer x"


def test_lists_at_meta(server: Receiver) -> None:
    """The list is asked for its state and size."""
    people = {"approximate_count_lower_bound": 1000, "approximate_count_upper_bound": 1200}
    said = {200: "ready", 300: "being worked on", 471: "something is wrong"}
    for code, words in said.items():
        found = asked(server, Target.META, {"operation_status": {"code": code, "description": "<b>"}, **people})
        assert found == Status((f"List 9: {words} (code {code}), 1,000 to 1,200 people",), failed=code >= 400)
    assert server.asked[0][0].startswith("/v25.0/9?fields=operation_status%2C")


@pytest.mark.parametrize("answer", [[], {}, {"requestStatusPerDestination": 5, "operation_status": "x"}, 7])
def test_odd_answers_say_nothing(server: Receiver, answer: object) -> None:
    """What is none of the reference is not known, and nothing of it is repeated."""
    assert asked(server, Target.GOOGLE_ADS, answer).lines == (f"Request {NUMBER}: not known",)
    assert asked(server, Target.META, answer).lines == ("List 9: not known",)


def test_who_cannot_be_asked_is_said(server: Receiver) -> None:
    """No answer, one that is no JSON, a platform that tells nothing, nothing sent: one sentence each."""
    server.replies = [403]
    with pytest.raises(InputError, match="Meta could not be asked: the receiver answered 403"):
        asked(server, Target.META, {})
    with pytest.raises(InputError, match="not understood"):
        asked(server, Target.META, b"<html>")
    line = Line(endpoint(Target.META, AudienceOptions(meta=Meta("9")), {"META_ACCESS_TOKEN": "x"}))
    with pytest.raises(InputError, match="tells nothing"):
        status(receipt(Target.GA4), AudienceOptions(), line)
    with pytest.raises(InputError, match="was sent to Meta yet"):
        status(receipt(Target.META, sent=0), AudienceOptions(), line)
