"""Facts that several chapters speak of."""

from __future__ import annotations

from dataclasses import replace

import pytest

from clientela.models.result import TargetKind
from clientela.report import facts
from clientela.report.contents import Contents


def _audited(contents: Contents, balance: tuple[tuple[str, int], ...], order: tuple[str, ...] = ()) -> Contents:
    roles = replace(contents.audit.roles, order=order)
    return replace(contents, model=None, audit=replace(contents.audit, balance=balance, roles=roles))


def test_base_rate_without_a_model(made: dict[str, Contents]) -> None:
    """Ordered classes: all but the lowest. Two classes: the rarer. Otherwise there is no such rate."""
    shop = made["shop"]
    assert facts.base_rate(_audited(shop, (("a", 75), ("b", 20), ("c", 5)), ("a", "b", "c"))) == 0.25
    assert facts.base_rate(_audited(shop, (("a", 20), ("b", 80)))) == 0.2
    assert facts.base_rate(_audited(shop, (("a", 20), ("b", 40), ("c", 40)))) is None
    assert facts.base_rate(_audited(shop, ())) is None
    assert facts.base_rate(_audited(shop, (("a", 0),))) is None


def test_base_rate_with_a_model(made: dict[str, Contents]) -> None:
    """The share above the lowest class; classes without order have none."""
    shop = made["shop"]
    assert shop.model is not None
    assert facts.base_rate(shop) == pytest.approx(0.39)
    plain = replace(shop.model, target=replace(shop.model.target, kind=TargetKind.CLASSES))
    assert facts.base_rate(replace(shop, model=plain)) is None
    assert facts.outcome_phrase(plain) == "of a given class of “revenue_group”"


def test_danger_falls_back_to_the_most_serious(made: dict[str, Contents]) -> None:
    """Without a suspected leak the first warning is the danger; without a warning there is none."""
    found = facts.danger(made["binary"])
    assert found is not None
    assert found.code == "sentinel"
    assert facts.danger(made["minimal"]) is None


def test_empty_columns_have_no_missing_share(made: dict[str, Contents]) -> None:
    """A table without rows has no gaps."""
    assert facts.missing_share(replace(made["minimal"].audit.columns[0], rows=0)) == 0


def test_best_fifth_needs_a_curve(made: dict[str, Contents]) -> None:
    """The nearest point inside the curve is taken; the ends are none."""
    model = made["shop"].model
    assert model is not None
    point = facts.best_fifth(model)
    assert point is not None
    assert point.share == 0.2
    assert facts.best_fifth(replace(model, gain=(model.gain[0], model.gain[-1]))) is None


def test_best_group_without_money_is_the_highest(made: dict[str, Contents]) -> None:
    """With money the group with the highest mean, without it the highest class."""
    shop, binary = made["shop"].model, made["binary"].model
    assert shop is not None
    assert binary is not None
    assert facts.best_group(shop).name == "top"
    assert facts.best_group(replace(shop, groups=shop.groups[::-1])).name == "top"
    assert facts.best_group(binary).name == "TRUE"


def test_one_segment_is_no_best_segment(made: dict[str, Contents]) -> None:
    """Where all visits are one segment there is none to serve first."""
    shop = made["shop"]
    assert shop.segments is not None
    first = shop.segments.segments[0]
    assert facts.best_segment(shop) == first
    assert facts.best_segment(replace(shop, segments=replace(shop.segments, segments=(first,)))) is None


def test_visits_above_a_group_that_paid_are_not_said_to_buy(made: dict[str, Contents]) -> None:
    """Whoever is above a group without revenue buys, by its money or else its name; above others they are above it."""
    shop = made["shop"].model
    assert shop is not None
    assert facts.doing(shop) == facts.doing(None) == "buy"
    lowest = shop.groups[0]
    for low, name, told in (
        (lowest, "none", "buy"),
        (replace(lowest, high=None), "none", "buy"),
        (replace(lowest, high=12.5), "none", "are above the group “none”"),
        (replace(lowest, high=None), "bronze", "are above the group “bronze”"),
    ):
        target = replace(shop.target, classes=(name, *shop.target.classes[1:]))
        assert facts.doing(replace(shop, target=target, groups=(low, *shop.groups[1:]))) == told
