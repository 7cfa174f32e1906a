"""What every test may rely on: real data, quiet and repeatable surroundings, no network."""

from __future__ import annotations

import fcntl
import json
import os
import shlex
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

ROOT = Path(__file__).resolve().parents[1]
LOOPBACK = ("127.", "::1", "localhost")

_threads = "1" if "PYTEST_XDIST_WORKER" in os.environ else "2"
os.environ.update({"TZ": "UTC", "NO_COLOR": "1", "TERM": "dumb", "COLUMNS": "100", "PYTHONUTF8": "1"})
for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "POLARS_MAX_THREADS"):
    os.environ.setdefault(_name, _threads)

settings.register_profile(
    "ci",
    derandomize=True,
    deadline=None,
    max_examples=50,
    database=None,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.register_profile("search", deadline=None, max_examples=1000, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))


def _guarded(connect: Callable[[socket.socket, Any], Any]) -> Callable[[socket.socket, Any], Any]:
    def guard(self: socket.socket, address: Any) -> Any:
        if self.family != socket.AF_UNIX and not str(address[0]).startswith(LOOPBACK):
            raise PermissionError(f"a test tried to reach {address!r}; tests use no network")
        return connect(self, address)

    return guard


# Methods of the class are replaced once and for all, so that doctests and fixtures are guarded too.
socket.socket.connect = _guarded(socket.socket.connect)
socket.socket.connect_ex = _guarded(socket.socket.connect_ex)


@pytest.fixture(scope="session")
def real_data() -> Callable[[str], Path]:
    """Return a function that gives the path of a real data file, or skips where it is missing."""
    folder = Path(os.environ.get("CLIENTELA_DATA") or ROOT.parent / "shared" / "data")

    def find(name: str) -> Path:
        path = folder / name
        if not path.exists():
            pytest.skip(f"real data {name} is not there; set CLIENTELA_DATA to the folder that holds it")
        return path

    return find


@pytest.fixture
def dom(tmp_path: Path) -> Callable[..., str]:
    """Return a function that opens a page in headless Chromium, with further flags, and gives what became of it."""
    browser = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if browser is None:
        pytest.skip("no Chromium is installed")
    quiet = ("gpu", "quic", "background-networking", "component-update", "sync", "extensions")
    command = [browser, "--headless", "--no-sandbox", "--no-first-run", *(f"--disable-{name}" for name in quiet)]

    def dump(path: Path, *flags: str) -> str:
        folder = tmp_path / "profile"
        call = [*command, *flags, f"--user-data-dir={folder}", "--dump-dom", path.as_uri()]
        shown = subprocess.run(call, capture_output=True, check=True, timeout=120).stdout.decode()
        shutil.rmtree(folder, ignore_errors=True)
        return shown

    return dump


@pytest.fixture(scope="session")
def root() -> Path:
    """Return the folder of the checkout."""
    return ROOT


@dataclass(frozen=True)
class Bundled:
    """The run on the bundled workbook that the first tutorial types.

    Attributes:
        command: What is typed.
        place: The folder it is typed in; `shop` in it holds the results. Copy it before you change it.
        printed: What it prints.
    """

    command: str
    place: Path
    printed: str


@pytest.fixture(scope="session")
def bundled(tmp_path_factory: pytest.TempPathFactory) -> Bundled:
    """Return the run on the bundled workbook: it takes a minute, so the processes of a test run share one."""
    asked = "--sheet sample_03 --collected A:E --label revenue_group --out shop"
    command = f"clientela run examples/shop_visits.xlsx {asked}"
    base = tmp_path_factory.getbasetemp()
    place = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "bundled"
    done = place.with_suffix(".json")
    with place.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not done.exists():
            place.mkdir()
            (place / "examples").symlink_to(ROOT / "examples")
            program, *arguments = shlex.split(command)
            call = [str(Path(sys.executable).with_name(program)), *arguments]
            # What is measured of the code is measured by the other tests: here it only takes time.
            plain = {name: value for name, value in os.environ.items() if not name.startswith("COV")}
            ended = subprocess.run(
                call, cwd=place, capture_output=True, text=True, check=True, stdin=subprocess.DEVNULL, env=plain
            )
            done.write_text(json.dumps(ended.stdout + ended.stderr))
    return Bundled(command, place, json.loads(done.read_text()))
