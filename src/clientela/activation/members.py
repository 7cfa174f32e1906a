"""From visits to visitors, and from visitors to the members of an audience: every one that is left out is counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import polars as pl

from clientela.activation.clear import in_clear
from clientela.activation.columns import Columns
from clientela.activation.consent import consents
from clientela.activation.holdout import held_out
from clientela.activation.normalising import Normalised, digest, email, hashed, phone
from clientela.activation.options import AudienceOptions
from clientela.activation.platforms import Target
from clientela.domain.errors import RefusedError, quoted
from clientela.domain.record import Record
from clientela.models.values import texts

INSIDE = "inside"
IDENTIFIERS = ("email", "phone", "client_id", "user_id")
LONGEST_ID = 256
"""Most characters of a user id of Google Analytics (support.google.com/analytics/answer/9267744)."""

NO_CONSENT = "without consent"
NO_IDENTIFIER = "without an identifier that can be used"
SHARED_DENIED = "with an identifier of a visitor who did not consent"
SHARED_HELD = "with an identifier of a visitor in the holdout"
REPEATED = "with an identifier that was there already"
MEMBER, HELD = "a member", "held out"
_FORMULA = ("=", "+", "-", "@")


@dataclass(frozen=True)
class Member(Record):
    """One member of an audience; personal data only as digests.

    Attributes:
        visitor: The visitor as the table names it.
        email: SHA-256 of the e-mail address, or "".
        phone: SHA-256 of the phone number, or "".
        client_id: Client id of Google Analytics, or "".
        user_id: User id of Google Analytics, or "".
    """

    visitor: str
    email: str = ""
    phone: str = ""
    client_id: str = ""
    user_id: str = ""

    @property
    def keys(self) -> tuple[tuple[str, str], ...]:
        """What the member can be known by outside, in pairs of kind and value."""
        return tuple((kind, value) for kind in IDENTIFIERS if (value := str(getattr(self, kind))))


@dataclass(frozen=True)
class Chosen(Record):
    """The members of an audience, and what became of all others: `asked` is members, holdout and refused together.

    Attributes:
        members: Who may be sent.
        asked: Visitors in the segment.
        refused: Visitors left out, by why.
        holdout: Visitors kept out so that the effect can be measured.
        unusable: Cells that are no identifier, by what is wrong with them.
        hashed: Identifiers that were digests already.
    """

    members: tuple[Member, ...]
    asked: int
    refused: Mapping[str, int]
    holdout: int
    unusable: Mapping[str, int] = field(default_factory=dict)
    hashed: int = 0


def visits_of(rows: pl.DataFrame, columns: Columns, inside: pl.Series, options: AudienceOptions) -> pl.DataFrame:
    """Return of some visits what an audience is made from.

    Args:
        rows: Visits with all columns that `columns` names.
        columns: What they hold.
        inside: Whether each visit is in the segment.
        options: Which values mean consent.

    Returns:
        Columns "visitor", "consent" (true, false, null for not said), "inside", the identifiers as text, and "time".
    """
    named = {what: getattr(columns, what) for what in IDENTIFIERS}
    parts = [texts(rows.get_column(name)).alias(what) for what, name in named.items() if name]
    return pl.DataFrame(
        [
            texts(rows.get_column(columns.visitor)).alias("visitor"),
            consents(rows.get_column(columns.consent), options.granted),
            inside.alias(INSIDE),
            *parts,
            *([rows.get_column(columns.time).alias("time")] if columns.time else []),
        ]
    )


def visitors_of(visits: pl.DataFrame) -> pl.DataFrame:
    """Return one row per visitor.

    A visitor belongs to the segment of the last visit, has the identifiers that were named last, and agreed where
    the last visit that says something about consent says yes; visits at the same moment must all say yes. Without a
    time every visit that says something must say yes, and the last visit is the last row.

    Args:
        visits: As `visits_of` returns them, in the order of the table; rows without a visitor are left out.

    Returns:
        "visitor", "consent" (false where nothing was said), "inside" and the identifiers; by first appearance.
    """
    known = visits.filter(pl.col("visitor").is_not_null()).with_row_index("row")
    if "time" not in known.columns:
        known = known.with_columns(pl.lit(0).alias("time"))
    ordered = known.sort("time", "row", nulls_last=False, maintain_order=True)
    identifiers = [pl.col(what).drop_nulls().last() for what in IDENTIFIERS if what in known.columns]
    last = ordered.group_by("visitor").agg(pl.col(INSIDE).last(), *identifiers, pl.col("row").min())
    said = known.filter(pl.col("consent").is_not_null())
    latest = pl.col("time").eq_missing(pl.col("time").max().over("visitor"))
    agreed = said.filter(latest).group_by("visitor").agg(pl.col("consent").all())
    joined = last.join(agreed, on="visitor", how="left").sort("row")
    return joined.with_columns(pl.col("consent").fill_null(False)).drop("row")


def choose(visitors: pl.DataFrame, columns: Columns, target: Target, options: AudienceOptions) -> Chosen:
    """Return the members of an audience and what became of everybody else.

    Whoever shares an identifier with a visitor who did not consent, or who is held out, is left out too: the platform
    cannot tell them apart.

    Args:
        visitors: As `visitors_of` returns them: all of the table, for what they did not agree to.
        columns: What was what.
        target: The platform.
        options: Country code, holdout.

    Raises:
        RefusedError: A column that goes out as it is holds personal data in clear.
    """
    counting, quiet = _Reader(columns, target, options), _Reader(columns, target, options)
    agreed: list[Member] = []
    held: set[str] = set()
    barred = _Barred()
    for row in visitors.iter_rows(named=True):
        wanted = bool(row[INSIDE] and row["consent"])
        # only the cells of those in question are told of
        one = (counting if wanted else quiet).member(row)
        agreed += [one] * wanted
        if not row["consent"]:
            barred.denied.update(one.keys)
        elif held_out(one.visitor, options.holdout_key, options.holdout):
            held.add(one.visitor)
            barred.held.update(one.keys)
    return _sorted_out(agreed, int(visitors[INSIDE].sum()), held, barred, counting)


@dataclass(frozen=True)
class _Barred:
    denied: set[tuple[str, str]] = field(default_factory=set)
    held: set[tuple[str, str]] = field(default_factory=set)


def _sorted_out(agreed: list[Member], asked: int, held: set[str], barred: _Barred, reader: _Reader) -> Chosen:
    refused: Counter[str] = Counter()
    refused[NO_CONSENT] = asked - len(agreed)
    members: list[Member] = []
    seen: set[tuple[str, str]] = set()
    holdout = 0
    for member in agreed:
        keys = set(_known_by(member, reader.target))
        reason = _reason(keys, seen, barred, is_held=member.visitor in held)
        if reason == MEMBER:
            seen |= keys
            members.append(member)
        elif reason == HELD:
            holdout += 1
        else:
            refused[reason] += 1
    found = {reason: count for reason, count in refused.items() if count}
    return Chosen(tuple(members), asked, found, holdout, dict(reader.unusable), reader.hashed)


def _known_by(member: Member, target: Target) -> tuple[tuple[str, str], ...]:
    """Return what a member is known by where it goes; nothing where it cannot be sent."""
    if target is Target.CSV:
        return (("visitor", member.visitor), *member.keys)
    return () if target is Target.GA4 and not member.client_id else member.keys


def _reason(keys: set[tuple[str, str]], seen: set[tuple[str, str]], barred: _Barred, *, is_held: bool) -> str:
    """Return why somebody is left out, or that nothing speaks against it."""
    if not keys:
        return NO_IDENTIFIER
    if keys & barred.denied:
        return SHARED_DENIED
    if is_held:
        return HELD
    if keys & barred.held:
        return SHARED_HELD
    return REPEATED if keys & seen else MEMBER


class _Reader:
    """Turns cells into identifiers, and counts those that are none."""

    def __init__(self, columns: Columns, target: Target, options: AudienceOptions) -> None:
        self.target = target
        self.unusable: Counter[str] = Counter()
        self.hashed = 0
        self._columns = columns
        self._country = options.country_code

    def member(self, row: Mapping[str, object]) -> Member:
        """Return the member that a visitor would be."""
        google = self.target is Target.GOOGLE_ADS
        visitor = str(row["visitor"])
        if self.target is Target.CSV and self._columns.visitor not in (self._columns.email, self._columns.phone):
            self._check(visitor, self._columns.visitor)
        return Member(
            visitor=visitor,
            email=self._digest(row.get("email"), lambda cell: email(cell, google=google)),
            phone=self._digest(row.get("phone"), self._phone),
            client_id=self._plain(row.get("client_id"), self._columns.client_id),
            user_id=self._plain(row.get("user_id"), self._columns.user_id),
        )

    def _phone(self, cell: str) -> Normalised:
        read = phone(cell, self._country)
        # Meta hashes the digits alone
        return Normalised(read.text.removeprefix("+"), read.problem) if self.target is Target.META else read

    def _digest(self, cell: object, normal: Callable[[str], Normalised]) -> str:
        if cell is None:
            return ""
        if already := hashed(str(cell)):
            self.hashed += 1
            return already
        read = normal(str(cell))
        if read.problem:
            self.unusable[read.problem] += 1
        return digest(read.text) if read.text else ""

    def _plain(self, cell: object, column: str) -> str:
        if cell is None:
            return ""
        text = str(cell).strip()
        self._check(text, column)
        if len(text) > LONGEST_ID or not text.isprintable() or text.startswith(_FORMULA) or " " in text:
            self.unusable["no client id or user id"] += 1
            return ""
        return text

    def _check(self, text: str, column: str) -> None:
        found = in_clear(text)
        if found:
            raise RefusedError(
                f"The column {quoted(column)} holds {found} in clear, which would be handed out as it is: name another "
                "column, or put codes that say nothing about a person in its place."
            )
