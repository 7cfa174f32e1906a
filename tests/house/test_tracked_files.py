"""What may not stand in a file of the project."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest
from packaging.version import Version

# Each pattern is put together here, so that this file does not hold what it looks for.
FORBIDDEN = {
    "a path of one machine": r"(?<![\w.])/(?:"
    + "|".join(["ro" + "ot", "ho" + "me", "Us" + "ers", "wo" + "rk"])
    + r")/\w",
    "a registry's address": "|".join(["pypi" + r"\.org", "python" + "hosted", "npmjs" + r"\.", "deb" + r"\.debian"]),
    "an index": "--(?:extra-)?" + "index-url",
    "a number of an issue": r"\b(?:issue|ticket) " + r"#?\d+",
}
KINDS = ("Added", "Changed", "Deprecated", "Removed", "Fixed", "Security")


@pytest.fixture(scope="module")
def tracked(root: Path) -> dict[str, str]:
    """Return the text of every tracked text file by its path."""
    git = shutil.which("git")
    if git is None or not (root / ".git").exists():
        pytest.skip("the files are known from git, and this is no checkout")
    listed = subprocess.run([git, "ls-files", "-z"], cwd=root, capture_output=True, check=True).stdout
    texts = {}
    for name in filter(None, listed.decode().split("\0")):
        content = (root / name).read_bytes() if (root / name).is_file() else b"\0"
        if b"\0" not in content:
            texts[name] = content.decode("utf-8", "replace")
    return texts


@pytest.mark.parametrize("what", FORBIDDEN)
def test_files_name_no_machine(tracked: dict[str, str], what: str) -> None:
    """No tracked file holds a path of one machine, an address of a registry, or a number of an issue."""
    found = [
        f"{name}: {match[0]}"
        for name, text in tracked.items()
        for match in re.finditer(FORBIDDEN[what], text, re.IGNORECASE)
    ]
    assert found == []


def test_patterns_find_what_they_look_for() -> None:
    """Each pattern matches an example of what it forbids."""
    examples = ["see /ro" + "ot/x", "from pypi" + ".org", "--index" + "-url x", "as in issue " + "12"]
    for pattern, example in zip(FORBIDDEN.values(), examples, strict=True):
        assert re.search(pattern, example)


def test_nothing_large_is_tracked(root: Path, tracked: dict[str, str]) -> None:
    """No text file is over 1 MB."""
    assert [name for name in tracked if (root / name).stat().st_size > 1_000_000] == []


def test_changelog_keeps_its_form(root: Path) -> None:
    """CHANGELOG.md is in the form of Keep a Changelog 1.1: versions newest first, dated, by kind of change."""
    text = (root / "CHANGELOG.md").read_text(encoding="utf-8")
    assert text.startswith("# Changelog\n")
    heads = re.findall(r"^## (.+)$", text, flags=re.MULTILINE)
    assert heads[0] == "[Unreleased]"
    versions = []
    for head in heads[1:]:
        match = re.fullmatch(r"\[(\d+\.\d+\.\d+)\] - \d{4}-\d{2}-\d{2}", head)
        assert match, head
        versions.append(Version(match[1]))
    assert versions == sorted(versions, reverse=True)
    assert set(re.findall(r"^### (.+)$", text, flags=re.MULTILINE)) <= set(KINDS)
