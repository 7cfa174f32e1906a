"""The few facts that several chapters speak of, read out of the results."""

from __future__ import annotations

from collections.abc import Iterable

from clientela.audit.result import Profile
from clientela.domain.column import Origin
from clientela.domain.finding import CODES, Finding, Severity
from clientela.language import say
from clientela.models.result import GainPoint, Metric, ModelResult, RevenueGroup, TargetKind, Variation
from clientela.report.contents import Contents
from clientela.report.text import clean, named
from clientela.segments.result import Segment

DANGERS = ("leak", "target_aggregate", "unavailable_live")
BEST_FIFTH = 0.2
NOTHING = {"none", "no", "nothing", "zero", "0", "kein", "keiner", "keine", "nichts", "null", "ohne", "nein"}
"""Names of a lowest group without revenue, in lower case."""

FIRST = 10
"""Findings of the verdict."""


def grain(contents: Contents) -> str:
    """Return what one row is in one of the words of the audit, which are English."""
    return clean(contents.audit.table.grain, 24) or "row"


def row_noun(contents: Contents) -> str:
    """Return what one row is, in the singular."""
    return say(grain(contents))


def row_nouns(contents: Contents) -> str:
    """Return what one row is, in the plural."""
    return say(f"{grain(contents)}s")


def source_phrase(contents: Contents) -> str:
    """Return file and sheet in one phrase."""
    source = clean(contents.reading.source, 60)
    return (
        say("{source}, sheet {sheet}", source=source, sheet=named(contents.reading.sheet))
        if contents.reading.sheet
        else source
    )


def findings_of(contents: Contents, *groups: str, most: int = 8) -> tuple[Finding, ...]:
    """Return the findings of these groups of codes, most important first."""
    return tuple(f for f in contents.audit.findings if CODES[f.code] in groups)[:most]


def findings_with(contents: Contents, *codes: str) -> tuple[Finding, ...]:
    """Return the findings with these codes, most important first."""
    return tuple(f for f in contents.audit.findings if f.code in codes)


def serious(contents: Contents) -> tuple[Finding, ...]:
    """Return blockers and warnings."""
    return tuple(f for f in contents.audit.findings if f.severity.rank >= Severity.WARNING.rank)


def danger(contents: Contents) -> Finding | None:
    """Return the finding that endangers a live model most, else the most serious one, or None."""
    ranked = sorted(findings_with(contents, *DANGERS), key=lambda f: (-f.severity.rank, DANGERS.index(f.code)))
    return next(iter([*ranked, *serious(contents)]), None)


def doubtful(contents: Contents) -> tuple[str, ...]:
    """Return the columns that may know the label or be known too late, in the order of the findings."""
    return tuple(dict.fromkeys(name for finding in findings_with(contents, *DANGERS) for name in finding.columns))


def suspected(contents: Contents) -> tuple[str, ...]:
    """Return the columns that may know the label, in the order of the findings."""
    found = findings_with(contents, "leak", "target_aggregate")
    return tuple(dict.fromkeys(name for finding in found for name in finding.columns))


def joined_profiles(contents: Contents) -> tuple[Profile, ...]:
    """Return the profiles of the columns that came from elsewhere."""
    return tuple(p for p in contents.audit.columns if p.column.origin is Origin.JOINED)


def missing_share(profile: Profile) -> float:
    """Return the share of rows without a value."""
    return profile.nulls / profile.rows if profile.rows else 0.0


def importance_of(model: ModelResult | None, columns: Iterable[str]) -> float | None:
    """Return the share of the model's contribution that these columns hold, or None."""
    if model is None or not model.importance:
        return None
    wanted = set(columns)
    return sum(item.share for item in model.importance if item.column in wanted)


