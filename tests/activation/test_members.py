"""Who is in, who is out and why: every visitor of the segment is counted once."""

from __future__ import annotations

import dataclasses

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clientela.activation import members as of
from clientela.activation.holdout import held_out
from clientela.activation.members import Chosen, choose, visitors_of
from clientela.activation.normalising import digest
from clientela.activation.options import AudienceOptions
from clientela.activation.platforms import Target
from clientela.domain.errors import RefusedError

from .conftest import COLUMNS, shop, visits

OPEN = AudienceOptions(holdout=0.0)


def chosen(rows: pl.DataFrame, target: Target = Target.META, options: AudienceOptions = OPEN) -> Chosen:
    """Choose the members of the mobile visitors."""
    return choose(visitors_of(visits(rows)), COLUMNS, target, options)


def row(visitor: str | None, day: int, **other: object) -> dict[str, object]:
    """Return one visit."""
    plain = {"email": f"{visitor}@x.de", "phone": None, "client": "1.2", "ads_ok": "yes", "device": "mobile"}
    return {"visitor": visitor, "at": day, **plain, **other}


def test_the_last_visit_says_where_a_visitor_belongs() -> None:
    """Segment and identifiers are those of the last visit that names them, whatever the order of the rows."""
    rows = pl.DataFrame(
        [
            row("a", 2, device="mobile", email=None),
            row("a", 1, device="desktop", email="old@x.de"),
            row("b", 1, device="mobile"),
            row("b", 2, device="desktop"),
            row(None, 3),
        ]
    )
    found = visitors_of(visits(rows))
    assert found.select("visitor", "inside", "email").rows() == [("a", True, "old@x.de"), ("b", False, "b@x.de")]


def test_the_last_word_on_consent_counts() -> None:
    """Consent withdrawn is none, consent given later is one, silence changes nothing, a tie needs every yes."""
    rows = pl.DataFrame(
        [
            row("withdrawn", 1),
            row("withdrawn", 2, ads_ok="no"),
            row("given", 1, ads_ok="no"),
            row("given", 2),
            row("silent", 1),
            row("silent", 2, ads_ok=None),
            row("never", 1, ads_ok=None),
            row("tie", 1),
            row("tie", 1, ads_ok="no"),
        ]
    )
    found = dict(visitors_of(visits(rows)).select("visitor", "consent").rows())
    assert found == {"withdrawn": False, "given": True, "silent": True, "never": False, "tie": False}
    without = dict(visitors_of(visits(rows).drop("time")).select("visitor", "consent").rows())
    assert without == {"withdrawn": False, "given": False, "silent": True, "never": False, "tie": False}


def test_each_reason_is_told() -> None:
    """Consent, identifiers, and identifiers shared with somebody who said no or was there already."""
    rows = pl.DataFrame(
        [
            row("first", 1, email="one@x.de", phone="+49 30 1234567"),
            row("again", 1, email="ONE@x.de"),
            row("other", 1, email="no@x.de"),
            row("refuser", 1, email="no@x.de", ads_ok="no", device="desktop"),
            row("insider", 1, ads_ok="no"),
            row("nothing", 1, email="none"),
            row("phone", 1, email="none", phone="030 1234567"),
        ]
    )
    found = chosen(rows)
    assert [one.visitor for one in found.members] == ["first"]
    assert found.members[0].email == digest("one@x.de")
    assert found.members[0].phone == digest("49301234567")
    assert found.asked == 6
    assert found.refused == {of.NO_CONSENT: 1, of.REPEATED: 1, of.SHARED_DENIED: 1, of.NO_IDENTIFIER: 2}
    assert found.unusable == {"no e-mail address": 2, "phone number without a country code": 1}
    other = chosen(rows, options=dataclasses.replace(OPEN, country_code="49"))
    assert {one.visitor for one in other.members} == {"first"}
    assert other.refused[of.REPEATED] == 2


def test_platforms_differ() -> None:
    """Google hashes numbers with their plus and gmail without dots; digests in the table are taken as they are."""
    rows = pl.DataFrame(
        [row("a", 1, email="a.b@gmail.com", phone="+49301234567"), row("b", 1, email=digest("b@x.de").upper())]
    )
    google, meta = chosen(rows, Target.GOOGLE_ADS), chosen(rows)
    assert google.members[0].keys == (("email", digest("ab@gmail.com")), ("phone", digest("+49301234567")))
    assert meta.members[0].keys == (("email", digest("a.b@gmail.com")), ("phone", digest("49301234567")))
    assert google.members[1].email == meta.members[1].email == digest("b@x.de")
    assert google.hashed == 1


