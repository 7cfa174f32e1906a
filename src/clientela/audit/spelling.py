"""How cells of text are written: patterns of numbers, amounts, dates, yes and no, missing and damage.

All patterns are understood alike by the engine and by the frames of the sample (RE2).
"""

from __future__ import annotations

from clientela.audit.lexicon import vocabulary

_GAP = "[ \u00a0\u2009\u202f'’]"
_PLAIN = r"(?:(?:0|[1-9]\d*)(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?"
_DOT = rf"(?:[1-9]\d{{0,2}}(?:,\d{{3}})+(?:\.\d+)?|[1-9]\d{{0,2}}(?:{_GAP}\d{{3}})+(?:\.\d+)?|{_PLAIN})"
_COMMA = rf"(?:[1-9]\d{{0,2}}(?:\.\d{{3}})+,\d+|[1-9]\d{{0,2}}(?:{_GAP}\d{{3}})+,\d+|\d+,\d+)"
_SURE_COMMA = (
    rf"(?:[1-9]\d{{0,2}}(?:\.\d{{3}})+,\d+|[1-9]\d{{0,2}}(?:{_GAP}\d{{3}})+,\d+|0,\d+|\d+,(?:\d{{1,2}}|\d{{4,}}))"
)
_MINUS = r"[-\x{2212}]"
_SIGN = r"[-+\x{2212}\x{2013}]?"


def _signed(core: str) -> str:
    """Return a whole cell: a minus before or after the number, or brackets around it; an apostrophe marks text."""
    return rf"^\s*'?(?:{_SIGN}\s?{core}|{core}\s?{_MINUS}|\(\s?{core}\s?\))\s*$"


NUMBER = _signed(_DOT)
"""A number with a decimal dot; commas, blanks or apostrophes may part thousands, brackets or a last minus negate."""

COMMA_NUMBER = _signed(_COMMA)
"""A number with a decimal comma."""

SURE_COMMA = _signed(_SURE_COMMA)
"""A number whose comma cannot part thousands."""

DOT_FRACTION = r"^\s*[-+]?\d+\.(\d{1,2}|\d{4,})\s*$"
"""A number whose dot cannot part thousands."""

_MONEY = (
    "(?:[€$£¥₹₽₺₩₪₫₴฿%‰¢]|(?:US|A|AU|C|CA|NZ|HK|S|R)\\$|EUR|Euro?|euro?|USD|GBP|CHF|Fr\\.?|SFr\\.?|JPY|CNY|RMB|SEK|"
    "NOK|DKK|kr\\.?|PLN|zł|CZK|Kč|HUF|Ft|RON|lei|BGN|TRY|TL|RUB|руб\\.?|UAH|INR|Rs\\.?|AUD|CAD|NZD|SGD|HKD|ZAR|BRL|"
    "R\\$|MXN|ARS|CLP|COP|KRW|AED|SAR|ILS|THB)"
)
_AMOUNT = rf"(?:{_COMMA}|{_DOT})"
_TAIL = "(?:,-|,–|\\.-|\\.–)?"
CURRENCY = (
    rf"^\s*\(?\s?(?:{_SIGN}\s?{_MONEY}\s?{_SIGN}\s?{_AMOUNT}{_TAIL}"
    rf"|{_SIGN}\s?{_AMOUNT}{_TAIL}\s?{_MINUS}?\s?{_MONEY}{_MINUS}?)\s?\)?\s*$"
)
"""An amount with a sign or code of a currency, or with a percent sign, before or after it."""

UNIT = rf"^\s*{_SIGN}{_AMOUNT}\s?(\p{{L}}{{1,8}}\.?|°\s?[CFK]?|\p{{L}}{{1,3}}[²³/]\p{{L}}{{0,3}}|\"|')\s*$"
"""A number with a unit after it; the first group is the unit."""

