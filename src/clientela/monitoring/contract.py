"""The contract: what the reference says of every column and between columns, for people to read and correct."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlglot import exp

from clientela.domain.errors import InputError
from clientela.domain.later import later
from clientela.domain.record import Record
from clientela.monitoring.columns import Kind

if TYPE_CHECKING:
    import tomlkit
else:
    tomlkit = later("tomlkit")

PARTS = ("month", "weekday", "weekend", "hour", "day", "year")
"""Parts of a time that a category may agree with."""

SPANS = {"dates": 86_400.0, "seconds": 1.0, "minutes": 60.0, "hours": 3_600.0, "days": 86_400.0}
"""Seconds of the units in which a number may count the time between two columns; dates leave out the time of day."""

SIGNS = {"sum": "+-", "product": "*/"} | dict.fromkeys(SPANS, "+-")

BOUND = re.compile(r"(>|<=)(-?\d+(?:\.\d+)?(?:e[+-]?\d+)?)")
"""A bound of a number, as rules write it."""

RATE = "rate"
"""Kind of a rule by which a category gives a number as a share of another one."""

OF_PARTS = ("parts", "within", "times")
"""Keys of rules that have parts."""

HEAD = """\
What every batch is held against. Correct it where you know better: ranges may be widened, levels added, rules
deleted. `clientela monitor check` reads this file; `clientela monitor baseline` writes it anew."""


@dataclass(frozen=True)
class Term(Record):
    """What the contract says of one column.

    Attributes:
        name: Column.
        kind: "key", "category", "number", "text" or "time".
        storage: How its cells are stored in the reference.
        nulls: Share of missing cells in the reference.
        low: Smallest number, NaN where it holds none.
        high: Largest number, NaN where it holds none.
        whole: Whether all its numbers are whole.
        levels: Its values where it is a category, commonest first.
    """

    name: str
    kind: Kind
    storage: str
    nulls: float
    low: float = float("nan")
    high: float = float("nan")
    whole: bool = False
    levels: tuple[str, ...] = ()


@dataclass(frozen=True)
class Rule(Record):
    """A rule between the columns of a row that the reference keeps.

    Attributes:
        kind: "implies" (where `left` holds `right` holds), "order" (`left` at most `right`), "determines" (rows with
            the same `left` have the same `right`), "agrees" (a part of the time `left` gives `right`), "constant" (all
            rows of one `left` have the same `right`, whoever it is), "rate" (`left` gives which share of the number
            `right_is` the number `right` is), "sum" or "product" (the `parts` give `left`), or a
            unit of time (`left` counts it from the second of two `parts` to the first).
        left: Column.
        left_is: What holds on the left: ">0", "missing", "present" or a level; the part of the time for "agrees"; what
            must hold of it so that a sum or product is asked for, "" where it always is.
        right: Column.
        right_is: What holds on the right; of a number also a bound such as ">30" or "<=30". The largest value that a
            sum or product can have, as "<=1".
        exceptions: Rows of the reference that break it.
        rows: Rows of the reference it was learnt on.
        parts: Columns that give `left`, the first of them `right`; each begins with its sign: +, -, * or /.
        within: How far rounding may part `left` from what its parts give.
        times: Number by which a product of parts is multiplied.
    """

    kind: str
    left: str
    left_is: str
    right: str
    right_is: str
    exceptions: int
    rows: int
    parts: tuple[str, ...] = ()
    within: float = 0.0
    times: float = 1.0

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns it is about."""
        rest = (self.right, self.right_is) if self.kind == RATE else (self.right,)
        return (self.left, *((part[1:] for part in self.parts) if self.parts else rest))

    @property
    def told(self) -> str:
        """The rule in words.

        >>> Rule("implies", "value", ">0", "buyer", "true", 0, 9).told
        'where value > 0, buyer is true'
        """
        if self.kind == "implies":
            return f"where {_is(self.left, self.left_is)}, {_is(self.right, self.right_is)}"
        if self.kind == "order":
            return f"{self.left} is at most {self.right}"
        if self.kind == "agrees":
            return f"{self.right} agrees with the {self.left_is} of {self.left}"
        if self.parts:
            told = " ".join(f"{part[0]} {part[1:]}" for part in self.parts)
            told = told if self.times == 1 else f"{self.times:.6g} {told}"
            unit = f", in {'days from date to date' if self.kind == 'dates' else self.kind}" * (self.kind in SPANS)
            most = f", at most {self.right_is.removeprefix('<=')}" * bool(self.right_is)
            where = f" where {_is(self.left, self.left_is)}" * bool(self.left_is)
            return f"{self.left} = {told.removeprefix('+ ').removeprefix('* ')}{unit}{most}{where}"
        if self.kind == "constant":
            return f"{self.right} stays the same for each {self.left}"
        share = f", as a share of {self.right_is}" * (self.kind == RATE)
        return f"{self.left} determines {self.right}{share}"


