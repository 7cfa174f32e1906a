"""Levels that came, went, changed places or were credited to others are told from people in another mix."""

from __future__ import annotations

import functools
from collections.abc import Callable

import numpy as np
import polars as pl
import pytest
from tests.monitoring.conftest import devices, visits

from clientela.domain.incident import Cause, ShiftKind
from clientela.monitoring.baseline import Baseline, learn_baseline
from clientela.monitoring.case import Case
from clientela.monitoring.checking import check
from clientela.monitoring.kept import what_became
from clientela.monitoring.result import CheckResult
from clientela.monitoring.rules import Break
from clientela.tables.frames import from_frame

Checked = Callable[[pl.DataFrame], CheckResult]
Change = Callable[[pl.DataFrame], pl.DataFrame]


def _level(column: str, old: str, new: str, every: int = 1) -> Change:
    rows = (pl.col(column) == old) & (pl.int_range(pl.len()) % every == 0)
    return lambda frame: frame.with_columns(pl.when(rows).then(pl.lit(new)).otherwise(pl.col(column)).alias(column))


CHANGES: dict[str, tuple[str, Change, Cause]] = {
    "renamed": ("shop", _level("shop", "Rome", "Roma"), Cause.CATEGORY_RENAMED),
    "parted": ("device", _level("device", "phone", "phone plus", 3), Cause.CATEGORY_SPLIT),
    "parted, written with a dot": ("shop", _level("shop", "Köln", "Köln.Messe", 2), Cause.CATEGORY_SPLIT),
    "new for many": (
        "shop",
        lambda f: f.with_columns(
            pl.when(pl.int_range(pl.len()) % 20 == 0).then(pl.lit("Lima")).otherwise("shop").alias("shop")
        ),
        Cause.CATEGORY_NEW,
    ),
    "lost": ("shop", lambda f: f.filter(pl.col("shop") != "Paris"), Cause.CATEGORY_REMOVED),
    "exchanged": (
        "device",
        lambda f: f.with_columns(pl.col("device").replace({"phone": "tablet", "tablet": "phone"})),
        Cause.CATEGORY_PERMUTED,
    ),
    "turned round": (
        "shop",
        lambda f: f.with_columns(pl.col("shop").replace({"Köln": "Paris", "Paris": "Oslo", "Oslo": "Köln"})),
        Cause.CATEGORY_PERMUTED,
    ),
    "merged": ("shop", _level("shop", "Rome", "Paris"), Cause.CATEGORY_MERGED),
    "two merged into a known one": (
        "shop",
        lambda f: f.with_columns(pl.col("shop").replace({"Rome": "Paris", "Oslo": "Paris"})),
        Cause.CATEGORY_MERGED,
    ),
    "two merged under a new code": (
        "shop",
        lambda f: f.with_columns(pl.col("shop").replace({"Rome": "South", "Oslo": "South"})),
        Cause.CATEGORY_MERGED,
    ),
    "other codes": (
        "device",
        lambda f: f.with_columns(pl.col("device").replace({"phone": "d1", "tablet": "d2", "desktop": "d3"})),
        Cause.CATEGORY_RENAMED,
    ),
    "some shops by other names": (
        "shop",
        lambda f: f.with_columns(pl.col("shop").replace({"Köln": "Cologne", "Rome": "Roma"})),
        Cause.CATEGORY_RENAMED,
    ),
    "some shops by other names in half of the rows": (
        "shop",
        lambda f: f.with_columns(
            pl.when(pl.int_range(pl.len()) % 2 == 0)
            .then(pl.col("shop").replace({"Köln": "Cologne", "Rome": "Roma"}))
            .otherwise("shop")
            .alias("shop")
        ),
        Cause.CATEGORY_RENAMED,
    ),
    "all shops by number in a third of the rows": (
        "shop",
        lambda f: f.with_columns(
            pl.when(pl.int_range(pl.len()) % 3 == 0)
            .then(pl.lit("no ") + pl.col("shop").rank("dense").cast(pl.String))
            .otherwise("shop")
            .alias("shop")
        ),
        Cause.CATEGORY_RENAMED,
    ),
    "a word for missing": ("shop", _level("shop", "Rome", "(none)", 2), Cause.NULL_SEMANTICS),
    "credited": ("shop", _level("shop", "Köln", "Oslo", 2), Cause.METRIC_DEFINITION),
}


