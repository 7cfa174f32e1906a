"""`clientela experiment replay` and `uplift` as a user runs them: the answer, the JSON, and wrong inputs."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

Call = Callable[..., Any]
POLICY = {"name": "B for all", "default": {"B": 1}}


@pytest.fixture(scope="module")
def decisions(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a log of decisions, a policy, and a trial."""
    folder = tmp_path_factory.mktemp("decisions")
    rng = np.random.default_rng(0)
    shown = rng.random(300) < 0.5
    log = pl.DataFrame(
        {
            "variant": np.where(shown, "B", "A"),
            "propensity": 0.5,
            "reward": (rng.random(300) < 0.2 + 0.5 * shown).astype(int),
            "who": rng.integers(0, 100, 300),
        }
    )
    log.write_csv(folder / "log.csv")
    (folder / "policy.json").write_text(json.dumps(POLICY), encoding="utf-8")
    pages, mailed = rng.normal(size=500), rng.random(500) < 0.5
    trial = pl.DataFrame(
        {
            "shown": np.where(np.arange(500) < 20, "card", np.where(mailed, "mail", "none")),
            "bought": (rng.random(500) < 0.2 + 0.6 * mailed * (pages > 0)).astype(int),
            "pages": pages,
            "person": np.arange(500),
        }
    )
    trial.write_csv(folder / "trial.csv")
    return folder


def replayed(folder: Path) -> tuple[object, ...]:
    """Return the arguments that replay the policy."""
    return "experiment", "replay", folder / "log.csv", "--policy", folder / "policy.json"


def judged(folder: Path, *known: str) -> tuple[object, ...]:
    """Return the arguments that ask who responds to mail."""
    sides = ("--treated", "mail", "--control", "none", "--variant", "shown", "--reward", "bought")
    return "experiment", "uplift", folder / "trial.csv", *sides, "--known", *(known or ("pages",))


def test_replay_answers_first(decisions: Path, clientela: Call, tmp_path: Path) -> None:
    """The first line is the answer with its gain, then every estimator, then the size; JSON where asked."""
    out = tmp_path / "replay.json"
    ended = clientela(*replayed(decisions), "--json", out)
    assert ended.code == 0, ended.err
    lines = ended.out.strip().splitlines()
    assert lines[0].startswith("'B for all' would have earned 0.")
    assert " more than the 0." in lines[0]
    assert [line.split("  ")[0] for line in lines[2:6]] == [
        "as logged",
        "doubly robust",
        "self-normalised",
        "inverse propensity",
    ]
    assert lines[-2].startswith("300 decisions tell as much as ")
    assert lines[-1] == f"JSON: {out}"
    assert json.loads(out.read_text(encoding="utf-8"))["gain"]["low"] > 0


def test_replay_counts_visitors_and_writes_json_to_the_screen(decisions: Path, clientela: Call) -> None:
    """With --visitor sizes are of visitors; with --json - only JSON is printed."""
    ended = clientela(*replayed(decisions), "--visitor", "who")
    assert " visitors tell as much as " in ended.out
    found = json.loads(clientela(*replayed(decisions), "--visitor", "who", "--json", "-").out)
    assert found["unit"] == "visitor"
    assert found["policy"] == "B for all"


def test_replay_tells_less_and_doubts(decisions: Path, clientela: Call, tmp_path: Path) -> None:
    """A worse policy earns less; one with an unseen variant has its doubt on the second line; equals cannot be told."""
    worse, unseen, even = (tmp_path / name for name in ("worse.json", "unseen.json", "even.json"))
    worse.write_text('{"default": {"A": 1}}', encoding="utf-8")
    unseen.write_text('{"default": {"A": 0.97, "C": 0.03}}', encoding="utf-8")
    even.write_text('{"default": {"A": 0.5, "B": 0.5}}', encoding="utf-8")
    said = [clientela(*replayed(decisions)[:-1], path).out.strip().splitlines() for path in (worse, unseen, even)]
    assert " less than the 0." in said[0][0]
    assert said[1][1].startswith("Doubt: The log never shows 3.0%")
    assert "cannot be told: the gain is" in said[2][0]


def test_uplift_answers_first(decisions: Path, clientela: Call, tmp_path: Path) -> None:
    """The first line is the verdict, rows of other variants are counted, tenths follow; JSON where asked."""
    out = tmp_path / "uplift.json"
    ended = clientela(*judged(decisions), "--visitor", "person", "--cost", "0.1", "--json", out)
    assert ended.code == 0, ended.err
    lines = ended.out.strip().splitlines()
    assert lines[0].startswith("Visitors differ")
    assert "of 480 were treated; 20 rows of other variants are left out." in lines[1]
    assert len(lines) == 5 + 10 + 1
    assert json.loads(out.read_text(encoding="utf-8"))["usable"] is True
    assert json.loads(clientela(*judged(decisions), "--json", "-").out)["left_out"] == 20


