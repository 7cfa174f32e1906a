"""Tests of releases: plain files that load, score, and refuse damage."""

import dataclasses
import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import polars as pl
import pytest

from clientela.domain.column import LONGEST
from clientela.domain.errors import ClientelaError, ColumnError, InputError, OutputError, SourceNotFoundError
from clientela.models.fitting import Task, fit
from clientela.models.learning import Learned, learn
from clientela.models.options import ModelOptions
from clientela.models.recipe import Recipe
from clientela.models.release import MANIFEST, Release
from clientela.models.target import codes_of
from clientela.tables.frames import from_frame


@pytest.fixture(scope="module")
def blended(learned: Learned, visits: pl.DataFrame) -> Release:
    """A release of trees and lines together."""
    target = learned.result.target
    task = Task(
        frame=visits,
        columns=learned.result.features,
        clock="time",
        kind=target.kind,
        classes=len(target.classes),
        codes=codes_of(target, visits["group"]),
        seed=1,
        threads=1,
    )
    fitted = fit(task, np.arange(len(visits)))
    settled = msgspec.structs.replace(learned.release.settled, weight=0.5)
    return dataclasses.replace(learned.release, fitted=fitted, settled=settled)


@pytest.fixture
def folder(blended: Release, tmp_path: Path) -> Path:
    """A saved release."""
    blended.save(tmp_path / "release")
    return tmp_path / "release"


def test_what_is_saved_scores_the_same(blended: Release, visits: pl.DataFrame, folder: Path) -> None:
    """A loaded release gives the very numbers of the one that was saved; all files are text."""
    loaded = Release.load(folder)
    assert loaded.predict(visits).equals(blended.predict(visits))
    assert repr(loaded) == repr(blended)
    for file in folder.iterdir():
        file.read_text(encoding="utf-8")


def test_one_row_scores_as_in_a_batch(blended: Release, visits: pl.DataFrame) -> None:
    """Each row alone gets the scores it gets among others, to the last digit."""
    batch = blended.predict(visits)
    for index in range(0, len(visits), 23):
        assert blended.predict(visits[index]).equals(batch[index])


def test_scores_are_probabilities_and_money(learned: Learned, visits: pl.DataFrame) -> None:
    """Probabilities sum to 1 in class order, revenue is not negative, no rows give no scores."""
    found = learned.release.predict(visits)
    assert found.columns == ["p_none", "p_low", "p_high", "expected_revenue"]
    assert found.select(pl.sum_horizontal("p_none", "p_low", "p_high")).to_series().to_numpy() == pytest.approx(1)
    assert found["expected_revenue"].min() >= 0
    assert learned.release.predict(visits[:0]).columns == found.columns


def test_columns_may_be_extra_reordered_or_text(learned: Learned, visits: pl.DataFrame) -> None:
    """Other columns, another order and numbers as text change nothing; many rows at once neither."""
    expected = learned.release.predict(visits)
    other = visits.select(reversed(visits.columns)).with_columns(
        pl.col("pages", "income").cast(pl.String), junk=pl.lit([1])
    )
    assert learned.release.predict(other).equals(expected)
    many = pl.concat([visits] * 26)
    assert learned.release.predict(many)[: len(visits)].equals(expected)


def test_missing_or_unreadable_columns_are_named(learned: Learned, visits: pl.DataFrame) -> None:
    """One error names every column that is not there, or the one that holds lists."""
    with pytest.raises(ColumnError, match="'device', 'pages'"):
        learned.release.predict(visits.drop("pages", "device"))
    with pytest.raises(InputError, match="'pages' holds lists"):
        learned.release.predict(visits.with_columns(pages=pl.lit([1])))


def test_headers_are_cut_as_files_are_read(learned: Learned, visits: pl.DataFrame) -> None:
    """A frame scores with a header that a file's reader would have cut; two that cut alike stay missing."""
    long = "p" * (LONGEST + 20)
    manifest, fitted = learned.release.manifest, learned.release.fitted
    names = tuple(long[:LONGEST] if name == "pages" else name for name in manifest.features)
    steps = tuple(
        msgspec.structs.replace(step, column=long[:LONGEST]) if step.column == "pages" else step
        for step in fitted.recipe.steps
    )
    release = dataclasses.replace(
        learned.release,
        manifest=msgspec.structs.replace(manifest, features=names),
        fitted=msgspec.structs.replace(fitted, recipe=Recipe(steps)),
    )
    expected = learned.release.predict(visits)
    assert release.predict(visits.rename({"pages": long})).equals(expected)
    assert release.predict(visits.rename({"pages": long[:LONGEST]})).equals(expected)
    with pytest.raises(ColumnError, match="not there"):
        release.predict(visits.rename({"pages": long, "income": long + "q"}).with_columns(income=pl.lit(1.0)))


def test_same_seed_same_bytes(
    learned: Learned, visits: pl.DataFrame, roles_of: Callable, quick: ModelOptions, tmp_path: Path
) -> None:
    """Learning again with the same seed gives the same bytes, with more threads too."""
    options = ModelOptions(quick.seed, quick.folds, quick.sample_rows, quick.resamples, threads=2)
    again = learn(from_frame(visits), roles_of(visits, "group"), ("income",), options)
    again.release.save(tmp_path / "again")
    folder = tmp_path / "first"
    learned.release.save(folder)
    names = sorted(file.name for file in folder.iterdir())
    assert names == sorted(file.name for file in (tmp_path / "again").iterdir())
    for name in names:
        assert (folder / name).read_bytes() == (tmp_path / "again" / name).read_bytes()
    assert again.scores.equals(learned.scores)


