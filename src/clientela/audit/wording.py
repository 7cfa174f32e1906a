"""Numbers and names as they stand in the audit's sentences."""

from __future__ import annotations

from collections.abc import Sequence

SHOWN = 4


def several(names: Sequence[str], shown: int = SHOWN) -> str:
    """Return names joined for a sentence, the rest counted.

    >>> several(["a", "b", "c"], shown=2)
    'a, b and 1 more'
    >>> several(["a", "b"])
    'a and b'
    """
    cut = [name if len(name) <= 120 else name[:117] + "..." for name in names[:shown]]
    if len(names) > shown:
        return f"{', '.join(cut)} and {len(names) - shown} more"
    return " and ".join([", ".join(cut[:-1]), cut[-1]]) if len(cut) > 1 else "".join(cut)


def counted(number: float) -> str:
    """Return a whole number with separators of thousands.

    >>> counted(12330)
    '12,330'
    """
    return f"{round(number):,}"


def percent(share: float) -> str:
    """Return a share as percent with as many digits as it needs.

    >>> percent(0.1547), percent(0.0004), percent(1)
    ('15.5 %', '0.04 %', '100 %')
    """
    value = 100 * share
    if value == round(value):
        return f"{value:.0f} %"
    if value >= 1:
        return f"{min(value, 99.9):.1f} %"
    return f"{value:.2g} %" if value >= 0.01 else "under 0.01 %"


def plural(count: int, one: str, many: str = "") -> str:
    """Return a count with its noun.

    >>> plural(1, "row"), plural(2, "row")
    ('1 row', '2 rows')
    """
    return f"{counted(count)} {one if count == 1 else many or one + 's'}"


def figure(value: float) -> str:
    """Return a number short enough for a sentence.

    >>> figure(0.123456), figure(1234567.0), figure(-999.0)
    ('0.1235', '1,234,567', '-999')
    """
    if value == round(value) and abs(value) < 1e15:
        return f"{value:,.0f}"
    return f"{value:,.2f}" if abs(value) >= 100 else f"{value:.4g}"


def verb(count: int, one: str, many: str) -> str:
    """Return the verb that fits the count.

    >>> verb(1, "is", "are")
    'is'
    """
    return one if count == 1 else many


def clause(names: Sequence[str], one: str, many: str) -> str:
    """Return names as the subject of a sentence with the verb that fits.

    >>> clause(["a", "b"], "is", "are")
    'a and b are'
    """
    return f"{several(names)} {verb(len(names), one, many)}"
