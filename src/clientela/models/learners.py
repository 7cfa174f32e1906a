"""The two learners of a yes-or-no question: a few conservative boosted models and a penalised line.

Both are held as data (LightGBM's text, coefficients) and answer in log-odds.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import lightgbm
import msgspec
import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import expit

from clientela.models.bagging import average
from clientela.models.forest import Forest
from clientela.models.optimising import lowest
from clientela.models.recipe import SMALLEST, Recipe
from clientela.models.values import FloatArray

BAGS = 3
"""Fits that the mean is taken of, against chance."""
ROUNDS = 300
"""Rounds of boosting at most: how many of them are taken is settled out of sample."""
FEW_ROWS = 1_000
"""Below so many rows half the rounds: on 500 rows of three tables more than 100 never made trees better."""
LEAVES = ((5_000, 7), (20_000, 15))
"""Leaves of a tree of fewer rows than that; more rows carry `MOST_LEAVES`."""
MOST_LEAVES = 31
ROWS_PER_LEAF = 20
"""Rows of a leaf at least, where there are 1,000."""
ROWS_PER_CATEGORY = 40
"""Rows by which the average of a category is drawn to that of all when categories are put in order: with LightGBM's own
10 those of a few dozen rows are learned by heart."""
PENALTY = 10.0
"""Weight of half the squared coefficients against the sum of log losses: a prior deviation of about .3. No line has
less, and the quick ones of comparisons have just that."""
LARGEST_PENALTY = 1000.0
TURNS = 4
ALIKE = 1.3
"""A penalty less than so many times the one before is not worth another fit."""
DIGITS = 9
"""Significant digits of a coefficient: beyond them machines differ."""


class _Silence:
    """Takes what LightGBM's Python part says."""

    def info(self, message: str) -> None:
        """Take a remark."""

    def warning(self, message: str) -> None:
        """Take a warning."""


lightgbm.register_logger(_Silence())


class Trees(msgspec.Struct, frozen=True, dict=True):
    """Gradient-boosted trees.

    Attributes:
        text: LightGBM's own text; "" where the training rows had one answer only.
        constant: Log-odds where there is no text.
    """

    text: str
    constant: float = 0.0

    @cached_property
    def booster(self) -> lightgbm.Booster:
        """The trees as LightGBM holds them, for contributions; read from their text once."""
        return lightgbm.Booster(model_str=self.text)

    @cached_property
    def forest(self) -> Forest:
        """The trees as tables, for answers; read from their text once."""
        return Forest(self.text)

    @property
    def width(self) -> int:
        """Columns of the matrix it takes; 0 where it takes any."""
        return self.forest.width if self.text else 0

    def log_odds(self, matrix: FloatArray) -> FloatArray:
        """Return the log-odds of yes for every row of a tree matrix."""
        return self.forest.log_odds(matrix) if self.text else np.full(len(matrix), self.constant)

    def to_bytes(self) -> bytes:
        """Return the trees as the content of a file: LightGBM's text, or the constant alone."""
        return (self.text or f"constant={self.constant!r}\n").encode()

    @classmethod
    def from_bytes(cls, content: bytes) -> Trees:
        """Return the trees that `to_bytes` wrote.

        Raises:
            ValueError: The content is no such text.

        >>> Trees.from_bytes(Trees("", 0.5).to_bytes()).constant
        0.5
        """
        text = content.decode()
        head, _, value = text.partition("=")
        return cls("", float(value)) if head == "constant" else cls(text)

    def contributions(self, matrix: FloatArray) -> FloatArray:
        """Return what each column adds to the log-odds, per row (exact, Lundberg et al. 2020)."""
        if not self.text or len(matrix) == 0:
            return np.zeros(matrix.shape)
        found = self.booster.predict(matrix, pred_contrib=True, num_threads=1)
        return np.asarray(found, dtype=np.float64)[:, :-1]


class Line(msgspec.Struct, frozen=True):
    """A penalised logistic regression.

    Attributes:
        intercept: Log-odds where every column is 0.
        coefficients: One per column of the line matrix.
    """

    intercept: float
    coefficients: tuple[float, ...]

    def log_odds(self, matrix: FloatArray) -> FloatArray:
        """Return the log-odds of yes for every row of a line matrix."""
        odds = np.zeros(len(matrix))
        # Not a matrix product: its last digits depend on how many rows come together.
        for column, slope in zip(matrix.T, self.coefficients, strict=True):
            odds += slope * column
        return odds + self.intercept

    def contributions(self, matrix: FloatArray) -> FloatArray:
        """Return what each column adds to the log-odds, per row."""
        return np.asarray(matrix * np.array(self.coefficients, dtype=np.float64), dtype=np.float64)