@pytest.mark.parametrize("name", CHANGES)
def test_a_change_of_levels_has_its_name(name: str, checked: Checked) -> None:
    """Each change of 2,000 visits is one incident on its column with its cause."""
    column, change, cause = CHANGES[name]
    found = checked(change(visits(2000, 5))).incidents
    assert [(incident.cause, incident.columns) for incident in found] == [(cause, (column,))]


def test_a_level_lost_in_one_column_explains_the_other(checked: Checked) -> None:
    """Where a device is gone, whatever goes with it is no second incident."""
    frame = visits(1500, 5)
    found = checked(frame.filter(pl.col("device") != "tablet")).incidents
    assert [incident.columns for incident in found] == [("device",)]


def test_more_people_of_one_shop_are_a_shift(checked: Checked) -> None:
    """A swing of the mix that no break explains is told as a mix."""
    many = visits(8000, 23)
    weights = np.where(many["shop"].to_numpy() == "Oslo", 1.9, 1.0)
    rows = np.random.default_rng(0).choice(8000, 1200, replace=False, p=weights / weights.sum())
    result = checked(many[rows.tolist()])
    assert result.incidents == ()
    assert {shift.cause for shift in result.shifts} <= {ShiftKind.MIX}


def test_more_of_one_level_in_proportion_is_never_a_credit() -> None:
    """Where one source grows and all others give way alike, no single one is said to have lost its rows to it."""
    rng = np.random.default_rng(81)
    shares = np.array([0.32, 0.2, 0.16, 0.09, 0.08, 0.06, 0.05, 0.04])
    names = [f"source {place}" for place in range(shares.size)]

    def drawn(rows: int, law: np.ndarray) -> pl.DataFrame:
        return pl.DataFrame({"source": rng.choice(names, rows, p=law / law.sum()), "worth": rng.normal(9, 2, rows)})

    with from_frame(drawn(6000, shares)) as table:
        baseline = learn_baseline(table)
    for _ in range(12):
        with from_frame(drawn(1000, shares * np.where(np.arange(shares.size) == 0, 1.5, 1.0))) as table:
            assert check(baseline, table).incidents == ()


@pytest.mark.parametrize("column", ["shop", "device"])
def test_a_few_rows_of_a_level_never_seen_are_told(column: str, checked: Checked) -> None:
    """Where the reference has no rare levels, six rows of a new one in a thousand are no chance."""
    rows = pl.int_range(pl.len()) % 160 == 0
    frame = visits(1000, 82).with_columns(pl.when(rows).then(pl.lit("Lima")).otherwise(column).alias(column))
    (found,) = checked(frame).incidents
    assert (found.cause, found.columns) == (Cause.CATEGORY_NEW, (column,))


def test_rare_items_come_and_go() -> None:
    """In a catalogue with many items that are sold once, items never seen before are usual."""
    rng = np.random.default_rng(83)
    law = 1.0 / np.arange(1, 400) ** 1.3
    names = np.array([f"item {place}" for place in range(law.size)])
    with from_frame(pl.DataFrame({"item": rng.choice(names, 4000, p=law / law.sum())})) as table:
        baseline = learn_baseline(table)
    for _ in range(10):
        with from_frame(pl.DataFrame({"item": rng.choice(names, 1000, p=law / law.sum())})) as table:
            assert check(baseline, table).incidents == ()


def test_a_level_lost_is_told_of_its_twin_column_too() -> None:
    """Where two columns say the same by other names, rows that are gone are gone in both, as one incident."""
    rng = np.random.default_rng(85)

    def rows(count: int) -> pl.DataFrame:
        place = rng.choice(5, count, p=[0.35, 0.25, 0.2, 0.12, 0.08])
        names = np.array(["Wien", "Graz", "Linz", "Wels", "Rust"])
        return pl.DataFrame({"city": names[place], "code": np.char.add("c", place.astype(str)), "x": rng.random(count)})

    with from_frame(rows(5000)) as table:
        baseline = learn_baseline(table)
    with from_frame(rows(1400).filter(pl.col("city") != "Linz")) as table:
        (found,) = check(baseline, table).incidents
    assert (found.cause, set(found.columns)) == (Cause.CATEGORY_REMOVED, {"city", "code"})


