"""Data about people that need protection."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import numpy as np
import polars as pl
import pytest

from clientela.audit.checks.people import personal_data
from clientela.audit.people import check_digits
from clientela.audit.result import AuditResult
from clientela.domain.column import Role
from clientela.domain.finding import Severity
from clientela.domain.roles import Ask


def completed(stem: str, right: Callable[[str], bool], signs: str = "0123456789", count: int = 1) -> str:
    """Return a made-up number with check signs that make it right."""
    tails = [sign + rest for sign in signs for rest in (signs if count == 2 else [""])]
    return next((stem + tail for tail in tails if right(stem + tail)), "")


def made(shape: str, right: Callable[[str], bool], signs: str = "0123456789", count: int = 1) -> list[str]:
    """Return sixty such numbers, # drawn."""
    rng = np.random.default_rng(8)
    found: list[str] = []
    while len(found) < 60:
        stem = "".join(str(rng.integers(10)) if char == "#" else char for char in shape)
        text = completed(stem, right, signs, count)
        found += [text] if text else []
    return found


LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
CASES = [
    ("contact_via", [f"someone{i}@example.org" for i in range(60)], "e-mail address"),
    ("sender", [f"Some One <someone{i}@example.org>" for i in range(60)], "e-mail address"),
    ("seen_from", [f"192.168.{i}.{i + 1}" for i in range(60)], "IP address"),
    ("seen_from", [f"2001:db8:{i:x}::{i + 7:x}" for i in range(60)], "IP address (version 6)"),
    ("hw", [f"00:1A:2B:{i:02X}:4D:5E" for i in range(60)], "device address (MAC)"),
    ("reach", [f"+49 30 1234{i:03d}" for i in range(60)], "phone number"),
    ("reach", [f"(212) 555-{i:04d}" for i in range(60)], "phone number (national)"),
    ("reach", [f"0{30 + i}/123{i:03d}" for i in range(60)], "phone number (national)"),
    ("account", [f"DE8937040044053201{i:04d}" for i in range(60)], "IBAN"),
    ("paid_with", made("4929 #### #### ###", check_digits.luhn), "payment card"),
    ("ref", made("86########", check_digits.german_tax), "German tax identifier"),
    ("ref", made("1 85 05 ## ### ### ", check_digits.french_nir, count=2), "French social security number"),
    ("ref", made("########", check_digits.spanish_dni, LETTERS), "Spanish DNI or NIE"),
    ("ref", made("RSSMRA8#T1#A5##", check_digits.italian_code, LETTERS), "Italian tax code"),
    ("ref", made("########", check_digits.dutch_bsn), "Dutch BSN"),
    ("ref", [f"QQ 12 34 {i:02d} C".replace("QQ", "AB") for i in range(60)], "UK National Insurance number"),
    ("ref", [f"{200 + i}-45-{6000 + i}" for i in range(60)], "US Social Security number"),
    ("ref", made("7#0512####", check_digits.polish_pesel), "Polish PESEL"),
    ("ref", made("7#1228-###", check_digits.swedish_number), "Swedish personnummer"),
    ("ref", made("8#.07.30-###.", check_digits.belgian_number, count=2), "Belgian national number"),
    ("ref", made("756.####.####.#", check_digits.swiss_ahv), "Swiss AHV number"),
    ("ref", made("13105#-###", check_digits.finnish_code, "0123456789ABCDEFHJKLMNPRSTUVWXY"), "Finnish identity code"),
    ("ref", made("0101#####", check_digits.norwegian_number, count=2), "Norwegian fødselsnummer"),
    ("ref", made("###.###.###-", check_digits.brazilian_cpf, count=2), "Brazilian CPF"),
    ("ref", made("35############", check_digits.luhn), "device number (IMEI)"),
    ("where", [f"Lindenstraße {i + 1}" for i in range(60)], "postal address"),
    ("where", [f"{i + 1} Elm Street" for i in range(60)], "postal address"),
    ("where", [f"Via Roma {i + 1}" for i in range(60)], "postal address"),
    ("point", [f"52.5{i:03d}1, 13.4{i:03d}7" for i in range(60)], "coordinates"),
    (
        "who",
        [f"{name} Beispiel{i}" for i in range(12) for name in ("Anna", "Paul", "Otto-Max", "Zoe", "Lina")],
        "name of a person",
    ),
    (
        "note",
        [f"call back, write to a{i}@b.example" if i % 9 == 0 else f"all well {i}" for i in range(60)],
        "e-mail addresses in text",
    ),
    ("Nachname", [f"Name{i}" for i in range(60)], "name of a person"),
    ("passport_no", [f"C{i:08d}" for i in range(60)], "national or document number"),
]