@pytest.mark.parametrize("name", ["recipe.json", "trees_00.txt", "calibration.json", "coefficients.json"])
def test_damage_is_told_in_one_sentence(folder: Path, name: str) -> None:
    """A changed or missing file is named, whichever it is."""
    (folder / name).write_text("x")
    with pytest.raises(InputError, match=f"{name}.*changed or damaged"):
        Release.load(folder)
    (folder / name).unlink()
    with pytest.raises(SourceNotFoundError, match=name):
        Release.load(folder)


def _rewrite(folder: Path, **changes: object) -> None:
    """Change the manifest as a hand would that takes its seal away."""
    manifest = json.loads((folder / MANIFEST).read_text())
    (folder / MANIFEST).write_text(json.dumps(manifest | {"seal": ""} | changes))


def test_every_word_of_the_manifest_is_sealed(folder: Path) -> None:
    """A manifest with one value changed is refused; without a seal, as of old releases, it is read."""
    content = json.loads((folder / MANIFEST).read_text())
    for name, value in (("chosen", "other"), ("until", 5.0), ("rows", 7), ("features", [*content["features"], "x"])):
        (folder / MANIFEST).write_text(json.dumps(content | {name: value}))
        with pytest.raises(InputError, match=r"manifest\.json.*changed or damaged"):
            Release.load(folder)
    _rewrite(folder, chosen="other")
    assert Release.load(folder).manifest.chosen == "other"


def test_other_frames_are_told_what_to_give(learned: Learned, visits: pl.DataFrame) -> None:
    """A pandas frame, an array and nothing at all are no Polars frame, which is said in one sentence."""
    for rows in (visits.to_pandas(), np.zeros((2, 2)), None):
        wrong: Any = rows
        with pytest.raises(InputError, match="give a Polars frame"):
            learned.release.predict(wrong)


def _replace(folder: Path, name: str, content: bytes) -> None:
    """Replace a file together with its hash, as a careless hand would."""
    files = json.loads((folder / MANIFEST).read_text())["files"]
    (folder / name).write_bytes(content)
    _rewrite(folder, files=files | {name: hashlib.sha256(content).hexdigest()})


def test_no_release_newer_release_and_incomplete_release(folder: Path, tmp_path: Path) -> None:
    """An empty folder, a newer format and a manifest that forgets files each get their sentence."""
    with pytest.raises(SourceNotFoundError, match=r"manifest\.json"):
        Release.load(tmp_path / "nothing")
    _rewrite(folder, format=2)
    with pytest.raises(InputError, match="format 2"):
        Release.load(folder)
    _rewrite(folder, format=1, files={})
    with pytest.raises(InputError, match=r"lacks 'recipe\.json'"):
        Release.load(folder)
    (folder / MANIFEST).write_text("{")
    with pytest.raises(InputError, match="damaged"):
        Release.load(folder)


def test_paths_outside_are_refused(folder: Path, tmp_path: Path) -> None:
    """Names that lead out of the folder and links are refused, when reading and when writing."""
    secret = tmp_path / "secret.txt"
    secret.write_text("s")
    _rewrite(folder, files={"../secret.txt": "0"})
    with pytest.raises(InputError, match="not in its own folder"):
        Release.load(folder)
    (folder / "link").symlink_to(secret)
    _rewrite(folder, files={"link": "0"})
    with pytest.raises(InputError, match="not in its own folder"):
        Release.load(folder)


def test_links_and_files_in_the_way_stop_writing(learned: Learned, tmp_path: Path) -> None:
    """Nothing is written through a link, and a file where the folder should be is an output error."""
    (tmp_path / "release").mkdir()
    (tmp_path / "release" / "recipe.json").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(OutputError, match="links"):
        learned.release.save(tmp_path / "release")
    assert not (tmp_path / "elsewhere").exists()
    (tmp_path / "file").write_text("x")
    with pytest.raises(OutputError, match="cannot be written"):
        learned.release.save(tmp_path / "file")


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("trees_00.txt", b"tree\nnonsense", "cannot be read"),
        ("trees_00.txt", b"constant=x", "cannot be read"),
        ("coefficients.json", b'[{"intercept": 0.0, "coefficients": [1.0]}]', "do not fit together"),
        ("recipe.json", b'{"steps": [{"kind": "other"}]}', "damaged"),
    ],
)
def test_parts_that_do_not_fit_are_refused(folder: Path, name: str, content: bytes, sentence: str) -> None:
    """Files changed together with their hashes still must be readable and fit together."""
    _replace(folder, name, content)
    with pytest.raises(ClientelaError, match=sentence):
        Release.load(folder)


def test_an_unreadable_file_is_an_input_error(folder: Path) -> None:
    """A folder where a file should be is told in one sentence."""
    (folder / "recipe.json").unlink()
    (folder / "recipe.json").mkdir()
    with pytest.raises(InputError, match="cannot be read"):
        Release.load(folder)


def test_metrics_are_json(learned: Learned) -> None:
    """The result travels with the release as JSON."""
    found = msgspec.json.decode(learned.release.metrics)
    assert found["metrics"][0]["name"] == "auc"
    assert np.isfinite(found["metrics"][0]["estimate"]["value"])
