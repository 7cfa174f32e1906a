"""How a run tells which stage it is in."""

from __future__ import annotations

from typing import Protocol

from clientela.domain.progress import SILENT, Progress


class Watch(Protocol):
    """Takes word of the stages of a run."""

    def begin(self, stage: str) -> Progress:
        """A stage begins; what it returns takes word of how far it is."""

    def end(self, stage: str, detail: str, seconds: float, *, reused: bool) -> None:
        """A stage ended, after so many seconds; `reused` where an earlier result still holds."""


class Unwatched:
    """A watch that shows nothing."""

    def begin(self, stage: str) -> Progress:
        """Show nothing of the stage."""
        return SILENT

    def end(self, stage: str, detail: str, seconds: float, *, reused: bool) -> None:
        """Ignore the word."""


UNWATCHED = Unwatched()
