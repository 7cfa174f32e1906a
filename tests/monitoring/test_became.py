"""What levels became is read off where the old level of each row is known."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clientela.domain.incident import Cause
from clientela.monitoring.baseline import learn_baseline
from clientela.monitoring.became import became
from clientela.monitoring.checking import check
from clientela.tables.frames import from_frame

SECTIONS = ["sport", "film", "music", "news", "food", "travel"]
CHANNELS = {10: "web", 11: "app", 12: "app", 20: "shop", 21: "web", 30: "phone"}


def _titles(rows: int, seed: int) -> pl.DataFrame:
    """Return visits to titles, each of one section, with the code of a device and the channel that it means."""
    rng = np.random.default_rng(seed)
    title = rng.choice(60, rows)
    code = rng.choice(list(CHANNELS), rows, p=[0.3, 0.25, 0.05, 0.2, 0.1, 0.1])
    text = (title % 6 < 2) & (rng.random(rows) < 0.95)
    return pl.DataFrame(
        {
            "visit": [f"v{seed}-{place:06d}" for place in range(rows)],
            "title": [f"t{one:03d}" for one in title],
            "section": [SECTIONS[one % 6] for one in title],
            "device": [f"d{one}" for one in code],
            "channel": [CHANNELS[int(one)] for one in code],
            "kind": [str(one % 5 + 1) for one in title],
            "seconds": rng.gamma(2, 60, rows).round(1),
            "scroll": [None if one else value for one, value in zip(text, rng.random(rows).round(2), strict=True)],
        }
    ).with_columns(pl.col("kind").cast(pl.Int64))


def _turned(column: str, levels: dict[str, str], share: float = 1.0) -> Callable[[pl.DataFrame], pl.DataFrame]:
    rows = pl.int_range(pl.len()) % 10 < 10 * share
    return lambda frame: frame.with_columns(
        pl.when(rows).then(pl.col(column).replace(levels)).otherwise(column).alias(column)
    )


CHANGES = {
    "two exchanged": (_turned("section", {"sport": "news", "news": "sport"}, 0.7), Cause.CATEGORY_PERMUTED, "section"),
    "three turned": (
        _turned("section", {"sport": "film", "film": "music", "music": "sport"}),
        Cause.CATEGORY_PERMUTED,
        "section",
    ),
    "one made another": (_turned("section", {"food": "travel"}), Cause.CATEGORY_MERGED, "section"),
    "some credited": (_turned("section", {"food": "travel"}, 0.5), Cause.METRIC_DEFINITION, "section"),
    "each the next": (
        _turned("section", dict(zip(SECTIONS, [*SECTIONS[1:], "travel"], strict=True)), 0.6),
        Cause.METRIC_DEFINITION,
        "section",
    ),
    "on other rows": (
        lambda frame: frame.with_columns(pl.col("section").shift(5).fill_null("sport")),
        Cause.ROW_MISALIGNMENT,
        "section",
    ),
    "codes turned": (_turned("device", {"d10": "d11", "d11": "d20", "d20": "d10"}), Cause.CATEGORY_PERMUTED, "device"),
    "numbers exchanged": (
        lambda frame: frame.with_columns(pl.col("kind").replace({1: 4, 4: 1})),
        Cause.CATEGORY_PERMUTED,
        "kind",
    ),
    "a number made another": (
        lambda frame: frame.with_columns(pl.col("kind").replace({3: 2})),
        Cause.CATEGORY_MERGED,
        "kind",
    ),
}


@pytest.mark.parametrize("name", CHANGES)
def test_a_category_that_others_give_shows_what_became_of_it(name: str) -> None:
    """Levels exchanged, turned, merged and credited are told from values on other rows, as one incident each."""
    change, cause, column = CHANGES[name]
    found = check(learn_baseline(from_frame(_titles(4000, 1))), from_frame(change(_titles(1000, 2)))).incidents
    assert [(incident.cause, incident.columns) for incident in found] == [(cause, (column,))]


@given(st.integers(0, 1000), st.sampled_from([0.3, 0.6, 0.9]))
def test_values_of_any_other_rows_became_nothing(seed: int, share: float) -> None:
    """Where some rows hold the levels of others at random, no level became another one, of two levels neither."""
    rng = np.random.default_rng(seed)
    for shares in ([0.5, 0.5], [0.8, 0.2], [0.4, 0.3, 0.2, 0.1]):
        known = pl.Series(rng.choice([f"l{place}" for place in range(len(shares))], 600, p=shares))
        rows = np.flatnonzero(rng.random(600) < share)
        now = known.clone().scatter(rows.tolist(), known[rng.permutation(rows).tolist()])
        assert became(known, now) is None


def test_both_levels_of_a_flag_that_turned_into_each_other_changed_places() -> None:
    """Seven of ten rows that say the opposite are exchanged levels, also of a rare one; other rows' values are not."""
    rng = np.random.default_rng(6)
    known = pl.Series(np.where(rng.random(400) < 0.15, "yes", "no"))
    turned = known.replace({"yes": "no", "no": "yes"})
    told = became(known, turned.zip_with(pl.Series(rng.random(400) < 0.7), known))
    assert told is not None
    assert told.cause is Cause.CATEGORY_PERMUTED
    assert all(became(known, known.shuffle(seed)) is None for seed in range(40))


@pytest.mark.parametrize("seed", range(5))
def test_levels_that_stay_as_they_were_tell_half_an_exchange_from_other_rows(seed: int) -> None:
    """Where half of two levels say the other one, and a third level is untouched, the two changed places."""
    rng = np.random.default_rng(seed)
    known = pl.Series(rng.choice(["mobile", "desktop", "tablet"], 600, p=[0.6, 0.32, 0.08]))
    turned = known.replace({"mobile": "desktop", "desktop": "mobile"})
    told = became(known, turned.zip_with(pl.Series(rng.random(600) < 0.45), known))
    assert told is not None
    assert told.words == "'mobile' and 'desktop' changed places"
