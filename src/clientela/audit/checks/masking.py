"""Identities that were taken out of the data: masked, replaced by tokens, made coarser."""

from __future__ import annotations

import numpy as np
import polars as pl
from scipy import special

from clientela.audit.checking import Checked, Context, conclude
from clientela.audit.checks.processing import ERROR
from clientela.audit.facts import ColumnFacts, Facts
from clientela.audit.lexicon import ID, mentions, vocabulary
from clientela.audit.wording import several
from clientela.domain.column import Storage
from clientela.domain.finding import Finding, Severity

HALF, MOST = 0.5, 0.95
LEAST = 20

LATITUDE = vocabulary("lat, latitude, breitengrad, breite, latitud, latitudine")
LONGITUDE = vocabulary("lon, lng, long, longitude, laengengrad, langengrad, laenge, longitud, longitudine")
BIRTH = vocabulary("birthdate, birthday, date of birth, dob, geburtsdatum, birth, naissance, nacimiento")

EMAIL = vocabulary("email, e mail, email address, e mail address, mail address, correo electronico, adresse mail")
PERSON = vocabulary(
    "first name, last name, firstname, lastname, full name, fullname, surname, customer name, client name, "
    "contact name, vorname, nachname, kundenname, apellido, apellidos, prenom, cognome"
)
NAME = frozenset({"name"})
ZIP = vocabulary(
    "zip, zipcode, zip code, postcode, post code, postal code, postal, plz, postleitzahl, "
    "codigo postal, code postal, cap"
)
PHONE = vocabulary("phone, telephone, telefon, telefonnummer, handynummer, phone number, telefono, mobile number")
SUPPRESSED = 0.01
LEAST_SUPPRESSED = 10

_MASKED = (
    r"(?i)[*•█▇]{2,}|\*@|x{3,}|#{3,}|\dx{2,}$|"
    r"^\W*(redacted|anonymi[sz]ed|anonymous|anonymisiert|masked|removed|geschw[aä]rzt)\W*$"
)
_GONE = (
    r"(?i)^\s*([*•█▇]+|[*•█▇#x]{3,}|[\[<({]+[a-zäöü_ ]*[\])>}]+|"
    r"\W*(redacted|suppressed|anonymi[sz]ed|anonymisiert|masked|geschw[aä]rzt)\W*)\s*$"
)
_INITIALS = r"^([A-ZÄÖÜ]\.[ -]?){2,4}$"
_RESERVED = r"(?i)@([a-z0-9-]+\.)*(example\.(com|org|net)|example|invalid|test|localhost)$"
_CODE = r"^[A-Za-z]{0,8}[-_#]?\d+$|^[0-9a-fA-F]{8,}$|^[A-Z0-9-]{6,}$"
_STAND_IN = (
    r"(?i)^(user|customer|client|person|visitor|member|name|anon\w*|kunde|nutzer|besucher|street|address|contact)"
    r" #?\d+$"
)
_LAST_INITIAL = r"^\p{Lu}[\p{L}'’-]+ \p{Lu}\.?$"
_NUMBERED = r"(?i)^([a-z]{1,12}[-_.]?\d+|[0-9a-f]{8,})@"
_CUT_ZIP = r"^\d{2,3}$"
_EMPTY_ZIP = r"^\d{1,3}00+$"
_ADDRESS = r"^\d{1,3}\.\d{1,3}\.\d{1,3}\.(\d{1,3}|x+|\*+)$"
_NO_HOST = r"\.(0|x+|\*+)$"


