"""`clientela explain`: one row of a folder found and told in words."""

import json
import shutil
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from syrupy.assertion import SnapshotAssertion

from clientela.cli.commands.explain import Options, act
from clientela.domain.column import Column, Role, Storage
from clientela.domain.errors import ClientelaError, ColumnError, InputError
from clientela.domain.roles import Roles
from clientela.models.learning import learn
from clientela.models.options import ModelOptions
from clientela.models.reasons import Answer, Explanation, Reason
from clientela.pipeline.explaining import explain_row, told
from clientela.tables.frames import from_frame
from clientela.workspace.folder import Workspace
from clientela.workspace.releases import RELEASE


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a run beside the file that it was made from."""
    rng = np.random.default_rng(4)
    pages = rng.poisson(4, 160)
    frame = pl.DataFrame(
        {
            "visit": [f"v{number}" for number in range(1, 161)],
            "who": [f"p{number % 80}" for number in range(160)],
            "time": [
                datetime.fromisoformat("2026-01-01") + timedelta(hours=7 * (160 - number)) for number in range(160)
            ],
            "pages": pages,
            "from": [("<b>ad", "mail", None)[pick] for pick in rng.integers(0, 3, 160)],
            "bought": np.where(pages + rng.normal(size=160) > 4.5, "yes", "no"),
        }
    )
    folder = tmp_path_factory.mktemp("explaining")
    frame.write_parquet(folder / "visits.parquet")
    kinds = {"visit": Role.IDENTIFIER, "who": Role.IDENTIFIER, "time": Role.TIME, "bought": Role.LABEL}
    columns = tuple(Column(name, Storage.TEXT, kinds.get(name, Role.FEATURE)) for name in frame.columns)
    roles = Roles(columns, "bought", "time", "who", "visit")
    learned = learn(from_frame(frame), roles, (), ModelOptions(seed=1, folds=3, resamples=2, threads=1))
    shop = Workspace.create(folder / "shop")
    shop.replace_folder(RELEASE, learned.release.save)
    named = '[source]\nfile = "{}"\n[table]\ntime = "time"\n'
    shop.write("clientela.toml", named.format(folder / "visits.parquet").encode())
    return folder


def test_a_visit_is_found_by_its_identifier(place: Path) -> None:
    """The value of the identifier that is unique names one row, and the cells told are those of that row."""
    found = explain_row(place / "shop", "v17")
    cells = pl.read_parquet(place / "visits.parquet").row(16, named=True)
    assert found.row == "“visit” “v17”"
    reasons = {reason.column: reason.value for reason in found.answers[0].reasons}
    assert reasons["pages"] == str(cells["pages"])
    assert found.compared == 160


def test_it_does_not_matter_where_one_stands(place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A relative file in clientela.toml is looked for from the folder it stands in, whatever the working directory."""
    shop = place / "moved"
    shutil.copytree(place / "shop", shop)
    (shop / "clientela.toml").write_text('[source]\nfile = "../visits.parquet"\n', encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    assert explain_row(shop, "v17").row == explain_row(place / "shop", "v17").row


def test_of_several_rows_of_a_visitor_the_latest_is_told(place: Path) -> None:
    """Times fall here, so the latest of two rows of a visitor is the first one."""
    found = explain_row(place / "shop", "p5")
    assert found.row == "the latest of 2 rows of “who” “p5”"
    assert found.chances == explain_row(place / "shop", "v6").chances


def test_a_row_is_found_by_its_number(place: Path) -> None:
    """Where no identifier has the value, a number is the number of a row, from 1."""
    found = explain_row(place / "shop", "160")
    assert found.row == "row 160"
    assert found.chances == explain_row(place / "shop", "v160").chances


@pytest.mark.parametrize("row", ["nope", "0", "161", "", "-1", "²", "9" * 40])
def test_a_row_that_is_not_there_is_one_sentence(place: Path, row: str) -> None:
    """No such value and no such number: what is possible is said."""
    with pytest.raises(InputError, match="No row has .* in 'visit', 'who'.*a row number from 1 to 160"):
        explain_row(place / "shop", row)


def test_folders_that_cannot_explain_are_one_sentence(place: Path, tmp_path: Path) -> None:
    """No folder, a run from memory, a source that lost a column or is gone: one sentence each."""
    with pytest.raises(ClientelaError):
        explain_row(tmp_path / "none", "v1")
    shop = shutil.copytree(place / "shop", tmp_path / "shop")
    (shop / "clientela.toml").write_text("", encoding="utf-8")
    with pytest.raises(InputError, match="made from a frame in memory"):
        explain_row(shop, "v1")
    pl.read_parquet(place / "visits.parquet").drop("pages").write_parquet(tmp_path / "less.parquet")
    (shop / "clientela.toml").write_text(f'[source]\nfile = "{tmp_path / "less.parquet"}"\n', encoding="utf-8")
    with pytest.raises(ColumnError, match="not there any more: 'pages'"):
        explain_row(shop, "v1")
    pl.read_parquet(place / "visits.parquet").drop("visit", "who").write_parquet(tmp_path / "less.parquet")
    with pytest.raises(InputError, match="No row has 'v1' as its number: give a row number from 1 to 160"):
        explain_row(shop, "v1")
    assert explain_row(shop, "3").row == "row 3"


def test_without_a_time_the_last_row_is_told(place: Path, tmp_path: Path) -> None:
    """Where no time is known, the last of a visitor's rows is told, and called so."""
    shop = shutil.copytree(place / "shop", tmp_path / "shop")
    (shop / "clientela.toml").write_text(f'[source]\nfile = "{place / "visits.parquet"}"\n', encoding="utf-8")
    found = explain_row(shop, "p5")
    assert found.row == "the last of 2 rows of “who” “p5”"
    assert found.chances == explain_row(shop, "v86").chances


def _made(**other: Any) -> Explanation:
    reasons = [("pages", "9", 0.8), ("bad\x1b[31m", "=1+1\n`x`", -0.5), ("income", None, 0.3), ("a", "1", 0.2)]
    reasons += [("b", "2", 0.1), ("c", "3", 0.05), ("d", "2026-01-01 10:00:00.000000", -0.01), ("e", "5", 0.0)]
    answer = Answer("above 'none'", 0.842, 0.31, 0.274, tuple(Reason(n, v, a, float(np.exp(a))) for n, v, a in reasons))
    values = {
        "row": "“visit” “v17”", "label": "group", "group": "high", "chances": {"none": 0.12, "low": 0.25, "high": 0.63},
        "revenue": 1241.2, "answers": (answer,), "compared": 2000,
    }  # fmt: skip
    return Explanation(**{**values, **other})


def test_it_is_told_in_words(snapshot: SnapshotAssertion) -> None:
    """The group first, then what speaks for and against, strongest first; nothing of the data moves a terminal."""
    lines = told(_made())
    assert not any("\x1b" in line or "\n" in line for line in lines)
    assert "\n".join(lines) == snapshot


def test_a_group_that_is_not_the_likeliest_is_explained() -> None:
    """Where the group is not the likeliest one a line says why; without revenue none is told."""
    lines = told(_made(group="low", revenue=None))
    assert lines[1].startswith("The likeliest single group is “high”; rows are put into groups so that each")
    assert "revenue" not in lines[0]


def test_the_command_prints_words_or_json(place: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Words go to the screen, JSON to the screen alone or to a file; an empty name is refused before any work."""
    act(Options(place / "shop", "v17"))
    assert capsys.readouterr().out.startswith("“visit” “v17” is put into “")
    act(Options(place / "shop", "v17", "-"))
    assert json.loads(capsys.readouterr().out)["row"] == "“visit” “v17”"
    act(Options(place / "shop", "v17", str(tmp_path / "why.json")))
    assert json.loads((tmp_path / "why.json").read_text(encoding="utf-8"))["label"] == "bought"
    assert capsys.readouterr().out.strip().endswith(f"JSON: {tmp_path / 'why.json'}")
    for wrong in ("", str(tmp_path / "no" / "why.json")):
        with pytest.raises(ClientelaError):
            act(Options(place / "shop", "v17", wrong))
