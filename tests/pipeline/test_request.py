"""Requests: what is asked, what clientela.toml keeps, and which columns are meant."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest

from clientela.domain.column import Role
from clientela.domain.errors import ColumnError, InputError
from clientela.domain.goal import Goal
from clientela.language import Language
from clientela.pipeline.request import Request, ask, merge
from clientela.sources.opening import open_table
from clientela.tables.frames import from_frame
from clientela.tables.table import Table
from clientela.workspace.settings import Named, Run, Settings


@pytest.fixture
def table() -> Iterator[Table]:
    """Return a table of four columns."""
    with from_frame(pl.DataFrame({"id": [1], "when": ["2026-05-01"], "page": ["y"], "bought": [True]})) as made:
        yield made


def test_the_request_wins_over_the_file() -> None:
    """What is asked now replaces what clientela.toml keeps; where nothing is asked the file holds."""
    kept = Settings(table=Named(label="bought", time="when"), run=Run(goal=Goal.RETENTION, seed=4, title="Mine"))
    merged = merge(Request("visits.csv", label="page", seed=0), kept)
    assert merged.table == Named(label="page", time="when")
    assert merged.run == Run(goal=Goal.RETENTION, seed=0, title="Mine")
    assert merged.source.file == "visits.csv"


def test_the_language_is_kept_until_another_is_asked_for() -> None:
    """A nightly run without --language speaks as the folder does; a language that is asked for wins."""
    kept = Settings(run=Run(language=Language.GERMAN))
    assert merge(Request("visits.csv"), kept).run.language is Language.GERMAN
    assert merge(Request("visits.csv", language=Language.ENGLISH), kept).run.language is Language.ENGLISH
    assert merge(Request("visits.csv"), Settings()).run.language is Language.ENGLISH


def test_a_frame_has_no_file_name() -> None:
    """A frame from Python is no file, and nothing of it is written to clientela.toml."""
    assert merge(Request(pl.DataFrame({"a": [1]})), Settings()).source.file == ""


def test_a_path_is_a_file() -> None:
    """A path object names a file as its text does, so that later commands find it."""
    assert merge(Request(Path("visits.csv")), Settings()).source.file == "visits.csv"


def test_letters_and_names_become_columns(table: Table) -> None:
    """Letters and ranges are turned into the names of the table."""
    asked = ask(Settings(table=Named(collected="A:C", label="D", time="when")), table)
    assert asked.collected == ("id", "when", "page")
    assert (asked.label, asked.time) == ("bought", "when")


def test_one_column_is_one_column(table: Table) -> None:
    """A label that names several columns is told, with how many."""
    with pytest.raises(InputError, match="The label 'A:B' names 2 columns"):
        ask(Settings(table=Named(label="A:B")), table)


def test_a_header_longer_than_a_name_is_found(tmp_path: Path) -> None:
    """A header of four hundred characters can be named in full, in a file of text and in one of columns."""
    long = "c" * 400
    frame = pl.DataFrame({long[:350]: ["x", "y"], long: [1, 2], "page": ["a", "b"]})
    frame.write_csv(tmp_path / "long.csv")
    with open_table(str(tmp_path / "long.csv")) as table:
        names = [field.name for field in table.fields]
        assert ask(Settings(table=Named(label=long)), table).label == names[1]
        assert ask(Settings(table=Named(label=long[:350])), table).label == names[0]
        with pytest.raises(ColumnError, match="no column 'd"):
            ask(Settings(table=Named(label="d" * 400)), table)
    frame.drop(long[:350]).write_parquet(tmp_path / "long.parquet")
    with open_table(str(tmp_path / "long.parquet")) as table:
        assert ask(Settings(table=Named(label=long)), table).label == table.fields[0].name


@pytest.mark.parametrize("key", ["label", "time", "visitor", "revenue"])
def test_a_column_with_a_job_holds_plain_values(key: str) -> None:
    """Lists cannot be told apart, ordered or counted: a column of them that is named is one sentence."""
    with (
        from_frame(pl.DataFrame({"id": [1], "tags": [["a"]]})) as lists,
        pytest.raises(InputError, match="holds lists"),
    ):
        ask(Settings(table=Named(**{key: "tags"})), lists)


def test_a_column_of_no_type_is_told(tmp_path: Path) -> None:
    """A column of a file that holds nothing at all, and so has no type, is said to hold nothing."""
    pl.DataFrame({"id": [1], "never": pl.Series([None], dtype=pl.Null)}).write_parquet(tmp_path / "a.parquet")
    with open_table(str(tmp_path / "a.parquet")) as table, pytest.raises(InputError, match="or nothing at all"):
        ask(Settings(table=Named(label="never")), table)


@pytest.mark.parametrize(
    ("named", "told"),
    [
        (Named(time="page"), "The time 'page' holds no dates, times or months"),
        (Named(time="bought"), "The time 'bought' holds no dates"),
        (Named(revenue="page"), "The revenue 'page' holds text: name a column of numbers"),
        (Named(label="bought", visitor="D"), "'bought' is named as label and as visitor"),
        (Named(time="day", visitor="day"), "'day' is named as time and as visitor"),
        (Named(label="spent", revenue="spent", time="day"), None),
        (Named(label="bought", time="month"), None),
    ],
)
def test_a_column_can_do_the_job_it_is_named_for(named: Named, told: str | None) -> None:
    """A time holds times, and one column has one job; only revenue may be the label too."""
    columns = {"id": [1, 2], "page": ["a", "b"], "day": ["2026-05-01", "2026-05-02"], "bought": [True, False]}
    frame = pl.DataFrame({**columns, "spent": [0, 3], "month": ["Feb", "Mar"]})
    with from_frame(frame) as made, pytest.raises(InputError, match=told) if told else contextlib.nullcontext():
        ask(Settings(table=named), made)


def test_a_role_for_a_column_that_is_gone_is_told(table: Table) -> None:
    """A column that only clientela.toml knows is an error that says where it stands."""
    with pytest.raises(ColumnError, match=r"named in clientela\.toml as 'pages'.*'page'"):
        ask(Settings(columns={"pages": Role.IGNORED}), table)


def test_an_empty_name_is_no_column() -> None:
    """A label asked for by an empty text is one sentence, not silence."""
    with pytest.raises(InputError, match="The label is empty"):
        merge(Request("visits.csv", label=""), Settings())