UNITS = vocabulary(
    "k, t, mn, bn, m, mio, mrd, tsd, mil, kg, g, mg, lb, lbs, oz, km, cm, mm, mi, ft, in, yd, l, ml, cl, h, hr, "
    "hrs, std, min, mins, s, sec, secs, sek, ms, d, day, days, tag, tage, week, weeks, woche, wochen, month, months, "
    "monat, monate, year, years, yr, yrs, jahr, jahre, kb, mb, gb, tb, kwh, wh, kw, pt, pts, px, stk, stuck, "
    "pcs, pc, jours, ans, mois, dias, anos, giorni, anni, dagen, jaar"
)
"""Units that numbers of one column may mix."""

_MONTH = (
    r"(?:jan|jän|ene|gen|sty|feb|fév|fev|lut|mar|mär|mrz|maa|apr|avr|abr|kwi|mai|may|maj|mei|mag|jun|juin|giu|cze|jul|"
    r"juil|lug|lip|aug|aoû|aou|ago|sie|sep|set|wrz|oct|okt|ott|out|paź|nov|lis|dec|dez|déc|dic|gru)\p{L}{0,8}\.?"
)
_DAY = r"(?:0?[1-9]|[12]\d|3[01])"
_YEAR = r"(?:(?:1[89]|20|21)\d\d|'?\d\d)"
_CLOCK = (
    r"\d{1,2}(?:[:h]\d{2}(?::\d{2}(?:[.,]\d+)?)?)?\s?(?:[aApP]\.?[mM]\.?|Uhr)?\s?(?:Z|UTC|GMT|CES?T|[-+]\d\d:?\d\d)?"
)
_DATES = (
    r"\d{4}([-/.])\d{1,2}[-/.]\d{1,2}",
    rf"\d{{1,2}}[-/.]\d{{1,2}}[-/.]{_YEAR}",
    rf"{_DAY}(?:st|nd|rd|th|er|º)?[-./ ]{{0,2}}(?:de )?{_MONTH}[-/, ]{{0,2}}(?:del? )?{_YEAR}",
    rf"{_MONTH}[-./ ]{{1,2}}{_DAY}(?:st|nd|rd|th)?,?[-/ ]{{1,2}}{_YEAR}",
    rf"(?:1[89]|20)\d\d[-/. ]{{1,2}}{_MONTH}[-/. ]{{1,2}}{_DAY}",
    rf"{_MONTH}[-/ ]{{1,2}}{_YEAR}",
    r"(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])(?:T?(?:[01]\d|2[0-3])[0-5]\d(?:[0-5]\d)?)?Z?",
)
_WEEKDAY = r"(?:\p{L}{2,10}\.?,? )?"
DATE = (
    rf"(?i)^\s*(?:{_WEEKDAY}(?:{'|'.join(_DATES)})(?:(?:[T,;]| um| at| à)*\s*{_CLOCK})?"
    r"|(?:[01]?\d|2[0-3]):[0-5]\d(?::[0-5]\d(?:\.\d+)?)?(?:\s?[ap]m)?)\s*$"
)
"""A date in numbers or with the month's name in several languages, with or without a time; or a time of day."""

TRUE_WORDS = vocabulary(
    "true, t, yes, y, on, 1, ja, j, wahr, oui, o, vrai, si, sí, s, sim, vero, verdadero, verdadeiro, tak, ano, áno, "
    "igen, da, да, evet, kyllä, はい, 是, checked, active, aktiv, ok"
)
FALSE_WORDS = vocabulary(
    "false, f, no, n, off, 0, nein, falsch, non, faux, não, nao, falso, nie, ne, nem, nu, нет, hayır, ei, nee, nej, "
    "いいえ, 否, unchecked, inactive, inaktiv, ko"
)

TICKS = frozenset({"x", "✓", "✔", "☑", "✅", "√", "•", "ticked", "angekreuzt"})
CROSSES = frozenset({"✗", "✘", "☐", "❌", "✖", "o", "-"})
"""Signs for yes and for no, where no word stands for them."""

