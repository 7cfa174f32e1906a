"""Measures in words."""

from __future__ import annotations

from dataclasses import replace

from clientela.report.contents import Contents
from clientela.report.measures import in_short, label, meaning, model_label, value


def test_unknown_measures_keep_their_name() -> None:
    """A measure or model without a name of ours is shown by its own, and means nothing we know."""
    assert (label("hit_rate"), meaning("hit_rate"), model_label("forest")) == ("hit rate", "", "forest")


def test_titles_of_slides(made: dict[str, Contents]) -> None:
    """AUC is told as pairs, another measure by name."""
    model = made["shop"].model
    assert model is not None
    assert in_short(model.metrics[0], "visit") == "The model picks the better visit in 86 of 100 pairs (AUC 0.861)"
    other = replace(model.metrics[0], name="brier")
    assert in_short(other, "visit") == "Brier score is 0.861 on rows the model has not seen"


def test_money_is_shown_as_money(made: dict[str, Contents]) -> None:
    """An error of revenue is an amount, not a score."""
    model = made["shop"].model
    assert model is not None
    assert value(replace(model.metrics[0], name="revenue_mae")) == "0.86 (0.85 to 0.87)"
    assert value(model.metrics[0]) == "0.861 (0.849 to 0.873)"
