"""Options of the report."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class ReportOptions:
    """Options of the report.

    Attributes:
        title: Title of report and deck; "" names the source.
    """

    title: str = ""