def test_levels_that_hold_each_others_shares_are_exchanged_before_one_is_lost() -> None:
    """A large level that took a small one's share has not stopped arriving: both changed places."""
    rng = np.random.default_rng(86)
    law = np.array([0.4, 0.25, 0.18, 0.12, 0.05])

    def rows(count: int, names: list[str]) -> pl.DataFrame:
        return pl.DataFrame({"city": rng.choice(names, count, p=law), "x": rng.random(count)})

    with from_frame(rows(6000, ["a", "b", "c", "d", "e"])) as table:
        baseline = learn_baseline(table)
    with from_frame(rows(1000, ["d", "b", "c", "a", "e"])) as table:
        (found,) = check(baseline, table).incidents
    assert (found.cause, set(found.evidence["levels"])) == (Cause.CATEGORY_PERMUTED, {"a", "d"})


def test_a_level_swallowed_by_one_of_two_is_told_by_its_rows() -> None:
    """Where counts hardly tell whether one other level took all rows or both a part, the other columns do."""
    rng = np.random.default_rng(0)

    def made(rows: int) -> pl.DataFrame:
        way = rng.choice(["web", "phone", "both"], rows, p=[0.44, 0.44, 0.12])
        worth = np.round(rng.gamma(2.0, 50.0, rows) * np.where(way == "both", 3.0, 1.0), 2)
        return pl.DataFrame({"way": way, "worth": worth, "months": rng.integers(1, 13, rows)})

    with from_frame(made(6000)) as table:
        baseline = learn_baseline(table)
    causes = []
    for _ in range(4):
        with from_frame(made(600).with_columns(pl.col("way").replace({"both": "web"}))) as table:
            causes += [incident.cause for incident in check(baseline, table).incidents]
    assert causes == [Cause.CATEGORY_MERGED] * 4


@pytest.mark.parametrize(("into", "cause"), [("town", Cause.CATEGORY_MERGED), ("", Cause.CATEGORY_REMOVED)])
def test_of_three_levels_one_was_swallowed_or_stopped(into: str, cause: Cause) -> None:
    """Where no other column tells, the level that did not gain says whether one took all rows or both a part."""
    rng = np.random.default_rng(7)
    with from_frame(pl.DataFrame({"area": rng.choice(["city", "town", "land"], 6000, p=[0.4, 0.45, 0.15])})) as table:
        baseline = learn_baseline(table)
    area = pl.DataFrame({"area": rng.choice(["city", "town", "land"], 1000, p=[0.4, 0.45, 0.15])})
    batch = area.with_columns(pl.col("area").replace({"land": into})) if into else area.filter(pl.col("area") != "land")
    with from_frame(batch) as table:
        assert [incident.cause for incident in check(baseline, table).incidents] == [cause]


def test_another_definition_of_the_weekend_is_no_loss_of_weekdays() -> None:
    """Thursdays that count as weekend break the rule with the time of the row; no rows are said to be missing."""

    def dated(rows: int, seed: int) -> pl.DataFrame:
        frame = visits(rows, seed)
        return frame.with_columns(weekend=pl.col("at").dt.weekday() > 5, office=pl.col("shop") == "Oslo")

    with from_frame(dated(5000, 0)) as table:
        baseline = learn_baseline(table)
    batch = dated(1000, 5).with_columns(weekend=pl.col("at").dt.weekday() > 3)
    with from_frame(batch) as table:
        (found,) = check(baseline, table).incidents
    assert (found.cause, found.columns) == (Cause.METRIC_DEFINITION, ("weekend",))


