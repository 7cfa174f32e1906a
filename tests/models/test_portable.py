"""Tests of ONNX files: the scores of the release, wherever a cell lies."""

import dataclasses
from datetime import datetime, timedelta
from typing import Any

import msgspec
import numpy as np
import polars as pl
import pytest

from clientela.domain.errors import InputError, OutputError
from clientela.models import portable
from clientela.models.bending import Bend
from clientela.models.fitting import Task, fit
from clientela.models.learners import Trees
from clientela.models.portable import TOLERANCE, drawn, inputs_of, largest_difference, port, to_onnx
from clientela.models.recipe import Category
from clientela.models.release import FORMAT, Manifest, Release
from clientela.models.result import Target, TargetKind
from clientela.models.settling import Scale, Settled

ROWS = 600


def table() -> pl.DataFrame:
    """Return columns of every kind of step, with skew and gaps."""
    rng = np.random.default_rng(7)
    start = datetime.fromisoformat("2024-12-20")
    plain = rng.normal(size=ROWS)
    towns = 5 * np.digitize(plain, np.linspace(-1.5, 1.5, 8)) + rng.integers(0, 5, ROWS)
    amount = np.where(rng.random(ROWS) < 0.1, np.nan, rng.lognormal(2, 2, ROWS))
    return pl.DataFrame(
        {
            "amount": pl.Series(amount, nan_to_null=True),
            "plain": plain,
            "device": [[None, "mobile", "desktop", "<b>", "ü"][pick] for pick in rng.integers(0, 5, ROWS)],
            "city": [f"city {pick}" for pick in np.minimum(rng.geometric(0.07, ROWS), 45)],
            "town": [f"town {town}" if town else None for town in towns],
            "grade": rng.choice([1.0, 2.5, 7.0], ROWS),
            "member": rng.random(ROWS) < 0.4,
            "said": [f"{n} " + " ".join(rng.choice(["red", "Ü", "gift", "茶色"], 2)) for n in range(ROWS)],
            "born": [start + timedelta(hours=int(hours)) for hours in rng.integers(0, 24 * 400, ROWS)],
        }
    ).with_columns(pl.when(pl.col("plain") > 1.5).then(None).otherwise(pl.col("born")).alias("born"))


def made(kind: TargetKind, classes: int, weight: float) -> Release:
    """Return a release of some kind of target on the table."""
    frame = table()
    rng = np.random.default_rng(1)
    drive = (
        frame["plain"].to_numpy()
        + (frame["device"] == "mobile").fill_null(value=False).to_numpy()
        + rng.normal(size=ROWS)
    )
    codes = np.searchsorted(np.quantile(drive, np.arange(1, classes) / classes), drive).astype(np.int64)
    task = Task(frame, tuple(frame.columns), None, kind, classes, codes, seed=1, threads=1)
    count = classes if kind is TargetKind.CLASSES else classes - 1
    means = tuple(40.0 * code for code in range(classes))
    settled = Settled(kind, weight, 1.0, (Scale(0.1, 0.9),) * count, (), means)
    names = tuple(f"c{code}" for code in range(classes))
    target = Target(kind, "level", names, members=tuple((name,) for name in names))
    manifest = Manifest(FORMAT, target, tuple(frame.columns), (), "blend", ROWS, 0, "", {})
    return Release(manifest, fit(task, np.arange(ROWS), 0.1), settled, b"{}")


def test_bent_revenue_is_the_same(releases: list[Release]) -> None:
    """Expected revenue that was bent comes out of the file as of the release, beyond both ends too."""
    bend = Bend((0.0, 10.0, 30.0, 50.0), (0.0, 4.0, 25.0, 90.0), (0.4, 1.05, 3.25, 1.8))
    for release in releases:
        settled = msgspec.structs.replace(release.settled, bend=bend)
        ported = port(dataclasses.replace(release, settled=settled))
        assert ported.difference < 1e-12


CASES = [(TargetKind.BINARY, 2, 0.5), (TargetKind.ORDERED, 3, 1.0), (TargetKind.CLASSES, 3, 0.0)]


@pytest.fixture(scope="module")
def releases() -> list[Release]:
    """One release of every kind of target, of both learners and of each alone."""
    return [made(*case) for case in CASES]


def test_the_file_scores_as_the_release(releases: list[Release]) -> None:
    """On the table and on rows drawn to meet every threshold, category and gap, scores differ by rounding only."""
    for release in releases:
        ported = port(release)
        assert ported.difference < 1e-12
        assert ported.rows == portable.CHECKED_ROWS
        assert largest_difference(release, ported.content, table()) < 1e-12


def test_towns_have_effects(releases: list[Release]) -> None:
    """The table has a column whose levels have effects, so that they are tested here."""
    for release in releases:
        step = next(step for step in release.fitted.recipe.steps if step.column == "town")
        assert isinstance(step, Category)
        assert len(step.effects) == (1 if release.manifest.target.kind is TargetKind.BINARY else 2)


