"""Three real tables: how much of what its AUC allows the top fifth holds, and whether the promised profit comes true.

    python bench/segments_targeting.py --splits 200 --data /path/to/data

For Online Shoppers (without PageValues), Bank Marketing (without duration) and Online Retail (customers of the first
nine months; who buys in the last three, and for how much) the models stage learns once; every row has a score from a
fold that has not seen it. Then, split by split, whom to contact is planned on one half of the rows and carried out on
the other half.

- ceiling: with a given AUC and share of buyers only so many can be in the top fifth: by the binormal curve of equal
  variances with that AUC, and by the best of all rankings that have that AUC (no score of a model looks like it).
- held: share of the splits in which the interval of the plan holds the profit on the other half: that for the mean
  (which cannot know the chance of the other half: 83 % if it is right), and that for as many rows to come.
"""

from __future__ import annotations

import argparse
import os
import sys
import zipfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
from scipy.special import ndtr, ndtri
from sklearn.metrics import roc_auc_score

from clientela.domain.column import Column, Role
from clientela.domain.roles import Roles
from clientela.models.learning import learn, training_rows
from clientela.models.options import ModelOptions
from clientela.segments.options import SegmentOptions
from clientela.segments.outcomes import Outcomes, outcomes
from clientela.segments.targeting import chances, targeting
from clientela.tables.frames import from_frame

FIFTH = 0.2
SPLIT = pl.datetime(2011, 9, 9)


@dataclass(frozen=True)
class Case:
    """A table, its label, its revenue where there is one, and cost and value of a contact."""

    name: str
    frame: pl.DataFrame
    label: str
    revenue: str | None
    cost: float
    value: float | None


def shoppers(folder: Path) -> Case:
    """Return Online Shoppers without what may know the outcome."""
    frame = pl.read_csv(folder / "online_shoppers.csv", infer_schema_length=None).drop("PageValues")
    words = {"OperatingSystems", "Browser", "Region", "TrafficType", "Weekend", "Revenue"}
    return Case("Online Shoppers", frame.with_columns(pl.col(*words).cast(pl.String)), "Revenue", None, 3.0, 20.0)


def bank(folder: Path) -> Case:
    """Return Bank Marketing without the length of the call."""
    with zipfile.ZipFile(folder / "bank.zip") as archive:
        frame = pl.read_csv(archive.read("bank-full.csv"), separator=";", infer_schema_length=None).drop("duration")
    return Case("Bank Marketing", frame, "y", None, 3.0, 20.0)


def retail(folder: Path) -> Case:
    """Return the customers of Online Retail: nine months to learn from, three to come."""
    lines = pl.read_parquet(folder / "online_retail.parquet")
    lines = lines.drop_nulls("CustomerID").with_columns(
        customer=pl.col("CustomerID").cast(pl.Int64),
        time=pl.col("InvoiceDate").str.to_datetime(),
        paid=pl.col("Quantity") * pl.col("UnitPrice"),
    )
    past, later = lines.filter(pl.col("time") < SPLIT), lines.filter((pl.col("time") >= SPLIT) & (pl.col("paid") > 0))
    ahead = later.group_by("customer").agg(pl.col("paid").sum().alias("next_revenue"))
    frame = past.group_by("customer").agg(
        pl.col("paid").sum().alias("spent"),
        pl.col("InvoiceNo").n_unique().alias("orders"),
        ((SPLIT - pl.col("time").max()).dt.total_days()).alias("days_since"),
        ((SPLIT - pl.col("time").min()).dt.total_days()).alias("days_known"),
        pl.col("StockCode").n_unique().alias("products"),
        pl.col("Country").first(),
    )
    frame = frame.join(ahead, on="customer", how="left").with_columns(pl.col("next_revenue").fill_null(0.0))
    frame = frame.sort("customer").drop("customer")
    bought = pl.when(pl.col("next_revenue") > 0).then(pl.lit("yes")).otherwise(pl.lit("no"))
    return Case("Online Retail", frame.with_columns(bought.alias("buys")), "buys", "next_revenue", 300.0, None)


