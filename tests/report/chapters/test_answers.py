"""Answers where the data are other than usual."""

from __future__ import annotations

from dataclasses import replace

from clientela.domain.reading import SetAside
from clientela.models.result import TargetKind
from clientela.report.blocks import Bullets, Callout, Cards
from clientela.report.chapters.deploying import deploying
from clientela.report.chapters.done import done
from clientela.report.chapters.groups import groups
from clientela.report.chapters.joined_columns import joined_columns
from clientela.report.chapters.model import model
from clientela.report.chapters.next_steps import next_steps
from clientela.report.chapters.running import running
from clientela.report.chapters.seeing import seeing
from clientela.report.chapters.segments import segments
from clientela.report.chapters.which_data import which_data
from clientela.report.contents import Contents

from ..contents_made import about


def test_sampling_is_said(made: dict[str, Contents]) -> None:
    """Where relations or the model rest on a sample, the chapters say how many rows it has."""
    shop = made["shop"]
    assert shop.model is not None
    audit = replace(shop.audit, table=replace(shop.audit.table, rows=900_000, sampled=20_000))
    sampled = replace(shop, audit=audit, model=replace(shop.model, table_rows=900_000))
    assert "20,000 rows" in " ".join(seeing(sampled).limits)
    assert "a sample of 900,000" in which_data(sampled).answer
    block = deploying(sampled).blocks[0]
    assert isinstance(block, Bullets)
    assert "the model on a sample of 5,000 rows" in block.items[0]


def test_one_row_set_aside_was(made: dict[str, Contents]) -> None:
    """One row was set aside, several were; one row repeats, several repeat."""
    shop = made["shop"]
    once = replace(shop.reading, set_aside=(SetAside(1, "title", "x"),), set_aside_count=1)
    assert "1 row without data was set aside" in done(replace(shop, reading=once)).answer
    single = replace(shop, audit=replace(shop.audit, table=replace(shop.audit.table, duplicate_rows=1)))
    assert "1 row repeats an earlier one" in seeing(single).answer


def test_joined_columns_without_a_model(made: dict[str, Contents]) -> None:
    """Their worth is said to be unknown, and a missing block is said to be missing."""
    shop = made["shop"]
    quiet = replace(shop, model=None, audit=replace(shop.audit, findings=()))
    answer = joined_columns(quiet).answer
    assert "No shared key or block could be recognised." in answer
    assert "known only after a model was learned" in answer


def test_a_label_without_a_model_points_to_the_findings(made: dict[str, Contents]) -> None:
    """A label from which nothing could be learned is named."""
    assert "from the label “revenue_group”" in model(replace(made["shop"], model=None)).answer


def test_a_model_without_groups_answers(made: dict[str, Contents]) -> None:
    """Without groups nothing is said about where it fails or what rows would help."""
    shop = made["shop"]
    assert shop.model is not None
    bare = replace(shop, model=replace(shop.model, groups=(), variations=(), left_out=(), importance=()))
    assert "It fails most" not in model(bare).answer
    assert "Real rows help" not in which_data(bare).answer
    assert "no revenue groups yet" in groups(bare).answer


def test_derived_groups_say_how(made: dict[str, Contents]) -> None:
    """Groups that were derived say how; without a curve nothing is said about reach; classes are answers."""
    shop = made["shop"]
    assert shop.model is not None
    target = replace(shop.model.target, derived="Quarters of the revenue of buyers", kind=TargetKind.CLASSES)
    chapter = groups(replace(shop, model=replace(shop.model, target=target, gain=())))
    assert "5 answers. Quarters of the revenue of buyers." in chapter.answer
    assert not any(text.startswith("Reach") for b in chapter.blocks if isinstance(b, Bullets) for text in b.items)


def test_segments_that_part_little_are_said_to(made: dict[str, Contents]) -> None:
    """A weak separation is called weak, an unmeasured one is not called anything, none found is an answer."""
    shop = made["shop"]
    assert shop.segments is not None
    weak = replace(shop, segments=replace(shop.segments, separation=about(0.02, 0.01)))
    assert "part value weakly" in segments(weak).answer
    unmeasured = replace(shop, segments=replace(shop.segments, separation=None))
    assert "part value" not in segments(unmeasured).answer
    nothing = replace(shop, segments=replace(shop.segments, segments=shop.segments.segments[:1]))
    assert "serve all visitors the same page" in segments(nothing).answer


def test_intervals_that_are_missing_are_not_shown(made: dict[str, Contents]) -> None:
    """A segment's share without an interval stands alone."""
    shop = made["shop"]
    assert shop.segments is not None
    blind = tuple(
        replace(segment, share=replace(segment.share, low=float("nan")), mean_revenue=None)
        for segment in shop.segments.segments
    )
    chapter = segments(replace(shop, segments=replace(shop.segments, segments=blind)))
    cards = chapter.blocks[0]
    assert isinstance(cards, Cards)
    assert cards.items[0].facts[0].note == ""


def test_a_command_is_shown_where_there_is_one(made: dict[str, Contents]) -> None:
    """The command that makes the report again is shown; without a model the first columns are watched."""
    assert any(isinstance(block, Callout) for block in running(made["shop"]).blocks)
    assert not any(isinstance(block, Callout) for block in running(replace(made["shop"], command="")).blocks)
    assert len(running(replace(made["shop"], model=None)).blocks) == 4


def test_next_steps_without_trouble(made: dict[str, Contents]) -> None:
    """No open warning is said; one is singular; known limits are gathered."""
    shop = made["shop"]
    assert next_steps(made["minimal"]).answer.startswith("The audit left no warning open.")
    one = replace(shop, audit=replace(shop.audit, findings=shop.audit.findings[:1]))
    assert next_steps(one).answer.startswith("1 warning or blocker of the audit is open.")
    assert any(isinstance(block, Callout) for block in next_steps(shop).blocks)
