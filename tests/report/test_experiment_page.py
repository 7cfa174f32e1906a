"""The page of an experiment and its lines for a terminal."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from syrupy.assertion import SnapshotAssertion

from clientela.domain.estimate import Estimate
from clientela.domain.finding import Severity
from clientela.domain.goal import Goal
from clientela.experiments.result import Analysis, Arm, Differing, Doubt, Effect, Plan, Power, Size, Trouble
from clientela.language import Language
from clientela.report.brand import Brand, house_colors
from clientela.report.experiment_lines import planned, told
from clientela.report.experiment_page import Shown, render_experiment

from .pages import Page

EVIL = '<script>alert("x")</script>'


def estimate(value: float, half: float = 0.5) -> Estimate:
    """Return an estimate."""
    return Estimate(value, value - half, value + half, 1000, "made")


def effect(variant: str, measure: str = "revenue", value: float = 1.0, half: float = 0.5) -> Effect:
    """Return an effect."""
    one = estimate(value, half)
    p = 0.001 if abs(value) > half else 0.4
    return Effect(
        measure, variant, "old", "money per visit", 1, one, estimate(0.1, 0.05), one, p, p, p, 0.2, "2024-01-03"
    )


def made(name: str = "new") -> Analysis:
    """Return an analysis with everything in it."""
    doubts = [
        Doubt(Trouble.NOVELTY, Severity.WARNING, (), f"The effect of {name} faded.", {"p": 0.001}, "Run on."),
        Doubt(Trouble.DAY_OF_WEEK, Severity.INFO, (), "10 days are no whole weeks.", {"days": 10}, "Whole weeks."),
    ]
    segments = (("north", estimate(2.0), estimate(1.5)), (name, estimate(0.0), estimate(0.5)))
    return Analysis(
        Goal.REVENUE_PER_VISIT,
        f"{name} raises revenue per visit by 1.",
        f"Roll out {name} only after the doubts above are settled.",
        tuple(doubts),
        (Arm("old", 500, estimate(10)), Arm(name, 500, estimate(11))),
        (effect(name), effect("third", value=0.1)),
        (effect(name, "conversion"), effect(name, "bounce", -1.0)),
        (Differing("city", name, 0.001, 0.4, segments), Differing("device", name, 0.6, 0.0, segments)),
        estimate(3000, 1500),
        10,
        "2024-01-01",
        "2024-01-10",
        (("2024-01-02", 1.1, -math.inf, math.inf), ("2024-01-03", 1.0, 0.1, 1.9), ("2024-01-04", 1.0, 0.2, 1.8)),
        1000.0,
        "visitor",
        ("The control is 'old'.",),
    )


def bare() -> Analysis:
    """Return an analysis with as little as possible: one effect without bounds, no day, no guard, no doubt."""
    one = replace(effect("new", half=math.inf), saved=0.0, since="")
    return replace(
        made(),
        doubts=(),
        effects=(one,),
        guards=(),
        differing=(),
        monthly=None,
        days=0,
        first_day="",
        daily=(),
        notes=(),
    )


@pytest.mark.parametrize("analysis", [made(), bare(), made(EVIL)], ids=["full", "bare", "hostile"])
def test_the_page_is_whole_and_alone(analysis: Analysis) -> None:
    """Every page is well-formed, small, names each part once, loads nothing, and holds no markup from the data."""
    html = render_experiment(analysis, Shown(f"{EVIL}.csv", "2024-02-01", "0.0"))
    page = Page(html)
    assert page.unclosed == []
    assert len(html.encode()) < 500_000
    assert EVIL not in html
    ids = [attributes["id"] for _, attributes in page.elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    targets = {str(attributes["href"])[1:] for tag, attributes in page.elements if tag == "a"}
    assert targets <= set(ids) | {"main", ""}
    for tag, attributes in page.elements:
        assert tag not in {"link", "img", "iframe", "object", "embed", "base", "form"}
        assert not str(attributes.get("src", "")).startswith("http")


def test_what_a_reader_sees(snapshot: SnapshotAssertion) -> None:
    """The texts of the page in their order: doubts, answer, what to do, effect, guards, for whom, how."""
    assert Page(render_experiment(made(), Shown("trial.csv", "2024-02-01", "0.0"))).text() == snapshot


def test_the_bare_page_leaves_out_what_is_not_there() -> None:
    """Without doubts, guards, segments or days there is no such part."""
    text = Page(render_experiment(bare(), Shown("trial.csv", "2024-02-01", "0.0"))).text()
    assert "What makes the answer doubtful" not in text
    assert "What else moved?" not in text
    assert "For whom does it differ?" not in text
    assert "day by day" not in text
    assert "no bound to no bound" in text


def test_a_guard_that_got_worse_is_said() -> None:
    """The chapter of guards names the harmed one; without one it says that none is shown."""
    assert "“bounce” got worse with “new”." in render_experiment(made(), Shown("t", "d", "v"))
    calm = replace(made(), guards=(effect("new", "conversion"),), differing=made().differing[1:])
    html = render_experiment(calm, Shown("t", "d", "v"))
    assert "No guard measure is shown to have become worse." in html
    assert "The effect is not shown to differ" in html


def test_the_lines_of_an_analysis(snapshot: SnapshotAssertion) -> None:
    """Doubts first, then answer, numbers, segments and notes; more doubts than fit are counted."""
    assert "\n".join(told(made())) == snapshot
    many = replace(made(), doubts=made().doubts * 10)
    assert "8 more doubts are in the JSON." in told(many)
    assert not any("money a month" in line for line in told(bare()))


def test_the_lines_of_a_plan(snapshot: SnapshotAssertion) -> None:
    """Sizes and power in columns; unknown days are a dash."""
    sizes = (Size(0.01, 1_000_000, 1_500_000, math.nan), Size(0.05, 40_000, 60_000, 20.2))
    asked = (Goal.CONVERSION, "To see it, wait.", 0.1, 0.3, 0.5, 0.05, 0.8, 40_000, 20.2)
    plan = Plan(*asked, sizes, (Power(0.05, 0.8),), ("A note.",))
    assert "\n".join(planned(plan)) == snapshot


def test_the_page_in_german_wears_the_look_of_the_house() -> None:
    """What the page says is German; a doubt without a translation is told by its kind, in English beside it."""
    answer = "new raises revenue per visit by 1 money per visit (+2.5 %), between 0.5 and 1.5 at any look."
    look = Shown("trial.csv", "2024-02-01", "0.0", Language.GERMAN, Brand(house_colors("#7a1fa2")))
    html = render_experiment(replace(made(), answer=answer), look)
    text = Page(html).text()
    for said in (
        "new erhöht Umsatz je Besuch um 1 (Geld je Besuch) (+2,5 %), bei jedem Blick zwischen 0,5 und 1,5.",
        "Führen Sie new erst ein, wenn die Zweifel oben geklärt sind.",
        "Die Wirkung lässt nach oder wächst.",
        "10 Tage sind keine ganzen Wochen.",
        "Was in jeder Variante gesehen wurde",
        "Die Kontrolle ist „old“.",
    ):
        assert said in text
    for english in ("Visitors", "Measure", "At any look", "How", "better", "Made on", " to ", "Variant "):
        assert english not in text
    assert "#7a1fa2" in html
