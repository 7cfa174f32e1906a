"""Cells of personal columns stay out of the findings."""

from __future__ import annotations

import polars as pl

from clientela.audit.auditing import understand
from clientela.audit.concealing import conceal
from clientela.domain.finding import Finding, Severity
from clientela.domain.roles import Ask
from clientela.tables.frames import from_frame


def test_titles_and_evidence_are_masked() -> None:
    """Cells in the sentence, in keys, in lists and as numbers go; names of columns, counts and other findings stay."""
    frame = pl.DataFrame({"name": ["Anna Ott", "Paul Ott", "name"] * 9, "card": [4_929_000_111, 4_929_000_222, 7] * 9})
    title = 'name holds "Anna Ott" 9 times and card 4,929,000,111.'
    evidence = {
        "name": {"value": "Paul Ott", "rows": 9},
        "card": {"value": 4_929_000_111.0, "rows": 9},
        "spellings": {"Anna Ott": ["anna ott", "ANNA OTT"]},
        "list": [4_929_000_222, 0.5],
        "rule": "name begins with Paul Ott",
    }
    finding = Finding("sentinel", Severity.NOTICE, ("name", "card"), title, evidence, "Do something.")
    other = Finding("constant", Severity.INFO, ("else",), "Anna Ott is a ship.", {}, "Do nothing.")
    with from_frame(frame) as table:
        facts = understand(table, Ask()).facts
        masked, kept = conceal([finding, other], facts, frozenset({"name", "card"}))
    assert kept is other
    assert masked.title == 'name holds "xxxx xxx" 9 times and card x,xxx,xxx,xxx.'
    assert masked.evidence == {
        "name": {"value": "xxxx xxx", "rows": 9},
        "card": {"rows": 9},
        "spellings": {"xxxx xxx": ["xxxx xxx", "xxxx xxx"]},
        "list": [None, 0.5],
        "rule": "name begins with xxxx xxx",
    }
