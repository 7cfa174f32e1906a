"""clientela.toml: written for a person, and the person's word wins."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clientela.domain.column import Available, Column, Origin, Role, Storage
from clientela.domain.errors import InputError
from clientela.domain.roles import Roles
from clientela.workspace.folder import Workspace
from clientela.workspace.settings import (
    Campaign,
    Named,
    Settings,
    Source,
    corrections,
    inferred_part,
    parse,
    read_settings,
    render,
    settled,
    write_settings,
)

ROLES = Roles(
    columns=(
        Column("id", Storage.TEXT, Role.IDENTIFIER, Origin.COLLECTED, Available.DURING, 0.9, "unique"),
        Column("when", Storage.TIMESTAMP, Role.TIME),
        Column("bought", Storage.BOOLEAN, Role.LABEL),
    ),
    label="bought",
    time="when",
)
ASKED = Settings(source=Source(file="visits.xlsx", sheet="s"), table=Named(collected="A:B"))


def test_sections_that_a_person_wrote_stay() -> None:
    """Where audiences go and whom to alert stands in the file that a run writes, as it stood in the one it read."""
    asked = parse('[audience]\nconsent = "ads"\ngranted = ["all"]\nholdout = 0.2\n\n[audience.meta]\naudience = "9"\n')
    assert asked.audience.meta.audience == "9"
    again = parse(render(settled(asked, ROLES), ROLES))
    assert again.audience == asked.audience
    assert "[audience" not in render(settled(ASKED, ROLES), ROLES)
    with pytest.raises(InputError, match="not the secret itself"):
        parse('[audience.meta]\ncredential_env = "EAAB-token"\n')


def test_the_brand_stays_and_is_checked() -> None:
    """Colour and logo stand in what a run writes as they stood in what it read; what is no colour is refused."""
    asked = parse('[brand]\ncolor = "#7a1fa2"\nlogo = "logo.png"\n')
    assert parse(render(settled(asked, ROLES), ROLES)).brand == asked.brand
    assert "[brand" not in render(settled(ASKED, ROLES), ROLES)
    with pytest.raises(InputError, match="six digits"):
        parse('[brand]\ncolor = "purple"\n')


def test_a_relative_file_starts_from_the_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Written from one working directory and read from another, the file is the same one, links and all."""
    for name in ("home", "deep/down", "real/shop"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "home" / "latest.csv").symlink_to(tmp_path / "deep" / "monday.csv")
    (tmp_path / "link").symlink_to(tmp_path / "real" / "shop")
    workspace = Workspace(tmp_path / "link")
    monkeypatch.chdir(tmp_path / "home")
    write_settings(workspace, settled(Settings(source=Source(file="latest.csv")), ROLES), ROLES)
    assert parse(workspace.read("clientela.toml").decode()).source.file == "../../home/latest.csv"
    assert read_settings(workspace).source.file == "latest.csv"
    monkeypatch.chdir(tmp_path / "deep" / "down")
    kept = read_settings(Workspace(Path("../../link")))
    assert kept.source.file == "../../home/latest.csv"
    write_settings(workspace, settled(kept, ROLES), ROLES)
    assert parse(workspace.read("clientela.toml").decode()).source.file == "../../home/latest.csv"


def test_an_absolute_file_or_none_stays(tmp_path: Path) -> None:
    """What does not depend on where one stands is written as it was given."""
    for file in ("", (tmp_path / "visits.csv").as_posix()):
        workspace = Workspace.create(tmp_path / "shop")
        write_settings(workspace, settled(Settings(source=Source(file=file)), ROLES), ROLES)
        assert parse(workspace.read("clientela.toml").decode()).source.file == file
        assert read_settings(workspace).source.file == file


def test_what_is_written_is_read_back() -> None:
    """The file reads back as the settings, and shows how sure each role is."""
    final = settled(ASKED, ROLES)
    text = render(final, ROLES)
    assert parse(text) == final
    assert 'id = "identifier" # collected, known during the visit; 90% sure: unique' in text
    assert "origin unknown; 100% sure" in text


