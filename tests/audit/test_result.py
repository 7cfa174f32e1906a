"""What the audit returns shows itself and finds its columns."""

from __future__ import annotations

from collections.abc import Callable

import polars as pl
import pytest

from clientela.audit.result import AuditResult


def test_a_result_shows_its_ten_most_important_findings(
    audited: Callable[..., AuditResult], plain: pl.DataFrame
) -> None:
    """The text names the size, then one line per finding, most important first."""
    result = audited(plain)
    lines = repr(result).splitlines()
    assert lines[0] == f"Audit of 2,000 rows x 8 columns, {len(result.findings)} findings"
    assert lines[1].strip() == f"{result.findings[0].severity}: {result.findings[0].title}"
    assert len(lines) == 1 + min(10, len(result.findings))


def test_a_profile_is_found_by_name(audited: Callable[..., AuditResult], plain: pl.DataFrame) -> None:
    """A column that is not there is an error."""
    result = audited(plain)
    assert result.profile("clicks").column.name == "clicks"
    with pytest.raises(KeyError):
        result.profile("nowhere")
