"""Hold a batch against its baseline: what broke, what merely changed."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import polars as pl

from clientela.domain.incident import Cause, ShiftKind
from clientela.domain.reading import WAYS_APART
from clientela.monitoring.baseline import ROWS, Baseline
from clientela.monitoring.bonds import of_one_block, search_misalignment
from clientela.monitoring.calendars import calendar
from clientela.monitoring.case import Case, Found
from clientela.monitoring.categories import add_fresh, search_categories, search_mix
from clientela.monitoring.clusters import confirmed
from clientela.monitoring.columns import Kind, Side
from clientela.monitoring.common_factor import one_factor
from clientela.monitoring.displaced import displaced
from clientela.monitoring.exchanges import search_coded
from clientela.monitoring.formats import mend
from clientela.monitoring.gaps import ONLY_WHERE, search_gaps
from clientela.monitoring.in_groups import search_in_groups
from clientela.monitoring.levels import counted
from clientela.monitoring.local_hours import search_local_hours
from clientela.monitoring.machines import search_machines
from clientela.monitoring.measures import measure
from clientela.monitoring.moved_on import moved_on, put_back
from clientela.monitoring.not_there_yet import join_silent
from clientela.monitoring.numbers import search_numbers
from clientela.monitoring.relations import search_given, search_rules
from clientela.monitoring.result import CheckResult
from clientela.monitoring.rows import LEAST_HISTORY, search_placeholders, search_rows, search_volume, usual_rows
from clientela.monitoring.schema import match_columns
from clientela.monitoring.sequence import search_sequence
from clientela.monitoring.stock import count_once
from clientela.monitoring.storing import AS_TEXT, WHOLE, search_storing, turned
from clientela.monitoring.texts import search_text_exchanges
from clientela.monitoring.times import search_times
from clientela.monitoring.wording import since, told
from clientela.tables.table import ROW, Table

PER_CENT = "percent"
"""What reading calls a sign of per cent."""

UTC = ("Z", "UTC", "+00:00", "+0000")
LEAST = 5
FEW = 20
"""Rows below which shares and distributions tell nothing."""

ONE_BY = dict.fromkeys((Cause.DTYPE_FORMAT, Cause.CATEGORY_FORMAT, Cause.ENCODING), "way") | dict.fromkeys(
    (Cause.UNIT_SCALE, Cause.TRAIN_SERVE_SKEW), "change"
)
"""The evidence by which causes of one kind, in several columns, are one break."""

OF_NEW = {Cause.CATEGORY_NEW, Cause.CATEGORY_SPLIT, Cause.CATEGORY_RENAMED}
"""What rows with a level that the reference never had are taken for."""

SAME_ROWS = 0.05
"""Difference of the shares of rows that are the same ones."""

SAME_LIMIT, HALF_AN_HOUR, AS_MANY = 1e-5, 0.5, 1.5
"""Relative distance of limits, and hours between offsets, that are one; and how many times larger the share of the rows
of one column may be, where one change befell several."""


def check(
    baseline: Baseline,
    table: Table,
    earlier_rows: Sequence[int] = (),
) -> CheckResult:
    """Hold a batch against its baseline.

    Args:
        baseline: What `learn_baseline` learnt.
        table: The batch.
        earlier_rows: Rows of earlier batches, for their usual number; with fewer than four the volume is not judged.

    Returns:
        Incidents, shifts and metrics. There is no exception for a batch that can be opened.

    >>> from clientela.monitoring.baseline import learn_baseline
    >>> from clientela.tables.frames import from_frame
    >>> with from_frame(pl.DataFrame({"page": ["start", "basket"] * 300})) as reference:
    ...     baseline = learn_baseline(reference)
    >>> with from_frame(pl.DataFrame({"page": ["start", "BASKET"] * 100})) as batch:
    ...     [incident.cause.value for incident in check(baseline, batch).incidents]
    ['category_format']
    """
    case = _opened(baseline, table)
    if 0 < table.rows < FEW:
        case.notes.append(f"With {table.rows} rows, distributions are hardly compared: {FEW} are needed at least.")
    if case.batch.rows:
        # numbers near the largest there are overflow in many a change that is tried; it then fits nothing
        with np.errstate(over="ignore", invalid="ignore"):
            _search(case, earlier_rows, table.rows)
    else:
        case.add(Found(Cause.VOLUME, (), {"rows": 0}, what="the batch has no rows"))
    incidents, shifts = told(_settled(case))
    times = case.order[~np.isnan(case.order)]
    return CheckResult(
        batch=table.reading.source,
        fingerprint=table.reading.fingerprint,
        checked=datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        rows=table.rows,
        first=since(float(times.min())) if times.size else "",
        last=since(float(times.max())) if times.size else "",
        incidents=incidents,
        shifts=shifts,
        metrics=measure(case),
        notes=tuple(case.notes),
        baseline=baseline.facts.fingerprint,
    )


def _search(case: Case, earlier_rows: Sequence[int], rows: int) -> None:
    sampled, order = case.batch, case.order
    case.fewer = rows / usual_rows(earlier_rows) if len(earlier_rows) >= LEAST_HISTORY else 1.0
    search_rows(case, rows)
    if not case.batch.rows:
        return
    told, explained = len(case.found), set(case.explained)
    _search_values(case)
    if len(case.found) > told and any(item.cause is Cause.STALE for item in case.found):
        # old rows may have come in the place of some, as those of one month, which the others lack then
        whole = Case(case.baseline, case.baseline.side, sampled, order, case.later, case.found[:told], explained)
        _search_values(whole)
        seen = {column for item in whole.found[told:] for column in item.columns}
        case.found[told:] = [item for item in case.found[told:] if seen & set(item.columns)]
    if case.batch.rows:
        search_volume(case, earlier_rows, rows, round(rows * case.batch.rows / sampled.rows))


def _search_values(case: Case) -> None:
    search_text_exchanges(case)
    search_coded(case)
    search_machines(case)
    if not case.batch.rows:
        return
    search_placeholders(case, Kind.TEXT)
    count_once(case)
    search_gaps(case)
    search_sequence(case)
    search_times(case)
    search_given(case)
    fresh = search_categories(case)
    search_rules(case, numbers=False)
    add_fresh(case, fresh)
    search_local_hours(case)
    search_mix(case)
    search_numbers(case)
    search_rules(case, numbers=True)
    search_misalignment(case)
    search_in_groups(case)
    join_silent(case)


def _opened(baseline: Baseline, table: Table) -> Case:
    frame = _sampled(baseline, table)
    matched, found = match_columns(baseline, frame)
    shifts = (displaced(baseline, frame, matched), moved_on(baseline, frame, matched))
    shifted = max((item for item in shifts if item is not None), key=lambda item: len(item.columns), default=None)
    if shifted is not None:
        found.append(shifted)
        frame = put_back(frame, shifted, matched)
    side = Side(frame.height)
    written: list[Found] = []
    for term in baseline.contract.terms:
        if term.name in matched:
            values, odd = mend(baseline, term, frame[matched[term.name]])
            if isinstance(values, np.ndarray) and term.kind is Kind.TIME:
                values = turned(baseline, table, matched, term.name, values)
            side = side.put(term.name, values)
            written += [odd] if odd else []
    mended = {column for item in (*written, *([shifted] if shifted else [])) for column in item.columns}
    written += search_storing(baseline, table, matched, side, mended)
    times = [name for name in baseline.facts.times if side.has(name) and name in side.numbers]
    order = side.numbers[times[0]] if times else np.full(side.rows, np.nan)
    case = Case(baseline, baseline.side, side, order)
    if table.rows > frame.height:
        case.notes.append(f"{frame.height:,} of {table.rows:,} rows were compared, drawn at random by key.")
    case.later = bool(side.rows) and _later(case, times)
    for item in found:
        case.add(item, explains=() if item.cause is Cause.COLUMN_RENAMED else item.columns)
    for item in written:
        case.add(
            item,
            explains=() if item.cause in (Cause.DTYPE_FORMAT, Cause.CATEGORY_FORMAT, Cause.ENCODING) else item.columns,
        )
    return case


def _sampled(baseline: Baseline, table: Table) -> pl.DataFrame:
    """Return a bounded sample; copies of a key are in it together, unless the key is broken."""
    if table.rows <= ROWS:
        return table.sample(ROWS, 0).drop(ROW)
    names = {field.name for field in table.fields}
    keys = [term.name for term in baseline.contract.terms if term.kind is Kind.KEY and term.name in names]
    if keys:
        frame = table.sample(ROWS, 0, key=keys[0]).drop(ROW)
        if 0.5 * ROWS < frame.height < 3 * ROWS:
            return frame
    return table.sample(ROWS, 0).drop(ROW)


def _later(case: Case, times: Sequence[str]) -> bool:
    """Tell whether the batch is of another time than the reference, so that its season may differ."""
    for name in times:
        known, now = case.reference.numbers[name], case.batch.numbers[name]
        known, now = known[~np.isnan(known)], now[~np.isnan(now)]
        if known.size and now.size:
            low, first_known, last_known, high = np.quantile(known, [0.0, 0.25, 0.75, 1.0])
            first, last = np.quantile(now, [0.25, 0.75])
            narrow = (last - first) < 0.5 * (last_known - first_known)
            return bool(last > high + 86_400 or first < low - 86_400 or narrow)
    for term in case.baseline.contract.terms:
        if term.kind is Kind.CATEGORY and case.batch.has(term.name) and calendar(term.levels):
            levels = counted(case, term.name)
            shared = float(
                np.minimum(levels.now / max(1, levels.now.sum()), levels.known / max(1, levels.known.sum())).sum()
            )
            if shared < 0.6:
                return True
    return False


def _settled(case: Case) -> list[Found]:
    """Drop what another cause explains, and join what is one break in several columns."""
    found: list[Found] = []
    storage = (WHOLE, AS_TEXT)
    told = {column for item in case.found if item.evidence.get("way") not in storage for column in item.columns}
    for item in case.found:
        if item.evidence.get("way") in storage and set(item.columns) & told:
            continue  # a consequence of what happened to the values
        if _of_another_level(item, case.found):
            continue
        if item.cause is Cause.TIMEZONE and (place := _written_otherwise(case, item, found)) is not None:
            # a time that is read without its zone, or with one, is another
            written = str(found[place].evidence.get("before", "")).split(WAYS_APART)
            utc = all(way.endswith(UTC) for way in written)
            first = replace(item, alternatives=(Cause.DTYPE_FORMAT,)) if utc else found[place]
            found[place] = first if utc else replace(first, alternatives=(Cause.TIMEZONE,))
            continue
        if item.cause is Cause.UNIT_SCALE and (place := _per_cent(item, found)) is not None:
            found[place] = replace(found[place], alternatives=(Cause.UNIT_SCALE,))
            continue
        if item.cause is Cause.PRECISION and (place := _written_otherwise(case, item, found)) is not None:
            found[place] = replace(found[place], alternatives=(Cause.PRECISION,))  # a writing without fractions
            continue
        twin = next((other for other in found if _one_break(item, other) or _one_block(case, item, other)), None)
        if twin is None:
            found.append(item)
        else:
            place = found.index(twin)
            columns = (*twin.columns, *(c for c in item.columns if c not in twin.columns))
            found[place] = replace(twin, columns=columns)
    return _quiet(case, confirmed(case, _brought_along(found)))


def _of_another_level(item: Found, found: Sequence[Found]) -> bool:
    """Tell whether cells are missing only where a category has a level that other rows have now."""
    column = str(item.evidence.get(ONLY_WHERE, "")).partition(" is ")[0]
    turned = {Cause.CATEGORY_PERMUTED, Cause.CATEGORY_MERGED, Cause.ROW_MISALIGNMENT, Cause.METRIC_DEFINITION}
    return any(column in other.columns and other.cause in turned for other in found)


def _written_otherwise(case: Case, item: Found, found: Sequence[Found]) -> int | None:
    """Return the place of the cause that wrote a column otherwise, so that its times moved or its values lost parts."""
    times = case.baseline.contract.term(item.columns[0]).kind is Kind.TIME
    for place, other in enumerate(found):
        if other.columns == item.columns and other.cause is Cause.DTYPE_FORMAT:
            shares = [one.evidence.get("share", 1.0) for one in (item, other)]
            return place if times or abs(shares[0] - shares[1]) < SAME_ROWS else None
    return None


def _per_cent(item: Found, found: Sequence[Found]) -> int | None:
    """Return the place of the cause that wrote shares in per cent, so that they are a hundred times larger."""
    signed = (
        n for n, other in enumerate(found) if other.columns == item.columns and other.evidence.get("way") == PER_CENT
    )
    hundred = abs(float(item.evidence.get("factor", 0.0)) - 100) < 1
    return next(signed, None) if hundred else None


def _one_break(item: Found, other: Found) -> bool:
    """Columns written otherwise in one way are one break, whatever their number."""
    if one_factor(item, other):
        return True
    if item.cause is not other.cause or not isinstance(item.cause, Cause):
        return False
    if item.cause is Cause.CATEGORY_NEW:
        return _same_rows(item, other)
    if item.cause in ONE_BY:
        return item.evidence.get(ONE_BY[item.cause]) == other.evidence.get(ONE_BY[item.cause])
    if item.cause is not Cause.STUCK or "value" not in item.evidence or "value" not in other.evidence:
        return _one_number(item, other)
    lengths = (item.evidence["rows"], other.evidence["rows"])
    return bool(abs(lengths[0] - lengths[1]) <= max(LEAST, 0.1 * max(lengths)))


def _one_number(item: Found, other: Found) -> bool:
    """Tell whether columns were rounded to one step, cut at one limit or moved by one offset, in as many rows.

    Offsets are read off in half hours, each from a day of its own, so that neighbouring ones are one.
    """
    first, second = item.evidence, other.evidence
    shares = sorted(float(evidence.get("share", 1.0)) for evidence in (first, second))
    if "limit" in first and "limit" in second:  # as many rows as lay beyond it, in each column others
        return bool(abs(first["limit"] - second["limit"]) <= SAME_LIMIT * abs(first["limit"]))
    if shares[1] > AS_MANY * shares[0]:
        return False
    if item.cause is Cause.PRECISION:
        return "step" in first and first["step"] == second.get("step")
    moved = item.cause is Cause.TIMEZONE and "hours" in first and "hours" in second
    return moved and bool(abs(first["hours"] - second["hours"]) <= HALF_AN_HOUR)


def _one_block(case: Case, item: Found, other: Found) -> bool:
    """Tell whether columns on wrong rows went there together, as what one join brings."""
    wrong = item.cause is other.cause is Cause.ROW_MISALIGNMENT
    return wrong and of_one_block(case, item.columns, other.columns)


def _same_rows(item: Found, other: Found) -> bool:
    """Tell whether new levels came in the same rows: a new country brings its language."""
    if item.rows is None or other.rows is None or item.rows.size != other.rows.size:
        return False
    return int((item.rows & other.rows).sum()) >= (1 - SAME_ROWS) * max(int(item.rows.sum()), int(other.rows.sum()))


def _brought_along(found: list[Found]) -> list[Found]:
    """Join levels that came only with a new level of another column: a new item brings a page of its own."""
    for item in found:
        if item.cause not in OF_NEW or item.rows is None:
            continue
        for other in found:
            if other is item or other.cause is not Cause.CATEGORY_NEW or other.rows is None:
                continue
            if other.rows.size != item.rows.size or int(other.rows.sum()) <= int(item.rows.sum()):
                continue
            if int((item.rows & other.rows).sum()) >= (1 - SAME_ROWS) * int(item.rows.sum()):
                joined = replace(other, columns=(*other.columns, *(c for c in item.columns if c not in other.columns)))
                return _brought_along([joined if one is other else one for one in found if one is not item])
    return found


def _quiet(case: Case, found: list[Found]) -> list[Found]:
    """In another season, and where many columns moved, an unnamed change is a shift and no break."""
    unnamed = [item for item in found if item.vague]
    if not case.later and len(unnamed) < 3:
        return found
    if not unnamed:
        return found
    kind = ShiftKind.SEASON if case.later else ShiftKind.MIX
    broken = {
        column for item in found if item not in unnamed and isinstance(item.cause, Cause) for column in item.columns
    }
    columns = tuple(column for item in unnamed for column in item.columns if column not in broken)
    if not columns:
        return [item for item in found if item not in unnamed]
    shift = replace(unnamed[0], cause=kind, columns=columns, alternatives=(), what="moved together with the rest")
    return [*(item for item in found if item not in unnamed), shift]