@dataclass(frozen=True)
class Contract(Record):
    """All terms and rules.

    Attributes:
        terms: One per column, in their order.
        rules: Rules between columns.
    """

    terms: tuple[Term, ...]
    rules: tuple[Rule, ...]

    def term(self, name: str) -> Term:
        """Return the term of a column."""
        return next(term for term in self.terms if term.name == name)


def _is(column: str, what: str) -> str:
    words = {">0": f"{column} > 0", "missing": f"{column} is missing", "present": f"{column} is there"}
    if (bound := BOUND.fullmatch(what)) is not None:
        return f"{column} {bound[1]} {bound[2]}"
    return words.get(what, f"{column} is {what}")


def to_toml(contract: Contract) -> str:
    """Return the contract as TOML."""
    document = tomlkit.document()
    for line in HEAD.splitlines():
        document.add(tomlkit.comment(line))
    columns = tomlkit.aot()
    for term in contract.terms:
        columns.append(tomlkit.item(_told(term.to_dict())))
    document.add("column", columns)
    rules = tomlkit.aot()
    for rule in contract.rules:
        told = {"told": rule.told, **rule.to_dict()}
        rules.append(tomlkit.item({key: told[key] for key in told if rule.parts or key not in OF_PARTS}))
    if contract.rules:
        document.add("rule", rules)
    return tomlkit.dumps(document)


def _told(term: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in term.items() if value == value and value is not False and value != []}


def from_toml(text: str) -> Contract:
    """Return the contract that `to_toml` wrote and a person may have corrected.

    Raises:
        InputError: It is no contract; the message tells the place.
    """
    try:
        read = tomllib.loads(text)
        terms = tuple(_term(part) for part in read.get("column", []))
        rules = tuple(_rule(part) for part in read.get("rule", []))
    except (tomllib.TOMLDecodeError, KeyError, TypeError, ValueError, AttributeError) as error:
        raise InputError(f"contract.toml cannot be read ({error}): mend it, or make the baseline anew.") from error
    kinds = {term.name: term.kind for term in terms}
    for rule in rules:
        if not set(rule.columns) <= set(kinds):
            raise InputError(f"contract.toml has a rule on a column it does not list ({rule.told}): mend one of them.")
        if not _suits(rule, kinds):
            raise InputError(
                f"contract.toml has a rule of kind {rule.kind!r:.30} that columns of these kinds cannot have "
                f"({rule.told}): mend it, or delete it."
            )
    return Contract(terms, rules)


def _suits(rule: Rule, kinds: Mapping[str, Kind]) -> bool:
    """Tell whether a rule can be asked of columns of these kinds."""
    counted = [kinds[name] in (Kind.NUMBER, Kind.TIME) for name in rule.columns]
    if rule.kind == "implies":
        return all(held or what != ">0" for held, what in zip(counted, (rule.left_is, rule.right_is), strict=True))
    if rule.kind == "agrees":
        return kinds[rule.left] is Kind.TIME and not counted[1] and rule.left_is in PARTS
    asked: dict[str, tuple[bool, ...]] = {
        "order": (True, True),
        "determines": (False, counted[-1]),
        "constant": (False, counted[-1]),
    }
    asked[RATE] = (False, True, True)
    if rule.kind in SPANS:
        return [kinds[name] for name in rule.columns] == [Kind.NUMBER, Kind.TIME, Kind.TIME]
    if rule.kind in SIGNS:
        limited = not rule.right_is or (rule.right_is.startswith("<=") and BOUND.fullmatch(rule.right_is) is not None)
        return bool(rule.parts) and all(counted) and limited and rule.left_is in ("", ">0", "present")
    return tuple(counted) == asked.get(rule.kind)


def _term(part: Mapping[str, Any]) -> Term:
    nan = float("nan")
    return Term(
        str(part["name"]),
        Kind(part["kind"]),
        str(part["storage"]),
        float(part["nulls"]),
        float(part.get("low", nan)),
        float(part.get("high", nan)),
        bool(part.get("whole", False)),
        tuple(str(level) for level in part.get("levels", ())),
    )


def _rule(part: Mapping[str, Any]) -> Rule:
    words = [str(part[key]) for key in ("kind", "left", "left_is", "right", "right_is")]
    parts, within = tuple(map(str, part.get("parts", ()))), float(part.get("within", 0.0))
    if any(one[:1] not in SIGNS.get(words[0], "") for one in parts):
        raise ValueError(f"parts {parts!r:.80} begin with no sign of a {words[0]:.20}")
    counts = int(part["exceptions"]), int(part["rows"])
    return Rule(words[0], words[1], words[2], words[3], words[4], *counts, parts, within, float(part.get("times", 1.0)))


