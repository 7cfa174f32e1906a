"""Groups of visits that behave alike: found where they are, not where they are not, with rules and what these lose."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from sklearn.metrics import adjusted_rand_score

from clientela.models.clustering import blocks
from clientela.models.latent import cells
from clientela.segments import behaviour, points
from clientela.segments.behaviour import alike, compact, jaccards, stability
from clientela.segments.options import SegmentOptions
from clientela.segments.result import Condition

OPTIONS = SegmentOptions(most=4)


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fewer references and resamples: what is tested does not hang on their number."""
    monkeypatch.setattr(behaviour, "REFERENCES", 9)
    monkeypatch.setattr(behaviour, "REPEATS", 3)
    monkeypatch.setattr(behaviour, "RULED_REPEATS", 2)


def kinds(rows: int, apart: float) -> tuple[pl.DataFrame, np.ndarray]:
    """Return visits of three kinds in five columns."""
    rng = np.random.default_rng(1)
    kind = rng.choice(3, rows, p=[0.5, 0.3, 0.2])
    means = np.array([[0, 0, 0, 0], [1, 1, 0, 0], [0, 1, 1, 1]])
    frame = pl.DataFrame(rng.normal(size=(rows, 4)) + apart * means[kind], schema=list("abcd"))
    share = np.array([0.05, 0.95, 0.5])[kind]
    return frame.with_columns(device=pl.Series(np.where(rng.random(rows) < share, "mobile", "desktop"))), kind


def test_planted_kinds_are_found_with_rules() -> None:
    """Three kinds far apart come back: number, members, stability, rules that agree, and every visit in one group."""
    frame, kind = kinds(700, 6.0)
    found = alike(frame, frame.columns, 40, OPTIONS)
    assert len(found.groups) == 3
    assert adjusted_rand_score(kind, found.kinds) > 0.95
    assert found.stability > 0.95
    assert found.agreement > 0.95
    assert found.groups[-1].conditions == ()
    assert sum(group.inside.astype(int) for group in found.groups).tolist() == [1] * 700
    assert "3 groups of like behaviour, found again on other visits" in found.told


def test_rules_that_lose_much_say_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """Kinds that overlap are found, and what short rules lose of them is told."""
    frame, _ = kinds(700, 1.8)
    monkeypatch.setattr(points, "MOST_COLUMNS", 2)
    found = alike(frame, frame.columns, 40, OPTIONS)
    assert found.groups
    assert found.agreement < 0.95
    assert f"{1 - found.agreement:.0%} of visits are nearer to another cloud" in found.told
    assert found.looked.tolist() == list(range(700))
    assert len(found.kinds) == 700


