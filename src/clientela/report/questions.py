"""The questions a report answers, in their order."""

from __future__ import annotations

from clientela.report.blocks import Chapter
from clientela.report.chapters.deploying import deploying
from clientela.report.chapters.done import done
from clientela.report.chapters.effect import effect
from clientela.report.chapters.groups import groups
from clientela.report.chapters.joined_columns import joined_columns
from clientela.report.chapters.model import model
from clientela.report.chapters.next_steps import next_steps
from clientela.report.chapters.running import running
from clientela.report.chapters.seeing import seeing
from clientela.report.chapters.segments import segments
from clientela.report.chapters.which_data import which_data
from clientela.report.contents import Contents

CHAPTERS = (
    seeing,
    done,
    joined_columns,
    which_data,
    model,
    groups,
    segments,
    effect,
    running,
    deploying,
    next_steps,
)


def chapters(contents: Contents) -> tuple[Chapter, ...]:
    """Return all eleven questions answered, in order; one the data cannot answer says what it would need."""
    return tuple(build(contents) for build in CHAPTERS)
