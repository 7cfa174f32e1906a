"""Records: plain data out, readable and inert on a page."""

from __future__ import annotations

import math

import numpy as np
import pytest

from clientela.domain.column import Available, Column, Field, Origin, Role, Storage
from clientela.domain.errors import ColumnError, SourceNotFoundError, listed, quoted
from clientela.domain.estimate import Estimate
from clientela.domain.finding import CODES, Finding, Severity
from clientela.domain.progress import SILENT
from clientela.domain.roles import Ask, Roles

ROLES = Roles(
    columns=(
        Column("id", Storage.TEXT, Role.IDENTIFIER, Origin.COLLECTED, Available.DURING),
        Column("temperature", Storage.NUMBER, Role.FEATURE, Origin.JOINED),
        Column("group", Storage.TEXT, Role.LABEL),
    ),
    label="group",
)


def test_to_dict_is_plain_all_the_way_down() -> None:
    """Enums become text, tuples lists and records dicts, so that JSON takes them."""
    plain = Ask(roles={"a": Role.LABEL}, collected=("a", "b")).to_dict()
    assert plain["roles"] == {"a": "label"}
    assert plain["collected"] == ["a", "b"]
    finding = Finding("leak", Severity.INFO, (), "", {"n": np.int64(3), "p": np.float64(0.5), "sure": True}, "")
    evidence = finding.to_dict()["evidence"]
    assert [type(value) for value in evidence.values()] == [int, float, bool]
    assert type(ROLES.to_dict()["columns"][0]["storage"]) is str


def test_html_of_a_record_is_inert_and_short() -> None:
    """A name that is markup comes out as text, and a long list is cut."""
    page = Roles(columns=tuple(Column(f"<b>{i}", Storage.TEXT) for i in range(20)))._repr_html_()
    assert "<b>" not in page
    assert "&lt;b&gt;0" in page
    assert "(20 in all)" in page


def test_roles_answer_by_role_and_origin() -> None:
    """Names are listed by role and origin in table order; an unknown name is an error."""
    assert ROLES.features == ("temperature",)
    assert ROLES.identifiers == ("id",)
    assert ROLES.joined == ("temperature",)
    assert ROLES.column("group").role is Role.LABEL
    with pytest.raises(KeyError):
        ROLES.column("nothing")


def test_estimate_excludes_only_what_its_interval_leaves_out() -> None:
    """A value in the interval is not excluded, and an undefined interval excludes nothing."""
    known = Estimate(0.7, 0.6, 0.8, n=9, method="wilson")
    assert known.excludes(0.59)
    assert known.excludes(0.81)
    assert not known.excludes(0.6)
    assert not Estimate(0.7, math.nan, math.nan, n=1, method="none").excludes(5)
    assert repr(known) == "0.7 [0.6, 0.8]"


def test_severity_is_ordered() -> None:
    """Severities rank from info to blocker."""
    assert [severity.rank for severity in Severity] == [0, 1, 2, 3]


def test_finding_takes_only_known_codes() -> None:
    """A code outside the list is refused, so that codes stay stable."""
    assert CODES["leak"] == "outcome"
    with pytest.raises(ValueError, match="nonsense"):
        Finding("nonsense", Severity.INFO, (), "", {}, "")


def test_storage_kinds() -> None:
    """Only integers and numbers are numeric, only dates and timestamps temporal."""
    assert [kind for kind in Storage if kind.numeric] == [Storage.INTEGER, Storage.NUMBER]
    assert [kind for kind in Storage if kind.temporal] == [Storage.DATE, Storage.TIMESTAMP]
    assert Field("a", Storage.DATE).to_dict() == {"name": "a", "storage": "date"}


def test_errors_are_one_sentence_and_the_builtin() -> None:
    """An error reads as its sentence and can be caught as the matching builtin."""
    error = ColumnError.missing("revenu", ["revenue", "id"])
    assert str(error) == "There is no column 'revenu': did you mean 'revenue'?"
    far = ColumnError.missing("nope", ["pages", "bought"])
    assert str(far) == "There is no column 'nope': the columns are 'pages', 'bought'."
    assert isinstance(error, KeyError)
    assert isinstance(SourceNotFoundError("x"), FileNotFoundError)


def test_names_in_errors_are_visible_and_short() -> None:
    """Control characters show as escapes, long names are cut, long lists counted."""
    assert "\x1b" not in quoted("\x1b[31m")
    assert len(quoted("x" * 5000)) < 130
    assert listed(str(i) for i in range(30)).endswith("and 10 more")


def test_silent_progress_takes_words() -> None:
    """The default progress accepts any word and shows nothing."""
    SILENT.update("fold 1", 0.5)
