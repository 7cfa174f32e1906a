"""What is said in another language: one file of English templates with their translation per language.

The file has three parts. `said`: what the code says with `say`, word for word. `retold`: sentences that earlier
stages finished in English; a placeholder takes a number, or a name where its name begins with "name". `findings`:
name, title and advice by code of a finding.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

from clientela.language.speaking import Language

PLACEHOLDER = re.compile(r"\{([a-z][a-z0-9_]*)\}")
_NUMBER = r"-?\d[\d,.]*(?:e[+-]?\d+)?(?: %)?"
_NAME = ".+?"


@dataclass(frozen=True)
class Catalogue:
    """What one language says.

    Attributes:
        said: Template by English template.
        retold: Template by English template of sentences that come finished.
        patterns: Expression that recognises such a sentence, with its template, for those with placeholders.
        findings: Name, title and advice by code of a finding.
    """

    said: Mapping[str, str]
    retold: Mapping[str, str]
    patterns: tuple[tuple[re.Pattern[str], str], ...]
    findings: Mapping[str, Mapping[str, str]]


@lru_cache(maxsize=4)
def catalogue(language: Language) -> Catalogue:
    """Return the catalogue of a language; an empty one for English, which stands in the code."""
    if language is Language.ENGLISH:
        return Catalogue({}, {}, (), {})
    text = files(__package__).joinpath(f"{language.name.lower()}.toml").read_text(encoding="utf-8")
    data = tomllib.loads(text)
    said = {key: value for section in data["said"].values() for key, value in section.items()}
    retold = {key: value for section in data["retold"].values() for key, value in section.items()}
    patterns = tuple((_pattern(key), value) for key, value in retold.items() if PLACEHOLDER.search(key))
    return Catalogue(said, retold, patterns, data["findings"])


def _pattern(template: str) -> re.Pattern[str]:
    pieces = PLACEHOLDER.split(template)
    shown = [
        f"(?P<{piece}>{_NAME if piece.startswith('name') else _NUMBER})" if place % 2 else re.escape(piece)
        for place, piece in enumerate(pieces)
    ]
    return re.compile("".join(shown))
