"""Which column says what: as asked, else by its name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from clientela.domain.column import Field, Storage
from clientela.domain.errors import ColumnError, InputError, listed, quoted
from clientela.domain.goal import Goal
from clientela.experiments.goals import GOALS, likely, plain
from clientela.experiments.options import ExperimentOptions

_VARIANT = ("variant", "arm", "treatment", "experiment_group", "test_group", "bucket", "cell", "group", "gruppe")
_VISITOR: tuple[str, ...] = (
    "visitor",
    "visitor_id",
    "user_id",
    "customer_id",
    "user",
    "customer",
    "client_id",
    "session_id",
)
_VISITOR += ("besucher", "besucher_id", "besuchernummer", "kunde", "kunden_id", "kundennummer", "nutzer", "nutzer_id")
_TIME = ("time", "timestamp", "decided_at", "exposed_at", "date", "ts", "datetime", "zeitpunkt", "datum", "zeit")
_EVENT = ("event", "checked_out", "checkout", "finished", "completed", "converted", "purchased")


@dataclass(frozen=True)
class Columns:
    """The columns of one table that matter; None where there is none.

    Attributes:
        variant: Variant shown.
        visitor: The visitor.
        time: When.
        outcome: What came of it.
        event: Whether a duration ended in the event.
        covariates: Known before exposure.
        by: Segments.
        guards: Guard measures.
    """

    variant: str
    visitor: str | None
    time: str | None
    outcome: str | None
    event: str | None
    covariates: tuple[str, ...]
    by: tuple[str, ...]
    guards: tuple[str, ...]


def of_decisions(fields: Sequence[Field], options: ExperimentOptions, outcomes: Sequence[Field] | None) -> Columns:
    """Find the columns of the table of decisions.

    Args:
        fields: Its columns.
        options: What was asked.
        outcomes: Columns of the table of outcomes, where there is one.

    Raises:
        ColumnError: A column that was asked for is not there.
        InputError: None fits.
    """
    names = [field.name for field in fields]
    others = [field.name for field in outcomes] if outcomes is not None else []
    variant = _asked(options.variant, names) or likely(_VARIANT, names)
    if variant is None:
        raise InputError(
            f"No column says which variant was shown (the columns are {listed(names)}): name it with --variant."
        )
    visitor = _asked(options.visitor, names) or _equal(_VISITOR, names)
    if outcomes is not None and (visitor is None or visitor not in others):
        raise InputError(
            f"Decisions and outcomes have no visitor in common (columns {listed(names)} and {listed(others)}): "
            "name a column that both have with --visitor."
        )
    declared = GOALS[options.goal]
    where = names if outcomes is None else others
    free = [
        field.name
        for field in (fields if outcomes is None else outcomes)
        if field.name not in (variant, visitor, *options.covariates, *options.by) and not field.storage.temporal
    ]
    # in a table of outcomes a row is a checkout, and its time says how long it took
    timed = outcomes is not None and options.goal is Goal.TIME_TO_CHECKOUT
    outcome = _asked(options.outcome, where) or likely(GOALS[Goal.CONVERSION].words if timed else declared.words, free)
    if outcome is None and (outcomes is None or options.goal in (Goal.REVENUE_PER_VISIT, Goal.BASKET_SIZE)):
        raise InputError(
            f"No column says what came of it for {options.goal} "
            f"(the columns are {listed(name for name in where if name != variant)}): "
            "name it with --outcome."
        )
    _known_before(options, (variant, outcome))
    return Columns(
        variant=variant,
        visitor=visitor,
        time=_dated(options.time, fields) or _timed(fields),
        outcome=outcome,
        event=_asked(options.event, where) or _equal(_EVENT, [n for n in where if n != outcome]),
        covariates=tuple(_there(name, names) for name in options.covariates),
        by=tuple(_there(name, names) for name in options.by),
        guards=tuple(_guard(name, where) for name in options.guards),
    )


def _known_before(options: ExperimentOptions, given: tuple[str | None, ...]) -> None:
    """Refuse segments and earlier data that are the variant or the outcome themselves."""
    for option, names in (("--earlier", options.covariates), ("--by", options.by)):
        wrong = [name for name in names if name in given]
        if wrong:
            raise InputError(
                f"{option} names {quoted(wrong[0])}, which is the variant or the outcome itself: "
                "name columns known before the decision."
            )


def of_visits(fields: Sequence[Field], options: ExperimentOptions) -> Columns:
    """Find the columns of visits as they are, to plan from; the variant gets a name that no column has.

    Args:
        fields: Columns of the table.
        options: What was asked.

    Raises:
        ColumnError: A column that was asked for is not there.
        InputError: None fits.
    """
    names = [field.name for field in fields]
    for name in filter(None, (options.visitor, options.time, options.outcome, options.event, *options.covariates)):
        _there(name, names)
    free = "variant"
    while free in names:
        free += "_"
    one = Field(free, Storage.TEXT)
    return of_decisions([*fields, one], replace(options, variant=free), None)


def taken(columns: Columns, options: ExperimentOptions) -> list[str]:
    """Return in a sentence which columns were taken by their names, since none was asked for; none where all were."""
    pairs = [
        ("variant", options.variant, columns.variant),
        ("visitor", options.visitor, columns.visitor),
        ("time", options.time, columns.time),
        ("outcome", options.outcome, columns.outcome),
        ("end of a time", options.event, columns.event if options.goal is Goal.TIME_TO_CHECKOUT else None),
    ]
    found = [f"{quoted(name)} for the {word}" for word, asked, name in pairs if asked is None and name is not None]
    return [f"Taken by their names: {', '.join(found)}."] if found else []


def time_of(fields: Sequence[Field], asked: str | None) -> str | None:
    """Return the column of the time of outcomes: the one asked for if it is there, else by type and name."""
    names = [field.name for field in fields]
    return _dated(asked, fields) if asked in names else _timed(fields)


def _asked(name: str | None, names: Sequence[str]) -> str | None:
    return None if name is None else _there(name, names)


def _dated(name: str | None, fields: Sequence[Field]) -> str | None:
    """Return the column of the time that was asked for, which must hold times."""
    if name is None:
        return None
    _there(name, [field.name for field in fields])
    storage = next(field.storage for field in fields if field.name == name)
    if not storage.temporal:
        raise InputError(f"The column {quoted(name)} holds {storage.value}, not times: name another one with --time.")
    return name


def _there(name: str, names: Sequence[str]) -> str:
    if name not in names:
        raise ColumnError.missing(name, names)
    return name


def _equal(words: tuple[str, ...], names: Sequence[str]) -> str | None:
    known = {plain(name): name for name in reversed(names)}
    return next((known[word] for word in words if word in known), None)


def _timed(fields: Sequence[Field]) -> str | None:
    names = [field.name for field in fields if field.storage.temporal]
    return _equal(_TIME, names) or (names[0] if len(names) == 1 else None)


def _guard(name: str, names: Sequence[str]) -> str:
    if name in names:
        return name
    wanted = name.replace("-", "_")
    found = likely((wanted,), list(names))
    for goal, declared in GOALS.items():
        if found is None and name == goal.value:
            found = likely(declared.words, list(names))
    if found is None:
        raise InputError(f"There is no guard measure {quoted(name)}: the columns are {listed(names)}.")
    return found
