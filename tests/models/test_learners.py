"""Tests of the two learners."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import polars as pl
import pytest
from scipy.special import expit
from sklearn.linear_model import LogisticRegression

from clientela.models.learners import PENALTY, Effort, Growing, Line, Trees, _boost, fit_line, fit_trees, started
from clientela.models.recipe import Recipe, fit_recipe


def _signal(rows: int = 300) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(4)
    matrix = rng.normal(size=(rows, 3))
    return matrix, rng.random(rows) < expit(matrix[:, 0] - 0.5 * matrix[:, 1])


def test_line_equals_scikit_learn() -> None:
    """The penalised line is the one scikit-learn finds with the same penalty."""
    matrix, yes = _signal()
    line = fit_line(matrix, yes, penalty=PENALTY)
    peer = LogisticRegression(C=1 / PENALTY, tol=1e-10, max_iter=1000).fit(matrix, yes)
    assert line.coefficients == pytest.approx(peer.coef_[0], abs=1e-4)
    assert line.intercept == pytest.approx(peer.intercept_[0], abs=1e-4)
    assert line.log_odds(matrix) == pytest.approx(peer.decision_function(matrix), abs=1e-3)


def _evidence(matrix: np.ndarray, yes: np.ndarray, penalty: float, line: Line) -> float:
    """Return the log likelihood of the rows under a penalty, all coefficients integrated out (Laplace)."""
    slopes, odds = np.array(line.coefficients), line.log_odds(matrix)
    whole = np.column_stack([matrix, np.ones(len(matrix))])
    chance = expit(odds)
    bent = (whole * (chance * (1 - chance))[:, None]).T @ whole + np.diag([penalty] * len(slopes) + [0.0])
    fitted = float((yes * odds - np.logaddexp(0, odds)).sum() - penalty / 2 * slopes @ slopes)
    return fitted + len(slopes) / 2 * np.log(penalty) - float(np.linalg.slogdet(bent)[1]) / 2


def test_the_penalty_is_the_one_that_the_rows_speak_for() -> None:
    """Where columns tell little, no penalty of a grid makes the rows much likelier than the one that is found."""
    rng = np.random.default_rng(150)
    matrix = rng.normal(size=(150, 40))
    yes = rng.random(150) < expit(0.1 * matrix @ rng.normal(size=40))
    found = np.square(fit_line(matrix, yes).coefficients).sum()
    lines = {penalty: fit_line(matrix, yes, penalty=penalty) for penalty in PENALTY * 1.6 ** np.arange(8)}
    near = min(lines, key=lambda penalty: abs(np.square(lines[penalty].coefficients).sum() - found))
    evidence = {penalty: _evidence(matrix, yes, penalty, line) for penalty, line in lines.items()}
    assert near > 2 * PENALTY
    assert evidence[near] > max(evidence.values()) - 0.5
    assert evidence[near] > evidence[PENALTY] + 2


def test_a_strong_line_keeps_the_least_penalty() -> None:
    """Where columns tell much, coefficients are those of the least penalty."""
    matrix, yes = _signal()
    assert fit_line(matrix, yes) == fit_line(matrix, yes, penalty=PENALTY)


def test_trees_tell_the_signal_and_repeat() -> None:
    """Trees rank by the signal, give the same text for the same seed, and hold no settings of the run."""
    matrix, yes = _signal()
    trees = fit_trees(Recipe(()), matrix, yes, seed=1)
    odds = trees.log_odds(matrix)
    assert odds[yes].mean() > odds[~yes].mean() + 0.5
    assert fit_trees(Recipe(()), matrix, yes, seed=1) == trees
    assert fit_trees(Recipe(()), matrix, yes, seed=2) != trees
    assert "num_threads" not in trees.text
    assert Trees.from_bytes(trees.to_bytes()).log_odds(matrix).tolist() == odds.tolist()
    assert trees.width == 3


def test_contributions_add_up_to_the_log_odds() -> None:
    """What the columns add differs between rows exactly as the log-odds do."""
    matrix, yes = _signal()
    trees, line = fit_trees(Recipe(()), matrix, yes, seed=1), fit_line(matrix, yes)
    for learner in (trees, line):
        rest = learner.log_odds(matrix) - learner.contributions(matrix).sum(axis=1)
        assert np.ptp(rest) < 1e-9


def test_one_answer_only_gives_the_base_rate() -> None:
    """Rows with one answer, or without columns, give a constant, in trees and in lines."""
    matrix = np.zeros((9, 2))
    trees = fit_trees(Recipe(()), matrix, np.ones(9, dtype=bool), seed=0)
    line = fit_line(matrix, np.zeros(9, dtype=bool))
    assert trees.log_odds(matrix).tolist() == [pytest.approx(np.log(19))] * 9
    assert trees.contributions(matrix).shape == (9, 2)
    assert trees.width == 0
    assert Trees.from_bytes(trees.to_bytes()) == trees
    assert line == Line(pytest.approx(-np.log(19)), (0.0, 0.0))
    assert fit_line(np.zeros((4, 0)), np.array([True, False, True, False])).log_odds(np.zeros((2, 0))).tolist() == [
        0,
        0,
    ]
    assert fit_trees(Recipe(()), np.zeros((4, 0)), np.array([True, False] * 2), seed=0).text == ""


def test_no_rows_give_no_answers() -> None:
    """An empty matrix gives an empty answer."""
    matrix, yes = _signal()
    assert len(fit_trees(Recipe(()), matrix, yes, seed=1).log_odds(matrix[:0])) == 0


def test_trees_that_grow_answer_as_those_that_are_kept() -> None:
    """Trees boosted in steps give the log-odds and contributions of trees written down, whatever the answers."""
    rng = np.random.default_rng(8)
    frame = pl.DataFrame({"x": rng.normal(size=300), "k": rng.choice(["a", "b", "c"], 300)})
    recipe = fit_recipe(frame, frame.columns)
    matrix = recipe.trees(frame)
    for yes in (rng.random(300) < 0.3, np.zeros(300, dtype=np.bool_)):
        growing = Growing(recipe, (matrix, matrix[:50]), yes, 4, Effort(bags=2))
        for stage in (0.05, 0.1, 0.1, 0.3):
            kept = fit_trees(recipe, matrix, yes, 4, Effort(stage, bags=2))
            assert growing.log_odds(stage) == pytest.approx(kept.log_odds(matrix[:50]), abs=1e-12)
        short = fit_trees(recipe, matrix, yes, 4, Effort(0.1, bags=2))
        assert growing.contributions(matrix[:9], 0.1) == pytest.approx(short.contributions(matrix[:9]), abs=1e-9)


def test_lightgbm_is_silent_in_a_thread_that_started_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    """Fits that go on in another thread, after answers were asked for there, print nothing on standard output."""
    matrix, yes = _signal(60)
    recipe = fit_recipe(pl.DataFrame(matrix, schema=["a", "b", "c"]), ["a", "b", "c"])
    first, second = (started(recipe, matrix, yes, seed, Effort(bags=1)) for seed in (1, 2))

    def go_on() -> None:
        _boost(first[0], 3)
        first[0].predict(matrix, num_threads=1)
        _boost(second[0], 40)

    with ThreadPoolExecutor(1) as pool:
        pool.submit(go_on).result()
    assert capfd.readouterr().out == ""
