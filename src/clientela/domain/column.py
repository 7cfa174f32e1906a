"""Columns: how they are stored, what they are for, where they come from."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from clientela.domain.record import Record

LONGEST = 300
"""Most characters of a column name that is read from a file."""
BY_A_PERSON = "set by a person"
"""Reason of a role that nobody inferred."""


class Storage(StrEnum):
    """How the cells of a column are stored."""

    TEXT = "text"
    INTEGER = "integer"
    NUMBER = "number"
    BOOLEAN = "boolean"
    DATE = "date"
    TIMESTAMP = "timestamp"
    TIME = "time"
    OTHER = "other"

    @property
    def numeric(self) -> bool:
        """Whether arithmetic on the cells means something (integers and numbers)."""
        return self in (Storage.INTEGER, Storage.NUMBER)

    @property
    def temporal(self) -> bool:
        """Whether the cells are dates or timestamps."""
        return self in (Storage.DATE, Storage.TIMESTAMP)


class Role(StrEnum):
    """What a column is used for."""

    IDENTIFIER = "identifier"
    TIME = "time"
    FEATURE = "feature"
    LABEL = "label"
    REVENUE = "revenue"
    OUTCOME = "outcome"
    TREATMENT = "treatment"
    IGNORED = "ignored"


class Origin(StrEnum):
    """Where a column comes from."""

    COLLECTED = "collected"
    JOINED = "joined"
    DERIVED = "derived"
    UNKNOWN = "unknown"


class Available(StrEnum):
    """When a column is known; what is not known at decision time serves no live model."""

    BEFORE = "before the visit"
    DURING = "during the visit"
    AFTER = "after the outcome"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Field(Record):
    """One column of a table as the engine sees it.

    Attributes:
        name: Column name, any text.
        storage: How its cells are stored.
    """

    name: str
    storage: Storage


@dataclass(frozen=True)
class Column(Record):
    """One column with what is known or proposed about it.

    Attributes:
        name: Column name, any text.
        storage: How its cells are stored.
        role: What it is used for.
        origin: Where it comes from.
        available: When it is known.
        sure: How sure the proposal is, 0 to 1; 1 where a person said so.
        reason: One phrase why.
    """

    name: str
    storage: Storage
    role: Role = Role.FEATURE
    origin: Origin = Origin.UNKNOWN
    available: Available = Available.UNKNOWN
    sure: float = 1.0
    reason: str = ""
