"""Markdown from the same blocks as the pages; nothing that comes from data can be markup."""

from __future__ import annotations

import re

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from clientela.report.page import say_in_template
from clientela.report.text import visible

_SPECIAL = re.compile(r"([\\`*_\[\]<>#|~&])")


class Code(str):
    """Text that is markup already."""

    __slots__ = ()


def render_markdown(template: str, **parts: object) -> str:
    """Return Markdown from a template; what it shows is escaped, except commands between backticks."""
    environment = Environment(
        loader=PackageLoader("clientela.report"),
        autoescape=select_autoescape(["html"]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        finalize=_shown,
    )
    environment.filters.update(kind=lambda block: type(block).__name__, prose=prose, say=say_in_template)
    return environment.get_template(template).render(**parts)


def escaped(text: object) -> str:
    r"""Return text on one line in which nothing is markup.

    >>> escaped("a|b <b>*x*")
    'a\\|b \\<b\\>\\*x\\*'
    """
    return _SPECIAL.sub(r"\\\1", visible(str(text)))


def prose(text: str) -> Code:
    """Return our own sentence: what stands between backticks stays a command, all else is escaped."""
    parts = text.split("`")
    return Code("".join(f"`{visible(part)}`" if place % 2 else _kept(part) for place, part in enumerate(parts)))


def _kept(part: str) -> str:
    """Escape a part of a sentence, its outer blanks kept."""
    inner = escaped(part)
    return f"{' ' * (part[:1] == ' ')}{inner}{' ' * (part[-1:] == ' ' and bool(inner))}" if part.strip() else part


def _shown(value: object) -> object:
    return value if isinstance(value, Code) else escaped(value)