def test_a_column_that_says_the_same_is_named_only_where_it_moved() -> None:
    """Codes joined in one of two columns that give each other are told of that one alone."""

    def twice(rows: int, seed: int) -> pl.DataFrame:
        codes = {"Köln": "K", "Paris": "P", "Rome": "R", "Oslo": "O"}
        return visits(rows, seed).with_columns(code=pl.col("shop").replace(codes))

    with from_frame(twice(5000, 0)) as table:
        baseline = learn_baseline(table)
    others = (
        pl.when(pl.int_range(pl.len()) % 3 == 0)
        .then(pl.lit("K"))
        .otherwise(pl.when(pl.int_range(pl.len()) % 3 == 1).then(pl.lit("P")).otherwise(pl.lit("O")))
    )
    spread = pl.when(pl.col("code") == "R").then(others).otherwise("code").alias("code")
    for change, columns in (
        (twice(1500, 5).with_columns(pl.col("code").replace({"R": "P", "O": "P"})), ("code",)),
        (twice(1500, 5).with_columns(spread), ("code",)),
        (twice(2000, 5).filter(pl.col("shop") != "Rome"), ("shop", "code")),
    ):
        with from_frame(change) as table:
            (found,) = check(baseline, table).incidents
        assert sorted(found.columns) == sorted(columns)


def test_times_moved_over_midnight_in_few_rows_are_a_matter_of_the_clock() -> None:
    """An hour more in one row of fifteen is told by those whose day no longer fits, all just after midnight."""

    def dated(rows: int, seed: int) -> pl.DataFrame:
        return visits(rows, seed).with_columns(day=pl.col("at").dt.weekday().cast(pl.String))

    with from_frame(dated(5000, 0)) as table:
        baseline = learn_baseline(table)
    late = pl.when(pl.int_range(pl.len()) % 15 == 0).then(pl.col("at").dt.offset_by("1h")).otherwise("at").alias("at")
    with from_frame(dated(3000, 5).with_columns(late)) as table:
        (found,) = check(baseline, table).incidents
    assert (found.cause, found.columns) == (Cause.TIMEZONE, ("at",))


@pytest.mark.parametrize("step", [-1, 1])
def test_codes_that_begin_with_another_number_were_counted_otherwise(step: int) -> None:
    """Systems 1, 2, 3, 4 and 8 that are 0, 1, 2, 3 and 7 are the same under other codes; a new 0 alone is new."""
    rng = np.random.default_rng(8)
    known, now = (pl.Series("os", rng.choice([1, 2, 3, 4, 8], n, p=[0.2, 0.5, 0.1, 0.05, 0.15])) for n in (4000, 1000))
    baseline = learn_baseline(from_frame(pl.DataFrame({"os": known, "n": rng.normal(size=4000)})))
    told = []
    for codes in (now + step, now.scatter(list(range(60)), 0)):
        found = check(baseline, from_frame(pl.DataFrame({"os": codes, "n": rng.normal(size=1000)}))).incidents
        told.append([(item.cause, item.evidence.get("step")) for item in found])
    assert told == [[(Cause.CATEGORY_RENAMED, step)], [(Cause.CATEGORY_NEW, None)]]


def _hotels(rows: int, seed: int) -> pl.DataFrame:
    """Return bookings of forty hotels in sixteen cities; few of them go to any one hotel."""
    rng = np.random.default_rng(seed)
    weights = np.arange(1, 41) ** -0.8
    code = rng.choice(40, rows, p=weights / weights.sum())
    codes, cities = pl.Series("hotel", code), pl.Series("city", code % 16)
    return pl.DataFrame([("H" + codes.cast(pl.String)).alias("hotel"), ("C" + cities.cast(pl.String)).alias("city")])


def test_a_column_that_a_level_gives_shows_whose_rows_another_one_took() -> None:
    """Bookings of a lost hotel under another one's code still have its city, which counts alone do not tell."""
    baseline = learn_baseline(from_frame(_hotels(6000, 1)))
    told = []
    for seed in range(2, 8):
        found = check(baseline, from_frame(_hotels(1000, seed).with_columns(pl.col("hotel").replace({"H4": "H0"}))))
        told.append([(item.cause, item.columns[0], item.evidence.get("into")) for item in found.incidents])
    assert all(one[:1] == [(Cause.CATEGORY_MERGED, "hotel", one[0][2])] for one in told)
    assert [one[0][2] for one in told].count("H0") >= 1
    lost = check(baseline, from_frame(_hotels(1200, 9).filter(pl.col("hotel") != "H4"))).incidents
    assert [item.cause for item in lost] == [Cause.CATEGORY_REMOVED]


