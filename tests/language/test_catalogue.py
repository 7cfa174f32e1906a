"""The catalogue: complete, nothing in it that nobody says, the same placeholders on both sides."""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

import pytest

from clientela.domain.finding import CODES
from clientela.language import Language, catalogue
from clientela.language.catalogue import PLACEHOLDER

SOURCES = Path(__file__).resolve().parents[2] / "src" / "clientela"
ENGLISH_PAGES = {"terminal"}
"""Modules of pages that are written in English only."""

SPEAKING = ("audit", "domain", "experiments", "models", "monitoring", "pipeline", "report", "segments", "sources")
GERMAN = catalogue(Language.GERMAN)
SLOT = "\0"


@lru_cache(maxsize=1)
def trees() -> dict[Path, ast.Module]:
    """Every module whose words a report shows, parsed."""
    return {path: ast.parse(path.read_text()) for name in SPEAKING for path in sorted((SOURCES / name).rglob("*.py"))}


@lru_cache(maxsize=1)
def constants() -> frozenset[str]:
    """Every text that stands in the code or in a template, a value in it as a slot."""
    found = set()
    for tree in trees().values():
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                found.add(node.value)
            if isinstance(node, ast.JoinedStr):
                parts = [part.value if isinstance(part, ast.Constant) else SLOT for part in node.values]
                found.add("".join(map(str, parts)))
    return frozenset(found | set(in_templates()))


def in_templates() -> list[str]:
    """What the templates say."""
    pages = [*(SOURCES / "report" / "templates").glob("*.j2"), SOURCES / "report" / "templates" / "script.js"]
    return [said for page in pages for said in re.findall(r'"([^"]+)"\s*\|\s*say', page.read_text())]


def values(node: ast.expr) -> Iterator[str]:
    """Yield the texts that an argument may be."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    if isinstance(node, ast.IfExp):
        yield from values(node.body)
        yield from values(node.orelse)


def said_in(tree: ast.Module) -> Iterator[str]:
    """Yield what a module says by `say` and `plural`."""
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)]
    for call in calls:
        if call.func.id == "say":
            yield from values(call.args[0])
        if call.func.id == "plural" and len(call.args) > 1:
            ones = list(values(call.args[1]))
            yield from ones
            yield from values(call.args[2]) if len(call.args) > 2 else [f"{one}s" for one in ones]


def test_everything_said_has_a_translation() -> None:
    """Whatever report, deck and cards say by a template is in the catalogue."""
    packages = ("report", "segments", "pipeline")
    pages = [path for name in packages for path in (SOURCES / name).rglob("*.py") if path.stem not in ENGLISH_PAGES]
    said = {text for path in pages for text in said_in(trees()[path])} | set(in_templates())
    assert len(said) > 600
    assert sorted(said - set(GERMAN.said)) == []


def test_every_template_gets_its_values() -> None:
    """Whoever says a template with placeholders gives a value for each, and for no other."""
    for tree in trees().values():
        for call in ast.walk(tree):
            if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == "say":
                given = {str(keyword.arg) for keyword in call.keywords}
                for template in values(call.args[0]) if call.args else ():
                    assert set(PLACEHOLDER.findall(template)) == given, template


def test_nothing_stands_in_the_catalogue_that_nobody_says() -> None:
    """Every key of `said` is a text of the code, or the plural or the words of one."""
    texts = constants()
    spaced = {text.replace("-", " ") for text in texts}
    unused = [key for key in GERMAN.said if not {key, key.removesuffix("s")} & texts and key not in spaced]
    assert unused == []


def test_every_sentence_of_an_earlier_stage_is_one() -> None:
    """Most pairs of words of every finished sentence stand in the code, so that a reworded one is noticed here."""
    corpus = "\n".join(constants()).lower()
    corpus += corpus.replace("_", " ")
    lost = [key for key in (*GERMAN.retold, *titles()) if share_found(key, corpus) < 0.6]
    assert lost == []


def titles() -> dict[str, str]:
    """Every title of a finding that is told in its own words, in English and German."""
    data = tomllib.loads((SOURCES / "language" / "german.toml").read_text())
    return {key: value for item in data["findings"].values() for key, value in item.get("titles", {}).items()}


def share_found(key: str, corpus: str) -> float:
    """Return the share of the pairs of words of a text, between its placeholders, that stand in the corpus."""
    pieces = [piece.split() for piece in re.split(r"\{\w+\}", key)]
    size = 2 if sum(map(len, pieces)) > 3 else 1
    runs = [" ".join(words[at : at + size]) for words in pieces for at in range(max(1, len(words) - size + 1)) if words]
    return sum(run.lower() in corpus for run in runs) / len(runs)


@pytest.mark.parametrize("part", ["said", "retold"])
def test_placeholders_are_the_same(part: str) -> None:
    """Both sides of every entry have the same placeholders, and no other brace."""
    entries = getattr(GERMAN, part)
    for english, german in entries.items():
        assert set(PLACEHOLDER.findall(english)) == set(PLACEHOLDER.findall(german)), english
        assert not re.search(r"[{}]", PLACEHOLDER.sub("", german)), english


def test_titles_leave_out_nothing_but_what_they_skip() -> None:
    """A German title takes all that its English one names, numbers and columns included, but for what is skipped."""
    for english, german in titles().items():
        asked = {name for name in PLACEHOLDER.findall(english) if not name.startswith("skip")}
        assert asked == set(PLACEHOLDER.findall(german)), english


def test_entries_are_well_formed() -> None:
    """No key stands in two sections, commands stay as they are, and quotation marks are German."""
    data = tomllib.loads((SOURCES / "language" / "german.toml").read_text())
    for part in ("said", "retold"):
        keys = [key for section in data[part].values() for key in section]
        assert len(keys) == len(set(keys))
    for english, german in {**GERMAN.said, **GERMAN.retold}.items():
        assert sorted(re.findall(r"`[^`]*`", english)) == sorted(re.findall(r"`[^`]*`", german)), english
        assert not re.search(r"[“\"'”](?=\w)", german.replace("95-%-", "")), english
        assert german.count("„") == german.count("“"), english
        assert german.strip(), english


def test_every_code_has_its_words() -> None:
    """Every finding code has a name, a title and an advice, and no other has."""
    assert set(GERMAN.findings) == set(CODES)
    for said in GERMAN.findings.values():
        assert said.name
        assert said.advice.endswith(".")
        assert not said.title.endswith(".")


def test_english_needs_no_catalogue() -> None:
    """English stands in the code."""
    assert not catalogue(Language.ENGLISH).said
