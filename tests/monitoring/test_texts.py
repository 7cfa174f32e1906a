"""Columns of texts that hold each other's values are one break."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from tests.monitoring.conftest import visits

from clientela.domain.incident import Cause
from clientela.monitoring.baseline import learn_baseline
from clientela.monitoring.checking import check
from clientela.monitoring.result import CheckResult
from clientela.tables.frames import from_frame

Checked = Callable[[pl.DataFrame], CheckResult]
SOME = pl.int_range(pl.len()) % 4 == 0


def _moved(pairs: tuple[tuple[str, str], ...], rows: pl.Expr) -> list[pl.Expr]:
    return [pl.when(rows).then(pl.col(old)).otherwise(pl.col(new)).alias(new) for old, new in pairs]


@pytest.mark.parametrize("rows", [SOME, pl.lit(value=True)])
def test_two_columns_that_hold_each_others_levels_are_a_swap(
    rows: pl.Expr, checked: Checked, clean: pl.DataFrame
) -> None:
    """Shops in the column of devices and devices in that of shops are one swap, in a part of the rows or all."""
    found = checked(clean.with_columns(_moved((("shop", "device"), ("device", "shop")), rows))).incidents
    assert [(incident.cause, incident.columns) for incident in found] == [(Cause.COLUMN_SWAP, ("shop", "device"))]


def _wide(rows: int, seed: int) -> pl.DataFrame:
    rng = np.random.default_rng(seed)
    words = {"first": "abc", "second": "defg", "third": "hij", "fourth": "klmn"}
    made = {name: rng.choice(list(letters), rows) for name, letters in words.items()}
    made |= {
        "mail": np.where(rng.random(rows) < 0.8, "yes", "no"),
        "call": np.where(rng.random(rows) < 0.4, "yes", "no"),
    }
    return pl.DataFrame(made)


CHAIN = (("first", "second"), ("second", "third"), ("third", "fourth"))
TURNED = (("mail", "call"), ("call", "mail"))


@pytest.mark.parametrize(
    ("pairs", "rows", "cause", "columns"),
    [
        (CHAIN, SOME, Cause.COLUMN_SHIFT, ("second", "third", "fourth")),
        (TURNED, pl.lit(value=True), Cause.COLUMN_SWAP, ("mail", "call")),
    ],
)
def test_a_chain_is_a_shift_and_equal_levels_are_told_by_their_shares(
    pairs: tuple[tuple[str, str], ...], rows: pl.Expr, cause: Cause, columns: tuple[str, ...]
) -> None:
    """Columns that each hold their neighbour's values were shifted; yes and no change places with their shares."""
    with from_frame(_wide(3000, 1)) as table:
        baseline = learn_baseline(table)
    batch = _wide(1000, 2)
    with from_frame(batch.with_columns(_moved(pairs, rows))) as table:
        found = check(baseline, table).incidents
    assert [(incident.cause, incident.columns) for incident in found] == [(cause, columns)]


def test_columns_that_share_their_words_are_no_swap() -> None:
    """Two columns of towns have new towns that the other one knows; nothing is called a break."""

    def made(rows: int, seed: int) -> pl.DataFrame:
        rng = np.random.default_rng(seed)
        return pl.DataFrame({name: [f"town {n}" for n in rng.geometric(0.004, rows)] for name in ("from", "to")})

    with from_frame(made(1000, 1)) as table:
        baseline = learn_baseline(table)
    with from_frame(made(1000, 2)) as table:
        assert check(baseline, table).incidents == ()


def test_a_new_level_that_another_column_has_too_is_no_swap(checked: Checked) -> None:
    """One column with strange cells that another one knows is a new level of its own."""
    frame = visits(1000, 5).with_columns(pl.when(SOME).then(pl.lit("phone")).otherwise("shop").alias("shop"))
    assert [incident.cause for incident in checked(frame).incidents] == [Cause.CATEGORY_NEW]


def test_new_items_do_not_hide_that_two_columns_were_exchanged() -> None:
    """Titles and their makers are exchanged in a fifth of the rows, beside titles that are new in a sixth of them."""

    def games(rows: int, seed: int) -> pl.DataFrame:
        title = np.random.default_rng((seed, 3)).choice(30, rows)
        names = {"title": [f"Game {n}" for n in title], "maker": [f"Studio {n % 7}" for n in title]}
        return visits(rows, seed).with_columns(pl.Series(column, cells) for column, cells in names.items())

    with from_frame(games(4000, 0)) as table:
        known = learn_baseline(table)
    row = pl.int_range(pl.len())
    fresh = games(1000, 1).with_columns(title=pl.when(row % 6 == 1).then(pl.lit("Game 99")).otherwise("title"))
    with from_frame(fresh.with_columns(_moved((("title", "maker"), ("maker", "title")), row % 5 == 0))) as table:
        found = check(known, table).incidents[0]
    assert (found.cause, set(found.columns)) == (Cause.COLUMN_SWAP, {"title", "maker"})
    assert found.evidence["rows"] == 200


