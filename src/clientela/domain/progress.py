"""How a long step tells how far it is."""

from __future__ import annotations

from typing import Protocol


class Progress(Protocol):
    """Takes word of how far a step is; given by the caller, silent by default."""

    def update(self, message: str, share: float | None = None) -> None:
        """Tell what is going on.

        Args:
            message: A few words, such as "fold 2 of 5".
            share: Done so far, 0 to 1, where known.
        """


class Silent:
    """A progress that shows nothing."""

    def update(self, message: str, share: float | None = None) -> None:
        """Ignore the word."""


SILENT = Silent()
