"""What the audit says of the real tables, with the numbers that are known of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import polars as pl
import pytest

from clientela.audit.auditing import audit
from clientela.audit.result import AuditResult
from clientela.domain.column import Available, Role
from clientela.domain.finding import Finding, Severity
from clientela.domain.roles import Ask
from clientela.tables.frames import from_frame

RealAudit = Callable[[str], AuditResult]
NAMES = ("online_shoppers", "bank_additional", "bank", "hillstrom", "online_retail", "cdnow")


def found(result: AuditResult, code: str, column: str = "") -> Finding:
    """Return the first finding with this code, of this column where one is named."""
    return next(f for f in result.findings if f.code == code and (not column or column in f.columns))


def codes(result: AuditResult) -> set[str]:
    """Return the codes of all findings."""
    return {finding.code for finding in result.findings}


def test_online_shoppers(real_audit: RealAudit) -> None:
    """Visits without identifier: 125 repeats, rates cut at 0.2, four categories as numbers, a month without a year."""
    result = real_audit("online_shoppers")
    assert (result.roles.label, result.roles.order) == ("Revenue", ("false", "true"))
    assert (result.table.rows, result.table.columns, result.table.grain) == (12_330, 18, "visit")
    assert (result.table.duplicate_rows, result.table.missing_cells) == (125, 0)
    assert found(result, "duplicate_rows").evidence["extra"] == 125
    assert result.balance == (("false", 10_422), ("true", 1_908))
    assert found(result, "class_balance").title == "Revenue is true on 1,908 of 12,330 rows (15.47 %)."
    capped = found(result, "capped")
    assert capped.columns == ("BounceRates", "ExitRates")
    assert [capped.evidence[name]["value"] for name in capped.columns] == [0.2, 0.2]
    assert found(result, "label_encoded").columns == ("OperatingSystems", "Browser", "Region", "TrafficType")
    month = found(result, "derived", "Month")
    assert "without a year" in month.title
    assert month.evidence["Month"] == {"part": "month", "values": 10, "absent": ["jan", "apr"]}
    assert not any(finding.severity is Severity.BLOCKER for finding in result.findings)


def test_page_values_is_suspected_but_stays(real_audit: RealAudit) -> None:
    """PageValues comes first: its score, its reasons, what would be lost without it; it stays a feature."""
    result = real_audit("online_shoppers")
    leaks = [finding for finding in result.findings if finding.code == "leak"]
    assert [(f.columns, f.severity) for f in leaks] == [(("PageValues",), Severity.WARNING)]
    assert result.findings[0] is leaks[0]
    evidence = leaks[0].evidence["PageValues"]
    assert evidence["auc"] == pytest.approx(0.863, abs=5e-4)
    assert evidence["auc_of_all"] == pytest.approx(0.92, abs=0.02)
    assert evidence["auc_without"] == pytest.approx(0.77, abs=0.03)
    assert len(evidence["reasons"]) == 2
    assert result.roles.column("PageValues").role is Role.FEATURE


def test_bank_marketing(real_audit: RealAudit) -> None:
    """The duration is known only afterwards, 999 and "unknown" stand for missing, 11.27 % said yes."""
    result = real_audit("bank_additional")
    assert (result.roles.label, result.roles.order) == ("y", ("no", "yes"))
    assert "(11.27 %)" in found(result, "class_balance").title
    assert result.findings[0].code == "leak"
    assert [f.columns for f in result.findings if f.code == "leak"] == [("duration",)]
    assert "known only afterwards" in result.findings[0].title
    assert "duration" in found(result, "unavailable_live").columns
    stand_ins = {name: f.evidence[name]["value"] for f in result.findings if f.code == "sentinel" for name in f.columns}
    assert stand_ins.pop("pdays") == "999"
    assert set(stand_ins.values()) == {"unknown"}
    assert set(stand_ins) == {"job", "marital", "education", "default", "housing", "loan"}
    assert set(found(result, "derived", "month").columns) == {"month", "day_of_week"}
    assert result.table.sampled < result.table.rows == 41_188


def test_the_economy_is_one_block_in_bank_marketing(real_audit: RealAudit) -> None:
    """The five economic columns came through one join on a date that is not in the extract."""
    block = found(real_audit("bank_additional"), "joined_block")
    assert set(block.columns) == {"emp.var.rate", "cons.price.idx", "cons.conf.idx", "euribor3m", "nr.employed"}
    assert block.evidence["key_columns"] == []


def test_a_code_for_missing_is_no_number_in_relations(real_audit: RealAudit) -> None:
    """The codes 999 and -1 of pdays do not make it go with what is as empty as it is."""
    for name, known in (("bank_additional", 1_515), ("bank", 8_257)):
        result = real_audit(name)
        related = [r for r in result.relations if "pdays" in (r.first, r.second)]
        assert all(r.strength < 0.6 and r.rows <= known for r in related)


def test_the_other_bank_table(real_audit: RealAudit) -> None:
    """The duration again, -1 in pdays, a day and a month without a year, no block."""
    result = real_audit("bank")
    assert "(11.70 %)" in found(result, "class_balance").title
    assert result.findings[0].columns == ("duration",)
    assert found(result, "sentinel", "pdays").evidence["pdays"]["value"] == "-1"
    assert set(found(result, "derived", "month").columns) == {"day", "month"}
    assert "joined_block" not in codes(result)


def test_hillstrom(real_audit: RealAudit, real: Callable[[str], pl.DataFrame]) -> None:
    """No identifier, so 6,562 identical rows are a question and no error; segments of history; three outcomes."""
    result = real_audit("hillstrom")
    roles = result.roles
    assert (roles.label, roles.revenue, roles.identifiers) == ("conversion", "spend", ())
    assert (roles.named(Role.TREATMENT), roles.named(Role.OUTCOME)) == (("segment",), ("visit",))
    assert roles.column("visit").available is Available.AFTER
    repeats = found(result, "duplicate_rows")
    assert repeats.severity.rank < Severity.WARNING.rank
    assert repeats.evidence["extra"] == 6_562
    assert "may be different" in repeats.advice
    assert result.table.key is None
    assert found(result, "derived", "history_segment").evidence["history_segment"]["from"] == ["history"]
    serious = [f for f in result.findings if f.severity.rank >= Severity.WARNING.rank]
    assert [(f.code, f.columns) for f in serious] == [("leak", ("spend",))]
    with from_frame(real("hillstrom")) as table:
        amount = audit(table, Ask(label="spend"))
    assert (amount.roles.label, amount.roles.revenue, amount.balance) == ("spend", "spend", ())
    assert amount.roles.named(Role.OUTCOME) == ("visit", "conversion")


def test_online_retail(real_audit: RealAudit) -> None:
    """Order lines in order of time, 9,288 cancellations, 135,080 rows without a customer, nothing to predict."""
    result = real_audit("online_retail")
    assert (result.table.rows, result.table.grain, result.table.visitors) == (541_909, "order line", 4_372)
    assert (result.roles.label, result.roles.visitor) == (None, "CustomerID")
    assert result.profile("CustomerID").nulls == 135_080
    assert "CustomerID" in found(result, "missing").columns
    cancelled = found(result, "derived", "InvoiceNo")
    assert (cancelled.columns, cancelled.evidence["sign"], cancelled.evidence["rows"]) == (
        ("InvoiceNo", "Quantity"),
        "C",
        9_288,
    )
    assert "cancellations" in cancelled.title
    assert "Quantity" in found(result, "impossible_value").columns
    assert "InvoiceDate" in found(result, "sorted").columns
    assert found(result, "date_as_text").columns == ("InvoiceDate",)
    assert "joined_block" not in codes(result)


def test_cdnow(real_audit: RealAudit) -> None:
    """Purchases of 23,570 customers whose dates are numbers: told once, and not learned as an amount."""
    result = real_audit("cdnow")
    assert (result.roles.visitor, result.table.visitors) == ("customer_id", 23_570)
    assert result.roles.column("date").role is Role.IGNORED
    said = [finding.code for finding in result.findings if "date" in finding.columns]
    assert set(said) <= {"date_as_text", "sorted"}


@pytest.mark.parametrize("name", NAMES)
def test_a_verdict_is_short_and_says_nothing_twice(real_audit: RealAudit, name: str) -> None:
    """At most five serious findings and no sentence twice; no code twice about the same columns."""
    findings: Any = real_audit(name).findings
    assert sum(f.severity.rank >= Severity.WARNING.rank for f in findings) <= 5
    assert len({f.title for f in findings}) == len(findings)
    assert len({(f.code, f.columns) for f in findings}) == len(findings)
