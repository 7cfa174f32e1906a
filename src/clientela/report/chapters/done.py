"""What has been done already, what has not, and what else should have been?"""

from __future__ import annotations

from collections import Counter

from clientela.report import facts
from clientela.report.blocks import Block, Bullets, Cell, Chapter, Details, Findings, Head, TableBlock
from clientela.report.contents import Contents
from clientela.report.numbers import count
from clientela.report.text import cell, clean, joined, named, plural, sentence

MOST_READ = 60
_TREATED = {"capped", "imputed_constant", "filtered", "oversampled", "binned", "target_aggregate"}


def done(contents: Contents) -> Chapter:
    """Return the chapter on what was done to the data before, while reading, and what was not."""
    found = facts.findings_of(contents, "processing", "storage", "sheet", most=12)
    blocks: list[Block] = [Findings(found, len(found))] if found else []
    blocks.append(Bullets(_should(contents)))
    folded = [table for table in (_read_table(contents), _aside_table(contents), _tested_table(contents)) if table.rows]
    blocks += [Details(f"{table.caption} ({count(len(table.rows))})", (table,)) for table in folded]
    return Chapter(
        "done",
        "What was done",
        "What has been done already? What has not? What else should, and should not, have been done?",
        _answer(contents),
        tuple(blocks),
        (
            (
                "Processing is recognised by its traces: what leaves none (rows dropped before the extract, a model's "
                "imputation) is not seen."
            ),
        ),
    )


def _answer(contents: Contents) -> str:
    before = facts.findings_of(contents, "processing", most=1000)
    kinds = joined([code.replace("_", " ") for code in dict.fromkeys(f.code for f in before)])
    columns = {name for finding in before for name in finding.columns}
    done_before = (
        f"Someone worked on these data before: {plural(len(columns), 'column')} show traces ({kinds})."
        if before
        else "No trace of earlier processing was found."
    )
    return f"{done_before} {_reading(contents)} {_untouched(contents)}".strip()


def _reading(contents: Contents) -> str:
    reading = contents.reading
    changes: Counter[str] = Counter()
    for column in reading.columns:
        changes.update({clean(kind, 30).replace("_", " "): n for kind, n in column.coercions.items() if n})
    told = joined([f"{name} ({count(n)} cells)" for name, n in changes.most_common(4)])
    coerced = (
        f"cells were read as what they mean: {told}" if told else "no cell had to be read otherwise than it is stored"
    )
    aside = "nothing was set aside"
    if reading.set_aside_count:
        aside = f"{plural(reading.set_aside_count, 'row')} without data {_was(reading.set_aside_count)} set aside"
    return f"While reading {facts.source_phrase(contents)}, {aside} and {coerced}."


def _was(number: int) -> str:
    return "was" if number == 1 else "were"


def _untouched(contents: Contents) -> str:
    tested = [test.code.replace("_", " ") for test in contents.audit.tested]
    return f"Looked for and not found: {joined(list(dict.fromkeys(tested)))}." if tested else ""


def _should(contents: Contents) -> tuple[str, ...]:
    items = []
    if contents.audit.table.duplicate_rows:
        repeats = contents.audit.table.duplicate_rows
        items.append(f"Should have been done: drop or explain {plural(repeats, 'repeated row')} before the join.")
    wanted = facts.findings_with(contents, "sentinel", "impossible_value", "mixed_types", "target_aggregate")[:4]
    items += [
        f"Should have been done: {sentence(clean(f.title, 160))} {sentence(clean(f.advice, 160))}" for f in wanted
    ]
    for finding in facts.findings_of(contents, "processing", most=100):
        if finding.code in _TREATED and len(items) < 8:
            items.append(f"Should not have been done without a record: {sentence(clean(finding.title, 160))}")
    items.append(
        "Should not be done: scaling or filling gaps on all rows at once; the model does it on training rows only."
    )
    return tuple(items)


def _read_table(contents: Contents) -> TableBlock:
    rows = []
    for column in contents.reading.columns[:MOST_READ]:
        changed = {kind: n for kind, n in column.coercions.items() if n}
        if changed or column.mixed:
            told = joined([f"{clean(kind, 30).replace('_', ' ')}: {count(n)}" for kind, n in changed.items()])
            mixed = (
                f"{count(column.mixed)} (such as {joined([named(e, 30) for e in column.examples])})"
                if column.mixed
                else "–"
            )
            rows.append((Cell(cell(column.name)), Cell(str(column.storage)), Cell(told or "–"), Cell(mixed)))
    heads = (Head("Column"), Head("Read as"), Head("Cells changed"), Head("Cells that do not fit"))
    return TableBlock("Cells read otherwise than stored", heads, tuple(rows))


def _aside_table(contents: Contents) -> TableBlock:
    rows = tuple(
        (Cell(count(item.row), order=item.row), Cell(cell(item.kind)), Cell(cell(item.text)))
        for item in contents.reading.set_aside[:MOST_READ]
    )
    return TableBlock("Rows set aside", (Head("Row", numeric=True), Head("Kind"), Head("Text")), rows)


def _tested_table(contents: Contents) -> TableBlock:
    rows = tuple(
        (Cell(test.code.replace("_", " ")), Cell(clean(test.how, 200)), Cell(count(test.columns), order=test.columns))
        for test in contents.audit.tested
    )
    heads = (Head("Looked for"), Head("How"), Head("Columns tested", numeric=True))
    return TableBlock("Tested and not found", heads, rows, search=len(rows) > 12)
