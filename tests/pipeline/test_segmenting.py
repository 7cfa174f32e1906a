"""The segments stage of a folder alone, and what the command prints of it."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from clientela.cli.commands import segment as command
from clientela.domain.errors import ClientelaError, InputError
from clientela.domain.estimate import Estimate
from clientela.pipeline import segmenting
from clientela.pipeline.request import Request
from clientela.segments.result import Holdout, Segment, SegmentResult, Targeting, Way

ONE = Estimate(0.5, 0.4, 0.6, n=90, method="wilson")
MONEY = Estimate(120.4, 80.0, 160.0, n=90, method="bootstrap")


def folder_of(path: Path, source: str) -> Path:
    """Write what makes a folder one of ours."""
    (path / "log").mkdir(parents=True)
    (path / "clientela.toml").write_text(source)
    return path


def test_only_the_segments_are_asked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The source of the folder, found beside it, is run again without a report, with segments."""
    calls: list[tuple[Any, ...]] = []
    monkeypatch.setattr(segmenting, "run", lambda *given, **more: calls.append((*given, more)))
    folder = folder_of(tmp_path / "shop", '[source]\nfile = "../visits.csv"\n')
    monkeypatch.chdir(tmp_path)
    segmenting.segment_folder(folder)
    request, path, more = calls[0]
    assert request == Request("visits.csv")
    assert path == folder
    assert (more["report"], more["segments"]) == (False, True)


def test_wrong_folders_are_one_sentence(tmp_path: Path) -> None:
    """A folder that is not there, is none of ours, or was made from a frame, is said to be."""
    with pytest.raises(ClientelaError):
        segmenting.segment_folder(tmp_path / "nowhere")
    (tmp_path / "other").mkdir()
    with pytest.raises(ClientelaError):
        segmenting.segment_folder(tmp_path / "other")
    frame = folder_of(tmp_path / "frame", "[run]\nseed = 1\n")
    with pytest.raises(InputError, match="frame in memory"):
        segmenting.segment_folder(frame)


def shown(result: SegmentResult | None, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> str:
    """Return what the command prints of a result."""
    outcome = SimpleNamespace(contents=SimpleNamespace(segments=result, notes=("A note.",)))
    monkeypatch.setattr(command, "segment_folder", lambda folder, watch: outcome)
    command.act(command.Options(Path("shop")))
    return capsys.readouterr().out


def made(plan: Targeting | None) -> SegmentResult:
    """Return two segments and two ways."""
    names = ("High value: high pages", "Low value: the rest")
    segments = tuple(Segment(name, "a rule", (), 9, ONE, ONE, None, None, (), "") for name in names)
    ways = (Way("value", "Two groups.", chosen=True), Way("behaviour", "One cloud."))
    return SegmentResult(segments, "", None, 18, ("A limit.",), 0, ways, targeting=plan)


def test_segments_have_a_line_each(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Segments, ways with a mark for the used one, limits, files, and what is missing to say whom to contact."""
    lines = shown(made(None), monkeypatch, capsys).splitlines()
    assert sum("50.0% of visits" in line for line in lines) == 2
    assert "* value: Two groups." in lines
    assert "  behaviour: One cloud." in lines
    assert any("[campaign], cost" in line for line in lines)
    assert {"A limit.", "A note.", "Segments: shop/segments.json", "Rules: shop/rules"} <= set(lines)


def test_whom_to_contact_is_told(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """With a plan its profit is told beside lots and everyone."""
    held = Holdout(0.1, 900, 500, 2.0, 10.0)
    plan = Targeting(2.0, None, None, 9, 0.5, 3.0, MONEY, MONEY, ONE, ONE, ONE, ONE, held)
    text = shown(made(plan), monkeypatch, capsys)
    assert "Whom to contact: 9 visits (50.0%); per 1,000 visits profit 120 [80, 160]" in text


def test_no_label_is_said(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Without a label there are no segments: it is an error that says why and what to do."""
    with pytest.raises(InputError, match=r'as "label" under \[columns\] in .shop/clientela.toml. .* A note\.'):
        shown(None, monkeypatch, capsys)