def test_uplift_of_what_tells_nothing(decisions: Path, clientela: Call) -> None:
    """With a column that is the same for all there is no usable difference, and the slope cannot be told."""
    same = decisions / "same.csv"
    pl.read_csv(decisions / "trial.csv").with_columns(pages=1).write_csv(same)
    ended = clientela(*judged(decisions)[:2], same, *judged(decisions)[3:])
    assert ended.out.strip().startswith("There is no usable difference")
    assert "slope of effects on the score cannot be told" in ended.out


def test_wrong_policies_are_one_sentence(decisions: Path, clientela: Call, tmp_path: Path) -> None:
    """No file, a folder, a huge file, something else than a policy: exit 2 and one line."""
    huge = tmp_path / "huge.json"
    with huge.open("wb") as file:
        file.truncate(50_000_001)
    asked = replayed(decisions)[:-1]
    for given, said in (
        (tmp_path / "none.json", "There is no file"),
        (tmp_path, "cannot be read"),
        (huge, "larger than 50 MB"),
        (decisions / "log.csv", "is no JSON"),
    ):
        ended = clientela(*asked, given)
        assert (ended.code, ended.out) == (2, "")
        assert said in ended.err
        assert len(ended.err.strip().splitlines()) == 1


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (("--variant", "nope"), "no column 'nope'"),
        (("--reward", "propensity"), "'propensity' cannot be two things"),
        (("--json", ""), "Name a file with --json"),
        (("--json", "no/such/folder.json"), "its folder does not exist"),
    ],
)
def test_wrong_replays_are_one_sentence(decisions: Path, clientela: Call, more: tuple[str, ...], said: str) -> None:
    """Each wrong argument of replay is exit 2 and one line, before anything is written."""
    ended = clientela(*replayed(decisions), *more)
    assert (ended.code, ended.out) == (2, "")
    assert said in ended.err.strip().splitlines()[-1]


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (("--treated", "none"), "Treated and control are both 'none'"),
        (("--treated", "post"), "'shown' never is 'post': its values are 'card', 'mail', 'none'"),
        (("--known", " , "), "Name the columns that were known"),
        (("--known", "pages,nope"), "no column 'nope'"),
        (("--known", "bought"), "'bought' cannot be known before"),
        (("--known", "pages,pages"), "'pages' is named twice"),
        (("--visitor", "shown"), "'shown' is named twice"),
        (("--cost", "-1"), "A cost of -1 is not possible"),
        (("--cost", "nan"), "A cost of nan is not possible"),
        (("--reward", "pages", "--known", "bought", "--visitor", "person", "--json", ""), "Name a file with --json"),
        (("--json", "no/such/folder.json"), "its folder does not exist"),
    ],
)
def test_wrong_trials_are_one_sentence(decisions: Path, clientela: Call, more: tuple[str, ...], said: str) -> None:
    """Each wrong argument of uplift is exit 2 and one line."""
    ended = clientela(*judged(decisions), *more)
    assert (ended.code, ended.out) == (2, "")
    assert said in ended.err.strip().splitlines()[-1]


def test_wrong_tables_of_trials_are_one_sentence(decisions: Path, clientela: Call, tmp_path: Path) -> None:
    """A visitor on both sides, missing rewards, rewards that are all equal: exit 2, one line each."""
    trial, path = pl.read_csv(decisions / "trial.csv"), tmp_path / "wrong.csv"
    for change, said in (
        ({"person": pl.col("person") % 100}, "are on both sides of the trial, "),
        ({"bought": pl.lit(None)}, "'bought' is empty"),
        ({"bought": pl.lit(0)}, "The reward is 0 in every row"),
        ({"bought": pl.lit("yes")}, "'bought' holds no numbers"),
        ({"person": pl.when(pl.col("person") > 30).then(pl.col("person"))}, "cells of 'person' are missing"),
    ):
        trial.with_columns(**change).write_csv(path)
        ended = clientela(*judged(decisions)[:2], path, *judged(decisions)[3:], "--visitor", "person")
        assert (ended.code, ended.out) == (2, "")
        assert said in ended.err.strip().splitlines()[-1]


def test_a_table_without_rows_is_one_sentence(decisions: Path, clientela: Call, tmp_path: Path) -> None:
    """A parquet file without rows is told by both commands."""
    empty = tmp_path / "empty.parquet"
    pl.read_csv(decisions / "log.csv").head(0).write_parquet(empty)
    for asked in (replayed(decisions), judged(decisions)):
        ended = clientela(*asked[:2], empty, *asked[3:])
        assert ended.code == 2
        assert len(ended.err.strip().splitlines()) == 1
