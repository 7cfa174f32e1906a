"""Data about people that need protection."""

from __future__ import annotations

from collections.abc import Mapping

from clientela.audit.checking import Checked, Context, conclude
from clientela.audit.people.identities import PATTERNS, Personal
from clientela.audit.people.singling import Singled, single_out
from clientela.audit.wording import clause, counted, percent, several
from clientela.domain.finding import Finding, Severity

__all__ = ["PATTERNS", "personal_data"]

LEAST_ALONE = 0.01
"""Share singled out from which columns are told: one visitor in a hundred."""


def personal_data(context: Context) -> Checked:
    """Find data about single people, and columns that together single people out.

    By the cells: patterns, check digits and common first names in at least half of a column's cells, the commonest
    other cell left out; e-mail addresses and phone numbers inside other text (three cells); phone numbers and
    licence plates as written in one country in nearly all cells; dates without a clock over thirty years
    that ended ten years ago (births); two neighbouring columns of four to seven decimals that lie together where
    people live. Of random numbers a tenth pass a check digit, so 20 different cells are asked for. By the name of the
    column, in several languages. Columns such as age, place, job or device single out together: the fewest that
    tell most are sought one by one, and those alone with their combination (k = 1) or in groups under five are
    counted (k-anonymity, Sweeney 2002), visitors where they are known; rows, which need not be people, for information.
    """
    findings = [_direct(context.personal), _together(context)]
    how = "e-mail, phone, address, card, bank and national numbers, names, places, columns that single out together"
    return conclude("personal_data", findings, len(context.facts.names), how)


def _direct(personal: Mapping[str, Personal]) -> Finding | None:
    if not personal:
        return None
    names = tuple(personal)
    kinds = {name: found.kind for name, found in personal.items()}
    title = f"{clause(names, 'holds', 'hold')} personal data ({several(sorted(set(kinds.values())))})."
    advice = "Drop them or replace them by a keyed hash before sharing; no model here needs them."
    evidence = {
        "kinds": kinds,
        "by": {name: found.by for name, found in personal.items()},
        "share": {name: found.share for name, found in personal.items()},
    }
    return Finding("personal_data", Severity.WARNING, names, title, evidence, advice)


def _together(context: Context) -> Finding | None:
    singled = single_out(context.facts, context.roles, tuple(context.personal))
    if singled is None or singled.alone < LEAST_ALONE * singled.units:
        return None
    unit = "visitors" if context.roles.visitor is not None else "rows"
    if context.roles.visitor is not None and context.facts.sampled < context.facts.rows and singled.small is None:
        unit = "visitors of the sample"
    few = (
        ""
        if singled.small is None
        else f"; {percent(singled.small / singled.units)} share theirs with three others at most"
    )
    title = (
        f"{clause(singled.columns, 'singles', 'together single')} out {counted(singled.alone)} of "
        f"{counted(singled.units)} {unit} ({percent(singled.alone / singled.units)}){few}."
    )
    advice = "Coarsen them before sharing (age in bands, place by region); hashing a name does not hide who it is."
    # Rows need not be people: without a visitor it is only said how far the columns go.
    severity = Severity.INFO if context.roles.visitor is None else Severity.NOTICE
    return Finding("personal_data", severity, singled.columns, title, _evidence(singled, unit), advice)


def _evidence(singled: Singled, unit: str) -> dict[str, object]:
    return {
        "unit": unit,
        "units": singled.units,
        "singled_out": singled.alone,
        "share": singled.alone / singled.units,
        "below_5": singled.small,
        "step_by_step": [[name, share] for name, share in zip(singled.columns, singled.steps, strict=True)],
        "all_tried": {"columns": list(singled.candidates), "share": singled.everything},
    }
