"""Tests of the visits before any dirt: what is said of them holds in the data."""

import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from clientela.domain.errors import InputError
from clientela.samples import world
from clientela.samples.columns import COLUMNS
from clientela.samples.visits import Draws, Shop, generate, pieces, reference

ROWS = 20_000
BLOCKS = (
    (["day", "city"], ["temp_c", "rain_mm", "sky"]),
    (["area_cd"], ["pp_idx", "hh_size", "hh_child_pct", "area_avg"]),
    (["visitor_id"], ["area_cd", "dist_km", "crm_since", "crm_nl", "crm_age", "crm_orders", "aff_home", "aff_kids"]),
    (["cmp_id"], ["cmp_chan", "cmp_cpc"]),
)


@pytest.fixture(scope="module")
def shop() -> Shop:
    """Return a table of 20,000 visits."""
    return Shop.opened(ROWS, 11)


@pytest.fixture(scope="module")
def draws(shop: Shop) -> Draws:
    """Return its draws."""
    return shop.draw(np.arange(ROWS))


@pytest.fixture(scope="module")
def visits(shop: Shop, draws: Draws) -> pl.DataFrame:
    """Return its visits as a frame, the day beside them."""
    return shop.frame(draws).with_columns(day=pl.col("visit_time").dt.date())


def test_same_seed_same_visits() -> None:
    """The same seed gives the same visits, another seed or another size gives others."""
    first = generate(600, 5)
    assert_frame_equal(first, generate(600, 5))
    assert not first["visitor_id"].equals(generate(600, 6)["visitor_id"])
    assert not first["visitor_id"].equals(generate(700, 5)["visitor_id"][:600])


@pytest.mark.parametrize("size", [1, 7, 1000])
def test_pieces_do_not_change_the_visits(size: int) -> None:
    """A table made in pieces of any size, in any order, is the same table."""
    rows = 150 if size == 1 else 3000
    shop = Shop.opened(rows, 5)
    made = [shop.frame(shop.draw(positions)) for positions in reversed(list(pieces(rows, size)))]
    assert_frame_equal(pl.concat(reversed(made)), generate(rows, 5))


@pytest.mark.parametrize("rows", [1, 2, 3, 171])
def test_smallest_tables(rows: int) -> None:
    """Tables down to one visit can be made and hold no NaN."""
    made = generate(rows, 1)
    assert made.height == rows
    assert not made.select(pl.selectors.float().is_nan().any()).transpose().to_series().any()


def test_no_rows_are_refused() -> None:
    """Zero rows are refused with a sentence."""
    with pytest.raises(InputError, match="at least one"):
        generate(0, 1)


def test_columns_are_the_ones_promised(visits: pl.DataFrame) -> None:
    """All columns are there in their order, the first five collected."""
    assert visits.columns[:-1] == [column.name for column in COLUMNS]
    assert [column.name for column in COLUMNS if column.origin == "collected"] == visits.columns[:5]
    assert 28 <= len(COLUMNS) <= 34
    assert visits["visit_time"].dtype == pl.Datetime("us")
    assert visits["crm_since"].dtype == pl.Date


def test_visits_lie_in_the_period_in_order_of_days(visits: pl.DataFrame) -> None:
    """Days rise from the first to the last of the nine months; every day has visits."""
    assert visits["day"].is_sorted()
    assert (visits["day"].min(), visits["day"].max()) == (world.FIRST_DAY, world.LAST_DAY)
    assert visits["day"].n_unique() == world.DAYS
    weekend = visits.filter(pl.col("day").dt.weekday() >= 6).height / visits.height
    assert weekend > 2 / 7


def test_visitors_come_back(visits: pl.DataFrame) -> None:
    """There are 1.7 visits per visitor, and earlier visits are those a recount finds."""
    assert visits.height / visits["visitor_id"].n_unique() == pytest.approx(1.7, abs=0.01)
    rank = pl.col("visit_time").rank("ordinal").over("visitor_id") - 1
    recount = visits.select(
        earlier=rank.cast(pl.Int64), shown="prev_visits", when=pl.struct("visitor_id", "visit_time")
    )
    assert recount.filter(pl.col("when").is_unique() & (pl.col("earlier") != pl.col("shown"))).is_empty()
    assert recount["shown"].max() > 5


@pytest.mark.parametrize(("keys", "columns"), BLOCKS)
def test_keys_determine_their_blocks(visits: pl.DataFrame, keys: list[str], columns: list[str]) -> None:
    """Within a key every column of its block has one value."""
    most = visits.group_by(keys).agg(pl.col(columns).n_unique()).select(pl.col(columns).max()).row(0)
    assert set(most) == {1}


@pytest.mark.parametrize(
    "columns",
    [
        ["pp_idx", "hh_size", "hh_child_pct"],
        ["crm_since", "crm_nl", "crm_age", "crm_orders"],
        ["cmp_id", "cmp_chan", "cmp_cpc"],
    ],
)
def test_blocks_are_missing_together(visits: pl.DataFrame, columns: list[str]) -> None:
    """A block is there with all its columns or with none, and is missing somewhere."""
    nulls = visits.select(pl.sum_horizontal(pl.col(columns).is_null()).alias("n"))["n"]
    assert set(nulls.unique()) == {0, len(columns)}


