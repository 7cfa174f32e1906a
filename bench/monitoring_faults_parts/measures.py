"""Measures of Online Shoppers that are calculated by another rule."""

from __future__ import annotations

import numpy as np
import polars as pl

from .changed import Planted, cells

LABEL = "Revenue"
SECONDS, PAGES, EXITS, PAID = (
    pl.col(name) for name in ("ProductRelated_Duration", "ProductRelated", "ExitRates", "order_value")
)
DEFINITION = "metric_definition"
UNIT = f"{DEFINITION}|unit_scale"


def _moment(frame: pl.DataFrame) -> pl.Series:
    stamps = frame["visit_ts"]
    return stamps.str.to_datetime() if stamps.dtype == pl.String else stamps


def _weekend(frame: pl.DataFrame, _: np.random.Generator, __: float) -> pl.DataFrame:
    return frame.with_columns(Weekend=_moment(frame).dt.weekday() >= 5)


FAULTS: dict[str, Planted] = {
    "unique pages": cells(DEFINITION, "ProductRelated", (PAGES * 0.8).ceil().cast(pl.Int64)),
    "the last page left out": cells(DEFINITION, "ProductRelated_Duration", SECONDS * 0.85),
    "bounces in per cent": cells("unit_scale", "BounceRates", pl.col("BounceRates") * 100, 0.4),
    "exits less bounces": cells(DEFINITION, "ExitRates", (EXITS - pl.col("BounceRates")).clip(0)),
    "exits by visitor": cells(DEFINITION, "ExitRates", (EXITS * 0.5).round(6)),
    "another currency": cells(UNIT, "PageValues", pl.col("PageValues") * 1.35),
    "with shipping": cells(DEFINITION, "order_value", (PAID + 4.9).round(2), 1, PAID > 0),
    "less returns": cells(f"{DEFINITION}|null_semantics", "order_value", pl.lit(0.0), 0.3, PAID > 0),
    "cents in one region": cells("unit_scale", "order_value", PAID * 100, 1, pl.col("Region") == 1),
    "one price": cells(f"{DEFINITION}|stuck", "order_value", pl.lit(59.9), 1, PAID > 0),
    "from 40 on": cells(DEFINITION, "Revenue", pl.lit(value=False), 1, PAID < 40),
    "weekends with Friday": Planted((DEFINITION,), ("Weekend",), _weekend),
    "returning within 30 days": cells(
        DEFINITION, "VisitorType", pl.lit("New_Visitor"), 0.2, pl.col("VisitorType") == "Returning_Visitor"
    ),
    "special days in fifths": cells(UNIT, "SpecialDay", pl.col("SpecialDay") * 5),
    "sources grouped": cells("category_merged", "TrafficType", pl.lit(99), 1, pl.col("TrafficType") >= 6),
    "regions grouped": cells("category_merged", "Region", pl.lit(1), 1, pl.col("Region").is_in([2, 4])),
    "the first touch": cells(DEFINITION, "TrafficType", pl.lit(2), 0.3, pl.col("TrafficType") == 3),
    "winsorised": cells(f"{DEFINITION}|overflow", "ProductRelated_Duration", SECONDS.clip(0, 3000.0)),
    "logarithms": cells(UNIT, "ProductRelated_Duration", (SECONDS + 1).log()),
    "minutes rounded up": cells("unit_scale", "ProductRelated_Duration", (SECONDS / 60).ceil()),
    "by page": cells(DEFINITION, "ProductRelated_Duration", SECONDS / PAGES.clip(1)),
    "from the cart on": cells(DEFINITION, "ProductRelated", (PAGES - 3).clip(0)),
    "each page twice": cells(UNIT, "Informational", pl.col("Informational") * 2),
    "with information": cells(DEFINITION, "Administrative", pl.col("Administrative") + pl.col("Informational")),
    "versions of a browser": cells(
        "category_split|category_new|category_renamed", "Browser", pl.lit(202), 0.4, pl.col("Browser") == 2
    ),
}
