"""The real client against a local server that checks each request by the published schema."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

import pytest

from clientela.activation.bodies import Body, bodies, removals
from clientela.activation.options import AudienceOptions, Ga4, GoogleAds, Meta
from clientela.activation.platforms import Target
from clientela.activation.sending import ATTEMPTS, Line, Sent, endpoint, send
from clientela.domain.errors import ClientelaError, RefusedError

from .receiver import DROP, LATE, Receiver, receiving
from .test_bodies import people

SECRET = "s3cret-credential"
ENVIRONMENT = {"GOOGLE_DATAMANAGER_TOKEN": SECRET, "META_ACCESS_TOKEN": SECRET, "GA4_API_SECRET": SECRET}
PLATFORMS = [Target.GOOGLE_ADS, Target.META, Target.GA4]


def options(server: str) -> AudienceOptions:
    """Return options that lead to a server."""
    return AudienceOptions(
        google_ads=GoogleAds("1", "77", terms_accepted=True, project="shop", server=server),
        meta=Meta("99", server=server),
        ga4=Ga4("G-AB12CD34EF", server=server),
    )


def sending(server: Receiver, requests: list[Body] | None = None) -> tuple[Sent, list[Sent], list[float]]:
    """Send three members, and return the end, what was told on the way, and the waits."""
    target = Target(server.platform)
    asked = options(server.address)
    told: list[Sent] = []
    waits: list[float] = []
    line = Line(endpoint(target, asked, ENVIRONMENT), wait=waits.append)
    made = bodies(target, people(3), asked, "x", session=5, dry=False) if requests is None else iter(requests)
    return send(made, target, line, told.append), told, waits


@pytest.fixture(params=PLATFORMS)
def server(request: pytest.FixtureRequest) -> Iterator[Receiver]:
    """Run each platform."""
    with receiving(request.param.value) as found:
        yield found


def test_requests_are_taken(server: Receiver) -> None:
    """Every request arrives once, fits the schema, has its credential where the platform wants it, and is counted."""
    end, told, waits = sending(server)
    count = 3 if server.platform == "ga4" else 1
    assert (end.count, len(server.kept), server.wrong, waits, end.problem) == (count, count, [], [], "")
    assert [one.count for one in told] == list(range(1, count + 1))
    path, headers = server.asked[0]
    paths = {
        "google-ads": "/v1/audienceMembers:ingest",
        "meta": "/v25.0/99/users",
        "ga4": f"/mp/collect?measurement_id=G-AB12CD34EF&api_secret={SECRET}",
    }
    assert path == paths[server.platform]
    assert headers.get("Authorization") == (None if server.platform == "ga4" else f"Bearer {SECRET}")
    assert headers.get("x-goog-user-project") == ("shop" if server.platform == "google-ads" else None)
    answers = {"google-ads": ("request 126365e1-16d0-4c81-9de9-f362711e250a",), "ga4": ()}
    assert end.answers == answers.get(server.platform, ("9 received so far and 0 not hashed right",))


@pytest.mark.parametrize(
    ("target", "path", "answers"),
    [
        (Target.GOOGLE_ADS, "/v1/audienceMembers:remove", ("request 126365e1-16d0-4c81-9de9-f362711e250a",)),
        (Target.META, "/v25.0/99/users", ()),
    ],
)
def test_members_are_taken_off(target: Target, path: str, answers: tuple[str, ...]) -> None:
    """What takes members off goes where the platform wants it, is tried again, and is not told as received."""
    with receiving(target.value) as server:
        server.replies = [503]
        asked = options(server.address)
        line = Line(endpoint(target, asked, ENVIRONMENT), wait=lambda _: None)
        made = removals(target, [("email", "a" * 64)], asked, dry=False)
        end = send(made, target, line, lambda _: None, removing=True)
    assert (end, server.kept, server.wrong) == (Sent(1, answers), [], [])
    assert [asked_path for asked_path, _ in server.asked] == [path, path]
    assert len(server.removed) == 1


def test_busy_and_lost(server: Receiver) -> None:
    """429, 500, a connection lost before and one lost after the request was kept: tried again, and the same again."""
    server.replies = [429, 500, DROP, LATE]
    end, _, waits = sending(server)
    assert end.problem == ""
    assert waits == [1.0, 2.0, 4.0, 8.0]
    assert server.kept[0] == server.kept[1]
    assert server.wrong == []


def test_down_for_good(server: Receiver) -> None:
    """After five attempts it ends, and the reason holds neither credential nor answer."""
    server.replies = [200, *[503] * 9] if server.platform == "ga4" else [503] * 9
    end, _, _ = sending(server)
    assert end.count == (1 if server.platform == "ga4" else 0)
    assert end.problem == f"the receiver answered 503, {ATTEMPTS} times"


def test_refused(server: Receiver) -> None:
    """A request that is wrong or not allowed is not tried again."""
    server.replies = [403]
    end, _, waits = sending(server)
    assert (end.count, waits, len(server.asked)) == (0, [], 1)
    assert "the receiver answered 403: check the account" in end.problem
    assert "secret" not in end.problem.lower()


def test_wrong_bodies_are_told_by_the_server(server: Receiver) -> None:
    """The server is strict: a body with an unknown field is refused."""
    end, _, _ = sending(server, [{"unknown": 1}])
    assert end.count == 0
    assert server.wrong


def test_nobody_there(server: Receiver) -> None:
    """A server that is gone is tried five times; what is told holds no address."""
    target = Target(server.platform)
    line = Line(endpoint(target, options("http://127.0.0.1:1"), ENVIRONMENT), wait=lambda _: None)
    end = send([{"a": 1}], target, line, print)
    assert "connection refused, 5 times" in end.problem
    assert "127" not in end.problem


def test_clear_text_never_leaves(server: Receiver) -> None:
    """A body with an address in clear is not sent, though it was in the file of requests."""
    with pytest.raises(RefusedError, match="in clear"):
        sending(server, [{"client_id": "me@example.com"}])
    assert server.asked == []


def test_odd_answers_are_not_kept() -> None:
    """Of an answer only a request number or counts are kept: no text, no other type, no damaged JSON."""
    odd = [b'{"requestId": "<script>"}', b'{"requestId": 7}', b"[]", b"{", b"", b'{"num_received": "many"}']
    for target in (Target.GOOGLE_ADS, Target.META):
        for answer in odd:
            line = Line(endpoint(target, options("http://127.0.0.1:1"), ENVIRONMENT), post=lambda *_, a=answer: a)
            assert send([{"a": 1}], target, line, print).answers == ()


def test_endpoints_hide_their_credential() -> None:
    """Neither text nor representation of an endpoint or a line shows the credential."""
    for target in PLATFORMS:
        found = endpoint(target, options("https://x.example"), ENVIRONMENT)
        assert SECRET in str(found.headers) + found.url
        assert SECRET not in f"{found} {found!r} {Line(found)!r}"


@pytest.mark.parametrize(
    ("target", "change", "said"),
    [
        (Target.GOOGLE_ADS, {"google_ads": GoogleAds()}, r"account and audience under \[audience.google_ads\]"),
        (Target.GOOGLE_ADS, {"google_ads": GoogleAds("1", "2")}, r"terms_accepted = true"),
        (Target.META, {"meta": Meta()}, r"audience under \[audience.meta\]"),
        (Target.GA4, {"ga4": Ga4()}, r"measurement under \[audience.ga4\]"),
        (Target.CSV, {}, r"sent nowhere"),
        (Target.META, {"meta": Meta("9", credential_env="UNSET")}, r"variable UNSET is not set"),
        (Target.META, {"meta": Meta("9", credential_env="ODD")}, r"variable ODD holds no credential"),
    ],
)
def test_what_is_missing_to_send(target: Target, change: dict[str, object], said: str) -> None:
    """No account, no terms, no credential, an odd one: one sentence, without the credential."""
    asked = dataclasses.replace(options("https://x.example"), **change)
    with pytest.raises(ClientelaError, match=said) as caught:
        endpoint(target, asked, {**ENVIRONMENT, "ODD": "two words\r\nX: y"})
    assert "two words" not in str(caught.value)