MISSING = (
    r"(?i)^\s*(?:unknown|unk|n/?a|n\.\s?a\.?|<na>|not (?:available|set|applicable|known|specified|provided|given|"
    r"answered|stated)|\(?(?:not set|null|blank|empty|leer|vide|none|missing)\)|missing|missing value|null|nan|nil|"
    r"undefined|unspecified|no (?:data|answer|value|info|information|response)|unbekannt|keine angaben?|k\.\s?a\.?|"
    r"ohne angabe|o\.\s?a\.|fehlt|fehlend|nicht (?:bekannt|angegeben|verfügbar|vorhanden)|n\.\s?v\.|desconocid[oa]|"
    r"sin (?:datos|dato|información|respuesta)|no disponible|s/d|n/d|n\.\s?d\.?|inconnue?|non (?:renseigné|disponible|"
    r"spécifié)e?|sconosciut[oa]|non (?:noto|pervenuto)|desconhecid[oa]|não informado|sem (?:dados|resposta)|onbekend|"
    r"niet bekend|geen (?:opgave|gegevens)|okänd|ukjent|ukendt|tuntematon|nieznan[yea]|brak(?: danych)?|neznámý|"
    r"ismeretlen|necunoscut|неизвестно|нет данных|不明|未知|알 수 없음|-{1,3}|–|—|\?{1,3}|\.{1,3}|"
    r"#n/?a|#null!?|#nv|#value!|#wert!|#ref!|#bezug!|#div/0!|#name\?|#num!|#zahl!|#error!?|#fehler!?)\s*$"
)
"""A word, sign or error of a spreadsheet that stands for missing, in several languages."""

NOTHING = r"(?i)^\s*(?:none|nothing|nichts|kein[es]?|leer|empty|blank|vide|vac[ií]o|nd|nr|ns|sd|x{1,3})\s*$"
"""A word that stands for missing among numbers and dates, but may be a class among words."""

_FOLLOWING = (
    "[\u0080-\u00bf\u20ac\u201a\u0192\u201e\u2026\u2020\u2021\u02c6\u2030\u0160\u2039\u0152\u017d\u02dc\u2122\u0161\u203a"
    "\u0153\u017e\u0178"
)
DAMAGE = (
    "\ufffd|\x00|[\u0080-\u009f]"  # replacement and control characters
    f"|[ÂÃ]{_FOLLOWING}\u2018\u2019\u201c\u201d\u2022\u2013\u2014]"  # UTF-8 read as Latin-1 or Windows-1252
    f"|[ÄÅÎÏÐÑ]{_FOLLOWING}]"
    "|â(?:\u20ac|\u201a|\u0080|\u201e)|ï»¿|ðŸ"
    "|√[^\x00-\x7f\\s]|├[^\x00-\x7f─\\s]"  # UTF-8 read as Mac Roman or as DOS
    "|[À-ÿ]{4}"  # Cyrillic or Greek read as Latin
    r"|&(?:[A-Za-z]{1,6}(?:uml|acute|grave|circ|tilde|cedil|ring|slash|lig)|#\d{2,5});"
    r"|\\u00[0-9a-fA-F]{2}|=C3=[89AB][0-9A-F]"
)
"""What a wrong encoding leaves behind."""

SCIENTIFIC = r"^\s*\d(?:[.,]\d+)?[eE]\+?\d{2,}\s*$"
"""A large number as a spreadsheet shows it: 1.23E+15."""

DIGITS = r"^\s*\d{11,}\s*$"
"""Digits too many for a quantity."""

ZERO_TAIL = r"^\s*\d{15}0+\s*$"
"""Digits beyond the fifteenth, all zero: a spreadsheet keeps fifteen."""

NUMBERS = (NUMBER, COMMA_NUMBER, CURRENCY)
"""All ways to write a number without a unit."""

COMMA_AMOUNT = r"\d,\d{1,2}(?:\D*)$"
"""A cell whose last number has one or two digits after a comma."""
