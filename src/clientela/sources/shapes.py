"""The shapes of cells: what a piece of text could mean, told by SQL over a whole column.

A shape says how a cell is written ("1.234,50" is dots between thousands and a decimal
comma), not what its column is. That is decided in `deciding` from the counts of all shapes.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import IntEnum
from functools import cache

from sqlglot import exp

from clientela.tables import sql
from clientela.tables.sql import call, column, number, text

NULL_WORDS = (
    "n/a", "n.a.", "na", "null", "none", "nan", "nil", "-", "--", "?", ".", "<na>", "#n/a", "(null)", "missing value",
    "keine angabe", "k. a.", "k.a.", "k.a", "ohne angabe",
)  # fmt: skip
"""Words that stand for a missing value, in lower case."""

ERROR_WORDS = ("#n/a", "#div/0!", "#ref!", "#value!", "#name?", "#num!", "#null!", "#spill!", "#calc!", "#wert!")
"""Error values of spreadsheets, in lower case."""

BLANKS = " \t\r\n\f\v\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u200b\u2028\u2029"
BLANKS += "\u202f\u205f\u3000\ufeff"
"""Characters trimmed from both ends of a cell."""

_CLASS = "[" + "".join(rf"\x{{{ord(char):04X}}}" for char in BLANKS) + "]"
_BLANK_ENDS = rf"\A{_CLASS}|{_CLASS}\z"

LONGEST = 64
"""Text with more characters is never a number or a date."""

DIGITS = 15
"""Most digits of a number; more are an identifier that a double would squeeze."""


class Kind(IntEnum):
    """How a cell is stored in its source."""

    EMPTY = 0
    TEXT = 1
    NUMBER = 2
    BOOLEAN = 3
    DATE = 4
    ERROR = 5


class Shape(IntEnum):
    """How a cell is written."""

    BLANK = 0
    WORD = 1
    ERROR = 2
    TEXT = 3
    BOOLEAN = 4
    INTEGER = 10
    IDENTIFIER = 11
    DOT = 12
    DOT_OF_THREE = 13
    COMMA = 14
    COMMA_OF_THREE = 15
    DOTS = 16
    DOTS_COMMA = 17
    COMMAS = 18
    GAPS = 19
    GAPS_DOT = 20
    GAPS_COMMA = 21
    COMMAS_DOT = 22
    SQUEEZED = 23
    ISO_DATE = 30
    ISO_TIME = 31
    ISO_ZONE = 32
    DOT_DATE = 33
    SLASH_DATE = 34
    DASH_DATE = 35
    TIME = 40


SIGN = r"[€$£¥₹%‰]|EUR|USD|GBP|CHF|JPY|Euro|euro"
_CLOCK = r"([01]?\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d{1,9})?)?"
_HALVES = rf"{_CLOCK}( ?[AaPp]\.?[Mm]\.?)?"
_ISO = r"\d{4}[-/](0?[1-9]|1[0-2])[-/](0?[1-9]|[12]\d|3[01])"

PATTERNS: tuple[tuple[Shape, str], ...] = (
    # a phone number with its country code, and a client id of Google Analytics: no number, though all digits
    (Shape.IDENTIFIER, r"\+[1-9]\d{8,14}|\d{8,10}\.1\d{9}"),
    (Shape.INTEGER, rf"[+-]?(0|[1-9]\d{{0,{DIGITS - 1}}})"),
    (Shape.IDENTIFIER, r"[+-]?\d+"),
    (Shape.DOT_OF_THREE, r"[+-]?[1-9]\d{0,2}\.\d{3}"),
    (Shape.SQUEEZED, r"[+-]?\d(\.\d{1,5})?E\+(0?9|[1-3]\d)"),
    (Shape.DOT, r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?(\d{1,2}|[12]\d\d|30[0-7]))?"),
    (Shape.COMMA_OF_THREE, r"[+-]?[1-9]\d{0,2},\d{3}"),
    (Shape.COMMA, r"[+-]?(\d+,\d*|,\d+)([eE][+-]?(\d{1,2}|[12]\d\d|30[0-7]))?"),
    (Shape.DOTS_COMMA, r"[+-]?[1-9]\d{0,2}(\.\d{3})+,\d*"),
    (Shape.DOTS, r"[+-]?[1-9]\d{0,2}(\.\d{3}){2,}"),
    (Shape.COMMAS_DOT, r"[+-]?[1-9]\d{0,2}(,\d{3})+\.\d*"),
    (Shape.COMMAS, r"[+-]?[1-9]\d{0,2}(,\d{3}){2,}"),
    (Shape.GAPS_DOT, r"[+-]?[1-9]\d{0,2}([ \x{00A0}\x{202F}'’]\d{3})+\.\d*"),
    (Shape.GAPS_COMMA, r"[+-]?[1-9]\d{0,2}([ \x{00A0}\x{202F}'’]\d{3})+,\d*"),
    (Shape.GAPS, r"[+-]?[1-9]\d{0,2}([ \x{00A0}\x{202F}'’]\d{3})+"),
    (Shape.ISO_DATE, _ISO),
    (Shape.ISO_TIME, rf"{_ISO}[T ]{_CLOCK}"),
    (Shape.ISO_ZONE, rf"{_ISO}[T ]{_CLOCK} ?(Z|UTC|[+-]\d{{2}}:?\d{{2}})"),
    (Shape.DOT_DATE, rf"\d{{1,2}}\.\d{{1,2}}\.\d{{4}}(,?[T ]+{_HALVES})?"),
    (Shape.SLASH_DATE, rf"\d{{1,2}}/\d{{1,2}}/\d{{4}}(,?[T ]+{_HALVES})?"),
    (Shape.DASH_DATE, rf"\d{{1,2}}-\d{{1,2}}-\d{{4}}(,?[T ]+{_HALVES})?"),
    (Shape.TIME, _CLOCK),
)
"""Regular expressions (RE2) of the shapes that hold digits, the first that fits counts."""

NUMBERS = frozenset(
    {
        Shape.INTEGER, Shape.DOT, Shape.DOT_OF_THREE, Shape.COMMA, Shape.COMMA_OF_THREE, Shape.DOTS, Shape.DOTS_COMMA,
        Shape.COMMAS, Shape.COMMAS_DOT, Shape.GAPS, Shape.GAPS_DOT, Shape.GAPS_COMMA, Shape.SQUEEZED,
    }
)  # fmt: skip
MISSING = frozenset({Shape.BLANK, Shape.WORD, Shape.ERROR})
ISO = frozenset({Shape.ISO_DATE, Shape.ISO_TIME})


def trimmed(cell: exp.Expr) -> exp.Expr:
    """Return a cell without blanks at its ends; "" for null."""
    # Trimming a set of characters is slow; few cells have any to trim.
    has_blanks = call("regexp_matches", cell.copy(), text(_BLANK_ENDS))
    clean = exp.Case(ifs=[exp.If(this=has_blanks, true=call("trim", cell.copy(), text(BLANKS)))], default=cell.copy())
    return exp.Coalesce(this=clean, expressions=[text("")])


def fits(cell: exp.Expr, pattern: str) -> exp.Expr:
    """Return whether the whole cell fits a regular expression."""
    return call("regexp_full_match", cell, text(pattern))


def cast(cell: exp.Expr, kind: str) -> exp.Expr:
    """Return the cell as a value of another type, null where that fails."""
    return exp.TryCast(this=cell, to=exp.DataType.build(kind, dialect=sql.DIALECT))


def sign(cell: exp.Expr) -> exp.Expr:
    """Return the currency or percent sign at either end of a cell, "" where there is none."""
    return call("regexp_extract", cell, text(rf"^[+-]?\s*({SIGN})|({SIGN})$"))


def body(cell: exp.Expr) -> exp.Expr:
    """Return a trimmed cell without its currency or percent sign."""
    front = call("regexp_replace", cell, text(rf"^([+-]?)\s*(?:{SIGN})\s*"), text(r"\1"))
    return call("regexp_replace", front, text(rf"\s*(?:{SIGN})$"), text(""))


@cache
def _shape_template() -> exp.Expr:
    """Return the shape of the columns "cell" (trimmed), "body" and "kind", as a number."""
    cell, bare = column("cell"), column("body")
    lowered = exp.Lower(this=cell)
    ways: list[tuple[exp.Expr, Shape]] = [
        (exp.EQ(this=cell, expression=text("")), Shape.BLANK),
        (exp.EQ(this=column("kind"), expression=number(Kind.ERROR)), Shape.ERROR),
        (exp.GT(this=exp.Length(this=cell), expression=number(LONGEST)), Shape.TEXT),
        (_among(lowered, ERROR_WORDS), Shape.ERROR),
        (_among(lowered, NULL_WORDS), Shape.WORD),
        (_among(lowered, ("true", "false")), Shape.BOOLEAN),
        (_among(lowered, ("inf", "-inf", "+inf", "infinity", "-infinity")), Shape.DOT),
        (exp.Not(this=call("regexp_matches", bare, text("[0-9]"))), Shape.TEXT),
        *((fits(bare, pattern), shape) for shape, pattern in PATTERNS),
    ]
    # Built at once: the builder of cases copies what it has at every step.
    ifs = [exp.If(this=condition, true=number(shape)) for condition, shape in ways]
    return exp.Case(ifs=ifs, default=number(Shape.TEXT))


def _among(value: exp.Expr, words: Iterable[str]) -> exp.Expr:
    return exp.In(this=value, expressions=[text(word) for word in words])


def shaped(table: str, cells: Sequence[str], kinds: Sequence[str], rows: exp.Expr) -> exp.Select:
    """Return a query of the cells of some columns, with what is needed to judge them.

    The columns are put below each other, so that one query judges many of them.

    Args:
        table: Name of the raw table.
        cells: Names of its columns.
        kinds: Names of the columns with the stored kinds; none where all is text.
        rows: Condition that the rows fulfil.

    Returns:
        Columns `place` (index of the column), `cell` (trimmed), `kind`, `padded`, `sign`, `body`, `shape`.
    """
    stored = [column(kind) for kind in kinds] or [sql.cast(number(Kind.TEXT), "UTINYINT") for _ in cells]
    long = (
        sql.select(
            [
                sql.named(_unnested([number(place) for place in range(len(cells))]), "place"),
                sql.named(_unnested([column(cell) for cell in cells]), "raw"),
                sql.named(_unnested(stored), "kind"),
            ],
            table,
        )
    ).where(rows, copy=False)
    raw = column("raw")
    trim = sql.select(
        [
            column("place"),
            column("kind"),
            sql.named(trimmed(raw), "cell"),
            sql.named(exp.Coalesce(this=_padded(raw), expressions=[exp.false()]), "padded"),
        ],
        long,
    )
    signed = sql.select([exp.Star(), sql.named(sign(column("cell")), "sign")], trim)
    is_signed = exp.NEQ(this=column("sign"), expression=text(""))
    bare = exp.Case(ifs=[exp.If(this=is_signed, true=body(column("cell")))], default=column("cell"))
    bodied = sql.select([exp.Star(), sql.named(bare, "body")], signed)
    return sql.select([exp.Star(), sql.named(_shape_template().copy(), "shape")], bodied)


def _unnested(items: list[exp.Expr]) -> exp.Expr:
    return call("unnest", exp.Array(expressions=items))


def _padded(raw: exp.Expr) -> exp.Expr:
    """Return whether blanks stand at the ends of a cell that is not blank."""
    clean = trimmed(raw)
    return exp.and_(exp.NEQ(this=raw.copy(), expression=clean), exp.NEQ(this=clean.copy(), expression=text("")))
