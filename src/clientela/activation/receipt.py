"""The receipt: who was asked for, who goes, who does not and why, and what became of the requests."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from clientela.activation.platforms import PLATFORMS, Target
from clientela.domain.errors import quoted
from clientela.domain.record import Record


@dataclass(frozen=True)
class Receipt(Record):
    """What became of an audience; `asked` is `members`, `holdout` and all of `refused` together.

    Attributes:
        segment: Name of the segment.
        number: Its place among the segments, from 1.
        target: The platform.
        made: When, ISO 8601.
        dry_run: Whether nothing was to be sent.
        asked: Visitors in the segment.
        members: Members of the audience.
        refused: Visitors left out, by why.
        holdout: Visitors kept out so that the effect can be measured.
        holdout_share: Share of visitors that is kept out.
        holdout_key: Key that settles which ones.
        unusable: Cells that are no identifier, by what is wrong with them.
        hashed: Identifiers that were digests in the table already.
        columns: What was taken from which column.
        least: Fewest members that were allowed.
        requests: Requests that the audience takes.
        sent: Requests that the platform took.
        answers: What it answered, where that says something: numbers of requests, entries it could not use.
        problem: Why sending ended early, or "".
        session: Number of the session at Meta, or 0.
        content: Digest of what is sent and where.
        place: The list at the platform, or "" where none is named.
        gone: Identifiers on that list that belong to no member any more.
        removals: Requests that it takes to take them off.
        removed: Those that the platform took.
        files: Files beside the receipt.
        notes: What else is to be known.
    """

    segment: str
    number: int
    target: Target
    made: str
    dry_run: bool
    asked: int
    members: int
    refused: Mapping[str, int]
    holdout: int
    holdout_share: float
    holdout_key: str
    unusable: Mapping[str, int]
    hashed: int
    columns: Mapping[str, str]
    least: int
    requests: int
    sent: int = 0
    answers: tuple[str, ...] = ()
    problem: str = ""
    session: int = 0
    content: str = ""
    place: str = ""
    gone: int = 0
    removals: int = 0
    removed: int = 0
    files: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def complete(self) -> bool:
        """Whether everything that was to be sent was sent."""
        return self.dry_run or (self.sent == self.requests and self.removed == self.removals)


def told(receipt: Receipt) -> tuple[str, ...]:
    """Return a receipt in lines for a person."""
    place = PLATFORMS[receipt.target].name
    which = f"segment {receipt.number}, {quoted(receipt.segment)}"
    lines = [f"Audience of {which}, for {place}: {receipt.members:,} of {receipt.asked:,} visitors."]
    lines += [f"  {count:>9,} left out {why}" for why, count in receipt.refused.items()]
    if receipt.holdout_share:
        lines.append(
            f"  {receipt.holdout:>9,} held out ({receipt.holdout_share:.0%} of visitors, key "
            f"{quoted(receipt.holdout_key)}), so that the effect can be measured"
        )
    lines.append(f"  {receipt.members:>9,} members{_in_requests(receipt)}")
    if receipt.gone:
        lines.append(f"  {receipt.gone:>9,} identifiers on the list belong to no member any more: to be taken off it")
    lines += [f"Could not be used: {count:,} x {what}." for what, count in receipt.unusable.items()]
    lines += [f"{receipt.hashed:,} identifiers were digests already, and were taken as they are."] * bool(
        receipt.hashed
    )
    return (*lines, *receipt.notes, *_became(receipt, place))


def _in_requests(receipt: Receipt) -> str:
    if not receipt.requests:
        return ""
    return f" in {receipt.requests:,} request{'s' if receipt.requests > 1 else ''}"


def _became(receipt: Receipt, place: str) -> tuple[str, ...]:
    if not receipt.requests:
        return ()
    if receipt.dry_run:
        return ("Dry run: nothing was sent; the bodies of the requests are written. Send them with --send.",)
    shown = [f"{place} answered: {', '.join(receipt.answers)}."] if receipt.answers else []
    if receipt.removals:
        shown.append(f"Of {receipt.removals:,} requests to take off the list {place} took {receipt.removed:,}.")
    if receipt.complete:
        return (f"Sent: {place} took all {receipt.sent:,} requests.", *shown)
    return (
        f"NOT complete: {place} took {receipt.sent:,} of {receipt.requests:,} requests; then {receipt.problem}.",
        *shown,
        "Run the same command again within the hour to go on from there.",
    )
