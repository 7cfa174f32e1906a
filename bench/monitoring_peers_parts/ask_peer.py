"""Ask one peer which columns of each batch it alarms on: run by the Python of the environment that holds the peers.

python ask_peer.py PEER FOLDER, where FOLDER holds reference.csv and one csv per batch and gets answers.json: by the
name of the batch, the columns alarmed on ("" where the batch could not be judged at all), and cost.txt, the processor
seconds of this process without its imports. Every peer has the settings it comes with.
"""

import contextlib
import json
import sys
import time
import warnings
from collections.abc import Callable
from importlib import import_module
from pathlib import Path

import pandas as pd

Judge = Callable[[pd.DataFrame], list[str]]


def evidently(reference: pd.DataFrame) -> Judge:
    """Return what judges a batch by the preset of data drift, with a test per column."""
    base, presets = import_module("evidently"), import_module("evidently.presets")

    def judge(batch: pd.DataFrame) -> list[str]:
        kept = [column for column in reference.columns if column in batch.columns]
        report = base.Report([presets.DataDriftPreset()], include_tests=True)
        found = report.run(batch[kept], reference[kept]).dict()
        failed = [test for test in found["tests"] if test["status"] == "FAIL"]
        named = [str(test.get("metric_config", {}).get("params", {}).get("column", "")) for test in failed]
        gone = [column for column in reference.columns if column not in kept]
        return [*[name for name in named if name], *gone]

    return judge


def nannyml(reference: pd.DataFrame) -> Judge:
    """Return what judges a batch by the univariate calculator, each batch a chunk."""
    calculator = import_module("nannyml").UnivariateDriftCalculator
    made = calculator(column_names=list(reference.columns), chunk_size=1000)
    made.fit(reference)

    def judge(batch: pd.DataFrame) -> list[str]:
        found = made.calculate(batch).filter(period="analysis").to_df()
        alerts = [key for key in found.columns if key[-1] == "alert"]
        return sorted({key[0] for key in alerts if bool(found[key].any())})

    return judge


def pandera(reference: pd.DataFrame) -> Judge:
    """Return what judges a batch by the schema inferred from the reference."""
    base = import_module("pandera.pandas")
    schema = base.infer_schema(reference)

    def judge(batch: pd.DataFrame) -> list[str]:
        try:
            schema.validate(batch, lazy=True)
        except base.errors.SchemaErrors as error:
            cases = error.failure_cases
            named = cases["column"].where(cases["column"].isin(reference.columns), cases["failure_case"])
            return sorted({str(name) for name in named})
        return []

    return judge


PEERS = {"evidently": evidently, "nannyml": nannyml, "pandera": pandera}


def main() -> None:
    """Judge every batch, write the answers."""
    warnings.simplefilter("ignore")
    peer, folder = sys.argv[1], Path(sys.argv[2])
    judge = PEERS[peer](pd.read_csv(folder / "reference.csv"))
    began, answers = time.process_time(), {}
    for path in sorted(folder.glob("batch-*.csv")):
        answers[path.stem] = [""]
        with contextlib.suppress(Exception):
            answers[path.stem] = judge(pd.read_csv(path))
    (folder / "cost.txt").write_text(str(time.process_time() - began))
    (folder / "answers.json").write_text(json.dumps(answers))


if __name__ == "__main__":
    main()
