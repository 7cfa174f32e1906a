"""The command line starts without the heavy libraries, and one driver does not bring another."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

HEAVY = {
    "altair",
    "duckdb",
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

LEARNING = {"lightgbm", "pandas", "sklearn"}

HELP = "import sys\nsys.argv = ['clientela', *{arguments!r}]\nfrom clientela.cli.main import main\nmain()\n"

LOADED = """
import json, sys
try:
{code}
except SystemExit as stop:
    assert stop.code in (None, 0), stop.code
print()
ready = [name for name, module in sys.modules.items() if type(module).__name__ != "_LazyModule"]
print(json.dumps(sorted({{name.split(".")[0] for name in ready}})))
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


def test_an_audit_loads_no_learner() -> None:
    """The command that audits a file loads no learner, no pandas, which learners bring along, and no template."""
    assert loaded("import clientela.cli.commands.audit") & (LEARNING | {"jinja2", "pptx"}) == set()


def test_a_check_loads_only_what_it_needs() -> None:
    """The command that checks a batch loads no learner, and nothing of what alerts, draws, or guesses encodings."""
    needless = LEARNING | {"charset_normalizer", "pptx", "rich", "smtplib", "tomlkit", "vl_convert"}
    assert loaded("import clientela.cli.commands.monitor_check") & needless == set()


def test_importing_clientela_loads_no_heavy_library() -> None:
    """`import clientela` costs nothing until a function is used."""
    assert loaded("import clientela") & HEAVY == set()


WORKBOOK, TEXT, OTHERS = {"python_calamine"}, {"charset_normalizer"}, {"pandas", "lightgbm", "sklearn"}

STRANGERS = {
    "delimited": WORKBOOK | OTHERS,
    "workbook": OTHERS,
    "parquet": WORKBOOK | TEXT | OTHERS,
    "arrow_ipc": WORKBOOK | TEXT | OTHERS,
    "json_lines": WORKBOOK | TEXT | OTHERS,
    "duckdb_file": WORKBOOK | TEXT | OTHERS,
}
"""Libraries that the adapter of a source has no business with."""


@pytest.mark.parametrize("adapter", STRANGERS)
def test_adapter_brings_its_own_driver_only(adapter: str) -> None:
    """Importing the adapter of one source loads the driver of no other, no pandas and no learner."""
    assert loaded(f"import clientela.sources.{adapter}") & STRANGERS[adapter] == set()


def test_reading_loads_no_learner(tmp_path: Path) -> None:
    """Opening a table, whatever its kind, loads no learning library and nothing that draws."""
    path = tmp_path / "two.csv"
    path.write_text("a,b\n1,x\n2,y\n", encoding="utf-8")
    code = f"import clientela\nwith clientela.open_table({str(path)!r}) as table:\n    assert table.rows == 2\n"
    assert loaded(code) & {"lightgbm", "sklearn", "altair", "pptx", "jinja2", "xlsxwriter"} == set()


def test_a_check_of_a_batch_loads_no_scipy_and_no_learner() -> None:
    """What looks for breaks does with numpy alone, so that a nightly check starts at once."""
    assert loaded("import clientela.monitoring.checking") & {"scipy", *LEARNING} == set()
