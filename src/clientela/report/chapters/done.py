"""What has been done already, what has not, and what else should have been?"""

from __future__ import annotations

from collections import Counter

from clientela.language import retold, say
from clientela.report import facts
from clientela.report.blocks import Block, Bullets, Cell, Chapter, Details, Findings, Head, TableBlock
from clientela.report.contents import Contents
from clientela.report.localised import code_name
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
        say("What was done"),
        say("What has been done already? What has not? What else should, and should not, have been done?"),
        _answer(contents),
        tuple(blocks),
        (
            say(
                "Processing is recognised by its traces: what leaves none (rows dropped before the extract, a model's "
                "imputation) is not seen."
            ),
        ),
    )


def _answer(contents: Contents) -> str:
    before = facts.findings_of(contents, "processing", most=1000)
    kinds = joined([code_name(code) for code in dict.fromkeys(f.code for f in before)])
    columns = {name for finding in before for name in finding.columns}
    done_before = (
        say(
            "Someone worked on these data before: traces in {columns} ({kinds}).",
            columns=plural(len(columns), "column"),
            kinds=kinds,
        )
        if before
        else say("No trace of earlier processing was found.")
    )
    return f"{done_before} {_reading(contents)} {_untouched(contents)}".strip()


def _reading(contents: Contents) -> str:
    reading = contents.reading
    changes: Counter[str] = Counter()
    for column in reading.columns:
        changes.update({retold(clean(kind, 30).replace("_", " ")): n for kind, n in column.coercions.items() if n})
    told = joined([say("{name} ({n} cells)", name=name, n=count(n)) for name, n in changes.most_common(4)])
    coerced = (
        say("cells were read as what they mean: {told}", told=told)
        if told
        else say("no cell had to be read otherwise than it is stored")
    )
    aside = say("nothing was set aside")
    if reading.set_aside_count:
        rows = plural(reading.set_aside_count, "row")
        aside = say("{rows} without data were set aside", rows=rows)
        if reading.set_aside_count == 1:
            aside = say("{rows} without data was set aside", rows=rows)
    return say(
        "While reading {source_phrase}, {aside} and {coerced}.",
        source_phrase=facts.source_phrase(contents),
        aside=aside,
        coerced=coerced,
    )


def _untouched(contents: Contents) -> str:
    tested = [code_name(test.code) for test in contents.audit.tested]
    return say("Looked for and not found: {tested}.", tested=joined(list(dict.fromkeys(tested)))) if tested else ""


def _should(contents: Contents) -> tuple[str, ...]:
    items = []
    if contents.audit.table.duplicate_rows:
        repeats = contents.audit.table.duplicate_rows
        items.append(
            say(
                "Should have been done: drop or explain {repeated_rows} before the join.",
                repeated_rows=plural(repeats, "repeated row"),
            )
        )
    wanted = facts.findings_with(contents, "sentinel", "impossible_value", "mixed_types", "target_aggregate")[:4]
    items += [
        say(
            "Should have been done: {title} {advice}",
            title=sentence(clean(f.title, 160)),
            advice=sentence(clean(f.advice, 160)),
        )
        for f in wanted
    ]
    for finding in facts.findings_of(contents, "processing", most=100):
        if finding.code in _TREATED and len(items) < 8:
            items.append(
                say("Should not have been done without a record: {title}", title=sentence(clean(finding.title, 160)))
            )
    items.append(
        say("Should not be done: scaling or filling gaps on all rows at once; the model does it on training rows only.")
    )
    return tuple(items)


def _read_table(contents: Contents) -> TableBlock:
    rows = []
    for column in contents.reading.columns[:MOST_READ]:
        changed = {kind: n for kind, n in column.coercions.items() if n}
        if changed or column.mixed:
            told = joined([f"{retold(clean(kind, 30).replace('_', ' '))}: {count(n)}" for kind, n in changed.items()])
            mixed = (
                say(
                    "{mixed} (such as {e})",
                    mixed=count(column.mixed),
                    e=joined([named(e, 30) for e in column.examples]),
                )
                if column.mixed
                else "–"
            )
            rows.append((Cell(cell(column.name)), Cell(say(str(column.storage))), Cell(told or "–"), Cell(mixed)))
    heads = (Head(say("Column")), Head(say("Read as")), Head(say("Cells changed")), Head(say("Cells that do not fit")))
    return TableBlock(say("Cells read otherwise than stored"), heads, tuple(rows))


def _aside_table(contents: Contents) -> TableBlock:
    rows = tuple(
        (Cell(count(item.row), order=item.row), Cell(retold(cell(item.kind))), Cell(cell(item.text)))
        for item in contents.reading.set_aside[:MOST_READ]
    )
    return TableBlock(
        say("Rows set aside"), (Head(say("Row"), numeric=True), Head(say("Kind")), Head(say("Text"))), rows
    )


def _tested_table(contents: Contents) -> TableBlock:
    rows = tuple(
        (Cell(code_name(test.code)), Cell(retold(clean(test.how, 200))), Cell(count(test.columns), order=test.columns))
        for test in contents.audit.tested
    )
    heads = (Head(say("Looked for")), Head(say("How")), Head(say("Columns tested"), numeric=True))
    return TableBlock(say("Tested and not found"), heads, rows, search=len(rows) > 12)