@given(st.lists(st.text(max_size=40), min_size=1, max_size=5, unique=True), st.text(max_size=60))
def test_any_name_survives_the_file(names: list[str], reason: str) -> None:
    """Column names and reasons of any characters neither break nor change the file."""
    roles = Roles(columns=tuple(Column(name, Storage.TEXT, reason=reason) for name in names))
    final = settled(Settings(), roles)
    assert parse(render(final, roles)) == final


def test_untouched_files_hold_no_corrections() -> None:
    """What was inferred is not taken for a person's word when the file is read again."""
    final = settled(Settings(), ROLES)
    found = corrections(final, inferred_part(Settings(), final))
    assert found.table == Named()
    assert found.columns == {}


def test_what_was_asked_stays_asked() -> None:
    """What came from the command line holds for the next run too."""
    asked = Settings(table=Named(collected="A:B", label="bought"), columns={"id": Role.IGNORED})
    final = settled(asked, ROLES)
    found = corrections(final, inferred_part(asked, final))
    assert found.table == Named(collected="A:B", label="bought")
    assert "id" in found.columns


def test_corrections_are_what_a_person_changed() -> None:
    """A changed role, label or order is a correction; a role moved to another column moves the job."""
    final = settled(Settings(), ROLES)
    inferred = inferred_part(Settings(), final)
    edited = dataclasses.replace(final, columns={**final.columns, "when": Role.IGNORED, "id": Role.REVENUE})
    found = corrections(edited, inferred)
    assert found.columns == {"when": Role.IGNORED, "id": Role.REVENUE}
    assert found.table.revenue == "id"
    relabelled = dataclasses.replace(final, table=dataclasses.replace(final.table, label="id", order=("a", "b")))
    assert corrections(relabelled, inferred).table == Named(label="id", order=("a", "b"))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[table", "cannot be read"),
        ("x = " + "[" * 5000, "cannot be read"),
        ("[tables]\nx = 1", "'tables', which is not known"),
        ("[table]\nlable = 'x'", "'table.lable', which is not known"),
        ("[columns]\na = 'featre'", "columns.a = 'featre': possible are 'identifier'"),
        ("[run]\nseed = 'x'", "run.seed = 'x': it must be a whole number"),
        ("[run]\nlanguage = 'fr'", "run.language = 'fr': possible are 'en', 'de'."),
        ("[run]\nlanguage = 3", "run.language = '3': possible are"),
        ("table = 3", "table = '3': it must be a table with collected"),
    ],
)
def test_wrong_files_are_one_sentence(text: str, message: str) -> None:
    """A mistake in the file is named in one sentence."""
    with pytest.raises(InputError, match=message):
        parse(text)


@pytest.mark.parametrize("line", ["cost = 0", "value = -3.5", "budget = inf", "cost = nan"])
def test_a_campaign_is_told_in_money(line: str) -> None:
    """A cost, value or budget that is no amount of money above 0 is one sentence that names it."""
    with pytest.raises(InputError, match=rf"campaign\.{line.split(maxsplit=1)[0]}"):
        parse(f"[campaign]\n{line}\n")


def test_a_campaign_is_kept() -> None:
    """What a person wrote of a campaign is in the file again after a run; an empty section tells what can be."""
    asked = parse("[campaign]\ncost = 0.8\nbudget = 1500\n")
    text = render(asked, Roles(()))
    assert parse(text).campaign == asked.campaign == Campaign(0.8, None, 1500)
    assert "cost of a contact" in render(Settings(), Roles(()))


def test_a_folder_has_its_settings_or_the_defaults(tmp_path: Path) -> None:
    """What is read of a folder is its file, the defaults where there is none, and one sentence where it is no text."""
    workspace = Workspace(tmp_path)
    assert read_settings(workspace) == Settings()
    workspace.write("clientela.toml", b"[campaign]\ncost = 2\n")
    assert read_settings(workspace).campaign.cost == 2
    workspace.write("clientela.toml", b"title = '\xff'")
    with pytest.raises(InputError, match=r"no UTF-8 text: mend it, or start anew in another folder\.$"):
        read_settings(workspace)
