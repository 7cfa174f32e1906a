"""The charts: each a function from results to a `Chart`, or None where there is nothing to show."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from clientela.audit.result import AuditResult, Relation
from clientela.domain.estimate import Estimate
from clientela.domain.later import later
from clientela.language import Language, language, numerals, say
from clientela.models.result import ModelResult, TargetKind
from clientela.report.blocks import Chart
from clientela.report.drawing import sized
from clientela.report.facts import best_fifth, missing_share, outcome_phrase
from clientela.report.numbers import chosen, count, money, percent, score, with_interval
from clientela.report.palette import ACCENT, CONTRAST, INK, MUTED
from clientela.report.text import joined, labels, named
from clientela.segments.result import SegmentResult

if TYPE_CHECKING:
    import altair as alt
else:
    # .4 s that an audit on the terminal should not wait for
    alt = later("altair")

STEP = 26
MOST_BARS = 12
MOST_MAPPED = 10
MOST_SEGMENT = 40
LABEL = 180
LETTER = 7
"""Room for a letter of a label, in units, as large as on a phone and in print."""
MOST_POWERS = 4
APART = 12
"""Room between the labels of an axis, in units: on a phone and in print letters are larger than they were drawn."""
ROOM = 1.22


def balance(audit: AuditResult) -> Chart | None:
    """Return the sizes of the label's classes."""
    counts = audit.balance[:MOST_BARS]
    total = sum(rows for _, rows in audit.balance)
    if not total:
        return None
    shares = [rows / total for _, rows in counts]
    said = [f"{named(name)} {percent(share)}" for (name, _), share in zip(counts, shares, strict=True)]
    return Chart(
        say("How large the groups are"),
        say("Bar chart of the share of rows per class: {said}.", said=joined(said, MOST_BARS)),
        _bars([name for name, _ in counts], shares, say("share of rows")),
    )


def missing(audit: AuditResult) -> Chart | None:
    """Return the columns with most missing values."""
    ranked = sorted(audit.columns, key=missing_share, reverse=True)[:MOST_BARS]
    holes = [profile for profile in ranked if profile.nulls]
    if not holes:
        return None
    shares = [missing_share(profile) for profile in holes]
    said = [f"{named(p.column.name)} {percent(s)}" for p, s in zip(holes, shares, strict=True)]
    return Chart(
        say("Where values are missing"),
        say("Bar chart of the share of missing values: {said}.", said=joined(said)),
        _bars([p.column.name for p in holes], shares, say("share of rows without a value")),
        say("{holes} columns with most missing values.", holes=len(holes)) if len(holes) == MOST_BARS else "",
    )


def association(audit: AuditResult) -> Chart | None:
    """Return the map of the strongest relations."""
    pairs = [relation for relation in audit.relations if relation.first != relation.second]
    if not pairs:
        return None
    mapped: list[str] = []
    for pair in pairs:
        new = [name for name in (pair.first, pair.second) if name not in mapped]
        if len(mapped) + len(new) <= MOST_MAPPED:
            mapped += new
    said = [
        say(
            "{first} and {second} {strength}",
            first=named(p.first),
            second=named(p.second),
            strength=numerals(f"{p.strength:.2f}"),
        )
        for p in pairs
    ]
    return Chart(
        say("Which columns go together"),
        say("Map of the strongest relations of two columns on a scale from 0 to 1: {said}.", said=joined(said, 5)),
        _relation_map(mapped, pairs),
        say("0 is no relation, 1 the same information; only the strongest pairs are shown."),
    )


def importance(model: ModelResult, most: int = MOST_BARS) -> Chart | None:
    """Return what the strongest columns contribute, at most `most` of them."""
    items = model.importance[:most]
    if not items:
        return None
    said = [f"{named(item.column)} {percent(item.share)}" for item in items]
    return Chart(
        say("What the model listens to"),
        say("Bar chart of the share of the model's contribution: {said}.", said=joined(said)),
        _bars([item.column for item in items], [item.share for item in items], say("share of all contributions")),
        say("Contribution is not cause: a column may stand in for another."),
    )


