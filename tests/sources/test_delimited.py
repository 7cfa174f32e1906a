"""Delimited text: any delimiter, quoting, encoding and damage, and no cell lost."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from clientela.domain.errors import InputError
from clientela.sources import encoding
from clientela.sources.opening import open_table
from clientela.tables.table import Table

from .contract import rows_of

Read = Callable[..., Table]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|", "^", "~", "\x1f"])
def test_delimiters(read_text: Read, delimiter: str) -> None:
    """The delimiter is found, numbers with commas notwithstanding."""
    lines = [["name", "price", "n"], ["a", "1.5", "3"], ["b", "2.5", "4"], ["c", "3", "5"]]
    table = read_text("\n".join(delimiter.join(line) for line in lines))
    assert rows_of(table) == [("a", 1.5, 3), ("b", 2.5, 4), ("c", 3.0, 5)]
    assert table.reading.delimiter == delimiter


def test_decimal_commas(read_text: Read) -> None:
    """A decimal comma is no delimiter."""
    table = read_text("a;b\n1,5;2,5\n2,5;3,5\n")
    assert rows_of(table) == [(1.5, 2.5), (2.5, 3.5)]


def test_blanks_as_delimiter(read_text: Read) -> None:
    """Padded columns are parted at runs of blanks."""
    table = read_text(" 00001 1997   1.5\n 00002 1998  12.5\n 00003 1999   2.5\n")
    assert rows_of(table) == [("00001", 1997, 1.5), ("00002", 1998, 12.5), ("00003", 1999, 2.5)]
    assert table.reading.header_lines == 0
    assert any("No header" in note for note in table.reading.notes)


def test_one_column(read_text: Read) -> None:
    """A file without delimiter is one column; blanks and commas in it are text."""
    table = read_text("comment\nhello there\nyes\nwell, no thanks indeed\n")
    assert rows_of(table) == [("hello there",), ("yes",), ("well, no thanks indeed",)]
    named = read_text("group\n" + "1 none\n5 top\n" * 30)
    assert [field.name for field in named.fields] == ["group"]
    assert rows_of(named)[:2] == [("1 none",), ("5 top",)]


def test_quotes(read_text: Read) -> None:
    """Quotes hold delimiters, line ends and quotes, doubled or escaped."""
    assert rows_of(read_text('a,b\n1,"x, y\nz"\n2,"say ""hi"""\n')) == [(1, "x, y\nz"), (2, 'say "hi"')]
    assert rows_of(read_text('a,b\n1,"say \\"hi\\", ok"\n2,y\n')) == [(1, 'say "hi", ok'), (2, "y")]
    assert rows_of(read_text("a,b\n'1','x, y'\n'2','z'\n")) == [(1, "x, y"), (2, "z")]


def test_open_quote(read_text: Read) -> None:
    """A quote that is never closed swallows no line."""
    table = read_text('a;b\n1;"open\n3;4\n5;6\n')
    assert [row[0] for row in rows_of(table)] == [1, 3, 5]


def test_ragged(read_text: Read) -> None:
    """Short and long lines keep all of their cells."""
    table = read_text("a,b\n1,2\n3\n4,5,6\n")
    assert rows_of(table) == [(1, 2, None), (3, None, None), (4, 5, 6)]
    assert "lines have fewer or more cells" in " ".join(table.reading.notes)


def test_ragged_far_below(read_text: Read) -> None:
    """A long line beyond the lines looked at keeps its cells too."""
    lines = [
        "a,b",
        *(f"{i},x{'y' * 60}" for i in range(8000)),
        "8000,x,extra",
        *(f"{i},x{'y' * 60}" for i in range(8000)),
    ]
    table = read_text("\n".join(lines))
    assert table.rows == 16001
    assert next(table.select(["column_3"]).batches(20000))["column_3"].drop_nulls().to_list() == ["extra"]


@pytest.mark.parametrize(
    ("content", "name", "cell"),
    [
        ("a,b\n1,ü\n".encode(), "utf-8", "ü"),
        ("\ufeffa,b\n1,ü\n".encode(), "utf-8", "ü"),
        ("a,b\n1,ü\n".encode("utf-16"), "utf-16-le", "ü"),
        ("a,b\n1,ü\n".encode("utf-16-be"), "utf-16-be", "ü"),
        ("a,b\n1,ü\n".encode("utf-16-le"), "utf-16-le", "ü"),
        ("a,b\n1,ü\n".encode("utf-32"), "utf-32-le", "ü"),
    ],
)
def test_encodings(read_text: Read, content: bytes, name: str, cell: str) -> None:
    """Unicode in every form comes out the same, without its byte order mark."""
    table = read_text(content)
    assert [field.name for field in table.fields] == ["a", "b"]
    assert rows_of(table) == [(1, cell)]
    assert table.reading.encoding == name


def test_older_encoding(read_text: Read) -> None:
    """A file in an older encoding is read by it."""
    words = ["Größe", "Käufer", "Straße", "Mädchen für alles", "Überweisung über Nacht"] * 10
    table = read_text(("id;text\n" + "".join(f"{i};{word}\n" for i, word in enumerate(words))).encode("cp1252"))
    assert [row[1] for row in rows_of(table)] == words
    assert table.reading.encoding != "utf-8"


def test_broken_bytes(read_text: Read) -> None:
    """A few broken bytes in UTF-8 are replaced, counted and told."""
    table = read_text("a,b\n1,öäüßéèà\n2,x".encode() + b"\xff" + b"y\n")
    assert rows_of(table)[1] == (2, "x\ufffdy")
    assert table.reading.columns[1].coercions["encoding_damage"] == 1
    assert any("1 place could not be read" in note for note in table.reading.notes)


