"""The bodies of requests are what the platforms publish."""

from __future__ import annotations

import dataclasses

import msgspec
import pytest

from clientela.activation.bodies import (
    bodies,
    content,
    google_bodies,
    meta_bodies,
    place,
    property_value,
    removals,
    session_number,
)
from clientela.activation.clear import check_body
from clientela.activation.members import Member
from clientela.activation.normalising import digest
from clientela.activation.options import AudienceOptions, Ga4, GoogleAds, Meta
from clientela.activation.platforms import Target

from .schemas import REMOVALS, SCHEMAS

FULL = AudienceOptions(
    google_ads=GoogleAds(account="123-456-7890", audience="77", login="1112223333", terms_accepted=True),
    meta=Meta(audience="99"),
    ga4=Ga4(measurement="G-AB12CD34EF"),
)


def people(count: int) -> list[Member]:
    """Return members; every third has no phone, every fourth no e-mail."""
    return [
        Member(
            f"v{place}",
            email="" if place % 4 == 3 else digest(f"{place}@x.de"),
            phone="" if place % 3 == 2 and place % 4 != 3 else digest(f"+49{place}"),
            client_id=f"{place}.1",
            user_id="" if place % 2 else f"u{place}",
        )
        for place in range(count)
    ]


@pytest.mark.parametrize("target", [Target.GOOGLE_ADS, Target.META, Target.GA4])
@pytest.mark.parametrize("options", [FULL, AudienceOptions()])
def test_bodies_are_what_is_published(target: Target, options: AudienceOptions) -> None:
    """Every body fits the strict schema of its platform, with all options and with none, and holds nothing in clear."""
    made = list(bodies(target, people(20), options, "High value: mobile", session=5, dry=True))
    for body in made:
        msgspec.convert(body, SCHEMAS[target.value], strict=True)
        check_body(body)
    assert len(made) == (20 if target is Target.GA4 else 1)


def test_google_example() -> None:
    """The first member of Google's guide comes out as its guide shows it, and the request has all parts."""
    dana = Member("v", email="07e2f1394b0ea80e2adca010ea8318df697001a005ba7452720edda4b0ce57b3", phone=digest("+1"))
    (body,) = google_bodies([dana], FULL.google_ads, validate_only=False)
    assert body == {
        "destinations": [
            {
                "operatingAccount": {"accountType": "GOOGLE_ADS", "accountId": "1234567890"},
                "loginAccount": {"accountType": "GOOGLE_ADS", "accountId": "1112223333"},
                "productDestinationId": "77",
            }
        ],
        "audienceMembers": [
            {
                "userData": {"userIdentifiers": [{"emailAddress": dana.email}, {"phoneNumber": dana.phone}]},
                "consent": {"adUserData": "CONSENT_GRANTED", "adPersonalization": "CONSENT_GRANTED"},
            }
        ],
        "encoding": "HEX",
        "validateOnly": False,
        "termsOfService": {"customerMatchTermsOfServiceStatus": "ACCEPTED"},
    }


def test_terms_are_never_accepted_for_anybody() -> None:
    """Where nobody accepted the terms, the body does not say so."""
    (body,) = google_bodies(people(1), GoogleAds(), validate_only=True)
    assert "termsOfService" not in body
    assert body["validateOnly"] is True


def test_batches() -> None:
    """25,000 members make three requests; the last batch, and no other, is marked as the last."""
    many = [Member(f"v{place}", email=f"{place:064x}") for place in range(25_000)]
    made = list(meta_bodies(many, 7))
    assert [len(body["payload"]["data"]) for body in made] == [10_000, 10_000, 5_000]
    assert [body["session"]["batch_seq"] for body in made] == [1, 2, 3]
    assert [body["session"]["last_batch_flag"] for body in made] == [False, False, True]
    assert {body["session"]["session_id"] for body in made} == {7}
    assert made[0]["payload"]["schema"] == ["EMAIL"]
    assert [len(body["audienceMembers"]) for body in google_bodies(many, GoogleAds(), validate_only=True)] == [
        10_000,
        10_000,
        5_000,
    ]


