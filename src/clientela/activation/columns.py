"""Which columns hold the identifiers and the consent: as told, else where there can be no doubt."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from clientela.activation.consent import understood
from clientela.activation.normalising import email, hashed, phone
from clientela.activation.options import AudienceOptions
from clientela.activation.platforms import PLATFORMS, Target
from clientela.domain.column import Field, Storage
from clientela.domain.errors import InputError, RefusedError, listed, quoted
from clientela.domain.letters import resolve
from clientela.domain.record import Record
from clientela.models.values import texts
from clientela.segments.columns import sensitive
from clientela.segments.result import SegmentResult
from clientela.segments.rules import columns_of

SURE = 0.9
"""Share of cells that must look like an identifier for its column to be taken without a word from a person."""

LEAST_SEEN = 20
NAMES: Mapping[str, frozenset[str]] = {
    "email": frozenset(
        {
            "email",
            "mail",
            "emailaddress",
            "customeremail",
            "useremail",
            "emailsha256",
            "hashedemail",
        }
    ),
    "phone": frozenset(
        {
            "phone",
            "phonenumber",
            "telephone",
            "mobile",
            "mobilephone",
            "telefon",
            "handy",
            "tel",
            "phonesha256",
        }
    ),
    "client_id": frozenset(
        {
            "clientid",
            "gaclientid",
            "ga4clientid",
        }
    ),
    "consent": frozenset(
        {"adconsent", "adsconsent", "marketingconsent", "advertisingconsent", "consentads", "consentmarketing"}
    ),
}
"""Names, in small letters and without punctuation, that leave no doubt together with what the cells look like.

