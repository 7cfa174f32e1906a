"""An audience made ready: from visits and a segment to members, receipt and requests; nothing is sent here."""

from __future__ import annotations

import datetime
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import msgspec
import polars as pl

from clientela.activation.bodies import (
    ACCOUNT,
    AUDIENCE,
    Body,
    bodies,
    content,
    place,
    property_value,
    removals,
    session_number,
)
from clientela.activation.clear import check_body, in_clear
from clientela.activation.columns import OPTION, Columns
from clientela.activation.files import CSV, IMPORT, PARQUET, write_import, write_table
from clientela.activation.listed import LISTED, REMOVALS, REQUESTS, Key, write_listed
from clientela.activation.members import NO_CONSENT, Chosen, Member, choose, visitors_of
from clientela.activation.options import AudienceOptions
from clientela.activation.platforms import PLATFORMS, Target
from clientela.activation.receipt import Receipt
from clientela.domain.errors import InputError, RefusedError, quoted
from clientela.segments.result import SegmentResult

_PRIVATE = 0o600


@dataclass(frozen=True)
class Audience:
    """An audience that may be sent.

    Attributes:
        members: The members.
        columns: What was what.
        options: How it was made, and where it goes.
        receipt: The receipt so far: nothing was sent yet.
    """

    members: tuple[Member, ...]
    columns: Columns
    options: AudienceOptions
    receipt: Receipt

    def requests(self) -> Iterator[Body]:
        """Yield the bodies of its requests, in order."""
        receipt = self.receipt
        value = property_value(receipt.segment, receipt.number)
        dry = receipt.dry_run
        return bodies(receipt.target, self.members, self.options, value, session=receipt.session, dry=dry)


@dataclass(frozen=True)
class Wanted:
    """Which audience is wanted.

    Attributes:
        segment: Name of the segment.
        number: Its place, from 1.
        target: The platform.
        dry_run: Whether nothing is to be sent.
        now: The time, with its zone.
    """

    segment: str
    number: int
    target: Target
    dry_run: bool
    now: datetime.datetime


def find_segment(result: SegmentResult, asked: str) -> int:
    """Return the place of a segment by its name or number.

    Args:
        result: The segments.
        asked: A name, in any case, or a number from 1.

    Raises:
        InputError: There is no such segment.
    """
    names = [item.name for item in result.segments]
    if asked in names:
        return names.index(asked)
    folded = [place for place, name in enumerate(names) if name.casefold() == asked.strip().casefold()]
    if len(folded) == 1:
        return folded[0]
    number = asked.strip()
    if number.isascii() and number.isdecimal() and 1 <= int(number[:9]) <= len(names):
        return int(number[:9]) - 1
    given = ", ".join(f"{place} {quoted(name)}" for place, name in enumerate(names, start=1))
    raise InputError(f"There is no segment {quoted(asked)}: name one by its number or name; there are {given}.")


