"""Columns that stand still from some row on: frozen ones, and outcomes that have not arrived yet."""

from __future__ import annotations

import math

import numpy as np
import polars as pl
from numpy.typing import NDArray

from clientela.domain.incident import Cause
from clientela.monitoring.calendars import calendar
from clientela.monitoring.case import FLOOR, Case, Found
from clientela.monitoring.clusters import rows_for_one
from clientela.monitoring.columns import Flags, Kind, Side
from clientela.monitoring.contract import Term
from clientela.monitoring.gaps import missing_there
from clientela.monitoring.wording import since
from clientela.statistics.two_samples import rate_p, share_p

Places = NDArray[np.int64]
Held = float | str
"""What a cell of a column of numbers, or of texts, holds."""

LEAST = 10
AS_MANY = 1e-3
"""Chance above which as many rows have an amount as before."""

USUAL = 0.5
"""Share of the reference's rows that hold a value which is usual."""

LEVELS, HARDLY, HARDLY_AS = 2, 0.3, 0.7
"""Levels of a label; and parts of the usual outcomes, and of the fewest that as many rows of the reference had, that
the last rows have where most outcomes are late."""

APART, MORE = 0.5, 1.5
"""Different times, by the rows, of the reference and of the other rows, from which rows come one by one; and times the
most rows of one moment that the reference has, up to which as many came at once."""

FROM_THEN_ON, NEARLY = 0.9, 0.8
"""Share of the rows from the first one of a moment on that are of it too, where the clock stopped; and of the rows with
one name that must be the last ones, where names stand still."""


NOTHING = {"0.0", "0", "false", "no", "n", "f"}
"""What a column of numbers or a category holds that says no or none."""

SAME_TAIL = 0.1
"""Difference of two last runs, by their rows, up to which they began together."""


def search_sequence(case: Case) -> None:
    """Look for columns that hold one value in the last rows, by time where rows carry one."""
    place = _in_time(case)
    clocks = case.terms(Kind.TIME)
    for term in clocks:
        _stopped(case, term, len(clocks))
    agreeing = {rule.right for rule in case.baseline.contract.rules if rule.kind == "agrees"}
    terms = [
        term
        for term in case.terms(Kind.NUMBER, Kind.CATEGORY)
        if term.name not in agreeing and not calendar(term.levels)
    ]
    found = [(term, tail) for term in terms if (tail := _tail(case, term, place, len(terms))) is not None]
    outcomes = _outcomes(case, [term.name for term, _ in found])
    late = [(term, tail) for term, tail in found if term.name in outcomes]
    starts = [tail[0] for _, tail in late]
    late += [(term, tail) for term, tail in found if term.name not in outcomes and _with_them(case, term, tail, starts)]
    outcomes |= {term.name for term, _ in late}
    follow = {
        rule.left for rule in case.baseline.contract.rules
        if rule.kind == "implies" and rule.left_is == ">0" and rule.right in outcomes
    }  # fmt: skip
    for term, (start, value) in found:
        if term.name not in outcomes | follow:
            _frozen(case, term, place[start:], f"{value:g}" if isinstance(value, float) else value)
    for term in case.terms(Kind.NUMBER):
        _one_above_zero(case, term)
    # it takes rows away, so it comes last
    start = min((tail[0] for _, tail in late), default=place.size)
    if not _hardly_any(case, place, round(MORE * (place.size - start))) and late:
        what = f"no outcome in the last {place.size - start:,} rows"
        _delayed(case, tuple(term.name for term, _ in late), place[start:], what)


def _with_them(case: Case, term: Term, tail: tuple[int, Held], starts: list[int]) -> bool:
    """Tell whether a column says nothing from about the row on from which outcomes say nothing.

    What it says wherever there is no outcome is nothing, too.
    """
    start, value = tail
    size = case.batch.rows
    if not any(abs(start - other) <= max(LEAST, SAME_TAIL * (size - other)) for other in starts):
        return False
    label = case.baseline.facts.label
    if str(value).casefold() in NOTHING or label not in case.reference.texts:
        return str(value).casefold() in NOTHING
    levels = case.baseline.contract.term(label).levels
    without = case.reference.holding(label, levels[0]) & ~case.reference.missing(term.name)
    return len(levels) == LEVELS and bool(case.reference.holding(term.name, value)[without].mean() > NEARLY)


def _in_time(case: Case) -> Places:
    """Return the places of rows by time; those without one come last, as they lie."""
    return np.argsort(np.where(np.isnan(case.order), np.inf, case.order), kind="stable").astype(np.int64)


