"""The audit as a whole: on real tables, on odd ones, by every way of calling it."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable

import numpy as np
import polars as pl
import pytest

import clientela.audit
from clientela.audit.auditing import audit
from clientela.audit.options import AuditOptions
from clientela.audit.registry import CHECKS
from clientela.audit.result import AuditResult
from clientela.domain.column import Role
from clientela.domain.errors import ColumnError, RefusedError
from clientela.domain.finding import CODES, Finding, Severity
from clientela.domain.roles import Ask
from clientela.tables.frames import from_frame


def found(result: AuditResult, code: str) -> Finding:
    """Return the first finding with this code."""
    return next(finding for finding in result.findings if finding.code == code)


@pytest.fixture(scope="session")
def shoppers(real_audit: Callable[[str], AuditResult]) -> AuditResult:
    """Return the audit of Online Shoppers."""
    return real_audit("online_shoppers")


@pytest.fixture(scope="session")
def bank(real_audit: Callable[[str], AuditResult]) -> AuditResult:
    """Return the audit of Bank Marketing, additional."""
    return real_audit("bank_additional")


def test_the_package_is_called_like_the_step(plain: pl.DataFrame) -> None:
    """`clientela.audit(table)` works although `clientela.audit` is a package."""
    with from_frame(plain) as table:
        assert clientela.audit(table, options=AuditOptions(seed=3)).seed == 3


def test_the_same_seed_gives_the_same_result(plain: pl.DataFrame) -> None:
    """Twice the same table, twice the same bytes, also where a sample is drawn."""
    texts = []
    for _ in range(2):
        with from_frame(plain) as table:
            result = audit(table, options=AuditOptions(seed=5, sample_rows=700))
            texts.append(json.dumps(result.to_dict(), sort_keys=True))
    assert texts[0] == texts[1]
    assert 500 < result.table.sampled < 900


def test_counts_from_a_sample_are_scaled(plain: pl.DataFrame) -> None:
    """A histogram drawn on a sample adds up to about the rows of the table."""
    with from_frame(plain) as table:
        result = audit(table, options=AuditOptions(sample_rows=700))
    assert sum(bar.count for bar in result.profile("clicks").bins) == pytest.approx(2000, abs=10)


@pytest.mark.parametrize(
    "frame",
    [
        pl.DataFrame({"a": [1]}),
        pl.DataFrame({"a": [None, None]}, schema={"a": pl.Float64}),
        pl.DataFrame({"a": [None, "x"], "target": [True, True]}),
        pl.DataFrame({"a": [float("nan"), float("inf"), 1.0], "target": [True, False, None]}),
        pl.DataFrame({"a": [[1], [2]], "b": [b"x", None]}),
        pl.DataFrame({"a'; drop table": ["<script>"] * 9, "select": [True, False, True] * 3, "🙂" * 100: range(9)}),
        pl.DataFrame({"t": ["01:02", "03:04"]}).with_columns(pl.col("t").str.to_time("%H:%M")),
    ],
    ids=["one row", "all null", "one class", "nan", "nested", "hostile", "time"],
)
def test_odd_tables_are_audited(audited: Callable[..., AuditResult], frame: pl.DataFrame) -> None:
    """Odd tables give a result, never an exception, one profile per column."""
    result = audited(frame)
    assert [p.column.name for p in result.columns] == frame.columns
    assert all(f.code in CODES for f in result.findings)
    json.dumps(result.to_dict())


def test_nothing_to_audit_is_refused() -> None:
    """A table without rows is refused in one sentence."""
    with (
        from_frame(pl.DataFrame({"a": []}, schema={"a": pl.Int64})) as table,
        pytest.raises(RefusedError, match="no rows"),
    ):
        audit(table)


@pytest.mark.parametrize(
    "ask", [Ask(label="absent"), Ask(collected=("device", "absent")), Ask(roles={"absent": Role.IGNORED})]
)
def test_a_named_column_that_is_not_there_is_an_error(plain: pl.DataFrame, ask: Ask) -> None:
    """Whatever it was named for, a column that is not there is told with those that are."""
    with from_frame(plain) as table, pytest.raises(ColumnError, match="no column 'absent'"):
        audit(table, ask)


def test_every_check_either_finds_tests_or_refuses(audited: Callable[..., AuditResult], plain: pl.DataFrame) -> None:
    """A clean table has no warning, and what was tested and not found is said once per code."""
    result = audited(plain)
    assert not [f.title for f in result.findings if f.severity.rank >= Severity.WARNING.rank]
    tested = [entry.code for entry in result.tested]
    assert len(tested) == len(set(tested))
    assert len(tested) + len({f.code for f in result.findings}) <= len(CHECKS)


def test_findings_are_sentences(shoppers: AuditResult, bank: AuditResult) -> None:
    """Titles and advice are one line that ends with a full stop; evidence is plain JSON."""
    for finding in (*shoppers.findings, *bank.findings):
        assert finding.title.endswith(".")
        assert finding.advice.endswith(".")
        assert "\n" not in finding.title
        json.dumps(finding.to_dict())


def test_profiles_hold_what_charts_need(shoppers: AuditResult) -> None:
    """Numbers have quantiles and bins that add up, words their most frequent values, features a signal."""
    exit_rates = shoppers.profile("ExitRates")
    assert exit_rates.numbers is not None
    assert [p for p, _ in exit_rates.numbers.quantiles] == [0, 0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99, 1]
    assert sum(bar.count for bar in exit_rates.bins) == 12_330
    assert exit_rates.bins[-1].high == 0.2
    assert shoppers.profile("Month").top[0] == ("May", 3_364)
    assert shoppers.profile("Revenue").signal is None
    assert shoppers.profile("Month").signal is not None


def test_a_million_characters_in_a_cell(audited: Callable[..., AuditResult]) -> None:
    """A huge cell is cut wherever it is shown."""
    result = audited(pl.DataFrame({"note": ["x" * 1_000_000, "y", "z"], "n": [1, 2, 3]}))
    assert len(json.dumps(result.to_dict())) < 20_000


def test_wide_tables_name_groups_not_columns(audited: Callable[..., AuditResult]) -> None:
    """Sixty columns of one kind give one sentence, not sixty."""
    rng = np.random.default_rng(0)
    frame = pl.DataFrame({f"c{i}": np.where(rng.random(300) < 0.2, np.nan, rng.normal(3, 2, 300)) for i in range(60)})
    result = audited(frame.fill_nan(None))
    assert len(found(result, "missing").columns) == 60
    assert len(result.findings) < 12


def test_an_average_of_the_label_is_no_feature_unless_a_person_says_so() -> None:
    """A column that is the label's mean per group is left out of the features, with the reason; a word wins."""
    rng = np.random.default_rng(5)
    area = rng.integers(0, 40, 4000)
    bought = rng.random(4000) < 0.2 + 0.4 * (area / 40)
    frame = pl.DataFrame({"area": area, "bought": bought}).with_columns(
        pl.col("bought").mean().over("area").alias("area_mean")
    )
    with from_frame(frame) as table:
        column = audit(table, Ask(label="bought")).roles.column("area_mean")
        asked = audit(table, Ask(label="bought", roles={"area_mean": Role.FEATURE})).roles.column("area_mean")
    assert column.role is Role.IGNORED
    assert "average of the label" in column.reason
    assert asked.role is Role.FEATURE


def test_the_audit_loads_little() -> None:
    """Loading the audit takes no part of scipy that costs half a second, no learner and nothing that draws."""
    code = "import sys, clientela.audit.auditing; print([name in sys.modules for name in sys.argv[1:]])"
    heavy = ["scipy.stats", "sklearn", "altair", "pandas"]
    done = subprocess.run([sys.executable, "-c", code, *heavy], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == str([False] * len(heavy))
