"""Options of the audit."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class AuditOptions:
    """Options of the audit.

    Attributes:
        seed: Seed of every random step.
        sample_rows: Rows of the bounded sample for what needs all pairs of columns.
        relations: Most relations that are returned.
    """

    seed: int = 0
    sample_rows: int = 20_000
    relations: int = 50