def test_replacement_characters_of_the_file_are_text(read_text: Read) -> None:
    """UTF-8 that holds the replacement character is UTF-8, however often, and nothing was broken in reading it."""
    table = read_text("a,b\n1,Espa\ufffda\n2,Per\ufffd\n3,Zürich\n".encode())
    assert [row[1] for row in rows_of(table)] == ["Espa\ufffda", "Per\ufffd", "Zürich"]
    assert table.reading.encoding == "utf-8"
    assert not any("could not be read" in note for note in table.reading.notes)


def test_nul_bytes(read_text: Read) -> None:
    """NUL bytes are taken out and told."""
    table = read_text(b"a,b\n1,x\x00y\n")
    assert rows_of(table) == [(1, "xy")]
    assert table.reading.notes == ("1 NUL byte was taken out.",)


def test_line_ends(read_text: Read) -> None:
    """All line ends are line ends."""
    for end in ("\n", "\r\n", "\r"):
        assert rows_of(read_text(end.join(["a;b", "1;2", "3;4"]))) == [(1, 2), (3, 4)]
    assert rows_of(read_text("a;b\r\n1;2\n3;4\r\n")) == [(1, 2), (3, 4)]


def test_titles_notes_totals(read_text: Read) -> None:
    """What stands around the table is set aside, and the rest is typed as if it were not there."""
    table = read_text("Report;;\n\nid;kind;price\n1;a;1,5\n2;b;2,5\n;;\n3;c;3\nTotal;;7\n\n\nSource: shop;;\n")
    assert rows_of(table) == [(1, "a", 1.5), (2, "b", 2.5), (3, "c", 3.0)]
    kinds = [item.kind for item in table.reading.set_aside]
    assert [kind for kind in kinds if kind != "blank"] == ["title", "total", "note"]
    assert table.reading.set_aside_count == len(kinds)


def test_silent_total(read_text: Read) -> None:
    """A last row that is the sum of the others is a total without saying so."""
    body = "".join(f"{i},k{i},{i * 2}\n" for i in range(1, 6))
    table = read_text("n,kind,amount\n" + body + "15,,30\n")
    assert table.rows == 5
    assert [(item.row, item.kind, item.text) for item in table.reading.set_aside] == [(7, "total", "15 | 30")]
    assert read_text("n,kind,amount\n" + body + "15,,31\n").rows == 6


def test_names(read_text: Read) -> None:
    """Blank and repeated names are made unique and told; a blank column is left out."""
    table = read_text("price,,price,,x\n1,2,3,,4\n5,6,7,,8\n")
    assert [field.name for field in table.fields] == ["price", "column_2", "price_2", "x"]
    assert [column.letter for column in table.reading.columns] == ["A", "B", "C", "E"]
    assert len(table.reading.notes) == 3


def test_every_cell_null(read_text: Read) -> None:
    """A table of blanks under a header has no data."""
    with pytest.raises(InputError, match="no rows of data"):
        read_text("a,b\n,\n,\n")
    table = read_text("a,b\n1,\n2,\n")
    assert rows_of(table) == [(1, None), (2, None)]


def test_large_cell(read_text: Read) -> None:
    """A cell of a megabyte is a cell."""
    table = read_text("a,b\n1," + "x" * 1_000_000 + "\n2,y\n")
    assert [len(row[1]) for row in rows_of(table)] == [1_000_000, 1]


def test_many_columns(read_text: Read) -> None:
    """More columns than can be worked on are refused at once."""
    line = ",".join(map(str, range(16000)))
    with pytest.raises(InputError, match="16000 columns and at most"):
        read_text("\n".join([line] * 3))
    assert len(read_text("\n".join([",".join(f"c{i}" for i in range(300)), ",".join(["1"] * 300)])).fields) == 300


def test_gzip_bomb(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that unpacks to far too much is refused before it fills the disk."""
    monkeypatch.setattr(encoding, "FREE_RATIO", 1000)
    (tmp_path / "x.csv.gz").write_bytes(gzip.compress(b"a,b\n" * 5_000_000))
    with pytest.raises(InputError, match="unpacks to far more"):
        open_table(tmp_path / "x.csv.gz")


def test_changing_file(tmp_path: Path) -> None:
    """A file that changes while it is read is refused."""
    path = tmp_path / "x.csv"
    path.write_text("a,b\n1,2\n")

    class Meddler:
        """Writes to the file as soon as reading has begun."""

        def update(self, message: str, share: float | None = None) -> None:
            """Write."""
            path.write_text(f"a,b\n1,2\n3,{len(message)}{share or 0}\n")

    with pytest.raises(InputError, match="changed while it was read"):
        open_table(path, progress=Meddler())


def test_hostile_cells(tmp_path: Path) -> None:
    """Formulas, markup, SQL and paths are text and nothing else."""
    cells = ["=cmd|' /C calc'!A0", "<script>alert(1)</script>", "'; DROP TABLE t0; --", "../../etc/passwd", "@SUM(A1)"]
    path = tmp_path / "h.csv"
    pl.DataFrame({"cell": cells, "'; DROP": ["x"] * 5}).write_csv(path)
    with open_table(path) as table:
        assert [row[0] for row in rows_of(table)] == cells
        assert table.fields[1].name == "'; DROP"


def test_progress_is_told(tmp_path: Path) -> None:
    """A long reading tells how far it is."""
    said: list[tuple[str, Any]] = []

    class Listener:
        """Keeps what it is told."""

        def update(self, message: str, share: float | None = None) -> None:
            """Keep."""
            said.append((message, share))

    (tmp_path / "x.csv").write_text("a,b\n1,2\n")
    with open_table(tmp_path / "x.csv", progress=Listener()):
        assert ("column 1 of 2", 0.0) in said
