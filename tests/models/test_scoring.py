"""Tests of scoring whole tables."""

import polars as pl
import pytest

from clientela.domain.errors import ColumnError, InputError
from clientela.models.learning import Learned
from clientela.models.scoring import score
from clientela.tables.frames import from_frame


def test_identifiers_stand_beside_the_scores_in_order(learned: Learned, visits: pl.DataFrame) -> None:
    """Every row comes once, in order, identifiers first."""
    found = pl.concat(score(learned.release, from_frame(visits)))
    assert found.columns == ["visit", "visitor", "p_none", "p_low", "p_high", "expected_revenue"]
    assert found["visit"].equals(visits["visit"])
    assert found.drop("visit", "visitor").equals(learned.release.predict(visits))


def test_columns_can_be_chosen(learned: Learned, visits: pl.DataFrame) -> None:
    """Any columns of the table can be carried along, or none; identifiers not in the table are left out."""
    table = from_frame(visits)
    assert next(score(learned.release, table, ["device"])).columns[:2] == ["device", "p_none"]
    assert next(score(learned.release, table, [])).columns[0] == "p_none"
    assert next(score(learned.release, from_frame(visits.drop("visit")))).columns[0] == "visitor"
    assert list(score(learned.release, from_frame(visits[:0]))) == []


def test_wrong_columns_are_told_before_anything_is_read(learned: Learned, visits: pl.DataFrame) -> None:
    """Columns that are missing, unknown or named like scores give one sentence at once."""
    with pytest.raises(ColumnError, match="'pages'"):
        score(learned.release, from_frame(visits.drop("pages")))
    with pytest.raises(ColumnError, match="no column 'divice'"):
        score(learned.release, from_frame(visits), ["divice"])
    with pytest.raises(InputError, match="named like scores"):
        score(learned.release, from_frame(visits.with_columns(p_low=1)), ["p_low"])


def test_a_column_that_cannot_be_read_at_all_is_told(learned: Learned, visits: pl.DataFrame) -> None:
    """Words where the model learned numbers are refused and not scored as missing; some words among numbers are."""
    words = visits.with_columns(pages=pl.lit("many"))
    with pytest.raises(InputError, match="knows 'pages' as numbers, and none of .* such as 'many'"):
        next(score(learned.release, from_frame(words)))
    some = visits.with_columns(pages=pl.when(pl.int_range(pl.len()) > 0).then(pl.lit("?")).otherwise(pl.lit("3")))
    assert len(next(score(learned.release, from_frame(some)))) == len(visits)
    assert len(next(score(learned.release, from_frame(words[:4])))) == 4


def test_what_the_model_has_not_learned_is_told(learned: Learned, visits: pl.DataFrame) -> None:
    """The notes tell of the rows taken so far; scores are those of rare values and missing cells."""
    strange = visits.with_columns(device=pl.lit("watch"), income=pl.lit(None, pl.Float64))
    found = score(learned.release, from_frame(strange), [])
    assert found.notes == ()
    assert pl.concat(found).equals(learned.release.predict(strange))
    assert [note.split("'")[1] for note in found.notes] == ["device", "income"]
    known = score(learned.release, from_frame(visits))
    assert list(known)
    assert known.notes == ()
