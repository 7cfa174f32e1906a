"""What the table and the sentences on paying data say."""

from __future__ import annotations

from dataclasses import replace

import pytest

from clientela.report import charts
from clientela.report.contents import Contents
from clientela.report.paying import curve_sentence, verdict, worth_sentence, worth_table

from .contents_made import about


def test_the_table_holds_gain_and_price(made: dict[str, Contents]) -> None:
    """Each block and column has its gains, its price and a verdict; what is not known is a dash."""
    model = made["shop"].model
    assert model is not None
    table = worth_table(model)
    assert table is not None
    assert [row[0].text for row in table.rows] == ["customers", "weather", "interest_garden"]
    assert [row[-1].text for row in table.rows] == ["pays", "not shown to pay", "harms"]
    assert [row[6].text for row in table.rows] == ["yes", "not found", "–"]
    assert (table.rows[0][3].text, table.rows[1][4].text, table.rows[2][3].text) == ("34.0 %", "1.2 x", "–")
    assert table.rows[2][2].text == "–"
    assert worth_table(replace(model, worth=())) is None


def test_the_sentence_names_what_pays(made: dict[str, Contents]) -> None:
    """Joins that pay come first, the others are named; without joins, or without any that pays, it says so."""
    model = made["shop"].model
    assert model is not None
    said = worth_sentence(model)
    assert "“customers” pay" in said
    assert "0.020 (0.012 to 0.028)" in said
    assert said.endswith("not shown to pay beside the others: “weather”.")
    assert worth_sentence(replace(model, worth=model.worth[:1])).endswith(".")
    assert "not shown" not in worth_sentence(replace(model, worth=model.worth[:1]))
    assert worth_sentence(replace(model, worth=model.worth[1:])).startswith("No join is shown to pay")
    assert worth_sentence(replace(model, worth=model.worth[2:])) == ""
    assert curve_sentence(None) == ""
    assert curve_sentence(model.curve) == "About 3,900 rows to learn from are enough."


@pytest.mark.parametrize(("value", "half", "word"), [(0.1, 0.05, "pays"), (0.1, 0.2, "not shown"), (-0.1, 0.05, "har")])
def test_a_verdict_needs_an_interval_beside_nothing(value: float, half: float, word: str) -> None:
    """Only an interval that leaves nothing out says that data pay or harm."""
    assert verdict(about(value, half)).startswith(word)


def test_the_curve_is_drawn_with_what_it_foretells(made: dict[str, Contents]) -> None:
    """The chart says first, last and foretold quality in words; without a curve there is no chart."""
    model = made["shop"].model
    assert model is not None
    chart = charts.curve(model)
    assert chart is not None
    assert "from 200 rows" in chart.alt
    assert "from 16,000." in chart.alt
    assert {len(rows) for rows in chart.spec["datasets"].values()} == {6, 3}
    assert charts.curve(replace(model, curve=None)) is None
