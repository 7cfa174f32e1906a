"""Customer lifetime value: what every customer will buy and spend in the time ahead, judged on time that has passed."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta

import msgspec
import numpy as np
import polars as pl

from clientela.domain.errors import InputError, RefusedError
from clientela.domain.estimate import Estimate
from clientela.domain.progress import SILENT, Progress
from clientela.models.lifetime.ahead import Levels, corrected
from clientela.models.lifetime.correcting import (
    LEAST,
    LEAST_BUYERS,
    crossed_factors,
    deviance,
    fit_correction,
    matrix_of,
)
from clientela.models.lifetime.foretold import Past, by_frequency, compared, covered, told_total
from clientela.models.lifetime.maximising import Drawing
from clientela.models.lifetime.purchases import HISTORY, LATER, VISITOR, WEEK, Reckoning, Window, customers, open_ledger
from clientela.models.lifetime.result import (
    Concentration,
    Coverage,
    Forecast,
    FrequencyRow,
    LifetimeOptions,
    LifetimeResult,
    Parameter,
)
from clientela.models.lifetime.valuing import ValueModel, fit_value
from clientela.models.values import FloatArray
from clientela.tables.table import Table

REPEATS, ALL, TREES = "repeat amounts", "all amounts", " and trees"
NAIVE = "same as last period"
DEFAULTS = LifetimeOptions()
SHORTEST = 2
"""Weeks that a cut must leave on each side."""
EARLIER = 4
"""Most cuts before the one judged that show how far totals are off."""
JUDGED = 200_000
"""Most customers of a past cut that are learned from and judged on."""
SHARES = (0.01, 0.05, 0.1, 0.2, 0.5)
"""Shares of customers at which the concentration of value is told."""
MANY_RETURNS = 0.02
"""Returns beyond this share of the purchases are worth a note."""
HEAVY = 2.0
"""Shape of the distribution of rates below which amounts have no variance."""
GONE = 0.5
"""Probability of still buying below which a customer counts as taken to have stopped."""
TIED = 0.2
"""Rank correlation of number and amount beyond which the model's assumption is worth a note."""


@dataclass(frozen=True)
class Valued:
    """Everything `lifetime` makes.

    Attributes:
        result: What was found.
        model: The model, to score customers with; plain data that goes through JSON.
        customers: One row per customer: `VISITOR`, `HISTORY`, the probability of still buying, expected
            purchases and spend with their intervals.
    """

    result: LifetimeResult
    model: ValueModel
    customers: pl.DataFrame


def lifetime(
    table: Table,
    visitor: str,
    time: str,
    amount: str,
    options: LifetimeOptions = DEFAULTS,
    progress: Progress = SILENT,
) -> Valued:
    """Foretell what every customer will buy and spend.

    How often is bought and when a customer stops: BG/NBD (Fader, Hardie and Lee 2005). How
    much is spent: Gamma-Gamma (Fader and Hardie 2013). Whether the first amount counts and
    whether trees correct the spend is chosen on an inner cut, the simplest that is not clearly
    beaten; all is judged on time after a later cut, and then fitted on all days.

    Args:
        table: One row per purchase, or per line of one.
        visitor: Column that tells customers apart.
        time: Column with the day or time.
        amount: Column with the amount in money, negative for returns.
        options: Horizon, seed, resamples.
        progress: Takes word of how far it is.

    Returns:
        Result, model and customers.

    Raises:
        ColumnError: A column is not there.
        InputError: The amount is no number, or the horizon is no number of days.
        RefusedError: There are no dates, too few customers, or none came back.
    """
    ledger = open_ledger(table, visitor, time, amount, visits=options.visits)
    windows, days = _windows(ledger.first, ledger.last, options.horizon_days)
    earlier = _earlier(ledger.first, windows)
    frames, reckoning = customers(ledger, (*earlier, *windows), progress)
    known = max((frame.height for frame in frames[:-1]), default=0)
    frames = [*(_drawn(frame, options.seed) for frame in frames[:-1]), frames[-1]]
    progress.update("fitting", 0.5)
    weeks = days / WEEK
    older, frames = frames[: len(earlier)], frames[len(earlier) :]
    settled = _settle(frames[:-1], windows[:-1], options)
    progress.update("judging", 0.7)
    judged = _judge(settled, frames, windows, options)
    progress.update("valuing customers", 0.9)
    now = frames[-1]
    base = fit_value(now, settled.first, weeks, Drawing(options.resamples, options.seed))
    model = msgspec.structs.replace(judged.model, buying=base.buying, spending=base.spending, weeks=weeks)
    scored = pl.concat([now.select(VISITOR, *HISTORY), model.score(now)], how="horizontal")
    alive, purchases, spend = told_total(model, now, (*_pasts(older, model), *judged.past))
    result = LifetimeResult(
        visitor=visitor,
        time=time,
        amount=amount,
        first=ledger.first,
        last=ledger.last,
        customers=now.height,
        reckoning=reckoning,
        horizon_days=days,
        chosen=settled.chosen,
        parameters=_parameters(model),
        alive=alive,
        total_purchases=purchases,
        total_spend=spend,
        judged=windows[-2] if len(windows) > 1 else None,
        forecasts=judged.forecasts,
        by_frequency=judged.by_frequency,
        coverage=judged.coverage,
        concentration=_concentration(scored["expected_spend"].to_numpy()),
        half_of_value=_holders(scored["expected_spend"].to_numpy()),
        notes=(*_notes(model, now, reckoning, judged), *_sampled(known)),
        seed=options.seed,
    )
    progress.update("valued", 1.0)
    return Valued(result, model, scored)


