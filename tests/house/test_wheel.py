"""The wheel is built once, and that wheel is tested."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest


@pytest.fixture(scope="module")
def wheel(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the wheel, without network, and return its path."""
    folder = tmp_path_factory.mktemp("dist")
    build = [sys.executable, "-m", "build", "--no-isolation", "--wheel", "--outdir", str(folder), str(root)]
    done = subprocess.run(build, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Install the wheel alone into a new environment that borrows the libraries of this one; return its programs."""
    folder = tmp_path_factory.mktemp("fresh") / "venv"
    venv.create(folder, with_pip=False)
    python = next(folder.glob("bin/python"))
    pip = [sys.executable, "-m", "pip", "--python", str(python), "--disable-pip-version-check", "--no-input"]
    install = [*pip, "install", "--quiet", "--no-deps", "--no-index", str(wheel)]
    done = subprocess.run(install, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    # A path file adds the libraries behind the environment's own, and does not follow their path files.
    (site,) = folder.glob("lib/python3*/site-packages")
    (site / "borrowed.pth").write_text(sysconfig.get_path("purelib") + "\n", encoding="utf-8")
    return folder / "bin"


def ran(command: list[str], folder: Path) -> str:
    """Run a command of the installed wheel, away from the checkout, and return what it prints."""
    surroundings = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "COV"))}
    done = subprocess.run(command, cwd=folder, env=surroundings, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_wheel_holds_all_it_needs(root: Path, wheel: Path) -> None:
    """The wheel has every file of the package, templates and the mark of types included, and the licence."""
    names = set(zipfile.ZipFile(wheel).namelist())
    package = root / "src" / "clientela"
    ours = {
        path.relative_to(root / "src").as_posix()
        for path in package.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert "clientela/py.typed" in ours
    assert any(name.startswith("clientela/report/templates/") for name in ours)
    assert {name for name in names if name.startswith("clientela/")} == ours
    assert any(name.endswith(".dist-info/licenses/LICENSE") for name in names)


def test_wheel_holds_nothing_else(wheel: Path) -> None:
    """The wheel has the package and its metadata: no tests, no tools, no examples."""
    tops = {name.split("/")[0] for name in zipfile.ZipFile(wheel).namelist()}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"clientela"}


def test_installed_command_starts(installed: Path, tmp_path: Path) -> None:
    """The installed wheel has the command, which tells its commands."""
    shown = ran([str(installed / "clientela"), "--help"], tmp_path)
    for command in ("run", "learn", "score", "sample"):
        assert command in shown


def test_installed_package_works(installed: Path, tmp_path: Path) -> None:
    """The installed wheel, and not the checkout, makes a sample and reads it back."""
    ran([str(installed / "clientela"), "sample", "--rows", "500", "--seed", "1", "--out", "visits.parquet"], tmp_path)
    code = (
        "import clientela\n"
        "print(clientela.__file__)\n"
        "with clientela.open_table('visits.parquet') as table:\n"
        "    print(table.rows >= 500)\n"
    )
    place, enough = ran([str(installed / "python"), "-c", code], tmp_path).splitlines()
    assert Path(place).is_relative_to(installed.parent)
    assert enough == "True"
