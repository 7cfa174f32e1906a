"""The check of the size limits catches what it is there for."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

Tool = Callable[[str], ModuleType]

CLEAN = '''"""A module."""

from __future__ import annotations

from typing import Protocol

from clientela.domain.record import Record

LIMIT = 3
"""A documented constant."""


class Seam(Protocol):
    """A seam."""

    def ask(self, a: int, b: int, c: int, d: int, e: int, f: int) -> int:
        """Take six parameters beside self."""


class Engine(Seam):
    """One deep beyond a protocol."""


class Faster(Engine):
    """One deep."""


class PlainError(ValueError):
    """An error."""


class NearError(PlainError):
    """Errors may go on."""


class FarError(NearError):
    """And on."""
'''

PLANTED = {
    "x = 1\n" * 601: "601 lines",
    "def f():\n" + "    x = 1\n" * 60: "f has 61 lines",
    "def f(a, b, c, d, e, g, *h): ...\n": "f has 7 parameters",
    "class C:\n    def f(self, a, b, c, d, e, g, *, h): ...\n": "f has 7 parameters",
    "def f():\n    from clientela.audit import auditing\n": "inside a function",
    "def f():\n    from . import other\n": "inside a function",
    "import importlib\ndef f(n):\n    return importlib.import_module(n)\n": "by name",
    "import clientela\n": "root of its own package",
    "from clientela import audit\n": "root of its own package",
    "import pickle\n": "imports pickle",
    "from joblib import dump\n": "imports joblib",
    "import marshal, shelve\n": "imports shelve",
    "import yaml\nyaml.load('a')\n": "calls yaml.load",
    "import numpy\nnumpy.load('a', allow_pickle=True)\n": "allows pickle",
    "import pandas\npandas.read_pickle('a')\n": "calls pandas.read_pickle",
    "eval('1')\n": "calls eval",
    "x = 1  # type: ignore[x]\n": "silences a check",
    "x = 1  # noqa: S101\n": "silences a check",
    "class A: ...\nclass B(A): ...\nclass C(B): ...\n": "C inherits 2 deep",
}


def package(folder: Path, files: dict[str, str]) -> Path:
    """Write files below a package folder called clientela, and return it."""
    root = folder / "clientela"
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return root


def test_clean_package_passes(tool: Tool, tmp_path: Path) -> None:
    """Six parameters beside self, a protocol's child and its child, and a line of errors are no offence."""
    root = package(tmp_path, {"__init__.py": '"""Root."""\n', "one/two/clean.py": CLEAN})
    assert tool("sizes").offences(root) == []


@pytest.mark.parametrize(("text", "word"), list(PLANTED.items()), ids=list(PLANTED.values()))
def test_planted_offence_is_found(tool: Tool, tmp_path: Path, text: str, word: str) -> None:
    """Each planted offence is found, and named with its file."""
    found = tool("sizes").offences(package(tmp_path, {"part/planted.py": text}))
    assert any(word in str(offence) and "planted.py:" in str(offence) for offence in found), found


@pytest.mark.parametrize("name", ["utils.py", "part/helpers.py", "misc/thing.py", "common/__init__.py", "_base.py"])
def test_name_after_nothing_is_found(tool: Tool, tmp_path: Path, name: str) -> None:
    """Modules and packages called utils, helpers, misc, common or base are found."""
    found = tool("sizes").offences(package(tmp_path, {name: ""}))
    assert any("nothing is called" in offence.what for offence in found)


def test_third_package_below_the_root_is_found(tool: Tool, tmp_path: Path) -> None:
    """Two packages below the root are allowed, three are not."""
    sizes = tool("sizes")
    found = sizes.offences(package(tmp_path, {"a/b/fine.py": "", "a/b/c/deep.py": ""}))
    assert [(offence.file.name, offence.what) for offence in found] == [
        ("deep.py", "3 packages below the root; at most 2")
    ]


def test_inheritance_is_followed_across_modules(tool: Tool, tmp_path: Path) -> None:
    """A class whose parent's parent is own code in another module is found."""
    files = {
        "first.py": "class Record: ...\nclass Reading(Record): ...\n",
        "second.py": "from clientela.first import Reading\nclass Closer(Reading): ...\n",
    }
    found = tool("sizes").offences(package(tmp_path, files))
    assert [str(offence.what) for offence in found] == ["Closer inherits 2 deep; at most one"]


def test_init_that_works_is_found(tool: Tool, tmp_path: Path) -> None:
    """An `__init__` may import, list names, load them by name and be callable; other code is an offence."""
    sizes = tool("sizes")
    lazy = (
        '"""Root."""\n\nimport importlib\n\n__all__ = ["run"]\n\n\n'
        "def __getattr__(name):\n    return importlib.import_module(name)\n"
    )
    called = "from types import ModuleType\n\n\nclass _Called(ModuleType): ...\n"
    assert sizes.offences(package(tmp_path / "fine", {"__init__.py": lazy, "part/__init__.py": called})) == []
    for text in ("def work(): ...\n", "x = open('a')\n", "print(1)\n", "class Work: ...\n"):
        found = sizes.offences(package(tmp_path / "busy", {"part/__init__.py": text}))
        assert [offence.what for offence in found] == ["__init__ only re-exports"]


def test_command_table_may_load_by_name(tool: Tool, tmp_path: Path) -> None:
    """Only `cli` (and the root) import modules by name."""
    text = "import importlib\n\n\ndef f(n):\n    return importlib.import_module(n)\n"
    assert tool("sizes").offences(package(tmp_path, {"cli/table.py": text})) == []


def test_p95_over_the_limit_is_found(tool: Tool, tmp_path: Path) -> None:
    """Two functions of 36 to 60 lines among twenty-one put the 95th percentile over its limit; one does not."""
    sizes = tool("sizes")
    short = "def f(): ...\n" * 19
    long = "def g():\n" + "    x = 1\n" * 40
    assert sizes.offences(package(tmp_path / "one", {"a.py": short + long})) == []
    found = sizes.offences(package(tmp_path / "two", {"a.py": short + long + long}))
    assert [offence.what for offence in found] == ["p95 of the functions is 41 lines; at most 35"]


def test_documentation_costs_nothing(tool: Tool, tmp_path: Path) -> None:
    """Docstrings, comments and blank lines are no lines of code."""
    text = '"""A\n\nlong\ntext."""\n\n# why\ndef f(a,\n      b):\n    """Say\n\n    more."""\n    return a  # now\n'
    sizes = tool("sizes")
    root = package(tmp_path, {"a.py": text})
    module = sizes.Module.read(root / "a.py", root)
    assert len(module.code) == 3


def test_exit_code_and_output(tool: Tool, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The figures are printed; an offence is printed as file:line and makes exit code 1."""
    sizes = tool("sizes")
    root = package(tmp_path, {"fine.py": "def f(): ...\n"})
    assert sizes.main([str(root)]) == 0
    assert "1 functions, p95 1 lines" in capsys.readouterr().out
    package(tmp_path, {"fine.py": "x = 1\nimport pickle\n"})
    assert sizes.main([str(root)]) == 1
    assert f"{root / 'fine.py'}:2: imports pickle" in capsys.readouterr().out


def test_rules_on_whole_files_only(tool: Tool, tmp_path: Path) -> None:
    """Tests may hold long functions, but no long files and no silenced checks."""
    root = package(tmp_path, {"test_a.py": "def f():\n" + "    x = 1\n" * 80 + "y = 1  # noqa\n"})
    found = tool("sizes").offences(root, everything=False)
    assert [offence.what for offence in found] == ["silences a check: # noqa"]
