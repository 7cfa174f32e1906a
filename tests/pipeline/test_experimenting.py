"""Experiments from files: plans, analyses, pages."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from clientela.domain.errors import InputError, SourceNotFoundError
from clientela.domain.goal import Goal
from clientela.experiments.options import ExperimentOptions
from clientela.experiments.planning import Asked
from clientela.language import Language
from clientela.pipeline.experimenting import (
    analyse_sources,
    analysis_json,
    plan_json,
    plan_source,
    share_of,
    write_analysis,
    write_plan,
)


@pytest.fixture
def trial(tmp_path: Path) -> Path:
    """A file of 400 visitors in two arms."""
    rng = np.random.default_rng(1)
    path = tmp_path / "trial.csv"
    variant = np.where(np.arange(400) % 2 == 0, "control", "<b>new</b>")
    pl.DataFrame({"visitor": range(400), "variant": variant, "bought": rng.integers(0, 2, 400)}).write_csv(path)
    return path


def test_an_analysis_is_written_as_page_and_as_json(trial: Path, tmp_path: Path) -> None:
    """The ending decides; the page holds no markup from the data; nothing else is left in the folder."""
    found = analyse_sources(str(trial), None, ExperimentOptions(Goal.CONVERSION))
    write_analysis(found, str(trial), tmp_path / "page.HTML")
    write_analysis(found, str(trial), tmp_path / "found.json")
    page = (tmp_path / "page.HTML").read_text()
    assert "<b>new</b>" not in page
    assert "&lt;b&gt;new" in page
    held = json.loads((tmp_path / "found.json").read_bytes())
    assert held == json.loads(analysis_json(found))
    assert held["goal"] == "conversion"
    assert held["effects"][0]["difference"]["value"] == pytest.approx(found.effects[0].difference.value)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["found.json", "page.HTML", "trial.csv"]


def test_a_page_takes_language_and_look_of_its_folder(trial: Path, tmp_path: Path) -> None:
    """clientela.toml beside the page says them; what is asked for goes before; a logo that is not there is told."""
    found = analyse_sources(str(trial), None, ExperimentOptions(Goal.CONVERSION))
    settings = tmp_path / "clientela.toml"
    settings.write_text('[run]\nlanguage = "de"\n[brand]\ncolor = "#7a1fa2"\n')
    write_analysis(found, str(trial), tmp_path / "page.html")
    german = (tmp_path / "page.html").read_text()
    assert "Was tun" in german
    assert "#7a1fa2" in german
    write_analysis(found, str(trial), tmp_path / "page.html", Language.ENGLISH)
    assert "What to do" in (tmp_path / "page.html").read_text()
    settings.write_text('[brand]\nlogo = "none.png"\n')
    with pytest.raises(SourceNotFoundError, match="none.png"):
        write_analysis(found, str(trial), tmp_path / "other.html")
    assert not (tmp_path / "other.html").exists()


def test_a_plan_is_written_as_json(trial: Path, tmp_path: Path) -> None:
    """Unknown days are null in JSON, never NaN."""
    made = plan_source(str(trial), ExperimentOptions(Goal.CONVERSION), Asked(0.1, 0.2))
    write_plan(made, tmp_path / "plan.json")
    held = json.loads((tmp_path / "plan.json").read_text(), parse_constant=pytest.fail)
    assert held == json.loads(plan_json(made))
    assert (held["visitors"], held["days"], held["holdout"]) == (made.visitors, None, 0.2)


@pytest.mark.parametrize(
    ("text", "share"),
    [("5%", 0.05), (" 5 % ", 0.05), ("0.05", 0.05), ("-3%", -0.03), (None, None)],
)
def test_shares_are_read_as_people_write_them(text: str | None, share: float | None) -> None:
    """Per cent and plain numbers mean the same."""
    assert share_of(text, "--holdout") == share


@pytest.mark.parametrize("text", ["", "%", "five", "nan", "-200%", "1e9"])
def test_what_is_no_share_is_refused(text: str) -> None:
    """The option and the text are named."""
    with pytest.raises(InputError, match="--holdout is .*: write a share such as 5% or 0.05"):
        share_of(text, "--holdout")