def anonymised(context: Context) -> Checked:
    """Find identities that were masked, replaced or made coarser. Digests are `hashed`.

    Rules, each with its share of cells: masking signs ("***", "xxx", "[redacted]") in half of
    them; cells that are nothing else ("*", "[name]") in one of a hundred, ten at least, as where rare values were
    suppressed; numbered stand-ins with a blank ("Customer 17",
    unlike the key "customer_17") in half; initials in place of names (90 %); e-mail at names reserved for examples
    (RFC 2606) in half; codes in a column that by its name holds e-mail, telephone or names of people (95 %); network
    addresses whose last part is 0 or hidden (95 %; by
    chance one in 256, binomial), or whose first two parts are all one (95 %); e-mail of numbered people at one name
    (95 %); last names cut to an initial (90 %); postcodes, by name, of two or three digits or ending in two zeros
    (95 %); dates of birth on the first of January, or of a month (90 %); coordinates, by
    name and range, on a grid of a hundredth or a thousandth of a degree, about a kilometre or a hundred metres (95 %;
    by chance one in a hundred or thousand).
    Random numbers in place of an identifier look like any key and are missed, and so are swapped or noisy
    values; ages and places in bands are told as `binned`.
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
    how = "masks, stand-ins, codes for names, shortened addresses, coarse dates and coordinates"
    return conclude("anonymised", [finding], len(facts.names), how)


def _how(facts: Facts, column: ColumnFacts) -> str | None:
    if column.storage is Storage.TEXT:
        return _text(facts.strings(column.name), column)
    if column.storage is Storage.INTEGER and mentions(column.name, EMAIL | PERSON) and column.distinct >= LEAST:
        return "numbers in place of names"
    if column.storage is Storage.INTEGER and mentions(column.name, ZIP):
        cells = facts.sample.get_column(column.name).drop_nulls().cast(pl.String)
        return "postcodes cut to their first digits" if _cut_postcodes(cells, column) else None
    if column.storage.numeric:
        return _coordinates(facts, column)
    if column.storage is Storage.DATE and mentions(column.name, BIRTH):
        return _births(facts.sample.get_column(column.name).drop_nulls())
    return None


def _births(dates: pl.Series) -> str | None:
    if int(((dates.dt.day() == 1) & (dates.dt.month() == 1)).sum()) >= 0.9 * dates.len():
        return "dates of birth all on 1 January"
    first = int((dates.dt.day() == 1).sum())
    return "dates of birth all on the first of a month" if first >= 0.9 * dates.len() else None


def _text(cells: pl.Series, column: ColumnFacts) -> str | None:
    if cells.len() < LEAST:
        return None
    rules = (
        ("parts are masked", _share(cells, _MASKED) >= HALF),
        ("some cells are suppressed", _suppressed(cells)),
        ("network addresses that all begin alike", _one_network(cells, column)),
        ("last names cut to an initial", _people(column) and _share(cells, _LAST_INITIAL) >= 0.9),
        ("postcodes cut to their first digits", _cut_postcodes(cells, column)),
        ("network addresses without their last part", _share(cells, _ADDRESS) >= MOST <= _share(cells, _NO_HOST)),
        ("numbered stand-ins for names", _share(cells, _STAND_IN) >= HALF),
        ("initials in place of names", column.distinct >= LEAST and _share(cells, _INITIALS) >= 0.9),
        ("addresses at names reserved for examples", _share(cells, _RESERVED) >= HALF),
        ("e-mail addresses of numbered people at one name", _numbered(cells, column)),
        ("codes in place of names", _coded(cells, column)),
    )
    return next((how for how, so in rules if so), None)


def _people(column: ColumnFacts) -> bool:
    return column.distinct >= LEAST and (mentions(column.name, PERSON) or mentions(column.name, NAME))


def _one_network(cells: pl.Series, column: ColumnFacts) -> bool:
    """Whether visitors' addresses share their first two parts, which public ones do once in thousands."""
    if column.distinct < LEAST or _share(cells, _ADDRESS) < MOST:
        return False
    return _commonest(cells, r"^(\d+\.\d+)\.") >= MOST


def _numbered(cells: pl.Series, column: ColumnFacts) -> bool:
    if column.distinct < LEAST or _share(cells, _NUMBERED) < MOST:
        return False
    return _commonest(cells, "@(.+)$") >= MOST


def _commonest(cells: pl.Series, part: str) -> float:
    """Return the share of cells that hold the commonest of a part."""
    return max(cells.str.extract(part).drop_nulls().unique_counts().to_list(), default=0) / cells.len()


def _cut_postcodes(cells: pl.Series, column: ColumnFacts) -> bool:
    if not mentions(column.name, ZIP) or column.distinct < 5:
        return False
    # Every hundredth postcode ends in two zeros by chance.
    return _share(cells, _CUT_ZIP) >= MOST or (_share(cells, _EMPTY_ZIP) >= MOST and column.distinct >= LEAST)


def _suppressed(cells: pl.Series) -> bool:
    gone = int(cells.str.contains(_GONE).sum())
    return gone >= max(LEAST_SUPPRESSED, SUPPRESSED * cells.len())


def _coded(cells: pl.Series, column: ColumnFacts) -> bool:
    """Whether a name promises people's names, e-mail or telephone, and the cells are codes."""
    if column.distinct < LEAST or mentions(column.name, ID):
        return False
    kept = {"e-mail": r"@", "phone": r"^[-+()/. \d]+$", "name": r"^\D+$"}
    promised = {"e-mail": EMAIL, "phone": PHONE, "name": PERSON}
    named = [kind for kind, names in promised.items() if mentions(column.name, names)]
    broken = bool(named) and all(_share(cells, kept[kind]) <= 1 - MOST for kind in named)
    return broken and _share(cells, _CODE) >= MOST


def _share(cells: pl.Series, pattern: str) -> float:
    return int(cells.str.contains(pattern).sum()) / cells.len()


def _coordinates(facts: Facts, column: ColumnFacts) -> str | None:
    latitude, longitude = mentions(column.name, LATITUDE), mentions(column.name, LONGITUDE)
    bound = 90.0 if latitude else 180.0
    if not (latitude or longitude) or column.distinct < 10 or column.whole == column.filled:
        return None
    if max(abs(column.minimum or 0.0), abs(column.maximum or 0.0)) > bound:
        return None
    values = np.unique(facts.arrays.finite(column.name))
    for digits, size in ((2, "a kilometre"), (3, "a hundred metres")):
        scaled = values * 10.0**digits
        on_grid = int((np.abs(scaled - np.round(scaled)) < 1e-6).sum())
        chance = float(special.bdtrc(on_grid - 1, values.size, 10.0**-digits))
        if on_grid >= MOST * values.size and chance < ERROR:
            return f"coordinates rounded to about {size} or coarser"
    return None
