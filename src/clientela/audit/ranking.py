"""Rank findings by what they mean for what the user wants to do."""

from __future__ import annotations

from collections.abc import Iterable
from types import MappingProxyType

from clientela.domain.finding import CODES, Finding
from clientela.domain.roles import Roles

_WEIGHTS = MappingProxyType(
    {
        "leak": 10,
        "target_aggregate": 9,
        "class_balance": 8,
        "small_sample": 8,
        "unavailable_live": 7,
        "joined_block": 7,
        "personal_data": 7,
        "duplicate_rows": 6,
        "duplicate_key": 6,
        "row_limit": 6,
        "sentinel": 6,
        "id_precision_lost": 6,
        "drift": 6,
        "impossible_value": 6,
        "missing": 5,
        "mixed_types": 5,
        "grain": 5,
        "capped": 4,
        "label_encoded": 4,
        "redundant": 4,
        "derived": 4,
        "missing_depends": 4,
        "joint_missing": 4,
        "association": 3,
        "outliers": 3,
        "heavy_tail": 3,
    }
)
"""Consequence of a code among findings of one severity, 0 to 10: what spoils the model's promise comes first."""

_PLAIN = 2


def rank(findings: Iterable[Finding], roles: Roles) -> tuple[Finding, ...]:
    """Order findings: severity, then consequence of the code, then whether label or features are touched.

    Args:
        findings: In any order.
        roles: Roles after the audit.

    Returns:
        All findings, most important first; ties by the order of the codes, then by column.
    """
    order = {code: place for place, code in enumerate(CODES)}
    features = set(roles.features)

    def key(finding: Finding) -> tuple[int, int, int, int, tuple[str, ...]]:
        touched = sum(name in features or name == roles.label for name in finding.columns)
        weight = _WEIGHTS.get(finding.code, _PLAIN)
        return -finding.severity.rank, -weight, -touched, order[finding.code], finding.columns

    return tuple(sorted(findings, key=key))