def test_a_word_that_nobody_knows_breaks_no_rule() -> None:
    """A city renamed in half of its rows has a new name; that its hotels give another city is not told beside it."""
    renamed = pl.when(pl.int_range(pl.len()) % 2 == 0).then(pl.col("city").replace({"C0": "Lutetia"})).otherwise("city")
    baseline = learn_baseline(from_frame(_hotels(6000, 1)))
    found = check(baseline, from_frame(_hotels(1000, 2).with_columns(renamed.alias("city")))).incidents
    assert [(item.cause, item.columns) for item in found] == [(Cause.CATEGORY_RENAMED, ("city",))]


def _partners(rows: int, seed: int) -> pl.DataFrame:
    """Return visits from ten partners in four cities of two countries each, with what they bring."""
    rng = np.random.default_rng(seed)
    shares = np.arange(12, 2, -1) / np.arange(12, 2, -1).sum()
    city = rng.choice(8, rows, p=[0.2, 0.18, 0.15, 0.13, 0.11, 0.09, 0.08, 0.06])
    return pl.DataFrame(
        {
            "partner": [f"p{one}" for one in rng.choice(10, rows, p=shares)],
            "city": [f"c{one}" for one in city],
            "land": [f"l{one // 2}" for one in city],
            "seconds": rng.gamma(2, 60, rows).round(1),
        }
    )


HARDLY = pl.int_range(pl.len()) % 5 == 0
SEVERAL = {
    "two lost": (~pl.col("partner").is_in(["p0", "p1"]) | HARDLY, (Cause.CATEGORY_REMOVED, ("partner",))),
    "a land lost": (pl.col("land") != "l1", (Cause.CATEGORY_REMOVED, ("city", "land"))),
}


@pytest.mark.parametrize("name", SEVERAL)
def test_several_levels_that_did_not_arrive_are_one_loss(name: str) -> None:
    """Levels of one node, or of one coarser level, that are lost at once are named together, with its column."""
    kept, told = SEVERAL[name]
    batch = _partners(1200, 2).filter(kept)
    found = check(learn_baseline(from_frame(_partners(5000, 1))), from_frame(batch)).incidents
    assert [(incident.cause, incident.columns) for incident in found] == [told]


def test_rows_of_several_levels_credited_to_one_are_told() -> None:
    """Half of the rows of two partners that a third one has now are no other mix: all others are as they were."""
    some = pl.col("partner").is_in(["p2", "p3"]) & (pl.int_range(pl.len()) % 2 == 0)
    batch = _partners(1200, 2).with_columns(pl.when(some).then(pl.lit("p9")).otherwise("partner").alias("partner"))
    (found,) = check(learn_baseline(from_frame(_partners(5000, 1))), from_frame(batch)).incidents
    assert (found.cause, found.columns) == (Cause.METRIC_DEFINITION, ("partner",))


def test_two_levels_of_one_size_that_changed_places_are_told_by_their_rows() -> None:
    """Full and partial cover are as frequent and cost differently: exchanged, their counts say nothing and rows do."""

    def quotes(rows: int, seed: int) -> pl.DataFrame:
        rng = np.random.default_rng(seed)
        cover = rng.choice(["full", "partial", "none"], rows, p=[0.4, 0.38, 0.22])
        worth = np.select([cover == "full", cover == "partial"], [1.6, 1.0], 0.7)
        price = (worth * rng.lognormal(6, 0.4, rows)).round(2)
        return pl.DataFrame(
            {"cover": cover, "price": price, "age": rng.poisson(40, rows), "days": rng.poisson(9, rows)}
        )

    turned = quotes(1000, 2).with_columns(pl.col("cover").replace({"full": "partial", "partial": "full"}))
    found = check(learn_baseline(from_frame(quotes(5000, 1))), from_frame(turned)).incidents
    assert [(incident.cause, incident.columns) for incident in found] == [(Cause.CATEGORY_PERMUTED, ("cover",))]