def customers_ahead(
    table: Table, visitor: str, time: str, amount: str, horizon_days: int | None = None, seed: int = 0
) -> pl.DataFrame:
    """Return customers at a cut in the past with what they spent after it, to learn from.

    Nothing in the features comes from after the cut: the models behind them are fitted on the days before it.

    Args:
        table: As in `lifetime`.
        visitor: Column that tells customers apart.
        time: Column with the day or time.
        amount: Column with the amount in money.
        horizon_days: Days after the cut, up to the last day; a third of the days where None.
        seed: Seed.

    Returns:
        One row per customer known at the cut: `VISITOR`; `HISTORY`; `alive`, `expected_purchases` and
        `expected_spend` by the model as published; and what came, `LATER`: `later_spend` is the spend to
        make revenue groups of, `previous_spend` the one of the period before.

    Raises:
        RefusedError: There are too few days for a cut, too few customers, or none came back.
    """
    ledger = open_ledger(table, visitor, time, amount)
    windows, days = _windows(ledger.first, ledger.last, horizon_days)
    if len(windows) == 1:
        raise RefusedError("The table spans too few days for a cut with time before and after it.")
    frames, _ = customers(ledger, windows[-2:-1])
    model = fit_value(frames[0], False, days / WEEK, Drawing(0, seed))
    whole = pl.concat([frames[0], model.expect(frames[0])], how="horizontal")
    return whole.select(VISITOR, *HISTORY, "alive", "expected_purchases", "expected_spend", *LATER)


def _drawn(frame: pl.DataFrame, seed: int) -> pl.DataFrame:
    """Return the customers of a past cut, or as many of them drawn by seed as are enough to judge on."""
    if frame.height <= JUDGED:
        return frame
    rows = np.random.default_rng(seed).permutation(frame.height)[:JUDGED]
    return frame[np.sort(rows)]


def _sampled(known: int) -> tuple[str, ...]:
    return (f"Chosen and judged on {JUDGED:,} of {known:,} customers, drawn at random.",) if known > JUDGED else ()


