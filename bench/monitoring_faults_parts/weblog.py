"""A web log whose keys, addresses and places come new with every batch, and other ways to write them."""

from __future__ import annotations

import datetime
import hashlib
import uuid

import numpy as np
import polars as pl

from .changed import Planted, cells, exchanged

LABEL = "converted"
HOST, WRITTEN = "https://shop.example", "%Y-%m-%dT%H:%M:%S"
PAGES = [
    *("/", "/shop", "/shop/shoes", "/shop/bags", "/cart", "/checkout", "/help", "/about", "/sale", "/blog"),
    *(f"/p/{number}" for number in range(300)),
]
TOWNS = {
    "Berlin": (52.52, 13.405),
    "Hamburg": (53.551, 9.9937),
    "Wien": (48.2082, 16.3738),
    "Zürich": (47.3769, 8.5417),
    "München": (48.1351, 11.582),
    "Köln": (50.9375, 6.9603),
}


def weblog(rows: int, seed: int) -> pl.DataFrame:
    """Return visits: identifiers, an address, a page, a place, a telephone, a digest, measures."""
    rng = np.random.default_rng([seed, 17])
    town = rng.choice(len(TOWNS), rows, p=[0.3, 0.2, 0.15, 0.1, 0.15, 0.1])
    weights = 1 / np.arange(1, len(PAGES) + 1) ** 0.8
    page, asked = rng.choice(len(PAGES), rows, p=weights / weights.sum()), rng.random(rows) < 0.3
    seconds = rng.integers(0, 100, rows) * 86_400 + (rng.beta(3, 2.2, rows) * 86_400).astype(np.int64)
    start = datetime.datetime.combine(datetime.date(2026, 2, 1), datetime.time())
    bought = rng.random(rows) < 0.1
    names, places = list(TOWNS), np.array(list(TOWNS.values()))[town] + rng.normal(0, 0.05, (rows, 2))
    halves = rng.integers(0, 2**62, (rows, 2)).tolist()
    return pl.DataFrame(
        {
            "session": [str(uuid.UUID(int=first << 64 | second)) for first, second in halves],
            "at": (pl.Series(seconds * 1_000_000).cast(pl.Duration("us")) + start).dt.strftime(WRITTEN),
            "url": [f"{HOST}{PAGES[n]}{'?utm=a' if more else ''}" for n, more in zip(page, asked, strict=True)],
            "ip": [".".join(map(str, part)) for part in rng.integers(11, 250, (rows, 4)).tolist()],
            "city": [names[number] for number in town],
            "lat": places[:, 0].round(4),
            "lon": places[:, 1].round(4),
            "language": rng.choice(["de-DE", "en-US", "fr-FR", "de-AT", "tr-TR"], rows, p=[0.6, 0.2, 0.08, 0.08, 0.04]),
            "country": rng.choice(["DE", "AT", "CH", "FR"], rows, p=[0.6, 0.18, 0.14, 0.08]),
            "phone": [f"+49 {rng.integers(150, 179)} {n}" for n in rng.integers(1_000_000, 9_999_999, rows)],
            "digest": [hashlib.sha256(str(n).encode()).hexdigest()[:40] for n in rng.integers(0, 4000, rows)],
            "seconds": np.round(rng.lognormal(3.5, 1, rows), 1),
            "scroll": np.round(rng.beta(2, 2, rows), 3),
            "clicks": rng.poisson(3, rows),
            "value": np.where(bought, np.round(rng.lognormal(4, 0.6, rows), 2), 0.0),
            "converted": np.where(bought, "yes", "no"),
        }
    )


def _c(name: str) -> pl.Expr:
    return pl.col(name)


def _text(name: str) -> pl.Expr:
    return pl.col(name).cast(pl.String)


