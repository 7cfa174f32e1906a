"""Options that cannot work are refused with a sentence, and secrets are never repeated."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from clientela.activation.options import AudienceOptions, Ga4, GoogleAds, Meta


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: GoogleAds(account="shop"), "`account`"),
        (lambda: GoogleAds(login="12-3x"), "`login`"),
        (lambda: GoogleAds(audience="../7"), "`audience`"),
        (lambda: GoogleAds(project="a b"), "`project`"),
        (lambda: GoogleAds(server="http://example.com"), "https"),
        (lambda: GoogleAds(server="https://me:pw@example.com"), "https"),
        (lambda: Meta(server="https://[x"), "https"),
        (lambda: Meta(server="https://example.com?x=1"), "https"),
        (lambda: Meta(version="25"), "`version`"),
        (lambda: Ga4(measurement="UA-1"), "`measurement`"),
        (lambda: Ga4(stream="x"), "`stream`"),
        (lambda: Ga4(property="user_id"), "`property`"),
        (lambda: Ga4(property="ga_tier"), "`property`"),
        (lambda: Ga4(property="a" * 25), "`property`"),
        (lambda: Ga4(property="1a"), "`property`"),
        (lambda: AudienceOptions(holdout=1.0), "holdout"),
        (lambda: AudienceOptions(holdout=float("nan")), "holdout"),
        (lambda: AudienceOptions(holdout_key=""), "holdout_key"),
        (lambda: AudienceOptions(least=0), "`least`"),
        (lambda: AudienceOptions(country_code="de"), "country code"),
    ],
)
def test_wrong_options(make: Callable[[], object], said: str) -> None:
    """Each wrong value is named."""
    with pytest.raises(ValueError, match=said):
        make()


def test_a_secret_in_the_place_of_a_name_is_not_repeated() -> None:
    """Who writes the secret itself is told so, without the secret."""
    for make in (GoogleAds, Meta, Ga4):
        with pytest.raises(ValueError, match="not the secret itself") as caught:
            make(credential_env="ya29.secret-token")
        assert "ya29" not in str(caught.value)


def test_right_options() -> None:
    """Numbers with dashes, a local server, the European server and a calling code are fine."""
    GoogleAds(account="123-456-7890", audience="9", login="1234567890", project="shop-1", server="http://127.0.0.1:80")
    Ga4(measurement="G-AB12CD34EF", server="https://region1.google-analytics.com")
    AudienceOptions(country_code="+49", holdout=0.0)
