"""What the models stage is told of joins."""

from clientela.audit.result import AuditResult, TableFacts
from clientela.domain.column import Available, Column, Storage
from clientela.domain.finding import Finding, Severity
from clientela.domain.roles import Roles
from clientela.pipeline.joined import blocks, settled_roles


def _join(*columns: str) -> Finding:
    evidence = {"key": "who", "key_columns": ["who"], "coverage": 0.5, "fan_out": 1.5}
    return Finding("joined_block", Severity.NOTICE, columns, "t", evidence, "")


def _audited() -> AuditResult:
    columns = tuple(Column(name, Storage.NUMBER) for name in ("who", "a", "b", "c"))
    found = (
        _join("a", "b"),
        _join("c"),
        _join("a", "c"),
        Finding("personal_data", Severity.WARNING, ("b",), "t", {}, ""),
        Finding("unavailable_live", Severity.NOTICE, ("c",), "t", {}, ""),
    )
    facts = TableFacts(10, 4, 40, 0, 0, "visit", None, None, None, 10, 10)
    return AuditResult(facts, Roles(columns), (), found, (), (), (), 0)


def test_each_join_is_a_block_of_its_own_name() -> None:
    """Columns, key, coverage, fan-out and personal columns come from the findings; names are never the same."""
    first, single, other = blocks(_audited())
    assert (first.columns, first.key, first.coverage, first.fan_out) == (("a", "b"), ("who",), 0.5, 1.5)
    assert first.personal == ("b",)
    assert single.name == "c, by who"
    assert len({first.name, single.name, other.name}) == 3


def test_what_a_live_decision_cannot_know_is_marked() -> None:
    """Columns found to come too late are known after the outcome; the others keep what was said of them."""
    roles = settled_roles(_audited())
    assert roles.column("c").available is Available.AFTER
    assert roles.column("a").available is Available.UNKNOWN
