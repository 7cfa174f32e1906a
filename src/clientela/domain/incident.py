"""What monitoring states: one cause of a break, or a real change that is none."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from clientela.domain.estimate import Estimate
from clientela.domain.finding import Severity
from clientela.domain.record import Record


class Cause(StrEnum):
    """Why a batch is not like its baseline; a closed vocabulary, `unknown` included."""

    METRIC_DEFINITION = "metric_definition"
    PRECISION = "precision"
    UNIT_SCALE = "unit_scale"
    DTYPE_FORMAT = "dtype_format"
    CATEGORY_FORMAT = "category_format"
    TIMEZONE = "timezone"
    ENCODING = "encoding"
    NULL_SEMANTICS = "null_semantics"
    COLUMN_RENAMED = "column_renamed"
    COLUMN_ADDED = "column_added"
    COLUMN_REMOVED = "column_removed"
    TRUNCATION = "truncation"
    OVERFLOW = "overflow"
    CATEGORY_PERMUTED = "category_permuted"
    CATEGORY_NEW = "category_new"
    CATEGORY_RENAMED = "category_renamed"
    CATEGORY_REMOVED = "category_removed"
    CATEGORY_MERGED = "category_merged"
    CATEGORY_SPLIT = "category_split"
    VOLUME = "volume"
    DUPLICATES = "duplicates"
    FANOUT = "fanout"
    STALE = "stale"
    MISSINGNESS = "missingness"
    STUCK = "stuck"
    ROW_MISALIGNMENT = "row_misalignment"
    COLUMN_SWAP = "column_swap"
    COLUMN_SHIFT = "column_shift"
    SAMPLING = "sampling"
    LABEL_DELAY = "label_delay"
    TRAIN_SERVE_SKEW = "train_serve_skew"
    TIME_RANGE = "time_range"
    KEY_BREAK = "key_break"
    BOT_TRAFFIC = "bot_traffic"
    UNKNOWN = "unknown"


class ShiftKind(StrEnum):
    """A change of the world that is no break."""

    SEASON = "season"
    PROMOTION = "promotion"
    TREND = "trend"
    MIX = "mix"
    RENEWED = "renewed"
    ANNOUNCED = "announced"


@dataclass(frozen=True)
class Incident(Record):
    """One cause of a break, found by holding a batch against its baseline.

    Attributes:
        cause: The cause named first; `unknown` where none fits better than the others.
        columns: Columns concerned; empty where it is the number of rows or the whole batch.
        severity: How much it matters for the model and the numbers people read.
        since: Time of the first row concerned, ISO 8601, or "" where rows carry no time.
        title: One sentence a marketer understands, numbers included.
        evidence: Numbers by name, plain JSON values.
        advice: One sentence: what to do.
        alternatives: Other causes that the evidence allows, most likely first.
        strength: Share of the batch's rows that it concerns (0 to 1) with its interval; None where it is no matter of
            rows.
    """

    cause: Cause
    columns: tuple[str, ...]
    severity: Severity
    since: str
    title: str
    evidence: Mapping[str, Any]
    advice: str
    alternatives: tuple[Cause, ...] = ()
    strength: Estimate | None = None


@dataclass(frozen=True)
class Shift(Record):
    """A real change of the world that monitoring reports and does not call a break.

    Attributes:
        cause: What kind of change it is.
        columns: Columns that moved.
        severity: `info` or `notice`.
        since: Time of the first row concerned, ISO 8601, or "" where rows carry no time.
        title: One sentence a marketer understands, numbers included.
        evidence: Numbers by name, plain JSON values.
        advice: One sentence: what to do.
    """

    cause: ShiftKind
    columns: tuple[str, ...]
    severity: Severity
    since: str
    title: str
    evidence: Mapping[str, Any]
    advice: str
