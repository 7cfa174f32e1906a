"""Write docs/reference from the code, so that it cannot say anything else.

Usage: python tools/reference.py
"""

from __future__ import annotations

import ast
import dataclasses
import datetime
import enum
import importlib
import inspect
import pkgutil
import re
import textwrap
import tomllib
import types
import typing
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import clientela
from clientela.audit.auditing import audit
from clientela.audit.checking import Check
from clientela.audit.pointing import POINTERS
from clientela.audit.registry import CHECKS
from clientela.cli.main import BROKEN, COMMANDS, INTERRUPTED, WRONG_INPUT
from clientela.domain.finding import CODES
from clientela.domain.incident import Incident, Shift
from clientela.monitoring.alerting import options as alerting
from clientela.monitoring.result import CheckResult, Measured
from clientela.monitoring.wording import ADVICE
from clientela.report.causes import CAUSES, KINDS

ROOT = Path(__file__).resolve().parents[1]
NOTICE = "<!-- Made from the code by tools/reference.py; change the code, then run `make docs`. -->\n"
SECTIONS = ("Args", "Attributes", "Returns", "Yields", "Raises")
RECORDS = (
    "audit.result",
    "models.result",
    "models.lifetime.result",
    "models.raising.result",
    "segments.result",
    "activation.receipt",
    "domain.column",
    "domain.estimate",
    "domain.finding",
    "domain.goal",
    "domain.reading",
    "domain.errors",
    "pipeline.running",
    "tables.table",
)


# Docstrings.


@dataclasses.dataclass(frozen=True)
class Described:
    """A docstring in parts.

    Attributes:
        text: What comes before the first section, as Markdown.
        sections: Entries (name, meaning) by section; the name is "" in plain sections.
        example: The doctest, or "".
    """

    text: str
    sections: dict[str, list[tuple[str, str]]]
    example: str


def described(docstring: str | None) -> Described:
    """Take a docstring in Google's style apart."""
    paragraphs: list[str] = []
    sections: dict[str, list[tuple[str, str]]] = {}
    example: list[str] = []
    for block in re.split(r"\n\s*\n", inspect.cleandoc(docstring or "")):
        head, _, rest = block.partition("\n")
        if head.rstrip(":") in SECTIONS and head.endswith(":"):
            sections[head[:-1]] = list(_entries(textwrap.dedent(rest), named=head[:-1] not in ("Returns", "Yields")))
        elif head.startswith(">>> "):
            example.append(block)
        elif head.startswith(" ") and sections:
            last = sections[list(sections)[-1]]
            last += _entries(textwrap.dedent(block), named=bool(last and last[-1][0]))
        else:
            paragraphs.append(block)
    return Described("\n\n".join(paragraphs), sections, "\n\n".join(example))


def _entries(text: str, *, named: bool) -> Iterator[tuple[str, str]]:
    if not named:
        yield "", _one_line(text)
        return
    for entry in re.split(r"\n(?=\S)", text):
        name, colon, meaning = entry.partition(":")
        yield (name, _one_line(meaning)) if colon else ("", _one_line(entry))


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _nested(text: str) -> str:
    """Put paragraphs and lists below the point that they belong to."""
    first, *rest = re.split(r"\n\n+|\n(?=- )", text)
    lines = [_one_line(part) for part in rest]
    return _one_line(first) + "".join(f"\n  {line}" if line.startswith("- ") else f"\n\n  {line}" for line in lines)


def _cell(text: str) -> str:
    return _one_line(text).replace("|", "\\|")


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(map(_cell, line)) + " |" for line in lines) + "\n"


def _body(parts: Described) -> str:
    out = [parts.text]
    for title, entries in parts.sections.items():
        if entries and all(name for name, _ in entries):
            head = {"Args": "argument", "Attributes": "field", "Raises": "raises"}[title]
            out.append(_table([head, "means"], [[f"`{name}`", meaning] for name, meaning in entries]).rstrip())
        else:
            out.append(f"{title}: " + " ".join(meaning for _, meaning in entries))
    if parts.example:
        out.append(f"```pycon\n{parts.example}\n```")
    return "\n\n".join(filter(None, out)) + "\n"