def test_answers_exchanged_in_a_part_of_the_rows_are_a_swap() -> None:
    """Two columns of the same answers, exchanged in two rows of five, are one swap and no two mixes."""
    rng = np.random.default_rng(4)
    frames = [
        visits(rows, seed).with_columns(
            pl.Series("house", rng.choice(["yes", "no", "unknown"], rows, p=[0.54, 0.43, 0.03])),
            pl.Series("loan", rng.choice(["yes", "no", "unknown"], rows, p=[0.15, 0.82, 0.03])),
        )
        for rows, seed in ((4000, 0), (1000, 1))
    ]
    with from_frame(frames[0]) as table:
        known = learn_baseline(table)
    some = pl.int_range(pl.len()) % 5 < 2
    with from_frame(frames[1].with_columns(_moved((("house", "loan"), ("loan", "house")), some))) as table:
        (found,) = check(known, table).incidents
    assert (found.cause, set(found.columns)) == (Cause.COLUMN_SWAP, {"house", "loan"})


def test_a_word_for_missing_that_another_column_holds_is_part_of_the_swap() -> None:
    """Tiers of which one is "none", in the column of payments, are a swap and no missing payments."""
    rng = np.random.default_rng(4)
    known, now = (
        pl.DataFrame({"tier": rng.choice(["none", "basic", "plus"], n), "paid_by": rng.choice(["card", "cash"], n)})
        for n in (3000, 1000)
    )
    turned = now.with_columns(_moved((("tier", "paid_by"), ("paid_by", "tier")), SOME))
    found = check(learn_baseline(from_frame(known)), from_frame(turned)).incidents
    assert [(incident.cause, incident.columns) for incident in found] == [(Cause.COLUMN_SWAP, ("tier", "paid_by"))]


def test_codes_of_two_columns_exchanged_are_no_machines(real_data: Callable[[str], Path]) -> None:
    """Browsers and systems of real visits, of which the commonest pairs are many, change places as a swap."""
    whole = pl.read_csv(real_data("online_shoppers.csv"), infer_schema_length=None)
    rows = whole.sample(fraction=1.0, shuffle=True, seed=1)
    known, swapped = learn_baseline(from_frame(rows[:6000])), (Cause.COLUMN_SWAP, ("OperatingSystems", "Browser"))
    for start in (6000, 7000, 8000):
        turned = rows[start : start + 1000].with_columns(OperatingSystems="Browser", Browser="OperatingSystems")
        found = check(known, from_frame(turned)).incidents
        assert [(incident.cause, incident.columns) for incident in found] == [swapped]


def _codes(rows: int, seed: int) -> pl.DataFrame:
    rng = np.random.default_rng(seed)
    system = rng.choice(list("1234"), rows, p=[0.2, 0.5, 0.2, 0.1])
    own = rng.choice(list("12345"), rows, p=[0.3, 0.4, 0.15, 0.1, 0.05])
    browser = np.where(rng.random(rows) < 0.3, system, own)
    return pl.DataFrame({"id": [f"k{seed}x{n}" for n in range(rows)], "system": system, "browser": browser})


@pytest.mark.parametrize("rows", [SOME, pl.lit(value=True)])
def test_a_column_that_took_the_values_of_another_one_is_named_with_it(rows: pl.Expr) -> None:
    """Where one code stands in two columns, whatever it is and more often than before, one column was read twice."""
    baseline = learn_baseline(from_frame(_codes(5000, 1)))
    copied = pl.when(rows).then("browser").otherwise("system").alias("system")
    (found,) = check(baseline, from_frame(_codes(1500, 2).with_columns(copied))).incidents
    assert (found.cause, found.columns, found.evidence["from"]) == (
        Cause.COLUMN_SWAP,
        ("system", "browser"),
        "browser",
    )


def test_one_kind_of_visitors_with_the_same_code_twice_is_no_copy() -> None:
    """More visitors of system 2 with browser 2 are another mix; no column took the values of the other."""
    baseline = learn_baseline(from_frame(_codes(5000, 1)))
    more = pl.when((pl.col("system") == "2") & SOME).then(pl.lit("2")).otherwise("browser").alias("browser")
    found = check(baseline, from_frame(_codes(1500, 2).with_columns(more))).incidents
    assert Cause.COLUMN_SWAP not in [item.cause for item in found]


def test_codes_that_are_alike_come_together_in_a_season() -> None:
    """Months later more visitors have one code in both columns; that is no column that was read twice."""

    def dated(frame: pl.DataFrame, days: int) -> pl.DataFrame:
        moments = visits(frame.height, days)["at"].dt.offset_by(f"{days}d")
        return frame.with_columns(at=moments) if days else frame.with_columns(at=visits(frame.height, 1)["at"])

    baseline = learn_baseline(from_frame(dated(_codes(5000, 1), 0)))
    copied = pl.when(SOME).then("browser").otherwise("system").alias("system")
    told = []
    for days in (0, 150):
        found = check(baseline, from_frame(dated(_codes(1500, 2).with_columns(copied), days))).incidents
        told.append(Cause.COLUMN_SWAP in [item.cause for item in found])
    assert told == [True, False]