A column that is only called "consent" is not among them: to what the visitor agreed is for a person to say.
"""

NEEDED: Mapping[Target, tuple[str, ...]] = {
    Target.GOOGLE_ADS: ("email", "phone"),
    Target.META: ("email", "phone"),
    Target.GA4: ("client_id",),
    Target.CSV: (),
}
"""Identifiers of which a platform needs one."""

USED: Mapping[Target, tuple[str, ...]] = {
    Target.GOOGLE_ADS: ("email", "phone"),
    Target.META: ("email", "phone"),
    Target.GA4: ("client_id", "user_id"),
    Target.CSV: ("email", "phone"),
}
OPTION: Mapping[str, str] = {
    "email": "--email",
    "phone": "--phone",
    "client_id": "--client-id",
    "user_id": "--user-id",
    "consent": "--consent",
}
_CLIENT = re.compile(r"\d{5,10}\.\d{9,10}")


@dataclass(frozen=True)
class Columns(Record):
    """The columns that an audience is made from, by exact name; "" for none.

    Attributes:
        visitor: The visitor behind the visits.
        consent: Whether the visitor agreed.
        email: E-mail addresses.
        phone: Phone numbers.
        client_id: Client ids of Google Analytics.
        user_id: User ids of Google Analytics.
        time: Time of the visit; "" takes the order of the table.
        guessed: Those of them that nobody named.
    """

    visitor: str
    consent: str
    email: str = ""
    phone: str = ""
    client_id: str = ""
    user_id: str = ""
    time: str = ""
    guessed: tuple[str, ...] = ()

    @property
    def identifiers(self) -> tuple[str, ...]:
        """The columns with identifiers, without repeats."""
        given = (self.email, self.phone, self.client_id, self.user_id)
        return tuple(dict.fromkeys(name for name in given if name))

    @property
    def needed(self) -> tuple[str, ...]:
        """All columns, without repeats."""
        return tuple(dict.fromkeys(name for name in (self.visitor, self.consent, *self.identifiers, self.time) if name))


def settle(
    fields: Sequence[Field],
    sample: pl.DataFrame,
    options: AudienceOptions,
    target: Target,
    named: Mapping[str, str | None],
) -> Columns:
    """Return the columns that an audience for a platform is made from.

    Args:
        fields: Columns of the table.
        sample: Some of its rows, to look at where nobody named a column.
        options: What a person said.
        target: The platform.
        named: Columns of clientela.toml for "visitor" and "time", where there are any.

    Raises:
        ColumnError: A named column is not there.
        RefusedError: The consent column or every identifier is missing.
        InputError: A column cannot be used as what it was named.
    """
    found: dict[str, str] = {}
    guessed: list[str] = []
    for what in (*USED[target], "consent"):
        spec = getattr(options, what)
        found[what] = _one(what, spec, [field.name for field in fields]) if spec else _guess(what, sample, options)
        if found[what] and not spec:
            guessed.append(found[what])
    _require(found, target, sample)
    stored = {field.name: field.storage for field in fields}
    _check_exact([found[what] for what in ("client_id", "user_id") if found.get(what)], stored)
    first = next(found[what] for what in (*USED[target], "consent") if found[what])
    time = named.get("time") or ""
    return Columns(
        visitor=_visitor(named.get("visitor"), first, found["consent"], sample),
        time=time if time in stored and stored[time].temporal else "",
        guessed=tuple(guessed),
        **found,
    )


def refuse_sensitive(result: SegmentResult, place: int) -> None:
    """Refuse a segment that is told from the others by what may not be used to target people.

    Args:
        result: The segments.
        place: Place of the segment among them, from 0.

    Raises:
        RefusedError: Its rule, or one asked before it, names such a column.
    """
    # who is in a segment follows from its own rule and from those asked before
    rules = columns_of(segment.conditions for segment in result.segments[: place + 1])
    found = [name for name in rules if sensitive(name)]
    if found:
        raise RefusedError(
            f"Segment {place + 1} is told by {listed(found)}, which speaks of health, belief, origin, sex or age: "
            "platforms do not allow audiences by that; set its role to ignored in clientela.toml and run again."
        )


def _one(what: str, spec: str, names: list[str]) -> str:
    found = [spec] if spec in names else list(resolve(spec, names))
    if len(found) != 1:
        raise InputError(f"{OPTION[what]} {quoted(spec)} names {len(found)} columns: name one.")
    return found[0]


def _guess(what: str, sample: pl.DataFrame, options: AudienceOptions) -> str:
    fits: Callable[[pl.Series], bool] | None = {
        "email": lambda cells: _mostly(cells, lambda cell: bool(hashed(cell) or email(cell, google=False).text)),
        "phone": lambda cells: _mostly(
            cells, lambda cell: bool(hashed(cell) or phone(cell, options.country_code or "44").text)
        ),
        "client_id": lambda cells: _mostly(cells, lambda cell: bool(_CLIENT.fullmatch(cell))),
        "consent": lambda cells: understood(cells, options.granted),
    }.get(what)
    if fits is None:
        return ""
    likely = [name for name in sample.columns if re.sub(r"[\W_]+", "", name.lower()) in NAMES[what]]
    fitting = [name for name in likely if fits(sample.get_column(name))]
    return fitting[0] if len(fitting) == 1 else ""


def _mostly(cells: pl.Series, right: Callable[[str], bool]) -> bool:
    given = texts(cells).drop_nulls().to_list()
    return len(given) >= LEAST_SEEN and sum(map(right, given)) >= SURE * len(given)


def _require(found: Mapping[str, str], target: Target, sample: pl.DataFrame) -> None:
    name = PLATFORMS[target].name
    wanted = NEEDED[target]
    if wanted and not any(found[what] for what in wanted):
        options = " or ".join(f"{OPTION[what]} COLUMN" for what in wanted)
        raise RefusedError(
            f"{name} needs {' or '.join(_SAID[what] for what in wanted)} of the visitors, and no column surely holds "
            f"that: name it with {options}; the columns are {listed(sample.columns)}."
        )
    if not found["consent"]:
        near = [column for column in sample.columns if re.search(r"consent|opt.?in|einwillig", column.lower())]
        hint = f"{listed(near)} may be it" if near else f"the columns are {listed(sample.columns)}"
        raise RefusedError(
            "An audience needs a column that says who agreed to be shown ads made from these data: name it with "
            f"--consent COLUMN; {hint}."
        )


_SAID = {"email": "an e-mail address", "phone": "a phone number", "client_id": "the client id"}


def _check_exact(columns: Sequence[str], stored: Mapping[str, Storage]) -> None:
    for name in columns:
        if stored[name] is Storage.NUMBER:
            raise InputError(
                f"The column {quoted(name)} is stored as decimal numbers, which lose the last digits of client ids: "
                "store it as text and run `clientela run` again."
            )


def _visitor(named: str | None, first: str, consent: str, sample: pl.DataFrame) -> str:
    if named and named in sample.columns:
        return named
    if first == consent:
        raise RefusedError(
            "The table names no visitor behind the visits: name the column in clientela.toml under [table], as visitor."
        )
    return first
