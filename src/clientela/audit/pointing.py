"""Which rows a finding means: from its code and evidence to a condition that every engine understands."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from clientela.audit.checks.people import PATTERNS
from clientela.audit.profiles import LONGEST
from clientela.audit.result import AuditResult
from clientela.audit.spelling import (
    COMMA_AMOUNT,
    COMMA_NUMBER,
    CURRENCY,
    DAMAGE,
    DATE,
    MISSING,
    NUMBER,
    NUMBERS,
    SCIENTIFIC,
    UNIT,
)
from clientela.domain.column import Storage
from clientela.domain.finding import Finding
from clientela.tables.condition import AllOf, AnyOf, Condition, Like, Missing, Negated, OneOf, Repeated, Within

EXACT = 2.0**53
"""From here on neighbouring whole numbers become one as floats."""


@dataclass(frozen=True)
class Pointer:
    """How the rows behind the findings of one code are told.

    Attributes:
        means: What the rows have in common, as it follows "rows".
        condition: Makes the condition from a finding and the audit it is part of; None where
            this finding has no rows left in the table.
    """

    means: str
    condition: Callable[[Finding, AuditResult], Condition | None]


def point(finding: Finding, result: AuditResult) -> Condition | None:
    """Return the condition that the rows behind a finding fulfil; None where it has no rows.

    Args:
        finding: One of the findings of `result`.
        result: The audit.
    """
    pointer = POINTERS.get(finding.code)
    return pointer.condition(finding, result) if pointer is not None else None


def _any(parts: Iterable[Condition | None]) -> Condition | None:
    kept = tuple(part for part in parts if part is not None)
    if not kept:
        return None
    return kept[0] if len(kept) == 1 else AnyOf(kept)


def _parts(finding: Finding, key: str) -> Mapping[str, Any]:
    """Return the part of the evidence that is told by column."""
    found = finding.evidence.get(key)
    return found if isinstance(found, Mapping) else {}


def _values(finding: Finding) -> Mapping[str, Any]:
    """Return the value that the evidence gives for each column."""
    found = finding.evidence.items()
    return {name: part["value"] for name, part in found if isinstance(part, Mapping) and "value" in part}


def _missing(finding: Finding, _: AuditResult) -> Condition | None:
    return _any(Missing(name) for name in finding.columns)


def _missing_together(finding: Finding, _: AuditResult) -> Condition | None:
    return _any(AllOf(tuple(Missing(name) for name in group)) for group in finding.evidence.get("groups", ()))


def _stand_ins(finding: Finding, result: AuditResult) -> Condition | None:
    parts: list[Condition] = []
    for name, value in _values(finding).items():
        if _storage(result, name).numeric:
            number = float(str(value).replace(",", ""))
            parts.append(Within(name, number, number))
        else:
            parts.append(OneOf(name, (str(value),)))
    return _any(parts)


def _far_out(finding: Finding, _: AuditResult) -> Condition | None:
    parts: list[Condition] = []
    for name, found in _parts(finding, "columns").items():
        if found.get("at_most") is not None:
            parts.append(Within(name, high=found["at_most"]))
        if found.get("at_least") is not None:
            parts.append(Within(name, low=found["at_least"]))
    return _any(parts)


def _zeros(finding: Finding, _: AuditResult) -> Condition | None:
    return _any(Within(name, 0.0, 0.0) for name in finding.columns)


def _at_value(finding: Finding, _: AuditResult) -> Condition | None:
    parts = {name: found for name, found in finding.evidence.items() if isinstance(found, Mapping) and "value" in found}
    heaps = [(name, value) for name, found in parts.items() for value in found.get("values", (found["value"],))]
    return _any(Within(name, float(value), float(value)) for name, value in heaps)


def _other_values(finding: Finding, result: AuditResult) -> Condition | None:
    parts = []
    for name in finding.columns:
        top = result.profile(name).top
        if top and len(top[0][0]) < LONGEST:
            value = top[0][0]
            parts.append(AllOf((Negated(Missing(name)), Negated(OneOf(name, (value,))))))
    return _any(parts)


def _out_of_bounds(finding: Finding, _: AuditResult) -> Condition | None:
    parts: list[Condition] = []
    for name, found in finding.evidence.items():
        bounds = found if isinstance(found, Mapping) else {}
        if bounds.get("low") is not None:
            parts.append(Within(name, high=math.nextafter(bounds["low"], -math.inf)))
        if bounds.get("high") is not None:
            parts.append(Within(name, low=math.nextafter(bounds["high"], math.inf)))
    return _any(parts)


def _class_copies(finding: Finding, result: AuditResult) -> Condition | None:
    names = tuple(p.column.name for p in result.columns if p.column.name != result.roles.visit)
    return AllOf((OneOf(finding.columns[0], tuple(finding.evidence)), Repeated(names)))


def _copies(finding: Finding, result: AuditResult) -> Condition | None:
    left = None if finding.evidence.get("extra") else result.roles.visit
    return Repeated(tuple(profile.column.name for profile in result.columns if profile.column.name != left))


def _same_key(finding: Finding, _: AuditResult) -> Condition | None:
    name = finding.columns[0]
    return AllOf((Negated(Missing(name)), Repeated((name,))))


def _spellings(finding: Finding, _: AuditResult) -> Condition | None:
    return _any(OneOf(name, tuple(values)) for name, values in _parts(finding, "rarer_spellings").items())


def _left_as_text(*patterns: str) -> Callable[[Finding, AuditResult], Condition | None]:
    def condition(finding: Finding, _: AuditResult) -> Condition | None:
        left = finding.evidence.get("left_as_text", ())
        return _any(Like(name, pattern) for name in left for pattern in patterns)

    return condition


def _odd_cells(finding: Finding, _: AuditResult) -> Condition | None:
    parts: list[Condition] = []
    for name, odd in _parts(finding, "odd").items():
        typed = AnyOf(tuple(Like(name, pattern) for pattern in (*NUMBERS, DATE)))
        known = AllOf((Negated(Missing(name)), Negated(Like(name, MISSING))))
        parts.append(typed if odd != "other text" else AllOf((known, Negated(typed))))
    return _any(parts)


def _damaged(finding: Finding, result: AuditResult) -> Condition | None:
    return _any(Like(name, DAMAGE) for name in finding.columns if _storage(result, name) is Storage.TEXT)


def _digits_lost(finding: Finding, result: AuditResult) -> Condition | None:
    parts: list[Condition] = []
    for name in finding.columns:
        if _storage(result, name).numeric:
            parts.append(Within(name, low=EXACT))
        elif _storage(result, name) is Storage.TEXT:
            parts.append(Like(name, SCIENTIFIC))
    return _any(parts)


def _personal(finding: Finding, result: AuditResult) -> Condition | None:
    kinds = _parts(finding, "kinds").items()
    text = {name for name, _ in kinds if _storage(result, name) is Storage.TEXT}
    return _any(
        Like(name, PATTERNS[kind]) if name in text and kind in PATTERNS else Negated(Missing(name))
        for name, kind in kinds
    )


def _rare_class(finding: Finding, _: AuditResult) -> Condition | None:
    name = finding.evidence.get("class")
    return OneOf(finding.columns[0], (name,)) if isinstance(name, str) else None


def _unmatched(finding: Finding, _: AuditResult) -> Condition | None:
    whole = finding.evidence.get("coverage", 1.0) >= 1
    return None if whole else AllOf(tuple(Missing(name) for name in finding.columns))


def _beside_a_copy(finding: Finding, result: AuditResult) -> Condition | None:
    """Return the rows that are equal in all that was collected; what numbers every row tells no copies."""
    joined = finding.evidence["columns"]
    own = [p for p in result.columns if p.column.name not in joined and p.distinct < result.table.rows]
    return Repeated(tuple(profile.column.name for profile in own)) if own else None


def _storage(result: AuditResult, name: str) -> Storage:
    return result.roles.column(name).storage


POINTERS: Mapping[str, Pointer] = MappingProxyType(
    {
        "missing": Pointer("with a missing cell", _missing),
        "missing_depends": Pointer("with a missing cell", _missing),
        "joint_missing": Pointer("where all columns of a group are missing", _missing_together),
        "sentinel": Pointer("with a value that stands for missing", _stand_ins),
        "outliers": Pointer("with a value far outside the rest", _far_out),
        "zero_inflated": Pointer("with a zero", _zeros),
        "impossible_value": Pointer("with a number out of bounds", _out_of_bounds),
        "capped": Pointer("at the limit", _at_value),
        "imputed_constant": Pointer("with the constant that fills gaps", _at_value),
        "near_constant": Pointer("with another value than nearly all", _other_values),
        "duplicate_rows": Pointer("that occur more than once", _copies),
        "oversampled": Pointer("of the repeated class that occur more than once", _class_copies),
        "duplicate_key": Pointer("whose key occurs more than once", _same_key),
        "stray_space_case": Pointer("with the rarer spelling of a value", _spellings),
        "number_as_text": Pointer("with a number kept as text", _left_as_text(NUMBER, UNIT)),
        "date_as_text": Pointer("with a date kept as text", _left_as_text(DATE)),
        "decimal_comma": Pointer("with a decimal comma", _left_as_text(COMMA_NUMBER, COMMA_AMOUNT)),
        "currency_text": Pointer("with a currency sign", _left_as_text(CURRENCY)),
        "mixed_types": Pointer("with a cell that does not fit the others", _odd_cells),
        "encoding_damage": Pointer("with damaged letters", _damaged),
        "id_precision_lost": Pointer("whose identifier lost digits", _digits_lost),
        "personal_data": Pointer("with personal data, shown masked", _personal),
        "class_balance": Pointer("of the class that is counted", _rare_class),
        "small_sample": Pointer("of the rarest class", _rare_class),
        "fanout": Pointer("that stand beside a copy made by a join", _beside_a_copy),
        "joined_block": Pointer("that the join did not match", _unmatched),
    }
)
"""A check says which rows it means by a line here; codes without one are about whole columns or the whole table."""
