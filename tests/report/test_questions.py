"""The eleven questions, answered or not."""

from __future__ import annotations

import pytest

from clientela.report.contents import Contents
from clientela.report.questions import chapters

WORDS = "data done joined belong model revenue segments users regularly deployed next"


@pytest.mark.parametrize("name", ["shop", "binary", "minimal", "hostile", "wide"])
def test_all_questions_are_answered(made: dict[str, Contents], name: str) -> None:
    """Eleven questions, each with an answer of a paragraph, whatever was reached."""
    answered = chapters(made[name])
    assert len(answered) == 11
    assert len({chapter.slug for chapter in answered}) == 11
    assert all(60 < len(chapter.answer) < 1600 for chapter in answered)
    assert all(word in chapter.question for word, chapter in zip(WORDS.split(), answered, strict=True))
    assert all(chapter.question.endswith("?") for chapter in answered)


def test_what_does_not_exist_is_said(made: dict[str, Contents]) -> None:
    """What serves pages, and clouds, are said not to exist yet."""
    by_slug = {chapter.slug: chapter for chapter in chapters(made["shop"])}
    for slug in ("effect", "deploying"):
        said = by_slug[slug].answer + " ".join(by_slug[slug].limits)
        assert "not yet" in said or "does not" in said or "no live" in said