def outcome_phrase(model: ModelResult) -> str:
    """Return the outcome of interest as it follows "a visit": above the lowest group, or the yes."""
    target = model.target
    if target.kind is TargetKind.ORDERED:
        return say("above the group {classes}", classes=named(target.classes[0]))
    if target.kind is TargetKind.BINARY:
        return say("with {label} = {classes}", label=named(target.label), classes=named(target.classes[-1]))
    return say("of a given class of {label}", label=named(target.label))


def doing(model: ModelResult | None) -> str:
    """Return what rows with the outcome of interest do, as it follows "71 % of it"."""
    if model is None or (model.target.kind is TargetKind.ORDERED and _of_buyers(model)):
        return say("buy")
    if model.target.kind is TargetKind.ORDERED:
        return say("are above the group {classes}", classes=named(model.target.classes[0], 24))
    return say(
        "have {label} = {classes}", label=named(model.target.label, 24), classes=named(model.target.classes[-1], 24)
    )


def _of_buyers(model: ModelResult) -> bool:
    """Tell whether the lowest group is of those without revenue, so that all above it buy."""
    lowest = model.groups[0] if model.groups else None
    if lowest is not None and lowest.high is not None:
        return lowest.high <= 0
    return model.target.classes[0].strip().casefold() in NOTHING


def base_rate(contents: Contents) -> float | None:
    """Return the share of rows with the outcome of interest, or None where there is no such outcome."""
    model = contents.model
    if model is not None:
        kind = model.target.kind
        return None if kind is TargetKind.CLASSES or not model.groups else 1 - model.groups[0].share.value
    counts = [rows for _, rows in contents.audit.balance]
    if not counts or not sum(counts):
        return None
    if contents.audit.roles.order:
        return 1 - counts[0] / sum(counts)
    return min(counts) / sum(counts) if len(counts) == 2 else None


def telling(model: ModelResult) -> Metric:
    """Return the measure that says best how well the model tells: AUC where there is one, else the headline."""
    return model.metric("auc") or model.metrics[0]


def same_measure(model: ModelResult, metric: Metric) -> tuple[Metric, ...]:
    """Return the same measure on the same split for the other models."""
    return tuple(m for m in model.metrics if m.name == metric.name and m.split == metric.split and m is not metric)


def best_group(model: ModelResult) -> RevenueGroup:
    """Return the most valuable group: by mean revenue where known, else the highest class."""
    paid = [group for group in model.groups if group.mean_revenue is not None]
    return max(paid, key=_mean_revenue) if paid else model.groups[-1]


def _mean_revenue(group: RevenueGroup) -> float:
    return group.mean_revenue.value if group.mean_revenue else 0.0


def best_segment(contents: Contents) -> Segment | None:
    """Return the most valuable segment, or None where there is none beside all the others."""
    segments = contents.segments
    return segments.by_value[0] if segments and len(segments.segments) > 1 else None


def best_fifth(model: ModelResult) -> GainPoint | None:
    """Return the point of the targeting curve nearest to the best fifth, or None."""
    inner = [point for point in model.gain if 0 < point.share < 1]
    return min(inner, key=lambda point: abs(point.share - BEST_FIFTH)) if inner else None


def collected_only(model: ModelResult) -> Variation | None:
    """Return the variation that uses collected columns only, or None."""
    return next((v for v in model.variations if "collected" in v.name), None)


def ahead(model: ModelResult) -> Metric | None:
    """Return the headline measure forward in time, or None where there was no such split."""
    split = next((s.name for s in model.splits if "forward" in s.name), None)
    return model.metric(telling(model).name, split=split) if split else None


def without_suspects(model: ModelResult) -> Metric | None:
    """Return the measure of the model without the columns under suspicion, or None."""
    return next((v.metric for v in model.variations if "suspected" in v.name), None)


def used_columns(model: ModelResult) -> Metric | None:
    """Return the measure of the model as it is, comparable with its variations, or None."""
    if not model.variations:
        return None
    like = model.variations[0].metric
    return model.metric(like.name, split=like.split)
