"""From the counts of the shapes of a column's cells to how the column is read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace

from clientela.domain.column import Storage
from clientela.domain.reading import WAYS_APART
from clientela.sources.shapes import ISO, MISSING, NUMBERS, Kind, Shape

DOTS = frozenset({Shape.DOT, Shape.COMMAS, Shape.COMMAS_DOT, Shape.GAPS_DOT, Shape.SQUEEZED})
COMMAS = frozenset({Shape.COMMA, Shape.DOTS_COMMA, Shape.DOTS, Shape.GAPS_COMMA})
OPEN = frozenset({Shape.DOT_OF_THREE, Shape.COMMA_OF_THREE})
GAPS = frozenset({Shape.GAPS, Shape.GAPS_DOT, Shape.GAPS_COMMA})
WHOLE = frozenset({Shape.INTEGER, Shape.GAPS})
DATES = (Shape.ISO_DATE, Shape.ISO_TIME, Shape.ISO_ZONE, Shape.DOT_DATE, Shape.SLASH_DATE, Shape.DASH_DATE)
SLASHED = frozenset({Shape.SLASH_DATE, Shape.DASH_DATE})
LOCAL_DATES = SLASHED | {Shape.DOT_DATE}
WAYS = (ISO, {Shape.ISO_ZONE}, {Shape.SLASH_DATE}, {Shape.DASH_DATE}, {Shape.DOT_DATE})
PERCENT = ("%", "‰")
USUAL = 0.01
"""Share of a column's dates from which a way of writing them counts."""

KIND_NAMES = {Kind.TEXT: "text", Kind.NUMBER: "number", Kind.BOOLEAN: "boolean", Kind.DATE: "date", Kind.ERROR: "error"}


@dataclass(frozen=True)
class Cells:
    """Cells of a column that are alike, and how many there are.

    Attributes:
        shape: How they are written.
        kind: How they are stored in the source.
        padded: Whether there are blanks at their ends.
        sign: Currency or percent sign, "" where there is none.
        damaged: Whether they hold characters that a wrong encoding leaves behind.
        day_first: Whether they are dates that exist when the day stands before the month
            (for ISO dates: that exist).
        month_first: Whether they are dates that exist when the month stands first.
        timed: Whether they are dates with a time of day.
        count: How many.
    """

    shape: Shape
    kind: Kind = Kind.TEXT
    padded: bool = False
    sign: str = ""
    damaged: bool = False
    day_first: bool = False
    month_first: bool = False
    timed: bool = False
    count: int = 1


@dataclass(frozen=True)
class Decision:
    """How a column is read.

    Attributes:
        storage: Storage type of the column.
        keeps: Shapes that are read as values; all else that is not missing makes the column mixed.
        comma: Whether the comma is the decimal mark (and the dot parts thousands).
        day_first: Whether the day stands before the month.
        signed: Whether there are currency or percent signs to take off.
        mixed: How many cells do not fit the others.
        open: "number" or "date" where both conventions fit the whole column, else "".
        notes: Sentences for the user, without the column's name.
    """

    storage: Storage
    keeps: frozenset[Shape] = frozenset()
    comma: bool = False
    day_first: bool = True
    signed: bool = False
    mixed: int = 0
    open: str = ""
    notes: tuple[str, ...] = field(default=())


@dataclass(frozen=True)
class Conventions:
    """What the other columns of the table say about marks; None where they say nothing."""

    comma: bool | None = None
    day_first: bool | None = None


TEXT = Decision(Storage.TEXT)


def decide(cells: Iterable[Cells], conventions: Conventions = Conventions()) -> Decision:
    """Choose the storage type of a column from all of its cells.

    Args:
        cells: Counts of alike cells; together the full column.
        conventions: What the other columns of the table say, for a column that says nothing.

    Returns:
        The decision; text where one remaining cell does not fit the others.

    >>> decide([Cells(Shape.COMMA, count=9), Cells(Shape.WORD)]).storage.value
    'number'
    """
    present = [item for item in cells if item.shape not in MISSING]
    total = _count(present)
    families: tuple[tuple[Callable[[Cells], bool], Callable[[list[Cells], Conventions], Decision]], ...] = (
        (lambda item: item.shape in NUMBERS, _numbers),
        (lambda item: item.shape in DATES, _dates),
        (lambda item: item.shape is Shape.TIME, _times),
        (lambda item: item.shape is Shape.BOOLEAN, _booleans),
        (lambda item: item.shape in (Shape.IDENTIFIER, Shape.INTEGER), _identifiers),
    )
    best = 0
    for belongs, judge in families:
        fitting = [item for item in present if belongs(item)]
        if fitting and len(fitting) == len(present):
            return judge(fitting, conventions)
        best = max(best, _count(fitting))
    return replace(TEXT, mixed=total - best if 2 * best > total else 0)


def _count(cells: Iterable[Cells], belongs: Callable[[Cells], bool] = lambda _: True) -> int:
    return sum(item.count for item in cells if belongs(item))