# Pages.


def commands() -> str:
    """Return the page of the commands: what each does, takes and returns."""
    out = [NOTICE, "# Commands\n"]
    for name, summary in COMMANDS.items():
        module = importlib.import_module(f"clientela.cli.commands.{name.replace(' ', '_')}")
        hints = typing.get_type_hints(module.Options, include_extras=True)
        rows, arguments = [], []
        for field in dataclasses.fields(module.Options):
            info = hints[field.name].__metadata__[0]
            if type(info).__name__ == "ArgumentInfo":
                name_of = info.metavar or field.name.upper()
                arguments.append(name_of if field.default is dataclasses.MISSING else f"[{name_of}]")
                rows.append([f"`{name_of}`", "", _default(field), info.help])
            else:
                named = str(info.default) if str(info.default).startswith("--") else f"--{field.name.replace('_', '-')}"
                flag = f"`{named}`"
                rows.append([flag, _takes(hints[field.name]), _default(field), info.help])
        text = inspect.cleandoc(module.__doc__ or summary)
        out.append(f"## `clientela {name}`\n\n{text}\n\n`clientela {' '.join([name, *arguments])} [OPTIONS]`\n")
        out.append(_table(["argument or option", "takes", "default", "means"], rows))
    codes = [
        ["0", "All went well."],
        [str(WRONG_INPUT), "Something that was given cannot be used: one sentence says what and what to do."],
        ["3", "`monitor check`: there are incidents. `audience`: the platform did not take everything."],
        [str(BROKEN), "A fault of Clientela: one sentence names a file with the details."],
        [str(INTERRUPTED), "Stopped by Ctrl-C: the same command goes on where it stopped."],
    ]
    out += ["## Exit codes\n", _table(["code", "means"], codes)]
    out.append("Results go to standard output, progress and errors to standard error.\n")
    return "\n".join(out)


def _takes(annotated: Any) -> str:
    kinds = typing.get_args(annotated.__origin__) or (annotated.__origin__,)
    names = {
        str: "text",
        int: "whole number",
        float: "number",
        bool: "nothing",
        datetime.datetime: "date",
        Path: "path",
        list[str]: "text, may be given again",
    }
    for kind in kinds:
        if isinstance(kind, type) and issubclass(kind, enum.StrEnum):
            return ", ".join(f"`{member}`" for member in kind)
    return next(names[kind] for kind in kinds if kind in names)


def _default(field: dataclasses.Field[Any]) -> str:
    if field.default is dataclasses.MISSING:
        return "needed"
    return "" if field.default is None else f"`{field.default}`"


def options() -> str:
    """Return the page of the options of the stages."""
    out = [NOTICE, "# Options of the stages\n", "Frozen records that the functions of a stage take.\n"]
    for package in pkgutil.iter_modules(clientela.__path__):
        name = f"clientela.{package.name}.options"
        if not (ROOT / "src" / name.replace(".", "/")).with_suffix(".py").exists():
            continue
        for kind in _dataclasses(importlib.import_module(name)):
            parts = described(kind.__doc__)
            meanings = dict(parts.sections.get("Attributes", ()))
            rows = [
                [f"`{field.name}`", f"`{field.type}`", f"`{field.default!r}`", meanings[field.name]]
                for field in dataclasses.fields(kind)
            ]
            out += [f"## `{kind.__name__}`\n", f"{parts.text} From `{name}`.\n"]
            out.append(_table(["field", "type", "default", "means"], rows))
    return "\n".join(out)


