"""What is said in another language: one file of English templates with their translation per language.

The file has three parts. `said`: what the code says with `say`, word for word. `retold`: sentences that earlier
stages finished in English; a placeholder takes a number, a name where its name begins with
"name", or a date where it begins with "day". `findings`:
name, title and advice by code of a finding, and `titles`: what its English title says, if it says it in these words,
where a placeholder that begins with "columns" takes names of its columns, one that begins with "grain" what a row is,
and one that begins with "skip" whatever is left out in the translation.
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
_NUMBER = r"-?\d(?:[\d,.]*\d)?(?:e[+-]?\d+)?(?: ?%)?"
_FORMS = {
    "n": _NUMBER,
    "skip": ".*?",
    "grain": "order line|visitor|visit|order|purchase|event|day|row",
}
"""What a placeholder takes by the first word of its name; any text where none is given."""
Pattern = tuple[re.Pattern[str], str]


@dataclass(frozen=True)
class Wording:
    """What a language says of a finding code.

    Attributes:
        name: The code in a word or two.
        title: What it states, without the columns.
        advice: What to do.
        titles: Expression that recognises an English title, with the template that says the same.
    """

    name: str
    title: str
    advice: str
    titles: tuple[Pattern, ...]


@dataclass(frozen=True)
class Catalogue:
    """What one language says.

    Attributes:
        said: Template by English template.
        retold: Template by English template of sentences that come finished.
        patterns: Expression that recognises such a sentence, with its template, for those with placeholders.
        findings: What is said of a finding by its code.
    """

    said: Mapping[str, str]
    retold: Mapping[str, str]
    patterns: tuple[Pattern, ...]
    findings: Mapping[str, Wording]


@lru_cache(maxsize=4)
def catalogue(language: Language) -> Catalogue:
    """Return the catalogue of a language; an empty one for English, which stands in the code."""
    if language is Language.ENGLISH:
        return Catalogue({}, {}, (), {})
    text = files(__package__).joinpath(f"{language.name.lower()}.toml").read_text(encoding="utf-8")
    data = tomllib.loads(text)
    said = {key: value for section in data["said"].values() for key, value in section.items()}
    retold = {key: value for section in data["retold"].values() for key, value in section.items()}
    findings = {
        code: Wording(item["name"], item["title"], item["advice"], _patterns(item.get("titles", {})))
        for code, item in data["findings"].items()
    }
    return Catalogue(said, retold, _patterns(retold), findings)


def _patterns(templates: Mapping[str, str]) -> tuple[Pattern, ...]:
    return tuple((_pattern(key), value) for key, value in templates.items() if PLACEHOLDER.search(key))


def _pattern(template: str) -> re.Pattern[str]:
    pieces = PLACEHOLDER.split(template)
    shown = [
        f"(?P<{piece}>{_FORMS.get(piece.split('_')[0], '.+?')})" if place % 2 else re.escape(piece)
        for place, piece in enumerate(pieces)
    ]
    return re.compile("".join(shown))
