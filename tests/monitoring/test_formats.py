"""Cells written otherwise are brought back, and the way is named."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from tests.monitoring.conftest import visits
from tests.monitoring.made import told_of_texts

from clientela.domain.incident import Cause
from clientela.monitoring.baseline import Baseline, learn_baseline
from clientela.monitoring.case import Found
from clientela.monitoring.checking import check
from clientela.monitoring.formats import mend
from clientela.monitoring.result import CheckResult
from clientela.sources.opening import open_table
from clientela.tables.frames import from_frame

Checked = Callable[[pl.DataFrame], CheckResult]


def _mended(baseline: Baseline, name: str, cells: pl.Series) -> tuple[object, Cause | None, object]:
    values, found = mend(baseline, baseline.contract.term(name), cells)
    return (
        values,
        (found.cause if found and isinstance(found.cause, Cause) else None),
        found and found.evidence.get("way"),
    )


NUMBERS = {
    "1.234,50": "decimal comma",
    "1 234.50": "thousands separator",
    "1,234.50": "thousands separator",
    "€1,234.50": "sign or letters around the number",
    "EUR 1234.50": "sign or letters around the number",
    "1234.50 kr": "sign or letters around the number",
    "'1234.50'": "quotes around the number",
}


@pytest.mark.parametrize("cell", NUMBERS)
def test_a_number_written_otherwise_is_the_same_number(cell: str, baseline: Baseline) -> None:
    """Each writing gives 1234.5 back and is named; plain numbers beside it stay."""
    values, cause, way = _mended(baseline, "seconds", pl.Series([cell] * 30 + ["7.25"] * 30))
    assert cause is Cause.DTYPE_FORMAT
    assert way == NUMBERS[cell]
    assert np.asarray(values).tolist() == [1234.5] * 30 + [7.25] * 30


AMONG_WORDS = {
    "1.234,5 % vol": 1234.5,
    "~ 1234.5": 1234.5,
    "[1234.5]": 1234.5,
    "US$ 1,234.50": 1234.5,
    "1234.5 €/Stk.": 1234.5,
    "about 1234.5 seconds per visit": 1234.5,
    "1.2k": 1200.0,
    "1,2 Tsd.": 1200.0,
    "١٢٣٤٫٥": 1234.5,
    "1234,-": 1234.0,
}


@pytest.mark.parametrize("cell", AMONG_WORDS)
def test_a_number_among_signs_and_words_is_read(cell: str, baseline: Baseline) -> None:
    """Unit words, brackets, marks of roughness, words for thousands and other digits leave a number to be read."""
    term = replace(baseline.contract.term("seconds"), low=0.0, high=5000.0)
    values, found = mend(baseline, term, pl.Series([cell] * 30 + ["7.25"] * 30))
    assert found is not None
    assert found.cause is Cause.DTYPE_FORMAT
    assert np.asarray(values).tolist() == [AMONG_WORDS[cell]] * 30 + [7.25] * 30


@pytest.mark.parametrize("cell", ["(12.5)", "12.5-", "\u221212.5"])
def test_brackets_and_a_sign_behind_are_a_minus_where_numbers_are_below_zero(cell: str, baseline: Baseline) -> None:
    """Accounts write what is owed in brackets or with the sign behind; a column of no such number has none."""
    for low, sign in ((-50.0, -1.0), (0.0, 1.0)):
        term = replace(baseline.contract.term("seconds"), low=low, high=50.0)
        values, found = mend(baseline, term, pl.Series([cell] * 30 + ["7.25"] * 30))
        assert found is not None
        if sign < 0 or cell[0] == "(":
            assert np.asarray(values)[0] == sign * 12.5


@pytest.mark.parametrize("cells", [["order no. 123456"], [f"the {name} house of 7" for name in "abcdefghij"]])
def test_numbers_of_other_things_are_not_read(cells: list[str], baseline: Baseline) -> None:
    """A number far beyond the reference, and those at the end of many names, are not the column's own."""
    term = replace(baseline.contract.term("seconds"), low=0.0, high=60.0)
    found = mend(baseline, term, pl.Series(cells * 30 + ["7.25"] * 30))[1]
    assert found is not None
    assert found.cause is Cause.UNKNOWN