def _numbers(cells: list[Cells], conventions: Conventions) -> Decision:
    total = _count(cells)
    signs = Counter[str]()
    for item in cells:
        signs[item.sign] += item.count
    currencies = {sign for sign in signs if sign and sign not in PERCENT}
    percents = {sign for sign in signs if sign in PERCENT}
    if len(currencies) > 1 or len(percents) > 1 or (percents and len(signs) > 1):
        note = "holds amounts in different units and was kept as text"
        return replace(TEXT, mixed=total - max(signs.values()), notes=(note,))
    dots, commas = _count(cells, lambda item: item.shape in DOTS), _count(cells, lambda item: item.shape in COMMAS)
    dots -= _count(cells, lambda item: item.shape in DOTS and item.kind is Kind.NUMBER)
    if dots and commas:
        note = "holds numbers in two conventions (decimal dot and decimal comma) and was kept as text"
        return replace(TEXT, mixed=min(dots, commas), notes=(note,))
    comma, undecided = _comma(cells, bool(dots), bool(commas), conventions)
    notes = (_open_number(comma),) if undecided else ()
    thousands = {Shape.DOT_OF_THREE, Shape.DOTS} if comma else {Shape.COMMA_OF_THREE, Shape.COMMAS}
    whole = all(item.shape in WHOLE or (item.shape in thousands and item.kind is Kind.TEXT) for item in cells)
    return Decision(
        storage=Storage.INTEGER if whole else Storage.NUMBER,
        keeps=frozenset(item.shape for item in cells),
        comma=comma,
        signed=len(signs) > 1 or "" not in signs,
        open="number" if undecided else "",
        notes=notes,
    )


def _comma(cells: list[Cells], dots: bool, commas: bool, conventions: Conventions) -> tuple[bool, bool]:
    """Return whether the comma is the decimal mark, and whether the column left that open."""
    if dots or commas:
        return commas, False
    undecided = any(item.shape in OPEN and item.kind is Kind.TEXT for item in cells)
    if undecided and conventions.comma is not None:
        return conventions.comma, False
    return False, undecided


def _open_number(comma: bool) -> str:
    mark = "comma" if comma else "dot"
    return f'may be read in two ways ("1.234" or "1,234"); the {mark} was taken as the decimal mark'


def _dates(cells: list[Cells], conventions: Conventions) -> Decision:
    written = [item for item in cells if item.kind is not Kind.DATE]
    ways = [sum(item.count for item in written if item.shape in way) for way in WAYS]
    if sum(map(bool, ways)) > 1:
        return replace(TEXT, mixed=sum(ways) - max(ways), notes=("holds dates in several ways and was kept as text",))
    zoned = any(item.shape is Shape.ISO_ZONE for item in cells)
    slashed = [item for item in cells if item.shape in SLASHED]
    day, month = _count(slashed, lambda item: item.day_first), _count(slashed, lambda item: item.month_first)
    invalid = _count(slashed) - max(day, month)
    invalid += _count(cells, lambda item: item.shape not in SLASHED and not item.day_first)
    if invalid:
        note = "holds dates in two conventions or impossible ones, and was kept as text"
        return replace(TEXT, mixed=invalid, notes=(note,))
    undecided = bool(slashed) and day == month
    day_first = day >= month
    if undecided and conventions.day_first is not None:
        undecided, day_first = False, conventions.day_first
    notes = ["has dates with a time zone; they were brought to UTC"] if zoned else []
    if undecided:
        notes.append("may have the day or the month first, both fit every cell; the day was taken as first")
    timed = zoned or any(item.timed for item in cells)
    return Decision(
        storage=Storage.TIMESTAMP if timed else Storage.DATE,
        keeps=frozenset(item.shape for item in cells),
        day_first=day_first,
        open="date" if undecided else "",
        notes=tuple(notes),
    )


def _times(cells: list[Cells], _: Conventions) -> Decision:
    return Decision(Storage.TIME, keeps=frozenset(item.shape for item in cells))


def _booleans(cells: list[Cells], _: Conventions) -> Decision:
    return Decision(Storage.BOOLEAN, keeps=frozenset(item.shape for item in cells))


def _identifiers(_cells: list[Cells], _: Conventions) -> Decision:
    """Digits with leading zeros, or too many of them: text, and nothing is wrong with that."""
    return TEXT


def conventions_of(decided: Iterable[tuple[Decision, Iterable[Cells]]]) -> Conventions:
    """Return what columns that leave nothing open say about the marks of the table."""
    commas, days = set[bool](), set[bool]()
    for decision, cells in decided:
        shapes = {item.shape for item in cells if item.kind is Kind.TEXT}
        if decision.storage is Storage.NUMBER and not decision.open and shapes & (DOTS | COMMAS):
            commas.add(decision.comma)
        if decision.storage.temporal and not decision.open and shapes & SLASHED:
            days.add(decision.day_first)
    return Conventions(
        comma=commas.pop() if len(commas) == 1 else None, day_first=days.pop() if len(days) == 1 else None
    )


