"""Ordered revenue groups: ours against boosting that ignores the order, and against one model per threshold.

    make bench NAME=models_ordinal
    python bench/models_ordinal.py --rows 12000 --seeds 2

The generated visits (each seed another table), learned on the first 70 % by time and tested on the rest, and Online
Retail: what each customer spends in 91 days (nothing, then three groups), from what they did before; learned
forward from an earlier cut, tested on a later one. Prints ranked probability score, quadratic kappa and log loss with
intervals of the paired differences by resampling visitors. Peers: LightGBM's multiclass objective with the same
conservative setting, and one LightGBM per threshold ("above group k?"), with the same setting, its probabilities made
to fall. Kappa is of the same decision for all: rows ranked by expected group, cut so that each group gets the share
it had in training.
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import lightgbm
import numpy as np
import polars as pl

from clientela.domain.column import Available, Column, Origin, Role, Storage
from clientela.domain.roles import Roles
from clientela.models.fitting import Task, cross, fit
from clientela.models.judging import Tested
from clientela.models.learning import answered_ahead, training_rows
from clientela.models.options import ModelOptions
from clientela.models.preparing import Prepared, prepare
from clientela.models.recipe import Recipe, fit_recipe
from clientela.models.settling import ranks
from clientela.models.target import codes_of
from clientela.samples import world
from clientela.samples.columns import COLUMNS
from clientela.samples.visits import Shop
from clientela.statistics.intervals import bootstrap_each
from clientela.statistics.scores import confusion, log_losses, quadratic_kappa, rank_losses
from clientela.tables.frames import from_frame

ROOT = Path(__file__).resolve().parents[1]
DATA = Path(os.environ.get("CLIENTELA_DATA") or ROOT.parent / "shared" / "data")
SETTING = {
    "learning_rate": 0.04, "num_leaves": 15, "min_child_samples": 40, "colsample_bytree": 0.5,
    "reg_lambda": 5.0, "n_estimators": 200, "verbosity": -1, "n_jobs": 1,
}  # fmt: skip
OURS = "ours"
AHEAD, WEEKS = 91, (4, 13, 26)
Answer = Callable[[pl.DataFrame, pl.DataFrame, Roles, int], np.ndarray]


def ours(train: pl.DataFrame, test: pl.DataFrame, roles: Roles, seed: int) -> np.ndarray:
    """Answer as the models stage does: settled on periods of the past where there is time, else on folds."""
    made, task = _task(train, roles, seed)
    tested = answered_ahead(made, task)
    if tested is None:
        tested = Tested("folds", made.parts, cross(task, made.parts).odds)
    settled = tested.settled(made)
    odds = fit(task, np.arange(len(made.codes)), settled.stage).odds(test)
    return settled.probabilities(odds)


def multiclass(train: pl.DataFrame, test: pl.DataFrame, roles: Roles, seed: int) -> np.ndarray:
    """Answer by one model of all classes that knows no order."""
    made, recipe = _recipe(train, roles, seed)
    model = lightgbm.LGBMClassifier(objective="multiclass", random_state=seed, **SETTING)
    model.fit(recipe.trees(made.frame), made.codes, categorical_feature=list(recipe.categorical))
    return np.asarray(model.predict_proba(recipe.trees(test)))


def thresholds(train: pl.DataFrame, test: pl.DataFrame, roles: Roles, seed: int) -> np.ndarray:
    """Answer by one model per threshold, each learned by itself from all rows."""
    made, recipe = _recipe(train, roles, seed)
    matrices = recipe.trees(made.frame), recipe.trees(test)
    above = [np.ones(len(test))]
    for cut in range(1, len(made.target.classes)):
        model = lightgbm.LGBMClassifier(random_state=seed, **SETTING)
        model.fit(matrices[0], made.codes >= cut, categorical_feature=list(recipe.categorical))
        above.append(model.predict_proba(matrices[1])[:, 1])
    falling = np.minimum.accumulate(np.column_stack([*above, np.zeros(len(test))]), axis=1)
    return np.clip(falling[:, :-1] - falling[:, 1:], 1e-9, 1)


PEERS: dict[str, Answer] = {OURS: ours, "multiclass LightGBM": multiclass, "one per threshold": thresholds}


def _task(train: pl.DataFrame, roles: Roles, seed: int) -> tuple[Prepared, Task]:
    options = ModelOptions(seed=seed, threads=1)
    made = prepare(training_rows(from_frame(train), roles, options), roles, options)
    classes = len(made.target.classes)
    return made, Task(made.frame, made.columns, made.clock, made.target.kind, classes, made.codes, seed, 1)


def _recipe(train: pl.DataFrame, roles: Roles, seed: int) -> tuple[Prepared, Recipe]:
    made, task = _task(train, roles, seed)
    return made, fit_recipe(made.frame, task.columns, task.clock)


def visits(rows: int, seed: int) -> tuple[pl.DataFrame, pl.DataFrame, Roles]:
    """Return generated visits parted by time, with their true roles, without what no live page knows."""
    special = {
        "visit_id": Role.IDENTIFIER, "visitor_id": Role.IDENTIFIER, "visit_time": Role.TIME,
        "order_value": Role.REVENUE, "revenue_group": Role.LABEL, "src_ref": Role.IGNORED,
        "area_avg": Role.IGNORED, "session_sec": Role.IGNORED, "city": Role.IGNORED,
    }  # fmt: skip
    columns = tuple(
        Column(made.name, Storage.TEXT, special.get(made.name, Role.FEATURE), made.origin, made.available)
        for made in COLUMNS
    )
    roles = Roles(columns, "revenue_group", "visit_time", "visitor_id", "visit_id", "order_value", tuple(world.GROUPS))
    shop = Shop.opened(rows, seed)
    frame = shop.frame(shop.draw(np.arange(rows))).sort("visit_time")
    cut = int(0.7 * rows)
    return frame[:cut], frame[cut:], roles


def customers(orders: pl.DataFrame, cut: datetime) -> pl.DataFrame:
    """Return what each customer did before a cut, and the spend in the days after it."""
    before = orders.filter(pl.col("InvoiceDate") < cut)
    after = orders.filter(pl.col("InvoiceDate").is_between(cut, cut + timedelta(days=AHEAD), closed="left"))
    days = (pl.lit(cut) - pl.col("InvoiceDate")).dt.total_days()
    recent = [
        expression.alias(f"{name}_{weeks}")
        for weeks in WEEKS
        for name, expression in (
            ("spend", pl.col("amount").filter(days < 7 * weeks).sum()),
            ("orders", pl.col("InvoiceNo").filter(days < 7 * weeks).n_unique()),
        )
    ]
    known = before.group_by("CustomerID", maintain_order=True).agg(
        days.min().alias("recency"), days.max().alias("age"), pl.col("InvoiceNo").n_unique().alias("orders"),
        pl.col("amount").sum().alias("spend"), pl.col("StockCode").n_unique().alias("products"),
        pl.col("UnitPrice").median().alias("price"), pl.col("Country").first(), *recent,
    )  # fmt: skip
    came = after.group_by("CustomerID").agg(pl.col("amount").sum().clip(0).alias("later"))
    return known.join(came, on="CustomerID", how="left").with_columns(pl.col("later").fill_null(0.0))


def retail() -> tuple[pl.DataFrame, pl.DataFrame, Roles]:
    """Return Online Retail's customers at an earlier and at a later cut."""
    frame = pl.read_parquet(DATA / "online_retail.parquet").drop_nulls("CustomerID")
    orders = frame.with_columns(
        pl.col("InvoiceDate").str.to_datetime(), amount=pl.col("Quantity") * pl.col("UnitPrice")
    ).sort("InvoiceDate")
    last = orders["InvoiceDate"].max()
    late = last - timedelta(days=AHEAD)
    train, test = customers(orders, late - timedelta(days=AHEAD)), customers(orders, late)
    roles = {"CustomerID": Role.IDENTIFIER, "later": Role.LABEL}
    columns = tuple(
        Column(name, Storage.TEXT, roles.get(name, Role.FEATURE), Origin.UNKNOWN, Available.UNKNOWN)
        for name in train.columns
    )
    return train, test, Roles(columns, "later", visitor="CustomerID")


