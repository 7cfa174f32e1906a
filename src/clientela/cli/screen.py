"""What a person sees while a run goes on: live on a terminal, plain lines in a pipe."""

from __future__ import annotations

from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import Progress as Bars
from rich.progress import SpinnerColumn, TextColumn, TimeElapsedColumn

from clientela.cli.console import plain
from clientela.domain.progress import SILENT, Progress

WIDTH = 10


class _Live:
    def __init__(self, bars: Bars, stage: str) -> None:
        self._bars = bars
        self._task = bars.add_task(stage, total=1.0, word="")

    def update(self, message: str, share: float | None = None) -> None:
        self._bars.update(self._task, word=plain(message), completed=share)

    def close(self) -> None:
        self._bars.remove_task(self._task)


class Screen:
    """A watch on standard error; use it as a context manager."""

    def __init__(self) -> None:
        self._console = Console(stderr=True, highlight=False, markup=False, emoji=False, soft_wrap=True)
        self._bars = Bars(
            SpinnerColumn(),
            TextColumn("{task.description:<10}", markup=False),
            TextColumn("{task.fields[word]}", markup=False),
            TimeElapsedColumn(),
            console=self._console,
            transient=True,
        )
        self._stage: _Live | None = None

    def begin(self, stage: str) -> Progress:
        """Show that a stage began; silent in a pipe."""
        if not self._console.is_terminal:
            return SILENT
        self._stage = _Live(self._bars, stage)
        return self._stage

    def end(self, stage: str, detail: str, seconds: float, *, reused: bool) -> None:
        """Print one line about a stage that ended."""
        if self._stage is not None:
            self._stage.close()
            self._stage = None
        took = "unchanged" if reused else f"{seconds:.1f} s"
        self._console.print(f"{stage:<{WIDTH}}{plain(detail)} ({took})")

    def __enter__(self) -> Self:
        if self._console.is_terminal:
            self._bars.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._console.is_terminal:
            self._bars.stop()
