"""Requests on their way: with the credential from the environment, and tried again where that helps."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import msgspec

from clientela.activation.clear import check_body
from clientela.activation.options import AudienceOptions
from clientela.activation.platforms import PLATFORMS, Target
from clientela.domain.errors import InputError, RefusedError
from clientela.monitoring.alerting.outbox import NotDeliveredError
from clientela.monitoring.alerting.posting import post

ATTEMPTS, FIRST_WAIT = 5, 1.0
"""Attempts of one request, and seconds until the second, doubled each time."""

PATIENCE = 60.0
"""Seconds that a platform may take for ten thousand members."""

REQUEST = "request "
"""What an answer begins with that is the number of a request at Google."""

_PLAIN = re.compile(r"[A-Za-z0-9_-]{1,100}")
_COUNTED = {"num_received": "received so far", "num_invalid_entries": "not hashed right"}


@dataclass(frozen=True)
class Endpoint:
    """Where requests go; it holds a credential and is never shown or stored.

    Attributes:
        url: The address.
        headers: Headers with the credential.
        removal: Method and address of requests that take members off a list; empty where there are none.
    """

    url: str = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)
    removal: tuple[str, str] = field(default=("", ""), repr=False)


Post = Callable[[str, Mapping[str, Any] | None, Mapping[str, str], float, str], bytes]


@dataclass(frozen=True)
class Line:
    """How requests are sent.

    Attributes:
        endpoint: Where to.
        post: Sends one body once and returns the answer; raises `NotDeliveredError`.
        wait: Waits some seconds.
    """

    endpoint: Endpoint
    post: Post = post
    wait: Callable[[float], None] = time.sleep


def endpoint(target: Target, options: AudienceOptions, environment: Mapping[str, str]) -> Endpoint:
    """Return where the requests of a platform go.

    Args:
        target: The platform.
        options: Account and audience.
        environment: Variables by name, such as `os.environ`.

    Raises:
        InputError: The account, the audience or the credential is not named.
        RefusedError: The terms of Google were not accepted.
    """
    if target is Target.GOOGLE_ADS:
        google = options.google_ads
        _require("google_ads", account=google.account, audience=google.audience)
        if not google.terms_accepted:
            raise RefusedError(
                "Google takes an audience only from who accepts its Customer Match terms: read them at "
                "support.google.com/adspolicy/answer/6299717 and write terms_accepted = true under "
                "[audience.google_ads] in clientela.toml."
            )
        headers = {"Authorization": f"Bearer {_secret(google.credential_env, environment)}"}
        headers |= {"x-goog-user-project": google.project} if google.project else {}
        members = f"{google.server.rstrip('/')}/v1/audienceMembers"
        return Endpoint(f"{members}:ingest", headers, ("POST", f"{members}:remove"))
    if target is Target.META:
        meta = options.meta
        _require("meta", audience=meta.audience)
        headers = {"Authorization": f"Bearer {_secret(meta.credential_env, environment)}"}
        users = f"{meta.server.rstrip('/')}/{meta.version}/{meta.audience}/users"
        return Endpoint(users, headers, ("DELETE", users))
    if target is Target.GA4:
        ga4 = options.ga4
        _require("ga4", measurement=ga4.measurement)
        query = {"measurement_id": ga4.measurement, "api_secret": _secret(ga4.credential_env, environment)}
        return Endpoint(f"{ga4.server.rstrip('/')}/mp/collect?{urlencode(query)}", {})
    raise InputError("A csv file is sent nowhere: leave --send out, or name google-ads, ga4 or meta with --for.")


@dataclass(frozen=True)
class Sent:
    """What became of the requests.

    Attributes:
        count: Requests that were taken, in their order.
        answers: What the platform answered, where that says something.
        problem: Why it ended early, or "".
    """

    count: int
    answers: tuple[str, ...] = ()
    problem: str = ""


def send(
    requests: Iterable[Mapping[str, Any]],
    target: Target,
    line: Line,
    done: Callable[[Sent], object],
    *,
    removing: bool = False,
) -> Sent:
    """Send requests one after the other; the first that is not taken ends it.

    A request that may have arrived is repeated as it is: adding the same members to the same audience, or the same
    batch to the same session, changes nothing.

    Args:
        requests: Bodies, each checked for personal data in clear before it leaves.
        target: The platform.
        line: Where to and how.
        done: Told after each request.
        removing: Whether they take members off the list.

    Raises:
        RefusedError: A body holds an identifier in clear; it was not sent.
    """
    state = Sent(0)
    for body in requests:
        check_body(body)
        try:
            answer = _delivered(body, line, removing)
        except NotDeliveredError as error:
            return Sent(state.count, state.answers, _why(error, target))
        state = Sent(state.count + 1, _kept(state.answers, _said(answer, target, removing), target))
        done(state)
    return state


def _delivered(body: Mapping[str, Any], line: Line, removing: bool) -> bytes:
    endpoint = line.endpoint
    method, url = endpoint.removal if removing else ("POST", endpoint.url)
    for attempt in range(ATTEMPTS - 1):
        try:
            return line.post(url, body, endpoint.headers, PATIENCE, method)
        except NotDeliveredError as error:
            if not error.down:
                raise
        line.wait(FIRST_WAIT * 2**attempt)
    return line.post(url, body, endpoint.headers, PATIENCE, method)


def _why(error: NotDeliveredError, target: Target) -> str:
    if error.down:
        return f"{error.sentence}, {ATTEMPTS} times"
    return f"{error.sentence}: check the account, the audience and the credential of {PLATFORMS[target].name}"


def _kept(answers: tuple[str, ...], new: str, target: Target) -> tuple[str, ...]:
    """Return the answers with one more; Meta counts up, so that its last answer says all."""
    if not new:
        return answers
    return (new,) if target is Target.META else (*answers, new)


def _said(answer: bytes, target: Target, removing: bool) -> str:
    """Return of an answer what is worth keeping, and nothing that could be anything else."""
    try:
        found = msgspec.json.decode(answer) if answer else {}
    except msgspec.DecodeError:
        return ""
    if not isinstance(found, dict):
        return ""
    if target is Target.GOOGLE_ADS:
        number = found.get("requestId")
        return f"{REQUEST}{number}" if isinstance(number, str) and _PLAIN.fullmatch(number) else ""
    if target is Target.META and not removing:
        counts = [f"{found[key]:,} {what}" for key, what in _COUNTED.items() if isinstance(found.get(key), int)]
        return " and ".join(counts)
    return ""


def _require(section: str, **values: str) -> None:
    missing = [name for name, value in values.items() if not value]
    if missing:
        raise InputError(
            f"Nothing says where the audience goes: write {' and '.join(missing)} under [audience.{section}] in "
            "clientela.toml."
        )


def _secret(name: str, environment: Mapping[str, str]) -> str:
    value = environment.get(name, "")
    if not value:
        raise InputError(f"The environment variable {name} is not set: it must hold the credential to send with.")
    if not (value.isascii() and value.isprintable() and " " not in value):
        raise InputError(f"The environment variable {name} holds no credential: it has blanks or odd characters.")
    return value
