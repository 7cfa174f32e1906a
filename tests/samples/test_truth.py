"""Tests of the truth itself."""

import json

import numpy as np
import pytest

from clientela.samples import world
from clientela.samples.columns import COLUMNS
from clientela.samples.dirt import Extract
from clientela.samples.truth import Tally, truth


@pytest.fixture(scope="module")
def facts() -> dict[str, object]:
    """Return the truth of 3,000 lines, through JSON and back."""
    extract = Extract.opened(3000, 2)
    tally = Tally()
    for frame in extract.frames(700):
        tally.add(frame, blanks=1)
    loaded: dict[str, object] = json.loads(json.dumps(truth(extract, tally), allow_nan=False))
    return loaded


def test_blocks_name_columns_that_say_so(facts: dict) -> None:
    """Every column that came with a block is listed there, and blocks have no others."""
    for block in facts["blocks"]:
        told = [name for name, column in facts["columns"].items() if column["block"] == block["name"]]
        assert block["columns"] == told
        assert block["fan_out"] == 1
    assert {block["name"] for block in facts["blocks"]} == {column.block for column in COLUMNS} - {""}


def test_what_is_known_when(facts: dict) -> None:
    """Only the session is known during the visit; order value, its group and its average only after it."""
    when = {name: column["available"] for name, column in facts["columns"].items()}
    assert [name for name in when if when[name] == "during the visit"] == ["session_sec"]
    late = [name for name in when if when[name] == "after the outcome"]
    assert late == ["order_value", "area_avg", "revenue_group"]


def test_quality_is_in_order(facts: dict) -> None:
    """The expected quality rises with what is seen, and lies near the one on these visits."""
    expected, here = facts["quality"]["expected_auc"], facts["quality"]["auc_here"]
    assert 0.74 < expected["live"] < expected["with_session"] < expected["true_probability"] < 0.85
    for name, value in expected.items():
        assert here[name] == pytest.approx(value, abs=0.03)


def test_variants(facts: dict) -> None:
    """Every type has its response to every page variant, the one shown being 1, and its best one."""
    variants = facts["variants"]
    assert list(variants["response"]) == list(world.TYPES)
    for kind, line in variants["response"].items():
        assert list(line) == list(world.VARIANTS)
        assert line[variants["shown"]] == 1
        assert line[variants["best"][kind]] == max(line.values())
    assert len(set(variants["best"].values())) > 1


def test_counts_do_not_depend_on_pieces() -> None:
    """The counts of lines added at once and piece by piece are the same."""
    extract = Extract.opened(1000, 2)
    whole, parts = Tally(), Tally()
    whole.add(extract.frame(np.arange(1000)))
    for frame in extract.frames(300):
        parts.add(frame)
    assert truth(extract, whole) == truth(extract, parts)
    assert whole.sentinels == parts.sentinels != []
