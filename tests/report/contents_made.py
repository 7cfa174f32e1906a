"""Made-up contents for the tests of the report: a shop, a yes-or-no question, a minimal and a hostile one."""

from __future__ import annotations

import math
from dataclasses import replace

from clientela.audit.result import AuditResult, Bin, Numbers, Profile, Relation, TableFacts
from clientela.domain.column import Available, Column, Origin, Role, Storage
from clientela.domain.estimate import Estimate
from clientela.domain.finding import Finding, Severity, Tested
from clientela.domain.letters import letter
from clientela.domain.reading import ReadColumn, Reading, SetAside
from clientela.domain.roles import Roles
from clientela.models.result import (
    CalibrationPoint,
    Curve,
    CurvePoint,
    GainPoint,
    Importance,
    LeftOut,
    Metric,
    ModelResult,
    Need,
    RevenueGroup,
    Split,
    Target,
    TargetKind,
    Variation,
    Window,
    Worth,
)
from clientela.report.contents import Contents
from clientela.segments.result import Condition, Mark, Segment, SegmentResult

HOSTILE = (
    "<script>document.title='owned'</script>",
    "=cmd|'/c calc'!A1",
    "'; drop table visits; --",
    "../../etc/passwd",
    "{{ 7*7 }}{% for x in y %}",
    "\u202eevil\u202c\x00\x1b[31mred",
    '"><img src=x onerror=alert(1)>',
    "</style></title><svg onload=alert(1)>",
)
HARMLESS = tuple(f"text {letter} of no harm" for letter in "abcdefgh")
CLASSES = ("none", "low", "middle", "high", "top")
SIZES = (3050, 900, 600, 300, 150)


def about(value: float, half: float, n: int = 5000, method: str = "bootstrap by visitor") -> Estimate:
    """An estimate with a symmetric interval."""
    return Estimate(value, value - half, value + half, n, method)


def column(name: str, storage: Storage = Storage.NUMBER, role: Role = Role.FEATURE, **facts: object) -> Column:
    """A column with the given facts."""
    return replace(Column(name, storage, role), **facts)


def numeric(spec: Column, index: int, rows: int = 5000, nulls: int = 0, signal: float = 0.55) -> Profile:
    """A profile of a numeric column with a bell-shaped histogram."""
    quantiles = tuple((p, 10 * p) for p in (0, 0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99, 1))
    bins = tuple(
        Bin(i, i + 1, int(rows / 20 * math.exp(-((i - 4 - index % 5) ** 2) / (6 + index % 7))) + 1) for i in range(20)
    )
    numbers = Numbers(4.9, 2.1, quantiles, zeros=12, negatives=0, nans=0, infinite=0)
    return Profile(spec, letter(index), rows, nulls, 900, numbers, bins, signal=about(signal, 0.02))