def coercions(cells: Iterable[Cells], decision: Decision, *, typed_source: bool) -> dict[str, int]:
    """Count every cell that was changed, by how.

    Args:
        cells: Counts of alike cells.
        decision: How the column is read.
        typed_source: Whether the source can store numbers, dates and booleans as such; where it
            cannot (a csv file), reading text as what it says is no change, but for dates that are not in
            year-month-day order: which number is the day was decided, not read.

    Returns:
        Counts by the names of `ReadColumn.coercions`, only those above zero.
    """
    counts = Counter[str]()
    for item in cells:
        for name in _changes(item, decision, typed_source=typed_source):
            counts[name] += item.count
    return dict(counts)


def _changes(item: Cells, decision: Decision, *, typed_source: bool) -> list[str]:
    names = []
    if item.padded:
        names.append("stray_space")
    if item.damaged:
        names.append("encoding_damage")
    if item.shape in MISSING:
        return names + _missing(item, decision)
    if item.shape is Shape.SQUEEZED or (item.kind is Kind.NUMBER and item.shape is Shape.IDENTIFIER):
        names.append("id_precision_lost")
    if decision.storage is Storage.TEXT:
        return names
    if typed_source and item.kind is Kind.TEXT:
        names += _as_text(decision.storage)
    if not typed_source and item.shape in LOCAL_DATES:
        names.append("date_as_text")
    if decision.storage.numeric and item.kind is Kind.TEXT:
        names += _marks(item, decision)
    return names


def _missing(item: Cells, decision: Decision) -> list[str]:
    if item.shape is Shape.BLANK:
        return ["blank"]
    if item.shape is Shape.ERROR and (item.kind is Kind.ERROR or decision.storage is not Storage.TEXT):
        return ["error"]
    return ["null_word"] if decision.storage is not Storage.TEXT else []


def _as_text(storage: Storage) -> list[str]:
    if storage.numeric:
        return ["number_as_text"]
    return ["boolean_as_text" if storage is Storage.BOOLEAN else "date_as_text"]


def _marks(item: Cells, decision: Decision) -> list[str]:
    fractions = {Shape.COMMA, Shape.COMMA_OF_THREE, Shape.DOTS_COMMA, Shape.GAPS_COMMA}
    parted = GAPS | {Shape.DOTS, Shape.DOTS_COMMA, Shape.COMMAS, Shape.COMMAS_DOT}
    parted |= {Shape.DOT_OF_THREE} if decision.comma else {Shape.COMMA_OF_THREE}
    names = ["decimal_comma"] if decision.comma and item.shape in fractions else []
    names += ["thousands"] if item.shape in parted else []
    if item.sign:
        names.append("percent" if item.sign in PERCENT else "currency")
    return names


def dates_written(cells: Iterable[Cells], decision: Decision, clocks: Mapping[str, int] | None = None) -> str:
    """Return how the dates of a column are written as text, "" where it holds none.

    Args:
        cells: The column's cells.
        decision: How it is read.
        clocks: What stands around the time of ISO dates ("T", "T+01:00", " Z") and in how many cells.

    >>> slashes = [Cells(Shape.SLASH_DATE, month_first=True, count=9)]
    >>> dates_written(slashes, decide(slashes))
    'month/day/year'
    >>> stamps = [Cells(Shape.ISO_ZONE, day_first=True, count=9)]
    >>> dates_written(stamps, decide(stamps), {"TZ": 6, "T+00:00": 3})
    'year-month-dayThourZ or year-month-dayThour+00:00'
    """
    shapes = {item.shape for item in cells if item.kind is Kind.TEXT and item.shape in DATES}
    if not shapes or not decision.storage.temporal:
        return ""
    if not shapes & LOCAL_DATES:
        return _iso_written(clocks or {})
    if Shape.DOT_DATE in shapes:
        return "day.month.year"
    mark = "/" if Shape.SLASH_DATE in shapes else "-"
    order = ("?", "?") if decision.open else ("day", "month") if decision.day_first else ("month", "day")
    return mark.join((*order, "year"))


def _iso_written(clocks: Mapping[str, int]) -> str:
    """Return the ways in which ISO dates are written, the commonest first; few odd cells are none."""
    usual = [clock for clock, count in clocks.items() if clock and count >= USUAL * sum(clocks.values())]
    ways = [f"year-month-day{clock[0]}hour{clock[1:]}" for clock in sorted(usual, key=lambda one: (-clocks[one], one))]
    return WAYS_APART.join(ways) or "year-month-day"


def kinds(cells: Iterable[Cells]) -> Mapping[str, int]:
    """Count the cells by how the source stores them, empty ones left out."""
    counts = Counter[str]()
    for item in cells:
        if item.kind in KIND_NAMES and (item.shape is not Shape.BLANK or item.kind is Kind.ERROR):
            counts[KIND_NAMES[item.kind]] += item.count
    return dict(counts)
