"""Which columns a rule may name: known live, not personal, no leak."""

from __future__ import annotations

import re
from collections.abc import Sequence

import polars as pl

from clientela.domain.column import Available, Role
from clientela.domain.roles import Roles

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")
_SENSITIVE_WORDS = frozenset({"sex", "race", "faith", "church", "illness", "politics", "alter"})
_SENSITIVE_STEMS = (
    "gender", "geschlecht", "sexual", "ethnic", "ethnie", "racial", "religi", "health", "gesund", "medical",
    "diagnos", "disease", "disab", "behinder", "pregnan", "politic", "herkunft",
)  # fmt: skip
_AGES = frozenset(
    " ".join([*before, "age", *after])
    for before in ([], ["customer"], ["visitor"], ["user"], ["person"], ["crm"], ["client"], ["buyer"], ["member"])
    for after in ([], ["group"], ["band"], ["range"], ["class"], ["years"])
)


def sensitive(name: str) -> bool:
    """Tell whether a column's name speaks of health, belief, origin, politics, sex or age.

    Of the special categories of GDPR article 9 and the grounds of European equal-treatment
    law; by name only, so a proxy under another name is not noticed.

    >>> [sensitive(name) for name in ("Gender", "customer_age", "PageValues", "account_age", "healthScore")]
    [True, True, False, False, True]
    """
    words = [word.lower() for word in _WORD.findall(name)]
    if " ".join(words) in _AGES:
        return True
    return any(word in _SENSITIVE_WORDS or word.startswith(_SENSITIVE_STEMS) for word in words)


def usable(rows: pl.DataFrame, roles: Roles, features: Sequence[str]) -> tuple[str, ...]:
    """Return the columns that a rule or a description may name, in table order.

    Args:
        rows: Rows with all columns.
        roles: Roles of the columns.
        features: Columns that the model learned from: no identifiers, no suspected leaks.

    Returns:
        Names of features known before or during the visit, stored as numbers, text or booleans.
    """
    learned = set(features)
    return tuple(
        column.name
        for column in roles.columns
        if column.name in learned
        and column.name in rows.columns
        and column.role is Role.FEATURE
        and column.available is not Available.AFTER
        and _readable(rows.schema[column.name])
    )


def _readable(dtype: pl.DataType) -> bool:
    return dtype.is_numeric() or isinstance(dtype, (pl.String, pl.Boolean, pl.Categorical, pl.Enum))