def test_coverage(visits: pl.DataFrame) -> None:
    """Customer data are known for a third of visitors, most areas are matched, direct visits have no campaign."""
    known = visits.unique("visitor_id")["crm_nl"].is_not_null().mean()
    assert known == pytest.approx(1 / 3, abs=0.02)
    assert visits["pp_idx"].is_null().mean() == pytest.approx(world.UNMATCHED_SHARE, abs=0.05)
    assert visits["cmp_id"].is_null().mean() == pytest.approx(0.32, abs=0.03)
    assert visits.filter(pl.col("cmp_chan") == "direct").is_empty()


def test_crm_lies_before_the_extract(visits: pl.DataFrame) -> None:
    """Nobody became a customer inside the period, so lifetime orders hold no order of it."""
    assert visits["crm_since"].max() < world.FIRST_DAY


def test_planted_processing(visits: pl.DataFrame) -> None:
    """Scores are standardised, sessions capped, distances rounded, one column is constant."""
    for name in world.INTERESTS:
        assert visits[f"aff_{name}"].mean() == pytest.approx(0, abs=1e-4)
        assert visits[f"aff_{name}"].std() == pytest.approx(1, abs=1e-3)
    assert visits["session_sec"].max() == world.SESSION_CAP
    assert 0.03 < (visits["session_sec"] == world.SESSION_CAP).mean() < 0.08
    assert set((visits["dist_km"] % 5).unique()) == {0}
    assert visits["src_ref"].n_unique() == 1


def test_groups_are_cut_from_order_value(visits: pl.DataFrame) -> None:
    """None is zero, and every other group lies within its bounds."""
    ends = visits.group_by("revenue_group").agg(low=pl.col("order_value").min(), high=pl.col("order_value").max())
    found = {name: (low, high) for name, low, high in ends.rows()}
    assert found["none"] == (0, 0)
    limits = [0.0, *world.GROUP_BOUNDS, np.inf]
    for place, name in enumerate(world.GROUPS[1:]):
        assert limits[place] < found[name][0] <= found[name][1] <= limits[place + 1]


def test_group_shares(visits: pl.DataFrame) -> None:
    """About three quarters of visits bring nothing, two to three percent are top, low and middle lie between."""
    shares = dict(visits["revenue_group"].value_counts(normalize=True).rows())
    assert 0.70 <= shares["none"] <= 0.76
    assert 0.018 <= shares["top"] <= 0.03
    assert shares["top"] < shares["high"] < min(shares["low"], shares["middle"]) < shares["none"]


def test_area_average_is_an_average_of_the_label(visits: pl.DataFrame) -> None:
    """The column equals the average rank of the group over the rows of the area, the row itself included."""
    rank = pl.col("revenue_group").replace_strict(dict(zip(world.GROUPS, range(5), strict=True)), return_dtype=pl.Int64)
    off = visits.select((rank.mean().over("area_cd") - pl.col("area_avg")).abs().max()).item()
    assert off <= 0.0005 + 1e-9


def test_types_drive_what_is_seen(draws: Draws) -> None:
    """Device, page, channel and hour come as often as the table of the type says."""
    for kind in range(5):
        own = draws.visitor.kind == kind
        for drawn, table in (
            (draws.device, world.DEVICE_SHARES),
            (draws.page, world.PAGE_SHARES),
            (draws.channel, world.CHANNEL_SHARES),
            (draws.second // 3600, world.HOUR_SHARES),
        ):
            shares = np.bincount(drawn[own], minlength=table.shape[1]) / own.sum()
            assert shares == pytest.approx(table[kind], abs=0.03)


def test_types_drive_what_comes_of_it(draws: Draws) -> None:
    """Orders come with the true probability; loyal visitors buy most often, researchers spend most at once."""
    bought = draws.value > 0
    kind = draws.visitor.kind
    rates = [bought[kind == k].mean() for k in range(5)]
    assert rates == pytest.approx([draws.probability[kind == k].mean() for k in range(5)], abs=0.03)
    assert int(np.argmax(rates)) == world.TYPES.index("loyal_regular")
    assert int(np.argmin(rates)) == world.TYPES.index("passer_by")
    spent = [np.median(draws.value[bought & (kind == k)]) for k in range(5)]
    assert int(np.argmax(spent)) == world.TYPES.index("researcher")


def test_reference_is_everything_or_spread_evenly() -> None:
    """Small tables are taken whole; of large ones 200,000 rows from the first to nearly the last."""
    assert np.array_equal(reference(500), np.arange(500))
    taken = reference(100_000_000)
    assert (len(taken), taken[0]) == (200_000, 0)
    assert set(np.diff(taken)) == {500}


def test_any_piece_of_the_largest_table_can_be_made_alone() -> None:
    """The last visits of 100 million come at once, lie at the end of the period, and know their visitors' past."""
    rows = 100_000_000
    shop = Shop.opened(rows, 3)
    positions = np.arange(rows - 2000, rows)
    draws = shop.draw(positions)
    made = shop.frame(draws)
    assert made["visit_id"].is_unique().all()
    assert set(made["visit_time"].dt.date()) == {world.LAST_DAY}
    assert draws.number.max() < rows / 1.7 + 1
    assert draws.earlier.mean() == pytest.approx(2 * generate(20_000, 3)["prev_visits"].mean(), rel=0.1)
