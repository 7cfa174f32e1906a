"""What the audit states."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from clientela.domain.record import Record


class Severity(StrEnum):
    """How much a finding matters; `rank` orders them."""

    INFO = "info"
    NOTICE = "notice"
    WARNING = "warning"
    BLOCKER = "blocker"

    @property
    def rank(self) -> int:
        """Position from 0 (info) to 3 (blocker)."""
        return list(Severity).index(self)


_GROUPS = {
    "sheet": "header_row empty_rows_columns merged_cells hidden_parts formula_without_value row_limit",
    "storage": "number_as_text date_as_text boolean_as_text mixed_types decimal_comma currency_text "
    "encoding_damage stray_space_case id_precision_lost",
    "grain": "grain duplicate_rows duplicate_key fanout identifier constant near_constant high_cardinality",
    "values": "missing sentinel joint_missing missing_depends outliers heavy_tail impossible_value zero_inflated "
    "class_balance",
    "relation": "association redundant derived drift",
    "origin": "joined_block unavailable_live",
    "processing": "capped imputed_constant rounded binned standardised min_max_scaled log_transformed label_encoded "
    "one_hot hashed sorted deduplicated oversampled filtered shifted_dates anonymised",
    "outcome": "leak target_aggregate small_sample",
    "people": "personal_data",
}

CODES: Mapping[str, str] = MappingProxyType({code: group for group, codes in _GROUPS.items() for code in codes.split()})
"""Group of every stable finding code."""


@dataclass(frozen=True)
class Finding(Record):
    """One thing the audit states.

    Attributes:
        code: A key of `CODES`.
        severity: How much it matters for what the user wants to do.
        columns: Names of the columns concerned; empty where it is the whole table.
        title: One sentence a marketer understands, numbers included.
        evidence: Numbers by name, plain JSON values.
        advice: One sentence: what to do.

    Raises:
        ValueError: The code is unknown.
    """

    code: str
    severity: Severity
    columns: tuple[str, ...]
    title: str
    evidence: Mapping[str, Any]
    advice: str

    def __post_init__(self) -> None:
        if self.code not in CODES:
            raise ValueError(f"unknown finding code {self.code!r}")


@dataclass(frozen=True)
class Tested(Record):
    """Something that was looked for and not found.

    Attributes:
        code: A key of `CODES`.
        columns: How many columns were tested.
        how: One phrase: what was tested.
    """

    code: str
    columns: int
    how: str
