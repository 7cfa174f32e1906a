"""Why one row got its group: exact parts, that lead the whole way from the usual chance to the row's."""

import dataclasses

import msgspec
import numpy as np
import polars as pl
import pytest
from scipy.special import logit

from clientela.domain.errors import ColumnError
from clientela.models.fitting import Task, fit
from clientela.models.learning import Learned
from clientela.models.reasons import Explanation, explain
from clientela.models.release import Release
from clientela.models.result import TargetKind


def _moved(release: Release, weight: float) -> Release:
    """Return a release that blends trees and line otherwise."""
    return dataclasses.replace(release, settled=msgspec.structs.replace(release.settled, weight=weight))


@pytest.mark.parametrize("place", [0, 7, 123])
def test_reasons_lead_from_the_start_to_the_chance_of_the_row(
    learned: Learned, visits: pl.DataFrame, place: int
) -> None:
    """What all columns add is the log-odds of the row less those of average columns, for every question."""
    found = explain(learned.release, visits[place : place + 1], visits)
    for answer in found.answers:
        whole = logit(answer.chance) - logit(answer.start)
        assert sum(reason.added for reason in answer.reasons) == pytest.approx(whole, abs=1e-9)
        assert {reason.column for reason in answer.reasons} == set(learned.release.manifest.features)
        assert [abs(r.added) for r in answer.reasons] == sorted((abs(r.added) for r in answer.reasons), reverse=True)
        assert all(reason.times == pytest.approx(np.exp(reason.added)) for reason in answer.reasons)


@pytest.mark.parametrize("weight", [0.0, 0.5, 1.0])
def test_trees_lines_and_blends_are_explained(learned_binary: Learned, visits: pl.DataFrame, weight: float) -> None:
    """A line alone, trees alone and both are exact in the same way."""
    learned, codes = learned_binary.release, (visits["bought"] == "yes").to_numpy().astype(np.int64)
    task = Task(visits, learned.manifest.features, "time", TargetKind.BINARY, 2, codes, seed=1, threads=1)
    release = dataclasses.replace(learned, fitted=fit(task, np.arange(len(codes)), stage=0.1))
    answer = explain(_moved(release, weight), visits[3:4], visits).answers[0]
    whole = logit(answer.chance) - logit(answer.start)
    assert sum(reason.added for reason in answer.reasons) == pytest.approx(whole, abs=1e-9)


def test_chances_are_those_of_the_release(learned: Learned, visits: pl.DataFrame) -> None:
    """Chances, group and revenue are what scoring the row gives; questions go as far as the group."""
    scores = learned.release.predict(visits)
    codes = learned.release.settled.classes(scores.select(pl.col("^p_.*$")).to_numpy())
    for place in (int(np.argmin(codes)), int(np.argmax(codes))):
        found = explain(learned.release, visits[place : place + 1], visits)
        assert found.group == ("none", "low", "high")[codes[place]]
        assert found.chances == {name: scores[f"p_{name}"][place] for name in ("none", "low", "high")}
        assert found.revenue == scores["expected_revenue"][place]
        assert len(found.answers) == min(codes[place] + 1, 2)
        assert found.answers[0].question == "above 'none'"
    assert found.answers[1].question == "above 'low', of those above 'none'"


def test_the_average_is_that_of_chances(learned_binary: Learned, visits: pl.DataFrame) -> None:
    """The average beside a row's chance is the mean of the scores, which the mean of log-odds is not."""
    release = learned_binary.release
    scores = release.predict(visits)
    answer = explain(release, visits[3:4], visits).answers[0]
    assert answer.average == pytest.approx(float(scores["p_yes"].mean()), abs=1e-9)
    assert answer.start != pytest.approx(answer.average, abs=1e-3)


def test_pages_speak_for_buying(learned_binary: Learned, visits: pl.DataFrame) -> None:
    """In visits whose revenue depends on pages, many pages speak for and few against; a missing cell is called so."""
    base = visits[0:1].with_columns(income=pl.lit(None, dtype=pl.Float64))
    many, few = (base.with_columns(pages=pl.lit(pages, dtype=pl.Int64)) for pages in (9, 0))
    reasons = [
        {reason.column: reason for reason in explain(learned_binary.release, row, visits).answers[0].reasons}
        for row in (many, few)
    ]
    assert reasons[0]["pages"].times > 1 > reasons[1]["pages"].times
    assert (reasons[0]["pages"].value, reasons[1]["pages"].value) == ("9", "0")
    assert reasons[0]["income"].value is None


def test_compared_with_itself_nothing_speaks(learned_binary: Learned, visits: pl.DataFrame) -> None:
    """Held against itself alone, a row has no reasons and its own chance is start and average."""
    found = explain(learned_binary.release, visits[5:6], visits[5:6], "row 6")
    assert found.answers[0].start == pytest.approx(found.answers[0].chance)
    assert found.answers[0].average == pytest.approx(found.answers[0].chance)
    assert all(reason.added == pytest.approx(0) for reason in found.answers[0].reasons)
    assert (found.row, found.compared, found.label) == ("row 6", 1, "bought")
    assert isinstance(found, Explanation)


def test_unordered_classes_have_one_question(learned: Learned, visits: pl.DataFrame) -> None:
    """Of unordered classes the question is the class itself, or anything but the first."""
    release = learned.release
    target = dataclasses.replace(release.manifest.target, kind=TargetKind.CLASSES, classes=("a", "b"))
    settled = msgspec.structs.replace(release.settled, kind=TargetKind.CLASSES, cuts=(), means=())
    other = dataclasses.replace(
        release, manifest=msgspec.structs.replace(release.manifest, target=target), settled=settled
    )
    asked = set()
    for place in range(2):
        found = explain(other, visits[place : place + 1], visits)
        assert len(found.answers) == 1
        asked.add((found.group, found.answers[0].question))
    assert asked <= {("a", "anything but 'a'"), ("b", "'b'")}


def test_a_row_without_a_column_is_refused(learned: Learned, visits: pl.DataFrame) -> None:
    """A column that the release needs and the row lacks is named."""
    with pytest.raises(ColumnError, match="not there: 'pages'"):
        explain(learned.release, visits[:1].drop("pages"), visits)