@pytest.mark.parametrize(("name", "cells", "kind"), CASES, ids=[f"{case[2]}-{i}" for i, case in enumerate(CASES)])
def test_found_by_pattern_check_digit_and_name(
    said: Callable[..., Any], name: str, cells: list[str], kind: str
) -> None:
    """Patterns and check digits in the cells and telling names are found, also where four cells in ten are a dash."""
    assert said(personal_data, pl.DataFrame({name: cells})).findings[0].evidence["kinds"] == {name: kind}
    diluted = [*cells, *["-"] * 40]
    assert said(personal_data, pl.DataFrame({name: diluted})).findings[0].evidence["kinds"] == {name: kind}


def test_numbers_and_dates(said: Callable[..., Any]) -> None:
    """Numbers stored as numbers, precise places and birth dates are found."""
    rng = np.random.default_rng(5)
    frame = pl.DataFrame(
        {
            "bsn": [int(text) for text in made("########", check_digits.dutch_bsn)],
            "phone": rng.integers(10**9, 10**10, 60),
            "lat": 52 + rng.random(60).round(6),
            "Geburtsdatum": pl.date_range(pl.date(1960, 1, 1), pl.date(1960, 2, 29), eager=True),
        }
    )
    kinds = said(personal_data, frame).findings[0].evidence["kinds"]
    assert kinds == {
        "bsn": "Dutch BSN",
        "phone": "phone number",
        "lat": "precise location",
        "Geburtsdatum": "birth date",
    }


def test_ordinary_columns_pass(said: Callable[..., Any], plain: pl.DataFrame) -> None:
    """Versions, running numbers, dates as text, article codes and a newsletter flag called e-mail are not personal."""
    n = plain.height
    rng = np.random.default_rng(4)
    frame = plain.with_columns(
        pl.Series("ticket", [f"{4929000000000000 + i * 7919}" for i in range(n)]),
        pl.Series("ean", [f"{4006381000000 + i * 37}" for i in range(n)]),
        pl.Series("running", [f"{123456789 + i}" for i in range(n)]),
        pl.Series("us_date", [f"0{1 + i % 9}/{10 + i % 18}/20{i % 20:02d}" for i in range(n)]),
        pl.Series("eu_date", [f"0{1 + i % 9}-0{1 + i % 8}-20{i % 20:02d}" for i in range(n)]),
        pl.Series("at", [f"{i % 24:02d}:{i % 60:02d}:{i % 59:02d}" for i in range(n)]),
        pl.Series("sku", [f"AB{10 + i % 80}CDEF{i:04d}GHIJ{i % 7}" for i in range(n)]),
        pl.Series("phone_model", [f"Model {i}" for i in range(n)]),
        pl.Series("shop_lat", 50 + rng.integers(0, 30, n) * 0.01371),
        pl.Series("long_number", rng.integers(10**10, 10**11, n)),
        version=pl.lit("10.2.3"),
        email=pl.col("clicks").cast(pl.String).str.slice(0, 1),
    )
    assert not said(personal_data, frame).findings


