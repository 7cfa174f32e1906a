"""Tables of the segments stage: what is shown, and what is said where there is nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from clientela.domain.estimate import Estimate
from clientela.report.blocks import Callout, Figures, TableBlock
from clientela.report.chapters.groups import groups
from clientela.report.chapters.segments import segments
from clientela.report.contents import Contents
from clientela.report.segment_tables import (
    bids_table,
    found_table,
    months_table,
    moves_table,
    steps_table,
    targeting_figures,
    targeting_sentence,
    ways_table,
)
from clientela.segments.result import (
    Bid,
    Holdout,
    Mark,
    Move,
    Period,
    SegmentResult,
    StepUp,
    Targeting,
    Way,
    WayGroup,
)


def about(value: float, half: float = 0.05) -> Estimate:
    """Return an estimate with an interval."""
    return Estimate(value, value - half, value + half, n=90, method="wilson")


GROUP = WayGroup("g", "r", about(0.5), about(0.5), about(0.5))
WAYS = (
    Way("value", "Two groups.", (GROUP, GROUP), 0.9, about(0.3), 1.5, 1.0, chosen=True),
    Way("behaviour", "One cloud."),
    Way("orders", "Four groups.", (GROUP,) * 4, 1.0, about(0.1), 1.0, 1.0, live=False),
    Way("<i>new</i>", "Another.", (GROUP,), 0.8, about(0.1), 1.0, 0.7),
)
STEPS = (
    StepUp("none", "low", (Mark("pages", "pages higher (mean 8 against 4)", 0.9),), about(120, 20)),
    StepUp("low", "top", (), about(30, 9)),
)
BIDS = (Bid("segment", "Loyal desktop", 0.12, about(1.9, 0.2), 1.7), Bid("group", "none", 0.8, about(0.8), 0.85))
MONEY = about(1200, 100)
HELD = Holdout(0.1, 900, 450, 1.6, 90)
PLAN = Targeting(
    0.8,
    None,
    1500.0,
    1875,
    0.375,
    17.8,
    MONEY,
    MONEY,
    about(600),
    about(9000),
    about(500),
    about(-7800),
    Holdout(0.1, 900, 450, 1.6, 90),
)


def full(contents: Contents) -> SegmentResult:
    """Return the segments of the shop with everything the stage can tell."""
    result = contents.segments
    assert result is not None
    shares = ((0.1, 0.3, 0.1), (0.5, 0.2, 0.5), (0.2, 0.2, 0.2))
    lasting = tuple(
        replace(item, stability=0.91, months=tuple(Period(f"2026-0{i}", about(x)) for i, x in enumerate(line[:2], 1)))
        for item, line in zip(result.segments, shares, strict=False)
    )
    moves = (Move("Readers", "Readers", 40, about(0.8)), Move("Readers", "Loyal desktop", 10, about(0.2)))
    return replace(
        result,
        segments=(*lasting, *result.segments[3:]),
        ways=WAYS,
        moves=moves,
        steps=STEPS,
        bids=BIDS,
        targeting=PLAN,
    )


def texts(table: TableBlock | None) -> list[list[str]]:
    """Return the cells of a table."""
    assert table is not None
    assert all(len(row) == len(table.heads) for row in table.rows)
    return [[cell.text for cell in row] for row in table.rows]


def test_ways_stand_beside_each_other(made: dict[str, Contents]) -> None:
    """The used way is marked; what is settled beforehand says so; a way without groups has no numbers."""
    table = ways_table(full(made["shop"]))
    assert texts(table)[0] == [
        "By predicted value",
        "2",
        "0.900",
        "30.0 % (25.0 to 35.0 %)",
        "1.5",
        "100 %",
    ]
    found = found_table(full(made["shop"]))
    assert texts(found)[0] == ["By predicted value", "Two groups."]
    assert [row[0] for row in texts(found)] == [row[0] for row in texts(table)]
    assert found_table(replace(full(made["shop"]), ways=())) is None
    assert texts(table)[1][1:] == ["–"] * 5
    assert texts(table)[2][2] == texts(table)[2][5] == "settled"
    assert table is not None
    assert [row[0].note for row in table.rows] == ["used", "", "", ""]


def test_months_tell_drift(made: dict[str, Contents]) -> None:
    """Where intervals of first and last month part a segment grows or shrinks."""
    assert [row[-1] for row in texts(months_table(full(made["shop"])))] == ["grows", "shrinks", "none seen"]


def test_moves_say_who_stayed(made: dict[str, Contents]) -> None:
    """Staying is said in a word."""
    assert [row[:3] for row in texts(moves_table(full(made["shop"])))] == [
        ["Readers", "stayed", "40"],
        ["Readers", "Loyal desktop", "10"],
    ]


def test_steps_up_with_and_without_money(made: dict[str, Contents]) -> None:
    """Marks and worth per step; where nothing separates it is said; without money the column is gone."""
    result = full(made["shop"])
    assert [row[2] for row in texts(steps_table(result))] == [
        "pages higher (mean 8 against 4)",
        "nothing beyond chance",
    ]
    assert texts(steps_table(result))[0][3] == "120 (100 to 140)"
    poor = replace(result, steps=tuple(replace(step, gain=None) for step in STEPS))
    assert len(texts(steps_table(poor))[0]) == 3


def test_bids_are_told_with_what_they_are_for(made: dict[str, Contents]) -> None:
    """Segments and predicted groups are told apart."""
    table = bids_table(full(made["shop"]))
    assert texts(table)[0] == ["Loyal desktop", "12.0 %", "1.90 (1.70 to 2.10)", "1.70"]
    assert table is not None
    assert [row[0].note for row in table.rows] == ["segment", "predicted group"]


def test_targeting_in_a_few_sentences(made: dict[str, Contents]) -> None:
    """Cost, budget, whom, how much more, and whom to leave alone; without a cost, how to give one."""
    result = full(made["shop"])
    said = targeting_sentence(result)
    assert "cost of 0.80 a contact and a budget of 1,500" in said
    assert "37.5 % of them" in said
    assert "900 visitors are needed" in said
    assert "each counted at its own revenue" in said
    assert "everybody" not in said
    assert "everybody is not beyond chance" in targeting_sentence(
        replace(result, targeting=replace(PLAN, budget=None, beyond=about(0.0)))
    )
    assert "[campaign]" in targeting_sentence(replace(result, targeting=None))
    nobody = replace(PLAN, contacts=0, budget=None)
    assert targeting_sentence(replace(result, targeting=nobody)).endswith("nobody is worth a contact.")
    assert "Leave" not in targeting_sentence(replace(result, targeting=replace(PLAN, holdout=None)))


def test_what_everyone_costs_is_beyond_a_budget() -> None:
    """The profit of everyone is marked where there is a budget, and has its interval where there is none."""
    assert targeting_figures(PLAN).items[3].note == "beyond the budget"
    assert targeting_figures(replace(PLAN, budget=None)).items[3].note == "9,000 to 9,000"


def test_chapters_hold_them(made: dict[str, Contents]) -> None:
    """The chapters show all tables; a result without them shows none, but says how to plan."""
    shop = made["shop"]
    rich = replace(shop, segments=full(shop))

    def tables(blocks: Sequence[object]) -> int:
        return sum(isinstance(block, TableBlock) for block in blocks)

    assert tables(segments(rich).blocks) == 4
    assert tables(segments(shop).blocks) == 0
    assert tables(groups(rich).blocks) == 1 + 2
    assert any(isinstance(block, Figures) for block in groups(rich).blocks)
    plain = groups(shop).blocks
    assert tables(plain) == 1
    assert any(isinstance(block, Callout) and "[campaign]" in block.text for block in plain)
    assert not any(isinstance(block, Callout) for block in groups(replace(shop, segments=None)).blocks)


def test_the_best_segment_comes_first_wherever_it_stands(made: dict[str, Contents]) -> None:
    """Groups by behaviour stand in the order of their rules: the answer and the cards follow value."""
    shop = made["shop"]
    assert shop.segments is not None
    turned = replace(shop, segments=replace(shop.segments, segments=shop.segments.segments[::-1]))
    assert segments(turned).answer == segments(shop).answer
    assert segments(turned).blocks[0] == segments(shop).blocks[0]
