"""Machine visits are told from people who came in another mix."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import polars as pl
from tests.monitoring.conftest import visits

from clientela.domain.incident import Cause
from clientela.monitoring.baseline import Baseline, learn_baseline
from clientela.monitoring.checking import check
from clientela.monitoring.result import CheckResult
from clientela.tables.frames import from_frame

Checked = Callable[[pl.DataFrame], CheckResult]


def _with_machines(frame: pl.DataFrame, rows: int) -> pl.DataFrame:
    machines = visits(rows, 8).with_columns(
        pl.lit("tablet").alias("device"),
        pl.lit(1).cast(pl.Int64).alias("pages"),
        pl.lit(0.0).alias("seconds"),
        pl.lit(value=False).alias("bought"),
        pl.lit(0.0).alias("paid"),
    )
    return pl.concat([frame, machines.cast(dict(frame.schema))])


def test_rows_that_all_look_alike_are_machines(checked: Checked, clean: pl.DataFrame) -> None:
    """Fifteen per cent of rows with one device, one page and no time are one incident that counts them."""
    found = checked(_with_machines(clean, 180)).incidents
    assert [incident.cause for incident in found] == [Cause.BOT_TRAFFIC]
    assert {"device", "pages", "seconds"} <= set(found[0].columns)
    assert abs(found[0].evidence["rows"] - 180) <= 10


def test_a_time_that_few_of_the_machines_share_is_not_theirs(checked: Checked, clean: pl.DataFrame) -> None:
    """Machines that stay for one to nine tenths of a second are told by what they all hold, and are all counted."""
    made = _with_machines(clean, 180)
    tenths = pl.when(pl.int_range(pl.len()) >= clean.height).then((pl.int_range(pl.len()) % 9 + 1) / 10)
    (found,) = checked(made.with_columns(tenths.otherwise("seconds").alias("seconds"))).incidents
    assert found.cause is Cause.BOT_TRAFFIC
    assert "seconds" not in found.columns
    assert abs(found.evidence["rows"] - 180) <= 10


def test_machines_explain_the_rows_that_are_too_many(baseline: Baseline, clean: pl.DataFrame) -> None:
    """As many machines as visits are one incident and no unusual number of rows beside it."""
    with from_frame(_with_machines(clean, 1000)) as table:
        found = check(baseline, table, [1000, 990, 1010, 1005]).incidents
    assert [incident.cause for incident in found] == [Cause.BOT_TRAFFIC]


def test_many_real_visits_of_one_device_are_no_machines(checked: Checked) -> None:
    """A campaign that brings people on tablets is a change of the mix."""
    frame = pl.concat([visits(900, 5), visits(2000, 7).filter(pl.col("device") == "tablet")])
    result = checked(frame)
    assert Cause.BOT_TRAFFIC not in {incident.cause for incident in result.incidents}


def test_columns_that_lost_their_values_together_are_no_machines(checked: Checked, clean: pl.DataFrame) -> None:
    """Zeros in several numbers of the same rows are lost values, for a machine has a way of its own."""
    lost = [
        pl.when(pl.int_range(pl.len()) < 150).then(0.0).otherwise(pl.col(name)).alias(name)
        for name in ("seconds", "paid")
    ]
    causes = {incident.cause for incident in checked(clean.with_columns(lost)).incidents}
    assert causes
    assert Cause.BOT_TRAFFIC not in causes


def test_machines_that_act_like_the_shortest_visits_are_told_where_they_are_many() -> None:
    """Visits of one page come anyway: as many more are people, and four times as many are machines."""

    def bouncing(share: float, seed: int) -> pl.DataFrame:
        rng = np.random.default_rng(seed)
        short = pl.Series(rng.random(2000) < share)
        alike = {"pages": 1, "seconds": 0.0, "device": "phone", "bought": False, "paid": 0.0}
        return visits(2000, seed).with_columns(
            pl.when(short).then(pl.lit(value)).otherwise(name).alias(name) for name, value in alike.items()
        )

    with from_frame(pl.concat([bouncing(0.05, 1), bouncing(0.05, 2)]).unique("visit")) as table:
        baseline = learn_baseline(table, "bought")
    for share, told in ((0.05, False), (0.12, False), (0.22, True)):
        with from_frame(bouncing(share, 5)) as table:
            causes = {incident.cause for incident in check(baseline, table).incidents}
        assert (Cause.BOT_TRAFFIC in causes) == told
    # in another season people may come so; the reference cannot tell
    with from_frame(bouncing(0.25, 5).with_columns(pl.col("at").dt.offset_by("120d"))) as table:
        assert Cause.BOT_TRAFFIC not in {incident.cause for incident in check(baseline, table).incidents}


def test_a_batch_of_old_rows_and_machines_has_no_rows_left(checked: Checked) -> None:
    """Where every row was in the reference already or is a machine's, both are told and nothing else is looked at."""
    found = checked(_with_machines(visits(5000, 0).head(400), 180)).incidents
    assert {incident.cause for incident in found} == {Cause.STALE, Cause.BOT_TRAFFIC}


