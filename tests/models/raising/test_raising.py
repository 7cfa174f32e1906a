"""Raising the numbers is judged on rows left out, and says so when it does not help."""

from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from clientela.domain.column import Column, Role, Storage
from clientela.domain.estimate import Estimate
from clientela.domain.roles import Roles
from clientela.models.options import ModelOptions
from clientela.models.raising.raising import Raising, _verdict, raise_numbers
from clientela.models.raising.result import RaisedResult
from clientela.tables.frames import from_frame
from clientela.workspace.artifacts import decode, encode

OPTIONS = ModelOptions(seed=1, folds=2, resamples=40, threads=1)


def _table(share: float = 0.1, rows: int = 400) -> tuple[pl.DataFrame, Roles]:
    rng = np.random.default_rng(4)
    yes = rng.random(rows) < share
    frame = pl.DataFrame({"x": rng.normal(size=rows) + 1.5 * yes, "kind": rng.choice(["a", "b"], rows), "buys": yes})
    columns = tuple(
        Column(name, Storage.NUMBER, Role.LABEL if name == "buys" else Role.FEATURE) for name in frame.columns
    )
    return frame, Roles(columns, label="buys")


@pytest.fixture(scope="module")
def found() -> Raising:
    """A normal column and a rare class: there is nothing that more rows could add."""
    frame, roles = _table()
    return raise_numbers(from_frame(frame), roles, OPTIONS, make=True)


def test_it_says_that_nothing_helps(found: Raising) -> None:
    """Where the shape is simple no way is shown to help, and the answer says to leave the rows as they are."""
    assert "helps" not in {one.verdict for one in found.result.tried}
    assert "learn from the rows as they are" in found.result.answer


def test_every_way_is_held_against_as_it_is(found: Raising) -> None:
    """All ways are tried, each with a paired gap whose value is the plain difference."""
    first, *others = found.result.tried
    assert [one.name for one in others] == ["class weights", "resampling", "synthetic rows", "synthetic rows alone"]
    for one in others:
        assert one.found_gap is not None
        assert one.loss_gap is not None
        assert one.found_gap.value == pytest.approx(one.found.value - first.found.value)
        assert one.loss_gap.value == pytest.approx(one.loss.value - first.loss.value)


def test_weights_are_judged_with_chances_put_back() -> None:
    """On pure noise weights and copies cost next to nothing: the share that they move is put back first."""
    rng = np.random.default_rng(5)
    frame, roles = _table(0.06, 800)
    frame = frame.with_columns(x=pl.Series(rng.normal(size=800)))
    tried = {one.name: one for one in raise_numbers(from_frame(frame), roles, OPTIONS).result.tried}
    for name in ("class weights", "resampling"):
        assert tried[name].loss_gap is not None
        assert tried[name].loss_gap.value < 0.02


def test_rows_are_marked_and_of_the_small_class(found: Raising) -> None:
    """Rows made hold features, label and mark, all of the small class, as many as it lacks."""
    assert found.rows is not None
    small = found.result.classes[0]
    assert found.rows.height == small.raised - small.rows
    assert found.rows["synthetic"].all()
    assert found.rows["buys"].all()


def test_no_small_class_is_said() -> None:
    """With classes of like size nothing is tried, and no row is made."""
    frame, roles = _table(share=0.5, rows=200)
    raising = raise_numbers(from_frame(frame), roles, OPTIONS, make=True)
    assert raising.rows is None
    assert raising.result.tried == ()
    assert raising.result.answer.startswith("no class is small")


def test_it_goes_through_json(found: Raising) -> None:
    """The result is plain data."""
    assert decode(encode(found.result), RaisedResult, "augment.json") == found.result


def test_a_verdict_needs_an_interval() -> None:
    """A gain whose interval holds 0 is not shown to help; a loss elsewhere makes harm of a gain."""
    zero = Estimate(0.01, -0.01, 0.03, 9, "")
    up, down = replace(zero, low=0.005), Estimate(-0.01, -0.02, -0.005, 9, "")
    assert _verdict(zero, zero) == "not shown to help"
    assert _verdict(up, zero) == "helps"
    assert _verdict(zero, down) == "helps"
    assert _verdict(up, up) == "harms"
    assert _verdict(down, zero) == "harms"


def test_too_few_rows_to_judge_privacy_are_said() -> None:
    """Of a handful of rows neither likeness nor privacy of made ones can be told: both are said, and what to do."""
    frame, roles = _table(0.03)
    result = raise_numbers(from_frame(frame), roles, OPTIONS, make=True).result
    assert result.privacy is None
    assert any("too few rows to tell" in note for note in result.notes)
    assert any("keep them inside" in note for note in result.notes)