def test_an_effect_that_differs_is_seen(releases: list[Release]) -> None:
    """A file with two effects exchanged is found out by the check."""
    for release in releases:
        steps = tuple(_exchanged(step) if step.column == "town" else step for step in release.fitted.recipe.steps)
        recipe = msgspec.structs.replace(release.fitted.recipe, steps=steps)
        other = dataclasses.replace(release, fitted=msgspec.structs.replace(release.fitted, recipe=recipe))
        assert largest_difference(release, to_onnx(other), drawn(release)) > 100 * TOLERANCE


def _exchanged(step: Any) -> Any:
    """Return a step whose highest and lowest effects changed places."""
    first = list(step.effects[0])
    high, low = int(np.argmax(first)), int(np.argmin(first))
    first[high], first[low] = first[low], first[high]
    return msgspec.structs.replace(step, effects=(tuple(first), *step.effects[1:]))


def test_drawn_rows_reach_every_part(releases: list[Release]) -> None:
    """Every category, unknown ones, gaps of every column and both sides of every threshold are among the rows."""
    release = releases[0]
    frame = drawn(release)
    assert set(frame["city"]) >= set(table()["city"].value_counts().filter(pl.col("count") >= 5)["city"])
    assert "never seen before" in set(frame["device"])
    assert all(frame[name].null_count() > 0 for name in ("amount", "plain", "member", "born"))
    assert {"", "never-seen-before", "red", "茶色"} <= set(frame["said"])
    cuts = release.fitted.trees[0].forest._lines[0].cuts
    amounts = frame["amount"].drop_nulls().to_numpy()
    assert np.isin(cuts, amounts).all()
    assert np.isin(np.nextafter(cuts, np.inf), amounts).all()


@pytest.mark.parametrize("name", ["amount", "device", "city", "member", "born", "plain", "grade", "said", "town"])
def test_the_check_sees_every_column(releases: list[Release], name: str) -> None:
    """A file of a model that reads one column otherwise is found out by the check."""
    release = releases[0]
    steps = tuple(step if step.column != name else _spoilt(step) for step in release.fitted.recipe.steps)
    recipe = msgspec.structs.replace(release.fitted.recipe, steps=steps)
    other = dataclasses.replace(release, fitted=msgspec.structs.replace(release.fitted, recipe=recipe))
    assert largest_difference(release, to_onnx(other), drawn(release)) > 100 * TOLERANCE


def _spoilt(step: Any) -> Any:
    """Return a step that reads its cells otherwise."""
    if hasattr(step, "values"):
        return msgspec.structs.replace(step, values=(step.values[1], step.values[0], *step.values[2:]))
    if hasattr(step, "words"):
        return msgspec.structs.replace(step, words=(step.words[1], step.words[0], *step.words[2:]))
    return msgspec.structs.replace(step, centre=step.centre + 0.5 * step.scale)


def test_scores_that_differ_are_not_handed_out(releases: list[Release], monkeypatch: pytest.MonkeyPatch) -> None:
    """Above the tolerance there is no file but a sentence that names the difference."""
    for off in (2e-6, float("nan")):
        monkeypatch.setattr(portable, "largest_difference", lambda *_, off=off: off)
        with pytest.raises(OutputError, match="differ by up to"):
            port(releases[2])


def test_a_question_without_trees_answers_its_constant(releases: list[Release]) -> None:
    """Where training rows had one answer only, the file too gives that answer to every row."""
    fitted = msgspec.structs.replace(releases[1].fitted, trees=(Trees("", 0.25), Trees("", -1.0)))
    release = dataclasses.replace(releases[1], fitted=fitted)
    assert largest_difference(release, to_onnx(release), table()) < 1e-12


def test_what_goes_in_is_read_from_any_storage(releases: list[Release]) -> None:
    """Text that holds numbers, other columns and another order give the same inputs."""
    release = releases[0]
    frame = table()
    text = frame.select("born", *(pl.col(name).cast(pl.String) for name in frame.columns if name != "born"))
    plain, read = inputs_of(release, frame), inputs_of(release, text.with_columns(more=pl.lit(1)))
    assert plain.keys() == read.keys() == set(frame.columns)
    for name, cells in plain.items():
        assert np.array_equal(cells, read[name], equal_nan=cells.dtype != object)


def test_without_the_packages_one_sentence_says_what_to_install(
    releases: list[Release], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A missing package ends in a sentence with the command."""
    monkeypatch.setattr(portable, "INSTALLED", False)
    with pytest.raises(InputError, match=r"pip install 'clientela\[onnx\]'"):
        port(releases[0])


def test_columns_named_like_scores_are_refused(releases: list[Release]) -> None:
    """A file cannot have the same name for what goes in and what comes out."""
    manifest = msgspec.structs.replace(releases[0].manifest, features=("p_c0",))
    with pytest.raises(InputError, match="'p_c0' are named like scores"):
        to_onnx(dataclasses.replace(releases[0], manifest=manifest))


def test_texts_without_a_word_are_scored(releases: list[Release]) -> None:
    """Where all texts are empty the file parts none of them into words, and scores as the release."""
    frame = table().with_columns(said=pl.lit(""))
    assert largest_difference(releases[0], to_onnx(releases[0]), frame) < 1e-12