def _of_visitors(rows: int, seed: int) -> pl.DataFrame:
    """Return made visits of visitors who come some times each."""
    names = np.random.default_rng(seed + 90).integers(1_000, 3_000, rows)
    return visits(rows, seed).with_columns(pl.Series("visitor", [f"v{name}x" for name in names]))


def _crawl(rows: int, names: list[str]) -> pl.DataFrame:
    """Return visits of hundreds of pages at half a second each, by night, of all devices and shops."""
    rng = np.random.default_rng(4)
    pages = rng.integers(200, 400, rows)
    return _of_visitors(rows, 8).with_columns(
        pl.col("at").dt.truncate("1d") + pl.duration(hours=3, minutes=pl.Series(rng.integers(0, 50, rows))),
        pl.Series("pages", pages),
        pl.Series("seconds", np.round(pages * rng.uniform(0.4, 0.6, rows), 3)),
        pl.lit(value=False).alias("bought"),
        pl.lit(0.0).alias("paid"),
        pl.Series("visitor", rng.choice(names, rows)),
    )


def test_rows_of_few_visitors_unlike_all_others_are_machines_and_lost_names_are_not() -> None:
    """Crawlers under one or three names are one incident; a name for many rows, of all or a group, is a lost key."""
    with from_frame(_of_visitors(5000, 0)) as table:
        baseline = learn_baseline(table, "bought")
    batch, part = _of_visitors(1000, 5), pl.int_range(pl.len()) % 9 == 0
    group = (pl.col("pages") > 6) & (pl.col("device") == "phone")
    frames = [pl.concat([batch, _crawl(70, names)]) for names in (["v99z"], ["v97z", "v98z", "v99z"])]
    frames += [
        batch.with_columns(pl.when(rows).then(pl.lit("v99z")).otherwise("visitor").alias("visitor"))
        for rows in (part, group)
    ]
    told = []
    for frame in (batch, *frames):
        with from_frame(frame) as table:
            told.append([(item.cause, item.columns[0]) for item in check(baseline, table).incidents])
    machines, lost = [(Cause.BOT_TRAFFIC, "visitor")], [(Cause.KEY_BREAK, "visitor")]
    assert told == [[], machines, machines, lost, lost]


def test_a_new_item_with_all_that_it_gives_is_no_machine() -> None:
    """Forty rows of one new item hold one price, region and grape each, since the item gives them."""
    price = {n: round(5 + 3.7 * n % 40, 2) for n in range(41)}

    def bottles(rows: int, seed: int, fresh: float = 0.0) -> pl.DataFrame:
        drawn = np.random.default_rng(seed)
        item = np.where(drawn.random(rows) < fresh, 40, drawn.choice(40, rows))
        return visits(rows, seed).with_columns(
            item=pl.Series([f"W{n}" for n in item]),
            price=pl.Series([price[n] for n in item.tolist()]),
            region=pl.Series([f"R{n // 4}" for n in item]),
            grape=pl.Series([f"G{n // 5}" for n in item]),
        )

    with from_frame(bottles(6000, 1)) as table:
        baseline = learn_baseline(table)
    with from_frame(bottles(1000, 5, 0.04)) as table:
        causes = [one.cause for one in check(baseline, table).incidents]
    assert set(causes) == {Cause.CATEGORY_NEW}


