"""Every example of the docs runs, every link leads somewhere, and the reference is what the code says."""

from __future__ import annotations

import importlib.util
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from clientela.cli.main import main

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
BLOCK = re.compile(r"^```(python|console)([^\n]*)\n(.*?)^```$", flags=re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\((?!https?:|mailto:)([^)#\s]*)(?:#[^)]*)?\)")
PROMPT = "$ clientela "


@dataclass(frozen=True)
class Example:
    """One block of a page that can be run.

    Attributes:
        language: "python" or "console".
        code: Exit code that the commands of a console block end with; "```console exit=2" says so.
        text: What stands in the block.
        line: Line of the page where the text starts, from 1.
    """

    language: str
    code: int
    text: str
    line: int


def examples(page: Path) -> list[Example]:
    """Return the blocks of a page that can be run, in order."""
    text = page.read_text(encoding="utf-8")
    found = []
    for match in BLOCK.finditer(text):
        code = re.search(r"exit=(\d+)", match[2])
        line = text.count("\n", 0, match.start(3)) + 1
        found.append(Example(match[1], int(code[1]) if code else 0, match[3], line))
    return found


def commands(block: str) -> Iterator[tuple[str, list[str]]]:
    """Yield each command of a console block with the lines shown below it."""
    shown: list[str] = []
    command = ""
    for line in block.splitlines():
        if line.startswith("$ ") or command.endswith("\\"):
            if command.endswith("\\"):
                command = command[:-1] + line.strip()
                continue
            if command:
                yield command, shown
            command, shown = line, []
        elif line.strip() not in ("", "..."):
            shown.append(" ".join(line.split()))
    if command:
        yield command, shown


@dataclass
class Place:
    """The folder in which a page is run.

    Attributes:
        folder: The folder, the page's own.
        known: What a command left and printed on a page where the same commands had changed the folder before.
        past: The commands that changed the folder so far; None once anything else may have changed it.
    """

    folder: Path
    known: dict[tuple[str, ...], tuple[Path | None, int, str]]
    past: tuple[str, ...] | None = ()

    def run(self, command: str) -> tuple[int, str]:
        """Run a command, or do what it did where the same had gone before; return its exit code and output."""
        key = None if self.past is None else (*self.past, command)
        if key in self.known:
            kept, code, printed = self.known[key]
            if kept is not None:
                shutil.copytree(kept, self.folder, dirs_exist_ok=True)
                self.past = key
            return code, printed
        before = self._state()
        program = [str(Path(sys.executable).with_name("clientela")), *shlex.split(command[len(PROMPT) :])]
        # What is measured of the code is measured by the other tests: here it only takes time.
        plain = {name: value for name, value in os.environ.items() if not name.startswith("COV")}
        done = subprocess.run(
            program, cwd=self.folder, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL, env=plain
        )
        printed = done.stdout + done.stderr
        if key is not None:
            kept = None
            if self._state() != before:
                kept = self.folder.with_name(f"{self.folder.name}-{len(key)}")
                shutil.copytree(self.folder, kept, ignore=shutil.ignore_patterns("examples"))
                self.past = key
            self.known[key] = kept, done.returncode, printed
        return done.returncode, printed

    def _state(self) -> set[tuple[str, int]]:
        """Return the files of the folder with the time each was written."""
        return {(str(path), path.stat().st_mtime_ns) for path in self.folder.rglob("*") if path.is_file()}


def check_console(example: Example, page: Path, place: Place) -> None:
    """Run the commands of a block; each line shown must be in what they print."""
    for command, shown in commands(example.text):
        assert command.startswith(PROMPT), f"{page}:{example.line}: only clientela is run: {command}"
        code, printed = place.run(command)
        assert code == example.code, f"{page}:{example.line}: {command}\n{printed}"
        lines = [" ".join(line.split()) for line in printed.splitlines()]
        missing = [line for line in shown if not any(line in one for one in lines)]
        assert missing == [], f"{page}:{example.line}: {command}\n{printed}"


def named(page: Path) -> str:
    """Return the page's path below the checkout."""
    return page.relative_to(ROOT).as_posix()


@pytest.fixture(scope="module")
def known(
    bundled: Any, tmp_path_factory: pytest.TempPathFactory
) -> dict[tuple[str, ...], tuple[Path | None, int, str]]:
    """Return what commands did before: the long run of the first tutorial, and nothing else yet."""
    kept = tmp_path_factory.mktemp("known") / "bundled"
    shutil.copytree(bundled.place, kept, ignore=shutil.ignore_patterns("examples"))
    return {(f"$ {bundled.command}",): (kept, 0, bundled.printed)}


@pytest.mark.no_cover
@pytest.mark.parametrize("page", [page for page in PAGES if examples(page)], ids=named)
def test_examples_run(
    page: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    known: dict[tuple[str, ...], tuple[Path | None, int, str]],
) -> None:
    """The blocks of a page run one after the other, in a folder of their own that holds examples/."""
    place = Place(tmp_path / "page", known)
    place.folder.mkdir()
    (place.folder / "examples").symlink_to(ROOT / "examples")
    monkeypatch.chdir(place.folder)
    namespace: dict[str, Any] = {"__name__": "docs"}
    for example in examples(page):
        if example.language == "console":
            check_console(example, page, place)
        else:
            place.past = None
            exec(compile("\n" * (example.line - 1) + example.text, str(page), "exec"), namespace)


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_links_lead_somewhere(page: Path) -> None:
    """Every link to a file of the project leads to a file that is there."""
    targets = [target for target in LINK.findall(page.read_text(encoding="utf-8")) if target]
    assert [target for target in targets if not (page.parent / target).exists()] == []


def test_every_page_can_be_reached() -> None:
    """Every page of the docs is linked from docs/index.md."""
    index = ROOT / "docs" / "index.md"
    linked = {(index.parent / target).resolve() for target in LINK.findall(index.read_text(encoding="utf-8")) if target}
    assert [named(page) for page in (ROOT / "docs").rglob("*.md") if page != index and page not in linked] == []


@pytest.fixture(scope="module")
def reference() -> ModuleType:
    """Load tools/reference.py."""
    spec = importlib.util.spec_from_file_location("tools_reference", ROOT / "tools" / "reference.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def test_reference_is_what_the_code_says(reference: ModuleType) -> None:
    """The committed pages of the reference equal what the generator makes; `make docs` writes them anew."""
    assert reference.differing(ROOT / "docs" / "reference") == []


def test_every_command_and_option_is_documented(
    reference: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whatever `clientela COMMAND --help` offers stands in that command's part of the page."""
    page = (ROOT / "docs" / "reference" / "commands.md").read_text(encoding="utf-8")
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    for name in reference.COMMANDS:
        part = page.split(f"## `clientela {name}`\n")[1].split("\n## ")[0]
        monkeypatch.setattr(sys, "argv", ["clientela", *name.split(" "), "--help"])
        with pytest.raises(SystemExit):
            main()
        shown = capsys.readouterr().out
        offered = set(re.findall(r"(?<!\S)--[a-z-]+", shown))
        assert "--help" in offered
        assert {option for option in offered - {"--help"} if f"`{option}`" not in part} == set()


def test_docstring_is_taken_apart(reference: ModuleType) -> None:
    """Text, sections with their entries, and the example of a docstring in Google's style are told apart."""
    parts = reference.described(
        "Say.\n\nMore.\n\nArgs:\n    a: First,\n        goes on.\n    b: Second.\n\n"
        "Returns:\n    A number.\n\n>>> 1\n1\n"
    )
    assert parts.text == "Say.\n\nMore."
    assert parts.sections == {"Args": [("a", "First, goes on."), ("b", "Second.")], "Returns": [("", "A number.")]}
    assert parts.example == ">>> 1\n1"


def test_every_finding_code_says_what_it_can_miss(reference: ModuleType) -> None:
    """Each code has a place on the page that says what it means, how it is tested and what it can miss."""
    page = (ROOT / "docs" / "reference" / "findings.md").read_text(encoding="utf-8")
    for code in reference.CODES:
        assert f"](#{code})" in page
        part = page.split(f"### {code}\n")[1].split("\n### ")[0]
        for told in ("How it is tested", "What it can miss", "Rows behind it"):
            assert len(part.split(f"**{told}**: ")[1].split("\n")[0]) > 10, (code, told)
    assert page.count("**How it is tested**: no check") == len(reference.CODES) - len(reference.CHECKS)
