"""What problems and challenges remain, and what should happen next?"""

from __future__ import annotations

from clientela.language import retold, say
from clientela.report import facts
from clientela.report.blocks import Block, Bullets, Callout, Chapter
from clientela.report.contents import Contents
from clientela.report.text import clean, names, plural, sentence

MOST_STEPS = 8
MOST_LIMITS = 8


def next_steps(contents: Contents) -> Chapter:
    """Return the chapter on what remains and what to do, in order."""
    serious = facts.serious(contents)
    count = plural(len(serious), "warning or blocker", "warnings and blockers")
    open_now = say("{count} of the audit are open", count=count)
    if len(serious) == 1:
        open_now = say("{count} of the audit is open", count=count)
    if not serious:
        open_now = say("The audit left no warning open")
    blocks: list[Block] = [Bullets(steps(contents), ordered=True)]
    limits = _limits(contents)
    if limits:
        blocks.append(Callout("plain", say("Known limits of this run"), " ".join(limits)))
    return Chapter(
        "next",
        say("Next steps"),
        say("What problems and challenges remain, and what should happen next?"),
        say(
            "{open_now}. Beyond them three things are not known from these data: where the joined columns really "
            "come from, whether the extract stands for the whole, and what a personalised page changes. The steps "
            "below settle them in this order.",
            open_now=open_now,
        ),
        tuple(blocks),
    )


def steps(contents: Contents) -> tuple[str, ...]:
    """Return what to do next, most important first."""
    items = [f"{sentence(clean(f.title, 140))} {sentence(clean(f.advice, 200))}" for f in facts.serious(contents)[:4]]
    joined = facts.joined_profiles(contents)
    if joined:
        items.append(
            say(
                "Ask who built the join of {column}: source, key, date and refresh.",
                column=names([p.column.name for p in joined], 2),
            )
        )
    else:
        items.append(say("Say which columns were collected on the site and which were joined (`--collected`)."))
    if contents.model is None:
        items.append(say("Name the label or a revenue column, and run again."))
    else:
        items.append(say("Score the newest extract and check that the score ranks it as well as it ranks this one."))
    if facts.best_segment(contents) is not None:
        items.append(
            say("Serve the first segment its own page, with a random holdout, until the planned size is reached.")
        )
    items.append(
        say(
            "Ask for the rows and columns left out of the extract, and compare a few shares with the site's own "
            "numbers."
        )
    )
    return tuple(items[:MOST_STEPS])


def _limits(contents: Contents) -> list[str]:
    notes = [*contents.notes, *contents.reading.notes]
    if contents.model is not None:
        notes += contents.model.notes
    if contents.segments is not None:
        notes += contents.segments.notes
    return [retold(sentence(clean(note, 240))) for note in dict.fromkeys(notes)][:MOST_LIMITS]
