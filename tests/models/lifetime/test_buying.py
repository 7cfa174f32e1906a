"""How often customers buy: the model against published values, closed forms and customers played one by one."""

import base64
import gzip
import zlib
from collections.abc import Callable
from datetime import date
from pathlib import Path

import msgspec
import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import hyp2f1

from clientela.domain.errors import RefusedError
from clientela.models.lifetime import buying
from clientela.models.lifetime.buying import Buying, fit_buying
from clientela.models.lifetime.maximising import Drawing
from clientela.models.lifetime.purchases import Window, customers, open_ledger
from clientela.models.lifetime.spending import fit_spending
from clientela.tables.frames import from_frame

PUBLISHED = Buying(0.243, 4.414, 0.793, 2.426)
shapes = st.floats(0.05, 20.0)


def play(model: Buying, number: int, cuts: tuple[float, ...], seed: int) -> np.ndarray:
    """Return repeat purchases, week of the last one and whether still active, of customers at each of the cuts."""
    rng = np.random.default_rng(seed)
    rates, stops = rng.gamma(model.r, 1 / model.alpha, number), rng.beta(model.a, model.b, number)
    found = np.zeros((len(cuts), number, 3))
    for customer, (rate, stop) in enumerate(zip(rates, stops, strict=True)):
        state, week = (0, 0.0, True), rng.exponential(1 / rate)
        for place, cut in enumerate(cuts):
            while week < cut and state[2]:
                state = (state[0] + 1, week, bool(rng.random() >= stop))
                week += rng.exponential(1 / rate)
            found[place, customer] = state
    return found


@pytest.fixture(scope="module")
def cdnow_sample(real_data: Callable[[str], Path], root: Path) -> pl.DataFrame:
    """Return the customers of the tenth of CDNOW at 1997-09-30."""
    packed = base64.b64decode((root / "tests" / "models" / "lifetime" / "cdnow_sample.txt").read_text())
    chosen = np.flatnonzero(np.unpackbits(np.frombuffer(zlib.decompress(packed), dtype=np.uint8)))
    with gzip.open(real_data("cdnow_master.txt.gz"), "rt") as file:
        lines = [line.split() for line in file if line[:6].strip().isdigit()]
    frame = pl.DataFrame([(int(n), d, float(m)) for n, d, _, m in lines], schema=["who", "day", "paid"], orient="row")
    frame = frame.filter(pl.col("who").is_in(chosen.tolist())).with_columns(pl.col("day").str.to_date("%Y%m%d"))
    with from_frame(frame) as table:
        ledger = open_ledger(table, "who", "day", "paid")
        return customers(ledger, [Window(date(1997, 9, 30), date(1998, 6, 30))])[0][0]


def test_published_parameters_are_found(cdnow_sample: pl.DataFrame) -> None:
    """On the tenth of CDNOW the parameters of both papers come out to all digits that they print."""
    known = [cdnow_sample[name].to_numpy() for name in ("frequency", "recency", "age", "mean_amount")]
    found = fit_buying(*known[:3])
    assert cdnow_sample.height == 2357
    assert np.round([found.r, found.alpha, found.a, found.b], 3).tolist() == [0.243, 4.414, 0.793, 2.426]
    assert round(found.maximum.log_likelihood, 1) == -9582.4
    spent = fit_spending(known[0], known[3])
    assert np.round([spent.p, spent.q, spent.gamma], 2).tolist() == [6.25, 3.74, 15.44]
    assert spent.maximum.units == 946


@given(shapes, shapes, shapes, shapes, st.integers(0, 40), st.floats(0.1, 1.0), st.floats(1.0, 100.0))
def test_slopes_are_those_of_the_likelihood(
    r: float, alpha: float, a: float, b: float, frequency: int, share: float, age: float
) -> None:
    """The exact slopes equal differences of the likelihood."""
    point = np.log([r, alpha, a, b])
    data = np.array([float(frequency)]), np.array([0]), np.array([share * age if frequency else 0.0]), np.array([age])
    slopes = np.array(buying._terms(*data, point)[1:]).ravel()
    for place in range(4):
        step = np.eye(4)[place] * 1e-5
        above, below = buying._terms(*data, point + step)[0], buying._terms(*data, point - step)[0]
        assert slopes[place] == pytest.approx(float((above - below)[0]) / 2e-5, rel=1e-4, abs=1e-5)


@given(shapes, shapes, shapes.filter(lambda a: abs(a - 1) > 0.05), shapes, st.integers(0, 30), st.floats(1.0, 60.0))
def test_expectation_is_the_closed_form(r: float, alpha: float, a: float, b: float, frequency: int, age: float) -> None:
    """Expected purchases equal equation 10 of Fader, Hardie and Lee (2005), where that can be computed."""
    recency, weeks, x = age / 2 if frequency else 0.0, 26.0, float(frequency)
    found = Buying(r, alpha, a, b).expected(np.array([x]), np.array([recency]), np.array([age]), weeks)
    gauss = hyp2f1(r + x, b + x, a + b + x - 1, weeks / (alpha + age + weeks))
    top = (a + b + x - 1) / (a - 1) * (1 - ((alpha + age) / (alpha + age + weeks)) ** (r + x) * gauss)
    bottom = 1 + (x > 0) * a / (b + max(x, 1) - 1) * ((alpha + age) / (alpha + recency)) ** (r + x)
    assert found[0] == pytest.approx(top / bottom, rel=1e-6, abs=1e-9)