def make_audience(visits: pl.DataFrame, columns: Columns, wanted: Wanted, options: AudienceOptions) -> Audience:
    """Return an audience that may be sent.

    Args:
        visits: All visits of the table, as `visits_of` returns them.
        columns: What was what.
        wanted: Which audience.
        options: Holdout, least size, where it goes.

    Raises:
        RefusedError: Nobody agreed, too few members are left, or personal data would go out in clear.
    """
    if found := in_clear(wanted.segment):
        raise RefusedError(f"The name of segment {wanted.number} holds {found}: it would be handed out with it.")
    chosen = choose(visitors_of(visits), columns, wanted.target, options)
    least = max(options.least, PLATFORMS[wanted.target].minimum)
    _check_size(chosen, least, columns, wanted)
    digest = content(wanted.target, chosen.members, options, wanted.segment)
    made = wanted.now.isoformat(timespec="seconds")
    batch = PLATFORMS[wanted.target].batch
    receipt = Receipt(
        segment=wanted.segment,
        number=wanted.number,
        target=wanted.target,
        made=made,
        dry_run=wanted.dry_run,
        asked=chosen.asked,
        members=len(chosen.members),
        refused=chosen.refused,
        holdout=chosen.holdout,
        holdout_share=options.holdout,
        holdout_key=options.holdout_key,
        unusable=chosen.unusable,
        hashed=chosen.hashed,
        columns=_named(columns),
        least=least,
        requests=-(-len(chosen.members) // batch) if batch else 0,
        session=session_number(digest, made) if wanted.target is Target.META else 0,
        content=digest,
        place=place(wanted.target, options),
        notes=tuple(_notes(columns, wanted, options)),
    )
    return Audience(chosen.members, columns, options, receipt)


def write(audience: Audience, folder: Path, known: Collection[Key] = ()) -> Receipt:
    """Write the requests or files of an audience, each checked for personal data in clear, readable by you alone.

    Args:
        audience: The audience.
        folder: Where to write; empty.
        known: Identifiers on the list at the platform; those of no member are to be taken off.

    Returns:
        The receipt, with the files; it is not written here.

    Raises:
        RefusedError: Something would go out in clear.
        OSError: No space, or no right to write.
    """
    receipt = audience.receipt
    files: list[str] = []
    if receipt.requests:
        _write_bodies(audience.requests(), folder / REQUESTS)
        files.append(REQUESTS)
    else:
        write_table(audience.members, audience.columns, receipt.segment, folder)
        files += [CSV, PARQUET]
    if receipt.target is Target.GA4:
        value = property_value(receipt.segment, receipt.number)
        files += [IMPORT] * write_import(audience.members, value, audience.options.ga4, folder)
    gone = sorted(set(known) - {key for member in audience.members for key in member.keys})
    taken = _write_bodies(removals(receipt.target, gone, audience.options, dry=receipt.dry_run), folder / REMOVALS)
    files += [REMOVALS] * bool(taken)
    if known:
        write_listed(known, folder / LISTED)
        files.append(LISTED)
    for name in files:
        (folder / name).chmod(_PRIVATE)
    return replace(receipt, files=tuple(files), gone=len(gone), removals=taken)


def _write_bodies(requests: Iterator[Body], path: Path) -> int:
    """Write bodies where there are any, and return how many."""
    written = 0
    for body in requests:
        check_body(body)
        with path.open("ab") as file:
            file.write(msgspec.json.encode(body) + b"\n")
        written += 1
    return written


def _check_size(chosen: Chosen, least: int, columns: Columns, wanted: Wanted) -> None:
    count, platform = len(chosen.members), PLATFORMS[wanted.target]
    which = f"Segment {wanted.number}, {quoted(wanted.segment)}"
    if chosen.asked and chosen.refused.get(NO_CONSENT) == chosen.asked:
        raise RefusedError(
            f"{which}: none of its {chosen.asked:,} visitors agreed by the column {quoted(columns.consent)}, so that "
            "nobody may be sent; if its values mean something else, say which mean yes in clientela.toml, as granted "
            "under [audience]."
        )
    if count < least:
        why = f"{platform.name} needs ({platform.source})" if least == platform.minimum else "are allowed"
        left_out = ", ".join(f"{number:,} {reason}" for reason, number in chosen.refused.items())
        held = f"{chosen.holdout:,} held out" if chosen.holdout else ""
        told = "; ".join(part for part in (left_out, held) if part)
        raise RefusedError(
            f"{which}: {count:,} of its {chosen.asked:,} visitors are left{f' ({told})' if told else ''}, fewer than "
            f"the {least:,} that {why}: take a larger segment."
        )


def _named(columns: Columns) -> Mapping[str, str]:
    kinds = ("visitor", "consent", "email", "phone", "client_id", "user_id", "time")
    return {kind: value for kind in kinds if (value := getattr(columns, kind))}


def _notes(columns: Columns, wanted: Wanted, options: AudienceOptions) -> Iterator[str]:
    for kind, name in _named(columns).items():
        if name in columns.guessed and kind not in ("visitor", "time"):
            yield f"Took {quoted(name)} for the {_SAID[kind]}; name another with {OPTION[kind]} if it is not."
    if not columns.time:
        yield "No time is known: the last visit of a visitor is the last row, and every row must say yes to consent."
    if wanted.target is Target.GOOGLE_ADS and wanted.dry_run:
        google = options.google_ads
        missing = [word for word, value in ((ACCOUNT, google.account), (AUDIENCE, google.audience)) if not value]
        if missing:
            yield f"The bodies name {' and '.join(missing)}: write them under [audience.google_ads] in clientela.toml."
    if wanted.target is Target.GA4 and not columns.user_id and not options.ga4.stream:
        yield (
            f"{IMPORT} is not written: it needs the number of the stream under [audience.ga4] in clientela.toml, or "
            "a user id of every member."
        )


_SAID = {"consent": "consent", "email": "e-mail addresses", "phone": "phone numbers", "client_id": "client ids"}