def monitoring() -> str:
    """Return the page of a check's JSON: its fields, the causes, the kinds of change, the settings of the alerts."""
    out = [NOTICE, "# What a check says\n"]
    out.append(
        "`clientela monitor check DIR BATCH --json FILE` writes these records; numbers that are not known are null. "
        "How it is used: [monitor every night](../how-to/monitor-every-night.md).\n"
    )
    heads = ("The result", "An incident: `incidents`", "A real change: `shifts`", "A measure: `metrics`")
    for head, kind in zip(heads, (CheckResult, Incident, Shift, Measured), strict=True):
        out += [f"## {head}\n", f"{described(kind.__doc__).text}\n", _fields(kind)]
    own = [
        [
            "`shares`",
            "List of [label, share before, share now] of the first column: levels, or ranges of a fifth.",
        ],
        ["`query`", "SQL (DuckDB) that selects the rows, or counts the column's values, in a table named `batch`."],
        ["`model`", "Which share of the model rests on the columns, and what a plain model loses at most."],
        [
            "`model effect`",
            "The same in numbers: `auc` and what of it is `loss` at most, mean chance of the label `before` and `now`.",
        ],
        ["`rows`, `share`", "Rows concerned, and their share of the batch."],
        ["`announced`, `would_be`", "Of an announced change: the entry of the calendar, and the cause it would be."],
    ]
    out += ["## Names in `evidence`\n", "Others are numbers of the test itself.\n", _table(["name", "holds"], own)]
    causes = [[f"`{cause}`", means, ADVICE[cause]] for cause, means in CAUSES.items()]
    out += ["## Causes\n", _table(["cause", "means", "what to do"], causes)]
    kinds = [[f"`{kind}`", means] for kind, means in KINDS.items()]
    out += ["## Kinds of real change\n", _table(["cause", "means"], kinds), "## Settings of the alerts\n"]
    out.append("The section `[alerts]` of clientela.toml, and those within it.\n")
    sections = {"AlertOptions": "[alerts]", "PagerDuty": "[alerts.pagerduty]"}
    for kind in _dataclasses(alerting):
        section = sections.get(kind.__name__, f"[alerts.{kind.__name__.lower()}]")
        out += [f"### `{section}`\n", f"{described(kind.__doc__).text}\n", _fields(kind, defaults=True)]
    return "\n".join(out)


def _fields(kind: Any, *, defaults: bool = False) -> str:
    """Return a record's fields as a table."""
    meanings = dict(described(kind.__doc__).sections.get("Attributes", ()))
    rows = []
    for field in dataclasses.fields(kind):
        missing = field.default is dataclasses.MISSING
        given = ["needed" if missing else _default(field).replace("``", '`""`')] if defaults else []
        rows.append([f"`{field.name}`", f"`{field.type}`", *given, meanings[field.name]])
    return _table(["field", "type", *(["default"] if defaults else []), "means"], rows)


def _dataclasses(module: types.ModuleType) -> list[Any]:
    return [kind for kind in _public(module) if dataclasses.is_dataclass(kind)]


def _public(module: types.ModuleType) -> list[Any]:
    """Return the public classes of a module, in the order of its source."""
    names = [node.name for node in ast.parse(inspect.getsource(module)).body if isinstance(node, ast.ClassDef)]
    return [getattr(module, name) for name in names if not name.startswith("_")]


def findings() -> str:
    """Return the page of the finding codes: an index, and for each what it means, how it is tested, what it misses.

    Raises:
        ValueError: tools/findings.toml and `CODES` do not hold the same codes.
    """
    known = tomllib.loads((ROOT / "tools" / "findings.toml").read_text(encoding="utf-8"))
    listed = {code: group for group, codes in known.items() for code in codes}
    if listed != dict(CODES):
        raise ValueError(f"findings.toml and CODES differ in {sorted(set(listed.items()) ^ set(CODES.items()))}")
    checks = {check.__name__: check for check in CHECKS}
    out = [NOTICE, "# Findings of the audit\n"]
    out.append(
        "One code, one meaning; codes are stable. What is looked for and not found is in the audit's `tested`. "
        "`clientela audit FILE --rows CODE` lists the rows behind a finding where there are any.\n"
    )
    for group, codes in known.items():
        rows = [[f"[`{code}`](#{code})", said["means"]] for code, said in codes.items()]
        out += [f"## Group: {group}\n", _table(["code", "means"], rows)]
    out.append("## Each code\n")
    for codes in known.values():
        out += [_coded(code, said, checks.get(said.get("check", code))) for code, said in codes.items()]
    return "\n".join(out)