def test_a_new_item_does_not_hide_machines() -> None:
    """Ninety rows of one birth year, length and channel are machines' beside a new item with all that it gives."""

    def slots(rows: int, seed: int, fresh: float = 0.0) -> pl.DataFrame:
        drawn = np.random.default_rng((seed, 5))
        item = np.where(drawn.random(rows) < fresh, 40, drawn.choice(40, rows))
        return visits(rows, seed).with_columns(
            item=pl.Series([f"W{n}" for n in item]),
            town=pl.Series([f"Town {n}" for n in item]),
            born=pl.Series(drawn.integers(1950, 2005, rows)),
            channel=pl.Series(drawn.choice(["web", "phone", "desk"], rows, p=[0.4, 0.4, 0.2])),
        )

    with from_frame(slots(6000, 1)) as table:
        baseline = learn_baseline(table)
    machine = pl.int_range(pl.len()) % 11 == 0
    put = {"born": 1990, "channel": "web", "seconds": 7.0, "pages": 1}
    frame = slots(1000, 5, 0.05).with_columns(
        pl.when(machine).then(pl.lit(value)).otherwise(name).alias(name) for name, value in put.items()
    )
    with from_frame(frame) as table:
        causes = [one.cause for one in check(baseline, table).incidents]
    assert causes == [Cause.BOT_TRAFFIC, Cause.CATEGORY_NEW]


def _appeals(rows: int, seed: int, *, late: bool = False) -> pl.DataFrame:
    """Return visits of appeals with what was given; late ones have an appeal of their own, and more of them give."""
    rng = np.random.default_rng(seed)
    day = np.sort(rng.integers(100, 130, rows) if late else rng.integers(0, 90, rows))
    at = np.datetime64("2026-01-01T00:00:00", "us") + day * 86_400_000_000 + rng.integers(0, 86_400_000_000, rows)
    appeal = rng.choice(
        ["water", "school", "food", "snow"], rows, p=[0.3, 0.2, 0.2, 0.3] if late else [0.4, 0.3, 0.3, 0]
    )
    gave = rng.random(rows) < (0.32 if late else 0.24)
    made = {"visit": [f"v{seed}-{n:06d}" for n in range(rows)], "at": at, "appeal": appeal, "gave": gave}
    made |= {"page": np.char.add("/", appeal), "code": np.char.add(appeal, rng.choice(["-a", "-b"], rows))}
    made |= {"land": rng.choice(["UK", "IE", "US", "FR"], rows, p=[0.6, 0.2, 0.1, 0.1])}
    made |= {
        "given": np.where(gave, rng.lognormal(3, 0.8, rows).round(), 0),
        "seconds": rng.lognormal(4, 1, rows).round(1),
    }
    return pl.DataFrame(made)


def test_machines_are_told_beside_a_new_appeal_with_all_that_it_brings_in_a_season_that_gives_more() -> None:
    """New levels that come in no one's company take no turn, and what the season moves is no value of the machines."""
    baseline = learn_baseline(from_frame(_appeals(6000, 1)), "gave")
    batch = _appeals(1000, 2, late=True)
    same = {
        "gave": True,
        "land": "US",
        "given": 0.5,
        "seconds": 3.1,
        "appeal": "water",
        "page": "/water",
        "code": "water-a",
    }
    values = [pl.lit(value).alias(name) for name, value in same.items()]
    machines = batch[::9].with_columns(*values, pl.concat_str(pl.lit("m"), "visit").alias("visit"))
    both = pl.concat([batch, machines.select(batch.columns)], how="vertical_relaxed").sort("at")
    found = check(baseline, from_frame(both)).incidents
    assert {item.cause for item in found} == {Cause.BOT_TRAFFIC, Cause.CATEGORY_NEW}
    (told,) = (item for item in found if item.cause is Cause.BOT_TRAFFIC)
    assert {"given", "seconds", "land"} <= set(told.columns)
    assert "gave" not in told.columns
    assert {item.cause for item in check(baseline, from_frame(batch)).incidents} == {Cause.CATEGORY_NEW}
