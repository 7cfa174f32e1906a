"""The entry point: the command table, and errors as one sentence."""

from __future__ import annotations

import gc
import importlib
import os
import sys
import tempfile
import traceback
from pathlib import Path
from types import TracebackType
from typing import Any

import typer
from typer.core import TyperGroup

from clientela.cli.asking import StoppedError, UnreadError, taking
from clientela.domain.errors import ClientelaError

WRONG_INPUT, BROKEN, INTERRUPTED = 2, 1, 130
PROGRAM = "clientela"
UsageError: Any = typer.BadParameter.__bases__[0]
"""What Typer raises of a call that is wrong; it has no public name for it."""

ALLOCATIONS = 50_000
"""Objects made between two searches for garbage: at Python's 700 a tenth of a command's start goes into them."""

COMMANDS = {
    "run": "From a file to a report: audit, models, segments, report and deck.",
    "audit": "What is in the data, what was done to it, where it came from.",
    "learn": "The models stage alone, of a file or again in a folder: a release that scores new rows.",
    "segment": "The segments stage alone: groups that differ, with rules as SQL, JSON and Python.",
    "audience": "A segment as an audience for Google Ads, Google Analytics, Meta or a file.",
    "score": "Score new rows with the release of a folder.",
    "export": "The release of a folder as an ONNX file, checked to give the same scores.",
    "explain": "Why one visitor got a group, in words.",
    "retrain": "Learn the model of a folder anew on new rows; promoted where it is not worse.",
    "augment": "Raise the numbers of small classes: does it help, and rows to look at.",
    "models compare": "Two releases on the same rows: which is better, or that it cannot be told.",
    "monitor baseline": "Learn from a reference what every batch is held against.",
    "monitor check": "Hold a batch against a baseline: incidents with a named cause.",
    "monitor history": "What happened batch by batch, and which incidents are open.",
    "monitor announce": "Announce a change beforehand, so that it is no break.",
    "monitor deliver": "Try the alerts that wait again.",
    "experiment plan": "How many visitors an experiment needs, and how long it takes.",
    "experiment analyse": "What a variant does to users, by the business goal: right at every look.",
    "experiment uplift": "Who responds to a variant, and whether visitors differ in that at all.",
    "experiment replay": "What another policy would have earned, from logged decisions.",
    "sample": "Make a workbook or table of visits with known truths.",
}
"""Every command with its one-line help; a command's module is loaded only when it is called.

A command of two words ("monitor check") belongs to the group that its first word names; its module is called like
both words with an underscore between them.
"""


class CommandTable(TyperGroup):
    """Loads the command that is called, and no other, so that help answers at once."""

    prefix = ""

    def list_commands(self, ctx: Any) -> list[str]:
        """Return the names in the order of the work."""
        names = [name.removeprefix(self.prefix).split(" ")[0] for name in COMMANDS if name.startswith(self.prefix)]
        return list(dict.fromkeys(names))

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """Load and return the command or group called `cmd_name`, or None."""
        name = f"{self.prefix}{cmd_name}"
        if name not in COMMANDS:
            return _group(cmd_name, f"{name} ") if any(other.startswith(f"{name} ") for other in COMMANDS) else None
        module = _loaded(f"clientela.cli.commands.{name.replace(' ', '_')}")
        single = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)
        single.command(name=cmd_name, help=module.__doc__)(taking(module.Options, module.act))
        return typer.main.get_command(single)

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """Write the command table without loading a command."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, told) for name, told in COMMANDS.items() if name.startswith(self.prefix)])


def _loaded(name: str) -> Any:
    """Import a command's module without a search for garbage: what an import makes stays."""
    gc.disable()
    try:
        return importlib.import_module(name)
    finally:
        gc.enable()


def _group(name: str, prefix: str) -> CommandTable:
    group = CommandTable(name=name, no_args_is_help=True, rich_markup_mode=None)
    group.prefix = prefix
    return group


app = typer.Typer(
    cls=CommandTable,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    no_args_is_help=True,
)


def _version(*, wanted: bool) -> None:
    if wanted:
        metadata = importlib.import_module("importlib.metadata")
        typer.echo(f"clientela {metadata.version('clientela')}")
        raise typer.Exit


@app.callback()
def root(
    version: bool = typer.Option(False, "--version", callback=lambda value: _version(wanted=value), is_eager=True),
) -> None:
    """From a table of website visits that nobody explained to revenue groups, segments and a report."""


def main() -> None:
    """Run the command line; every wrong input ends in one sentence and exit code 2."""
    gc.set_threshold(ALLOCATIONS)
    try:
        # else Typer prints usage and a hint around what is wrong
        code = app(prog_name=PROGRAM, standalone_mode=False)
    except UsageError as error:
        _say_usage(error)
        sys.exit(WRONG_INPUT)
    except ClientelaError as error:
        _say(str(error))
        sys.exit(WRONG_INPUT)
    except (KeyboardInterrupt, StoppedError):
        _say("Stopped. Run the same command again to go on from here.")
        sys.exit(INTERRUPTED)
    except UnreadError:
        # the reader of our output has gone; there is nobody left to tell
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    else:
        sys.exit(code if isinstance(code, int) else 0)
    finally:
        # only now: Typer puts a hook of its own, with a traceback, in the place of an earlier one
        sys.excepthook = _explain


def _say_usage(error: Any) -> None:
    """Tell what was wrong about a call, and which help tells what is possible; help itself where it was due."""
    said = error.format_message()
    if said.count("\n") > 1:
        typer.echo(said, err=True)
        return
    # what the option's help says tells what is missing
    told = getattr(getattr(error, "param", None), "help", None) if said.startswith("Missing") else None
    told = f" ({told.rstrip('.')})" if told else ""
    path = error.ctx.command_path if error.ctx else PROGRAM
    whole = said.replace("Value error, ", "").rstrip(". ")
    _say(f"{whole}{told}: {path} --help tells what is possible.")


def _say(sentence: str) -> None:
    line = " ".join("".join(char if char.isprintable() else " " for char in sentence).split())
    typer.echo(f"clientela: {line}", err=True)


def _explain(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """Tell of a fault of our own in one sentence and keep the details in a file."""
    descriptor, name = tempfile.mkstemp(prefix="clientela-", suffix=".log")
    os.close(descriptor)
    Path(name).write_text("".join(traceback.format_exception(kind, error, trace)), encoding="utf-8")
    _say(f"Something went wrong that should not ({kind.__name__}); the details are in {name}.")