def test_kinds_that_show_a_little_everywhere_are_told_by_points(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where short plain rules lose much, rules that count points agree with more visits, and are used."""
    rng = np.random.default_rng(4)
    kind = rng.random(700) < 0.5
    frame = pl.DataFrame(rng.normal(size=(700, 8)) + 1.6 * kind[:, None], schema=list("abcdefgh"))
    found = alike(frame, frame.columns, 40, OPTIONS)
    monkeypatch.setattr(behaviour, "_counting", lambda *given: [(0, ())])
    plain = alike(frame, frame.columns, 40, OPTIONS)
    assert [item.operator for item in found.groups[0].conditions] == ["points"]
    assert all(item.operator != "points" for item in plain.groups[0].conditions)
    assert found.agreement > plain.agreement + 0.05
    assert adjusted_rand_score(kind, found.groups[0].inside) > 0.6


def test_no_groups_where_there_are_none() -> None:
    """Independent columns, one linked cloud, too few visits, one column: each is said, none is claimed."""
    rng = np.random.default_rng(2)
    alone = pl.DataFrame(rng.normal(size=(300, 4)), schema=list("abcd"))
    base = rng.normal(size=(300, 1))
    cloud = pl.DataFrame(base + 0.7 * rng.normal(size=(300, 4)), schema=list("abcd"))
    told = {
        "know nothing of each other": (alone, list("abcd")),
        "one cloud": (cloud, list("abcd")),
        "too few visits": (alone.head(60), list("abcd")),
        "or columns": (alone, ["a"]),
    }
    for words, (frame, columns) in told.items():
        found = alike(frame, columns, 20, OPTIONS)
        assert found.groups == ()
        assert words in found.told
        assert np.isnan(found.stability)


def test_groups_too_small_are_not_shown() -> None:
    """No group has fewer visits than allowed: it goes with all other visits."""
    frame, _ = kinds(700, 6.0)
    found = alike(frame, frame.columns, 200, OPTIONS)
    assert min(int(group.inside.sum()) for group in found.groups) >= 200


def test_visits_left_over_are_never_few() -> None:
    """Where rules leave fewer visits over than a group may have, the smallest group is told apart no more."""
    frame = pl.DataFrame({"a": [1.0] * 50 + [2.0] * 40 + [3.0] * 10})
    rules = [(0, (Condition("a", "<=", 1.0),)), (1, (Condition("a", "<=", 2.0),)), (2, ())]
    assert behaviour._large(rules, frame, 20) == [rules[0], rules[2]]
    assert behaviour._large(rules, frame, 10) == rules
    assert behaviour._large(rules, frame, 60) == [rules[2]]


def test_groups_are_as_stable_as_their_rules() -> None:
    """Clouds that overlap are found again better than what short rules make of them, and the groups are the rules."""
    frame, _ = kinds(700, 2.2)
    found = alike(frame, frame.columns, 40, OPTIONS)
    made = cells(blocks(frame, frame.columns, 0), 2, 0)
    assert found.stability < stability(made, len(found.groups), 0)


def test_clouds_that_no_rule_tells_are_no_groups(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where every rule names too few visits, nothing is claimed, and why is said."""
    monkeypatch.setattr(behaviour, "_rules", lambda *given: [(0, ())])
    monkeypatch.setattr(behaviour, "_counting", lambda *given: [(0, ())])
    frame, _ = kinds(700, 6.0)
    found = alike(frame, frame.columns, 40, OPTIONS)
    assert found.groups == ()
    assert "no short rule tells one of them" in found.told


def test_fewer_groups_are_taken_where_their_rules_are_stable(monkeypatch: pytest.MonkeyPatch) -> None:
    """Clouds that are found again are not enough: their number falls until what the rules name is found again too."""
    given = {3: 0.7, 2: 0.9}
    monkeypatch.setattr(behaviour, "compact", lambda *_: (2, 3))
    monkeypatch.setattr(behaviour, "_ruled_stability", lambda search, count, said: given[count])
    frame, _ = kinds(700, 6.0)
    found = alike(frame, frame.columns, 40, OPTIONS)
    assert (len(found.groups), found.stability) == (2, 0.9)
    given[2] = 0.6
    found = alike(frame, frame.columns, 40, OPTIONS)
    assert (len(found.groups), found.stability) == (3, 0.7)


def test_no_number_of_groups_is_tried_without_one() -> None:
    """Where the smallest group allowed is over half of the visits, nothing is tried."""
    frame, _ = kinds(200, 6.0)
    made = blocks(frame, frame.columns, 0)
    assert compact(made, 2, range(2, 2), 0) == ()
    assert alike(frame, frame.columns, 150, OPTIONS).groups == ()


def test_stability_tells_groups_from_cuts() -> None:
    """Three kinds cut into three are found again; cut into four, at least one group is not."""
    frame, _ = kinds(600, 6.0)
    made = cells(blocks(frame, frame.columns, 0), 2, 0)
    assert stability(made, 3, 0) > 0.95
    assert stability(made, 4, 0) < stability(made, 3, 0)


def test_jaccard_of_the_same_groups_is_one() -> None:
    """Other numbers for the same groups change nothing; a group that is split keeps its larger part."""
    codes = np.array([0, 0, 0, 0, 1, 1])
    assert jaccards(codes, 1 - codes, 2).tolist() == [1, 1]
    assert jaccards(codes, np.array([0, 0, 0, 2, 1, 1]), 2).tolist() == [0.75, 1]


def test_groups_not_found_again_are_said_to_be(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where no number of groups is stable, the most stable one is shown and said not to be found again."""
    monkeypatch.setattr(behaviour, "STABLE", 1.1)
    frame, _ = kinds(500, 6.0)
    found = alike(frame, frame.columns, 40, OPTIONS)
    assert "not all found again" in found.told
    assert len(found.groups) == 3


def test_rules_stop_where_none_tells_a_group() -> None:
    """Groups that no column tells get no rule: all other visits are all visits."""
    rng = np.random.default_rng(3)
    rules = behaviour._rules(pl.DataFrame({"a": ["x"] * 200}), rng.integers(0, 2, 200), 20, 0)
    assert [rule for _, rule in rules] == [()]
