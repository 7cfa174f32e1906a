"""What was done to the rows: put in order, repeats taken out, one class repeated."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy import special

from clientela.audit.checking import Checked, Context, RefusalError, conclude
from clientela.audit.checks.processing import ERROR
from clientela.audit.checks.rows_mixed import made_up_class
from clientela.audit.facts import ColumnFacts
from clientela.audit.measuring import MOST_CLASSES, label_text
from clientela.audit.wording import percent, plural, several
from clientela.domain.column import Role
from clientela.domain.finding import Finding, Severity
from clientela.statistics.dependency import chance_of_equal
from clientela.statistics.repeats import Repeats, expected_coincidences, expected_repeats, row_hashes
from clientela.statistics.runs import Runs, runs_of

Codes = NDArray[np.int64]

LEAST_ROWS = 100
LEAST_LEVELS = 8
COMPLETE = 0.95
LEAST_BREAKS = 30
FEWER = 0.05
TIMES = 3.0
MOST_PAIRED, LEAST_PAIRS = 12, 10.0

LEAST_PLACE, MOST_MOVED = 0.8, 0.25
"""Correlation with the place of the row, and share of rows out of place at most, of rows that count as sorted."""
ASK_REPEATS = "Ask whether equal rows were dropped: if they were different visits, counts and rates are off."


def ordered(context: Context) -> Checked:
    """Find columns by which rows are sorted or grouped, on the sample in the order of the table.

    Null model: rows shuffled at random. Runs of equal values are fewer by more than
    chance allows (Barton and David 1957, normal, error shared among columns), and for a
    column called *sorted* 95 % of its steps go one way and its values follow the rows (correlation of at
    least .5, or all steps); for one called *grouped* 95 % of the breaks between runs to be
    expected are gone. Rows that were moved afterwards or appended leave a column sorted but for some of them: values
    follow the rows by a rank correlation of .8 or more, and steps or breaks leave at most a quarter of the rows out of
    place, beyond chance as before. Where values hardly repeat, the steps up and down are held against their
    own distribution (variance (n + 1)/12, Wallis and Moore 1943). Inside the runs of such a column the steps of all
    others are held against fair coins in the same way, which tells a second column of a sort.
    """
    facts = context.facts
    tested = [c for c in facts.columns.values() if c.distinct > 1 and c.filled >= LEAST_ROWS]
    bound = float(-special.ndtri(ERROR / max(2 * len(tested), 1)))
    found: dict[str, dict[str, Any]] = {}
    for column in tested:
        order = _order(context, column, bound)
        if order is not None:
            found[column.name] = order
    for outer in sorted(found, key=lambda name: found[name]["levels"]):
        found |= _inside(context, outer, [c for c in tested if c.name not in found], bound)
    finding = _ordered_finding(context, found) if found else None
    return conclude("sorted", [finding], len(tested), "rows sorted or grouped by a column")


def _order(context: Context, column: ColumnFacts, bound: float) -> dict[str, Any] | None:
    codes = context.facts.arrays.identity[column.name]
    codes = codes[codes > 0]
    if codes.size < LEAST_ROWS:
        return None
    runs = runs_of(codes)
    steps = runs.up + runs.down
    slope = (max(runs.up, runs.down) - steps / 2) / max(np.sqrt((codes.size + 1) / 12), 1)
    place = float(np.corrcoef(codes, np.arange(codes.size))[0, 1])
    direct = max(runs.rising, 1 - runs.rising)
    grouped = runs.expected - runs.levels >= LEAST_BREAKS and runs.deviations > bound and runs.grouped >= COMPLETE
    if (
        direct >= COMPLETE
        and (direct == 1 or abs(place) >= 0.5)
        and (grouped or (_fine(runs, codes.size) and slope > bound))
    ):
        return {"how": "rising" if runs.up > runs.down else "falling", "steps": direct, "levels": runs.levels}
    if grouped and runs.levels < 0.9 * codes.size:
        return {"how": "grouped", "breaks_gone": runs.grouped, "runs": runs.runs, "levels": runs.levels}
    return _but_for_some(codes, runs, bound)


def _but_for_some(codes: Codes, runs: Runs, bound: float) -> dict[str, Any] | None:
    """Tell a column by which most rows are sorted, the others having been moved or added."""
    if runs.levels < LEAST_LEVELS:
        return None
    place = float(np.corrcoef(pl.Series(codes).rank().to_numpy(), np.arange(codes.size))[0, 1])
    steps = runs.up + runs.down
    direct = max(runs.rising, 1 - runs.rising)
    fine = _fine(runs, codes.size)
    beyond = (direct - 0.5) * steps / np.sqrt((codes.size + 1) / 12) if fine else runs.deviations
    # A row that was moved turns one step round, or parts its own run and the one it came into.
    moved = 1 - direct if fine else (1 - runs.grouped) / 2
    if abs(place) < LEAST_PLACE or moved > MOST_MOVED or beyond <= bound:
        return None
    how = "rising" if place > 0 else "falling"
    return {"how": how, "steps": direct, "levels": runs.levels, "out_of_place": moved}


def _inside(context: Context, outer: str, columns: Sequence[ColumnFacts], bound: float) -> dict[str, dict[str, Any]]:
    """Return the columns whose steps go one way inside the runs of a column that rows are sorted or grouped by."""
    identity = context.facts.arrays.identity
    within = np.diff(identity[outer]) == 0
    found: dict[str, dict[str, Any]] = {}
    for column in columns:
        codes = identity[column.name]
        steps = np.diff(codes)[within & (codes[1:] > 0) & (codes[:-1] > 0)]
        up, moves = int((steps > 0).sum()), int((steps != 0).sum())
        most = max(up, moves - up)
        if moves >= LEAST_BREAKS and most >= COMPLETE * moves and 2 * most - moves > bound * np.sqrt(moves):
            how = f"{'rising' if 2 * up > moves else 'falling'} inside {outer}"
            found[column.name] = {"how": how, "steps": most / moves, "levels": column.distinct}
    return found


def _fine(runs: Runs, rows: int) -> bool:
    """Whether values repeat so little that steps up and down behave as in a column without ties."""
    return runs.up + runs.down >= 0.5 * rows


def _ordered_finding(context: Context, found: dict[str, dict[str, Any]]) -> Finding:
    detailed = sorted(found, key=lambda name: (" inside " in found[name]["how"], -found[name]["levels"]))
    words = {"rising": "sorted by", "falling": "sorted downwards by", "grouped": "grouped by"}
    ways = [(how, [name for name in detailed if found[name]["how"] == how]) for how in words]
    parts = [f"{words[how]} {several(names)}" for how, names in ways if names]
    parts += [f"inside it by {name}" for name in detailed if " inside " in found[name]["how"]]
    loose = [name for name in detailed if found[name].get("out_of_place", 0) > 0]
    usual = {context.roles.time, *context.roles.identifiers} & set(found)
    severity = Severity.NOTICE if context.roles.label in found and not usual else Severity.INFO
    but = f", but for some rows out of place in {several(loose)}" if loose else ""
    title = f"Rows are {' and '.join(parts)}, not in random order{but}."
    advice = "Never part such rows by position into training and test; a cut of the first rows is no fair sample."
    return Finding("sorted", severity, tuple(detailed), title, found, advice)


def deduplicated(context: Context) -> Checked:
    """Find that repeated rows were taken out, or that rows are one per combination.

    Null models, on the sample. Whole rows, columns that are unique aside: among rows
    that agree in all columns but one, that one agrees at least as
    often as among rows at random (`statistics.repeats`); groups of equal rows are then at
    least Poisson with that mean. Pairs of columns: rows that agree in both are at least as many as if the columns
    were independent. Told where they are a twentieth of the expected or fewer and chance is under the
    error, shared among columns and pairs. One column that measures something and hardly repeats: in each of fifty
    stretches of its values so many rows on so many places that its digits allow must coincide (birthdays); running
    and sorted numbers and those that fill half of the places are left out. Dropped repeats in rows that have little in
    common, and repeats of three or more columns among others, are missed. A thing and its positions or times
    (`audit.row_keys`) make a key by nature: no repeats had to be taken out.
    """
    facts = context.facts
    names = [c.name for c in facts.columns.values() if c.unique_share < 0.99 and c.distinct > 1]
    if facts.rows < LEAST_ROWS or (len(names) < 2 and not _unrepeated(context)):
        raise RefusalError("too few columns that vary and repeat")
    repeats = None
    if len(names) >= 2:
        codes = np.stack([facts.arrays.identity[name] for name in names], axis=1)
        repeats = expected_repeats(codes, facts.options.seed)
    finding = None
    if repeats is not None and _gone(repeats.found, repeats.expected, 12):
        finding = _no_repeats(context, repeats, names[repeats.column], len(names))
    if finding is None:
        finding = _no_pairs(context, names) or _no_values(context)
    how = "repeated rows against what nearly equal rows, and pairs of columns, lead to expect"
    return conclude("deduplicated", [finding], len(names), how)


def _gone(found: float, expected: float, tests: int) -> bool:
    return found <= FEWER * expected and float(special.pdtr(found, expected)) < ERROR / tests


def _no_repeats(context: Context, repeats: Repeats, column: str, columns: int) -> Finding:
    facts = context.facts
    unique = [name for name in facts.names if facts.columns[name].unique_share >= 0.99]
    none = "No row comes twice" if repeats.found == 0 else "Hardly any row comes twice"
    but = f" (but for {several(unique)})" if unique else ""
    title = (
        f"{none}{but}, where about {plural(round(repeats.expected), 'repeat')} would by chance: "
        "repeats were taken out, or rows are one per combination."
    )
    evidence = {
        "expected_groups": repeats.expected,
        "groups": repeats.found,
        "alike_but_for": column,
        "alike_groups": repeats.alike,
        "columns": columns,
        "rows": facts.sampled,
    }
    return Finding("deduplicated", Severity.INFO, (), title, evidence, ASK_REPEATS)


def _no_pairs(context: Context, names: Sequence[str]) -> Finding | None:
    """Return the pair of columns that hardly any two rows share, though most rows by chance would."""
    facts = context.facts
    fine = sorted(names, key=lambda name: -facts.columns[name].distinct)[:MOST_PAIRED]
    codes = {name: facts.arrays.identity[name] for name in fine}
    shares = {name: chance_of_equal(codes[name]) for name in fine}
    key = set(context.row_key.columns) if context.row_key is not None and context.row_key.natural else set()
    pairs = [pair for pair in itertools.combinations(fine, 2) if set(pair) != key]
    rows, best = float(facts.sampled), None
    for one, other in pairs:
        expected = rows * (rows - 1) / 2 * shares[one] * shares[other]
        if int(codes[one].max()) * int(codes[other].max()) < rows:
            continue  # So few combinations must repeat.
        both = codes[one] * (int(codes[other].max()) + 1) + codes[other]
        if expected <= LEAST_PAIRS or (best is not None and expected <= best[0]):
            continue
        counts = np.unique(both, return_counts=True)[1]
        again = int((counts * (counts - 1)).sum()) // 2
        if _gone(again, expected, len(pairs)):
            best = (expected, again, (one, other))
    if best is None:
        return None
    expected, again, pair = best
    none = "No two rows share" if again == 0 else "Hardly any two rows share"
    title = (
        f"{none} {several(pair)}, where about {plural(round(expected), 'pair')} of rows would by chance: "
        "repeats were taken out, or rows are one per combination."
    )
    evidence = {"expected_pairs": expected, "pairs": again, "rows": facts.sampled}
    return Finding("deduplicated", Severity.INFO, pair, title, evidence, ASK_REPEATS)


def _unrepeated(context: Context) -> list[ColumnFacts]:
    return [c for c in context.measured if c.unique_share >= 0.95 and c.filled >= LEAST_ROWS]


def _no_values(context: Context) -> Finding | None:
    """Return the column of amounts in which hardly any two rows agree, though by its digits many would."""
    facts, best = context.facts, None
    tested = _unrepeated(context)
    for column in tested:
        values = context.finite(column.name)
        expected = expected_coincidences(values)
        again = values.size - np.unique(values).size
        moving = np.diff(values)
        if bool((moving > 0).all()) or bool((moving < 0).all()) or expected < LEAST_PAIRS:
            continue
        if _gone(again, expected, len(tested)) and (best is None or expected > best[0]):
            best = (expected, again, column.name)
    if best is None:
        return None
    expected, again, name = best
    none = "No two rows share" if again == 0 else "Hardly any two rows share"
    title = (
        f"{none} one value of {name}, where about {plural(round(expected), 'pair')} of rows would by chance: "
        "repeats were taken out, or rows are one per value."
    )
    evidence = {"expected_pairs": expected, "pairs": again, "rows": facts.sampled}
    return Finding("deduplicated", Severity.INFO, (name,), title, evidence, ASK_REPEATS)


def oversampled(context: Context) -> Checked:
    """Find a class of the label or an experiment whose rows were repeated or made up, far more than the others'.

    A row of the sample that equals an earlier one, the unique identifiers aside, is a copy.
    Each class is held against the one with the most different rows. Null models:

    - *copies* are spread over the
      two like rows (binomial, error shared among classes). Told where copies are a tenth
      of the class, three times their share in the other one, and more than the repeats that its nearly equal rows
      lead to expect, so that bouncing visits, which look alike, stay out.
    - *mixed rows* (as by interpolation between neighbours, Chawla and others 2002) are written with digits that the
      other classes do not have, on the same rows in all such columns (binomial, shared among columns and sets of
      classes); a tenth of the class, at most one in a hundred of the others, which are a fifth of the rows or more.
    - *equal sizes*: where any share of the label is as likely as any other, all classes have exactly as many rows once
      in as many ways as there are to part the rows (label only).

    Copies that were changed and rounded, and copies
    too rare to meet twice in the sample, are missed.
    """
    facts = context.facts
    by = [name for name in (context.roles.label, *context.roles.named(Role.TREATMENT)) if name is not None]
    by = [name for name in by if 2 <= facts.columns[name].distinct <= MOST_CLASSES]
    if not by or facts.rows < LEAST_ROWS:
        raise RefusalError("no classes to compare")
    names = [name for name in facts.names if not _numbers_rows(context, name)]
    codes = np.stack([facts.arrays.identity[name] for name in names], axis=1)
    whole = row_hashes(codes, facts.options.seed).sum(axis=1, dtype=np.uint64)
    copy = np.ones(whole.size, dtype=np.bool_)
    copy[np.unique(whole, return_index=True)[1]] = False
    findings: list[Finding | None] = []
    for name in by:
        finding = _repeated_class(context, name, codes, copy) if copy.any() else None
        finding = finding or made_up_class(context, name)
        findings.append(finding or (_equal_sizes(context, name) if name == context.roles.label else None))
    return conclude("oversampled", findings, len(by), "copies and mixtures of rows concentrated on one class")


def _numbers_rows(context: Context, name: str) -> bool:
    """Whether a column only numbers rows: copies may have been given new numbers."""
    column = context.facts.columns[name]
    return name == context.roles.visit or (column.unique_share == 1 and name in context.roles.identifiers)


def _equal_sizes(context: Context, name: str) -> Finding | None:
    top = context.facts.columns[name].top
    counts = [n for _, n in top]
    rows, classes = sum(counts), len(counts)
    ways = special.binom(rows + classes - 1, classes - 1)
    if len(set(counts)) > 1 or classes != context.facts.columns[name].distinct or 1 / ways >= ERROR:
        return None
    title = (
        f"All {plural(classes, 'class', 'classes')} of {name} have exactly {plural(counts[0], 'row')}: "
        "rows were repeated, made up or left out until they balanced."
    )
    advice = "Shares in this table are not those of life: weigh the classes back before reading any rate or profit."
    evidence = {value: {"rows": n, "chance": 1 / ways} for value, n in top}
    return Finding("oversampled", Severity.NOTICE, (name,), title, evidence, advice)


def _repeated_class(
    context: Context, name: str, codes: np.ndarray[tuple[int, int], np.dtype[np.int64]], copy: np.ndarray
) -> Finding | None:
    texts = label_text(context.facts, name)
    classes = [value for value, _ in context.facts.columns[name].top]
    found: dict[str, dict[str, Any]] = {}
    inside = {value: np.array([text == value for text in texts], dtype=np.bool_) for value in classes}
    usual = max(classes, key=lambda value: int((inside[value] & ~copy).sum()))
    others = float(copy[inside[usual]].mean())
    for value in classes:
        rows, copies = int(inside[value].sum()), int(copy[inside[value]].sum())
        if value == usual or copies < max(0.1 * rows, 5) or copies / rows < TIMES * others:
            continue
        together = rows + int(inside[usual].sum())
        both = copies + int(copy[inside[usual]].sum())
        chance = float(special.bdtrc(copies - 1, both, rows / together))
        repeats = expected_repeats(codes[inside[value] & ~copy], context.facts.options.seed)
        by_chance = repeats.expected if repeats is not None else 0.0
        if chance < ERROR / len(classes) and copies > TIMES * by_chance:
            found[value] = {"rows": rows, "different": rows - copies, "copies": copies / rows, "elsewhere": others}
    if not found:
        return None
    worst = max(found, key=lambda value: found[value]["copies"])
    least = "at least " if context.facts.scale > 1 else ""
    title = f"Rows of {name} {worst} were repeated: {least}{percent(found[worst]['copies'])} of them are copies, "
    title += f"{percent(found[worst]['elsewhere'])} of {usual}."
    advice = "Take the copies out before learning: the class is rarer than it looks, and a test on copies is no test."
    return Finding("oversampled", Severity.NOTICE, (name,), title, found, advice)