def test_expectation_has_no_hole_at_a_of_one() -> None:
    """Where the closed form divides by zero, the expectation lies between its neighbours."""
    one = np.array([3.0]), np.array([20.0]), np.array([30.0])
    values = [Buying(0.5, 5, a, 2).expected(*one, 20.0)[0] for a in (0.99, 1.0, 1.01)]
    assert values[0] > values[1] > values[2]
    assert values[1] == pytest.approx((values[0] + values[2]) / 2, rel=1e-4)


def test_distribution_is_that_of_customers_played_one_by_one() -> None:
    """Of 40,000 customers played for 39 weeks and on, those alike then buy as the distribution says."""
    model = Buying(0.8, 5.0, 0.8, 2.4)
    before, whole = play(model, 40_000, (39.0, 78.0), 1)
    rows = (before[:, 0] == 1) & (before[:, 1] > 15) & (before[:, 1] < 25)
    later = whole[rows, 0] - before[rows, 0]
    alive = model.alive(before[rows, 0], before[rows, 1], np.full(rows.sum(), 39.0))
    error = 3.5 / np.sqrt(rows.sum())
    assert alive.mean() == pytest.approx(before[rows, 2].mean(), abs=error / 2)
    expected = model.expected(before[rows, 0], before[rows, 1], np.full(rows.sum(), 39.0), 39.0)
    assert expected.mean() == pytest.approx(later.mean(), abs=error * later.std())
    [(_, shares)] = model.counts(np.array([1.0]), np.array([39.0]), 39.0)
    for count in (1, 2, 3):
        assert shares[0, count] * alive.mean() == pytest.approx((later == count).mean(), abs=error / 2)


@given(shapes, shapes, shapes, shapes, st.integers(0, 200), st.floats(0.5, 200.0))
def test_distribution_sums_to_one(r: float, alpha: float, a: float, b: float, frequency: int, weeks: float) -> None:
    """Whatever the parameters, probabilities are none below 0 and sum to 1."""
    [(_, shares)] = Buying(r, alpha, a, b).counts(np.array([float(frequency)]), np.array([50.0]), weeks)
    assert shares.min() >= 0
    assert shares.sum() == pytest.approx(1.0, abs=1e-6)


def test_many_customers_are_worked_out_in_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    """Little memory changes nothing but the number of pieces."""
    frequency, age = np.arange(30.0), np.linspace(5, 80, 30)
    [(order, whole)] = PUBLISHED.counts(frequency, age, 39.0)
    monkeypatch.setattr(buying, "CELLS", 200)
    pieces = PUBLISHED.counts(frequency, age, 39.0)
    assert len(pieces) > 3
    assert sorted(np.concatenate([rows for rows, _ in pieces]).tolist()) == list(range(30))
    for rows, shares in pieces:
        for row, line in zip(rows, shares, strict=True):
            same = whole[np.flatnonzero(order == row)[0]]
            assert np.allclose(line, same[: len(line)], atol=1e-8)


def test_silence_speaks_against_frequent_buyers() -> None:
    """Without a repeat purchase nobody has stopped; else silence lowers the probability, more so of frequent buyers."""
    never = PUBLISHED.alive(np.zeros(1), np.zeros(1), np.array([100.0]))
    soon, late = PUBLISHED.alive(np.full(2, 3.0), np.array([20.0, 5.0]), np.full(2, 25.0))
    often = PUBLISHED.alive(np.array([12.0]), np.array([5.0]), np.array([25.0]))
    assert never[0] == 1.0
    assert 0 < often[0] < late < soon < 1


def test_parameters_are_recovered() -> None:
    """From 6,000 customers played one by one the intervals hold the parameters they were played with."""
    model = Buying(0.8, 5.0, 0.8, 2.4)
    [seen] = play(model, 6000, (40.0,), 5)
    found = fit_buying(seen[:, 0], seen[:, 1], np.full(6000, 40.0)).maximum
    truth = np.log([0.8, 5.0, 0.8, 2.4])
    assert found.method == "likelihood"
    assert (np.array(found.low) < truth).all()
    assert (truth < np.array(found.high)).all()


def test_little_is_said_of_stopping_where_nobody_stops() -> None:
    """Of customers who never stop, intervals of the parameters of stopping span a factor of 50, others stay sharp."""
    rng = np.random.default_rng(2)
    rates = rng.gamma(2.0, 0.1, 400)
    frequency = rng.poisson(rates * 50).astype(float)
    recency = np.where(frequency > 0, 50 * rng.random(400) ** (1 / np.maximum(frequency, 1)), 0.0)
    found = fit_buying(frequency, recency, np.full(400, 50.0), Drawing(20))
    assert found.a / (found.a + found.b) < 0.01
    assert found.maximum.method == "bootstrap by customer"
    low, high = np.array(found.maximum.low), np.array(found.maximum.high)
    assert low[0] < np.log(2.0) < high[0]
    assert high[0] - low[0] < 1
    assert (high - low)[2:].min() > np.log(50)
    assert msgspec.json.decode(msgspec.json.encode(found), type=Buying) == found


def test_customers_who_never_come_back_are_refused() -> None:
    """Without one repeat purchase there is nothing to learn."""
    with pytest.raises(RefusedError, match="more than one day"):
        fit_buying(np.zeros(50), np.zeros(50), np.full(50, 10.0))