def _stopped(case: Case, term: Term, tests: int) -> None:
    """Look for a clock that stopped: the last rows hold one moment, where rows come one by one."""
    values = case.batch.numbers[term.name]
    now, known = (part[~np.isnan(part)] for part in (values, case.reference.numbers[term.name]))
    if not now.size or np.unique(known).size < APART * max(1, known.size):
        return
    moments, counts = np.unique(now, return_counts=True)
    usual = int(np.unique(known, return_counts=True)[1].max())
    moment, count = moments[np.argmax(counts)], int(counts.max())
    rows, rest = np.asarray(values == moment), now[now != moment]
    # hours and days come many at a time where the batch is of few of them
    one_by_one = rest.size >= LEAST and moments.size - 1 >= APART * rest.size
    if count < max(LEAST, FLOOR * case.batch.rows, MORE * usual) or not one_by_one:
        return
    chance = rate_p(count, now.size, usual, known.size)
    if chance > case.alpha(tests) or not _last(case, term.name, rows) or _of_one(case, rows):
        return
    evidence = {"value": since(float(moment)), "rows": count, "share": float(rows.mean()), "p": chance}
    what = f"stands at {since(float(moment))} in the last {count:,} rows"
    case.add(Found(Cause.STUCK, (term.name,), evidence, rows, (Cause.TIME_RANGE, Cause.STALE), what))


def _last(case: Case, name: str, rows: Flags) -> bool:
    """Tell whether all rows from the first of some on are of them, by their own time, by the main one or as they lie.

    Rows of which nothing is known are neither.
    """
    values = case.batch.numbers[name]
    there = ~np.isnan(values)
    main = case.baseline.facts.times[:1] == (name,)
    for order in (values if main else case.order, np.arange(rows.size, dtype=np.float64)):
        if not np.isnan(order[rows]).any():
            with np.errstate(invalid="ignore"):
                later = (order >= order[rows].min()) & there
            if rows[later].mean() > FROM_THEN_ON:
                return True
    return False


def _of_one(case: Case, rows: Flags) -> bool:
    """Tell whether most of some rows are of one identifier, as the lines of an order are, that came at one moment."""
    for term in case.terms(Kind.KEY, Kind.TEXT):
        names = case.batch.texts[term.name].filter(pl.Series(rows)).drop_nulls()
        if len(names) and int(names.value_counts()["count"].to_numpy().max()) > USUAL * rows.sum():
            return True
    return False


def standing_still(case: Case, name: str, value: str) -> Flags | None:
    """Return the last rows, by time, where all that have a name have one and the same; None where they have not.

    Args:
        case: The batch.
        name: Column of names.
        value: The name; it must have been there before, for a placeholder never was anybody's.
    """
    place = _in_time(case)
    texts = case.batch.texts[name].gather(place.tolist())
    there, same = texts.is_not_null().to_numpy(), (texts == value).fill_null(value=False).to_numpy()
    others = np.flatnonzero(there & ~same)
    start = int(others[-1]) + 1 if others.size else 0
    last = int(same[start:].sum())
    was_there = bool((case.reference.texts[name] == value).any() or same[:start].any())
    if last < max(LEAST, NEARLY * same.sum()) or not was_there or np.isnan(case.order).all():
        return None
    rows = np.zeros(same.size, dtype=np.bool_)
    rows[place[start:]] = same[start:]
    return rows


def _frozen(case: Case, term: Term, place: Places, value: str) -> None:
    rows = np.zeros(case.batch.rows, dtype=np.bool_)
    rows[place[_filled(case.batch, term, place)]] = True
    evidence = {"value": value, "rows": int(rows.sum()), "share": float(rows.mean())}
    what = f"stands at {value} in the last {rows.sum():,} rows"
    others: tuple[Cause, ...] = (Cause.METRIC_DEFINITION, Cause.BOT_TRAFFIC)
    if value.casefold() in NOTHING:  # what comes later, as returns do, is not there yet
        others = (Cause.LABEL_DELAY, *others)
    if rows.all() and term.kind is Kind.CATEGORY:
        others = (Cause.CATEGORY_MERGED, Cause.CATEGORY_REMOVED, *others)
    case.add(Found(Cause.STUCK, (term.name,), evidence, rows, others, what))


