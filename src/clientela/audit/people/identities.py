"""Columns that hold data about single people: by pattern, by check digit, by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import polars as pl

from clientela.audit.facts import ColumnFacts, Facts
from clientela.audit.lexicon import PERSONAL, mentions, words
from clientela.audit.people import check_digits
from clientela.audit.people.content import births, phone_numbers, phones_in_text, plates, precise_places
from clientela.audit.people.words import ADDRESS, BIRTH, FIRST_NAMES, GIVEN, NATIONAL, PHONE, PLACE, WHOLE
from clientela.domain.column import Storage

HALF = 0.5
"""Share of the cells, the commonest other one left out, that must fit."""

LEAST = 20
"""Different cells from which a check digit tells: half of 20 random numbers pass with a chance under 1e-5."""

PROBE = 200
EMBEDDED = 3
"""Cells with an e-mail address inside other text from which free text holds personal data."""

_FIRST_NAMES = sorted(FIRST_NAMES)
_TITLES = r"\b(dr|prof|mr|mrs|ms|herr|frau|mme|sr|sra)\b\.?"
MOST_WORDS = 4
NAMED_SHARE = 0.3
"""Share of cells that begin or end with a common first name; towns and brands are called so now and then."""

LEAST_DIGITS = 5
LEAST_NUMBER = 1e5
"""Phone and document numbers have more digits than counts and codes called after them."""

LOCATION = "precise location"
MANY = 50
"""Places from which coordinates are those of people: of shops and towns there are few."""


@dataclass(frozen=True)
class Personal:
    """Why a column is personal.

    Attributes:
        kind: What it holds, such as "e-mail address".
        by: "pattern", "check digit", "name" or "content".
        share: Share of the cells that fit; 1 where only the name speaks.
    """

    kind: str
    by: str
    share: float


@dataclass(frozen=True)
class _Kind:
    """A kind of personal data: the shape of a cell (RE2), its check digit, and digits a number must be padded to."""

    name: str
    pattern: str
    right: Callable[[str], bool] | None = None
    digits: int = 0


_STREETS = (
    r"(?i)(str\.|straße|strasse|weg|platz|allee|gasse|damm|straat|laan|plein|gatan|vägen)\s+\d+\s?[a-z]?\b"
    r"|^\s*(rue|calle|via|viale|piazza|plaza|avenida|rua|ulica|ul\.|avenue|av\.)\s+[^/@]*\d"
    r"|^\s*\d+\w?,?\s+[^/@]*\b(street|st|avenue|ave|road|rd|lane|ln|drive|dr|boulevard|blvd|way|court|ct|rue)\b"
)
E_MAIL = r"^\s*([^@<>]*<|mailto:)?[^@\s<>]+@[^@\s<>]+\.[\p{L}]{2,}>?\s*$"
INSIDE = r"[\w.+%-]+@[\w-]+(\.[\w-]+)*\.[A-Za-z]{2,}"
KINDS = (
    _Kind("e-mail address", E_MAIL),
    _Kind("IP address", r"^\s*((25[0-5]|2[0-4]\d|1?\d?\d)\.){3}(25[0-5]|2[0-4]\d|1?\d?\d)(:\d+|/\d+)?\s*$"),
    _Kind("IP address (version 6)", r"^\s*[0-9A-Fa-f]{0,4}(:[0-9A-Fa-f]{0,4}){2,7}(%\w+)?\s*$", check_digits.address),
    _Kind("device address (MAC)", r"^\s*([0-9A-Fa-f]{2}[:-]){5}[0-9A-Fa-f]{2}\s*$"),
    _Kind("IBAN", r"^\s*[A-Za-z]{2}\d{2}( ?[A-Za-z0-9]{4}){3,7}( ?[A-Za-z0-9]{1,3})?\s*$", check_digits.iban),
    _Kind(
        "payment card",
        r"^\s*(4(\d[ -]?){11,17}\d|5[1-5](\d[ -]?){13}\d|2[2-7](\d[ -]?){13}\d|3[47](\d[ -]?){12}\d|"
        r"3[068](\d[ -]?){11}\d|6(\d[ -]?){14,17}\d|\d{4}[ -]\d{4}[ -]\d{4}[ -]\d{4})\s*$",
        check_digits.luhn,
    ),
    _Kind("phone number", r"^\s*(\+|00)\d{1,3}[ \-/.()]*\d[\d \-/.()]{5,14}\d(\s*(x|ext\.?)\s*\d+)?\s*$"),
    _Kind(
        "phone number (national)",
        r"^\s*(\(\d{3}\) ?\d{3}[-. ]\d{4}|\d{3}[-.]\d{3}[-.]\d{4}|0[1-9]([ .]\d{2}){4}|"
        r"\(?0\d{1,5}\)?[ /\-]+\d{3,}[\d \-/]{2,}\d)\s*$",
    ),
    _Kind(
        "French social security number",
        r"^\s*[1-478] ?\d{2} ?\d{2} ?\d[\dABab] ?\d{3} ?\d{3} ?\d{2}\s*$",
        check_digits.french_nir,
    ),
    _Kind(
        "Spanish DNI or NIE",
        r"^\s*[XYZxyz\d][-. ]?\d{1,2}\.?\d{3}\.?\d{2,3}[- ]?[A-Za-z]\s*$",
        check_digits.spanish_dni,
    ),
    _Kind(
        "Italian tax code",
        r"^\s*[A-Za-z]{6}[\dA-Za-z]{2}[A-Za-z][\dA-Za-z]{2}[A-Za-z][\dA-Za-z]{3}[A-Za-z]\s*$",
        check_digits.italian_code,
    ),
    _Kind(
        "UK National Insurance number",
        r"^\s*[A-CEGHJ-PR-TW-Za-ceghj-pr-tw-z][A-CEGHJ-NPR-TW-Za-ceghj-npr-tw-z] ?\d{2} ?\d{2} ?\d{2} ?[A-Da-d]\s*$",
    ),
    _Kind("US Social Security number", r"^\s*[0-8]\d{2}-\d{2}-\d{4}\s*$"),
    _Kind("Swiss AHV number", r"^\s*756[. ]?\d{4}[. ]?\d{4}[. ]?\d{2}\s*$", check_digits.swiss_ahv),
    _Kind("Finnish identity code", r"^\s*\d{6}[-+A-Fa-f]\d{3}[0-9A-Ya-y]\s*$", check_digits.finnish_code),
    _Kind("Swedish personnummer", r"^\s*(\d{2})?\d{6}[-+]?\d{4}\s*$", check_digits.swedish_number, 10),
    _Kind(
        "Belgian national number",
        r"^\s*\d{2}[.]?\d{2}[.]?\d{2}[- ]?\d{3}[. ]?\d{2}\s*$",
        check_digits.belgian_number,
        11,
    ),
    _Kind("Norwegian fødselsnummer", r"^\s*\d{6} ?\d{5}\s*$", check_digits.norwegian_number, 11),
    _Kind("Brazilian CPF", r"^\s*\d{3}[.]?\d{3}[.]?\d{3}-?\d{2}\s*$", check_digits.brazilian_cpf, 11),
    _Kind("Polish PESEL", r"^\s*\d{11}\s*$", check_digits.polish_pesel, 11),
    _Kind("German tax identifier", r"^\s*\d{2} ?\d{3} ?\d{3} ?\d{3}\s*$", check_digits.german_tax),
    _Kind("Dutch BSN", r"^\s*\d{4}[. ]?\d{2}[. ]?\d{3}\s*$", check_digits.dutch_bsn, 9),
    _Kind("device number (IMEI)", r"^\s*(0[1-9]|3[35]|8[69]|99)\d{13}\s*$", check_digits.luhn),
    _Kind("postal address", _STREETS),
    _Kind("coordinates", r"^\s*\(?-?\d{1,2}\.\d{4,}\s*[,; ]\s*-?\d{1,3}\.\d{4,}\)?\s*$"),
)
"""Stricter kinds first: the first one that half of the cells fit is told."""

PATTERNS = {kind.name: kind.pattern for kind in KINDS} | {"e-mail addresses in text": INSIDE}


def find_personal(facts: Facts) -> dict[str, Personal]:
    """Find the columns that hold data about single people.

    Args:
        facts: Facts with the sample.

    Returns:
        Why, by column, in table order.
    """
    found = {c.name: personal for c in facts.columns.values() if c.filled and (personal := _personal(facts, c))}
    for pair in precise_places(facts, tuple(found)):
        found |= {name: Personal(LOCATION, "content", 1.0) for name in pair}
    return {name: found[name] for name in facts.names if name in found}


def _personal(facts: Facts, column: ColumnFacts) -> Personal | None:
    if column.storage is Storage.TEXT:
        cells = facts.strings(column.name)
        return _by_shape(cells, padded=False) or _by_content(cells) or _by_name(facts, column)
    if column.storage is Storage.DATE and births(facts, column):
        return Personal("birth date", "content", 1.0)
    if column.storage is Storage.INTEGER or (column.storage is Storage.NUMBER and column.whole == column.filled):
        return _by_number(facts, column) or _by_name(facts, column)
    if column.storage is Storage.NUMBER:
        return _coordinate(facts, column)
    return _by_name(facts, column)


def _by_number(facts: Facts, column: ColumnFacts) -> Personal | None:
    if column.maximum is None or not 1e7 <= column.maximum < 2**63 or column.distinct < LEAST:
        return None
    numbers = facts.sample.get_column(column.name).drop_nulls()
    return _by_shape(numbers.cast(pl.Int64, strict=False).drop_nulls().cast(pl.String), padded=True)


def _by_shape(cells: pl.Series, *, padded: bool) -> Personal | None:
    probe = cells.unique(maintain_order=True).head(PROBE)
    if probe.is_empty():
        return None
    for kind in KINDS:
        if padded and kind.right is None:
            continue
        width = kind.digits if padded else 0
        # A sentinel may fill more cells than fit: the probe holds different cells only, so that it counts once there.
        if int(_fits(probe, kind, width).sum()) < HALF * (probe.len() - 1):
            continue
        fits = _fits(cells, kind, width)
        share = int(fits.sum()) / max(cells.len() - _commonest_other(cells, fits), 1)
        if share >= HALF and (kind.right is None or cells.filter(fits).n_unique() >= LEAST):
            return Personal(kind.name, "pattern" if kind.right is None else "check digit", share)
    return None


def _fits(cells: pl.Series, kind: _Kind, width: int) -> pl.Series:
    texts = cells.str.zfill(width) if width else cells
    shaped = texts.str.contains(kind.pattern)
    if kind.right is None or not shaped.any():
        return shaped
    right = [text for text in texts.filter(shaped).unique() if kind.right(text)]
    return texts.is_in(right)


def _commonest_other(cells: pl.Series, fits: pl.Series) -> int:
    others = cells.filter(~fits)
    return int(others.value_counts(sort=True)["count"][0]) if others.len() else 0


def _by_content(cells: pl.Series) -> Personal | None:
    """Find phone numbers, plates and first names, and e-mail addresses and phone numbers within texts."""
    inside = int(cells.str.contains(INSIDE).sum())
    if inside >= EMBEDDED:
        return Personal("e-mail addresses in text", "pattern", inside / cells.len())
    for kind, share_of in _CONTENT.items():
        if share := share_of(cells):
            return Personal(kind, "pattern", share)
    named = _named(cells)
    return Personal("name of a person", "content", named) if named else None


_CONTENT: Mapping[str, Callable[[pl.Series], float]] = {
    "phone number (national)": phone_numbers,
    "licence plate": plates,
    "phone numbers in text": phones_in_text,
}


def _named(cells: pl.Series) -> float:
    """Return the share of cells that begin or end with a common first name; 0 where they are too few."""
    if cells.n_unique() < LEAST:
        return 0.0
    plain = cells.str.to_lowercase().str.normalize("NFKD").str.replace_all(r"\p{M}", "")
    parts = plain.str.replace_all(_TITLES, "").str.replace_all(r"[,;]", " ").str.strip_chars().str.split(" ")
    parts = parts.list.eval(pl.element().filter(pl.element() != ""))
    short = parts.list.len() <= MOST_WORDS
    if int(short.sum()) < HALF * cells.len():
        return 0.0
    ends = parts.list.first().is_in(_FIRST_NAMES) | parts.list.last().is_in(_FIRST_NAMES)
    several = parts.list.len() >= 2
    share, alone = (int((ends & short & kind).sum()) / cells.len() for kind in (several, ~several))
    return share + alone if share >= NAMED_SHARE or share + alone >= HALF else 0.0


_NAMES = (
    (BIRTH, "birth date"),
    (PHONE, "phone number"),
    (NATIONAL, "national or document number"),
    (ADDRESS, "postal address"),
    (GIVEN, "name of a person"),
    (PERSONAL, "by its name"),
)


def _by_name(facts: Facts, column: ColumnFacts) -> Personal | None:
    if column.storage is Storage.BOOLEAN or column.distinct <= max(10, 0.05 * column.filled):
        return None
    kind = next((kind for said, kind in _NAMES if mentions(column.name, said)), "")
    kind = kind or next((kind for kind, whole in WHOLE.items() if " ".join(words(column.name)) in whole), "")
    numbered = kind in ("phone number", "national or document number")
    if column.storage.numeric and not (numbered and (column.minimum or 0) >= LEAST_NUMBER):
        return None
    if column.storage is Storage.TEXT and numbered and _with_digits(facts.strings(column.name)) < HALF:
        return None
    return Personal(kind, "name", 1.0) if kind else None


def _with_digits(cells: pl.Series) -> float:
    return int(cells.str.count_matches(r"\d").ge(LEAST_DIGITS).sum()) / max(cells.len(), 1)


def _coordinate(facts: Facts, column: ColumnFacts) -> Personal | None:
    """Find latitudes and longitudes of four decimals or more (11 metres, one house) that differ on many rows."""
    if not mentions(column.name, PLACE) or column.distinct <= max(MANY, 0.05 * column.filled):
        return None
    if column.minimum is None or column.maximum is None or max(-column.minimum, column.maximum) > 180:
        return None
    values = facts.arrays.finite(column.name) * 1000
    fine = float((abs(values - values.round()) > 1e-6).mean()) if values.size else 0.0
    return Personal(LOCATION, "name", fine) if fine >= HALF else None
