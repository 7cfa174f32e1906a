"""The checks of a folder and its calendar: stored, read back, and refused in words where damaged."""

from __future__ import annotations

import datetime
import math
from pathlib import Path

import pytest
from tests.monitoring.made import incident, measured, result, shift

from clientela.domain.errors import InputError, SourceNotFoundError
from clientela.domain.incident import Cause
from clientela.monitoring.announced import Announcement
from clientela.workspace.checks import (
    CALENDAR,
    CHECKS,
    QUEUED,
    announcements,
    keep_announcements,
    monitored,
    queue_through,
    queued_through,
    same,
    store,
    stored,
)
from clientela.workspace.folder import Workspace

DAY = datetime.date(2026, 12, 1)


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    """A folder that can be monitored."""
    (tmp_path / "baseline.json").write_text("{}")
    return monitored(Workspace(tmp_path))


def test_a_folder_that_is_none_is_refused(tmp_path: Path) -> None:
    """A folder without settings, baseline or checks is not ours."""
    with pytest.raises(SourceNotFoundError, match="no folder made by"):
        monitored(Workspace(tmp_path))


def test_checks_are_read_back_in_order(workspace: Workspace) -> None:
    """Results come back as they were, by number; files of another name are passed over."""
    first = result(1, incident(Cause.STUCK, "price"), shifts=(shift(),), metrics=(measured("auc", 0.8),))
    second = result(2, fingerprint="../../escape")
    store(workspace, 10, second)
    store(workspace, 2, first)
    (workspace.path / CHECKS / "notes.txt").write_text("mine")
    assert list(stored(workspace)) == [(2, first), (10, second)]
    assert sorted(file.name for file in (workspace.path / CHECKS).iterdir()) == [
        "000002-000000000000.json",
        "000010-000000000000.json",
        "notes.txt",
    ]


def test_no_checks_are_none(workspace: Workspace) -> None:
    """A folder that was never checked has none, and nothing is queued."""
    assert list(stored(workspace)) == []
    assert queued_through(workspace) == 0


def test_a_damaged_check_is_named(workspace: Workspace) -> None:
    """The file is named, and what to do."""
    store(workspace, 1, result(1))
    file = next((workspace.path / CHECKS).iterdir())
    file.write_text("{")
    with pytest.raises(InputError, match=f"{file.name} is damaged: remove it"):
        list(stored(workspace))


def test_the_same_finding_is_told_by_content() -> None:
    """Whenever it was made, the same batch with the same findings is the same; without a fingerprint nothing is."""
    assert same(
        result(1, metrics=(measured("a", math.nan),)), result(1, metrics=(measured("a", math.nan),), checked="")
    )
    assert not same(result(1), result(1, incident(Cause.STUCK, "a")))
    assert not same(result(1, fingerprint=""), result(1, fingerprint=""))


def test_how_far_messages_are_queued(workspace: Workspace) -> None:
    """The number is read back; a damaged file is refused in words."""
    queue_through(workspace, 7)
    assert queued_through(workspace) == 7
    (workspace.path / QUEUED).write_text("7")
    with pytest.raises(InputError, match="have all checks told again"):
        queued_through(workspace)


def test_the_calendar_is_a_file_for_people(workspace: Workspace) -> None:
    """Entries are read back as they were written, whatever quotes the text holds."""
    entries = (
        Announcement('new items "SKU-2*" \\ = [x]', DAY, None, "2026-11-20T09:00:00+00:00"),
        Announcement("unit of price", DAY, datetime.date(2026, 12, 24), ""),
    )
    keep_announcements(workspace, entries)
    assert announcements(workspace) == entries
    assert (workspace.path / CALENDAR).read_text().startswith("# The change calendar")


def test_a_calendar_by_hand(workspace: Workspace) -> None:
    """A person may write a day with its time, or no entry at all."""
    assert announcements(workspace) == ()
    workspace.folder("monitor")
    file = workspace.path / CALENDAR
    file.write_text("")
    assert announcements(workspace) == ()
    file.write_text('[[announcement]]\ntext = "new items"\nfrom = 2026-12-01T08:00:00\nuntil = 2026-12-02\n')
    assert announcements(workspace) == (Announcement("new items", DAY, datetime.date(2026, 12, 2), ""),)


@pytest.mark.parametrize(
    "text",
    [
        "announcement = 3",
        "announcement = [3]",
        "[[announcement]]\ntext = 'new'",
        "[[announcement]]\nfrom = 2026-12-01",
        "[[announcement]]\ntext = 1\nfrom = 2026-12-01",
        "[[announcement]]\ntext = 'new'\nfrom = 'soon'",
        "[[announcement]]\ntext = 'new'\nfrom = 2026-12-01\nuntil = 'late'",
        "announcement = [",
        "\xff",
    ],
)
def test_a_damaged_calendar_is_refused(workspace: Workspace, text: str) -> None:
    """Whatever is wrong with it, one sentence says what an entry has."""
    workspace.folder("monitor")
    (workspace.path / CALENDAR).write_bytes(text.encode("latin-1"))
    with pytest.raises(InputError, match="an entry has `text`, `from`"):
        announcements(workspace)
