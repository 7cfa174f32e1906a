"""Personal data under names that say nothing, and what only looks like it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import polars as pl
import pytest

from clientela.audit.checks.people import personal_data
from clientela.domain.finding import Severity

N = 400
RNG = np.random.default_rng(77)


def digits(shape: str, count: int = N) -> list[str]:
    """Return texts of this shape, # a digit and ~ one from 2 to 9."""
    return [
        "".join(str(RNG.integers(10)) if c == "#" else str(RNG.integers(2, 10)) if c == "~" else c for c in shape)
        for _ in range(count)
    ]


def letters(shape: str, alphabet: str) -> list[str]:
    """Return texts of this shape, # a digit and @ a letter of the alphabet."""
    return ["".join(RNG.choice(list(alphabet)) if c == "@" else c for c in text) for text in digits(shape)]


def text_with(shape: str, every: int) -> list[str]:
    """Return comments, some of them with a number of this shape."""
    return [
        f"please call {n} at noon" if i % every == 0 else f"all well, thanks {i}" for i, n in enumerate(digits(shape))
    ]


def names(first: str, last: str) -> list[str]:
    """Return names of persons."""
    return [f"{RNG.choice(first.split())} {RNG.choice(last.split())}" for _ in range(N)]


NO_VOWELS = "BCDFGHJKLMNPRSTVWXYZ"
NO_IOU = "ABCDEFGHJKLMNPQRSTVWXYZ"
PERSONAL = {
    "France": (digits("06 ## ## ## ##"), "phone number (national)"),
    "Sweden": (digits("070-### ## ##"), "phone number (national)"),
    "Netherlands": (digits("06-########"), "phone number (national)"),
    "Belgium": (digits("04##.##.##.##"), "phone number (national)"),
    "Britain": (digits("020 7### ####"), "phone number (national)"),
    "Australia": (digits("04## ### ###"), "phone number (national)"),
    "Switzerland": (digits("044 ### ## ##"), "phone number (national)"),
    "Spain": (digits("6## ### ###"), "phone number (national)"),
    "Brazil": (digits("(11) 9####-####"), "phone number (national)"),
    "Italy": (digits("3~# ### ####"), "phone number (national)"),
    "Norway": (digits("4# ## ## ##"), "phone number (national)"),
    "India": (digits("9#### #####"), "phone number (national)"),
    "abroad": (digits("+351 9## ### ###"), "phone number"),
    "zeros": (digits("0044 20 #### ####"), "phone number"),
    "German plate": (letters("@-@@ 4##", "ABDEHKLMN"), "licence plate"),
    "French plate": (letters("@@-###-@@", NO_IOU), "licence plate"),
    "British plate": (letters("@@## @@@", "ABCDEFGHJKLMNPR"), "licence plate"),
    "Spanish plate": (letters("#### @@@", NO_VOWELS), "licence plate"),
    "phone in text": (text_with("0171 #######", 40), "phone numbers in text"),
    "phone abroad in text": (text_with("+33 6 ## ## ## ##", 60), "phone numbers in text"),
    "Polish names": (
        names("Agnieszka Krzysztof Paweł Małgorzata", "Kowalski Nowak Wójcik Lis Kot Baran"),
        "name of a person",
    ),
    "Turkish names": (names("Mehmet Ayşe Emre Zeynep", "Yılmaz Demir Şahin Kaya Koç Öz"), "name of a person"),
    "names with titles": (names("Dr. Frau Herr", "Anna Paul Sofie Luís María José Andrés"), "name of a person"),
    "first names": (
        RNG.choice(
            [
                "anna",
                "Paul",
                "José",
                "Zoë",
                "Lars",
                "Mia",
                "Ali",
                "Omar",
                "Eva",
                "Jan",
                "Ute",
                "Tom",
                "Kim",
                "Ida",
                "Leo",
                "Max",
                "Ben",
                "Udo",
                "Ana",
                "Ivan",
                "Nina",
                "Olga",
                "Raj",
            ],
            N,
        ).tolist(),
        "name of a person",
    ),
}


