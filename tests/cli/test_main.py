"""The entry point: help, exit codes, one sentence for every mistake."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from clientela.cli import main as entry
from clientela.domain.errors import InputError


def end(monkeypatch: pytest.MonkeyPatch, error: BaseException) -> int:
    """Run the entry point with a command that raises, and return its exit code."""

    def command(**_: object) -> None:
        raise error

    monkeypatch.setattr(entry, "app", command)
    with pytest.raises(SystemExit) as stop:
        entry.main()
    return int(stop.value.code or 0)


def test_help_lists_every_command() -> None:
    """The help names all commands with their line, in the order of the work."""
    result = CliRunner().invoke(entry.app, ["--help"])
    assert result.exit_code == 0
    places = [result.output.index(f"  {name} ") for name in entry.COMMANDS]
    assert places == sorted(places)


def test_every_command_has_help() -> None:
    """Each command of the table loads and shows its options."""
    for name in entry.COMMANDS:
        result = CliRunner().invoke(entry.app, [*name.split(" "), "--help"])
        assert result.exit_code == 0, result.output
        assert "Options" in result.output


def test_a_group_lists_its_own_commands_and_no_others(monkeypatch: pytest.MonkeyPatch) -> None:
    """Commands of two words are reached through their first one, which lists them and loads none of them."""
    table = {"run": "All of it.", "watch start": "Begins.", "watch stop": "Ends."}
    monkeypatch.setattr(entry, "COMMANDS", table)
    result = CliRunner().invoke(entry.app, ["watch", "--help"])
    assert result.exit_code == 0, result.output
    assert "watch start  Begins." in result.output
    assert "All of it." not in result.output
    unknown = CliRunner().invoke(entry.app, ["watch", "go"])
    assert unknown.exit_code == 2
    assert "No such command 'go'" in unknown.output


def test_version_and_unknown_command() -> None:
    """The version is told; a command that is not there is a wrong input with a hint."""
    assert CliRunner().invoke(entry.app, ["--version"]).output.startswith("clientela 0.")
    result = CliRunner().invoke(entry.app, ["rnu"])
    assert result.exit_code == 2
    assert "No such command 'rnu'" in result.output


def test_a_wrong_input_is_one_line_and_exit_code_2(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The sentence of the error is all that is printed, control characters removed."""
    assert end(monkeypatch, InputError("The sheet\n'\x1b[31mx' is not there.")) == 2
    assert capsys.readouterr().err == "clientela: The sheet ' [31mx' is not there.\n"


@pytest.mark.parametrize(
    ("call", "said"),
    [
        ("export shop", "Missing option '--onnx' (File to write, ending in .onnx): clientela export --help"),
        ("score shop", "Missing argument 'file' (Workbook, csv, "),
        ("learn v.csv --label a --out b --seed -1", "Invalid value for '--seed': "),
        ("run v.csv --goal fame", "Invalid value for '--goal': 'fame' is not one of 'conversion', "),
        ("learn v.csv --labl a", "No such option: --labl (Possible options: --goal, --label): clientela learn --help"),
        ("score a b c --out d", "Got unexpected extra argument(s) (c): clientela score --help tells what is possible."),
        ("monitor go", "No such command 'go': clientela monitor --help tells what is possible."),
        ("rnu", "No such command 'rnu'"),
    ],
)
def test_a_wrong_call_is_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], call: str, said: str
) -> None:
    """Options and arguments that are missing, wrong or unknown are told in one sentence that names the help."""
    monkeypatch.setattr(sys, "argv", ["clientela", *call.split(" ")])
    with pytest.raises(SystemExit) as stop:
        entry.main()
    printed = capsys.readouterr()
    assert stop.value.code == 2
    assert printed.out == ""
    assert printed.err.startswith(f"clientela: {said}")
    assert printed.err.count("\n") == 1


@pytest.mark.parametrize(("call", "code"), [("--version", 0), ("learn --help", 0), ("monitor", 2), ("", 2)])
def test_help_and_version_stay_as_they_are(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], call: str, code: int
) -> None:
    """What was asked for, or a call without a command, prints help or version and no sentence about an error."""
    monkeypatch.setattr(sys, "argv", ["clientela", *call.split()])
    with pytest.raises(SystemExit) as stop:
        entry.main()
    printed = capsys.readouterr()
    assert stop.value.code == code
    assert "clientela: " not in printed.out + printed.err
    assert "Usage:" in printed.out + printed.err or call == "--version"


def test_ctrl_c_says_how_to_go_on(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """An interrupt ends with 130 and tells that the next run resumes."""
    assert end(monkeypatch, KeyboardInterrupt()) == 130
    assert "Run the same command again" in capsys.readouterr().err


def test_a_fault_of_our_own_keeps_its_details_in_a_file(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An unexpected error prints one sentence, no traceback, and writes the traceback to a file."""
    monkeypatch.setattr(entry.tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    monkeypatch.setattr(sys, "argv", ["clientela"])
    app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)

    @app.command()
    def fail() -> None:
        raise ZeroDivisionError("secret cell")

    monkeypatch.setattr(entry, "app", app)
    with pytest.raises(ZeroDivisionError) as fault:
        entry.main()
    sys.excepthook(fault.type, fault.value, fault.tb)
    printed = capsys.readouterr().err
    assert printed.count("\n") == 1
    assert "ZeroDivisionError" in printed
    assert "secret" not in printed
    assert "secret cell" in next(tmp_path.iterdir()).read_text()