def test_the_holdout_is_kept_out_under_every_name() -> None:
    """Nobody held out is sent, not even under an identifier shared with a visitor who is not held out."""
    options = AudienceOptions(holdout=0.3)
    held = [f"v{place}" for place in range(50) if held_out(f"v{place}", "clientela", 0.3)]
    free = [f"v{place}" for place in range(50) if f"v{place}" not in held]
    rows = pl.DataFrame(
        [
            row(held[0], 1),
            row(held[1], 1, device="desktop", email="two@x.de"),
            row(held[2], 1, email="none"),
            row(free[0], 1, email=f"{held[0]}@x.de"),
            row(free[1], 1, email="two@x.de"),
            row(free[2], 1),
        ]
    )
    found = chosen(rows, options=options)
    assert [one.visitor for one in found.members] == [free[2]]
    assert found.holdout == 1
    assert found.refused == {of.SHARED_HELD: 2, of.NO_IDENTIFIER: 1}


def test_client_ids() -> None:
    """Google Analytics gets client ids as they are; what cannot be one is left out; without one nobody is sent."""
    columns = dataclasses.replace(COLUMNS, email="", phone="", client_id="client", user_id="visitor")
    rows = pl.DataFrame(
        [
            row("a", 1, client=" 1234567890.1234567890"),
            row("b", 1, client="=1+1"),
            row("c", 1, client=None),
            row("d", 1, client="x" * 257),
            row("e", 1, client="a b"),
            row("f", 1, client="a\u202e"),
        ]
    )
    found = choose(visitors_of(visits(rows, columns)), columns, Target.GA4, OPEN)
    assert [(one.client_id, one.user_id) for one in found.members] == [("1234567890.1234567890", "a")]
    assert found.refused == {of.NO_IDENTIFIER: 5}
    assert found.unusable == {"no client id or user id": 4}


@pytest.mark.parametrize("target", [Target.GA4, Target.CSV])
def test_personal_data_in_clear_are_refused(target: Target) -> None:
    """A column that goes out as it is and holds an address is refused; the address is not repeated."""
    columns = dataclasses.replace(COLUMNS, email="", phone="", client_id="client" if target is Target.GA4 else "")
    rows = pl.DataFrame([row("me@example.com" if target is Target.CSV else "a", 1, client="me@example.com")])
    with pytest.raises(RefusedError, match="an e-mail address in clear") as caught:
        choose(visitors_of(visits(rows, columns)), columns, target, OPEN)
    assert "example.com" not in str(caught.value)


def test_files_need_no_identifier_but_the_visitor() -> None:
    """In a file a visitor without e-mail and phone is a member too, and held out all the same."""
    rows = pl.DataFrame([row(f"v{place}", 1, email=None) for place in range(50)])
    found = chosen(rows, Target.CSV, AudienceOptions(holdout=0.3))
    assert len(found.members) + found.holdout == found.asked == 50
    assert found.holdout > 5


CELLS = st.fixed_dictionaries(
    {
        "visitor": st.sampled_from(["a", "b", "c", "d", "e", None]),
        "at": st.integers(1, 3) | st.none(),
        "email": st.sampled_from(["a@x.de", "b@x.de", "A@x.de", "none", None]),
        "phone": st.sampled_from(["+4930123456", "030123456", None]),
        "client": st.sampled_from(["1.2", "3.4", None]),
        "ads_ok": st.sampled_from(["yes", "no", None]),
        "device": st.sampled_from(["mobile", "desktop"]),
    }
)


@settings(max_examples=25)
@given(st.lists(CELLS, min_size=1, max_size=12), st.sampled_from(list(Target)), st.sampled_from([0.0, 0.5]))
def test_everybody_is_counted_once(cells: list[dict[str, object]], target: Target, share: float) -> None:
    """Asked is members, holdout and refused together; nobody who said no, or is held out, is sent under any name."""
    kinds = {
        "at": pl.Int64(),
        **dict.fromkeys(["visitor", "email", "phone", "client", "ads_ok", "device"], pl.String()),
    }
    columns = dataclasses.replace(COLUMNS, client_id="client")
    people = visitors_of(visits(pl.DataFrame(cells, schema=kinds), columns))
    found = choose(people, columns, target, AudienceOptions(holdout=share, country_code="49"))
    assert found.asked == people["inside"].sum() == len(found.members) + found.holdout + sum(found.refused.values())
    refusers = people.filter(~pl.col("consent")).with_columns(consent=pl.lit(True), inside=pl.lit(True))
    denied = choose(refusers, columns, target, AudienceOptions(holdout=0.0, country_code="49"))
    sent = {key for one in found.members for key in one.keys}
    assert not sent & {key for one in denied.members for key in one.keys}
    assert not [one for one in found.members if held_out(one.visitor, "clientela", share)]
    visible = [key for one in found.members for key in one.keys]
    assert len(visible) == len(set(visible))


def test_the_shop() -> None:
    """Of the shop's mobile visitors those without consent are left out, and nobody else."""
    found = chosen(shop())
    assert found.asked == 266
    assert found.refused == {of.NO_CONSENT: 26}
    assert len(found.members) == 240