def test_three_levels_in_a_circle_are_no_credit() -> None:
    """Where the largest of three levels took the place of the smallest, the others did not give it their rows."""
    circle = {"p0": "p7", "p7": "p3", "p3": "p0"}
    batch = _partners(2000, 2).with_columns(pl.col("partner").replace(circle))
    (found,) = check(learn_baseline(from_frame(_partners(5000, 1))), from_frame(batch)).incidents
    assert (found.cause, found.columns) == (Cause.CATEGORY_PERMUTED, ("partner",))


def _codes(rows: int, seed: int, *, share: float = 0.0, word: str = "none") -> pl.DataFrame:
    """Return visits few of which have a code, which gives a rebate; a word stands in a share of those without."""
    rng = np.random.default_rng(seed)
    code = np.where(rng.random(rows) < 0.08, rng.choice(["A10", "B20", "C30"], rows), "")
    filled = np.where((code == "") & (rng.random(rows) < share), word, code)
    return visits(rows, seed).with_columns(
        code=pl.Series(filled).replace("", None), rebate=pl.Series(np.where(code == "", 0.0, 5.0))
    )


@functools.cache
def _of_codes() -> Baseline:
    with from_frame(_codes(5000, 0)) as table:
        return learn_baseline(table)


@pytest.mark.parametrize("share", [0.3, 1.0])
def test_a_word_where_cells_were_missing_stands_for_them(share: float) -> None:
    """A word of no code at all, in rows without a rebate, stands for missing, in a part of them or in all."""
    with from_frame(_codes(1000, 5, share=share, word="KEIN_CODE")) as table:
        found = check(_of_codes(), table).incidents
    assert [(one.cause, one.columns) for one in found] == [(Cause.NULL_SEMANTICS, ("code",))]
    assert found[0].evidence["share"] == pytest.approx(share * 0.92, abs=0.04)  # of all rows


def test_a_new_code_that_customers_use_is_a_new_code() -> None:
    """Visits without a code that use a new one, and get its rebate, mean what a code means."""
    frame = _codes(1000, 5, share=0.2, word="SUMMER").with_columns(
        rebate=pl.when(pl.col("code") == "SUMMER").then(5.0).otherwise("rebate")
    )
    with from_frame(frame) as table:
        found = check(_of_codes(), table).incidents
    causes = [one.cause for one in found]
    assert Cause.CATEGORY_NEW in causes
    assert Cause.NULL_SEMANTICS not in causes


def test_a_new_item_brings_its_page_along() -> None:
    """A page that only rows of a new item have is one break with it, whatever gave it its rows."""

    def pages(rows: int, seed: int) -> pl.DataFrame:
        frame = visits(rows, seed)
        start = pl.Series(np.random.default_rng(seed).random(rows) < 0.9)
        return frame.with_columns(page=pl.when(start).then(pl.lit("/")).otherwise("/" + pl.col("shop")))

    with from_frame(pages(5000, 0)) as table:
        baseline = learn_baseline(table)
    row = pl.int_range(pl.len())
    frame = pages(1000, 5).with_columns(
        shop=pl.when(row < 80).then(pl.lit("Lima")).otherwise("shop"),
        page=pl.when(row < 40).then(pl.lit("/Lima")).otherwise("page"),
    )
    with from_frame(frame) as table:
        found = check(baseline, table).incidents
    assert [(one.cause, set(one.columns)) for one in found] == [(Cause.CATEGORY_NEW, {"shop", "page"})]


def test_a_code_that_replaced_another_from_some_day_on_is_its_new_name() -> None:
    """A new code beside the old one may be a part of it; from the day on which no old one came it is the same item."""

    def kinds(rows: int, seed: int) -> pl.DataFrame:
        drawn = np.random.default_rng(seed).choice(
            ["first_visit", "later_visit", "other_visit"], rows, p=[0.3, 0.5, 0.2]
        )
        return visits(rows, seed).with_columns(kind=pl.Series(drawn)).sort("at")

    with from_frame(kinds(5000, 1)) as table:
        baseline = learn_baseline(table)
    late, one_in_two = pl.int_range(pl.len()) > 500, pl.int_range(pl.len()) % 2 == 0
    told = []
    for rows in (late, one_in_two):
        code = pl.when(rows & (pl.col("kind") == "later_visit")).then(pl.lit("loyal_visit")).otherwise("kind")
        with from_frame(kinds(1000, 2).with_columns(kind=code)) as table:
            (found,) = check(baseline, table).incidents
        told.append((found.cause, found.alternatives[0]))
    assert told == [
        (Cause.CATEGORY_RENAMED, Cause.CATEGORY_SPLIT),
        (Cause.CATEGORY_SPLIT, Cause.CATEGORY_RENAMED),
    ]