@pytest.mark.parametrize("name", list(PERSONAL))
def test_cells_tell_what_the_name_hides(said: Callable[..., Any], name: str) -> None:
    """Phones of a dozen countries, plates, names and numbers inside comments are told under the name "c7"."""
    cells, kind = PERSONAL[name]
    finding = said(personal_data, pl.DataFrame({"c7": cells, "clicks": RNG.poisson(5, N)})).findings[0]
    assert (finding.severity, finding.columns, finding.evidence["kinds"]) == (Severity.WARNING, ("c7",), {"c7": kind})


def test_births_and_places_by_their_cells(said: Callable[..., Any]) -> None:
    """Dates of eighty years that ended are births; two columns of a country's latitudes and longitudes are places."""
    days = pl.Series(RNG.integers(-14_000, 13_000, N)).cast(pl.Int32).cast(pl.Date)
    finding = said(personal_data, pl.DataFrame({"d1": days, "clicks": RNG.poisson(5, N)})).findings[0]
    assert finding.evidence["kinds"] == {"d1": "birth date"}
    for decimals in (4, 6):
        north, east = (np.round(RNG.uniform(low, high, N), decimals) for low, high in ((47.3, 54.9), (6.1, 14.9)))
        for cells in ({"p": north, "q": east}, {"p": east, "q": north}):
            finding = said(personal_data, pl.DataFrame(cells | {"clicks": RNG.poisson(5, N)})).findings[0]
            assert finding.evidence["kinds"] == {"p": "precise location", "q": "precise location"}


HARMLESS: dict[str, Any] = {
    "order numbers": digits("2024-######"),
    "article numbers": digits("~##.###.###"),
    "long codes": digits("####-####"),
    "amounts": [f"{value:,}".replace(",", " ") for value in RNG.integers(10**4, 10**9, N)],
    "dates": [f"{d:02d}.{m:02d}.20{y}" for d, m, y in zip(*(RNG.integers(1, k, N) for k in (28, 13, 24)), strict=True)],
    "clock": digits("2024-01-0~ 0~:##:##"),
    "product codes": letters("@@-###-@@", "ABCDEFGHIJKLMNOPQRSTUVWXYZ"),
    "sizes": RNG.choice(["S-M 40", "M-L 42", "L-XL 44"], N).tolist(),
    "towns": RNG.choice(
        ["Linz", "Graz", "Bonn", "Ulm", "Bern", "Genf", "Kiel", "Jena", "Gera", "Hof", "Trier", "Worms"], N
    ).tolist(),
    "comments": [f"order 4711-{i} came late, 12 days" for i in range(N)],
    "release dates": pl.Series(RNG.integers(14_000, 20_000, N)).cast(pl.Int32).cast(pl.Date),
}


@pytest.mark.parametrize("name", list(HARMLESS))
def test_what_only_looks_like_it(said: Callable[..., Any], name: str) -> None:
    """Order and article numbers, amounts, dates, codes, towns and comments are nobody's."""
    assert not said(personal_data, pl.DataFrame({"c7": HARMLESS[name], "clicks": RNG.poisson(5, N)})).findings


def test_numbers_that_are_no_places(said: Callable[..., Any]) -> None:
    """Scores, rounded prices, full fractions and readings with a name are no coordinates."""
    free = {
        "scores": (np.round(RNG.normal(size=N), 5), np.round(RNG.normal(size=N), 5)),
        "prices": (np.round(RNG.uniform(47, 55, N), 2), np.round(RNG.uniform(6, 15, N), 2)),
        "measured": (RNG.uniform(47, 55, N), RNG.uniform(6, 15, N)),
    }
    for one, other in free.values():
        assert not said(personal_data, pl.DataFrame({"p": one, "q": other})).findings
    named = pl.DataFrame({"humidity": np.round(RNG.uniform(40, 60, N), 4), "temp": np.round(RNG.uniform(5, 30, N), 4)})
    assert not said(personal_data, named).findings


def test_rows_alone_are_information_and_visitors_a_notice(said: Callable[..., Any]) -> None:
    """Columns that single out rows are told for information, those that single out visitors as a notice."""
    frame = pl.DataFrame({"age": RNG.integers(18, 80, N), "city": RNG.integers(0, 20, N), "job": RNG.integers(0, 9, N)})
    assert said(personal_data, frame).findings[0].severity is Severity.INFO
    known = frame.with_columns(customer_id=pl.int_range(pl.len()) // 2 + 50_000)
    assert said(personal_data, known).findings[0].severity is Severity.NOTICE
