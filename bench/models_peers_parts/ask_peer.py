"""Fit one peer and write its answers: run by the Python of the environment that holds the peers.

python ask_peer.py PEER FOLDER LABEL SECONDS, where FOLDER holds train.parquet and test.parquet and gets chances.csv,
one column per class, and cost.txt, the processor seconds of this process and of those it started. SECONDS are those
of the processor: the clock that the peer looks at is set to them.
"""

import resource
import sys
import time
from importlib import import_module
from pathlib import Path

import pandas as pd


def autogluon(train: pd.DataFrame, test: pd.DataFrame, label: str, seconds: float, folder: Path) -> pd.DataFrame:
    """Return the class chances by AutoGluon, best quality."""
    predictor = import_module("autogluon.tabular").TabularPredictor
    made = predictor(label=label, eval_metric="log_loss", path=str(folder / "autogluon"), verbosity=0)
    made.fit(
        train,
        presets="best_quality",
        time_limit=seconds,
        num_cpus=1,
        num_gpus=0,
        dynamic_stacking=False,
        ag_args_ensemble={"fold_fitting_strategy": "sequential_local"},
    )
    return made.predict_proba(test.drop(columns=label))


def flaml(train: pd.DataFrame, test: pd.DataFrame, label: str, seconds: float, _: Path) -> pd.DataFrame:
    """Return the class chances by FLAML."""
    made = import_module("flaml").AutoML()
    how = {"task": "classification", "metric": "log_loss", "n_jobs": 1, "seed": 0, "verbose": 0}
    made.fit(train.drop(columns=label), train[label], time_budget=seconds, **how)
    return pd.DataFrame(made.predict_proba(test.drop(columns=label)), columns=made.classes_)


def main() -> None:
    """Fit, answer, write."""
    peer, folder, label, seconds = sys.argv[1], Path(sys.argv[2]), sys.argv[3], float(sys.argv[4])
    train, test = (pd.read_parquet(folder / f"{part}.parquet") for part in ("train", "test"))
    began = time.time() - time.process_time()
    time.time = lambda: began + time.process_time()
    found = {"AutoGluon": autogluon, "FLAML": flaml}[peer](train, test, label, seconds, folder)
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    found.to_csv(folder / "chances.csv", index=False)
    (folder / "cost.txt").write_text(str(sum(one.ru_utime + one.ru_stime for one in used)))


if __name__ == "__main__":
    main()