@pytest.mark.parametrize(
    ("cell", "number"), [("0:20:34.5", 1234.5), ("20:34.5", 1234.5), ("PT20M34.5S", 1234.5), ("PT1H", 3600.0)]
)
def test_durations_are_read_as_seconds(cell: str, number: float, baseline: Baseline) -> None:
    """A clock and a duration of ISO 8601 in place of a number of seconds are another writing."""
    values, cause, way = _mended(baseline, "seconds", pl.Series([cell] * 30 + ["7.25"] * 30))
    assert (cause, way) == (Cause.DTYPE_FORMAT, "hours, minutes and seconds")
    assert np.asarray(values).tolist() == [number] * 30 + [7.25] * 30


def test_a_sign_of_per_cent_makes_shares_of_shares_alone(baseline: Baseline) -> None:
    """20.5 % is 0.205 in a column that never exceeded one, and 20.5 in another."""
    cells = pl.Series(["20.5%"] * 30 + ["0.25"] * 30)
    term = replace(baseline.contract.term("seconds"), low=0.0, high=1.0)
    for known, number in ((term, 0.205), (baseline.contract.term("seconds"), 20.5)):
        values, found = mend(baseline, known, cells)
        assert found is not None
        assert found.cause is Cause.DTYPE_FORMAT
        assert np.asarray(values).tolist() == [number] * 30 + [0.25] * 30


