"""Whom to alert, and how often; secrets are named here and stand in the environment."""

from __future__ import annotations

import datetime
import re
import zoneinfo
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import urlsplit

from clientela.domain.finding import Severity
from clientela.domain.record import Record

_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,99}")
_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9.-]{1,253}")
_HOST = re.compile(r"[A-Za-z0-9._-]{1,253}|[0-9A-Fa-f:]{2,45}")
_QUIET = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]):([0-5]\d)")


class Security(StrEnum):
    """How the connection to a mail server is kept private."""

    STARTTLS = "starttls"
    TLS = "tls"
    NONE = "none"


@dataclass(frozen=True)
class Webhook(Record):
    """A receiver of JSON by HTTP.

    Attributes:
        url_env: Environment variable that holds the address, http or https.
        token_env: Environment variable with a token sent as `Authorization: Bearer`; "" sends none.
    """

    url_env: str
    token_env: str = ""

    def __post_init__(self) -> None:
        _check_variables(url_env=self.url_env, token_env=self.token_env or "_")


@dataclass(frozen=True)
class Slack(Record):
    """An incoming webhook of Slack.

    Attributes:
        url_env: Environment variable that holds its address.
    """

    url_env: str

    def __post_init__(self) -> None:
        _check_variables(url_env=self.url_env)


@dataclass(frozen=True)
class PagerDuty(Record):
    """A service of PagerDuty, by its Events API version 2.

    Attributes:
        key_env: Environment variable that holds the integration's routing key.
        server: Where the API is; the European one is https://events.eu.pagerduty.com.
    """

    key_env: str
    server: str = "https://events.pagerduty.com"

    def __post_init__(self) -> None:
        _check_variables(key_env=self.key_env)
        parts = urlsplit(self.server)
        if parts.scheme not in ("http", "https") or not parts.hostname or "@" in parts.netloc:
            raise ValueError("`server` of PagerDuty must be an address that begins with https://")


@dataclass(frozen=True)
class Email(Record):
    """Mail by SMTP.

    Attributes:
        server: Host name of the mail server.
        sender: Address it comes from.
        to: Addresses it goes to.
        port: Port of the server.
        security: "starttls", "tls", or "none" for a server on the same machine or network.
        user_env: Environment variable with the user name; "" logs in nowhere.
        password_env: Environment variable with the password.
    """

    server: str
    sender: str
    to: tuple[str, ...]
    port: int = 587
    security: Security = Security.STARTTLS
    user_env: str = ""
    password_env: str = ""

    def __post_init__(self) -> None:
        _check_variables(user_env=self.user_env or "_", password_env=self.password_env or "_")
        wrong = [address for address in (self.sender, *self.to) if not _ADDRESS.fullmatch(address)]
        if wrong:
            raise ValueError(f"{wrong[0][:80]!r} is no e-mail address")
        if not self.to:
            raise ValueError("`to` of the e-mail alerts needs an address")
        if not _HOST.fullmatch(self.server) or not 0 < self.port < 65536:
            raise ValueError("`server` of the e-mail alerts must be a host name, and `port` a number from 1 to 65535")
        if bool(self.user_env) != bool(self.password_env):
            raise ValueError("`user_env` and `password_env` go together")
        if self.user_env and self.security is Security.NONE:
            raise ValueError("a password is only sent with `security` starttls or tls")


@dataclass(frozen=True)
class AlertOptions(Record):
    """The `[alerts]` section of clientela.toml.

    Attributes:
        least: Incidents of this severity or above alert.
        per_hour: Most messages to one receiver in an hour; what exceeds it waits.
        quiet: Time of day in which all but blockers wait, such as "22:00-07:00"; "" for none.
        zone: Time zone of `quiet`, such as "Europe/Berlin".
        webhook: A receiver of JSON.
        slack: A channel of Slack.
        pagerduty: A service of PagerDuty.
        email: Mail.
    """

    least: Severity = Severity.WARNING
    per_hour: int = 20
    quiet: str = ""
    zone: str = "UTC"
    webhook: Webhook | None = None
    slack: Slack | None = None
    pagerduty: PagerDuty | None = None
    email: Email | None = None

    def __post_init__(self) -> None:
        if self.per_hour < 1:
            raise ValueError("`per_hour` of the alerts must be 1 or more")
        if self.quiet and not _QUIET.fullmatch(self.quiet):
            raise ValueError("`quiet` of the alerts is a time such as 22:00-07:00")
        try:
            zoneinfo.ZoneInfo(self.zone)
        except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError) as error:
            raise ValueError(
                f"`zone` of the alerts, {self.zone[:60]!r}, is no time zone such as Europe/Berlin"
            ) from error

    @property
    def receivers(self) -> tuple[str, ...]:
        """Names of those who are told: a kind, and for mail the address."""
        kinds = [kind for kind in ("webhook", "slack", "pagerduty") if getattr(self, kind) is not None]
        return (*kinds, *(f"email {address}" for address in (self.email.to if self.email else ())))

    def is_quiet(self, now: datetime.datetime) -> bool:
        """Tell whether `now` (with its zone) falls into the quiet time of day.

        >>> at = datetime.datetime(2026, 11, 3, 23, 0, tzinfo=datetime.UTC)
        >>> AlertOptions(quiet="22:00-07:00").is_quiet(at), AlertOptions().is_quiet(at)
        (True, False)
        """
        match = _QUIET.fullmatch(self.quiet)
        if match is None:
            return False
        time = now.astimezone(zoneinfo.ZoneInfo(self.zone)).time().replace(tzinfo=None)
        begin, end = (datetime.time(int(match[part]), int(match[part + 1])) for part in (1, 3))
        return begin <= time < end if begin <= end else time >= begin or time < end


def _check_variables(**names: str) -> None:
    """Refuse what is no name of a variable, without repeating it: it may be the secret itself."""
    wrong = [key for key, name in names.items() if not _VARIABLE.fullmatch(name)]
    if wrong:
        raise ValueError(f"`{wrong[0]}` takes the name of an environment variable, not the secret itself")