def to_sql(contract: Contract, table: str = "batch") -> str:
    """Return one query per term and rule that counts the rows which break it (DuckDB's SQL).

    Args:
        contract: The contract.
        table: Name of the table to be asked.
    """
    queries = []
    for name, condition in _conditions(contract):
        query = exp.select(exp.Count(this=exp.Star()).as_("broken")).from_(exp.to_identifier(table, quoted=True))
        comment = " ".join(name.split())
        queries.append(f"-- {comment}\n{query.where(condition).sql(dialect='duckdb')};\n")
    return "\n".join(queries)


def _conditions(contract: Contract) -> Sequence[tuple[str, exp.Expr]]:
    found: list[tuple[str, exp.Expr]] = []
    for term in contract.terms:
        cell = _cell(term.name)
        if term.nulls == 0:
            found.append((f"{term.name} is never missing", exp.Is(this=cell, expression=exp.null())))
        if term.levels:
            known = exp.In(this=_text(term.name), expressions=[exp.Literal.string(level) for level in term.levels])
            found.append((f"{term.name} has known levels", exp.Not(this=known)))
        if term.kind is Kind.NUMBER and term.low == term.low:
            low, high = exp.Literal.number(term.low), exp.Literal.number(term.high)
            outside = exp.Not(this=exp.Between(this=cell.copy(), low=low, high=high))
            found.append((f"{term.name} lies within its range", outside))
    broken = ((rule.told, breaks(rule, contract)) for rule in contract.rules)
    return [*found, *((told, condition) for told, condition in broken if condition is not None)]


def breaks(rule: Rule, contract: Contract) -> exp.Expr | None:
    """Return the condition that rows which break a rule fulfil; None where a row alone cannot tell.

    Args:
        rule: One of the contract's rules.
        contract: The contract, which tells numbers from levels that are written like bounds.
    """
    numbers = {term.name for term in contract.terms if term.kind is Kind.NUMBER}
    if rule.kind == "implies":
        right = _holds(rule.right, rule.right_is, number=rule.right in numbers)
        left = _holds(rule.left, rule.left_is, number=rule.left in numbers)
        return exp.and_(left, exp.Not(this=exp.paren(right)))
    if rule.kind == "order":
        return exp.GT(this=_cell(rule.left), expression=_cell(rule.right))
    if rule.parts and rule.kind not in SPANS:
        gap = exp.Abs(this=exp.Sub(this=_cell(rule.left), expression=exp.paren(_given(rule))))
        apart = exp.GT(this=gap, expression=exp.Literal.number(rule.within))
        above = exp.GT(this=_cell(rule.left), expression=exp.Literal.number(0))
        return exp.and_(above, apart) if rule.left_is == ">0" else apart
    return None


def _given(rule: Rule) -> exp.Expr:
    kinds = {"+": exp.Add, "-": exp.Sub, "*": exp.Mul, "/": exp.Div}
    whole: exp.Expr = exp.Literal.number(rule.times if rule.kind == "product" else 0)
    for part in rule.parts:
        whole = kinds[part[0]](this=whole, expression=_cell(part[1:]))
    if (limit := BOUND.fullmatch(rule.right_is)) is not None:
        whole = exp.Least(this=whole, expressions=[exp.Literal.number(limit[2])])
    return whole


def _cell(name: str) -> exp.Expr:
    return exp.column(exp.to_identifier(name, quoted=True))


def _text(name: str) -> exp.Expr:
    return exp.cast(_cell(name), "text")


def _holds(name: str, what: str, *, number: bool) -> exp.Expr:
    missing = exp.Is(this=_cell(name), expression=exp.null())
    if what == "missing":
        return missing
    if what == "present":
        return exp.Not(this=missing)
    if number and (bound := BOUND.fullmatch(what)) is not None:
        kind = exp.GT if bound[1] == ">" else exp.LTE
        return kind(this=_cell(name), expression=exp.Literal.number(bound[2]))
    return exp.EQ(this=_text(name), expression=exp.Literal.string(what))


def to_pandera(contract: Contract) -> str:
    """Return the terms as the source of a pandera schema (text; pandera itself is not needed)."""
    lines = ["import pandera.polars as pa", "", "schema = pa.DataFrameSchema(", "    {"]
    for term in contract.terms:
        checks = []
        if term.levels:
            checks.append(f"pa.Check.isin({list(term.levels)!r})")
        if term.kind is Kind.NUMBER and term.low == term.low:
            checks.append(f"pa.Check.in_range({term.low!r}, {term.high!r})")
        unique = ", unique=True" if term.kind is Kind.KEY else ""
        lines.append(
            f"        {term.name!r}: pa.Column(checks=[{', '.join(checks)}], nullable={term.nulls > 0}{unique}),"
        )
    return "\n".join([*lines, "    }", ")", ""])
