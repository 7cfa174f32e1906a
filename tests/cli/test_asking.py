"""Options as records."""

from __future__ import annotations

import inspect
from dataclasses import dataclass
from typing import Annotated

import pytest
import typer
from typer.testing import CliRunner

from clientela.cli.asking import Seed, StoppedError, default_folder, taking


@dataclass(frozen=True)
class Options:
    """Two options, one of them with a default."""

    name: Annotated[str, typer.Argument()]
    seed: Seed = None


def test_fields_become_parameters() -> None:
    """The fields of the record are the parameters of the command, defaults included."""
    seen: list[Options] = []
    app = typer.Typer(rich_markup_mode=None)
    app.command()(taking(Options, seen.append))
    assert CliRunner().invoke(app, ["a", "--seed", "3"]).exit_code == 0
    assert CliRunner().invoke(app, ["b"]).exit_code == 0
    assert seen == [Options("a", 3), Options("b")]
    assert CliRunner().invoke(app, []).exit_code == 2
    assert CliRunner().invoke(app, ["a", "--seed", "-1"]).exit_code == 2


def test_an_interrupt_is_passed_on_by_name() -> None:
    """Typer would end silently on an interrupt, so the command turns it into an error that can be told."""

    def interrupted(_: Options) -> None:
        raise KeyboardInterrupt

    with pytest.raises(StoppedError):
        taking(Options, interrupted)(name="a", seed=None)


def test_signature_has_no_default_where_the_field_has_none() -> None:
    """A field without default is a required parameter."""
    parameters = inspect.signature(taking(Options, print)).parameters
    assert parameters["name"].default is inspect.Parameter.empty
    assert parameters["seed"].default is None


@pytest.mark.parametrize(
    ("file", "folder"),
    [
        ("visits.xlsx", "visits"),
        ("../../x/May visits.csv.gz", "May-visits"),
        ("..", "clientela-results"),
        ("<script>.csv", "script"),
        ("data/*.parquet", "clientela-results"),
        ("C:\\x\\y.csv", "C-x-y"),
    ],
)
def test_default_folder_is_a_plain_name(file: str, folder: str) -> None:
    """Without --out the folder is named after the file, in the current folder, whatever the name holds."""
    assert str(default_folder(file)) == folder
