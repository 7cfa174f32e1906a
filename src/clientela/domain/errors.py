"""The errors: one sentence each that says what was given, what was possible, what to do."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import Self

MAX_LISTED = 20
MAX_TEXT = 120
CLOSE = 0.6
"""How alike (share of letters in matching stretches) a name must be to be what was meant, as difflib has it."""


class ClientelaError(Exception):
    """Every error a user can cause or mend; its text is one sentence for the user."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence

    def __str__(self) -> str:
        return self.sentence


class InputError(ClientelaError, ValueError):
    """The data or an argument cannot be used as given."""


class NoRowsError(InputError):
    """The source is there and holds no rows."""


class SourceNotFoundError(ClientelaError, FileNotFoundError):
    """A file, sheet or folder does not exist."""


class ColumnError(ClientelaError, KeyError):
    """A column named by the user is not there."""

    @classmethod
    def missing(cls, name: str, names: Iterable[str], what: str = "column") -> Self:
        """Build the error for a `name` that is not among `names`, with the nearest ones."""
        given = list(names)
        lowered = {item.lower(): item for item in given}
        alike = difflib.get_close_matches(name.lower(), lowered, n=3, cutoff=CLOSE)
        near = [lowered[name.lower()]] if name.lower() in lowered else [lowered[item] for item in alike]
        hint = f"did you mean {listed(near)}?" if near else f"the columns are {listed(given)}."
        return cls(f"There is no {what} {quoted(name)}: {hint}")


class OutputError(ClientelaError, OSError):
    """The result cannot be written."""


class RefusedError(ClientelaError, RuntimeError):
    """A stage cannot answer with these data, and says why."""


def quoted(text: str) -> str:
    r"""Return `text` in quotes, control characters made visible, cut to a sensible length.

    >>> quoted("a\nb")
    "'a\\nb'"
    """
    cut = text if len(text) <= MAX_TEXT else text[: MAX_TEXT - 3] + "..."
    return repr(cut)


def listed(names: Iterable[str]) -> str:
    """Return names quoted and joined for a sentence, at most `MAX_LISTED` of them.

    >>> listed(["a", "b"])
    "'a', 'b'"
    """
    given = list(names)
    shown = ", ".join(quoted(name) for name in given[:MAX_LISTED])
    rest = len(given) - MAX_LISTED
    return shown + (f" and {rest} more" if rest > 0 else "")