def roles_of(case: Case) -> Roles:
    """Return the label, the revenue, and everything else as features."""
    special = {case.label: Role.LABEL, case.revenue: Role.REVENUE}
    with from_frame(case.frame) as table:
        columns = tuple(Column(f.name, f.storage, special.get(f.name, Role.FEATURE)) for f in table.fields)
    return Roles(columns, label=case.label, revenue=case.revenue)


def binormal(area: float, share: float) -> float:
    """Return the share of buyers in the top fifth of a binormal score with this AUC."""
    shift = np.sqrt(2) * ndtri(area)
    cuts = np.linspace(-8, 8 + shift, 40_001)
    called = share * ndtr(shift - cuts) + (1 - share) * ndtr(-cuts)
    return float(ndtr(shift - cuts[np.argmin(np.abs(called - FIFTH))]))


def hardest(area: float, share: float) -> float:
    """Return the most buyers that any ranking with this AUC can hold in its top fifth."""
    held = np.linspace(0, min(1.0, FIFTH / share), 10_001)
    others = (FIFTH - held * share) / (1 - share)
    # the least AUC a ranking can have with so many on top: all others of the fifth before them, all below turned round
    least = held * (1 - others)
    return float(held[least <= area].max())


def half(found: Outcomes, some: np.ndarray) -> Outcomes:
    """Return the outcomes of some rows."""
    units = np.unique(found.units[some], return_inverse=True)[1].reshape(-1)
    parts = (found.expected, found.value, found.above)
    return Outcomes(*(part[some] for part in parts), found.money, units, found.grows[some], found.unit)


def realised(case: Case, found: Outcomes, chance: np.ndarray) -> float:
    """Return the profit per 1,000 rows of contacting all that are expected to bring more than a contact costs."""
    worth, brought = (found.expected, found.value) if case.value is None else (case.value * chance, None)
    brought = case.value * found.above if brought is None else brought
    return float(1000 * np.where(worth > case.cost, brought - case.cost, 0.0).mean())


def measured(case: Case, splits: int) -> str:
    """Return the line of one table."""
    roles = roles_of(case)
    with from_frame(case.frame) as table:
        learned = learn(table, roles, (), ModelOptions(resamples=20, threads=1))
        found = outcomes(training_rows(table, roles, ModelOptions()), roles, learned, 0)
    chance = chances(learned)
    area, share = float(roc_auc_score(found.above, chance)), float(found.above.mean())
    top = np.argsort(-chance, kind="stable")[: round(FIFTH * len(chance))]
    reached = float(found.above[top].sum() / found.above.sum())
    held = []
    for seed in range(splits):
        one = np.random.default_rng(seed).random(len(chance)) < 0.5
        options = SegmentOptions(cost=case.cost, value=case.value, resamples=200, seed=seed)
        plan = targeting(half(found, one), chance[one], int(one.sum()), options)
        if plan is None:
            raise SystemExit("no plan was made")
        true = realised(case, half(found, ~one), chance[~one])
        held.append([not plan.profit.excludes(true), not plan.ahead.excludes(true)])
    curve, hard = binormal(area, share), hardest(area, share)
    mean, ahead = np.mean(held, axis=0)
    told = f"{area:.3f}  {reached:.3f}  {curve:.3f}     {reached / curve:.3f}  {hard:.3f}    {reached / hard:.3f}"
    return f"{case.name:16} {splits:6}  {told}  {mean:.3f}      {ahead:.3f}\n"


def main() -> None:
    """Print one line per table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--splits", type=int, default=200)
    parser.add_argument("--only", default="")
    parser.add_argument("--data", type=Path, default=Path(os.environ.get("CLIENTELA_DATA", "../shared/data")))
    given = parser.parse_args()
    sys.stdout.write("table            splits  AUC    fifth  binormal  of it  hardest  of it  held: mean  to come\n")
    for make in (retail, shoppers, bank):
        if given.only in make.__name__:
            sys.stdout.write(measured(make(given.data), given.splits))
            sys.stdout.flush()


if __name__ == "__main__":
    main()
