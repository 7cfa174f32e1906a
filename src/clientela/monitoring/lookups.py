"""Numbers that a category gives, as a price list or a joined table does: what is a code, which rows hold others."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import polars as pl

from clientela.domain.incident import Cause
from clientela.monitoring.columns import MOST_LEVELS, Flags, Floats, Kind, Side
from clientela.monitoring.contract import Rule
from clientela.monitoring.restored import LEAST_CAPPED, capped, wrapped
from clientela.monitoring.transforms import unit_of

NEAR = 1e-9
"""Relative distance of numbers that are the same."""

RENEWED = 0.2
"""Share of the levels that may have a new number each in all their rows: lists are kept up to date."""

LEAST_CODES, LEAST_TURNS = 8, 4
"""Codes, and turns of what they give, from which they show that they are in no order; at random two of three turn."""

TRIED = 500
"""Rows on which most columns show that nothing gives them."""

UNSURE = 0.02
"""Share of the codes that may have had two numbers."""

LEAST = 2
"""Rows of a level that hold one new number, so that it is the level's."""


def codes_among(frame: pl.DataFrame, kinds: Mapping[str, Kind]) -> dict[str, Kind]:
    """Return whole numbers by which other columns were looked up, so that they are codes, with their kind.

    What a code gives goes up and down as the code rises; of what a quantity gives, as a group of ages or a tier of
    prices, it does so now and then. A number shows it, or two columns: one category may follow a quantity by turns. Of
    two that give each other the first is the code.
    """
    found: dict[str, Kind] = {}
    given: set[str] = set()
    for name, kind in kinds.items():
        if kind is not Kind.NUMBER or name in given or not _may_be_code(frame[name]):
            continue
        others = [other for other, of in kinds.items() if other != name and of in (Kind.NUMBER, Kind.CATEGORY)]
        rough = [other for other in others if _turns(frame[name], frame[other])]
        if len(rough) > 1 or Kind.NUMBER in [kinds[other] for other in rough]:
            found[name] = Kind.CATEGORY if frame[name].drop_nulls().n_unique() <= MOST_LEVELS else Kind.TEXT
            given.update(rough)
    return found


def _may_be_code(series: pl.Series) -> bool:
    if not series.dtype.is_integer():
        return False
    held = series.drop_nulls()
    return LEAST_CODES <= held.n_unique() <= len(held) / 10


def _turns(codes: pl.Series, series: pl.Series) -> bool:
    """Tell whether a column is the same for all rows of a code, and turns up or down at every few codes."""
    both = pl.DataFrame({"code": codes, "given": series.rank("dense")}).drop_nulls()
    head = both.head(TRIED).group_by("code").agg(pl.col("given").n_unique())
    if head.filter(pl.col("given") > 1).height > UNSURE * head.height:
        return False
    groups = both.group_by("code").agg(pl.col("given").n_unique().alias("values"), pl.col("given").median())
    if groups.filter(pl.col("values") > 1).height > UNSURE * groups.height:
        return False
    steps = np.sign(np.diff(groups.sort("code")["given"].to_numpy()))
    steps = steps[steps != 0]
    return int((steps[1:] != steps[:-1]).sum()) >= max(LEAST_TURNS, groups.height / 4)


def given_by(rule: Rule, side: Side, reference: Side) -> Floats:
    """Return for each row the number that the reference has for its level, the commonest one; NaN for a new level."""
    keys = pl.DataFrame({"left": side.texts[rule.left]})
    listed = keys.join(the_list(rule, reference), on="left", how="left", maintain_order="left")
    return listed["right"].fill_null(float("nan")).to_numpy()


def the_list(rule: Rule, reference: Side) -> pl.DataFrame:
    """Return the levels of the reference (`left`) with the number or level that each gives (`right`)."""
    given = reference.texts.get(rule.right)
    right = pl.Series(reference.numbers[rule.right], nan_to_null=True) if given is None else given
    return commonest(reference.texts[rule.left], right)


def commonest(left: pl.Series, right: pl.Series) -> pl.DataFrame:
    """Return each value on the left (`left`) with the commonest of those on the right (`right`)."""
    pairs = pl.DataFrame({"left": left, "right": right}).drop_nulls().group_by("left", "right").len()
    pairs = pairs.sort("len", "right", descending=[True, False])
    return pairs.unique("left", keep="first", maintain_order=True).select("left", "right")


def broken_lookup(rule: Rule, side: Side, reference: Side) -> Flags:
    """Return which rows have another number than their level gives, but for a few levels that got a new one."""
    apart = other_number(rule, side, reference)
    if not apart.any():
        return apart
    known = given_by(rule, side, reference)
    asked = pl.DataFrame(
        {"level": side.texts[rule.left], "now": side.numbers[rule.right], "apart": apart, "known": known}
    )
    levels = (
        asked.filter(pl.col("known").is_not_nan(), pl.col("now").is_not_nan())
        .group_by("level")
        .agg(
            pl.col("now", "known").first(),
            new=pl.col("apart").all() & (pl.col("now").n_unique() == 1) & (pl.len() >= LEAST),
        )
    )
    new = levels.filter("new")
    # two that have each other's number changed their names
    renewed = new.join(new, left_on=["now", "known"], right_on=["known", "now"], how="anti")["level"]
    if len(renewed) < RENEWED * levels.height and not _of_a_field(rule, side, new):
        apart &= ~side.texts[rule.left].is_in(renewed.implode()).fill_null(value=False).to_numpy()
    return apart


def _of_a_field(rule: Rule, side: Side, renewed: pl.DataFrame) -> bool:
    """Tell whether all new numbers of levels ended, or began anew, at the limit of a field: no list is kept so."""
    now, known = (renewed[name].to_numpy() for name in ("now", "known"))
    if np.unique(known).size < LEAST_CAPPED:
        return False
    within = 0.5 * unit_of(side.numbers[rule.right]) + NEAR
    ended, began = (way(now, known, within)[0] is Cause.OVERFLOW for way in (capped, wrapped))
    return began or (ended and float(np.nanmax(side.numbers[rule.right])) <= float(now.max()))


def other_number(rule: Rule, side: Side, reference: Side) -> Flags:
    """Return which rows have another number than their level gives."""
    now, known = side.numbers[rule.right], given_by(rule, side, reference)
    with np.errstate(invalid="ignore"):
        apart: Flags = np.abs(now - known) > NEAR * np.maximum(1.0, np.abs(known))
    return apart
