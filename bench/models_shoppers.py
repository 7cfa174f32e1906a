"""Online Shoppers: the model against plain learners, in folds and forward in time.

    make bench NAME=models_shoppers
    python bench/models_shoppers.py --repeats 3 --data /path/to/online_shoppers.csv

Prints, for the table without and with PageValues, the area under the ROC curve, log loss, calibration error (ten bins
of equal size) and CPU seconds a fit (of Clientela also those of its whole stage, which judges the model, its columns
and its rows besides) over repeated stratified five-fold splits that all share, and then the same
trained on February to October and tested on November and December. Clientela chooses learner, blend and calibration
on training rows alone: in folds by five folds within, forward in time by the periods within the past.
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import lightgbm
import numpy as np
import polars as pl
from sklearn.compose import make_column_transformer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss, roc_auc_score
from sklearn.model_selection import RepeatedStratifiedKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, StandardScaler

from clientela.domain.column import Column, Origin, Role, Storage
from clientela.domain.roles import Roles
from clientela.models.learning import learn
from clientela.models.options import ModelOptions
from clientela.tables.frames import from_frame

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "June", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
LABEL, TIME = "Revenue", "month_number"
WORDS = ("Month", "VisitorType")
Learner = Callable[[pl.DataFrame, pl.DataFrame], np.ndarray | tuple[np.ndarray, float]]
Split = tuple[np.ndarray, np.ndarray]


def truth(frame: pl.DataFrame) -> np.ndarray:
    """Return who bought."""
    return (frame[LABEL].cast(pl.String).str.to_lowercase() == "true").to_numpy()


def roles_of(frame: pl.DataFrame, timed: bool) -> Roles:
    """Return the label, the time where it is used, and everything else as features."""
    special = {LABEL: Role.LABEL, TIME: Role.TIME if timed else Role.IGNORED}
    columns = tuple(Column(n, Storage.TEXT, special.get(n, Role.FEATURE), Origin.UNKNOWN) for n in frame.columns)
    return Roles(columns, LABEL, TIME if timed else None, None, None, None, ())


class Watch:
    """Takes the processor time at which the model is there and judging begins."""

    fitted = 0.0

    def update(self, message: str, share: float | None = None) -> None:
        """Note when judging begins."""
        if message == "judging":
            self.fitted = time.process_time()


def clientela(timed: bool) -> Learner:
    """Return our models stage, release and all, as a learner that tells what the model alone took."""

    def answer(train: pl.DataFrame, test: pl.DataFrame) -> tuple[np.ndarray, float]:
        options, watch, start = ModelOptions(resamples=20, threads=1), Watch(), time.process_time()
        release = learn(from_frame(train), roles_of(train, timed), (), options, watch).release
        return release.predict(test).to_numpy()[:, 1], watch.fitted - start

    return answer


def plain_trees(**settings: float) -> Learner:
    """Return LightGBM as a classifier on codes."""

    def answer(train: pl.DataFrame, test: pl.DataFrame) -> np.ndarray:
        model = lightgbm.LGBMClassifier(verbosity=-1, n_jobs=1, **settings)
        return model.fit(_codes(train), truth(train)).predict_proba(_codes(test))[:, 1]

    return answer


def plain_line(train: pl.DataFrame, test: pl.DataFrame) -> np.ndarray:
    """Answer by a logistic regression on log1p columns and one column per word."""
    numbers = [name for name in train.columns if name not in (*WORDS, LABEL, TIME)]
    model = make_pipeline(
        make_column_transformer(
            (make_pipeline(FunctionTransformer(np.log1p), StandardScaler()), numbers),
            (OneHotEncoder(handle_unknown="ignore"), list(WORDS)),
        ),
        LogisticRegression(max_iter=2000),
    )
    shown = [frame.with_columns(pl.col("Weekend").cast(pl.Int8)).to_pandas() for frame in (train, test)]
    return model.fit(shown[0], truth(train)).predict_proba(shown[1])[:, 1]


def _codes(frame: pl.DataFrame) -> np.ndarray:
    words = [pl.col(name).replace_strict(_levels(name), default=-1, return_dtype=pl.Int64) for name in WORDS]
    return frame.drop(LABEL, TIME).with_columns(*words, pl.col("Weekend").cast(pl.Int64)).to_numpy()


def _levels(name: str) -> dict[str, int]:
    known = MONTHS if name == "Month" else ("New_Visitor", "Other", "Returning_Visitor")
    return {value: code for code, value in enumerate(known)}


def calibration_error(yes: np.ndarray, chance: np.ndarray) -> float:
    """Return the mean gap of predicted and observed shares in ten bins of equal size."""
    bins = np.array_split(np.argsort(chance), 10)
    return float(sum(abs(chance[rows].mean() - yes[rows].mean()) * len(rows) for rows in bins) / len(yes))


def scored(learner: Learner, table: pl.DataFrame, parts: Sequence[Split]) -> tuple[float, float, float, float, float]:
    """Return AUC, log loss and CPU seconds as means of parts, calibration error of all tested rows together.

    CPU seconds are those of the model, then those of all that the learner does.
    """
    rows, model, start = [], 0.0, time.process_time()
    for train, test in parts:
        began, answer = time.process_time(), learner(table[train], table[test])
        chance, alone = answer if isinstance(answer, tuple) else (answer, time.process_time() - began)
        rows.append((chance, truth(table[test])))
        model += alone
    cost = model / len(parts), (time.process_time() - start) / len(parts)
    area = float(np.mean([roc_auc_score(yes, chance) for chance, yes in rows]))
    loss = float(np.mean([log_loss(yes, chance) for chance, yes in rows]))
    chance, yes = (np.concatenate(column) for column in zip(*rows, strict=True))
    return area, loss, calibration_error(yes, chance), *cost


def main() -> None:
    """Print the tables."""
    home = Path(os.environ.get("CLIENTELA_DATA", Path(__file__).resolve().parents[2] / "shared" / "data"))
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", type=Path, default=home / "online_shoppers.csv")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    frame = pl.read_csv(given.data, infer_schema_length=None)
    numbered = pl.col("Month").replace_strict({name: float(i) for i, name in enumerate(MONTHS, 1)})
    frame = frame.with_columns(numbered.alias(TIME))
    conservative = {"n_estimators": 200, "learning_rate": 0.04, "num_leaves": 15, "min_child_samples": 40}
    peers = {
        "LightGBM, conservative": plain_trees(**conservative, colsample_bytree=0.5, reg_lambda=5),
        "LightGBM, default": plain_trees(),
        "logistic on log1p": plain_line,
    }
    heading = f"{'':26}{'AUC':>8}{'log loss':>10}{'cal. error':>12}{'CPU s':>8}{'whole':>8}"
    for name, table in (("without PageValues", frame.drop("PageValues")), ("with PageValues", frame)):
        folds = RepeatedStratifiedKFold(n_splits=5, n_repeats=given.repeats, random_state=given.seed)
        month = table[TIME].to_numpy()
        splits = {
            f"mean of {5 * given.repeats} folds": (list(folds.split(table, truth(table))), False),
            "February to October, then November and December": (
                [(np.flatnonzero(month <= 10), np.flatnonzero(month > 10))],
                True,
            ),
        }
        for words, (parts, timed) in splits.items():
            print(f"\n{name}: {words}\n{heading}")
            for label, learner in {"Clientela": clientela(timed), **peers}.items():
                area, loss, error, model, whole = scored(learner, table, parts)
                print(f"{label:26}{area:8.4f}{loss:10.4f}{error:12.4f}{model:8.1f}{whole:8.1f}", flush=True)


if __name__ == "__main__":
    main()
