"""How deep it pays to act, and expected against observed revenue, in words and tables."""

from dataclasses import replace

import pytest

from clientela.domain.estimate import Estimate
from clientela.language import Language, speaking
from clientela.models.evidence import BestDepth, Depth, Evidence, RevenueTenth
from clientela.models.result import ModelResult
from clientela.report.chapters.groups import groups
from clientela.report.contents import Contents
from clientela.report.profits import best_sentence, profit_table, revenue_limit, revenue_table


@pytest.fixture
def shop(made: dict[str, Contents]) -> tuple[Contents, ModelResult]:
    """Return the made-up shop and its model."""
    model = made["shop"].model
    assert model is not None
    return made["shop"], model


def told(value: float) -> Estimate:
    """Return an estimate with an interval of a tenth to both sides."""
    return Estimate(value, 0.9 * value, 1.1 * value, 100, "bootstrap")


BEST = BestDepth(None, 8.0, 0.2, 9.5, told(4000), told(1000), told(3000))
DEPTHS = tuple(Depth(share, told(3), told(2), told(500 * share)) for share in (0.1, 0.2))


def test_profit_is_told_where_a_cost_is_known(shop: tuple[Contents, ModelResult]) -> None:
    """One row per depth with a profit, and the best depth beside it; no table without a cost."""
    _, model = shop
    (table,) = profit_table(replace(model, evidence=Evidence(100, depths=DEPTHS)))
    assert [row[0].text for row in table.rows] == ["10 %", "20 %"]
    assert [row[2].text for row in table.rows] == ["50.00 (45.00 to 55.00)", "100 (90.00 to 110)"]
    (best,) = profit_table(replace(model, evidence=Evidence(100, depths=DEPTHS, best=BEST)))
    assert best.note == f"{table.note} {best_sentence(BEST)}"
    free = tuple(replace(depth, profit=None) for depth in DEPTHS)
    assert profit_table(replace(model, evidence=Evidence(100, depths=free))) == ()
    assert profit_table(model) == ()


def test_the_best_depth_names_value_cost_and_profit() -> None:
    """It names what it was worked out at, its profit with an interval, and what chance alone may account for."""
    said = best_sentence(BEST)
    assert "cost of 8.00 (each counted at its own revenue)" in said
    assert "best 20.0 %" in said
    assert "chance" not in said
    unsure = Estimate(400.0, -10.0, 800.0, 100, "bootstrap")
    said = best_sentence(replace(BEST, value=30.0, profit=unsure, beyond=unsure))
    assert "each success counted at 30.00" in said
    assert "on nobody is not beyond chance" in said
    assert "on everybody is not beyond chance" in said
    assert "no depth is better" in best_sentence(replace(BEST, share=0.0, least=None))


def test_the_report_tells_the_best_depth_without_segments(shop: tuple[Contents, ModelResult]) -> None:
    """Where segments are not known, the chapter on groups says how deep it pays to act, if that is known."""
    contents, model = shop
    paying = replace(model, evidence=Evidence(100, depths=DEPTHS, best=BEST))
    known, unknown = (
        groups(replace(contents, segments=None, model=one)).blocks for one in (paying, replace(model, evidence=None))
    )
    assert len(known) == len(unknown) + 1
    assert any(getattr(block, "text", "") == best_sentence(BEST) for block in known)


def test_expected_revenue_stands_beside_what_came(shop: tuple[Contents, ModelResult]) -> None:
    """One row per tenth; a limit where the top one is beyond its expectation, in either direction."""
    _, model = shop
    tenths = (RevenueTenth(5.0, told(5), 300), RevenueTenth(70.0, told(120), 300))
    off = replace(model, evidence=Evidence(100, revenue=tenths))
    (table,) = revenue_table(off)
    assert [cell.text for cell in table.rows[1]] == ["2", "300", "70.00", "120 (108 to 132)"]
    (low,) = revenue_limit(off)
    assert "too low at its top" in low
    (high,) = revenue_limit(replace(model, evidence=Evidence(100, revenue=(RevenueTenth(70.0, told(40), 300),))))
    assert "too high" in high
    with speaking(Language.GERMAN):
        assert "zu niedrig" in revenue_limit(off)[0]
    assert revenue_limit(replace(model, evidence=Evidence(100, revenue=tenths[:1]))) == ()
    assert revenue_table(model) == ()
    assert revenue_limit(model) == ()