def test_a_cell_with_a_sign_is_no_other_writing_of_a_number(baseline: Baseline) -> None:
    """Two levels of numbers that differ by a minus differ in meaning."""
    term = replace(baseline.contract.term("shop"), levels=("1", "2"))
    side = baseline.side.put("shop", pl.Series(["1", "2"] * (baseline.side.rows // 2)))
    assert mend(replace(baseline, side=side), term, pl.Series(["-1"] * 50 + ["2"] * 50))[1] is None


@pytest.mark.parametrize(
    ("levels", "written"),
    [
        (("yes", "no"), ("1", "0")),
        (("0101", "0204"), ("101", "0204")),
        (("Köln", "Malmö"), ("Koeln", "MALMOE")),
    ],
    ids=["yes and no", "codes without their zeros", "letters spelt out"],
)
def test_known_levels_in_other_words_are_a_matter_of_writing(
    baseline: Baseline, levels: tuple[str, str], written: tuple[str, str]
) -> None:
    """Yes and no that now are 1 and 0, rooms 0101 read as 101, and towns without their dots are brought back."""
    term = replace(baseline.contract.term("shop"), levels=levels)
    side = baseline.side.put("shop", pl.Series([*levels] * (baseline.side.rows // 2)))
    values, found = mend(replace(baseline, side=side), term, pl.Series([*written] * 50))
    assert isinstance(values, pl.Series)
    assert values.to_list() == [*levels] * 50
    assert found is not None
    assert found.cause is (Cause.CATEGORY_FORMAT if "Köln" in levels else Cause.DTYPE_FORMAT)


def test_levels_joined_under_their_common_word_are_not_cut(baseline: Baseline) -> None:
    """Where other long levels come whole, a short new one is no truncation; where all are short, it is."""
    levels = ("basic.4y", "basic.9y", "university")
    term = replace(baseline.contract.term("shop"), levels=levels)
    side = baseline.side.put("shop", pl.Series([levels[place % 3] for place in range(baseline.side.rows)]))
    causes = []
    for cells in (["basic", "basic", "university"], ["basic", "basic", "unive"]):
        found = mend(replace(baseline, side=side), term, pl.Series(cells * 40))[1]
        causes.append(found and found.cause)
    assert causes == [None, Cause.TRUNCATION]


def test_words_for_missing_are_missing_numbers(baseline: Baseline) -> None:
    """A word such as n/a among numbers is a question of meaning, not of writing."""
    values, cause, _ = _mended(baseline, "seconds", pl.Series(["n/a"] * 20 + ["1.5"] * 20))
    assert cause is Cause.NULL_SEMANTICS
    assert np.isnan(np.asarray(values)[:20]).all()


def test_text_that_is_no_number_is_unknown(baseline: Baseline) -> None:
    """Names in a column of numbers have no way back; a stray one is let pass."""
    values, cause, _ = _mended(baseline, "seconds", pl.Series(["apple", "pear"] * 20))
    assert cause is Cause.UNKNOWN
    assert np.isnan(np.asarray(values)).all()
    assert _mended(baseline, "seconds", pl.Series(["apple"] + ["1.5"] * 99))[1] is None


LEVELS = {
    "upper": (pl.col("device").str.to_uppercase(), Cause.CATEGORY_FORMAT),
    "blank": (pl.col("device") + " ", Cause.CATEGORY_FORMAT),
    "marks": (pl.lit("-") + pl.col("device") + "!", Cause.CATEGORY_FORMAT),
    "cut": (pl.col("device").str.slice(0, 5), Cause.TRUNCATION),
}


@pytest.mark.parametrize("way", LEVELS)
def test_levels_written_otherwise_are_named(way: str, baseline: Baseline, clean: pl.DataFrame) -> None:
    """Case, blanks, marks and cuts of a category each have their cause."""
    change, cause = LEVELS[way]
    assert _mended(baseline, "device", clean.select(change).to_series())[1] is cause


@pytest.mark.parametrize(("wrong", "right"), [("K\ufffdln", Cause.ENCODING), ("K?ln", Cause.ENCODING), ("Kﾃｶln", None)])
def test_letters_lost_to_a_character_set_are_told(wrong: str, right: Cause | None, baseline: Baseline) -> None:
    """A replacement sign or a question mark in place of a letter is the character set; another name is not."""
    shops = visits(200, 5)["shop"].replace({"Köln": wrong})
    assert _mended(baseline, "shop", shops)[1] is right


def test_yes_and_no_are_true_and_false(baseline: Baseline, clean: pl.DataFrame) -> None:
    """Other words for a truth are a matter of writing."""
    words = clean["bought"].cast(pl.String).replace({"true": "Y", "false": "N"})
    values, cause, _ = _mended(baseline, "bought", words)
    assert cause is Cause.DTYPE_FORMAT
    assert isinstance(values, pl.Series)
    assert set(values.unique()) == {"true", "false"}


def test_whole_numbers_with_a_fraction_are_told(checked: Checked, clean: pl.DataFrame) -> None:
    """3 written as 3.0 is the same value written otherwise."""
    found = checked(clean.with_columns(pl.col("pages").cast(pl.Float64))).incidents
    assert [(incident.cause, incident.columns) for incident in found] == [(Cause.DTYPE_FORMAT, ("pages",))]


def test_numbers_stored_as_text_are_told(checked: Checked, clean: pl.DataFrame) -> None:
    """The same numbers in a column of text are another storage."""
    found = checked(clean.with_columns(pl.col("seconds").cast(pl.String))).incidents
    assert [(incident.cause, incident.columns) for incident in found] == [(Cause.DTYPE_FORMAT, ("seconds",))]


def test_a_way_of_writing_that_ended_is_told(tmp_path: Path) -> None:
    """Amounts with a decimal comma that come with a point read well and are stored otherwise."""
    rng = np.random.default_rng(0)
    amounts = [f"{value:.2f}" for value in rng.lognormal(3, 1, 600)]

    def written(name: str, cells: list[str]) -> Path:
        path = tmp_path / name
        path.write_text("paid;kind\n" + "".join(f"{cell};k{place % 3}\n" for place, cell in enumerate(cells)))
        return path

    with open_table(written("known.csv", [cell.replace(".", ",") for cell in amounts])) as table:
        learnt = learn_baseline(table)
    told = {}
    for name, cells in (("point", amounts), ("comma", [c.replace(".", ",") for c in amounts])):
        with open_table(written(f"{name}.csv", cells)) as table:
            told[name] = [(item.cause, item.columns) for item in check(learnt, table).incidents]
    assert told == {"point": [(Cause.DTYPE_FORMAT, ("paid",))], "comma": []}


def test_one_word_among_numbers_stands_for_missing(baseline: Baseline) -> None:
    """A word that no list knows, always the same, is a word for missing."""
    values, cause, _ = _mended(baseline, "seconds", pl.Series(["n/v"] * 20 + ["1.5"] * 80))
    assert cause is Cause.NULL_SEMANTICS
    assert np.isnan(np.asarray(values)[:20]).all()


def test_yes_and_no_beside_unknown_are_yes_and_no(baseline: Baseline) -> None:
    """A third level that means missing does not hide that yes and no are Y and N now."""
    term = replace(baseline.contract.term("shop"), levels=("yes", "no", "unknown"))
    side = baseline.side.put("shop", pl.Series(["yes", "no", "yes", "unknown"] * (baseline.side.rows // 4)))
    found = mend(replace(baseline, side=side), term, pl.Series(["Y", "N", "Y", "unknown"] * 50))[1]
    assert found is not None
    assert found.cause is Cause.DTYPE_FORMAT


def test_letters_before_several_levels_are_a_writing_and_before_one_an_item() -> None:
    """Versions with a v are the same versions; one level with an ending is none."""
    known = ["5.1.0", "5.2.0", "5.2.1", "6.0.0"] * 300
    (found,) = told_of_texts(known, [f"v{cell}" if place % 3 else cell for place, cell in enumerate(known[1:400])])
    assert found[:2] == ("dtype_format", "letters before or after it")
    some = [f"{cell}b" if cell == "5.2.0" and place % 8 == 1 else cell for place, cell in enumerate(known)]
    assert "dtype_format" not in {cause for cause, *_ in told_of_texts(known, some)}


def test_letters_that_several_levels_lost_are_a_writing_and_of_one_an_item() -> None:
    """Codes without the letter that all of them had are the same codes; one short word is none of a longer one."""
    known = ["C100", "C107", "C114", "C121"] * 300
    (found,) = told_of_texts(known, [cell[1:] if place % 3 else cell for place, cell in enumerate(known[1:400])])
    assert found[:2] == ("dtype_format", "letters lost")
    words = ["lunchbox", "basket", "pen", "cup"] * 300
    some = ["box" if cell == "cup" and place % 8 == 3 else cell for place, cell in enumerate(words)]
    assert "dtype_format" not in {cause for cause, *_ in told_of_texts(words, some)}


def test_other_marks_between_words_may_be_a_format() -> None:
    """A list parted by commas instead of semicolons has another format as its second name."""
    known = ["lunch;office", "dinner", "dinner;family", "late"] * 300
    (found,) = told_of_texts(known, [cell.replace(";", ",") for cell in known[:400]])
    assert (found[0], found[2]) == ("category_format", ("dtype_format",))


def test_truths_beside_other_words_keep_their_writing(tmp_path: Path) -> None:
    """A file with TRUE and FALSE reads as truths; with Y and N in some rows, those alone are written otherwise."""
    rng = np.random.default_rng(2)
    told = {}
    for words, name in ((("TRUE", "FALSE"), "same"), (("Y", "N"), "other")):
        cells = [[str(cell).upper() for cell in rng.random(n) < 0.3] for n in (900, 400)]
        cells[1][::3] = [words[0] if cell == "TRUE" else words[1] for cell in cells[1][::3]]
        paths = [tmp_path / f"{name}{n}.csv" for n in range(2)]
        for path, column in zip(paths, cells, strict=True):
            path.write_text("weekend;kind\n" + "".join(f"{cell};k{n % 3}\n" for n, cell in enumerate(column)))
        with open_table(paths[0]) as table:
            learnt = learn_baseline(table)
        with open_table(paths[1]) as table:
            told[name] = [(i.cause, i.columns, i.evidence["rows"]) for i in check(learnt, table).incidents]
    assert told == {"same": [], "other": [(Cause.DTYPE_FORMAT, ("weekend",), 134)]}


WORDS: dict[str, tuple[list[str], dict[str, str], str]] = {
    "other names of months or days": (["Mar", "May", "Dec"], {"Mar": "März", "May": "Mai", "Dec": "Dez."}, "category"),
    "zeros before its number lost or added": (["Store 003", "Store 011"], {"Store 003": "Store 3"}, "category"),
    "signs of HTML": (["Café & Thé", "Sale"], {"Café & Thé": "Caf&amp;eacute; &amp;amp; Th&amp;eacute;"}, "category"),
    "a wrong character set": (["España", "Norge"], {"España": "EspaГ±a"}, "encoding"),
    "a wrong character set, twice": (["München", "Rome"], {"München": "MÃ\x83Â¼nchen"}, "encoding"),
    "a wrong character set, of the middle": (["Österreich", "Polska"], {"Österreich": "Ă\x96sterreich"}, "encoding"),
    "a wrong character set, of bytes": (["Łódź", "Gdynia"], {"Łódź": "£ódŸ"}, "encoding"),
}


@pytest.mark.parametrize("name", WORDS)
def test_words_that_were_written_otherwise_are_told_by_their_way(name: str) -> None:
    """A third of the rows in other words is one break of writing, with the way that brings the words back."""
    known, turned, cause = WORDS[name]
    cells = known * 300
    now = [turned.get(cell, cell) if place % 9 < 3 else cell for place, cell in enumerate(cells)]
    (found,) = told_of_texts(cells, now)
    assert found[0].startswith(cause)
    assert found[1] == name.split(",", maxsplit=1)[0]


def test_numbers_that_lost_their_end_are_cut_and_have_no_zeros_lost() -> None:
    """Names cut to "item_05" are no "item_005" without a zero, though most of them would fit one."""
    known = [f"item_{place:03d}" for place in (*range(10, 60), 1, 2, 3, 4, 5)] * 30
    assert told_of_texts(known, [cell[:7] for cell in known[:550]])[0][0] == "truncation"


def test_letters_of_which_a_byte_was_lacked_come_back_with_the_others() -> None:
    """Łódź and Čáslav, of which the reader's character set lacked a byte or two, were damaged with Köln, as one."""
    cells = ["Köln", "Łódź", "Čáslav", "Rome"] * 300

    def read(cell: str) -> str:
        return cell.encode().decode("cp1252", "replace")

    now = [read(cell) if place % 9 < 4 else cell for place, cell in enumerate(cells)]
    assert "\ufffd" in read("Łódź")
    (found,) = told_of_texts(cells, now)
    assert found[:2] == ("encoding", "a wrong character set")


PAGES = ["/water", "/water/wells", "/school", "/harvest", "/harvest/seeds", "/emergency/floods"]


def _beside_new(turn: Callable[[int, str], str]) -> list[tuple[str, object, tuple[str, ...]]]:
    """Return what is told of a batch in which a third of the pages is new, with every page turned."""
    cells = [*PAGES, "/winter", "/winter/warmth", "/winter/cards"] * 60
    return told_of_texts(PAGES * 200, [turn(place, cell) for place, cell in enumerate(cells)])


def test_known_levels_written_otherwise_are_told_beside_new_ones() -> None:
    """Pages with a slash behind them are other writings where a third of the pages is new, which stay new."""
    told = _beside_new(lambda place, cell: f"{cell}/" if place // 9 % 3 == 0 else cell)
    assert {item[0] for item in told} == {"category_format", "category_new"}
    values, found = _turned_pages()
    assert found is not None
    assert found.evidence["share"] == pytest.approx(1 / 3, abs=0.01)
    assert set(values) == {*PAGES, "/winter", "/winter/cards"}


def _turned_pages() -> tuple[list[str], Found | None]:
    cells = [*PAGES, "/winter", "/winter/cards"] * 60
    cells = [f"{cell}/" if place // 8 % 3 == 0 else cell for place, cell in enumerate(cells)]
    with from_frame(pl.DataFrame({"page": PAGES * 200})) as table:
        learnt = learn_baseline(table)
    values, found = mend(learnt, learnt.contract.term("page"), pl.Series(cells))
    assert isinstance(values, pl.Series)
    return values.to_list(), found


def test_new_levels_alone_are_no_other_writing() -> None:
    """New pages, of which one is written like a known one and versions have the digits of others, are new."""
    assert {item[0] for item in _beside_new(lambda _, cell: cell)} == {"category_new"}
    one = _beside_new(lambda place, cell: "/Water" if cell == "/water" and place % 2 else cell)
    assert {item[0] for item in one} == {"category_new"}
    versions = ["7.10.3", "7.11.0", "7.11.2", "7.12.0"] * 200
    newer = ["7.1.10", "7.1.11", "71.0.3", "71.1.2", "7.13.0"] * 20
    assert {item[0] for item in told_of_texts(versions, versions[:300] + newer)} == {"category_new"}


def test_sizes_with_other_marks_between_their_numbers_are_the_same_sizes() -> None:
    """Measures with a sign of multiplication for the letter x are the same measures, beside new items too."""
    known = [f"{40 + n}x{50 + 3 * n}x{70 + n} cm" for n in range(12)] * 60
    now = [*known[:300], *["99x88x77 cm"] * 60]
    now = [cell.replace("x", " × ").replace(" cm", "cm") if place % 5 < 2 else cell for place, cell in enumerate(now)]
    told = told_of_texts(known, now)
    assert [item[:2] for item in told][0] == ("dtype_format", "other marks between its numbers")


def test_known_levels_are_cut_beside_new_ones() -> None:
    """Pages cut to a length that many had passed are cut, though new ones came, cut or shorter; whole ones are new."""
    told = _beside_new(lambda _, cell: cell[:9])
    assert "truncation" in {item[0] for item in told}
    short = told_of_texts(PAGES * 200, [cell for cell in [*PAGES, "/winter", "/wint"] * 60 if len(cell) < 9])
    assert "truncation" not in {item[0] for item in short}
