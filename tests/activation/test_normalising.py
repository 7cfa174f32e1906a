"""Identifiers become one form, and that form has the digest the platforms publish."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clientela.activation.normalising import digest, email, hashed, phone

GOOGLE_EMAILS = {
    "dana@example.com": "07e2f1394b0ea80e2adca010ea8318df697001a005ba7452720edda4b0ce57b3",
    "DanaM@example.com": "1df6b43bc68dd38eca94e6a65b4f466ae537b796c81a526918b40ac4a7b906c7",
    "ALEXF@example.com": "19de0a9906ebee29fe82087be5ec44f3c01e40730bc808b663c71f19dd6b12f2",
    "AlexF@cymbalgroup.com": "7d2d80e240594dcee2e57f57885ee286c4b232dd142234d7a0af6d31cc86679b",
    "alexF@altostrat.com": "063c45291827d4994f98357b72862b25885834fd53cf8f0e4af359916fc03c62",
    "quinn@CYMBALGROUP.com": "05bb62526f091b45d20e243d194766cca8869137421047dc53fa4876d111a6f0",
    "baklavainthebalkans@gmail.com": "f1fcde379f31f4d446b76ee8f34860eca2288adc6b6d6c0fdc56d9eee75a2fa5",
    "rosario@example.org": "83a834cc5327bc4dee7c5408988040dc5813c7662611cd93b707aff72bf7d33f",
    "cloudySanFrancisco@GMAIL.com": "223ebda6f6889b1494551ba902d9d381daf2f642bae055888e96343d53e9f9c4",
}
GOOGLE_PHONES = {
    "+1-800-555-0100": "fb4f73a6ec5fdb7077d564cdd22c3554b43ce49168550c3b12c547b78c517b30",
    "+1 800-555-0101": "61d6c2976b5d92b1ad63073a12fddd26040cd980067d03a93dd1cc50f1a3ac68",
    "+1 800-555-0102": "c5383c2eeada28210d27f011bc127d4f9562cf38ff0c9bba33dd45ae79b9fe7c",
    "+1-800-555-0110": "525c2390a4e2a9766fa8ddc341dd10414603baebefa401f5a5e29f55e176525d",
}
"""Google, "Send audience members" (Data Manager API), sample data before and after hashing."""


@pytest.mark.parametrize(("written", "published"), GOOGLE_EMAILS.items())
def test_emails_have_the_digests_that_google_publishes(written: str, published: str) -> None:
    """Every address of Google's guide gets the digest of Google's guide."""
    assert digest(email(written, google=True).text) == published


@pytest.mark.parametrize(("written", "published"), GOOGLE_PHONES.items())
def test_phones_have_the_digests_that_google_publishes(written: str, published: str) -> None:
    """Every number of Google's guide gets the digest of Google's guide."""
    assert digest(phone(written, "").text) == published


def test_formatting_guide_of_google() -> None:
    """The examples of the formatting guide: gmail loses dots and suffix, other domains keep both, (800)555-0100."""
    assert email("cloudy.sanfrancisco+shopping@gmail.com", google=True).text == "cloudysanfrancisco@gmail.com"
    assert email("a.b+c@GoogleMail.com", google=True).text == "ab@googlemail.com"
    assert email("user.name+NYC@Example.com", google=True).text == "user.name+nyc@example.com"
    assert phone("(800)555-0100", "1").text == "+18005550100"


def test_digests_that_meta_publishes() -> None:
    """The examples of Meta's guides get Meta's digests; gmail keeps its dots there, and numbers lose their plus."""
    published = {
        "mary@example.com": "f1904cf1a9d73a55fa5de0ac823c4403ded71afd4c3248d00bdcd0866552bb79",
        "John_Smith@gmail.com": "62a14e44f765419d10fea99367361a727c12365e2520f32218d505ed9aa0f62f",
    }
    for written, wanted in published.items():
        assert digest(email(f" {written}\t", google=False).text) == wanted
    assert digest("15559876543") == "1ef970831d7963307784fa8688e8fce101a15685d62aa765fed23f3a2c576a4e"
    number = phone("+1 (650) 555-1212", "").text.removeprefix("+")
    assert digest(number) == "e323ec626319ca94ee8bff2e4c87cf613be6ea19919ed1364124e16807ab3176"
    assert email("a.b+c@gmail.com", google=False).text == "a.b+c@gmail.com"


@pytest.mark.parametrize(
    ("written", "country", "wanted"),
    [
        ("+49 (0)30 123456", "", "+4930123456"),
        ("0049-30-123456", "", "+4930123456"),
        ("030/123456", "+49", "+4930123456"),
        ("tel:+49.30.123456", "", "+4930123456"),
        ("06 1234 5678", "39", "+390612345678"),
        ("1 (212) 555-0100", "1", "+12125550100"),
    ],
)
def test_phones_as_people_write_them(written: str, country: str, wanted: str) -> None:
    """International, national, with a trunk zero that goes (or, in Italy, stays): one form."""
    assert phone(written, country).text == wanted


@pytest.mark.parametrize(
    ("written", "country", "why"),
    [
        ("030 123456", "", "without a country code"),
        ("491701234567", "49", "with a country code but no +"),
        ("555-0100", "1", "no phone number"),
        ("1-800-FLOWERS", "1", "no phone number"),
        ("+49", "", "no phone number"),
        ("+4912345678901234", "", "no phone number"),
        ("", "49", "no phone number"),
        ("+\u0664\u0669\u0661\u0667\u0660\u0661\u0662\u0663\u0664\u0665", "", "no phone number"),
        ("=cmd()", "49", "no phone number"),
    ],
)
def test_numbers_that_are_none_say_why(written: str, country: str, why: str) -> None:
    """What cannot be told for sure is no number, and the reason is given."""
    assert phone(written, country).text == ""
    assert why in phone(written, country).problem


@pytest.mark.parametrize(
    "written",
    [
        "",
        "x",
        "a@b",
        "@example.com",
        "a@",
        "a b@example.com",
        "a@b@c.de",
        "a@-x.de",
        "a" * 250 + "@x.de",
        "a@x.de\x00",
        "=a,b@x.de",
    ],
)
def test_addresses_that_are_none(written: str) -> None:
    """No address, no digest."""
    assert email(written, google=False) == ("", "no e-mail address")


def test_blanks_within() -> None:
    """Google has blanks within an address removed; for Meta such an address is none."""
    assert email("a b@exam ple.com", google=True).text == "ab@example.com"
    assert email("+tag@gmail.com", google=True).problem


@given(st.text(max_size=40) | st.emails(), st.booleans())
def test_email_is_normal_once(written: str, google: bool) -> None:
    """Normalising twice is normalising once, and whatever comes out is lower case without blanks."""
    once = email(written, google=google).text
    if once:
        assert email(once, google=google).text == once
        assert once == once.lower()
        assert not re.search(r"\s", once)


@given(st.text(alphabet="+0123456789 ()-./", max_size=22), st.sampled_from(["", "1", "39", "49", "+44"]))
def test_phone_is_normal_once(written: str, country: str) -> None:
    """Whatever comes out is E.164, and comes out of itself again, whatever the country."""
    once = phone(written, country).text
    if once:
        assert re.fullmatch(r"\+[1-9][0-9]{7,14}", once)
        assert phone(once, country).text == phone(once, "").text == once


def test_digests_are_recognised() -> None:
    """64 hexadecimal digits in any case are a digest already, and nothing else is."""
    assert hashed(" " + digest("x").upper()) == digest("x")
    assert hashed(digest("x")[:-1]) == hashed("mary@example.com") == ""
