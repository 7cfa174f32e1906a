"""What the project depends on, and under which licences and versions."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from importlib.metadata import Distribution, distribution
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.version import Version

ALLOWED = {
    "0BSD",
    "Apache-2.0",
    "BSD",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "CC0-1.0",
    "ISC",
    "MIT",
    "MIT-CMU",
    "MPL-2.0",
    "PSF-2.0",
    "Zlib",
}
"""Licences that let anybody use, change and sell what is built on them."""

SPELLINGS = {
    "3-Clause BSD License": "BSD-3-Clause",
    "Apache 2.0": "Apache-2.0",
    "Apache Software License": "Apache-2.0",
    "BSD 2-Clause License": "BSD-2-Clause",
    "BSD License": "BSD",
    "ISC License": "ISC",
    "ISC License (ISCL)": "ISC",
    "MIT License": "MIT",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
}


def normal(name: str) -> str:
    """Return a distribution's name as registries compare it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def needed(name: str, extras: frozenset[str], seen: dict[str, Distribution]) -> None:
    """Collect the distribution called `name` and, in turn, all that it needs here."""
    if normal(name) in seen:
        return
    found = seen[normal(name)] = distribution(name)
    for requirement in map(Requirement, found.requires or ()):
        if requirement.marker is None or any(requirement.marker.evaluate({"extra": e}) for e in {"", *extras}):
            needed(requirement.name, frozenset(requirement.extras), seen)


@pytest.fixture(scope="module")
def dependencies() -> dict[str, Distribution]:
    """Return every installed distribution that Clientela and its tools need, by name."""
    seen: dict[str, Distribution] = {}
    needed("clientela", frozenset({"dev"}), seen)
    del seen["clientela"]
    return seen


@pytest.fixture(scope="module")
def project(root: Path) -> dict[str, Any]:
    """Return pyproject.toml."""
    return tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def constraints(root: Path) -> list[str]:
    """Return the lines of constraints.txt that are no comments."""
    lines = (root / "constraints.txt").read_text(encoding="utf-8").splitlines()
    return [line for line in lines if not line.startswith("#")]


def licences(found: Distribution) -> Iterator[str]:
    """Yield the licences a distribution states: its expression or line, else its classifiers, else its file's head."""
    stated = found.metadata
    lines = [line for line in (stated.get("License-Expression"), stated.get("License")) if line and "\n" not in line]
    classified = [
        value.rsplit(" :: ", 1)[-1]
        for value in stated.get_all("Classifier", [])
        if value.startswith("License :: ") and value.count(" :: ") > 1
    ]
    heads = [found.read_text(f"licenses/{name}") or "" for name in stated.get_all("License-File", [])]
    for text in lines[:1] or classified or [head.strip().split("\n")[0] for head in heads]:
        for part in re.split(r" AND | OR ", text):
            yield SPELLINGS.get(part, part)


def test_licences_are_permissive(dependencies: dict[str, Distribution]) -> None:
    """Every dependency states a licence, and only licences of the allow list."""
    found = {name: set(licences(one)) for name, one in dependencies.items()}
    assert {name: stated for name, stated in found.items() if not stated or stated - ALLOWED} == {}


def test_constraints_are_plain_versions(constraints: list[str]) -> None:
    """A line is a name and a version: no address, no path, no index."""
    assert [line for line in constraints if not re.fullmatch(r"[a-z0-9-]+==[0-9][0-9a-z.]*", line)] == []
    assert constraints == sorted(constraints)


def test_constraints_hold_all_that_is_installed(constraints: list[str], dependencies: dict[str, Distribution]) -> None:
    """No distribution that is needed is left without a version."""
    assert set(dependencies) - {line.split("==")[0] for line in constraints} == set()


def test_constraints_satisfy_the_ranges(constraints: list[str], project: dict[str, Any]) -> None:
    """Each tested version lies within the range that pyproject.toml promises."""
    versions = {name: Version(text) for name, text in (line.split("==") for line in constraints)}
    promised = [*project["project"]["dependencies"], *project["project"]["optional-dependencies"]["dev"]]
    outside = [
        text
        for text, wanted in ((text, Requirement(text)) for text in promised)
        if not wanted.specifier.contains(versions[normal(wanted.name)])
    ]
    assert outside == []


def test_runtime_ranges_are_bounded(project: dict[str, Any]) -> None:
    """Every dependency has a lowest version and a major version it does not cross."""
    for text in project["project"]["dependencies"]:
        assert {one.operator for one in Requirement(text).specifier} == {">=", "<"}, text


def test_no_check_is_switched_off(project: dict[str, Any]) -> None:
    """The configuration of the checks holds no entry that ignores something."""

    def keys(value: Any) -> Iterator[str]:
        if isinstance(value, dict):
            yield from value
            for item in value.values():
                yield from keys(item)
        elif isinstance(value, list):
            for item in value:
                yield from keys(item)

    tool = project["tool"]
    forbidden = {"ignore", "extend-ignore", "per-file-ignores", "ignore_imports", "ignore_errors", "overrides", "omit"}
    assert forbidden.isdisjoint(keys({name: tool[name] for name in ("ruff", "mypy", "importlinter", "coverage")}))
    assert all("ignore" not in str(entry) for entry in tool["pytest"]["ini_options"]["filterwarnings"])


def test_every_dependency_is_explained(root: Path, project: dict[str, Any]) -> None:
    """docs/explanation/dependencies.md has a line for every dependency, and for nothing else."""
    text = (root / "docs" / "explanation" / "dependencies.md").read_text(encoding="utf-8")
    listed = set(re.findall(r"^\| `([a-z0-9-]+)`", text, flags=re.MULTILINE))
    optional = project["project"]["optional-dependencies"]
    promised = project["project"]["dependencies"] + optional["onnx"] + optional["dev"]
    assert listed == {normal(Requirement(line).name) for line in promised}
