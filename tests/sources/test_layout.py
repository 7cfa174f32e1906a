"""Where the table lies: titles, headers, notes and totals are found and set aside, data are not."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from clientela.sources.layout import find_layout, look_of_total
from clientela.sources.naming import unique_names

BODY = [(str(number), "abc"[number % 3], f"{number}.5") for number in range(1, 6)]


def layout_of(rows: Sequence[Sequence[str]], merged: frozenset[int] = frozenset()) -> tuple[object, ...]:
    """Return headers, number of header lines, first and last position, kinds set aside."""
    found = find_layout(rows, rows, len(rows), merged)
    return found.headers, found.header_lines, found.first, found.last, [kind for _, kind, _ in found.aside]


def test_plain() -> None:
    """The first row is the header where it is text above values."""
    assert layout_of([("id", "kind", "price"), *BODY]) == (("id", "kind", "price"), 1, 1, 6, [])


def test_no_header() -> None:
    """A first row like all others is data."""
    assert layout_of(BODY)[1:4] == (0, 0, 5)
    assert layout_of([("red", "yes"), ("blue", "no"), ("red", "yes")])[1] == 0


def test_only_text() -> None:
    """Text above text is a header where it is not repeated below."""
    assert layout_of([("colour", "bought"), ("red", "yes"), ("blue", "no"), ("red", "no")])[1] == 1


def test_years() -> None:
    """Years may stand in a header."""
    assert layout_of([("region", "2024", "2025"), ("n", "1.5", "2"), ("s", "2.5", "3")])[:2] == (
        ("region", "2024", "2025"),
        1,
    )


def test_missing_in_first_row() -> None:
    """A null word above numbers is a missing value, no header."""
    assert layout_of([("n/a", "4"), ("1", "5"), ("2", "6")])[1] == 0


def test_titles() -> None:
    """Title rows and blank rows above the table are set aside."""
    rows = [("Report 2026", "", ""), ("", "", ""), ("id", "kind", "price"), *BODY]
    assert layout_of(rows) == (("id", "kind", "price"), 1, 3, 8, ["title", "blank"])


def test_two_lines() -> None:
    """Group names above the header make two lines; names come from the line that tells columns apart."""
    rows = [("base", "", "money"), ("id", "kind", "price"), *BODY]
    assert layout_of(rows) == (("id", "kind", "price"), 2, 2, 7, ["header"])
    assert layout_of([("base", "", ""), ("id", "kind", "price"), *BODY], frozenset({0}))[1] in (1, 2)


def test_two_lines_joined() -> None:
    """Where the lower line repeats itself, both lines make the name, groups carried to the right."""
    rows = [("id", "before", "", "after", ""), ("", "net", "gross", "net", "gross"), *[("1", "2", "3", "4", "5")] * 3]
    assert layout_of(rows, frozenset({0}))[0] == ("id", "before net", "before gross", "after net", "after gross")


def test_units() -> None:
    """A line of units under the header belongs to it."""
    rows = [("id", "weight", "price"), ("no.", "kg", "EUR"), *[("1", "2.5", "3.5"), ("2", "3.5", "4.5")] * 3]
    assert layout_of(rows)[1:3] == (2, 2)


def test_end() -> None:
    """Totals, notes and blank rows below are set aside."""
    rows = [("id", "kind", "price"), *BODY, ("Total", "", "17.5"), ("", "", ""), ("Source: shop", "", "")]
    assert layout_of(rows)[3:] == (6, ["total", "blank", "note"])


def test_sparse_rows_are_data() -> None:
    """A last row with few cells is data where nothing says otherwise."""
    assert layout_of([("id", "kind", "price"), *BODY, ("6", "", "")])[3] == 7
    assert layout_of([("id", "kind", "price"), *BODY, ("short", "", "")])[3] == 7


def test_only_a_total() -> None:
    """Where nothing but a total would be left, it is data."""
    assert layout_of([("kind", "price", "x"), ("Total", "5", "1")])[2:4] == (1, 2)
    assert layout_of([("kind", "price", "x"), ("Total", "5", "1"), ("", "", "")])[2:4] == (1, 2)


def test_nothing() -> None:
    """Nothing gives nothing."""
    assert layout_of([]) == ((), 0, 0, 0, [])
    assert layout_of([("", "")])[2:4] == (0, 0)


@pytest.mark.parametrize("word", ["Total", "SUMME", "Gesamt:", "Grand total", "Gesamtsumme", "Sum", "Subtotal (EUR)"])
def test_total_words(word: str) -> None:
    """Words for totals in several languages."""
    assert look_of_total(("", word, "5"))


@pytest.mark.parametrize("word", ["Totally", "Summer", "total of everything that was ever sold", "", "Sumatra"])
def test_no_total_words(word: str) -> None:
    """Words that only begin like a total are none."""
    assert not look_of_total((word, "5"))


def test_names() -> None:
    """Names are unique without regard to case, and never collide with names made up."""
    names, notes = unique_names(["a", "A", "", "column_3", "a", "x" * 400])
    assert names == ("a", "A_2", "column_3_2", "column_3", "a_3", "x" * 300)
    assert len({name.lower() for name in names}) == 6
    assert len(notes) == 2


@pytest.mark.parametrize(
    "line",
    [
        ("Source:", "CRM", "", ""),
        ("Quelle:", "CRM", "Stand:", "3. Mai"),
        ("Exported: by night job", "team A", "", ""),
        ("From:", "May", "To:", "June"),
    ],
)
def test_a_line_about_the_table_is_no_header(line: tuple[str, ...]) -> None:
    """What is said about the table under its title is set aside, not taken for names of groups."""
    rows = [("Visits", "", "", ""), line, ("id", "device", "shop", "amount")]
    rows += [(str(i), "web", "Ulm", str(i * 3)) for i in range(20)]
    layout = find_layout(rows, rows, len(rows))
    assert layout.headers == ("id", "device", "shop", "amount")
    assert (layout.header_position, layout.header_lines) == (2, 1)