AT = pl.col("at").str.to_datetime(WRITTEN)
MINUTES, REST = (_c("seconds") // 60).cast(pl.Int64), (_c("seconds") % 60).cast(pl.Int64)
FORMS = "dtype_format|category_format"
NAMES = f"{FORMS}|category_renamed"
FAULTS: dict[str, Planted] = {
    "session in capitals": cells(FORMS, "session", _c("session").str.to_uppercase(), 0.3),
    "session without dashes": cells(FORMS, "session", _c("session").str.replace_all("-", ""), 0.3),
    "http": cells(FORMS, "url", _c("url").str.replace("https", "http"), 0.3),
    "no host": cells(f"{FORMS}|truncation", "url", _c("url").str.strip_prefix(HOST), 0.5),
    "no query": cells(f"{FORMS}|truncation|metric_definition", "url", _c("url").str.replace(r"\?.*", "")),
    "a slash at the end": cells(FORMS, "url", _c("url") + "/", 0.4),
    "url cut": cells("truncation", "url", _c("url").str.slice(0, 28)),
    "url coded": cells(f"{FORMS}|encoding", "url", _c("url").str.replace_all("/", "%2F"), 0.4),
    "last octet hidden": cells("precision|truncation|dtype_format", "ip", _c("ip").str.replace(r"\d+$", "0")),
    "one address": cells("key_break|stuck|null_semantics", "ip", pl.lit("10.0.0.1"), 0.4),
    "lat and lon exchanged": exchanged("lat", "lon", 0.3),
    "lat of one digit": cells("precision", "lat", _c("lat").round(1)),
    "lat with a comma": cells("dtype_format", "lat", _text("lat").str.replace(".", ",", literal=True), 0.3),
    "lat times ten million": cells("unit_scale", "lat", (_c("lat") * 1e7).round(0), 0.4),
    "lat 0": cells("null_semantics", "lat", pl.lit(0.0), 0.1),
    "language alone": cells(f"{FORMS}|truncation|category_merged", "language", _c("language").str.slice(0, 2)),
    "language with _": cells(FORMS, "language", _c("language").str.replace("-", "_"), 0.3),
    "language in small letters": cells(FORMS, "language", _c("language").str.to_lowercase(), 0.3),
    "three letters": cells(
        NAMES, "country", _c("country").replace({"DE": "DEU", "AT": "AUT", "CH": "CHE", "FR": "FRA"})
    ),
    "names of countries": cells(
        NAMES, "country", _c("country").replace({"DE": "Germany", "AT": "Austria", "CH": "Swiss", "FR": "France"}), 0.5
    ),
    "00": cells(FORMS, "phone", _c("phone").str.replace("+", "00", literal=True), 0.4),
    "digits alone": cells(FORMS, "phone", _c("phone").str.replace_all(r"\D", "")),
    "digest cut": cells("truncation", "digest", _c("digest").str.slice(0, 16)),
    "digest in capitals": cells(FORMS, "digest", _c("digest").str.to_uppercase()),
    "digest of nothing": cells("key_break|null_semantics", "digest", pl.lit(hashlib.sha256(b"").hexdigest()[:40]), 0.2),
    "milliseconds": cells("unit_scale", "seconds", _c("seconds") * 1000, 0.3),
    "a clock": cells("dtype_format", "seconds", pl.format("00:{}:{}", MINUTES, REST), 0.4),
    "seconds with s": cells("dtype_format", "seconds", _text("seconds") + " s", 0.3),
    "per cent": cells("unit_scale", "scroll", _c("scroll") * 100, 0.4),
    "a sign of per cent": cells("dtype_format", "scroll", (_c("scroll") * 100).round(1).cast(pl.String) + "%", 0.4),
    "each click twice": cells("metric_definition|unit_scale", "clicks", _c("clicks") * 2),
    "with tax": cells("metric_definition", "value", (_c("value") * 1.19).round(2)),
    "1 and 0": cells(FORMS, "converted", _c("converted").replace({"yes": "1", "no": "0"}), 0.5),
    "ja and nein": cells(NAMES, "converted", _c("converted").replace({"yes": "ja", "no": "nein"})),
    "seconds since 1970": cells("dtype_format", "at", AT.dt.epoch("s").cast(pl.String)),
    "two hours later": cells("timezone", "at", (AT + pl.duration(hours=2)).dt.strftime(WRITTEN)),
    "1970": cells("time_range|null_semantics", "at", pl.lit("1970-01-01T00:00:00"), 0.05),
    "the day first": cells("dtype_format", "at", AT.dt.strftime("%d/%m/%Y %H:%M:%S"), 0.5),
    "midnight": cells("precision|truncation", "at", _c("at").str.slice(0, 10) + "T00:00:00"),
    "a wrong character set": cells(
        "encoding", "city", _c("city").replace({"Zürich": "ZÃ¼rich", "München": "MÃ¼nchen", "Köln": "KÃ¶ln"})
    ),
    "English towns": cells(
        NAMES, "city", _c("city").replace({"Wien": "Vienna", "München": "Munich", "Köln": "Cologne"})
    ),
    "spelt out": cells(
        f"{NAMES}|encoding", "city", _c("city").replace({"Zürich": "Zuerich", "München": "Muenchen", "Köln": "Koeln"})
    ),
}
