"""The `[audience]` section of clientela.toml; secrets are named here and stand in the environment."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from clientela.domain.record import Record

MOST_HOLDOUT = 0.9
LEAST = 50
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,99}")
_NUMBER = re.compile(r"\d{1,20}")
_ACCOUNT = re.compile(r"\d{3}-?\d{3}-?\d{4}|\d{1,20}")
_PROJECT = re.compile(r"[a-z0-9:._-]{1,100}")
_MEASUREMENT = re.compile(r"G-[A-Z0-9]{4,20}")
_PROPERTY = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,23}")
_COUNTRY = re.compile(r"\+?[1-9]\d{0,2}")
_RESERVED = ("google_", "ga_", "firebase_")
_TAKEN = frozenset(
    {"first_open_time", "first_visit_time", "last_deep_link_referrer", "user_id", "first_open_after_install"}
)
_LOCAL = frozenset({"127.0.0.1", "::1", "localhost"})


def _check(name: str, value: str, pattern: re.Pattern[str], what: str) -> None:
    if value and not pattern.fullmatch(value):
        raise ValueError(f"`{name}` of the audience, {value[:60]!r}, is not {what}")


def _check_secret(name: str, variable: str) -> None:
    """Refuse what is no name of a variable, without repeating it: it may be the secret itself."""
    if not _VARIABLE.fullmatch(variable):
        raise ValueError(f"`{name}` takes the name of an environment variable, not the secret itself")


def _check_server(server: str) -> None:
    """Refuse a server that people's identifiers would travel to unprotected."""
    try:
        parts = urlsplit(server)
        right = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOCAL)
        right = right and bool(parts.hostname) and "@" not in parts.netloc and not parts.query and not parts.fragment
    except ValueError:
        right = False
    if not right:
        raise ValueError("`server` of the audience must be an address that begins with https://")


@dataclass(frozen=True)
class GoogleAds(Record):
    """An audience of Google Ads, reached by the Data Manager API.

    Attributes:
        account: Account that the audience belongs to, digits with or without dashes.
        audience: Number of the audience in it (a Customer Match list).
        login: Manager account that you log in with; "" where it is the same account.
        terms_accepted: Whether you accept Google's Customer Match terms; without that nothing is sent.
        project: Google Cloud project that is asked for quota, or "".
        credential_env: Environment variable with an OAuth access token for the scope `datamanager`.
        server: Where the API is.
    """

    account: str = ""
    audience: str = ""
    login: str = ""
    terms_accepted: bool = False
    project: str = ""
    credential_env: str = "GOOGLE_DATAMANAGER_TOKEN"
    server: str = "https://datamanager.googleapis.com"

    def __post_init__(self) -> None:
        _check("account", self.account, _ACCOUNT, "a number such as 123-456-7890")
        _check("login", self.login, _ACCOUNT, "a number such as 123-456-7890")
        _check("audience", self.audience, _NUMBER, "a number")
        _check("project", self.project, _PROJECT, "the name of a Google Cloud project")
        _check_secret("credential_env", self.credential_env)
        _check_server(self.server)


@dataclass(frozen=True)
class Meta(Record):
    """A custom audience of Meta.

    Attributes:
        audience: Number of the custom audience.
        version: Version of the Graph API.
        credential_env: Environment variable with an access token that may manage ads.
        server: Where the API is.
    """

    audience: str = ""
    version: str = "v25.0"
    credential_env: str = "META_ACCESS_TOKEN"
    server: str = "https://graph.facebook.com"

    def __post_init__(self) -> None:
        _check("audience", self.audience, _NUMBER, "a number")
        _check("version", self.version, re.compile(r"v\d{1,3}\.\d"), "a version such as v25.0")
        _check_secret("credential_env", self.credential_env)
        _check_server(self.server)


@dataclass(frozen=True)
class Ga4(Record):
    """A web stream of Google Analytics 4.

    Attributes:
        measurement: Measurement ID of the stream, such as G-AB12CD34EF.
        stream: Number of the stream, for the file of the data import; "" where users have a user id.
        property: User property that says the segment; register it in Google Analytics as a custom dimension.
        credential_env: Environment variable with an API secret of the Measurement Protocol.
        server: Where the API is; the European one is https://region1.google-analytics.com.
    """

    measurement: str = ""
    stream: str = ""
    property: str = "clientela_segment"
    credential_env: str = "GA4_API_SECRET"
    server: str = "https://www.google-analytics.com"

    def __post_init__(self) -> None:
        _check("measurement", self.measurement, _MEASUREMENT, "a measurement ID such as G-AB12CD34EF")
        _check("stream", self.stream, _NUMBER, "a number")
        if not _PROPERTY.fullmatch(self.property) or self.property in _TAKEN or self.property.startswith(_RESERVED):
            raise ValueError(
                "`property` of the audience has at most 24 letters, digits and _, begins with a letter, and is none of "
                "the names that Google Analytics keeps for itself (user_id, or one that begins with google_, ga_ or "
                "firebase_)"
            )
        _check_secret("credential_env", self.credential_env)
        _check_server(self.server)


@dataclass(frozen=True)
class AudienceOptions(Record):
    """The `[audience]` section of clientela.toml.

    Attributes:
        email: Column with e-mail addresses; "" for none, or one that cannot be mistaken.
        phone: Column with phone numbers.
        client_id: Column with the client id that Google Analytics gave the browser.
        user_id: Column with the user id that Google Analytics is sent.
        consent: Column that says whether the visitor agreed to be shown ads made from these data.
        granted: Values of `consent` that mean yes; empty for the usual words (yes, true, 1, granted, ja, oui, ...).
        country_code: Calling code of phone numbers written without one, such as "49"; "" refuses those.
        holdout: Share of the visitors that is kept out, 0 to 0.9, so that the effect can be measured.
        holdout_key: Text that settles which visitors these are; the same key keeps the same ones out.
        least: Fewest members of any audience.
        google_ads: The audience of Google Ads.
        meta: The audience of Meta.
        ga4: The stream of Google Analytics 4.
    """

    email: str = ""
    phone: str = ""
    client_id: str = ""
    user_id: str = ""
    consent: str = ""
    granted: tuple[str, ...] = ()
    country_code: str = ""
    holdout: float = 0.1
    holdout_key: str = "clientela"
    least: int = LEAST
    google_ads: GoogleAds = GoogleAds()
    meta: Meta = Meta()
    ga4: Ga4 = Ga4()

    def __post_init__(self) -> None:
        if not 0 <= self.holdout <= MOST_HOLDOUT:
            raise ValueError(f"the holdout of the audience is a share from 0 to {MOST_HOLDOUT}, such as 0.1")
        if not self.holdout_key:
            raise ValueError("`holdout_key` of the audience must not be empty")
        if self.least < 1:
            raise ValueError("`least` of the audience must be 1 or more")
        if self.country_code and not _COUNTRY.fullmatch(self.country_code):
            raise ValueError('the country code of the audience is a calling code such as "49"')
