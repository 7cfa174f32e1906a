"""Identities that were taken out of the data: masked, replaced by tokens, made coarser."""

from __future__ import annotations

import numpy as np
import polars as pl
from scipy import special

from clientela.audit.checking import Checked, Context, conclude
from clientela.audit.checks.processing import ERROR
from clientela.audit.facts import ColumnFacts, Facts
from clientela.audit.lexicon import mentions, vocabulary
from clientela.audit.wording import several
from clientela.domain.column import Storage
from clientela.domain.finding import Finding, Severity

HALF, MOST = 0.5, 0.95
LEAST = 20

LATITUDE = vocabulary("lat, latitude, breitengrad, breite, latitud, latitudine")
LONGITUDE = vocabulary("lon, lng, long, longitude, laengengrad, langengrad, laenge, longitud, longitudine")
BIRTH = vocabulary("birthdate, birthday, date of birth, dob, geburtsdatum, birth, naissance, nacimiento")

DIGEST_TOKENS = frozenset({22, 24, 27, 28, 43, 44, 86, 88})
"""Lengths of 16, 20, 32 and 64 bytes in base 64, with and without padding."""

_MASKED = (
    r"(?i)[*•█▇]{2,}|\*@|x{3,}|#{3,}|\dx{2,}$|"
    r"^\W*(redacted|anonymi[sz]ed|anonymous|anonymisiert|masked|removed|geschw[aä]rzt)\W*$"
)
_BASE_64 = r"^[A-Za-z0-9+/_-]{20,}={0,2}$"
_NAMED_UUID = r"^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[35][0-9a-fA-F]{3}-[89abAB][0-9a-fA-F]{3}-[0-9a-fA-F]{12}$"
_STAND_IN = (
    r"(?i)^(user|customer|client|person|visitor|member|name|anon\w*|kunde|nutzer|besucher|street|address|contact)"
    r" #?\d+$"
)
_ADDRESS = r"^\d{1,3}\.\d{1,3}\.\d{1,3}\.(\d{1,3}|x+|\*+)$"
_NO_HOST = r"\.(0|x+|\*+)$"


def anonymised(context: Context) -> Checked:
    """Find identities that were masked, replaced or made coarser. Digests in hexadecimal are `hashed`.

    Rules, each with its share of cells: masking signs ("***", "xxx", "[redacted]") in half of
    them; tokens as long as a digest in base 64, with digits, small and capital letters mixed
    (95 %); UUIDs of version 3 or 5, which are digests of a name (95 %); numbered stand-ins with a blank ("Customer 17",
    unlike the key "customer_17") in half; network addresses whose last part is 0 or hidden (95 %; by
    chance one in 256, binomial); dates of birth on the first of January (90 %); coordinates, by
    name and range, on a grid of a hundredth of a degree, about a kilometre (95 %; by chance one in a
    hundred). Random numbers in place of an identifier look like any key and are missed.
    """
    facts = context.facts
    found: dict[str, dict[str, object]] = {}
    for column in facts.columns.values():
        how = _how(facts, column) if column.filled >= LEAST and column.distinct >= 2 else None
        if how is not None:
            found[column.name] = {"how": how, "example": None if column.first is None else column.first[:40]}
    finding = None
    if found:
        names = tuple(found)
        parts = [f"{name} ({item['how']})" for name, item in found.items()]
        title = f"Identities were taken out: {several(parts)}."
        advice = (
            "Good for privacy; ask whether equal people still have equal values before counting or joining by them."
        )
        finding = Finding("anonymised", Severity.INFO, names, title, found, advice)
    how = "masks, tokens, stand-ins, shortened addresses and coarse coordinates"
    return conclude("anonymised", [finding], len(facts.names), how)


def _how(facts: Facts, column: ColumnFacts) -> str | None:
    if column.storage is Storage.TEXT:
        return _text(facts.strings(column.name), column)
    if column.storage.numeric:
        return _coordinates(facts, column)
    if column.storage is Storage.DATE and mentions(column.name, BIRTH):
        first = facts.sample.get_column(column.name).drop_nulls().cast(pl.String).str.ends_with("-01-01")
        return "dates of birth all on 1 January" if int(first.sum()) >= 0.9 * first.len() else None
    return None


def _text(cells: pl.Series, column: ColumnFacts) -> str | None:
    if cells.len() < LEAST:
        return None
    rules = (
        ("parts are masked", _share(cells, _MASKED) >= HALF),
        ("network addresses without their last part", _share(cells, _ADDRESS) >= MOST <= _share(cells, _NO_HOST)),
        ("numbered stand-ins for names", _share(cells, _STAND_IN) >= HALF),
        ("identifiers made from a name by a digest", column.longest == 36 and _share(cells, _NAMED_UUID) >= MOST),
        ("tokens as long as a digest", _tokens(cells, column)),
    )
    return next((how for how, so in rules if so), None)


def _share(cells: pl.Series, pattern: str) -> float:
    return int(cells.str.contains(pattern).sum()) / cells.len()


def _tokens(cells: pl.Series, column: ColumnFacts) -> bool:
    if column.shortest != column.longest or column.longest not in DIGEST_TOKENS:
        return False
    # Random characters hardly ever have the same shape twice; names with running numbers do.
    if column.masks[0][1] > 0.1 * column.filled:
        return False
    mixed = [_share(cells, pattern) >= 0.9 for pattern in ("[A-Z]", "[a-z]", "[0-9]")]
    return column.longest in DIGEST_TOKENS and all(mixed) and _share(cells, _BASE_64) >= MOST


def _coordinates(facts: Facts, column: ColumnFacts) -> str | None:
    latitude, longitude = mentions(column.name, LATITUDE), mentions(column.name, LONGITUDE)
    bound = 90.0 if latitude else 180.0
    if not (latitude or longitude) or column.distinct < 10 or column.whole == column.filled:
        return None
    if max(abs(column.minimum or 0.0), abs(column.maximum or 0.0)) > bound:
        return None
    values = np.unique(facts.arrays.finite(column.name))
    on_grid = int((np.abs(values * 100 - np.round(values * 100)) < 1e-6).sum())
    chance = float(special.bdtrc(on_grid - 1, values.size, 0.01))
    coarse = on_grid >= MOST * values.size and chance < ERROR
    return "coordinates rounded to about a kilometre or coarser" if coarse else None
