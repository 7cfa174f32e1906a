"""Audit the table and make the page."""

from __future__ import annotations

import sys
from pathlib import Path

from clientela.audit.auditing import audit
from clientela.report.audit_page import render_audit
from clientela.report.contents import Contents
from clientela.sources.opening import open_table


def by_clientela(path: Path) -> str:
    """Audit a table and return the page."""
    with open_table(path) as table:
        result = audit(table)
        return render_audit(Contents("Audit", "2026-01-01", "0", table.reading, result))


if __name__ == "__main__":
    print(len(by_clientela(Path(sys.argv[1])).encode()))