def categorical(spec: Column, index: int, top: tuple[tuple[str, int], ...], rows: int = 5000) -> Profile:
    """A profile of a text column with its most frequent values."""
    return Profile(spec, letter(index), rows, rows // 50, len(top) + 3, top=top, first=top[0][0], last=top[-1][0])


def shop_columns() -> tuple[Profile, ...]:
    """Thirty columns of a shop: five collected, the others joined."""
    joined = {"origin": Origin.JOINED, "available": Available.BEFORE}
    here = {"origin": Origin.COLLECTED, "available": Available.DURING}
    text = Storage.TEXT
    profiles = [
        categorical(column("visit_id", text, Role.IDENTIFIER, **here), 0, (("V-00001", 1), ("V-00002", 1))),
        categorical(column("visitor_id", text, Role.IDENTIFIER, **here), 1, (("P-104", 9), ("P-7", 8))),
        replace(
            numeric(column("visit_time", Storage.TIMESTAMP, Role.TIME, **here), 2),
            numbers=None,
            first="2025-01-01 00:12:00",
            last="2025-09-30 23:47:00",
        ),
        categorical(column("device", text, **here), 3, (("mobile", 2900), ("desktop", 1700), ("tablet", 300))),
        categorical(column("landing_page", text, **here), 4, (("/home", 2100), ("/sale", 1500), ("/blog", 900))),
    ]
    names = [
        "temperature",
        "rain_mm",
        "wind",
        "purchasing_power_index",
        "households",
        "single_share",
        "area_class",
        "crm_age",
        "crm_tenure_days",
        "crm_orders",
        "crm_newsletter",
        "campaign",
        "campaign_cost",
        "interest_garden",
        "interest_kitchen",
        "interest_toys",
        "interest_books",
        "session_seconds",
        "pages_seen",
        "basket_value",
        "delivery_days",
        "area_mean_revenue",
        "discount_rate",
        "stock",
    ]
    for index, name in enumerate(names, start=5):
        nulls = 3300 if name.startswith("crm") else 220 if "area" in name or "house" in name else 0
        available = {"delivery_days": Available.AFTER, "basket_value": Available.AFTER}.get(name, Available.BEFORE)
        facts = {**joined, "available": available}
        signal = {"delivery_days": 0.97, "area_mean_revenue": 0.71, "crm_orders": 0.69}.get(name, 0.5 + index / 400)
        profiles.append(numeric(column(name, **facts), index, nulls=nulls, signal=signal))
    label = column("revenue_group", text, Role.LABEL, origin=Origin.COLLECTED, available=Available.AFTER)
    profiles.append(categorical(label, 29, tuple(zip(CLASSES, SIZES, strict=True))))
    return tuple(profiles)


def shop_findings() -> tuple[Finding, ...]:
    """Twenty findings, most important first."""
    made = [
        ("leak", Severity.BLOCKER, ("delivery_days",), "“delivery_days” knows the label: it alone tells it in 97 %.",
         {"auc": 0.97}, "Leave it out: it is known only after the purchase."),
        ("target_aggregate", Severity.WARNING, ("area_mean_revenue",),
         "“area_mean_revenue” looks like the mean of the label per postcode area.", {"r2": 0.88},
         "Compute it again from earlier visits only, or leave it out."),
        ("unavailable_live", Severity.WARNING, ("basket_value",), "“basket_value” is known only after the visit.", {},
         "Use it for analysis, not for the live page."),
        ("joined_block", Severity.NOTICE, ("crm_age", "crm_tenure_days", "crm_orders", "crm_newsletter"),
         "Four columns came from one join on “visitor_id” that found 34 % of the visits.",
         {"coverage": 0.34, "fan_out": 1.0}, "Ask the CRM owner why two thirds have no record."),
        ("joined_block", Severity.NOTICE, ("temperature", "rain_mm", "wind"),
         "Three columns came from one join on day and city: weather.", {"coverage": 1.0}, "Keep only if it pays."),
        ("sentinel", Severity.WARNING, ("households",), "-999 stands for missing in “households” (212 rows).",
         {"rows": 212}, "Read it as missing."),
        ("missing", Severity.NOTICE, ("crm_age",), "66 % of “crm_age” is missing.", {"share": 0.66}, "Keep as is."),
        ("duplicate_rows", Severity.NOTICE, (), "14 rows repeat an earlier row.", {"rows": 14}, "Drop them."),
        ("class_balance", Severity.NOTICE, ("revenue_group",), "The largest class is 61 %, the smallest 3 %.",
         {"largest": 0.61}, "Judge the model by ranking and calibration, not by accuracy."),
        ("standardised", Severity.INFO, ("interest_garden", "interest_kitchen", "interest_toys", "interest_books"),
         "Four columns are already standardised (mean 0, deviation 1).", {}, "Ask on which rows this was done."),
        ("capped", Severity.INFO, ("session_seconds",), "“session_seconds” is capped at 1,800 (88 rows).", {}, "Ask."),
        ("rounded", Severity.INFO, ("purchasing_power_index",), "“purchasing_power_index” is rounded.", {}, "Ask."),
        ("decimal_comma", Severity.INFO, ("campaign_cost",), "412 cells of “campaign_cost” use a decimal comma.",
         {"cells": 412}, "Nothing: they were read as numbers."),
        ("date_as_text", Severity.INFO, ("visit_time",), "“visit_time” is stored as text.", {}, "Nothing."),
        ("header_row", Severity.INFO, (), "The header is in row 3; two rows above were set aside.", {}, "Nothing."),
        ("heavy_tail", Severity.INFO, ("campaign_cost",), "“campaign_cost” has a heavy tail.", {}, "Use ranks."),
        ("outliers", Severity.INFO, ("pages_seen",), "31 rows of “pages_seen” lie far outside.", {}, "Look at them."),
        ("association", Severity.INFO, ("households", "single_share"), "“households” is with “single_share”.", {}, ""),
        ("redundant", Severity.INFO, ("temperature", "wind"), "“wind” repeats “temperature”.", {}, "Drop one."),
        ("personal_data", Severity.WARNING, ("crm_age", "area_class"), "Age and area together single 41 people out.",
         {"people": 41}, "Coarsen one of them before sharing the table."),
    ]  # fmt: skip
    return tuple(Finding(*item) for item in made)


def shop_audit() -> AuditResult:
    """The audit of the shop."""
    profiles = shop_columns()
    roles = Roles(
        tuple(p.column for p in profiles), "revenue_group", "visit_time", "visitor_id", "visit_id", None, CLASSES
    )
    facts = TableFacts(
        5000, 30, 150_000, 9300, 14, "visit", "visit_id", "2025-01-01 00:12:00", "2025-09-30 23:47:00", 3012, 5000
    )
    names = [p.column.name for p in profiles]
    relations = tuple(
        Relation(names[i], names[j], "numeric", "Spearman", round(0.9 - k * 0.05, 2), 1 if k % 2 else -1, 5000)
        for k, (i, j) in enumerate([(8, 9), (5, 7), (12, 14), (18, 19), (22, 23), (9, 26), (5, 6), (14, 29), (8, 26)])
    )
    tested = (
        Tested("one_hot", 30, "groups of 0/1 columns that add up to one"),
        Tested("hashed", 30, "texts of one length over a hexadecimal alphabet"),
        Tested("shifted_dates", 1, "visits against the weekly rhythm"),
    )
    balance = tuple(zip(CLASSES, SIZES, strict=True))
    return AuditResult(facts, roles, profiles, shop_findings(), tested, relations, balance, seed=0)


def shop_reading() -> Reading:
    """How the shop's workbook was read."""
    return Reading(
        source="shop_visits.xlsx",
        format="xlsx",
        sheet="sample_03",
        sheets=("cover", "sample_01", "sample_02", "sample_03"),
        header_row=3,
        set_aside=(
            SetAside(1, "title", "Visits 2025"),
            SetAside(2, "blank", ""),
            SetAside(5019, "total", "Sum | 5000"),
        ),
        set_aside_count=3,
        merged=1,
        columns=(
            ReadColumn("campaign_cost", "campaign cost", "R", Storage.NUMBER, {"text": 412}, {"decimal_comma": 412}),
            ReadColumn("visit_time", "visit time", "C", Storage.TIMESTAMP, {"text": 5000}, {"date_as_text": 5000}),
        ),
        notes=("One merged header cell was filled into two columns.",),
        fingerprint="0" * 64,
    )


def shop_worth() -> tuple[Worth, ...]:
    """What three joins and a column bring: one pays, one is not shown to, one harms."""
    crm = ("crm_age", "crm_tenure_days", "crm_orders", "crm_newsletter")
    weather = ("temperature", "rain_mm", "wind")
    base, before = "collected columns", Available.BEFORE
    return (
        Worth("customers", True, crm, about(0.02, 0.008), about(0.01, 0.004), about(0.05, 0.01), about(0.02, 0.01),
              base, before, 0.34, 1.0, True),
        Worth("weather", True, weather, about(0.001, 0.003), about(0.0, 0.002), about(0.002, 0.003), about(0.0, 0.002),
              base, before, 1.0, 1.2, False),
        Worth("interest_garden", False, ("interest_garden",), about(-0.004, 0.002), about(-0.002, 0.001), None, None,
              base, Available.UNKNOWN),
    )  # fmt: skip


def shop_curve() -> Curve:
    """A learning curve that has nearly levelled out."""
    sizes = (200, 400, 800, 1400, 2400, 4000)
    points = tuple(CurvePoint(n, about(0.87 - 2 / n**0.6, 0.01)) for n in sizes)
    ahead = tuple(CurvePoint(n, about(0.87 - 2 / n**0.6, 0.015)) for n in (8000, 16000))
    needs = (Need("top", 150, 600, 450), Need("none", 3050, 900, None))
    return Curve(
        points, 0.87, 2.0, 0.6, ahead, about(0.005, 0.002), 0.005, 3900, needs, (Window(0.5, 2000, about(0.8, 0.02)),),
        "About 3,900 rows to learn from are enough.",
    )  # fmt: skip


def shop_model() -> ModelResult:
    """The model of the five revenue groups."""
    target = Target(TargetKind.ORDERED, "revenue_group", CLASSES, revenue="revenue")
    metrics = []
    for name, better, values in (
        ("auc", True, (0.861, 0.842, 0.5)),
        ("average_precision", True, (0.79, 0.77, 0.39)),
        ("quadratic_kappa", True, (0.58, 0.55, 0.0)),
        ("log_loss", False, (0.91, 0.95, 1.13)),
        ("ranked_probability_score", False, (0.091, 0.097, 0.131)),
        ("calibration_error", False, (0.014, 0.021, 0.0)),
        ("balanced_accuracy", True, (0.44, 0.41, 0.2)),
    ):
        for model, value in zip(("lightgbm", "logistic", "base rate"), values, strict=True):
            metrics.append(Metric(name, model, "folds by visitor", about(value, 0.012, 3012), better))
    metrics.append(Metric("auc", "lightgbm", "forward in time", about(0.81, 0.02, 900), True))
    means, lows, highs = (0, 14.2, 38.5, 88.0, 240.0), (0, 0.5, 25, 60, 130), (0, 25, 60, 130, 900)
    revenue = (0.0, 0.12, 0.22, 0.25, 0.41)
    groups = tuple(
        RevenueGroup(
            name, size, about(size / 5000, 0.012), float(lows[i]), float(highs[i]),
            about(means[i], means[i] * 0.06), revenue[i], about(0.8 - 0.1 * i, 0.03), about(0.85 - 0.12 * i, 0.03),
            CLASSES[max(0, i - 1)] if i else "low",
        )
        for i, (name, size) in enumerate(zip(CLASSES, SIZES, strict=True))
    )  # fmt: skip
    confusion = tuple(
        tuple(round(size * (0.62 if i == j else 0.38 * math.exp(-abs(i - j)) / 0.9)) for j in range(5))
        for i, size in enumerate(SIZES)
    )
    calibration = tuple(
        CalibrationPoint(p / 10 + 0.05, about(p / 10 + 0.05 + 0.02 * math.sin(p), 0.03), 500) for p in range(10)
    )
    names = [
        "crm_orders",
        "pages_seen",
        "landing_page",
        "campaign",
        "interest_garden",
        "purchasing_power_index",
        "device",
        "wind",
    ]
    importance = tuple(
        Importance(name, 0.3 / (i + 1), ("higher means more", "higher means less", "mixed")[i % 3])
        for i, name in enumerate(names)
    )
    gain = tuple(
        GainPoint(s / 20, about(min(1, (s / 20) ** 0.45), 0.02 if 0 < s < 20 else 0.0), min(1, (s / 20) ** 0.3))
        for s in range(21)
    )
    auc = metrics[0]
    variations = tuple(
        Variation(name, columns, replace(auc, estimate=about(value, 0.012, 3012)))
        for name, columns, value in (
            ("collected columns only", 3, 0.802), ("without suspected leaks", 22, 0.861), ("all columns", 25, 0.973),
        )
    )  # fmt: skip
    left = (
        LeftOut("delivery_days", "known only after the outcome"),
        LeftOut("area_mean_revenue", "average of the label over a group"),
        LeftOut("visit_id", "identifier"),
    )
    splits = (
        Split("folds by visitor", 4000, 5000, "Five folds; all visits of a visitor are in one fold."),
        Split("forward in time", 4000, 1000, "Trained on the first 80 % of the time, tested on the rest."),
    )
    notes = ("The group “top” has 150 rows: its precision is known to a few points only.",)
    features = tuple(p.column.name for p in shop_columns()[3:25])
    return ModelResult(
        target, 5000, 5000, 3012, features, left, "lightgbm", splits, tuple(metrics), groups, confusion,
        calibration, importance, gain, variations, notes, seed=0, worth=shop_worth(), curve=shop_curve(),
    )  # fmt: skip


def shop_segments() -> SegmentResult:
    """Five segments of the shop."""
    made = (
        ("Loyal desktop", "crm_orders > 2.5 and device in desktop", 0.12, 0.71, 0.34, 41.2,
         ("3.4 orders before (0.6 elsewhere)", "mostly desktop (78 % against 31 %)"),
         "Show the new arrivals first and the way back to the last basket; no discount needed."),
        ("Garden campaign", "campaign in spring and interest_garden > 0.4", 0.18, 0.52, 0.27, 22.0,
         ("interest in gardens (d 0.9)", "came by campaign (81 % against 22 %)"),
         "Lead with the garden range; keep the campaign's promise on the landing page."),
        ("Sale hunters", "landing_page in /sale", 0.25, 0.41, 0.21, 12.7, ("landed on the sale page",),
         "Show bundles and the threshold for free delivery."),
        ("Readers", "landing_page in /blog", 0.2, 0.22, 0.1, 6.9, ("came to read", "few pages"),
         "Offer the newsletter before a product."),
        ("Passers-by", "all other visits", 0.25, 0.15, 0.08, 4.5, ("one page", "mobile"), "Spend nothing here."),
    )  # fmt: skip
    segments = tuple(
        Segment(
            name, rule, (Condition("crm_orders", ">", 2.5),) if i < 4 else (), int(5000 * share),
            about(share, 0.01), about(rate, 0.03), about(revenue, 0.03), about(mean, mean * 0.1),
            tuple(Mark("crm_orders", phrase, 0.9) for phrase in marks), action,
        )
        for i, (name, rule, share, rate, revenue, mean, marks, action) in enumerate(made)
    )  # fmt: skip
    notes = ("Segments are found on the same months they are described on.",)
    method = "A shallow tree on the model's own out-of-sample scores, cut to rules of two conditions at most."
    return SegmentResult(segments, method, about(0.31, 0.03), 5000, notes, seed=0)


def shop() -> Contents:
    """A shop: five revenue groups, thirty columns, twenty findings."""
    return Contents(
        "What the visits in shop_visits.xlsx tell", "2026-01-05", "0.1.0", shop_reading(), shop_audit(), shop_model(),
        shop_segments(), command="clientela run shop_visits.xlsx --sheet sample_03 --label revenue_group --out shop",
    )  # fmt: skip


def binary() -> Contents:
    """A yes-or-no question without money, visitors or segments."""
    base = shop()
    model = shop_model()
    groups = tuple(
        replace(g, name=name, rows=rows, share=about(rows / 5000, 0.01), low=None, high=None, mean_revenue=None,
                revenue_share=None, confused_with=None)
        for g, name, rows in zip(model.groups, ("FALSE", "TRUE"), (4230, 770), strict=False)
    )  # fmt: skip
    metrics = tuple(replace(m, split="folds") for m in model.metrics if m.name != "quadratic_kappa")
    model = replace(
        model,
        target=Target(TargetKind.BINARY, "Revenue", ("FALSE", "TRUE")),
        groups=groups,
        confusion=((4010, 220), (300, 470)),
        metrics=metrics,
        splits=(Split("folds", 4000, 5000, "Five folds."),),
        gain=tuple(replace(point, revenue=None) for point in model.gain),
        variations=(),
        notes=(),
    )
    audit = base.audit
    roles = replace(audit.roles, label="Revenue", visitor=None, time=None, order=())
    columns = tuple(
        replace(p, column=replace(p.column, origin=Origin.UNKNOWN, available=Available.UNKNOWN)) for p in audit.columns
    )
    table = replace(audit.table, visitors=None, start=None, end=None, duplicate_rows=0)
    audit = replace(
        audit,
        roles=roles,
        columns=columns,
        table=table,
        findings=audit.findings[5:8],
        balance=(("FALSE", 4230), ("TRUE", 770)),
    )
    reading = Reading("online_shoppers.csv", "csv", delimiter=",", encoding="utf-8")
    return replace(base, title="Online shoppers", reading=reading, audit=audit, model=model, segments=None)


def minimal() -> Contents:
    """An audit of a tiny typed frame and nothing else."""
    spec = column("price")
    audit = AuditResult(
        TableFacts(3, 1, 3, 0, 0, "row", None, None, None, None, 3), Roles((spec,)),
        (Profile(spec, "A", 3, 0, 3),), (), (), (), (), seed=0,
    )  # fmt: skip
    return Contents("frame", "2026-01-05", "0.1.0", Reading("frame", "frame"), audit)


def hostile(texts: tuple[str, ...] = HOSTILE) -> Contents:
    """The shop with names, cells and sentences that try to break out, and one text of 1 MB."""
    base, huge = shop(), "A" * 1_000_000
    audit, model, segments = base.audit, base.model, base.segments
    assert model is not None
    assert segments is not None
    bad = [*texts, huge]

    def take(index: int) -> str:
        return bad[index % len(bad)]

    columns = tuple(
        replace(
            p, column=replace(p.column, name=f"{take(i)}{i}" if i % 9 != 8 else huge), first=take(i), last=take(i + 1),
            top=tuple((take(i + k), 90 - k) for k in range(len(bad))) if not p.numbers else (),
        )
        for i, p in enumerate(audit.columns)
    )  # fmt: skip
    named = tuple(p.column for p in columns)
    roles = replace(audit.roles, columns=named, label=named[-1].name, order=tuple(f"{take(i)} {i}" for i in range(5)))
    findings = tuple(
        replace(f, columns=(take(i),), title=take(i), advice=take(i + 1), evidence={take(i): take(i + 2), "deep": [1]})
        for i, f in enumerate(audit.findings)
    )
    relations = tuple(replace(r, first=take(i), second=take(i + 1)) for i, r in enumerate(audit.relations))
    classes = roles.order
    groups = tuple(replace(g, name=c, confused_with=classes[0]) for g, c in zip(model.groups, classes, strict=True))
    model = replace(
        model, target=replace(model.target, label=take(0), classes=classes, derived=take(6)), groups=groups,
        features=tuple(c.name for c in named[3:9]), notes=(take(0), huge),
        importance=tuple(replace(im, column=take(i), direction=take(i)) for i, im in enumerate(model.importance)),
        left_out=tuple(LeftOut(text, text) for text in bad),
        variations=tuple(replace(v, name=take(i)) for i, v in enumerate(model.variations)),
        splits=tuple(replace(s, name=take(i), detail=take(i)) for i, s in enumerate(model.splits)),
    )  # fmt: skip
    made = tuple(
        replace(s, name=take(i), rule=take(i), action=take(i + 6), marks=(Mark(take(i), take(i), 1.0),))
        for i, s in enumerate(segments.segments)
    )
    reading = replace(
        base.reading, source=take(0), sheet=take(6), sheets=tuple(bad), notes=tuple(bad),
        set_aside=tuple(SetAside(i, "note", text) for i, text in enumerate(bad)),
        columns=tuple(
            ReadColumn(t, t, "A", Storage.TEXT, {t: 3}, {t: 2}, mixed=2, examples=(t, t)) for t in bad
        ),
        hidden=tuple(bad),
    )  # fmt: skip
    audit = replace(
        audit, columns=columns, roles=roles, findings=findings, relations=relations,
        balance=tuple(zip(classes, SIZES, strict=True)),
        table=replace(audit.table, key=take(0), grain=take(6), start=take(0), end=huge),
    )  # fmt: skip
    return replace(
        base, title=take(0) + take(6), reading=reading, audit=audit, model=model, command=take(7),
        segments=replace(segments, segments=made, method=take(7), notes=(take(6), huge)), created=take(0),
        version=take(6), notes=(take(0), take(6), huge),
    )  # fmt: skip


def wide(count: int = 300) -> Contents:
    """The shop with many columns and as many findings."""
    base = shop()
    pattern = base.audit.columns[5:28]
    columns = tuple(
        replace(
            pattern[i % len(pattern)],
            letter=letter(i),
            column=replace(pattern[i % len(pattern)].column, name=f"measure_{i:04d}_of_area"),
        )
        for i in range(count)
    )
    findings = tuple(
        Finding(
            "missing",
            Severity.NOTICE,
            (c.column.name,),
            f"{i % 90} % of “{c.column.name}” is missing.",
            {"share": i / 900},
            "Keep.",
        )
        for i, c in enumerate(columns)
    )
    roles = replace(base.audit.roles, columns=tuple(c.column for c in columns))
    audit = replace(
        base.audit, columns=columns, roles=roles, findings=base.audit.findings + findings,
        table=replace(base.audit.table, columns=count, cells=count * 5000),
    )  # fmt: skip
    assert base.model is not None
    model = replace(
        base.model, features=tuple(c.column.name for c in columns),
        importance=tuple(Importance(c.column.name, 1 / count, "mixed") for c in columns),
        left_out=tuple(LeftOut(c.column.name, "constant") for c in columns),
    )  # fmt: skip
    return replace(base, audit=audit, model=model)
