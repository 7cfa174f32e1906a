"""The command line starts without the heavy libraries, and one driver does not bring another."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time

import pytest

HEAVY = {
    "altair",
    "duckdb",
    "fastexcel",
    "jinja2",
    "lightgbm",
    "msgspec",
    "numpy",
    "pandas",
    "polars",
    "pptx",
    "pyarrow",
    "python_calamine",
    "scipy",
    "sklearn",
    "sqlglot",
    "vl_convert",
    "xlsxwriter",
}

HELP = "import sys\nsys.argv = ['clientela', *{arguments!r}]\nfrom clientela.cli.main import main\nmain()\n"

LOADED = """
import json, sys
try:
{code}
except SystemExit as stop:
    assert stop.code in (None, 0), stop.code
print()
print(json.dumps(sorted({{name.split(".")[0] for name in sys.modules}})))
"""


def loaded(code: str) -> set[str]:
    """Run code in a new interpreter and return the libraries it loaded."""
    indented = "".join(f"    {line}\n" for line in code.splitlines())
    command = [sys.executable, "-c", LOADED.format(code=indented)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return set(json.loads(done.stdout.splitlines()[-1]))


@pytest.mark.parametrize("arguments", [["--help"], ["--version"]])
def test_help_loads_no_heavy_library(arguments: list[str]) -> None:
    """Asking for help or the version loads no engine, no learner and nothing that draws."""
    assert loaded(HELP.format(arguments=arguments)) & HEAVY == set()


def test_importing_clientela_loads_no_heavy_library() -> None:
    """`import clientela` costs nothing until a function is used."""
    assert loaded("import clientela") & HEAVY == set()


def test_help_answers_at_once() -> None:
    """The best of several calls of help takes little processor time; the bench holds it to 150 ms."""
    command = [sys.executable, "-c", HELP.format(arguments=["--help"])]
    plain = {name: value for name, value in os.environ.items() if not name.startswith("COV")}
    took = []
    for _ in range(3):
        before = os.times()
        start = time.perf_counter()
        subprocess.run(command, env=plain, capture_output=True, check=True)
        after = os.times()
        took.append(min(time.perf_counter() - start, after.children_user - before.children_user))
    assert min(took) < 0.4, took
