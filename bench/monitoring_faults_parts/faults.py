"""Practice faults: transformations of a clean batch of Online Shoppers, and changes that are no breaks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

Make = Callable[[pl.DataFrame, float, np.random.Generator, pl.DataFrame], pl.DataFrame]


@dataclass(frozen=True)
class Fault:
    """One fault.

    Attributes:
        name: Its number in the list.
        cause: The cause to name.
        columns: Columns of which at least one must be named; none where it is the number of rows.
        strength: Its default strength.
        make: The transformation: batch, strength, random numbers, reference.
        scales: Whether a third and three times the strength mean something.
    """

    name: str
    cause: str
    columns: tuple[str, ...]
    strength: float
    make: Make
    scales: bool = True


def _some(frame: pl.DataFrame, share: float, rng: np.random.Generator, where: pl.Expr | None = None) -> pl.Series:
    chosen = pl.Series(rng.random(frame.height) < share)
    return chosen if where is None else chosen & frame.select(where).to_series()


def _set(
    column: str, value: Callable[[pl.Expr], pl.Expr], where: Callable[[pl.DataFrame], pl.Expr] | None = None
) -> Make:
    def make(frame: pl.DataFrame, share: float, rng: np.random.Generator, _: pl.DataFrame) -> pl.DataFrame:
        rows = _some(frame, share, rng, where(frame) if where else None)
        old = pl.col(column)
        new = value(old)
        return frame.with_columns(pl.when(rows).then(new).otherwise(old).alias(column))

    return make


def _text(column: str, value: Callable[[pl.Expr], pl.Expr]) -> Make:
    def make(frame: pl.DataFrame, share: float, rng: np.random.Generator, _: pl.DataFrame) -> pl.DataFrame:
        rows = _some(frame, share, rng)
        old = pl.col(column).cast(pl.String)
        return frame.with_columns(pl.when(rows).then(value(old)).otherwise(old).alias(column))

    return make


def _exchange(frame: pl.DataFrame, share: float, rng: np.random.Generator, a: str, b: str) -> pl.DataFrame:
    rows = _some(frame, share, rng)
    return frame.with_columns(
        pl.when(rows).then(pl.col(b)).otherwise(pl.col(a)).alias(a),
        pl.when(rows).then(pl.col(a)).otherwise(pl.col(b)).alias(b),
    )


def _stitched(frame: pl.DataFrame, share: float, rng: np.random.Generator, _: pl.DataFrame) -> pl.DataFrame:
    rows = _some(frame, share, rng, pl.col("VisitorType") == "Returning_Visitor")
    fresh = pl.Series([f"v9{n:05d}" for n in range(frame.height)])
    return frame.with_columns(
        pl.when(rows).then(pl.lit("New_Visitor")).otherwise(pl.col("VisitorType")).alias("VisitorType"),
        pl.when(rows).then(fresh).otherwise(pl.col("visitor_id")).alias("visitor_id"),
    )


def _shuffled(column: str) -> Make:
    def make(frame: pl.DataFrame, share: float, rng: np.random.Generator, _: pl.DataFrame) -> pl.DataFrame:
        rows = np.flatnonzero(rng.random(frame.height) < share)
        place = np.arange(frame.height)
        place[rows] = rng.permutation(rows)
        return frame.with_columns(frame[column].gather(place.tolist()).alias(column))

    return make


def _late(frame: pl.DataFrame, share: float, *_: object) -> pl.DataFrame:
    cut = frame["visit_ts"].sort()[int((1 - share) * (frame.height - 1))]
    return frame.with_columns(
        pl.when(pl.col("visit_ts") > cut).then(False).otherwise(pl.col("Revenue")).alias("Revenue"),
        pl.when(pl.col("visit_ts") > cut).then(0.0).otherwise(pl.col("order_value")).alias("order_value"),
    )


def _stuck(column: str) -> Make:
    def make(frame: pl.DataFrame, share: float, *_: object) -> pl.DataFrame:
        cut = frame["visit_ts"].sort()[int((1 - share) * (frame.height - 1))]
        last = frame.sort("visit_ts")[column][int((1 - share) * (frame.height - 1))]
        return frame.with_columns(
            pl.when(pl.col("visit_ts") > cut).then(pl.lit(last)).otherwise(pl.col(column)).alias(column)
        )

    return make


def _lose(where: pl.Expr) -> Make:
    return lambda f, s, r, _: f.filter(~_some(f, s, r, where))


def _shift(frame: pl.DataFrame, share: float, rng: np.random.Generator, _: pl.DataFrame) -> pl.DataFrame:
    names = [
        "Administrative_Duration",
        "Informational",
        "Informational_Duration",
        "ProductRelated",
        "ProductRelated_Duration",
    ]
    rows = _some(frame, share, rng)
    return frame.with_columns(
        pl.when(rows).then(pl.col(a)).otherwise(pl.col(b)).alias(b) for a, b in zip(names, names[1:], strict=False)
    )


def _fan(frame: pl.DataFrame, share: float, rng: np.random.Generator, _: pl.DataFrame) -> pl.DataFrame:
    extra = frame.filter(_some(frame, share, rng))
    return pl.concat([frame, extra.with_columns(pl.Series("landing_item", ["item-001-b"] * extra.height))])


def _bots(frame: pl.DataFrame, share: float, *_: object) -> pl.DataFrame:
    extra = frame.sample(fraction=share, seed=1).with_columns(
        pl.Series("session_id", [f"sb{n:06d}" for n in range(int(share * frame.height))]),
        *(
            pl.lit(0.0).alias(n)
            for n in (
                "Administrative_Duration",
                "Informational_Duration",
                "ProductRelated_Duration",
                "PageValues",
                "order_value",
            )
        ),
        pl.lit(1, pl.Int64).alias("ProductRelated"),
        pl.lit(0.2).alias("BounceRates"),
        pl.lit(0.2).alias("ExitRates"),
        pl.lit(False).alias("Revenue"),
        pl.lit(8, pl.Int64).alias("Browser"),
    )
    return pl.concat([frame, extra])


_DAY = pl.duration(days=1)
_MID = ["ProductRelated", "ProductRelated_Duration", "Administrative_Duration"]
FAULTS: tuple[Fault, ...] = (
    Fault(
        "A01",
        "metric_definition",
        ("order_value",),
        0.2,
        lambda f, s, r, _: f.with_columns((pl.col("order_value") / (1 + s)).round(2)),
    ),
    Fault("A03", "metric_definition", ("BounceRates",), 0.3, _set("BounceRates", lambda c: 0.2 - c)),
    Fault(
        "A04",
        "metric_definition",
        ("ProductRelated_Duration",),
        60,
        lambda f, s, r, _: f.with_columns(pl.col("ProductRelated_Duration") + pl.Series(r.exponential(s, f.height))),
    ),
    Fault(
        "A06",
        "metric_definition",
        ("TrafficType",),
        0.25,
        _set("TrafficType", lambda c: pl.lit(2, pl.Int64), lambda f: pl.col("TrafficType") == 1),
    ),
    Fault(
        "A07",
        "metric_definition",
        ("Revenue",),
        0.08,
        _set("Revenue", lambda c: pl.lit(True), lambda f: ~pl.col("Revenue")),
    ),
    Fault(
        "A09",
        "metric_definition",
        ("PageValues",),
        0.7,
        lambda f, s, r, _: f.with_columns(pl.col("PageValues") * s),
        False,
    ),
    Fault("A11", "metric_definition", ("VisitorType", "visitor_id"), 0.2, _stitched),
    Fault("B01", "unit_scale", ("ProductRelated_Duration",), 0.3, _set("ProductRelated_Duration", lambda c: c * 1000)),
    Fault(
        "B03", "dtype_format", ("ExitRates",), 0.2, _text("ExitRates", lambda c: c.str.replace(".", ",", literal=True))
    ),
    Fault("B04", "dtype_format", ("order_value",), 0.2, _text("order_value", lambda c: pl.lit("€") + c)),
    Fault("B05", "dtype_format", ("OperatingSystems",), 0.2, _text("OperatingSystems", lambda c: pl.lit("OS") + c)),
    Fault("B07", "category_format", ("VisitorType",), 0.2, _text("VisitorType", lambda c: c.str.to_lowercase() + " ")),
    Fault(
        "B08",
        "timezone",
        ("visit_ts",),
        3,
        lambda f, s, r, _: f.with_columns(pl.col("visit_ts") + pl.duration(minutes=int(60 * s))),
    ),
    Fault(
        "B10",
        "encoding",
        ("country",),
        0.3,
        lambda f, s, r, _: f.with_columns(
            pl.Series(
                "country",
                [
                    c.encode().decode("latin-1") if x < s else c
                    for c, x in zip(f["country"], r.random(f.height), strict=True)
                ],
            )
        ),
    ),
    Fault(
        "B12",
        "null_semantics",
        ("Informational_Duration",),
        0.2,
        _set("Informational_Duration", lambda c: pl.lit(None), lambda f: pl.col("Informational_Duration") == 0),
    ),
    Fault(
        "B13",
        "null_semantics",
        ("Administrative_Duration",),
        0.2,
        _set("Administrative_Duration", lambda c: pl.lit(-1.0), lambda f: pl.col("Administrative_Duration") == 0),
    ),
    Fault(
        "B15",
        "column_renamed",
        ("PageValues", "ExitRates", "VisitorType"),
        3,
        lambda f, s, r, _: f.rename(
            {"PageValues": "page_values", "ExitRates": "exit_rates", "VisitorType": "visitor_type"}
        ),
        False,
    ),
    Fault(
        "B16",
        "truncation",
        ("landing_item",),
        7,
        lambda f, s, r, _: f.with_columns(pl.col("landing_item").str.slice(0, 7)),
        False,
    ),
    Fault(
        "B18",
        "category_permuted",
        ("Browser",),
        1,
        lambda f, s, r, _: f.with_columns(pl.col("Browser").replace({4: 1, 1: 4})),
        False,
    ),
    Fault("C01", "category_new", ("landing_item",), 0.03, _set("landing_item", lambda c: pl.lit("item-999-z"))),
    Fault(
        "C03",
        "category_renamed",
        ("TrafficType",),
        0.5,
        _set("TrafficType", lambda c: pl.lit(21, pl.Int64), lambda f: pl.col("TrafficType") == 2),
    ),
    Fault("C04", "category_removed", ("TrafficType",), 0.7, _lose(pl.col("TrafficType") == 3)),
    Fault(
        "C06",
        "category_split",
        ("VisitorType",),
        0.15,
        _set("VisitorType", lambda c: pl.lit("Loyal_Visitor"), lambda f: pl.col("VisitorType") == "Returning_Visitor"),
    ),
    Fault(
        "C08",
        "column_added",
        ("utm_extra_0",),
        3,
        lambda f, s, r, _: f.with_columns(*(pl.Series(f"utm_extra_{i}", r.integers(0, 9, f.height)) for i in range(3))),
        False,
    ),
    Fault("D02", "duplicates", ("session_id",), 0.2, lambda f, s, r, _: pl.concat([f, f.filter(_some(f, s, r))])),
    Fault(
        "D04",
        "stale",
        ("session_id", "visit_ts"),
        0.3,
        lambda f, s, r, ref: pl.concat(
            [f[: int((1 - s) * f.height)], ref.sort("visit_ts").tail(f.height - int((1 - s) * f.height))]
        ),
    ),
    Fault("D05", "missingness", ("ExitRates",), 0.05, _set("ExitRates", lambda c: pl.lit(None))),
    Fault(
        "D06",
        "missingness",
        ("ProductRelated_Duration",),
        0.5,
        _set("ProductRelated_Duration", lambda c: pl.lit(None), lambda f: pl.col("TrafficType") == 3),
    ),
    Fault(
        "D09",
        "column_swap",
        ("BounceRates", "ExitRates"),
        0.3,
        lambda f, s, r, _: _exchange(f, s, r, "BounceRates", "ExitRates"),
    ),
    Fault("D11", "sampling", ("Weekend",), 0.7, _lose(pl.col("Weekend"))),
    Fault("D12", "label_delay", ("Revenue", "order_value"), 0.4, _late),
    Fault("D14", "time_range", ("visit_ts",), 0.05, _set("visit_ts", lambda c: c + pl.duration(days=365))),
    Fault(
        "D16",
        "sampling",
        ("visit_ts",),
        4,
        lambda f, s, r, _: f.filter(pl.col("visit_ts").dt.hour() < 24 - int(round(s))),
    ),
    Fault(
        "D18", "column_removed", ("PageValues", "Region"), 2, lambda f, s, r, _: f.drop("PageValues", "Region"), False
    ),
)

OTHERS: tuple[Fault, ...] = (
    Fault("X01", "precision", ("ProductRelated_Duration",), 0.5, _set("ProductRelated_Duration", lambda c: c.round(0))),
    Fault(
        "X02",
        "overflow",
        ("ProductRelated_Duration",),
        1,
        lambda f, s, r, _: f.with_columns(pl.min_horizontal("ProductRelated_Duration", pl.lit(999.0))),
        False,
    ),
    Fault(
        "X03",
        "category_merged",
        ("TrafficType",),
        1,
        lambda f, s, r, _: f.with_columns(pl.col("TrafficType").replace({3: 1})),
        False,
    ),
    Fault("X04", "stuck", ("Region", "country"), 0.3, _stuck("Region")),
    Fault("X05", "row_misalignment", ("PageValues",), 0.6, _shuffled("PageValues")),
    Fault(
        "X06",
        "column_shift",
        ("Informational", "Informational_Duration", "ProductRelated", "ProductRelated_Duration"),
        0.3,
        _shift,
    ),
    Fault("X07", "fanout", ("session_id",), 0.2, _fan),
    Fault("X08", "key_break", ("session_id",), 0.2, _set("session_id", lambda c: pl.lit("unknown"))),
    Fault("X09", "bot_traffic", ("Browser", "BounceRates", "ProductRelated_Duration"), 0.2, _bots),
    Fault(
        "X10",
        "train_serve_skew",
        tuple(_MID),
        0.5,
        lambda f, s, r, _: f.with_columns(*(pl.col(n) * 0.5 for n in _MID)),
        False,
    ),
    Fault(
        "X11", "unit_scale", ("BounceRates",), 1, lambda f, s, r, _: f.with_columns(pl.col("BounceRates") * 100), False
    ),
    Fault("X12", "row_misalignment", ("Revenue", "order_value"), 0.3, _shuffled("Revenue")),
    Fault(
        "X13",
        "dtype_format",
        ("visit_ts",),
        1,
        lambda f, s, r, _: f.with_columns(pl.col("visit_ts").dt.strftime("%m/%d/%Y %H:%M:%S")),
        False,
    ),
    Fault("X14", "category_new", ("country",), 0.03, _set("country", lambda c: pl.lit("Brasil"))),
    Fault("X15", "dtype_format", ("Weekend",), 0.3, _text("Weekend", lambda c: c.replace({"true": "Y", "false": "N"}))),
)


def _weighed(frame: pl.DataFrame, rows: int, weight: pl.Expr, rng: np.random.Generator) -> pl.DataFrame:
    weights = frame.select(weight.cast(pl.Float64)).to_series().to_numpy()
    return frame[
        rng.choice(frame.height, min(rows, frame.height // 3), replace=False, p=weights / weights.sum()).tolist()
    ]


Benign = Callable[[pl.DataFrame, int, np.random.Generator], pl.DataFrame]
BENIGN: dict[str, Benign] = {
    "season": lambda f, n, r: _weighed(
        f, n, pl.when(pl.col("Month").is_in(["Nov", "Dec"])).then(2.5).otherwise(1.0), r
    ),
    "mix": lambda f, n, r: _weighed(f, n, pl.when(pl.col("TrafficType") == 2).then(1.5).otherwise(1.0), r),
    "promotion": lambda f, n, r: _weighed(f, n, pl.when(pl.col("Revenue")).then(1.6).otherwise(1.0), r),
    "weekday": lambda f, n, r: _weighed(f, n, pl.when(pl.col("Weekend")).then(1.3).otherwise(1.0), r),
}


def batch_of(rest: pl.DataFrame, rows: int, rng: np.random.Generator) -> pl.DataFrame:
    """Draw a clean batch."""
    return rest[rng.choice(rest.height, rows, replace=rows > rest.height).tolist()]


def made(
    fault: Fault, batch: pl.DataFrame, times: float, rng: np.random.Generator, reference: pl.DataFrame
) -> pl.DataFrame:
    """Apply a fault at a multiple of its strength; shares stop at 1."""
    strength = fault.strength * times
    return fault.make(batch, min(1.0, strength) if fault.strength <= 1 else strength, rng, reference)


def names(faults: Sequence[Fault]) -> list[str]:
    """Return the names of faults."""
    return [fault.name for fault in faults]
