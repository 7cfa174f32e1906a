"""Identifiers as each platform wants them: the same address written in many ways becomes one text, then its SHA-256.

Rules: Google's "Format user data" (Data Manager API, developers.google.com/data-manager/api/devguides/concepts/
formatting) and Meta's "Customer File Custom Audiences", section on hashing and normalization
(developers.facebook.com/documentation/ads-commerce/marketing-api/audiences/guides/custom-audiences).
"""

from __future__ import annotations

import hashlib
import re
from typing import NamedTuple

LONGEST_ADDRESS = 254
LEAST_DIGITS, MOST_DIGITS = 8, 15
"""Digits of an international phone number, country code included; E.164 has 15 at most."""

GMAIL = ("gmail.com", "googlemail.com")
KEEP_ZERO = ("39", "378", "379")
"""Calling codes whose national numbers keep their leading zero: Italy, San Marino, Vatican."""

NORTH_AMERICA, NORTH_AMERICAN_DIGITS = "1", 10

_ADDRESS = re.compile(r"[^\s@<>()\[\]\",;:\\]+@[^\W_](?:[\w-]*[^\W_])?(?:\.[^\W_](?:[\w-]*[^\W_])?)+")
_HASHED = re.compile(r"[0-9a-fA-F]{64}")
_PUNCTUATION = str.maketrans("", "", " \t\u00a0\u202f()-./\u2010\u2011\u2012\u2013")


class Normalised(NamedTuple):
    """An identifier in its one form, or why there is none.

    Attributes:
        text: The form; "" where there is none.
        problem: Why there is none; "" where there is one.
    """

    text: str
    problem: str = ""


def email(cell: str, *, google: bool) -> Normalised:
    """Return an e-mail address in its one form.

    All letters small, no blanks at the ends. For Google also none within; and before gmail.com and googlemail.com no
    dots, and nothing from a plus on.

    Args:
        cell: The address as somebody wrote it.
        google: Whether Google's rules hold, or those of Meta.

    >>> email(" Cloudy.SanFrancisco+shopping@gmail.com ", google=True).text
    'cloudysanfrancisco@gmail.com'
    >>> email("User.Name+NYC@Example.com", google=False).text
    'user.name+nyc@example.com'
    """
    text = ("".join(cell.split()) if google else cell.strip()).lower()
    if google:
        local, at, domain = text.rpartition("@")
        if domain in GMAIL:
            text = local.partition("+")[0].replace(".", "") + at + domain
    if not text.isprintable() or len(text) > LONGEST_ADDRESS or not _ADDRESS.fullmatch(text):
        return Normalised("", "no e-mail address")
    return Normalised(text)


def phone(cell: str, country: str) -> Normalised:
    """Return a phone number by E.164: a plus, the country code, the number, nothing but digits.

    Args:
        cell: The number as somebody wrote it, international (+49 or 0049) or national.
        country: Calling code of national numbers, such as "49"; "" where there is none.

    >>> phone("(0170) 123 45 67", "49").text, phone("+1 (800) 555-0100", "").text
    ('+491701234567', '+18005550100')
    >>> phone("0170 1234567", "").problem
    'phone number without a country code'
    """
    text = cell.strip().removeprefix("tel:").replace("(0)", "").translate(_PUNCTUATION)
    digits = text.removeprefix("+")
    if not (digits.isascii() and digits.isdecimal()):
        return Normalised("", "no phone number")
    if not text.startswith("+") and not digits.startswith("00"):
        return _national(digits, country.removeprefix("+"))
    return _within(digits.lstrip("0"))


def _national(digits: str, country: str) -> Normalised:
    if not country:
        return Normalised("", "phone number without a country code")
    if country == NORTH_AMERICA:
        bare = digits[1:] if len(digits) == NORTH_AMERICAN_DIGITS + 1 and digits[0] == NORTH_AMERICA else digits
        right = len(bare) == NORTH_AMERICAN_DIGITS and bare[0] not in "01"
        return Normalised(f"+{country}{bare}") if right else Normalised("", "no phone number")
    if not digits.startswith("0") and digits.startswith(country):
        # 491701234567 may be +49 1701234567 or the national number 0491 701234567
        return Normalised("", "phone number with a country code but no +")
    return _within(country + (digits if country in KEEP_ZERO else digits.removeprefix("0")))


def _within(digits: str) -> Normalised:
    if not LEAST_DIGITS <= len(digits) <= MOST_DIGITS:
        return Normalised("", "no phone number")
    return Normalised(f"+{digits}")


def digest(text: str) -> str:
    """Return the SHA-256 of a text (UTF-8) in hexadecimal digits, letters small.

    >>> digest("mary@example.com")[:8]
    'f1904cf1'
    """
    return hashlib.sha256(text.encode()).hexdigest()


def hashed(cell: str) -> str:
    """Return a cell that already is a SHA-256 in hexadecimal digits, letters small; "" for any other.

    >>> hashed("mary@example.com")
    ''
    """
    text = cell.strip()
    return text.lower() if _HASHED.fullmatch(text) else ""