def measured(name: str, train: pl.DataFrame, test: pl.DataFrame, roles: Roles, seed: int) -> None:
    """Print every answer's measures, and ours less each peer's in pairs."""
    made, _ = _task(train, roles, seed)
    codes = codes_of(made.target, test[made.target.label])
    test, codes = test.filter(codes >= 0), codes[codes >= 0]
    count = len(made.target.classes)
    below = [float(np.mean(made.codes < code)) for code in range(1, count)]
    found = []
    for peer in PEERS.values():
        start = time.process_time()
        chances = peer(train, test, roles, seed)
        rank = ranks(chances)
        classes = np.searchsorted(np.quantile(rank, below), rank, side="right")
        found.append((rank_losses(codes, chances), log_losses(codes, chances), classes, time.process_time() - start))

    def statistics(weights: np.ndarray) -> np.ndarray:
        each = [
            (weights @ lost / weights.sum(), quadratic_kappa(confusion(codes, classes, count, weights)),
             weights @ logs / weights.sum())
            for lost, logs, classes, _ in found
        ]  # fmt: skip
        return np.concatenate([np.array(one) for one in each] + [np.array(each[0]) - np.array(one) for one in each[1:]])

    estimates = bootstrap_each(statistics, test[roles.visitor].to_numpy(), 300, seed, "visitor")
    print(f"{name}: {len(train):,} rows to learn, {len(test):,} later ones; {made.target.classes}", flush=True)
    for place, (peer, (*_, seconds)) in enumerate(zip(PEERS, found, strict=True)):
        rps, kappa, logs = estimates[3 * place : 3 * place + 3]
        print(f"  {peer:20} RPS {rps!r}  kappa {kappa!r}  log loss {logs.value:.4f}  {seconds:.1f} CPU s")
    for place, peer in enumerate(list(PEERS)[1:], len(PEERS)):
        rps, kappa, logs = estimates[3 * place : 3 * place + 3]
        print(f"  ours less {peer:20} RPS {rps!r}  kappa {kappa!r}  log loss {logs!r}", flush=True)


def main() -> None:
    """Run on generated visits and on Online Retail."""
    asked = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    asked.add_argument("--rows", type=int, default=12_000)
    asked.add_argument("--seeds", type=int, default=2)
    given = asked.parse_args()
    if (DATA / "online_retail.parquet").is_file():
        measured("Online Retail", *retail(), 0)
    for seed in range(given.seeds):
        measured(f"generated visits, seed {seed}", *visits(given.rows, seed), seed)


if __name__ == "__main__":
    main()