def test_removals_are_what_is_published() -> None:
    """Requests that take off fit the schemas, ten thousand identifiers each and one kind each at Meta; others none."""
    keys = [("email", digest(f"{number}@x.example")) for number in range(10_001)] + [("phone", digest("+491701234567"))]
    options = AudienceOptions(google_ads=GoogleAds("123-456-7890", "7", "1"))
    google = list(removals(Target.GOOGLE_ADS, keys, options, dry=False))
    meta = list(removals(Target.META, keys, options, dry=False))
    for found, schema in ((google, REMOVALS["google-ads"]), (meta, REMOVALS["meta"])):
        for body in found:
            check_body(body)
            msgspec.json.decode(msgspec.json.encode(body), type=schema, strict=True)
    assert [len(body["audienceMembers"]) for body in google] == [10_000, 2]
    assert google[0]["destinations"][0]["loginAccount"]["accountId"] == "1"
    assert [(body["payload"]["schema"], len(body["payload"]["data"])) for body in meta] == [
        (["EMAIL"], 10_000),
        (["EMAIL"], 1),
        (["PHONE"], 1),
    ]
    assert list(removals(Target.GA4, keys, options, dry=False)) == []


def test_a_list_is_named_by_account_and_audience() -> None:
    """Two lists are told apart; where none is named, or there are none, there is nothing to take off."""
    one = AudienceOptions(google_ads=GoogleAds("123-456-7890", "7"), meta=Meta("9"))
    assert [place(target, one) for target in Target] == ["1234567890/7", "", "9", ""]
    assert place(Target.GOOGLE_ADS, AudienceOptions()) == place(Target.META, AudienceOptions()) == ""


def test_a_file_has_no_requests() -> None:
    """A csv file takes no request."""
    assert list(bodies(Target.CSV, people(3), FULL, "x", session=0, dry=True)) == []


def test_property_values() -> None:
    """A value has 36 characters at most, is one line, and long names stay apart by their number."""
    long = "Visits with many pages and a long stay on the site"
    assert property_value(long, 1) != property_value(long, 2)
    assert all(len(property_value(name, 3)) <= 36 for name in (long, "x" * 36, "x" * 37))
    assert property_value("a\n\u202eb", 1) == "a b"
    assert property_value("\u202e", 4) == "4"


def test_content_and_sessions() -> None:
    """The same audience has the same digest and session; another member, account or segment has another."""
    plain = content(Target.META, people(3), FULL, "x")
    assert content(Target.META, people(3), FULL, "x") == plain
    moved = dataclasses.replace(FULL, meta=Meta(audience="98"))
    others = {
        content(Target.META, people(2), FULL, "x"),
        content(Target.META, people(3), FULL, "y"),
        content(Target.META, people(3), moved, "x"),
        content(Target.CSV, people(3), FULL, "x"),
    }
    assert len(others | {plain}) == 5
    numbers = {session_number(str(place)) for place in range(1000)}
    assert len(numbers) == 1000
    assert min(numbers) >= 1
    assert max(numbers) < 2**63


@pytest.mark.parametrize(
    "change",
    [
        {"extra": 1},
        {"encoding": "HEX64"},
        {"audienceMembers": []},
        {"validateOnly": "true"},
        {"audienceMembers": [{"userData": {"userIdentifiers": [{"emailAddress": "dana@example.com"}]}, "consent": {}}]},
    ],
)
def test_the_schema_refuses_what_is_wrong(change: dict[str, object]) -> None:
    """The schema that bodies are held against is strict: unknown fields, other words, empty lists, clear text."""
    (body,) = google_bodies(people(1), GoogleAds(), validate_only=True)
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({**body, **change}, SCHEMAS["google-ads"], strict=True)