def _windows(first: date, last: date, horizon: int | None) -> tuple[tuple[Window, ...], int]:
    """Return the inner cut, the cut that is judged and the present, as far as the days allow, and the horizon."""
    if horizon is not None and horizon < 1:
        raise InputError(f"A horizon of {horizon} days is asked for: it must be one day at least.")
    span = (last - first).days
    days = horizon or max(WEEK, span // 3 // WEEK * WEEK)
    found = [Window(last, last)]
    cut = last - timedelta(days=days)
    if (cut - first).days >= SHORTEST * WEEK:
        found.append(Window(cut, last))
        inner = min(days, (cut - first).days // 3)
        if inner >= SHORTEST * WEEK:
            found.append(Window(cut - timedelta(days=inner), cut))
    return tuple(reversed(found)), days


def _earlier(first: date, windows: tuple[Window, ...]) -> tuple[Window, ...]:
    """Return the cuts before the one that is judged, each with a time after it as long and a past no shorter."""
    if len(windows) < 2:
        return ()
    days = windows[-2].end - windows[-2].cut
    cuts = [windows[-2].cut - days * place for place in range(1, EARLIER + 1)]
    return tuple(
        Window(cut, cut + days) for cut in reversed(cuts) if cut - first >= max(days, timedelta(weeks=SHORTEST))
    )


def _pasts(frames: list[pl.DataFrame], model: ValueModel) -> Iterator[Past]:
    """Yield what was foretold after earlier cuts, without trees: these leave totals to the models."""
    for frame in frames:
        try:
            fitted = fit_value(frame, model.first_amounts, model.weeks, Drawing())
        except RefusedError:
            continue
        yield Past(frame, fitted.expect(frame))


@dataclass(frozen=True)
class _Known:
    """A model of the days before a cut, and what it said of the customers then.

    Attributes:
        model: The model, with a correction learned before the cut where there is one.
        frame: Customers at the cut, and what came.
        factor: Factor on the spend of each that has not seen what came.
    """

    model: ValueModel
    frame: pl.DataFrame
    factor: FloatArray

    @property
    def points(self) -> pl.DataFrame:
        points = _plain(self.model).expect(self.frame)
        return points.with_columns(expected_spend=points["expected_spend"].to_numpy() * self.factor)


@dataclass(frozen=True)
class _Settled:
    """What was chosen on the inner cut: whether first amounts count, whether trees correct, and the model there."""

    first: bool = False
    trees: bool = False
    inner: _Known | None = None

    @property
    def base(self) -> str:
        return ALL if self.first else REPEATS

    @property
    def chosen(self) -> str:
        return self.base + TREES * self.trees


@dataclass(frozen=True)
class _Judged:
    """What the time after the cut told, and the model for the time to come but for its parameters."""

    model: ValueModel
    past: tuple[Past, ...] = ()
    forecasts: tuple[Forecast, ...] = ()
    by_frequency: tuple[FrequencyRow, ...] = ()
    coverage: tuple[Coverage, ...] = ()


def _plain(model: ValueModel) -> ValueModel:
    return msgspec.structs.replace(model, correction=None)


def _settle(frames: list[pl.DataFrame], windows: tuple[Window, ...], options: LifetimeOptions) -> _Settled:
    """Choose on the inner cut: a more elaborate way must have the lower deviance by more than a standard error."""
    if len(frames) < 2:
        return _Settled()
    frame, drawing = frames[0], Drawing(0, options.seed)
    try:
        plain = fit_value(frame, False, windows[0].weeks, drawing)
        models = [plain, fit_value(frame, True, windows[0].weeks, drawing, plain.buying)]
    except RefusedError:
        return _Settled()
    spend = frame["later_spend"].to_numpy()
    losses = [deviance(spend, model.expect(frame)["expected_spend"].to_numpy()) for model in models]
    first = _clearly_lower(losses[1], losses[0])
    bare = _Known(models[first], frame, np.ones(frame.height))
    if not _learnable(frame):
        return _Settled(first, inner=bare)
    learned = _learn(models[first], frame, options.seed)
    trees = _clearly_lower(deviance(spend, learned.points["expected_spend"].to_numpy()), losses[first])
    return _Settled(first, trees, learned if trees else bare)


def _learnable(frame: pl.DataFrame) -> bool:
    """Tell whether customers, and those who bought after the cut, are enough to learn a correction from."""
    return frame.height >= LEAST and int((frame["later_spend"] > 0).sum()) >= LEAST_BUYERS


def _clearly_lower(loss: FloatArray, other: FloatArray) -> bool:
    gap = other - loss
    return bool(gap.mean() > gap.std() / np.sqrt(len(gap)))


def _learn(model: ValueModel, frame: pl.DataFrame, seed: int) -> _Known:
    """Learn a correction from what came after the cut of a frame."""
    alive, purchases, amount = model.parts(frame)
    matrix = matrix_of(frame, purchases / model.weeks, amount, alive)
    base, spend = purchases * amount, frame["later_spend"].to_numpy()
    correction = fit_correction(matrix, base, spend, seed)
    factors = crossed_factors(matrix, base, spend, seed)
    return _Known(msgspec.structs.replace(model, correction=correction), frame, factors)


def _ranked(known: _Known, seed: int) -> tuple[Levels, Levels]:
    """Return the levels that the time after a cut asks for."""
    ahead = known.model.ahead(known.frame, known.factor)
    ranks = ahead.ranks(known.frame["later_purchases"].to_numpy(), known.frame["later_spend"].to_numpy(), seed)
    return corrected(ranks[0]), corrected(ranks[1])


def _judge(
    settled: _Settled, frames: list[pl.DataFrame], windows: tuple[Window, ...], options: LifetimeOptions
) -> _Judged:
    """Judge on the time after the cut, and learn from it for the time to come."""
    seed, first = options.seed, settled.first
    if len(frames) < 2:
        return _Judged(fit_value(frames[-1], first, windows[-1].weeks, Drawing(0, seed)))
    frame, weeks = frames[-2], windows[-2].weeks
    model = fit_value(frame, first, weeks, Drawing(0, seed))
    if settled.inner is not None:
        levels = _ranked(settled.inner, seed)
        model = msgspec.structs.replace(
            model, correction=settled.inner.model.correction, purchase_levels=levels[0], spend_levels=levels[1]
        )
    told = model.score(frame)
    ways = {}
    if first:
        ways[REPEATS] = fit_value(frame, False, weeks, Drawing(0, seed), model.buying).expect(frame)
    if settled.trees:
        ways[settled.base] = _plain(model).expect(frame)
    ways[settled.chosen] = told
    known = _Known(model, frame, np.ones(frame.height))
    if settled.trees:
        known = _learn(_plain(model), frame, seed) if _learnable(frame) else replace(known, model=_plain(model))
    levels = _ranked(known, seed)
    return _Judged(
        msgspec.structs.replace(known.model, purchase_levels=levels[0], spend_levels=levels[1]),
        (Past(frame, told),),
        compared(ways, frame, NAIVE, options.resamples, seed),
        by_frequency(told, frame, options.resamples, seed),
        covered(told, frame),
    )


def _parameters(model: ValueModel) -> tuple[Parameter, ...]:
    found = []
    for part in (model.buying, model.spending):
        known = part.maximum
        ends = [[math.nan if end is None else end for end in line] for line in (known.point, known.low, known.high)]
        values = [msgspec.structs.astuple(part.at(line)) for line in ends]
        for name, value, low, high in zip(part.PARAMETERS, *values, strict=False):
            found.append(Parameter(name, Estimate(value, low, high, known.units, known.method)))
    return tuple(found)


def _concentration(spend: FloatArray) -> tuple[Concentration, ...]:
    ordered = np.sort(spend)[::-1]
    whole = float(ordered.sum())
    counts = [max(1, round(share * len(ordered))) for share in SHARES]
    return tuple(
        Concentration(share, count, float(ordered[:count].sum()) / whole)
        for share, count in zip(SHARES, counts, strict=True)
    )


def _holders(spend: FloatArray) -> int:
    held = np.cumsum(np.sort(spend)[::-1])
    return int(np.searchsorted(held, held[-1] / 2)) + 1


def _notes(model: ValueModel, now: pl.DataFrame, reckoning: Reckoning, judged: _Judged) -> tuple[str, ...]:
    """Say what a reader must know to read the values right."""
    said = ["The first purchase in the table is taken for a customer's first ever: older customers look newer."]
    if reckoning.left_out:
        said.append(f"{reckoning.left_out:,} of {reckoning.rows:,} rows lack a visitor, a day or an amount: left out.")
    if -reckoning.negative > MANY_RETURNS * reckoning.total:
        kept = reckoning.returned - reckoning.negative
        said.append(
            f"Negative amounts sum to {-reckoning.negative:,.0f}: {kept:,.0f} of it was taken off purchases of the "
            f"same day, the rest ({reckoning.returns:,} days) is not in any value."
        )
    if reckoning.free:
        said.append(f"{reckoning.free:,} purchases have the amount 0; they count as purchases.")
    if model.no_stop:
        said.append("Hardly anybody is seen to stop: the probability of still buying is near 1 and says little.")
    if model.spending.q < HEAVY:
        said.append("Amounts differ so much between customers that their variance has no bound: expect surprises.")
    repeat = now.filter((pl.col("frequency") > 0) & (pl.col("mean_amount") > 0))
    tied = float(repeat.select(pl.corr("frequency", "mean_amount", method="spearman")).item())
    if abs(tied) > TIED:
        said.append(
            f"Who buys more often spends {'more' if tied > 0 else 'less'} at a time (rank correlation {tied:.2f}), "
            "which the models do not know; trees do, where they were chosen."
        )
    told = [forecast for forecast in judged.forecasts if forecast.ratio.excludes(1.0) and forecast.name != NAIVE][-1:]
    if told:
        said.append(
            f"Of the spend in the time judged {told[0].ratio.value:.0%} had been foretold: one past cannot tell level "
            "from season, so the intervals of totals reach as far; who is worth more than whom is told better."
        )
    if not judged.forecasts:
        said.append("The table spans too few days to judge the values on time that has passed.")
        said += _uncorrected(model, now)
    return tuple(said)


def _uncorrected(model: ValueModel, now: pl.DataFrame) -> tuple[str, ...]:
    """Say of whom too little may be foretold where nothing could be learned from what came: who fell silent."""
    repeat = now["frequency"].to_numpy() > 0
    gone = int((repeat & (model.expect(now)["alive"].to_numpy() < GONE)).sum())
    if gone == 0:
        return ()
    said = (
        f"{gone:,} customers who came back and then fell silent are taken to have stopped rather than not, those who "
        "never came back to be active, as the models have it: of the first too little may be foretold, so do not read "
        "the lowest values as an order. A longer table lets trees learn what the models miss."
    )
    return (said,)