@dataclass(frozen=True)
class Effort:
    """How far trees are fitted.

    Attributes:
        stage: Share of the rounds to fit.
        bags: How many fits the mean is taken of where rows are few.
        rounds: Rounds that the stage is a share of; None for what suits the number of rows.
    """

    stage: float = 1.0
    bags: int = BAGS
    rounds: int | None = None

    def of(self, rows: int) -> tuple[int, int]:
        """Return how many fits the mean is taken of for so many rows, and the rounds that the stage is a share of."""
        return self.bags, self.rounds or (ROUNDS // 2 if rows < FEW_ROWS else ROUNDS)


WHOLE = Effort()


def fit_trees(
    recipe: Recipe,
    matrix: FloatArray,
    yes: NDArray[np.bool_],
    seed: int,
    effort: Effort = WHOLE,
    weights: FloatArray | None = None,
) -> Trees:
    """Return conservative trees as LightGBM's text, the mean of the fits of `boosted`.

    Args:
        recipe: The recipe behind the matrix; says which columns are categories.
        matrix: Tree matrix of the training rows.
        yes: Their answers.
        seed: Seed.
        effort: How far to fit.
        weights: How much each row counts; None where all count the same.
    """
    if matrix.shape[1] == 0 or _single(yes):
        return Trees("", _log_odds_of(yes))
    fits = boosted(recipe, matrix, yes, seed, effort, weights)
    return Trees(average([_bare(booster.model_to_string()) for booster in fits]))


class Growing:
    """Conservative trees that are boosted as far as they are asked for: asked and forgotten, never kept.

    See `boosted` for the settings.

    Args:
        recipe: The recipe behind the matrices.
        matrices: Tree matrix of the training rows, and of the rows asked.
        yes: Answers of the training rows.
        seed: Seed.
        effort: How far stage 1 is.
        weights: How much each row counts; None where all count the same.
    """

    def __init__(
        self,
        recipe: Recipe,
        matrices: tuple[FloatArray, FloatArray],
        yes: NDArray[np.bool_],
        seed: int,
        effort: Effort,
        weights: FloatArray | None = None,
    ) -> None:
        train, self._asked = matrices
        single = train.shape[1] == 0 or _single(yes)
        self._fits = [] if single else started(recipe, train, yes, seed, effort, weights)
        self._rounds = effort.of(len(yes))[1]
        self._ends = {0.0: [0] * len(self._fits)}
        self._odds = np.full(len(self._asked), _log_odds_of(yes) if single else 0.0)

    def log_odds(self, stage: float = 1.0) -> FloatArray:
        """Return the log-odds of the rows asked after a share of the rounds, no smaller than any asked for before."""
        if not self._fits or stage in self._ends:
            return self._odds
        last = max(self._ends)
        for fit in self._fits:
            _boost(fit, math.ceil(stage * self._rounds) - math.ceil(last * self._rounds))
        # a round in which nothing could be split leaves no tree
        self._ends[stage] = [fit.current_iteration() for fit in self._fits]
        spans = zip(self._fits, self._ends[last], self._ends[stage], strict=True)
        more = [
            fit.predict(self._asked, raw_score=True, start_iteration=start, num_iteration=end - start, num_threads=1)
            for fit, start, end in spans
            if end > start
        ]
        self._odds = self._odds + np.sum(more, axis=0) / len(self._fits) if more else self._odds
        return self._odds

    def contributions(self, matrix: FloatArray, stage: float) -> FloatArray:
        """Return what each column adds to the log-odds of other rows, per row, at a stage asked for before."""
        if not self._fits or len(matrix) == 0:
            return np.zeros(matrix.shape)
        found = [
            fit.predict(matrix, pred_contrib=True, num_iteration=end, num_threads=1)
            for fit, end in zip(self._fits, self._ends[stage], strict=True)
        ]
        return np.asarray(np.mean(found, axis=0), dtype=np.float64)[:, :-1]


def boosted(
    recipe: Recipe,
    matrix: FloatArray,
    yes: NDArray[np.bool_],
    seed: int,
    effort: Effort,
    weights: FloatArray | None = None,
) -> list[lightgbm.Booster]:
    """Fit conservative trees: slow steps, few leaves, large leaves, part of rows and columns at a time.

    The mean of several fits with other draws of rows and columns is taken (Breiman 1996).
    One thread: LightGBM's threads wait for each other by spinning, which on a busy machine
    costs ten times what they bring. Several fits run beside each other instead.

    Args:
        recipe: The recipe behind the matrix; says which columns are categories.
        matrix: Tree matrix of the training rows.
        yes: Their answers.
        seed: Seed.
        effort: How far to fit.
        weights: How much each row counts; None where all count the same.

    Returns:
        The fits.
    """
    fits = started(recipe, matrix, yes, seed, effort, weights)
    rounds = math.ceil(effort.stage * effort.of(len(yes))[1])
    for fit in fits:
        _boost(fit, rounds)
    return fits


def started(
    recipe: Recipe,
    matrix: FloatArray,
    yes: NDArray[np.bool_],
    seed: int,
    effort: Effort,
    weights: FloatArray | None = None,
) -> list[lightgbm.Booster]:
    """Return the fits of `boosted` before their first round."""
    rows = len(yes)
    settings = {
        "objective": "binary",
        "learning_rate": 0.04,
        "num_leaves": next((leaves for most, leaves in LEAVES if rows < most), MOST_LEAVES),
        "min_data_in_leaf": int(np.clip(rows // 50, 5, ROWS_PER_LEAF)),
        "min_data_in_bin": 3,
        # no column excludes another: the search for such columns only costs
        "enable_bundle": False,
        "bagging_fraction": 0.7,
        "bagging_freq": 1,
        "feature_fraction_bynode": 0.4,
        "lambda_l2": 5.0,
        "max_cat_to_onehot": 4,
        "cat_smooth": ROWS_PER_CATEGORY,
        "deterministic": True,
        "force_row_wise": True,
        "num_threads": 1,
        "verbosity": -1,
    }
    data = lightgbm.Dataset(
        matrix,
        label=yes.astype(np.float64),
        weight=weights,
        categorical_feature=list(recipe.categorical),
        params=settings,
    )
    return [lightgbm.Booster(settings | {"seed": BAGS * seed + bag}, data) for bag in range(effort.of(rows)[0])]


def _boost(booster: lightgbm.Booster, rounds: int) -> None:
    """Boost further, without the text that `lightgbm.train` writes and reads again at the end."""
    _hush()
    for _ in range(rounds):
        booster.update()


def _hush() -> None:
    """Keep LightGBM silent in this thread.

    It holds by thread how much it says, all of it on standard output until something there was made with the setting;
    fits are boosted in other threads than they were started in, and answers that were asked for set it back.
    """
    lightgbm.Dataset(np.zeros((2, 1)), params={"verbosity": -1, "num_threads": 1}).construct()


def _bare(text: str) -> str:
    """Return LightGBM's text without the settings of the run, the number of threads among them."""
    head, _, rest = text.partition("\nparameters:")
    return head + rest.partition("end of parameters\n")[2]


def fit_line(
    matrix: FloatArray, yes: NDArray[np.bool_], weights: FloatArray | None = None, penalty: float | None = None
) -> Line:
    """Fit a logistic regression with a ridge penalty (le Cessie and van Houwelingen 1992).

    Args:
        matrix: Line matrix of the training rows.
        yes: Their answers.
        weights: How much each row counts; None where all count the same.
        penalty: Weight of half the squared coefficients; None for what the rows themselves speak for, `PENALTY` at
            least: more where rows are few or columns tell little.

    Returns:
        The line; coefficients 0 where the rows have one answer only.
    """
    width = matrix.shape[1]
    if width == 0 or _single(yes):
        return Line(_log_odds_of(yes), (0.0,) * width)
    counts = np.ones(len(yes)) if weights is None else weights
    point = np.append(np.zeros(width), _log_odds_of(yes))
    held = PENALTY if penalty is None else penalty
    point = _ridge(matrix, yes, counts, held, point)
    for _ in range(TURNS if penalty is None else 0):
        before, held = held, _evident(matrix, counts, held, point)
        if max(held, before) < ALIKE * min(held, before):
            break
        point = _ridge(matrix, yes, counts, held, point)
    rounded = [float(f"{value:.{DIGITS}g}") for value in point]
    return Line(rounded[-1], tuple(rounded[:-1]))


def _ridge(
    matrix: FloatArray, yes: NDArray[np.bool_], counts: FloatArray, penalty: float, start: FloatArray
) -> FloatArray:
    """Return coefficients and intercept."""
    target = yes.astype(np.float64)

    def loss(point: FloatArray) -> tuple[float, FloatArray]:
        slopes = point[:-1]
        odds = matrix @ slopes + point[-1]
        value = float(counts @ np.logaddexp(0.0, odds) - (counts * target) @ odds + penalty / 2 * slopes @ slopes)
        gaps = counts * (expit(odds) - target)
        return value / len(target), np.concatenate([matrix.T @ gaps + penalty * slopes, [gaps.sum()]]) / len(target)

    return lowest(loss, start)[0]


def _evident(matrix: FloatArray, counts: FloatArray, penalty: float, point: FloatArray) -> float:
    """Return the penalty under which the rows are likelier, by one turn of MacKay (1992).

    It is the number of coefficients that the rows settle, and not the penalty, per unit of their squares.
    """
    slopes, width = point[:-1], matrix.shape[1]
    chance = expit(matrix @ slopes + point[-1])
    whole = np.column_stack([matrix, np.ones(len(matrix))])
    bent = (whole * (counts * chance * (1 - chance))[:, None]).T @ whole
    bent[np.diag_indices(width)] += penalty
    settled = width - penalty * float(np.trace(np.linalg.inv(bent)[:width, :width]))
    return float(np.clip(settled / max(float(slopes @ slopes), SMALLEST), PENALTY, LARGEST_PENALTY))


def _single(yes: NDArray[np.bool_]) -> bool:
    return bool(yes.all()) or not bool(yes.any())


def _log_odds_of(yes: ArrayLike) -> float:
    """Return the log-odds of a share, half an answer added to each side."""
    answers = np.asarray(yes, dtype=np.float64)
    return math.log((float(answers.sum()) + 0.5) / (float((1 - answers).sum()) + 0.5))