def _towns(rows: int, seed: int) -> pl.DataFrame:
    """Return visits with an airport and the town that it gives."""
    number = np.random.default_rng(seed).choice(12, rows)
    names = [[f"{kind}{n}" for n in number] for kind in ("A", "Town ")]
    return visits(rows, seed).with_columns(airport=pl.Series(names[0]), town=pl.Series(names[1]))


@pytest.mark.parametrize("days", [0, 120])
def test_a_new_item_does_not_hide_that_others_broke_their_rule(days: int) -> None:
    """Towns on other rows are told beside a new airport, which comes last; in a later batch likewise."""
    with from_frame(_towns(5000, 0)) as table:
        baseline = learn_baseline(table)
    row = pl.int_range(pl.len())
    new = _towns(1000, 5).with_columns(
        pl.col("at") + pl.duration(days=days),
        airport=pl.when(row % 40 == 0).then(pl.lit("A99")).otherwise("airport"),
        town=pl.when(row % 40 == 0).then(pl.lit("Town 99")).otherwise("town"),
    )
    rng = np.random.default_rng(3)
    wrong, towns = rng.random(1000) < 0.4, new["town"].to_numpy().copy()
    towns[wrong] = rng.permutation(towns[wrong])
    told = []
    for frame in (new, new.with_columns(town=pl.Series(towns))):
        with from_frame(frame) as table:
            told.append([(i.cause, set(i.columns)) for i in check(baseline, table).incidents])
    assert [cause for cause, _ in told[0]] == [Cause.CATEGORY_NEW]
    assert [cause for cause, _ in told[1]] == [Cause.ROW_MISALIGNMENT, Cause.CATEGORY_NEW]
    assert "town" in told[1][0][1]


@pytest.mark.parametrize(("word", "cause"), [("google / cpc", Cause.CATEGORY_RENAMED), ("mail", Cause.CATEGORY_MERGED)])
def test_a_word_that_was_never_there_is_a_name_and_no_merger(word: str, cause: Cause) -> None:
    """All rows of a channel that each page keeps hold another word: a known one took them, a new one is its name."""
    frame = visits(4000, 0).with_columns(page=pl.Series([f"/p{n % 300}" for n in range(4000)]))
    channels = pl.col("page").str.slice(2).cast(pl.Int64) % 4
    named = channels.replace_strict({0: "ads", 1: "mail", 2: "search", 3: "direct"})
    with from_frame(frame.with_columns(channel=named)) as table:
        baseline = learn_baseline(table)
    (rule,) = (r for r in baseline.contract.rules if r.kind == "constant" and r.right == "channel")
    known = baseline.side
    batch = known.put("channel", known.texts["channel"].replace({"ads": word}))
    rows = known.holding("channel", "ads")
    case = Case(baseline, known, batch, known.numbers["at"])
    found = what_became(case, Break(rule, rows, 1e-9))
    assert found is not None
    assert found.cause is cause
    assert f"{word!r}" in found.what


@functools.cache
def _of_devices() -> Baseline:
    with from_frame(devices(5000, 0, desktop=0.53)) as table:
        return learn_baseline(table, "bought")


def _told_of_devices(frame: pl.DataFrame, earlier: tuple[int, ...] = ()) -> list[tuple[Cause, str]]:
    with from_frame(frame) as table:
        return [(one.cause, one.title) for one in check(_of_devices(), table, earlier).incidents]


@pytest.mark.parametrize("seed", range(5, 10))
def test_a_season_makes_the_second_of_two_levels_the_first(seed: int) -> None:
    """More visits from phones than from desktops, months later, are no codes that changed places."""
    assert not _told_of_devices(devices(1000, seed, desktop=0.41, days=120))