def test_personal_columns_are_no_features(audited: Callable[..., AuditResult], plain: pl.DataFrame) -> None:
    """A personal column is left out of the model, unless a person says otherwise; an address may name visitors."""
    rng = np.random.default_rng(1)
    mails = pl.Series("customer_id", [f"v{i}@shop.example" for i in rng.integers(0, 700, plain.height)])
    frame = plain.drop("visitor_id").with_columns(mails, last_name=pl.Series([f"Name{i % 900}" for i in range(2000)]))
    roles = audited(frame).roles
    assert (roles.visitor, roles.column("customer_id").role) == ("customer_id", Role.IDENTIFIER)
    assert roles.column("last_name").role is Role.IGNORED
    assert audited(frame, Ask(roles={"last_name": Role.FEATURE})).roles.column("last_name").role is Role.FEATURE


@pytest.fixture(scope="module")
def people() -> pl.DataFrame:
    """Return 3,000 visits of 1,000 people with age, town, gender and device."""
    rng = np.random.default_rng(12)
    persons = pl.DataFrame(
        {
            "visitor_id": [f"p{i}" for i in range(1000)],
            "age": rng.integers(18, 80, 1000),
            "town": [f"town {i}" for i in rng.integers(0, 25, 1000)],
            "gender": rng.choice(["f", "m"], 1000),
        }
    )
    visits = pl.DataFrame(
        {"visitor_id": [f"p{i}" for i in rng.integers(0, 1000, 3000)], "clicks": rng.poisson(5, 3000)}
    )
    return visits.join(persons, on="visitor_id")


def test_columns_that_single_visitors_out(said: Callable[..., Any], people: pl.DataFrame) -> None:
    """Visitors alone with age, town and gender are counted as a group-by of the visitors says."""
    finding = said(personal_data, people).findings[0]
    assert (finding.severity, set(finding.columns)) == (Severity.NOTICE, {"age", "town", "gender"})
    persons = people.unique("visitor_id").group_by("age", "town", "gender").len()
    evidence = finding.evidence
    assert evidence["unit"] == "visitors"
    assert evidence["units"] == people["visitor_id"].n_unique()
    assert evidence["singled_out"] == persons.filter(pl.col("len") == 1).height
    assert evidence["below_5"] == persons.filter(pl.col("len") < 5)["len"].sum()
    assert [step[1] for step in evidence["step_by_step"]] == sorted(step[1] for step in evidence["step_by_step"])
    assert evidence["all_tried"]["share"] == pytest.approx(evidence["share"])


def test_rows_where_no_visitor_is_known(said: Callable[..., Any], people: pl.DataFrame) -> None:
    """Without a visitor rows are counted, and a table where nobody stands alone is tested and passes."""
    rows = said(personal_data, people.drop("visitor_id")).findings[0]
    assert (rows.evidence["unit"], rows.evidence["units"]) == ("rows", people.height)
    coarse = people.with_columns(pl.col("age") // 40, pl.col("town").str.slice(5, 1)).drop("visitor_id")
    assert not said(personal_data, coarse).findings


def test_no_personal_value_stands_in_the_result(audited: Callable[..., AuditResult], plain: pl.DataFrame) -> None:
    """Whatever else is wrong with a personal column, its cells are masked wherever they would stand."""
    rng = np.random.default_rng(3)
    n = plain.height
    mails = [f"Person{i}@Mail.example" for i in rng.integers(0, 400, n)]
    mails = [mail.lower() if i % 7 == 0 else f"{mail} " if i % 11 == 0 else mail for i, mail in enumerate(mails)]
    phones = rng.integers(10**9, 10**10, n)
    phones[:900] = 2_000_000_001
    frame = plain.with_columns(
        pl.Series("reach", mails),
        pl.Series("phone", phones),
        pl.Series("surname", [f"Nachname{i}" for i in np.where(rng.random(n) < 0.6, 7, rng.integers(0, 500, n))]),
        pl.Series("surname_upper", [""] * n),
    ).with_columns(surname_upper=pl.col("surname").str.to_uppercase())
    text = json.dumps(audited(frame).to_dict()).lower()
    for cells in (frame["reach"], frame["surname"], frame["phone"].cast(pl.String)):
        shown = sorted({cell for cell in cells.unique() if cell.strip().lower() in text})[:3]
        assert shown == []
