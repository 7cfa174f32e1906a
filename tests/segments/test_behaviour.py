"""Groups of visits that behave alike: found where they are, not where they are not, with rules and what these lose."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from sklearn.metrics import adjusted_rand_score

from clientela.language import Language, retold, speaking
from clientela.models.clustering import blocks
from clientela.models.latent import cells
from clientela.segments import behaviour
from clientela.segments.behaviour import _Rule, alike, compact, jaccards
from clientela.segments.options import SegmentOptions
from clientela.segments.result import Condition
from clientela.segments.shown import askable

OPTIONS = SegmentOptions(most=4)


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fewer references and resamples: what is tested does not hang on their number."""
    monkeypatch.setattr(behaviour, "REFERENCES", 9)
    monkeypatch.setattr(behaviour, "REPEATS", 2)


def kinds(rows: int, apart: float) -> tuple[pl.DataFrame, np.ndarray]:
    """Return visits of three kinds in five columns."""
    rng = np.random.default_rng(1)
    kind = rng.choice(3, rows, p=[0.5, 0.3, 0.2])
    means = np.array([[0, 0, 0, 0], [1, 1, 0, 0], [0, 1, 1, 1]])
    frame = pl.DataFrame(rng.normal(size=(rows, 4)) + apart * means[kind], schema=list("abcd"))
    share = np.array([0.05, 0.95, 0.5])[kind]
    return frame.with_columns(device=pl.Series(np.where(rng.random(rows) < share, "mobile", "desktop"))), kind


def everywhere() -> tuple[pl.DataFrame, np.ndarray]:
    """Return visits of two kinds that show a little in each of eight columns."""
    rng = np.random.default_rng(4)
    kind = rng.random(700) < 0.5
    return pl.DataFrame(rng.normal(size=(700, 8)) + 1.6 * kind[:, None], schema=list("abcdefgh")), kind


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
    monkeypatch.setattr(behaviour, "LINES", (2,))
    # one line, which tells little
    monkeypatch.setattr(behaviour, "counted", lambda asked, *_: (0.5, asked.conditions[:1], asked.holds[:, 0] > 0))
    found = alike(frame, frame.columns, 40, OPTIONS)
    assert found.groups
    assert found.agreement < 0.95
    assert f"{100 * (1 - found.agreement):.0f} % of visits are nearer to another cloud" in found.told
    assert found.looked.tolist() == list(range(700))
    assert len(found.kinds) == 700
    assert "Rules ask 1 of 5 columns; clouds found in all of them would put" in found.told
    with speaking(Language.GERMAN):
        said = retold(f"{found.told} Between the groups lies 3.8 % of the variance of value, between the clouds 4.1 %.")
    assert "Die Regeln fragen nach 1 von 5 Spalten" in said


def test_kinds_that_show_a_little_everywhere_are_told_by_points(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where short plain rules lose much, rules that count points agree with more visits, and are used."""
    frame, kind = everywhere()
    found = alike(frame, frame.columns, 40, OPTIONS)
    monkeypatch.setattr(behaviour, "LINES", (0,))
    plain = alike(frame, frame.columns, 40, OPTIONS)
    assert [item.operator for item in found.groups[0].conditions] == ["points"]
    assert len(found.groups[0].conditions[0].lines) <= 14
    assert all(item.operator != "points" for item in plain.groups[0].conditions)
    assert found.agreement > plain.agreement + 0.05
    assert found.agreement > 0.9
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
    values = np.array([1] * 50 + [2] * 40 + [3] * 10)
    rules = [_Rule(0, (Condition("a", "<=", 1.0),), values <= 1), _Rule(1, (Condition("a", "<=", 2.0),), values <= 2)]
    rules.append(_Rule(2, (), values > 0))
    assert behaviour._large(rules, 20) == [rules[0], rules[2]]
    assert behaviour._large(rules, 10) == rules
    assert behaviour._large(rules, 60) == [rules[2]]
    assert behaviour._large(rules, 10, np.arange(60)) == [rules[0], rules[2]]


def test_clouds_that_no_rule_tells_are_no_groups(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where every rule names too few visits, nothing is claimed, and why is said."""
    monkeypatch.setattr(behaviour, "_best_leaf", lambda *given: (0.0, ()))
    monkeypatch.setattr(behaviour, "counted", lambda asked, inside, some: (0.0, (), np.zeros(700, dtype=bool)))
    frame, _ = kinds(700, 6.0)
    found = alike(frame, frame.columns, 40, OPTIONS)
    assert found.groups == ()
    assert "no short rule tells one of them" in found.told


def test_fewer_groups_are_taken_where_their_rules_are_good(monkeypatch: pytest.MonkeyPatch) -> None:
    """The number falls until rules are stable and true; where they never are, little is no reason for fewer groups."""
    given = {3: (0.7, 1.0), 2: (0.9, 1.0)}
    monkeypatch.setattr(behaviour, "compact", lambda *_: (2, 3))
    monkeypatch.setattr(behaviour, "_again", lambda search, count, said: given[count])
    frame, _ = kinds(700, 6.0)

    def taken() -> tuple[int, float, float]:
        found = alike(frame, frame.columns, 40, OPTIONS)
        return len(found.groups), found.stability, found.agreement

    assert taken() == (2, 0.9, 1.0)
    given[3] = (0.9, 0.8)
    assert taken() == (2, 0.9, 1.0)
    given[2] = (0.6, 1.0)
    assert taken() == (3, 0.9, 0.8)
    given.update({3: (0.80, 1.0), 2: (0.82, 1.0)})
    assert taken() == (3, 0.80, 1.0)
    given[2] = (0.84, 1.0)
    assert taken() == (2, 0.84, 1.0)


def test_the_fewest_lines_that_do_are_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    """Plain rules that tell little are not measured; longer ones that count points only where shorter ones fail."""
    tried = []
    good = {10: 0.8, 12: 0.9}
    monkeypatch.setattr(behaviour, "compact", lambda *_: (2,))
    monkeypatch.setattr(behaviour, "_again", lambda *given: (tried.append(given[0].lines) or good[tried[-1]], 1.0))
    frame, _ = everywhere()
    assert alike(frame, frame.columns, 40, OPTIONS).stability == 0.9
    assert tried == [10, 12]


def test_no_number_of_groups_is_tried_without_one() -> None:
    """Where the smallest group allowed is over half of the visits, nothing is tried."""
    frame, _ = kinds(200, 6.0)
    made = blocks(frame, frame.columns, 0)
    assert compact(made, 2, range(2, 2), 0) == ()
    assert alike(frame, frame.columns, 150, OPTIONS).groups == ()


def test_agreement_is_measured_on_visits_left_out() -> None:
    """Clouds cut by chance agree with no rule on visits that had no part in finding it; clouds that are there do."""
    frame, _ = kinds(600, 6.0)
    made = blocks(frame, frame.columns, 0)
    search = behaviour._Search(cells(made, 2, 0), frame, askable(frame, made.sources), 20, 0)
    measured = {count: behaviour._measured(search, count, frame, 20) for count in (3, 4)}
    assert measured[3] is not None
    assert measured[4] is not None
    assert measured[3].agreement > 0.95
    assert measured[3].stability > 0.95
    assert measured[4].nearness < measured[3].nearness


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
    rules = behaviour._rules(pl.DataFrame({"a": ["x"] * 200}), rng.integers(0, 2, 200), np.arange(200), 20, 0)
    assert [rule.conditions for rule in rules] == [()]
