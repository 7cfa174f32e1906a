"""Names of months and days, by which a column of text tells the time."""

from __future__ import annotations

import datetime
from collections.abc import Sequence

MONTHS = {datetime.date(2001, month, 1).strftime(form).casefold() for month in range(1, 13) for form in ("%b", "%B")}
MONTHS |= {"sept", "januar", "februar", "märz", "mai", "juni", "juli", "oktober", "dezember", "mär", "okt", "dez"}
DAYS = {datetime.date(2001, 1, day).strftime(form).casefold() for day in range(1, 8) for form in ("%a", "%A")}


def calendar(levels: Sequence[str]) -> bool:
    """Tell whether all levels are names of months or of days.

    >>> calendar(["Feb", "June"]), calendar(["A", "B"])
    (True, False)
    """
    words = {level.casefold().strip(".") for level in levels}
    return bool(words) and (words <= MONTHS or words <= DAYS)
