"""The bodies of requests, as the platforms document them; where they go is settled in `sending`.

Google: `audienceMembers.ingest` and `.remove` of the Data Manager API (developers.google.com/data-manager/api/
reference/rest/v1/audienceMembers/ingest). Meta: `/{custom_audience_id}/users` (developers.facebook.com/documentation/
ads-commerce/marketing-api/audiences/guides/custom-audiences). Google Analytics 4: Measurement Protocol
(developers.google.com/analytics/devguides/collection/protocol/ga4/reference).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from typing import Any, TypeVar

from clientela.activation.members import Member
from clientela.activation.options import AudienceOptions, Ga4, GoogleAds
from clientela.activation.platforms import PLATFORMS, Target

Body = dict[str, Any]

ACCOUNT, AUDIENCE = "OPERATING_ACCOUNT_ID", "AUDIENCE_ID"
"""What stands in a body of a dry run where clientela.toml does not name the account or audience."""

LONGEST_VALUE = 36
"""Most characters of the value of a user property (support.google.com/analytics/answer/9267744)."""

EVENT = "clientela_segment"
"""Name of the event that carries a user property; the protocol takes no request without one."""

_SESSIONS = 2**63 - 1
_GOOGLE_NAMES = {"email": "emailAddress", "phone": "phoneNumber"}
T = TypeVar("T")


def google_bodies(members: Sequence[Member], options: GoogleAds, *, validate_only: bool) -> Iterator[Body]:
    """Yield the requests that add members to an audience of Google Ads.

    Args:
        members: The members.
        options: The audience.
        validate_only: Whether Google shall check the request and change nothing.
    """
    consent = {"adUserData": "CONSENT_GRANTED", "adPersonalization": "CONSENT_GRANTED"}
    for group in _groups(members, PLATFORMS[Target.GOOGLE_ADS].batch):
        body: Body = {
            "destinations": [_destination(options)],
            "audienceMembers": [
                {"userData": {"userIdentifiers": _identifiers(member)}, "consent": consent} for member in group
            ],
            "encoding": "HEX",
            "validateOnly": validate_only,
        }
        if options.terms_accepted:
            body["termsOfService"] = {"customerMatchTermsOfServiceStatus": "ACCEPTED"}
        yield body


def google_removals(keys: Sequence[tuple[str, str]], options: GoogleAds, *, validate_only: bool) -> Iterator[Body]:
    """Yield the requests that take identifiers, pairs of kind and digest, off an audience of Google Ads."""
    for group in _groups(keys, PLATFORMS[Target.GOOGLE_ADS].batch):
        yield {
            "destinations": [_destination(options)],
            "audienceMembers": [
                {"userData": {"userIdentifiers": [{_GOOGLE_NAMES[kind]: digest}]}} for kind, digest in group
            ],
            "encoding": "HEX",
            "validateOnly": validate_only,
        }


def meta_removals(keys: Sequence[tuple[str, str]]) -> Iterator[Body]:
    """Yield the requests that take identifiers, pairs of kind and digest, off a custom audience of Meta."""
    for kind in ("email", "phone"):
        digests = [digest for own, digest in keys if own == kind]
        for group in _groups(digests, PLATFORMS[Target.META].batch):
            yield {"payload": {"schema": [kind.upper()], "data": [[digest] for digest in group]}}


def meta_bodies(members: Sequence[Member], session: int) -> Iterator[Body]:
    """Yield the requests of one session that adds members to a custom audience of Meta.

    Args:
        members: The members.
        session: Number of the session, 1 to 2^63 - 1.
    """
    kinds = [kind for kind in ("email", "phone") if any(getattr(member, kind) for member in members)]
    size = PLATFORMS[Target.META].batch
    last = -(-len(members) // size)
    for number, group in enumerate(_groups(members, size), start=1):
        yield {
            "session": {
                "session_id": session,
                "batch_seq": number,
                "last_batch_flag": number == last,
                "estimated_num_total": len(members),
            },
            "payload": {
                "schema": [kind.upper() for kind in kinds],
                "data": [[getattr(member, kind) for kind in kinds] for member in group],
            },
        }


def ga4_bodies(members: Sequence[Member], segment: str, options: Ga4) -> Iterator[Body]:
    """Yield one request per member that sets the user property with the segment.

    Args:
        members: The members, each with a client id.
        segment: Value of the property, as `property_value` gives it.
        options: Name of the property.
    """
    for member in members:
        body: Body = {"client_id": member.client_id}
        if member.user_id:
            body["user_id"] = member.user_id
        yield {
            **body,
            "consent": {"ad_user_data": "GRANTED", "ad_personalization": "GRANTED"},
            "user_properties": {options.property: {"value": segment}},
            "events": [{"name": EVENT, "params": {}}],
        }


def bodies(
    target: Target, members: Sequence[Member], options: AudienceOptions, segment: str, *, session: int, dry: bool
) -> Iterator[Body]:
    """Yield the requests for a platform; none for a file.

    Args:
        target: The platform.
        members: The members.
        options: Where they go.
        segment: Value that says the segment.
        session: Number of the session.
        dry: Whether nothing shall change where it is sent all the same.
    """
    if target is Target.GOOGLE_ADS:
        return google_bodies(members, options.google_ads, validate_only=dry)
    if target is Target.META:
        return meta_bodies(members, session)
    return ga4_bodies(members, segment, options.ga4) if target is Target.GA4 else iter(())


def removals(target: Target, keys: Sequence[tuple[str, str]], options: AudienceOptions, *, dry: bool) -> Iterator[Body]:
    """Yield the requests that take identifiers off a list; none where the platform has no list.

    Args:
        target: The platform.
        keys: Kinds and digests.
        options: Which list.
        dry: Whether nothing shall change where it is sent all the same.
    """
    if target is Target.GOOGLE_ADS:
        return google_removals(keys, options.google_ads, validate_only=dry)
    return meta_removals(keys) if target is Target.META else iter(())


def place(target: Target, options: AudienceOptions) -> str:
    """Return which list at a platform is meant, or "" where none is named or there are no lists."""
    google, meta = options.google_ads, options.meta
    if target is Target.GOOGLE_ADS and google.account and google.audience:
        return f"{google.account.replace('-', '')}/{google.audience}"
    return meta.audience if target is Target.META else ""


def property_value(name: str, number: int) -> str:
    """Return a segment's name as the value of a user property: 36 characters at most, unique by its number.

    >>> property_value("Mobile", 2)
    'Mobile'
    >>> property_value("Visits with many pages and a long stay", 3)
    '3 Visits with many pages and a long'
    """
    plain = " ".join("".join(char if char.isprintable() else " " for char in name).split())
    return plain if 0 < len(plain) <= LONGEST_VALUE else f"{number} {plain}"[:LONGEST_VALUE].strip()


def session_number(*parts: str) -> int:
    """Return the number of a session, 1 to 2^63 - 1: the same for the same parts, whenever it is asked for.

    >>> session_number("meta", "1") == session_number("meta", "1") != session_number("meta1")
    True
    """
    drawn = hashlib.sha256("\n".join(parts).encode()).digest()
    return int.from_bytes(drawn[:8], "big") % _SESSIONS + 1


def content(target: Target, members: Sequence[Member], options: AudienceOptions, segment: str) -> str:
    """Return a digest of what is sent and where: the same for the same audience."""
    place = {
        Target.GOOGLE_ADS: options.google_ads.to_dict(),
        Target.META: options.meta.to_dict(),
        Target.GA4: options.ga4.to_dict(),
    }.get(target, {})
    hasher = hashlib.sha256(repr((target.value, sorted(place.items()), segment)).encode())
    for member in members:
        hasher.update(repr((member.visitor, *member.keys)).encode())
    return hasher.hexdigest()


def _groups(members: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    return (members[start : start + size] for start in range(0, len(members), size))


def _destination(options: GoogleAds) -> Body:
    destination: Body = {
        "operatingAccount": _account(options.account or ACCOUNT),
        "productDestinationId": options.audience or AUDIENCE,
    }
    return {**destination, "loginAccount": _account(options.login)} if options.login else destination


def _account(number: str) -> Body:
    return {"accountType": "GOOGLE_ADS", "accountId": number.replace("-", "")}


def _identifiers(member: Member) -> list[Body]:
    return [{name: value} for kind, name in _GOOGLE_NAMES.items() if (value := getattr(member, kind))]
