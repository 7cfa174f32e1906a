"""Columns are taken as named; unnamed only where there is no doubt, and then told."""

from __future__ import annotations

import dataclasses

import polars as pl
import pytest

from clientela.activation.columns import Columns, refuse_sensitive, settle
from clientela.activation.options import AudienceOptions
from clientela.activation.platforms import Target
from clientela.domain.column import Field, Storage
from clientela.domain.errors import ClientelaError
from clientela.segments.result import Condition, Line

from .conftest import segments, shop

NAMED = {"visitor": "visitor", "time": "at"}
KINDS = {pl.Date: Storage.DATE, pl.Float64: Storage.NUMBER}


def settled(rows: pl.DataFrame, target: Target = Target.META, **options: str) -> Columns:
    """Settle the columns of some rows."""
    fields = [Field(name, KINDS.get(type(kind), Storage.TEXT)) for name, kind in rows.schema.items()]
    return settle(fields, rows, AudienceOptions(**options), target, NAMED)


def test_named_columns_are_taken() -> None:
    """Names and letters are taken, and nothing is guessed."""
    found = settled(shop(30), Target.GA4, consent="ads_ok", client_id="E", user_id="visitor")
    assert found == Columns("visitor", "ads_ok", client_id="client", user_id="visitor", time="at")
    assert found.identifiers == ("client", "visitor")
    assert found.needed == ("visitor", "ads_ok", "client", "at")


def test_what_cannot_be_mistaken_is_guessed() -> None:
    """E-mail, phone, client id and consent are taken where name and cells both say so, and told as guessed."""
    rows = shop(30).rename({"ads_ok": "Ad_Consent", "email": "E-Mail", "client": "GA client id"})
    found = settled(rows)
    assert (found.email, found.phone, found.consent) == ("E-Mail", "phone", "Ad_Consent")
    assert set(found.guessed) == {"E-Mail", "phone", "Ad_Consent"}
    assert settled(rows, Target.GA4).client_id == "GA client id"


@pytest.mark.parametrize(
    ("rows", "options", "said"),
    [
        (shop(30), {}, r"--consent COLUMN; the columns"),
        (shop(30).rename({"ads_ok": "consent"}), {}, r"'consent' may be it"),
        (shop(30).drop("email", "phone"), {"consent": "ads_ok"}, r"--email COLUMN or --phone COLUMN"),
        (shop(30).with_columns(email=pl.lit("none")).drop("phone"), {"consent": "ads_ok"}, r"an e-mail address or"),
        (shop(30).with_columns(mail=pl.col("email")).drop("phone"), {"consent": "ads_ok"}, r"--email"),
        (shop(5).drop("phone"), {"consent": "ads_ok"}, r"--email"),
        (shop(30), {"consent": "A:B"}, r"names 2 columns"),
        (shop(30), {"consent": "ads_okay"}, r"did you mean 'ads_ok'"),
    ],
)
def test_what_is_missing_or_doubtful_is_said(rows: pl.DataFrame, options: dict[str, str], said: str) -> None:
    """No consent column, no identifier, two that could be it, too few rows, a wrong name: one sentence each."""
    with pytest.raises(ClientelaError, match=said):
        settled(rows, **options)


def test_client_ids_that_lost_digits_are_refused() -> None:
    """Client ids stored as numbers are refused."""
    rows = shop(30).with_columns(client=pl.col("client").cast(pl.Float64))
    with pytest.raises(ClientelaError, match="lose the last digits"):
        settled(rows, Target.GA4, consent="ads_ok", client_id="client")


def test_without_a_visitor_the_identifier_stands_for_it() -> None:
    """Where no visitor is known, the first identifier is the visitor; a file with none of both is refused."""
    rows = shop(30).drop("visitor", "at")
    assert settled(rows, consent="ads_ok").visitor == "email"
    assert settled(rows, consent="ads_ok").time == ""
    with pytest.raises(ClientelaError, match="names no visitor"):
        settled(rows.drop("email", "phone"), Target.CSV, consent="ads_ok")


def test_segments_by_what_may_not_be_used() -> None:
    """A segment whose rule, or an earlier one, names a sensitive column is refused, and no other."""
    result = segments()
    refuse_sensitive(result, 1)
    plain = Condition("gender", "in", None, ("f",))
    for rule in (plain, Condition("", "points", 1.0, lines=(Line(plain, 1),))):
        first = dataclasses.replace(result.segments[0], conditions=(rule,))
        told = dataclasses.replace(result, segments=(first, result.segments[1]))
        for place in (0, 1):
            with pytest.raises(ClientelaError, match="'gender'"):
                refuse_sensitive(told, place)
