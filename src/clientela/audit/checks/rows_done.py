"""What was done to the rows: put in order, repeats taken out, one class repeated."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import special

from clientela.audit.checking import Checked, Context, RefusalError, conclude
from clientela.audit.checks.processing import ERROR
from clientela.audit.facts import ColumnFacts
from clientela.audit.measuring import MOST_CLASSES, label_text
from clientela.audit.wording import percent, plural, several
from clientela.domain.column import Role
from clientela.domain.finding import Finding, Severity
from clientela.statistics.repeats import expected_repeats, row_hashes
from clientela.statistics.runs import Runs, runs_of

LEAST_ROWS = 100
COMPLETE = 0.95
LEAST_BREAKS = 30
FEWER = 0.05
TIMES = 3.0


def ordered(context: Context) -> Checked:
    """Find columns by which rows are sorted or grouped, on the sample in the order of the table.

    Null model: rows shuffled at random. Runs of equal values are fewer by more than
    chance allows (Barton and David 1957, normal, error shared among columns), and for a
    column called *sorted* 95 % of its steps go one way and its values follow the rows (correlation of at
    least .5, or all steps); for one called *grouped* 95 % of the breaks between runs to be
    expected are gone. Where values hardly repeat, the steps up and down are held against their
    own distribution (variance (n + 1)/12, Wallis and Moore 1943). Rows sorted within groups show the groups only.
    """
    facts = context.facts
    tested = [c for c in facts.columns.values() if c.distinct > 1 and c.filled >= LEAST_ROWS]
    bound = float(-special.ndtri(ERROR / max(2 * len(tested), 1)))
    found: dict[str, dict[str, Any]] = {}
    for column in tested:
        order = _order(context, column, bound)
        if order is not None:
            found[column.name] = order
    finding = None
    if found:
        finding = _ordered_finding(context, found)
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
    return None


def _fine(runs: Runs, rows: int) -> bool:
    """Whether values repeat so little that steps up and down behave as in a column without ties."""
    return runs.up + runs.down >= 0.5 * rows


def _ordered_finding(context: Context, found: dict[str, dict[str, Any]]) -> Finding:
    detailed = sorted(found, key=lambda name: -found[name]["levels"])
    kinds = [
        (f"sorted by {several([n for n in detailed if found[n]['how'] == 'rising'])}", "rising"),
        (f"sorted downwards by {several([n for n in detailed if found[n]['how'] == 'falling'])}", "falling"),
        (f"grouped by {several([n for n in detailed if found[n]['how'] == 'grouped'])}", "grouped"),
    ]
    parts = [text for text, kind in kinds if any(order["how"] == kind for order in found.values())]
    usual = {context.roles.time, *context.roles.identifiers} & set(found)
    severity = Severity.NOTICE if context.roles.label in found and not usual else Severity.INFO
    title = f"Rows are {' and '.join(parts)}, not in random order."
    advice = "Never part such rows by position into training and test; a cut of the first rows is no fair sample."
    return Finding("sorted", severity, tuple(detailed), title, found, advice)


def deduplicated(context: Context) -> Checked:
    """Find that repeated rows were taken out, or that rows are one per combination.

    Null model: among rows of the sample that agree in all columns but one, that one agrees at least as
    often as among rows at random (`statistics.repeats`); groups of equal rows are then at
    least Poisson with that mean. Told where they are a twentieth of it or fewer and chance is under the
    error, shared among the columns tried. A table with a column that is unique has no repeats by nature
    and is not tested; dropped repeats in a table whose rows have little in common are missed.
    """
    facts = context.facts
    unique = [c.name for c in facts.columns.values() if c.unique_share >= 0.99 and c.filled >= 0.99 * facts.rows]
    if unique or facts.rows < LEAST_ROWS:
        raise RefusalError("rows differ by a unique column")
    names = list(facts.names)
    codes = np.stack([facts.arrays.identity[name] for name in names], axis=1)
    repeats = expected_repeats(codes, facts.options.seed)
    if repeats is None:
        raise RefusalError("too few columns that vary")
    finding = None
    few = repeats.found <= FEWER * repeats.expected
    if few and float(special.pdtr(repeats.found, repeats.expected)) < ERROR / 12:
        column = names[repeats.column]
        none = "No row comes twice" if repeats.found == 0 else "Hardly any row comes twice"
        title = (
            f"{none}, where about {plural(round(repeats.expected), 'repeat')} would by chance: "
            "repeats were taken out, or rows are one per combination."
        )
        evidence = {
            "expected_groups": repeats.expected,
            "groups": repeats.found,
            "alike_but_for": column,
            "alike_groups": repeats.alike,
            "rows": facts.sampled,
        }
        advice = "Ask whether equal rows were dropped: if they were different visits, counts and rates are off."
        finding = Finding("deduplicated", Severity.INFO, (), title, evidence, advice)
    return conclude(
        "deduplicated", [finding], len(names), "repeated rows against what nearly equal rows lead to expect"
    )


def oversampled(context: Context) -> Checked:
    """Find a class of the label or an experiment whose rows come again and again, far more than the others'.

    A row of the sample that equals an earlier one, the unique identifier aside, is a copy.
    Each class is held against the one with the most different rows. Null model: copies are spread over the
    two like rows (binomial, error shared among classes). Told where copies are a tenth
    of the class, three times their share in the other one, and more than the repeats that its nearly equal rows
    lead to expect, so that bouncing visits, which look alike, stay out.
    Copies that were changed a little (noise, interpolation) are missed, and so are copies
    too rare to meet twice in the sample.
    """
    facts = context.facts
    by = [name for name in (context.roles.label, *context.roles.named(Role.TREATMENT)) if name is not None]
    by = [name for name in by if 2 <= facts.columns[name].distinct <= MOST_CLASSES]
    if not by or facts.rows < LEAST_ROWS:
        raise RefusalError("no classes to compare")
    names = [name for name in facts.names if name != context.roles.visit]
    codes = np.stack([facts.arrays.identity[name] for name in names], axis=1)
    whole = row_hashes(codes, facts.options.seed).sum(axis=1, dtype=np.uint64)
    copy = np.ones(whole.size, dtype=np.bool_)
    copy[np.unique(whole, return_index=True)[1]] = False
    findings = [_repeated_class(context, name, codes, copy) for name in by] if copy.any() else []
    return conclude("oversampled", findings, len(by), "copies of rows concentrated on one class")


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
