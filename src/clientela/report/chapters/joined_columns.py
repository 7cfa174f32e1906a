"""Where do the joined columns come from, and what are they worth?"""

from __future__ import annotations

import math

from clientela.audit.result import Profile
from clientela.language import bare, retold, say
from clientela.report import facts
from clientela.report.blocks import Block, Cell, Chapter, Findings, Head, TableBlock
from clientela.report.contents import Contents
from clientela.report.headlines import worth_of_data
from clientela.report.numbers import count, percent, score
from clientela.report.text import cell, clean, plural

MOST_JOINED = 120


def joined_columns(contents: Contents) -> Chapter:
    """Return the chapter on the origin and the worth of the joined columns."""
    profiles = facts.joined_profiles(contents)
    found = facts.findings_with(contents, "joined_block", "fanout", "derived", "redundant")[:10]
    blocks: list[Block] = [Findings(found, len(found))] if found else []
    if profiles:
        blocks.append(_table(contents, profiles))
    return Chapter(
        "joined",
        say("Joined columns"),
        say("Where do the joined columns come from, and what are they worth?"),
        _answer(contents, profiles),
        tuple(blocks),
        (
            say(
                "The kind of a joined block is a likely reading of its names, values and gaps; only the team that "
                "built the join can confirm it."
            ),
        ),
    )


def _answer(contents: Contents, profiles: tuple[Profile, ...]) -> str:
    if not profiles:
        return say(
            "No column is known to be joined. Say which columns were collected on the site itself (such as "
            "`--collected A:E`): the others are then treated as joined, and their worth is measured apart."
        )
    blocks = facts.findings_with(contents, "joined_block")
    text = say(
        "{columns} of {columns_2} came from elsewhere. ",
        columns=plural(len(profiles), "column"),
        columns_2=count(contents.audit.table.columns),
    )
    text += (
        say("They form {recognised_blocks}. ", recognised_blocks=plural(len(blocks), "recognised block"))
        if blocks
        else say("No shared key or block could be recognised. ")
    )
    share = facts.importance_of(contents.model, [p.column.name for p in profiles])
    if share is None:
        return say(
            "{text}What they are worth is known only after a model was learned with and without them.", text=text
        )
    worth = worth_of_data(contents) if contents.model and facts.collected_only(contents.model) else ""
    return say(
        "{text}They carry {share} of what the model listens to. {worth}", text=text, share=percent(share), worth=worth
    ).strip()


def _table(contents: Contents, profiles: tuple[Profile, ...]) -> TableBlock:
    shares = {item.column: item.share for item in contents.model.importance} if contents.model else {}
    heads = (
        Head(say("Column")),
        Head(say("Letter")),
        Head(say("Known")),
        Head(say("Rows matched"), numeric=True),
        Head(say("Signal alone"), numeric=True),
        Head(say("Share of the model"), numeric=True),
        Head(say("Came in by")),
    )
    keys = _keys(contents)
    rows = tuple(
        _row(p, position, shares.get(p.column.name), keys.get(p.column.name, "–"))
        for position, p in enumerate(profiles[:MOST_JOINED])
    )
    note = (
        say("The first {rows} of {profiles}.", rows=count(len(rows)), profiles=count(len(profiles)))
        if len(profiles) > len(rows)
        else ""
    )
    return TableBlock(say("The joined columns and what they carry"), heads, rows, search=len(rows) > 12, note=note)


def _keys(contents: Contents) -> dict[str, str]:
    """Return the key of the block of each column that is in one."""
    found = facts.findings_with(contents, "joined_block")
    return {name: clean(bare(retold(str(f.evidence.get("key", "–")))), 60) for f in found for name in f.columns}


def _row(profile: Profile, position: int, share: float | None, key: str) -> tuple[Cell, ...]:
    matched = 1 - facts.missing_share(profile)
    signal = profile.signal.value if profile.signal else math.nan
    return (
        Cell(cell(profile.column.name)),
        Cell(clean(profile.letter, 4), order=float(position)),
        Cell(say(str(profile.column.available))),
        Cell(percent(matched), order=matched, share=matched),
        Cell(score(signal), order=0.0 if math.isnan(signal) else signal),
        Cell(percent(share), order=share or 0.0, share=share),
        Cell(key),
    )