def _coded(code: str, said: dict[str, str], check: Check | None) -> str:
    tested = "no check states it in this version."
    if check is not None:
        tested = _nested(described(check.__doc__).text)
        tested = tested[:1].lower() + tested[1:]
    rows = f"rows {POINTERS[code].means}." if code in POINTERS else "none: it is about whole columns or the table."
    lines = [f"### {code}", "", said["means"], "", f"- **How it is tested**: {tested}"]
    return "\n".join([*lines, f"- **What it can miss**: {said['misses']}", f"- **Rows behind it**: {rows}", ""])


def python() -> str:
    """Return the page of the public functions and records."""
    out = [NOTICE, "# From Python\n", "## Functions and what they take\n"]
    out.append(_documented(audit, "clientela.audit.auditing.audit"))
    out += [_documented(getattr(clientela, name), f"clientela.{name}") for name in clientela.__all__]
    out.append("## Records that the functions return\n")
    out.append("All are frozen; `to_dict()` turns each into plain data.\n")
    shown = {getattr(clientela, name) for name in clientela.__all__ if isinstance(getattr(clientela, name), type)}
    for home in RECORDS:
        kinds = [kind for kind in _public(importlib.import_module(f"clientela.{home}")) if kind not in shown]
        out += [_documented(kind, kind.__name__, home=f"clientela.{home}") for kind in kinds]
    return "\n".join(out)


def _documented(thing: Any, name: str, home: str = "") -> str:
    place = f"From `{home}`.\n\n" if home else ""
    if not isinstance(thing, type):
        return f"### `{name}{_signature(thing)}`\n\n{place}{_body(described(thing.__doc__))}"
    out = [f"### `{name}`\n\n{place}{_body(described(thing.__doc__))}"]
    for key, value in vars(thing).items():
        method = value.__func__ if isinstance(value, classmethod | staticmethod) else value
        if isinstance(method, types.FunctionType) and not key.startswith("_") and method.__doc__:
            out.append(f"#### `.{key}{_signature(method)}`\n\n{_body(described(method.__doc__))}")
    return "\n".join(out)


def _signature(function: Any) -> str:
    node = ast.parse(textwrap.dedent(inspect.getsource(function))).body[0]
    if not isinstance(node, ast.FunctionDef):
        raise TypeError(f"{function!r} is no function")
    given = node.args
    for group in (given.posonlyargs, given.args):
        if group and group[0].arg in ("self", "cls"):
            del group[0]
    returns = f" -> {ast.unparse(node.returns)}" if node.returns else ""
    return f"({ast.unparse(given)}){returns}"


PAGES: dict[str, Callable[[], str]] = {
    "commands.md": commands,
    "findings.md": findings,
    "monitoring.md": monitoring,
    "options.md": options,
    "python.md": python,
}


def differing(folder: Path) -> list[str]:
    """Return the names of the pages in `folder` that are not what the code says."""
    return [
        name
        for name, make in PAGES.items()
        if not (folder / name).exists() or (folder / name).read_text(encoding="utf-8") != make()
    ]


def main() -> None:
    """Write the pages."""
    folder = ROOT / "docs" / "reference"
    folder.mkdir(parents=True, exist_ok=True)
    for name, make in PAGES.items():
        (folder / name).write_text(make(), encoding="utf-8")


if __name__ == "__main__":
    main()