def test_a_usual_level_that_is_another_one_in_a_later_time_is_merged() -> None:
    """No season makes phones of all tablets: other columns show which rows they were."""
    frame = devices(1000, 5, desktop=0.45, days=120)
    ((cause, title),) = _told_of_devices(frame.with_columns(pl.col("system").replace({"tabletOS": "phoneOS"})))
    assert cause is Cause.CATEGORY_MERGED
    assert "tabletOS" in title


@pytest.mark.parametrize("days", [0, 120])
def test_rows_lost_of_the_main_level_are_not_collected(days: int) -> None:
    """Of desktops, more than half of all visits, six in ten are lost: the batch is smaller by just those."""
    frame = devices(1000, 5, desktop=0.53, days=days)
    lost = (pl.col("device") == "desktop") & (pl.int_range(pl.len()) % 10 < 6)
    told = _told_of_devices(frame.filter(~lost), (1000, 990, 1010, 1005))
    assert [cause for cause, _ in told] == [Cause.SAMPLING]


@pytest.mark.parametrize(("days", "cause"), [(0, Cause.CATEGORY_RENAMED), (120, Cause.CATEGORY_NEW)])
def test_codes_that_few_rows_have_end_with_their_campaigns(days: int, cause: Cause) -> None:
    """Two of three codes that a tenth of the rows have are others: renamed in the same months, new ones later."""
    codes = {"A10": "NEW1", "B20": "NEW2"}
    frame = _codes(1500, 5).with_columns(pl.col("code").replace(codes), pl.col("at") + pl.duration(days=days))
    with from_frame(frame) as table:
        found = check(_of_codes(), table).incidents
    assert [(one.cause, one.columns) for one in found] == [(cause, ("code",))]


def _clients(rows: int, seed: int, browser: dict[str, float]) -> pl.DataFrame:
    rng = np.random.default_rng(seed)
    shares = list(browser.values())
    return pl.DataFrame(
        {
            "visit": [f"v{seed}x{n}" for n in range(rows)],
            "browser": rng.choice(list(browser), rows, p=shares),
            "source": rng.choice(["ads", "mail", "search", "shop"], rows, p=[0.35, 0.1, 0.4, 0.15]),
            "pages": rng.poisson(4, rows),
        }
    )


BROWSERS = {"Chrome": 0.45, "Safari": 0.35, "Firefox": 0.12, "Edge": 0.08}
DEVICES = {"mobile": 0.44, "desktop": 0.38, "app": 0.12, "tablet": 0.06}
NOT_COLLECTED = {
    "most of one browser": (BROWSERS, pl.col("browser") == "Safari", 0.7, (Cause.SAMPLING, ("browser",))),
    "all of one browser": (BROWSERS, pl.col("browser") == "Safari", 1.0, (Cause.CATEGORY_REMOVED, ("browser",))),
    "most of half of the devices": (
        DEVICES,
        pl.col("browser").is_in(["mobile", "tablet"]),
        0.65,
        (Cause.SAMPLING, ("browser",)),
    ),
    "most of one source": (BROWSERS, pl.col("source") == "ads", 0.7, (Cause.CATEGORY_REMOVED, ("source",))),
    "chance": (BROWSERS, pl.lit(value=False), 0.0, None),
}


@pytest.mark.parametrize("name", NOT_COLLECTED)
def test_browsers_and_devices_of_which_a_part_arrives_are_not_collected(name: str) -> None:
    """No browser stops by itself: what is lost of some was not collected, while a source may stop."""
    levels, lost, part, told = NOT_COLLECTED[name]
    batch = _clients(1200, 2, levels).filter(~(lost & (pl.Series(np.random.default_rng(4).random(1200)) < part)))
    found = check(learn_baseline(from_frame(_clients(5000, 1, levels))), from_frame(batch)).incidents
    assert [(incident.cause, incident.columns) for incident in found] == ([told] if told else [])


def test_half_of_the_devices_in_another_mix_are_no_loss() -> None:
    """Devices that fell each by another part, as tablets and phones on workdays, are another mix."""
    levels = {"mobile": 0.30, "desktop": 0.50, "app": 0.17, "tablet": 0.03}
    baseline = learn_baseline(from_frame(_clients(5000, 1, DEVICES)))
    assert not check(baseline, from_frame(_clients(1200, 2, levels))).incidents
