"""Trials: plant, audit, and compare what was stated with what was planted."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from clientela.audit.auditing import audit
from clientela.audit.registry import CHECKS
from clientela.audit.result import AuditResult
from clientela.domain.finding import CODES as GROUPS
from clientela.domain.finding import Finding
from clientela.domain.roles import Ask
from clientela.sources.opening import open_table
from clientela.tables.engine import Engine
from clientela.tables.frames import from_frame
from forensics.cells import CELLS
from forensics.ground import Ground, Planted, Planter
from forensics.joins import JOINS
from forensics.meaning import MEANING
from forensics.rows import ROWS
from forensics.shapes import SHAPES
from forensics.sheets import ROWS as SHEET_ROWS
from forensics.sheets import SHEETS, plain
from forensics.tables import Base, bases

NAMES = {"sorted_rows": "sorted", "ordered": "sorted"}
"""Functions that are not named like their code."""

PLANTERS: dict[str, Planter] = {
    NAMES.get(planter.__name__, planter.__name__): planter for planter in (*CELLS, *ROWS, *SHAPES, *MEANING)
}
CODES = (*SHEETS, *PLANTERS)
CHECKED = frozenset(NAMES.get(check.__name__, check.__name__) for check in CHECKS)
TOGETHER = (
    *(planter.__name__ for planter in CELLS if planter.__name__ not in ("sentinel", "outliers")),
    *(planter.__name__ for planter in SHAPES),
    *("sentinel", "outliers", "constant", "near_constant", "high_cardinality", "redundant", "leak", "target_aggregate"),
    *("derived", "personal_data", "duplicate_key", "unavailable_live"),
)
CLOSE = 0.02
DONE = ("processing", "outcome")
"""Groups of findings: a column of the base table with one of them is not planted into."""

Key = tuple[str, str]


@dataclass(frozen=True)
class Trial:
    """One table to plant into.

    Attributes:
        kind: Kind of the base table.
        seed: Seed of the base table.
        codes: What to plant; a single one, or several at once; a join by its name; none for a clean table.
        strength: 0, 1 or 2.
        number: Number of the trial, for the drawn parameters.
    """

    kind: str
    seed: int
    codes: tuple[str, ...]
    strength: int = 1
    number: int = 0


@dataclass(frozen=True)
class Score:
    """What came of a trial.

    Attributes:
        trial: The trial.
        base: Name of the base table.
        found: Per code planted: found or not, what was planted and of which columns.
        others: Findings of warning or above about columns that nothing was done to and that the clean table lacks.
        clean: For a clean table: severity, code, columns and title of all findings.
        join: For joins: key, columns, coverage and fan-out right, per block.
    """

    trial: Trial
    base: str
    found: tuple[tuple[str, bool, str], ...] = ()
    others: tuple[str, ...] = ()
    clean: tuple[tuple[str, str, tuple[str, ...], str], ...] = ()
    join: tuple[Mapping[str, bool], ...] = field(default=())


@lru_cache(maxsize=64)
def _base(kind: str, seed: int) -> tuple[Base, AuditResult] | None:
    found = bases(kind, seed)
    return None if found is None else (found, audited(found.frame, _asked(found, found.frame)))


def _asked(base: Base, frame: pl.DataFrame) -> dict[str, Any]:
    return {"label": base.label} if base.label in frame.columns else {}


def audited(frame: pl.DataFrame, ask: Mapping[str, Any] | None = None) -> AuditResult:
    """Audit a frame as a user would, with one thread."""
    with Engine(threads=1) as engine, from_frame(frame, engine=engine) as table:
        return audit(table, Ask(**(ask or {})))


def run(trial: Trial) -> Score | None:
    """Run a trial; None where it does not fit the base table."""
    if trial.codes and trial.codes[0] in SHEETS:
        return _sheet_trial(trial)
    held = _base(trial.kind, trial.seed)
    if held is None:
        return None
    base, before = held
    if not trial.codes:
        clean = tuple((str(f.severity), f.code, f.columns, f.title) for f in before.findings)
        return Score(trial, base.name, clean=clean)
    if trial.codes[0] in JOINS:
        return _join_trial(trial, base)
    return _planted_trial(trial, base, before)


def _ground(trial: Trial, base: Base, used: set[str]) -> Ground:
    words = sum(ord(char) * place for place, char in enumerate(trial.kind + "".join(trial.codes), 1))
    chance = np.random.default_rng([trial.seed, trial.strength, trial.number, words])
    return Ground(base.frame, chance, trial.strength, base.label, used)


def _planted_trial(trial: Trial, base: Base, before: AuditResult) -> Score | None:
    stated = _stated(before.findings)
    touched = {name for code, name in stated if name and (code in trial.codes or GROUPS[code] in DONE)}
    roles = before.roles
    held = {name for name in (roles.label, roles.time, roles.visitor, roles.visit, roles.revenue) if name}
    ground = _ground(trial, base, touched | held)
    plants = []
    for code in trial.codes:
        if (code, "") in stated and len(trial.codes) == 1 and not _of_columns(code):
            return None
        planted = PLANTERS[code](ground)
        if planted is not None:
            plants.append(planted)
    if not plants:
        return None
    ask = {**_asked(base, ground.frame), **{name: value for planted in plants for name, value in planted.ask.items()}}
    after = audited(ground.frame, ask)
    found = tuple((planted.code, _hit(planted, after), _words(planted, after)) for planted in plants)
    changed = ground.used | {name for planted in plants for name in planted.columns}
    return Score(trial, base.name, found, _others(after.findings, stated, changed))


def _of_columns(code: str) -> bool:
    return code not in ("duplicate_rows", "row_limit", "deduplicated", "oversampled", "fanout")


def _stated(findings: Sequence[Finding]) -> set[Key]:
    return {(f.code, name) for f in findings for name in (*f.columns, "")}


def _hit(planted: Planted, result: AuditResult) -> bool:
    stated = [finding for finding in result.findings if finding.code == planted.code]
    if planted.code == "association":
        pairs = [{relation.first, relation.second} for relation in result.relations]
        return bool(stated) and set(planted.columns) in pairs
    if planted.code == "high_cardinality":
        return any(planted.columns[0] in finding.columns for finding in stated)
    named = {name for finding in stated for name in finding.columns}
    return bool(stated) and set(planted.columns) <= named


def _words(planted: Planted, result: AuditResult) -> str:
    said = [f.code for f in result.findings if set(planted.columns) & set(f.columns)] if planted.columns else []
    return f"{dict(planted.detail)} on {list(planted.columns)}; stated of it: {sorted(set(said))}"


def _others(findings: Sequence[Finding], stated: set[Key], changed: set[str]) -> tuple[str, ...]:
    return tuple(
        f"{finding.code} of {', '.join(new)}"
        for finding in findings
        if finding.severity.rank >= 2
        and (new := [name for name in finding.columns if (finding.code, name) not in stated and name not in changed])
    )


def _join_trial(trial: Trial, base: Base) -> Score:
    ground = _ground(trial, base, set())
    plants = JOINS[trial.codes[0]](ground)
    ask = {**_asked(base, ground.frame), **{name: value for planted in plants for name, value in planted.ask.items()}}
    result = audited(ground.frame, ask)
    joins = tuple(_join(planted, result) for planted in plants)
    parts = [(planted, result) for planted in plants]
    found = tuple(
        ("joined_block", all(scores.values()), f"{_words(*part)} {_misses(scores, *part)}")
        for scores, part in zip(joins, parts, strict=True)
    )
    return Score(trial, base.name, found, join=joins)


def _misses(scores: Mapping[str, bool], planted: Planted, result: AuditResult) -> str:
    best = _nearest(planted, result)
    said = (
        {}
        if best is None
        else {name: best.evidence.get(name) for name in ("key_columns", "columns", "coverage", "fan_out")}
    )
    return "wrong: " + ", ".join(name for name, right in scores.items() if not right) + f"; said {said}"


def _nearest(planted: Planted, result: AuditResult) -> Finding | None:
    stated = [finding for finding in result.findings if finding.code == "joined_block"]
    return max(stated, key=lambda finding: _overlap(finding, planted), default=None)


def _join(planted: Planted, result: AuditResult) -> dict[str, bool]:
    if planted.code == "single_source":
        claims = [f for f in result.findings if f.code in ("joined_block", "fanout") and f.severity.rank >= 1]
        touched = set(planted.columns)
        stated = [f for f in claims if touched & {*f.columns, *f.evidence.get("key_columns", ())}]
        return dict.fromkeys(("block", "key", "columns", "coverage", "fan_out"), not stated)
    best = _nearest(planted, result)
    if best is None or _overlap(best, planted) < 0.5:
        return dict.fromkeys(("block", "key", "columns", "coverage", "fan_out"), False)
    evidence, keys = best.evidence, planted.detail["keys"]
    named = set(evidence.get("key_columns", []))
    right = bool(named) and named <= set(keys) if planted.detail["either"] else named == set(keys)
    return {
        "block": True,
        "key": right,
        "columns": set(best.columns) - set(keys) == set(planted.columns) - set(keys),
        "coverage": abs(float(evidence.get("coverage", -1)) - planted.detail["coverage"]) <= CLOSE,
        "fan_out": abs(float(evidence.get("fan_out", -1)) - planted.detail["fan_out"]) <= CLOSE,
    }


def _overlap(finding: Finding, planted: Planted) -> float:
    both = set(finding.columns) & set(planted.columns)
    return len(both) / len(set(finding.columns) | set(planted.columns))


def _sheet_trial(trial: Trial) -> Score | None:
    base = bases(trial.kind, trial.seed)
    if base is None:
        return None
    frame = base.frame.head(SHEET_ROWS)
    code = trial.codes[0]
    chance = _ground(trial, base, set()).chance
    before = {finding.code for finding in _opened(plain, frame, chance, trial.strength)}
    after = {finding.code for finding in _opened(SHEETS[code], frame, chance, trial.strength)}
    return (
        Score(trial, base.name, ((code, code in after, f"clean sheet: {code in before}"),))
        if code not in before
        else None
    )


def _opened(
    writer: Callable[..., None], frame: pl.DataFrame, chance: np.random.Generator, strength: int
) -> Sequence[Finding]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "table.xlsx"
        writer(path, frame, chance, strength)
        with open_table(path) as table:
            return audit(table).findings
