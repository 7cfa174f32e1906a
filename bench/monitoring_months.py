"""Monitoring on the natural months of Online Shoppers: reference up to September, then October to December.

    make bench NAME=monitoring_months

Printed for each month: incidents, shifts, the area of a learner of its own (histogram boosting on the reference, what a
shop would have in use) and of the yardstick, and the estimate before labels with its interval.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

import polars as pl
from monitoring_faults_parts.shoppers import DATA
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.metrics import roc_auc_score

from clientela.monitoring.baseline import learn_baseline
from clientela.monitoring.checking import check
from clientela.sources.opening import open_table

LATE = ("Oct", "Nov", "Dec")


def _features(frame: pl.DataFrame) -> pl.DataFrame:
    kinds = pl.col("VisitorType").replace_strict({"Returning_Visitor": 0, "New_Visitor": 1}, default=2)
    return frame.drop("Revenue", "Month").with_columns(kinds, pl.col("Weekend").cast(pl.Int8))


def main() -> None:
    """Print the months."""
    visits = pl.read_csv(DATA / "online_shoppers.csv", infer_schema_length=None)
    reference = visits.filter(~pl.col("Month").is_in(LATE))
    model = HistGradientBoostingClassifier(random_state=0).fit(_features(reference), reference["Revenue"])
    losses = {}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "rows.csv"
        reference.write_csv(path)
        with open_table(path) as table:
            baseline = learn_baseline(table, "Revenue")
        yardstick = baseline.facts.yardstick
        for block in yardstick.blocks if yardstick else ():
            print(f"  {block.name}: auc {block.auc:.3f}, estimated {block.estimated:.3f}, apart {block.apart:.3f}")
        for month in LATE:
            batch = visits.filter(pl.col("Month") == month)
            batch.write_csv(path)
            with open_table(path) as table:
                result = check(baseline, table)
            truth = roc_auc_score(batch["Revenue"], model.predict_proba(_features(batch))[:, 1])
            found = {measured.name: measured for measured in result.metrics}
            told, early = found["auc"].value, found["auc before labels"]
            losses[month] = (truth, told.value)
            held = early.value.low <= told.value <= early.value.high
            said = f"{early.value} {'covers' if held else 'misses'} it" if early.value.value > 0 else early.how
            print(f"{month}: {batch.height} rows, {len(result.incidents)} incidents, {len(result.shifts)} shifts")
            print(f"  auc of the learner {truth:.3f}, of the yardstick {told}; before labels {said}")
            for item in (*result.incidents, *result.shifts):
                print(f"  {type(item).__name__.lower()}: {item.title}")
    worst = [min(losses, key=lambda month, of=place: losses[month][of]) for place in (0, 1)]
    print(f"worst month: {worst[0]} for the learner, {worst[1]} for the yardstick")


if __name__ == "__main__":
    main()
