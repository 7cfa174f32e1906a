"""Rules as JsonLogic: the same members as in memory."""

from __future__ import annotations

import json
import math
from typing import Any

from clientela.segments.jsonlogic import document
from clientela.segments.result import Condition
from clientela.segments.rules import BLANKS, assign

from .exported import RULES, STORED, logic, result, rows


def sent(cell: Any) -> Any:
    """Return a cell as JSON can say it: NaN and infinite as null, blanks as nothing."""
    if isinstance(cell, str):
        return cell if cell.strip(BLANKS) else ""
    return None if isinstance(cell, float) and not math.isfinite(cell) else cell


def test_the_rule_names_the_segment_that_assign_names() -> None:
    """Row by row, by JavaScript's idea of null; columns with dots have variables of their own."""
    frame, segments = rows(4000), result(*RULES)
    made = json.loads(document(segments, STORED))
    assert set(made["columns"].values()) == set(STORED)
    assert all("." not in name for name in made["columns"])
    found = [
        logic(made["rule"], {name: sent(row[column]) for name, column in made["columns"].items()})
        for row in frame.iter_rows(named=True)
    ]
    assert found == assign(segments, frame).to_list()


def test_one_segment_is_a_constant() -> None:
    """Where there are no groups the rule names the one segment."""
    segments = result(())
    assert logic(json.loads(document(segments, {}))["rule"], {}) == segments.segments[0].name


def test_a_rule_reads_like_the_standard() -> None:
    """The document for one rule, as it stands in the file."""
    made = json.loads(document(result((Condition("pages", ">", 3.0),), ()), {"pages": STORED["pages"]}))
    cell = {"var": "pages"}
    assert made["rule"]["if"][0] == {"and": [{"and": [{"!": [{"===": [cell, None]}]}, {">": [cell, 3.0]}]}]}