def _one_above_zero(case: Case, term: Term) -> None:
    """Look for an amount that is one and the same in all rows that have any, though others have none."""
    now, known = (side.numbers[term.name] for side in (case.batch, case.reference))
    with np.errstate(invalid="ignore"):
        rows, before = now > 0, known[known > 0]
    if not LEAST <= rows.sum() < (1 - FLOOR) * rows.size or before.size == 0 or np.unique(now[rows]).size > 1:
        return
    value = float(now[rows][0])
    if share_p(int(rows.sum()), rows.size, before.size, known.size) < AS_MANY:
        return  # rounding makes one value of many, and zeros of the small ones
    if rows.sum() * math.log(max(float(np.mean(before == value)), 1 / before.size)) > math.log(case.alpha(1)):
        return
    evidence = {"value": value, "rows": int(rows.sum()), "share": float(rows.mean())}
    what = f"is {value:g} in all {rows.sum():,} rows that have any"
    causes = [Cause.STUCK, Cause.METRIC_DEFINITION]
    if value == before.min():  # it tells whether there was any, where it told how many
        causes.reverse()
    case.add(Found(causes[0], (term.name,), evidence, rows, (causes[1], Cause.NULL_SEMANTICS), what))


def _tail(case: Case, term: Term, place: Places, tests: int) -> tuple[int, Held] | None:
    """Return the first position and value of the last run, where the reference makes so long a run unlikely."""
    held = place[_filled(case.batch, term, place)]
    length, share, value = _run(case, term, held)
    if value != "" and np.isnan(case.order).all() and not _more(case, term, value, tests):
        return None  # rows without times may come sorted
    if length < max(LEAST, FLOOR * case.batch.rows):
        return None
    if case.later and length == held.size and share > USUAL:
        return None  # what most rows of the reference hold, all rows of a season may hold
    # A run of the last row's value: its share to the power of the length, as rows of the reference follow each other.
    upper = min(1.0, share + 3 * math.sqrt(max(share * (1 - share), 1.0 / case.reference.rows) / case.reference.rows))
    limit, each = math.log(case.alpha(tests)), math.log(upper)
    if length * each > limit or length / rows_for_one(case, term.name) * each > limit:
        return None
    # Rows of the reference follow each other in seasons too: what it has seen itself is no break.
    ordered = not np.isnan(case.order).all() and not case.later
    if length <= _longest(case, term, value) * (1.5 * case.batch.rows / case.reference.rows if ordered else 1.0):
        return None
    return int(np.flatnonzero(place == held[held.size - length])[0]), value


def _filled(side: Side, term: Term, place: Places) -> Flags:
    """Return at which places a column is not missing: a column of a part of the rows stands still in that part."""
    if term.name in side.numbers:
        return np.asarray(~np.isnan(side.numbers[term.name][place]))
    return side.texts[term.name].gather(place.tolist()).is_not_null().to_numpy()


def _more(case: Case, term: Term, value: Held, tests: int) -> bool:
    """Tell whether a value has more rows than in the reference."""
    now, known = (int(side.holding(term.name, value).sum()) for side in (case.batch, case.reference))
    size, base = case.sizes
    return now / size > known / base and share_p(now, size, known, base) < case.alpha(tests)


def _run(case: Case, term: Term, place: Places) -> tuple[int, float, Held]:
    """Return the length of the last run at filled places, the share of its value before, and the value."""
    if not place.size:
        return 0, 1.0, ""
    if term.name in case.batch.numbers:
        values, known = (side.numbers[term.name] for side in (case.batch, case.reference))
        values = values[place]
        value: Held = float(values[-1])
        same, before = values == value, known[~np.isnan(known)] == value
    else:
        texts = case.batch.texts[term.name].gather(place.tolist())
        same, value = (texts == texts[-1]).to_numpy(), str(texts[-1])
        before = (case.reference.texts[term.name].drop_nulls() == value).to_numpy()
    share = float(before.mean()) if before.size else 1.0
    different = np.flatnonzero(~same)
    start = int(different[-1]) + 1 if different.size else 0
    own = float(same[:start].mean()) if start >= LEAST else 0.0
    return same.size - start, max(share, own), value


def _outcomes(case: Case, frozen: list[str]) -> set[str]:
    """Return label and columns that a rule ties to it, else yes-or-no columns tied to an amount."""
    rules = [rule for rule in case.baseline.contract.rules if rule.kind == "implies"]
    pairs = {frozenset((r.left, r.right)) for r in rules if ">0" in (r.left_is, r.right_is)}
    both = {
        frozenset((r.left, r.right)) for r in rules for s in rules if (r.left, r.right) == (s.right, s.left)
    } & pairs
    label = case.baseline.facts.label
    if label:
        return {label} | {name for pair in both if label in pair for name in pair} if label in frozen else set()
    return {name for pair in both if pair <= set(frozen) for name in pair}


