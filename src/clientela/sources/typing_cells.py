"""From a raw table of text cells to typed columns: the one mechanism behind every untyped source.

Every decision rests on exact counts over the full column, taken by the engine. One query a
column counts its cells by shape; a second pass writes the typed table.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from sqlglot import exp

from clientela.domain.column import Storage
from clientela.domain.errors import quoted
from clientela.domain.progress import SILENT, Progress
from clientela.domain.reading import ReadColumn
from clientela.sources.deciding import (
    DATES,
    TEXT,
    Cells,
    Conventions,
    Decision,
    coercions,
    conventions_of,
    dates_written,
    decide,
    kinds,
)
from clientela.sources.shapes import ISO, MISSING, Kind, Shape, body, cast, shaped, trimmed
from clientela.tables import sql
from clientela.tables.engine import Engine

DAMAGE = r"\x{FFFD}|Ã[\x{0080}-\x{00BF}]|â€|Â[\x{00A0}-\x{00BF}]"
"""What a wrong encoding leaves behind (RE2): replacement characters and UTF-8 read as Latin-1."""

GROUP = 128
CELLS = 2_000_000
"""Columns are judged together while they have no more cells than these."""

EXAMPLES = 3
EXAMPLE_LENGTH = 80
_HALVED = ("%Y-%m-%d %I:%M %p", "%Y-%m-%d %I:%M%p", "%Y-%m-%d %I:%M:%S %p", "%Y-%m-%d %I:%M:%S%p")
"""A day and a time of one of its halves, with "AM" or "PM"."""
_ZONE = r" ?(Z|UTC|[+-]\d{2}:?\d{2})$"
_OFFSET = r"([+-])(\d{2}):?(\d{2})$"
_ENGINE_TYPES = {
    Storage.TEXT: "VARCHAR",
    Storage.INTEGER: "BIGINT",
    Storage.NUMBER: "DOUBLE",
    Storage.BOOLEAN: "BOOLEAN",
    Storage.DATE: "DATE",
    Storage.TIMESTAMP: "TIMESTAMP",
    Storage.TIME: "TIME",
}


@dataclass(frozen=True)
class RawColumn:
    """A column of text cells as a source delivers it.

    Attributes:
        cell: Name of the column with the text inside the engine.
        kind: Name of the column with the stored kinds (`shapes.Kind`), None where all is text.
        name: Name the column is given.
        header: Header cell as found.
        letter: Column letter in the sheet.
        merged: Cells that were filled from merged ranges.
    """

    cell: str
    kind: str | None
    name: str
    header: str
    letter: str
    merged: int = 0


@dataclass(frozen=True)
class RawTable:
    """Text cells inside an engine, with the rows that are data.

    Attributes:
        engine: The engine that holds them.
        table: Name of the table.
        columns: Its columns.
        first: Position of the first data row.
        last: Position after the last data row.
    """

    engine: Engine
    table: str
    columns: tuple[RawColumn, ...]
    first: int
    last: int

    @property
    def rows(self) -> exp.Expr:
        """The condition that data rows fulfil."""
        position = sql.column("rowid")
        return exp.and_(
            exp.GTE(this=position, expression=sql.number(self.first)),
            exp.LT(this=position.copy(), expression=sql.number(self.last)),
        )


@dataclass(frozen=True)
class TypedTable:
    """What typing made of a raw table.

    Attributes:
        table: Name of the typed table inside the engine; its columns carry the raw names.
        columns: How each column was read.
        notes: Sentences for the user.
    """

    table: str
    columns: tuple[ReadColumn, ...]
    notes: tuple[str, ...] = field(default=())


def type_cells(raw: RawTable, progress: Progress = SILENT) -> TypedTable:
    """Type every column of a raw table; each cell that becomes null is counted.

    Args:
        raw: Text cells.
        progress: Told how many columns are done.

    Returns:
        The typed table, held by the same engine.
    """
    counted: list[list[Cells]] = []
    group = max(1, min(GROUP, CELLS // max(1, raw.last - raw.first)))
    for start in range(0, len(raw.columns), group):
        progress.update(f"column {start + 1} of {len(raw.columns)}", start / len(raw.columns))
        counted += _count_cells(raw, raw.columns[start : start + group])
    decisions = _decide_all(counted)
    table = _write(raw, decisions)
    if lost := _lost(raw, table, counted, decisions):
        for index, cells in lost.items():
            decisions[index] = replace(TEXT, mixed=cells, notes=("holds numbers too large to be read as such",))
        raw.engine.drop(table)
        table = _write(raw, decisions)
    columns = tuple(
        _read_column(raw, column, cells, decision)
        for column, cells, decision in zip(raw.columns, counted, decisions, strict=True)
    )
    notes = tuple(
        f"Column {quoted(column.name)} {note}."
        for column, decision in zip(raw.columns, decisions, strict=True)
        for note in decision.notes
    )
    return TypedTable(table, columns, notes)


def _count_cells(raw: RawTable, columns: Sequence[RawColumn]) -> list[list[Cells]]:
    cell, shape = sql.column("cell"), sql.column("shape")
    damaged = exp.and_(
        exp.EQ(this=shape, expression=sql.number(Shape.TEXT)), sql.call("regexp_matches", cell, sql.text(DAMAGE))
    )
    flags = {
        "damaged": exp.Case(ifs=[exp.If(this=damaged, true=exp.true())], default=exp.false()),
        "day_first": _exists(day_first=True),
        "month_first": _exists(day_first=False),
        "timed": sql.call("contains", cell, sql.text(":")),
    }
    keys = ["place", "shape", "kind", "padded", "sign"]
    items = [sql.column(key) for key in keys]
    items += [sql.named(condition, name) for name, condition in flags.items()]
    query = sql.select([*items, sql.named(exp.Count(this=exp.Star()), "count")], _shaped(raw, columns))
    query = query.group_by(*(sql.number(position + 1) for position in range(len(items))), copy=False)
    found: list[list[Cells]] = [[] for _ in columns]
    for row in raw.engine.frame(query).iter_rows(named=True):
        found[int(row["place"])].append(_cells(row))
    return found


def _shaped(raw: RawTable, columns: Sequence[RawColumn]) -> exp.Select:
    kinds = [column.kind for column in columns if column.kind is not None]
    return shaped(raw.table, [column.cell for column in columns], kinds, raw.rows)


def _exists(*, day_first: bool) -> exp.Expr:
    """Return whether a cell is a date that exists; a case, so that only dates are tried."""
    ifs = [
        exp.If(
            this=exp.EQ(this=sql.column("shape"), expression=sql.number(shape)),
            true=sql.present(_instant(sql.column("cell"), shape, day_first=day_first)),
        )
        for shape in DATES
    ]
    return exp.Case(ifs=ifs, default=exp.false())


def _cells(row: Mapping[str, object]) -> Cells:
    shape, kind = Shape(int(str(row["shape"]))), Kind(int(str(row["kind"])))
    if kind is Kind.NUMBER and shape is Shape.IDENTIFIER:
        shape = Shape.SQUEEZED
    return Cells(
        shape=shape,
        kind=kind,
        padded=bool(row["padded"]),
        sign=str(row["sign"]).strip("+- ") if shape not in MISSING and shape is not Shape.TEXT else "",
        damaged=bool(row["damaged"]),
        day_first=bool(row["day_first"]),
        month_first=bool(row["month_first"]),
        timed=bool(row["timed"]) and shape in DATES,
        count=int(str(row["count"])),
    )


def _decide_all(counted: Sequence[list[Cells]]) -> list[Decision]:
    first = [decide(cells) for cells in counted]
    conventions = conventions_of(zip(first, counted, strict=True))
    if conventions == Conventions():
        return first
    return [
        decide(cells, conventions) if decision.open else decision
        for cells, decision in zip(counted, first, strict=True)
    ]


def _write(raw: RawTable, decisions: Sequence[Decision]) -> str:
    items = [
        sql.named(_value(column, decision), column.cell)
        for column, decision in zip(raw.columns, decisions, strict=True)
    ]
    return raw.engine.create_table(sql.select(items, raw.table).where(raw.rows, copy=False))


def _value(column: RawColumn, decision: Decision) -> exp.Expr:
    cell = trimmed(sql.column(column.cell))
    target = _ENGINE_TYPES[decision.storage]
    if decision.storage is Storage.TEXT:
        kept = exp.Nullif(this=cell, expression=sql.text(""))
        if column.kind is None:
            return kept
        return sql.where(exp.NEQ(this=sql.column(column.kind), expression=sql.number(Kind.ERROR)), kept)
    if decision.storage.numeric:
        return cast(_number(cell, column, decision), target)
    if decision.storage.temporal:
        moment = _moment(cell, decision)
        return moment if decision.storage is Storage.TIMESTAMP else sql.cast(moment, target)
    return cast(cell, target)


def _number(cell: exp.Expr, column: RawColumn, decision: Decision) -> exp.Expr:
    """Return the text of a number with a decimal dot and nothing else around it."""
    bare = body(cell.copy()) if decision.signed else cell.copy()
    shapes = decision.keeps
    if shapes & {Shape.GAPS, Shape.GAPS_DOT, Shape.GAPS_COMMA}:
        bare = sql.call("regexp_replace", bare, sql.text(r"[ \x{00A0}\x{202F}'’]"), sql.text(""), sql.text("g"))
    if decision.comma:
        bare = sql.call("replace", sql.call("replace", bare, sql.text("."), sql.text("")), sql.text(","), sql.text("."))
    elif shapes & {Shape.COMMA_OF_THREE, Shape.COMMAS, Shape.COMMAS_DOT}:
        bare = sql.call("replace", bare, sql.text(","), sql.text(""))
    # Only "nan" is left among what the engine reads as a double though it is a null word.
    bare = exp.Nullif(this=exp.Lower(this=bare), expression=sql.text("nan"))
    if column.kind is None:
        return bare
    stored = exp.EQ(this=sql.column(column.kind), expression=sql.number(Kind.NUMBER))
    return exp.Case(ifs=[exp.If(this=stored, true=cell)], default=bare)


def _instant(cell: exp.Expr, shape: Shape, *, day_first: bool) -> exp.Expr:
    """Return a date written in the way of `shape` as a timestamp, null where it does not exist."""
    if shape in ISO:
        return cast(cell.copy(), "TIMESTAMP")
    if shape is Shape.ISO_ZONE:
        return _zoned(cell)
    # Years come first here, so the engine's own cast reads it: many times faster than a list of formats.
    order = r"\3-\2-\1 " if day_first or shape is Shape.DOT_DATE else r"\3-\1-\2 "
    turned = sql.call("regexp_replace", cell.copy(), sql.text(r"^(\d+)[./-](\d+)[./-](\d{4}),?[T ]*"), sql.text(order))
    plain = sql.call("trim", turned)
    # The engine's cast reads "07:56 PM" as seven in the morning, so halves of the day are read apart from it.
    halved = sql.call("regexp_matches", cell.copy(), sql.text(r"[Mm]\.?$"))
    bare = sql.call("replace", plain.copy(), sql.text("."), sql.text(""))
    read = sql.call("try_strptime", bare, exp.Array(expressions=[sql.text(form) for form in _HALVED]))
    return exp.Case(ifs=[exp.If(this=halved, true=read)], default=cast(plain, "TIMESTAMP"))


def _zoned(cell: exp.Expr) -> exp.Expr:
    """Return an ISO date with time and zone as a timestamp in UTC."""
    local = cast(sql.call("regexp_replace", cell.copy(), sql.text(_ZONE), sql.text("")), "TIMESTAMP")
    sign, hours, minutes = (
        sql.call("regexp_extract", cell.copy(), sql.text(_OFFSET), sql.number(group)) for group in (1, 2, 3)
    )
    in_minutes = exp.Add(
        this=exp.Mul(this=_whole(sql.call("concat", sign, hours)), expression=sql.number(60)),
        expression=_whole(sql.call("concat", sign.copy(), minutes)),
    )
    return exp.Sub(this=local, expression=sql.call("to_minutes", in_minutes))


def _whole(cell: exp.Expr) -> exp.Expr:
    return exp.Coalesce(this=cast(cell, "BIGINT"), expressions=[sql.number(0)])


def _moment(cell: exp.Expr, decision: Decision) -> exp.Expr:
    ways = [_instant(cell, shape, day_first=decision.day_first) for shape in sorted(decision.keeps - {Shape.ISO_TIME})]
    if Shape.ISO_TIME in decision.keeps and Shape.ISO_DATE not in decision.keeps:
        ways.append(_instant(cell, Shape.ISO_TIME, day_first=True))
    return exp.Coalesce(this=ways[0], expressions=ways[1:])


def _lost(raw: RawTable, table: str, counted: Sequence[list[Cells]], decisions: Sequence[Decision]) -> dict[int, int]:
    """Return columns with more nulls than were counted: values beyond what their type can hold."""
    items = [sql.named(exp.Count(this=sql.column(column.cell)), column.cell) for column in raw.columns]
    present = raw.engine.frame(sql.select(items, table)).row(0)
    lost = {}
    for index, (cells, decision) in enumerate(zip(counted, decisions, strict=True)):
        expected = sum(item.count for item in cells if item.shape not in MISSING)
        if decision.storage is not Storage.TEXT and present[index] != expected:
            lost[index] = expected - present[index]
    return lost


def _read_column(raw: RawTable, column: RawColumn, cells: list[Cells], decision: Decision) -> ReadColumn:
    changed = coercions(cells, decision, typed_source=column.kind is not None)
    if column.merged:
        changed["merged"] = column.merged
    return ReadColumn(
        name=column.name,
        header=column.header,
        letter=column.letter,
        storage=decision.storage,
        kinds=kinds(cells),
        coercions=changed,
        mixed=decision.mixed,
        examples=_examples(raw, column, cells) if decision.mixed else (),
        dates=dates_written(cells, decision, _clocks(raw, column, decision)),
    )


def _clocks(raw: RawTable, column: RawColumn, decision: Decision) -> dict[str, int]:
    """Count what stands around the time of a column's ISO dates: the mark before it, and the zone after it."""
    if decision.storage is not Storage.TIMESTAMP or not decision.keeps & {Shape.ISO_TIME, Shape.ISO_ZONE}:
        return {}
    cell = trimmed(sql.column(column.cell))
    timed = exp.and_(raw.rows, sql.call("contains", sql.column(column.cell), sql.text(":")))
    day = sql.call("split_part", cell.copy(), sql.text(":"), sql.number(1))
    zone = sql.call("regexp_extract", sql.call("right", cell, sql.number(6)), sql.text(_ZONE), sql.number(1))
    parts = [sql.named(sql.call("contains", day, sql.text("T")), "joined"), sql.named(zone, "zone")]
    query = sql.select([*parts, sql.named(exp.Count(this=exp.Star()), "count")], raw.table)
    query = query.where(timed, copy=False).group_by(sql.number(1), sql.number(2), copy=False)
    found = raw.engine.frame(query).iter_rows(named=True)
    return {("T" if row["joined"] else " ") + str(row["zone"]): int(row["count"]) for row in found}


def _examples(raw: RawTable, column: RawColumn, cells: list[Cells]) -> tuple[str, ...]:
    """Return cells of the rarer ways of writing."""
    ways = Counter[Shape]()
    for item in cells:
        if item.shape not in MISSING:
            ways[item.shape] += item.count
    common = ways.most_common(1)[0][0]
    rare = [shape for shape in ways if shape is not common] or [common]
    query = _shaped(raw, [column])
    picked = (
        sql.select([sql.column("cell")], query)
        .distinct()
        .where(sql.column("shape").isin(*(sql.number(shape) for shape in rare)))
        .order_by(sql.column("cell"))
        .limit(EXAMPLES)
    )
    return tuple(str(cell)[:EXAMPLE_LENGTH] for cell in raw.engine.frame(picked)["cell"])