def calibration(model: ModelResult) -> Chart | None:
    """Return predicted against observed shares."""
    if not model.calibration:
        return None
    rows = [{"predicted": p.predicted, **_band(p.observed)} for p in model.calibration]
    top = max(max(row["predicted"], row["high"]) for row in rows)
    scale = alt.Scale(domain=[0, min(1.0, top * 1.05)], nice=True)
    x = alt.X("predicted:Q", title=say("predicted share"), scale=scale, axis=_percents())
    y_axis = _percents()
    base = alt.Chart(_data(rows))
    ends = min(1.0, top * 1.05)
    diagonal = (
        alt.Chart(_data([{"predicted": 0, "value": 0}, {"predicted": ends, "value": ends}]))
        .mark_line(color=MUTED, strokeDash=[4, 4], strokeWidth=1.5)
        .encode(x, alt.Y("value:Q", title=say("observed share"), scale=scale, axis=y_axis))
    )
    span = base.mark_rule(color=ACCENT).encode(x, alt.Y("low:Q", scale=scale), alt.Y2("high:Q"))
    dots = base.mark_point().encode(x, alt.Y("value:Q", scale=scale))
    first, last = model.calibration[0], model.calibration[-1]
    return Chart(
        say("Are its probabilities honest?"),
        say(
            "Predicted against observed shares in {rows} bins, from {predicted} predicted and "
            "{observed} observed to {predicted_2} and {observed_2}.",
            rows=len(rows),
            predicted=percent(first.predicted),
            observed=percent(first.observed.value),
            predicted_2=percent(last.predicted),
            observed_2=percent(last.observed.value),
        ),
        sized(alt.layer(diagonal, span, dots), height=260),
        say("On the dashed line a predicted share comes true as often as it says."),
    )


def gain(model: ModelResult) -> Chart | None:
    """Return the targeting curve."""
    if not model.gain:
        return None
    rows = [{"share": p.share, **_band(p.reached)} for p in model.gain]
    if all(point.share > 0 for point in model.gain):
        rows.insert(0, {"share": 0.0, "value": 0.0, "low": 0.0, "high": 0.0})
    base = alt.Chart(_data(rows))
    percents = _percents()
    x = alt.X("share:Q", title=say("best share by score"), axis=percents)
    band = base.mark_area(color=ACCENT, opacity=0.25).encode(
        x, alt.Y("low:Q", title=say("share reached")), alt.Y2("high:Q")
    )
    line = base.mark_line().encode(x, alt.Y("value:Q", axis=percents))
    chance = [{"share": 0, "value": 0}, {"share": 1, "value": 1}]
    random = alt.Chart(_data(chance)).mark_line(color=MUTED, strokeDash=[4, 4], strokeWidth=1.5)
    layers = [random.encode(x, alt.Y("value:Q")), band, line]
    money_rows = [{"share": p.share, "value": p.revenue} for p in model.gain if p.revenue is not None]
    if money_rows:
        layers.append(
            alt.Chart(_data(money_rows)).mark_line(color=CONTRAST, strokeDash=[8, 3]).encode(x, alt.Y("value:Q"))
        )
    point = best_fifth(model)
    said = (
        say(
            "The best {share} reach {reached}.",
            share=chosen(point.share),
            reached=with_interval(point.reached, percent),
        )
        if point
        else ""
    )
    also = say(" The line of long dashes is revenue.") if money_rows else ""
    return Chart(
        say("Whom to reach first"),
        say(
            "Targeting curve: share of rows {outcome_phrase} reached in the best rows by score. {said}",
            outcome_phrase=outcome_phrase(model),
            said=said,
        ),
        sized(alt.layer(*layers), height=260),
        say(
            "The solid line is rows {outcome_phrase}, with its interval.{also} Short dashes are a random choice.",
            outcome_phrase=outcome_phrase(model),
            also=also,
        ),
    )


def curve(model: ModelResult) -> Chart | None:
    """Return quality against rows learned from, with what more rows would bring."""
    found = model.curve
    if found is None:
        return None
    rows = [{"rows": p.rows, **_band(p.estimate)} for p in found.points]
    more = [{"rows": p.rows, **_band(p.estimate)} for p in (found.points[-1], *found.forecasts)]
    low, high = (pick(row[end] for row in rows + more) for pick, end in ((min, "low"), (max, "high")))
    ends = min(row["rows"] for row in rows), max(row["rows"] for row in more)
    x = alt.X("rows:Q", title=say("rows learned from"), scale=alt.Scale(type="log"), axis=_powers(*ends))
    y = alt.Y("value:Q", title=say("AUC"), scale=alt.Scale(domain=[low, high], nice=True, zero=False))
    layers = []
    for data, color, dash in ((rows, ACCENT, [1, 0]), (more, MUTED, [4, 4])):
        base = alt.Chart(_data(data))
        layers += [
            base.mark_area(color=color, opacity=0.25).encode(x, alt.Y("low:Q", title=say("AUC")), alt.Y2("high:Q")),
            base.mark_line(color=color, strokeDash=dash).encode(x, y),
            base.mark_point(color=color).encode(x, y),
        ]
    first, last, ahead = found.points[0], found.points[-1], found.forecasts[-1]
    return Chart(
        say("Do more rows help?"),
        say(
            "Learning curve: AUC {estimate} from {rows} rows, {estimate_2} from {rows_2}; foretold {estimate_3} "
            "from {rows_3}.",
            estimate=with_interval(first.estimate, score),
            rows=count(first.rows),
            estimate_2=with_interval(last.estimate, score),
            rows_2=count(last.rows),
            estimate_3=with_interval(ahead.estimate, score),
            rows_3=count(ahead.rows),
        ),
        sized(alt.layer(*layers), height=260),
        say("Measured by quicker models on the same rows; dashed grey is what the fitted curve foretells."),
    )


