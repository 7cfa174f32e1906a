"""Who stands on the list at a platform, as far as the folder of an audience knows."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import msgspec
import pytest

from clientela.activation.bodies import google_bodies, google_removals, meta_bodies, meta_removals
from clientela.activation.listed import LISTED, RECEIPT, REMOVALS, REQUESTS, Key, listed, write_listed
from clientela.activation.members import Member
from clientela.activation.options import GoogleAds
from clientela.activation.platforms import Target
from clientela.activation.receipt import Receipt
from clientela.domain.errors import InputError
from clientela.workspace.artifacts import encode

GOOGLE = GoogleAds(account="123", audience="7")
MEMBERS = [Member("a", "a" * 64, "b" * 64), Member("c", "c" * 64)]
KEYS: frozenset[Key] = frozenset({("email", "a" * 64), ("phone", "b" * 64), ("email", "c" * 64)})
OLD: Key = ("phone", "d" * 64)


def receipt(**changes: object) -> Receipt:
    """Return the receipt of a complete sending to the list "p"."""
    sent = Receipt("s", 1, Target.META, "2026-03-09", False, 2, 2, {}, 0, 0.0, "k", {}, 0, {}, 1, 1, 1, place="p")
    return dataclasses.replace(sent, **changes)


def kept(folder: Path, made: Receipt, target: Target = Target.META) -> Path:
    """Write the folder of an audience: its requests, who was on the list before, and who is taken off."""
    google = target is Target.GOOGLE_ADS
    adds = google_bodies(MEMBERS, GOOGLE, validate_only=False) if google else meta_bodies(MEMBERS, 5)
    takes = google_removals([OLD], GOOGLE, validate_only=False) if google else meta_removals([OLD])
    for name, bodies in ((REQUESTS, adds), (REMOVALS, takes)):
        (folder / name).write_bytes(b"".join(msgspec.json.encode(body) + b"\n" for body in bodies))
    write_listed([OLD], folder / LISTED)
    (folder / RECEIPT).write_bytes(encode(made))
    return folder


@pytest.mark.parametrize("target", [Target.GOOGLE_ADS, Target.META])
def test_what_was_sent_is_on_the_list(tmp_path: Path, target: Target) -> None:
    """What the platform took is on it, with what was there before; what it took off is not."""
    before = ("requests.jsonl", LISTED)
    assert listed(kept(tmp_path, receipt(files=before), target), "p") == KEYS | {OLD}
    assert listed(kept(tmp_path, receipt(files=before, removals=1, removed=1), target), "p") == KEYS
    assert listed(kept(tmp_path, receipt(), target), "p") == KEYS


def test_what_may_have_arrived_counts(tmp_path: Path) -> None:
    """A request that nobody knows the end of may have put its members on the list; a dry run put nobody on it."""
    assert listed(kept(tmp_path, receipt(sent=0)), "p") == KEYS
    assert listed(kept(tmp_path, receipt(sent=0, dry_run=True, files=(LISTED,))), "p") == {OLD}


def test_another_list_is_not_known(tmp_path: Path) -> None:
    """Without a folder, a receipt or the name of a list, and for another list, nobody is known to be on it."""
    assert listed(tmp_path / "nowhere", "p") == frozenset()
    folder = kept(tmp_path, receipt())
    assert listed(folder, "q") == listed(folder, "") == frozenset()
    (folder / RECEIPT).write_text("{}")
    assert listed(folder, "p") == frozenset()


@pytest.mark.parametrize(
    "line", ["{", '["email"]', '{"payload": {"schema": []}}', '{"audienceMembers": [{}]}', "[1, 2]"]
)
def test_damage_is_told(tmp_path: Path, line: str) -> None:
    """Where a file is damaged it is not guessed who is on the list."""
    folder = kept(tmp_path, receipt(files=(LISTED,)))
    (folder / (REQUESTS if "{" in line else LISTED)).write_text(line + "\n")
    with pytest.raises(InputError, match="who stands on the list: delete it"):
        listed(folder, "p")
