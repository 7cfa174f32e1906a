"""Words of incidents, and the order they are told in."""

from __future__ import annotations

from clientela.domain.finding import Severity
from clientela.domain.incident import Cause
from clientela.monitoring.case import Found
from clientela.monitoring.wording import told


def test_what_broke_comes_before_new_items_of_many_rows() -> None:
    """A campaign that brings a third of the rows is graver than rounded rates, but nothing to mend: it comes last."""
    new = Found(Cause.CATEGORY_NEW, ("campaign",), {"share": 0.36}, what="holds 'winter'")
    rounded = Found(Cause.PRECISION, ("rate",), {"share": 0.9}, what="is rounded to 0.01")
    lost = Found(Cause.MISSINGNESS, ("tip",), {"share": 0.3}, what="is missing")
    incidents, shifts = told([new, rounded, lost])
    assert [item.cause for item in incidents] == [Cause.MISSINGNESS, Cause.PRECISION, Cause.CATEGORY_NEW]
    assert incidents[-1].severity is Severity.WARNING
    assert not shifts