def confusion(model: ModelResult) -> Chart | None:
    """Return true against predicted classes, as shares of the true class."""
    classes = model.target.classes
    if not model.confusion or len(classes) > MOST_MAPPED:
        return None
    short = labels(classes, 14)
    rows = []
    for true, line in zip(short, model.confusion, strict=True):
        total = sum(line) or 1
        rows += [
            {"true": true, "told": told, "share": n / total, "text": f"{100 * n / total:.0f}", "tint": n / total * 0.7}
            for told, n in zip(short, line, strict=True)
        ]
    right = [f"{named(name)} {percent(line[i] / (sum(line) or 1))}" for i, (name, line) in _diagonal(model)]
    return Chart(
        say("Which groups are taken for which"),
        say("Table of true against predicted classes; told right: {right}.", right=joined(right, MOST_MAPPED)),
        _heat(rows, ("told", say("predicted as")), ("true", say("true group")), short),
        say("Per cent of each true group, by row."),
    )


def segments(result: SegmentResult) -> Chart:
    """Return the segments by size and value, with intervals."""
    paid = all(segment.revenue_share is not None for segment in result.segments)
    shown = result.by_value
    names = labels([segment.name for segment in shown], MOST_SEGMENT)
    rows = []
    for name, segment in zip(names, shown, strict=True):
        rows.append({"segment": name, "what": say("share of visits"), **_band(segment.share)})
        worth = segment.revenue_share if paid and segment.revenue_share else segment.rate
        rows.append({"segment": name, "what": _worth_word(paid), **_band(worth)})
    said = [
        say(
            "{s} {share} of visits, rate {rate}",
            s=named(s.name),
            share=percent(s.share.value),
            rate=percent(s.rate.value),
        )
        for s in shown
    ]
    what = [say("share of visits"), _worth_word(paid)]
    base = alt.Chart(_data(rows))
    # value and what tells the segment on a line each: one long line would leave no room for the bars
    longest = max(len(line) for name in names for line in name.split(": "))
    two = alt.Axis(labelLimit=LABEL, labelExpr="split(datum.label, ': ')", minExtent=min(LABEL, LETTER * longest))
    y = alt.Y("segment:N", sort=None, title=None, axis=two)
    shift = alt.YOffset("what:N", sort=what, scale=alt.Scale(paddingInner=0.1))
    color = alt.Color("what:N", title=None, scale=alt.Scale(domain=what, range=[MUTED, ACCENT]))
    x = alt.X("value:Q", title=None, axis=_percents())
    bars = base.mark_bar(height=9).encode(x, y, shift, color)
    span = base.mark_rule(color=INK).encode(alt.X("low:Q", title=None), alt.X2("high:Q"), y, shift)
    return Chart(
        say("Size and value of the segments"),
        say("Bars of size and value per segment: {said}.", said=joined(said)),
        sized(alt.layer(bars, span), height=46 * len(rows) // 2),
        say("Thin lines are intervals."),
    )


def groups(model: ModelResult) -> Chart | None:
    """Return the share of rows against the share of revenue per group, or None without revenue."""
    shown = [group for group in model.groups if group.revenue_share is not None][:MOST_BARS]
    if not shown:
        return None
    what = [say("share of rows"), say("share of revenue")]
    rows = []
    for name, group in zip(labels([g.name for g in shown]), shown, strict=True):
        rows.append({"group": name, "what": what[0], "value": group.share.value})
        rows.append({"group": name, "what": what[1], "value": group.revenue_share})
    said = [
        say(
            "{g} {share} of rows, {revenue_share} of revenue",
            g=named(g.name),
            share=percent(g.share.value),
            revenue_share=percent(g.revenue_share),
        )
        for g in shown
    ]
    color = alt.Color("what:N", title=None, scale=alt.Scale(domain=what, range=[MUTED, ACCENT]))
    bars = (
        alt.Chart(_data(rows))
        .mark_bar(height=9)
        .encode(
            alt.X("value:Q", title=None, axis=_percents()),
            alt.Y("group:N", sort=None, title=None),
            alt.YOffset("what:N", sort=what, scale=alt.Scale(paddingInner=0.1)),
            color,
        )
    )
    best = max(shown, key=lambda g: g.revenue_share or 0)
    mean = say(", {mean_revenue} each", mean_revenue=money(best.mean_revenue.value)) if best.mean_revenue else ""
    return Chart(
        say("Few rows bring much of the revenue")
        if (best.revenue_share or 0) > 2 * best.share.value
        else say("Rows and revenue"),
        say("Bars of the share of rows and of revenue per group: {said}.", said=joined(said)),
        sized(bars, height=46 * len(shown)),
        say(
            "Largest part of revenue: {best}, {rows} rows{mean}.",
            best=named(best.name),
            rows=count(best.rows),
            mean=mean,
        ),
    )


def _worth_word(paid: bool) -> str:
    return say("share of revenue") if paid else say("rate of buyers in it")


def _diagonal(model: ModelResult) -> list[tuple[int, tuple[str, tuple[int, ...]]]]:
    ordered = model.target.kind is not TargetKind.CLASSES or len(model.target.classes) <= MOST_MAPPED
    return list(enumerate(zip(model.target.classes, model.confusion, strict=True))) if ordered else []


def _bars(names: Sequence[str], shares: Sequence[float], title: str) -> Mapping[str, Any]:
    rows = [
        {"name": name, "value": share, "text": percent(share)}
        for name, share in zip(labels(names), shares, strict=True)
    ]
    scale = alt.Scale(domain=[0, max([*shares, 1e-9]) * ROOM], nice=False)
    base = alt.Chart(_data(rows)).encode(
        alt.Y("name:N", sort=None, title=None),
        alt.X("value:Q", title=title, scale=scale, axis=_percents(grid=False)),
    )
    text = base.mark_text(align="left", dx=5, color=INK).encode(text="text:N")
    return sized(alt.layer(base.mark_bar(height=14), text), height=STEP * len(rows))


def _relation_map(mapped: Sequence[str], pairs: Sequence[Relation]) -> Mapping[str, Any]:
    short = dict(zip(mapped, labels(mapped, 20), strict=True))
    rows = []
    for pair in pairs:
        if pair.first in short and pair.second in short:
            shown = {"text": _short(pair.strength), "tint": pair.strength * 0.7}
            rows.append({"told": short[pair.first], "true": short[pair.second], **shown})
            rows.append({"told": short[pair.second], "true": short[pair.first], **shown})
    return _heat(rows, ("told", None), ("true", None), list(short.values()))


def _short(strength: float) -> str:
    """Return a number below one without its zero where the language leaves it out."""
    text = f"{strength:.2f}"
    return text.lstrip("0") if language() is Language.ENGLISH else numerals(text)


def _heat(
    rows: list[dict[str, Any]],
    across: tuple[str, str | None],
    down: tuple[str, str | None],
    order: Sequence[str],
) -> Mapping[str, Any]:
    angle = 0 if max(len(name) for name in order) * len(order) < 44 else -45
    axis = alt.Axis(labelAngle=angle, domain=False, ticks=False, labelLimit=140)
    base = alt.Chart(_data(rows)).encode(
        alt.X(f"{across[0]}:N", title=across[1], sort=list(order), scale=alt.Scale(domain=list(order)), axis=axis),
        alt.Y(f"{down[0]}:N", title=down[1], sort=list(order), scale=alt.Scale(domain=list(order))),
    )
    tint = alt.FillOpacity("tint:Q", scale=None, legend=None)
    cells = base.mark_rect(fill=ACCENT, cornerRadius=2).encode(fillOpacity=tint)
    return sized(alt.layer(cells, base.mark_text(color=INK).encode(text="text:N")), height=30 * len(order))


def _band(estimate: Estimate) -> dict[str, float]:
    undefined = estimate.low != estimate.low or estimate.high != estimate.high
    low, high = (estimate.value, estimate.value) if undefined else (estimate.low, estimate.high)
    return {"value": estimate.value, "low": low, "high": high}


def _percents(grid: bool = True) -> alt.Axis:
    shown = "format(datum.value * 100, '~f') + ' %'"
    return alt.Axis(labelExpr=shown, tickCount=4, grid=grid, domain=grid, labelOverlap="parity", labelSeparation=APART)


def _powers(low: float, high: float) -> alt.Axis:
    """Return an axis of rows on a logarithmic scale, with a few round numbers that never touch.

    The drawing library lets labels of such an axis run into each other where letters are larger than it thinks.
    """
    decades = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    values: list[int] = []
    for steps in ((1, 2, 5), (1, 5), (1,)):
        values = [step * 10**power for power in decades for step in steps if low <= step * 10**power <= high]
        if len(values) <= MOST_POWERS:
            break
    # "10k" is English
    return alt.Axis(values=values, format="~s" if language() is Language.ENGLISH else ",~f")


def _data(rows: Sequence[Mapping[str, Any]]) -> alt.InlineData:
    return alt.InlineData(values=list(rows))
