"""Tests of parts of the rows beside what is expected of them and beside the others."""

import numpy as np
import pytest

from clientela.models.values import FloatArray, IntArray
from clientela.statistics.parts import count_chance, gap_of, ranked_apart, share_of
from clientela.statistics.scores import auc


def _convolved(chances: FloatArray) -> FloatArray:
    found = np.ones(1)
    for chance in chances:
        found = np.convolve(found, [1 - chance, chance])
    return found


@pytest.mark.parametrize(("rows", "mean"), [(126, 0.02), (300, 0.3), (40, 0.98), (200, 0.001)])
def test_tails_of_counts_are_those_of_the_convolution(rows: int, mean: float) -> None:
    """Twice the smaller tail of a count agrees with the distribution convolved row by row, to ten digits."""
    chances = np.random.default_rng(rows).beta(2, 2 / mean - 2, rows)
    whole = _convolved(chances)
    for seen in range(0, rows + 1, 3):
        wanted = min(1.0, 2 * min(whole[: seen + 1].sum(), whole[seen:].sum()))
        assert count_chance(chances, seen) == pytest.approx(wanted, abs=1e-10)


def test_counts_of_many_rows_are_normal_but_for_their_skewness() -> None:
    """Above a variance of 100 the tails agree with the convolution to 3 % of the chance, down to one in a thousand."""
    chances = np.random.default_rng(1).beta(1, 9, 1500)
    whole = _convolved(chances)
    wanted = {seen: 2 * min(whole[: seen + 1].sum(), whole[seen:].sum()) for seen in range(100, 210, 5)}
    told = {seen: count_chance(chances, seen) for seen, chance in wanted.items() if 1e-3 < chance < 1}
    assert len(told) > 10
    assert all(chance == pytest.approx(wanted[seen], rel=0.03) for seen, chance in told.items())


def test_one_buyer_where_two_or_three_are_expected_is_chance() -> None:
    """Of 126 rows with one buyer and 2.65 expected the chance is .5 and the interval of the gap has 0 in it."""
    seen = np.arange(126) == 5
    gap, chance = gap_of(np.full(126, 2.65 / 126), seen, np.arange(126))
    assert chance == pytest.approx(0.51, abs=0.01)
    assert gap.low < 0 < gap.high
    assert gap.value == pytest.approx(1.65 / 126)


def test_rows_of_three_visitors_tell_little() -> None:
    """The same gap is beyond chance among rows of their own, not among those of three visitors; one tells none."""
    seen = np.arange(128) < 70
    chances = np.full(128, 0.35)
    assert gap_of(chances, seen, np.arange(128))[1] < 0.001
    gap, chance = gap_of(chances, seen, np.repeat([0, 1, 2], [94, 30, 4]))
    assert chance > 0.05
    assert not gap.excludes(0.0)
    assert np.isnan(gap_of(chances, seen, np.zeros(128))[1])


def _visits(seed: int) -> tuple[FloatArray, IntArray, IntArray, IntArray]:
    """Chances and answers of visits of 300 visitors, of whom a hidden lean makes visits go together."""
    rng = np.random.default_rng(seed)
    who = np.sort(rng.integers(0, 300, 1200))
    drive = rng.normal(size=1200)
    chance = np.mean([1 / (1 + np.exp(1.5 - drive - 1.5 * lean)) for lean in rng.normal(size=400)], axis=0)
    truth = 1 / (1 + np.exp(1.5 - drive - 1.5 * rng.normal(size=300)[who]))
    return chance, rng.random(1200) < truth, rng.permutation(300)[who] < 100, who


def test_chances_keep_to_their_level_where_visits_go_together() -> None:
    """Of right chances and groups alike, about one in twenty is told apart at .05, with visits of a visitor alike."""
    off, worse, held = [], [], []
    for seed in range(300):
        chance, seen, inside, who = _visits(seed)
        gap, off_by_chance = gap_of(chance[inside], seen[inside], who[inside])
        off.append(off_by_chance < 0.05)
        held.append(not gap.excludes(0.0))
        worse.append(ranked_apart(chance, seen, inside, who)[2] < 0.05)
    assert np.mean(off) <= 0.08
    assert np.mean(worse) <= 0.08
    assert np.mean(held) >= 0.92


def test_areas_of_parts_are_those_of_their_rows() -> None:
    """The gap is that of the two areas, ties counting half; without two units of a side it has no width."""
    rng = np.random.default_rng(1)
    scores, truth, inside = rng.integers(0, 5, 400).astype(float), rng.random(400) < 0.4, rng.random(400) < 0.3
    gap, rest, chance = ranked_apart(scores, truth, inside, np.arange(400))
    assert rest == pytest.approx(auc(truth[~inside], scores[~inside]))
    assert gap.value + rest == pytest.approx(auc(truth[inside], scores[inside]))
    assert gap.low < gap.value < gap.high
    assert 0 < chance < 1
    one = truth & (~inside | (np.cumsum(inside & truth) == 1))
    assert np.isnan(ranked_apart(scores, one, inside, np.arange(400))[2])
    none = truth & ~inside
    assert np.isnan(ranked_apart(scores, none, inside, np.arange(400))[0].value)


def test_a_share_is_of_as_many_rows_as_its_units_are_worth() -> None:
    """Where both rows of a unit say the same, the interval is as wide as that of half the rows, and near it in ends."""
    seen = np.random.default_rng(1).random(600) < 0.2
    alone, twice = share_of(seen, np.arange(600)), share_of(np.repeat(seen, 2), np.repeat(np.arange(600), 2))
    assert twice.low == pytest.approx(alone.low, abs=0.002)
    assert twice.high == pytest.approx(alone.high, abs=0.002)
