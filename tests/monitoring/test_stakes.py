"""The budget of chance is parted by what rests on a column."""

from __future__ import annotations

from dataclasses import replace

import pytest

from clientela.monitoring.baseline import Baseline
from clientela.monitoring.question import Model
from clientela.monitoring.stakes import amounts, stakes


def test_parts_add_up_and_money_and_the_model_have_more(baseline: Baseline) -> None:
    """All parts are one whole; the amount that buyers pay and what a plain model reads have more than an even part."""
    parts = stakes(baseline)
    assert set(parts) == {"pages", "seconds", "paid"}
    assert sum(parts.values()) == pytest.approx(1.0)
    assert amounts(baseline) == ["bought", "paid"]
    assert parts["paid"] > parts["seconds"]
    assert parts["pages"] > parts["seconds"]


def test_the_model_in_use_says_what_it_reads(baseline: Baseline) -> None:
    """Where the model in use is known, its columns count and not those of the plain one."""
    model = Model("bought", columns={"seconds": 0.8, "pages": 0.2, "shop": 0.5})
    parts = stakes(replace(baseline, facts=replace(baseline.facts, model=model)))
    assert parts["seconds"] > parts["pages"]
    assert sum(parts.values()) == pytest.approx(1.0)


def test_without_a_label_all_numbers_have_the_same(baseline: Baseline) -> None:
    """With nothing at stake that is known, parts are even."""
    facts = replace(baseline.facts, question=None, yardstick=None, model=None)
    assert list(stakes(replace(baseline, facts=facts)).values()) == pytest.approx([1 / 3] * 3)
