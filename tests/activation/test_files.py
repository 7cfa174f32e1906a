"""Files: nothing in a csv runs in a spreadsheet, Parquet keeps the cells, the import joins by what there is."""

from __future__ import annotations

import csv
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clientela.activation.columns import Columns
from clientela.activation.files import CSV, IMPORT, PARQUET, inert, table, write_import, write_table
from clientela.activation.members import Member
from clientela.activation.normalising import digest
from clientela.activation.options import Ga4
from clientela.domain.errors import RefusedError

HOSTILE = [
    "=1+1",
    " =cmd|' /C calc'!A0",
    "+1",
    "-1",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "\n=1",
    "\uff1d1",
    'a"b',
    "a,b",
    "é",
    "ok",
]


def test_hostile_cells(tmp_path: Path) -> None:
    """Every formula gets an apostrophe in the csv, whatever blanks it begins with; Parquet has the plain cells."""
    members = [Member(cell, email=digest(cell)) for cell in HOSTILE]
    write_table(members, Columns("who", "ok", "mail"), "=segment()", tmp_path)
    with (tmp_path / CSV).open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [row["visitor"] for row in rows] == [*(f"'{cell}" for cell in HOSTILE[:9]), *HOSTILE[9:]]
    assert {row["segment"] for row in rows} == {"'=segment()"}
    kept = pl.read_parquet(tmp_path / PARQUET)
    assert kept["visitor"].to_list() == HOSTILE
    assert kept["email_sha256"].to_list() == [row["email_sha256"] for row in rows]


@given(st.lists(st.text(max_size=8), min_size=1, max_size=5), st.text(max_size=5))
def test_no_cell_begins_a_formula(cells: list[str], name: str) -> None:
    """Whatever the text, no cell and no header begins with a formula's sign after blanks."""
    frame = inert(
        pl.DataFrame({name: cells, "n": list(range(len(cells)))}) if name != "n" else pl.DataFrame({name: cells})
    )
    for text in (frame.columns[0], *frame.to_series(0).to_list()):
        assert not text.lstrip().startswith(("=", "+", "-", "@", "\uff1d"))
        assert not text.startswith(("\t", "\r", "\n"))


def test_the_table_has_no_clear_text() -> None:
    """Where the visitor is the e-mail address itself, only its digest goes out; missing digests are null."""
    members = [Member("me@x.de", email=digest("me@x.de"), phone=""), Member("b", email="", phone=digest("+1"))]
    frame = table(members, Columns("mail", "ok", "mail", "tel"), "s")
    assert frame.columns == ["email_sha256", "phone_sha256", "segment"]
    assert frame["phone_sha256"].to_list() == [None, digest("+1")]
    assert table(members, Columns("who", "ok"), "s").columns == ["visitor", "segment"]


def test_data_import(tmp_path: Path) -> None:
    """Users are joined by user id where all have one, else by stream and client id; without a stream not at all."""
    both, one = Member("a", client_id="1.2", user_id="u1"), Member("b", client_id="3.4")
    assert write_import([both], "s", Ga4(), tmp_path)
    assert (tmp_path / IMPORT).read_text() == "user_id,clientela_segment\nu1,s\n"
    assert write_import([both, one], "s", Ga4(stream="7"), tmp_path)
    assert (tmp_path / IMPORT).read_text() == "stream_id,client_id,clientela_segment\n7,1.2,s\n7,3.4,s\n"
    assert not write_import([both, one], "s", Ga4(), tmp_path)
    with pytest.raises(RefusedError, match="formula"):
        write_import([both], "=s", Ga4(), tmp_path)