def _hardly_any(case: Case, place: Places, least: int) -> bool:
    """Look for last rows, by time, with hardly an outcome, where those before have as many as ever: most are late.

    No stretch of as many rows of the reference may have had as few.

    Args:
        case: The batch.
        place: Places of its rows by time.
        least: How many rows these must be.

    Returns:
        Whether they are told.
    """
    label = case.baseline.facts.label
    levels = case.baseline.contract.term(label).levels if label and case.batch.has(label) else ()
    if len(levels) != LEVELS or label in case.explained or label not in case.batch.texts or np.isnan(case.order).any():
        return False
    outcome = case.batch.holding(label, levels[-1])[place]
    before = case.reference.holding(label, levels[-1])
    share = float(before.mean())
    starts = np.arange(LEAST, outcome.size - LEAST + 1)
    if not starts.size or not 0 < share < USUAL:
        return False
    total = np.concatenate([[0], np.cumsum(outcome)])
    rows, left = outcome.size - starts, total[-1] - total[starts]
    few = (left <= HARDLY * share * rows) & (total[starts] >= NEARLY * share * starts)
    if not few.any():
        return False
    # the start after which the loss stands out most against all rows (Poisson)
    odds = np.where(few, left * np.log(np.maximum(left, 0.5) / (share * rows)) + share * rows - left, -np.inf)
    start = int(starts[np.argmax(odds)])
    count, size = int(total[-1] - total[start]), outcome.size - start
    chance = rate_p(count, size, int(before.sum()), before.size)
    times = [name for name in case.baseline.facts.times if case.reference.has(name)]
    known = before[np.argsort(case.reference.numbers[times[0]], kind="stable")]
    sums = np.concatenate([[0], np.cumsum(known)])
    fewest = int((sums[size:] - sums[:-size]).min()) if size < sums.size else 0
    if size < least or chance > case.alpha(outcome.size) or count >= HARDLY_AS * fewest:
        return False
    what = f"{count:,} outcomes in the last {size:,} rows, where {share * size:,.0f} are usual"
    _delayed(case, _tied(case, label), place[start:], what)
    return True


def _tied(case: Case, label: str) -> tuple[str, ...]:
    """Return the label with the columns of the batch that say the same."""
    outcomes = _outcomes(case, [label])
    return tuple(term.name for term in case.terms(*Kind) if term.name in outcomes)


def _delayed(case: Case, columns: tuple[str, ...], last: Places, what: str) -> None:
    rows = np.zeros(case.batch.rows, dtype=np.bool_)
    rows[last] = True
    # what is missing in these rows, and elsewhere as before, comes with the outcomes
    missing = [item for item in case.found if item.columns and all(missing_there(case, n, rows) for n in item.columns)]
    case.found = [item for item in case.found if all(item is not one for one in missing)]
    names = {*columns, *(name for item in missing for name in item.columns)}
    columns = tuple(term.name for term in case.baseline.contract.terms if term.name in names)
    evidence = {"rows": int(rows.sum()), "share": float(rows.mean())}
    case.add(Found(Cause.LABEL_DELAY, columns, evidence, rows, (Cause.STUCK,), what), explains=())
    if rows.mean() < 0.9:
        case.keep(~rows)
    else:
        case.explained |= set(columns)


def _longest(case: Case, term: Term, value: Held) -> int:
    """Return the longest run in the reference, by time where rows carry one: of a value, or of any that is not usual.

    Where values follow each other for long, as prices of a day or of a quarter do, a new one does so too.
    """
    times = [name for name in case.baseline.facts.times if case.reference.has(name)]
    order = case.reference.numbers[times[0]] if times else np.zeros(case.reference.rows)
    place = np.argsort(np.where(np.isnan(order), np.inf, order), kind="stable")
    if term.name in case.reference.numbers:
        values = pl.Series(case.reference.numbers[term.name][place], nan_to_null=True)
    else:
        values = case.reference.texts[term.name].gather(place.tolist())
    values = values.drop_nulls()
    runs = pl.DataFrame({"value": values, "run": values.rle_id()})
    counts = runs.group_by("value", "run").len()
    usual = counts.group_by("value").agg(pl.col("len").max().alias("longest"), pl.col("len").sum().alias("rows"))
    asked = usual.filter((pl.col("value") == pl.lit(value)) | (pl.col("rows") <= USUAL * case.reference.rows))
    return int(asked["longest"].to_numpy().max(initial=0))
