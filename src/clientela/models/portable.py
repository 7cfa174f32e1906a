"""A release as an ONNX graph: recipe, learners and calibration in 64-bit numbers, for programs without Python.

Trees are written as `TreeEnsemble` of ai.onnx.ml 5, which compares and adds 64-bit numbers: converters that go by way
of 32 bits move thresholds, and a cell next to one comes out in another leaf.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from clientela.domain.errors import InputError, OutputError, listed
from clientela.models.graph import Graph
from clientela.models.graphing import bent, chances, grown, mixed, seen
from clientela.models.grove import Grove, read
from clientela.models.recipe import DAY, Category, Moment, Number, Step
from clientela.models.release import Release
from clientela.models.text import Text
from clientela.models.values import HUGE, numbers, seconds, texts, truths, words_of

try:
    import onnx
    import onnxruntime
except ImportError:
    INSTALLED = False
else:
    INSTALLED = True
    _Session: Any = vars(onnxruntime)["InferenceSession"]

TOLERANCE = 1e-6
"""Largest difference between the scores of the graph and of the release."""
CHECKED_ROWS = 4_000
FAR_DAYS = 30_000.0
"""Days since 1970 that drawn dates reach: some eighty years, both ways."""

Inputs = dict[str, NDArray[Any]]


@dataclass(frozen=True)
class Ported:
    """A release as an ONNX graph, held against the release.

    Attributes:
        content: The file.
        rows: Rows that both scored.
        difference: Largest difference between their scores: of probabilities as they are, of revenue in shares of
            the largest mean revenue of a class.
    """

    content: bytes
    rows: int
    difference: float


def port(release: Release) -> Ported:
    """Write a release as an ONNX graph and hold it against the release.

    The rows are drawn so that they meet every threshold from both sides, every category, gaps, and cells beyond all
    that was learned from.

    Args:
        release: The model.

    Returns:
        The graph and how far its scores are from those of the release.

    Raises:
        InputError: The packages `onnx` and `onnxruntime` are not installed, or a column is named like a score.
        OutputError: The scores differ by more than `TOLERANCE`.
    """
    content = to_onnx(release)
    frame = drawn(release)
    difference = largest_difference(release, content, frame)
    if not difference <= TOLERANCE:
        raise OutputError(
            f"The scores of the ONNX graph differ by up to {difference:.1e} from those of the release, more than "
            f"{TOLERANCE:.0e}: it was not written; another version of onnxruntime may do better."
        )
    return Ported(content, len(frame), difference)


def inputs_of(release: Release, frame: pl.DataFrame) -> Inputs:
    """Return what the graph takes, from rows in any storage.

    Args:
        release: The model.
        frame: Rows with the columns the release needs.

    Returns:
        One array per column: categories as text, "" where missing; of free text the words in lower case with blanks
        between (`values.words_of`); numbers, yes and no as 1 and 0, and dates and
        times as seconds since 1970 on the wall clock, NaN where missing.
    """
    found: Inputs = {}
    for step in release.fitted.recipe.steps:
        cells = frame[step.column]
        if isinstance(step, Category):
            found[step.column] = texts(cells).fill_null("").to_numpy().astype(object)
        elif isinstance(step, Text):
            words = [" ".join(sorted(words_of(text))) for text in texts(cells).fill_null("")]
            found[step.column] = np.array(words, dtype=object)
        elif isinstance(step, Moment):
            found[step.column] = seconds(cells)
        else:
            found[step.column] = truths(cells) if step.truth else numbers(cells)
    return found


def largest_difference(release: Release, content: bytes, frame: pl.DataFrame) -> float:
    """Return the largest difference between the scores of graph and release, as in `Ported`."""
    _require_packages()
    session = _Session(content, providers=["CPUExecutionProvider"])
    given = inputs_of(release, frame)
    told = dict(zip(release.outputs, session.run(list(release.outputs), given), strict=True))
    scores = release.predict(frame)
    bend = release.settled.bend
    most = max((abs(mean) for mean in (*release.settled.means, *(bend.heights if bend else ()))), default=0.0) or 1.0
    classes = len(release.manifest.target.classes)
    gaps = [
        float(np.abs(told[name] - scores[name].to_numpy()).max()) / (1.0 if place < classes else most)
        for place, name in enumerate(release.outputs)
    ]
    # numpy's, which passes on what is no number
    return float(np.max(gaps))


def to_onnx(release: Release) -> bytes:
    """Return a release as the content of an ONNX file; see `inputs_of` for what it takes.

    Raises:
        InputError: The packages `onnx` and `onnxruntime` are not installed, or a column is named like a score.
    """
    _require_packages()
    clash = sorted(set(release.outputs) & set(release.manifest.features))
    if clash:
        raise InputError(f"The columns {listed(clash)} are named like scores: rename them and learn again.")
    fitted, settled = release.fitted, release.settled
    graph = Graph(onnx, {*release.outputs, *fitted.recipe.columns})
    odds = [graph.number(line.intercept) for line in fitted.lines]
    parts: list[str] = []
    place = 0
    for step in fitted.recipe.steps:
        width = sum(1 for index in fitted.recipe.line_sources if fitted.recipe.steps[index] is step)
        slopes = [np.array(line.coefficients[place : place + width]) for line in fitted.lines]
        place += width
        for part, worth in seen(graph, step, slopes):
            parts.append(part)
            odds = [graph.of("Add", before, added) for before, added in zip(odds, worth, strict=True)]
    trees: list[str] = []
    if fitted.trees:
        matrix = graph.of("Concat", *(graph.of("Unsqueeze", part, graph.whole([1])) for part in parts), axis=1)
        trees = [grown(graph, tree.text, tree.constant, matrix) for tree in fitted.trees]
    together = mixed(graph, settled.weight, trees, odds)
    yes = [
        graph.of("Sigmoid", graph.line(one, scale.slope, scale.intercept))
        for one, scale in zip(together, settled.scales, strict=True)
    ]
    scores = chances(graph, settled.kind, yes)
    if settled.means:
        worth = [
            graph.of("Mul", chance, graph.number(mean)) for chance, mean in zip(scores, settled.means, strict=True)
        ]
        scores.append(bent(graph, settled.bend, graph.total(worth)))
    kinds = {step.column: isinstance(step, Category | Text) for step in fitted.recipe.steps}
    return graph.model(kinds, dict(zip(release.outputs, scores, strict=True)), _words(release))


def drawn(release: Release, rows: int = CHECKED_ROWS, seed: int = 0) -> pl.DataFrame:
    """Draw rows that reach every part of a release; see `port`.

    Args:
        release: The model.
        rows: How many.
        seed: Seed.
    """
    rng = np.random.default_rng(seed)
    recipe = release.fitted.recipe
    groves = [read(tree.text) for tree in release.fitted.trees if tree.text]
    columns = []
    for index, step in enumerate(recipe.steps):
        places = [place for place, source in enumerate(recipe.tree_sources) if source == index]
        candidates = _candidates(step, groves, places[-1], rng)
        columns.append(pl.Series(step.column, np.resize(rng.permutation(candidates), rows)))
    return pl.DataFrame([_stored(step, column) for step, column in zip(recipe.steps, columns, strict=True)])


def _candidates(step: Step, groves: list[Grove], place: int, rng: np.random.Generator) -> NDArray[Any]:
    """Return cells worth trying; `place` is the last column of the tree matrix that the step makes."""
    if isinstance(step, Category):
        return np.array([*dict.fromkeys((*step.values, *step.levels)), "never seen before", ""], dtype=object)
    if isinstance(step, Text):
        some = [" ".join(rng.choice(step.words, rng.integers(1, 6))) for _ in range(500)]
        return np.array([*step.words, *some, "never-seen-before", ""], dtype=object)
    if not isinstance(step, Moment) and step.truth:
        return np.array([0.0, 1.0, np.nan])
    cuts = np.concatenate([[0.0], *(grove.thresholds[grove.columns == place] for grove in groves)])
    near = np.concatenate([np.unique(cuts), np.nextafter(cuts, np.inf), np.nextafter(cuts, -np.inf)])
    if isinstance(step, Moment):
        days = near[np.abs(near) < FAR_DAYS] + step.first if step.parts[-1] == "days" else np.zeros(1)
        return np.concatenate([days, rng.uniform(-FAR_DAYS, FAR_DAYS, 500), [np.nan]]) * DAY
    around = (np.expm1 if step.logged else np.asarray)(step.centre + step.scale * rng.normal(0, 3, 500))
    return np.concatenate([near, around, [np.nan, HUGE, -HUGE, -1.0]])


def _stored(step: Step, cells: pl.Series) -> pl.Series:
    if isinstance(step, Category | Text):
        return cells.cast(pl.String)
    if isinstance(step, Moment):
        return (cells * 1e6).fill_nan(None).cast(pl.Int64).cast(pl.Datetime("us"))
    return cells.fill_nan(None)


def _require_packages() -> None:
    if not INSTALLED:
        raise InputError(
            "ONNX files need the packages onnx and onnxruntime, which are not installed: pip install 'clientela[onnx]'."
        )


def _words(release: Release) -> Mapping[str, str]:
    """Return what stands in the file beside the graph."""
    target = release.manifest.target
    kinds = {
        Number: "a number, NaN where missing",
        Category: 'text, "" where missing',
        Text: 'words in lower case with blanks between, "" where missing',
    }
    takes = [
        f"{step.column}: "
        + (
            "1 for yes, 0 for no, NaN where missing"
            if isinstance(step, Number) and step.truth
            else kinds.get(type(step), "seconds since 1970 on the wall clock, NaN where missing")
        )
        for step in release.fitted.recipe.steps
    ]
    return {"label": target.label, "kind": target.kind.value, "takes": "\n".join(takes)}
