"""Findings ranked by consequence."""

from __future__ import annotations

import itertools

from clientela.audit.ranking import rank
from clientela.domain.column import Column, Role, Storage
from clientela.domain.finding import Finding, Severity
from clientela.domain.roles import Roles

ROLES = Roles((Column("a", Storage.NUMBER), Column("b", Storage.NUMBER, Role.IGNORED)))


def finding(code: str, severity: Severity, *columns: str) -> Finding:
    """Return a finding of no particular content."""
    return Finding(code, severity, columns, "Something is so.", {}, "Do something.")


def test_severity_then_consequence_then_features() -> None:
    """A blocker comes first, then what spoils the model, then what touches features."""
    expected = (
        finding("personal_data", Severity.BLOCKER, "a"),
        finding("leak", Severity.WARNING, "a"),
        finding("sentinel", Severity.WARNING, "a"),
        finding("sentinel", Severity.WARNING, "b"),
        finding("rounded", Severity.INFO, "a"),
        finding("constant", Severity.INFO, "b"),
    )
    assert all(rank(order, ROLES) == expected for order in itertools.permutations(expected))


def test_a_cause_told_before_comes_after_the_others() -> None:
    """What is not available live and leaks is told once among the first; other columns of it are news."""
    leak, late = finding("leak", Severity.WARNING, "a"), finding("unavailable_live", Severity.WARNING, "a")
    gaps, more = finding("missing", Severity.WARNING, "b"), finding("unavailable_live", Severity.WARNING, "a", "b")
    assert rank([late, gaps, leak], ROLES) == (leak, gaps, late)
    assert rank([more, gaps, leak], ROLES) == (leak, more, gaps)


def test_singling_out_together_is_less_than_an_address() -> None:
    """Columns that single out only together are a matter of sharing: they come after what spoils the model."""
    together, drift = finding("personal_data", Severity.NOTICE, "a", "b"), finding("drift", Severity.NOTICE, "a")
    assert rank([together, drift], ROLES) == (drift, together)


def test_many_of_one_code_do_not_hide_the_rest() -> None:
    """The fourth of a code comes after the others of its severity, and before those of a lower one."""
    joins = [finding("joined_block", Severity.NOTICE, name) for name in "abcde"]
    drift, grain = finding("drift", Severity.NOTICE, "a"), finding("grain", Severity.INFO)
    assert rank([*joins, grain, drift], ROLES) == (*joins[:3], drift, *joins[3:], grain)
