"""Rank findings by what they mean for what the user wants to do."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType

from clientela.domain.finding import CODES, Finding, Severity
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
        "fanout": 7,
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
_TOGETHER = 3
_FEW = 3


_SAME_CAUSE = (
    frozenset({"leak", "target_aggregate", "unavailable_live"}),
    frozenset({"outliers", "heavy_tail", "zero_inflated"}),
    frozenset({"derived", "redundant", "binned", "association"}),
)
"""Codes that tell of one cause from several sides: the second about the same columns comes after all others."""


def rank(findings: Iterable[Finding], roles: Roles) -> tuple[Finding, ...]:
    """Order findings: severity, then consequence of the code, then whether label or features are touched.

    Leaks come by how well they tell the label. Within a severity a finding whose columns were all named before for the
    same cause comes last, and so does the fourth of a code and any further one: twenty joins must not hide the rest.

    Args:
        findings: In any order.
        roles: Roles after the audit.

    Returns:
        All findings, most important first; ties by the order of the codes, then by column.
    """
    order = {code: place for place, code in enumerate(CODES)}
    features = set(roles.features)

    def key(finding: Finding) -> tuple[int, int, float, int, int, tuple[str, ...], str]:
        touched = sum(name in features or name == roles.label for name in finding.columns)
        first = -finding.severity.rank, -_weight(finding), -_area(finding)
        return *first, -touched, order[finding.code], finding.columns, finding.title

    ranked = sorted(findings, key=key)
    again = [_told(finding, ranked[:place]) or _often(finding, ranked[:place]) for place, finding in enumerate(ranked)]
    places = sorted(range(len(ranked)), key=lambda i: (-ranked[i].severity.rank, again[i], i))
    return tuple(ranked[i] for i in places)


def _weight(finding: Finding) -> int:
    """Return the consequence; what singles out only together is a matter of sharing, not of the model."""
    together = finding.code == "personal_data" and finding.severity.rank < Severity.WARNING.rank
    return _TOGETHER if together else _WEIGHTS.get(finding.code, _PLAIN)


def _area(finding: Finding) -> float:
    """Return how well the best column of a leak tells the label; 0 for other findings."""
    parts = finding.evidence.values() if finding.code == "leak" else ()
    return max((float(part["auc"]) for part in parts if isinstance(part, Mapping) and "auc" in part), default=0.0)


def _told(finding: Finding, before: Sequence[Finding]) -> bool:
    causes = [cause for cause in _SAME_CAUSE if finding.code in cause]
    told = {name for f in before for name in f.columns if any(f.code in cause for cause in causes)}
    return bool(causes and finding.columns) and set(finding.columns) <= told


def _often(finding: Finding, before: Sequence[Finding]) -> bool:
    return sum((f.code, f.severity) == (finding.code, finding.severity) for f in before) >= _FEW
