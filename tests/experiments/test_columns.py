"""Which column says what."""

from __future__ import annotations

import re
from typing import Any

import pytest

from clientela.domain.column import Field, Storage
from clientela.domain.errors import ClientelaError
from clientela.domain.goal import Goal
from clientela.experiments.columns import of_decisions, of_visits, taken, time_of
from clientela.experiments.options import ExperimentOptions

OWN = [
    Field("user_id", Storage.TEXT),
    Field("Arm", Storage.TEXT),
    Field("ts", Storage.TIMESTAMP),
    Field("order_value", Storage.NUMBER),
    Field("converted", Storage.BOOLEAN),
    Field("seconds", Storage.NUMBER),
    Field("bounce_rate", Storage.NUMBER),
    Field("past revenue", Storage.NUMBER),
]
LATER = [Field("user_id", Storage.TEXT), Field("when", Storage.DATE), Field("spend", Storage.NUMBER)]


def test_columns_are_found_by_their_names() -> None:
    """Variant, visitor, time and outcome are found whatever their case, and told."""
    options = ExperimentOptions(covariates=("past revenue",), guards=("bounce", "time-to-checkout"), by=("converted",))
    found = of_decisions(OWN, options, None)
    assert (found.variant, found.visitor, found.time, found.outcome) == ("Arm", "user_id", "ts", "order_value")
    assert found.guards == ("bounce_rate", "seconds")
    (told,) = taken(found, options)
    assert told == (
        "Taken by their names: 'Arm' for the variant, 'user_id' for the visitor, 'ts' for the time, "
        "'order_value' for the outcome."
    )


def test_what_was_asked_for_wins_and_is_not_told() -> None:
    """A column that was asked for is taken although another has the likelier name."""
    options = ExperimentOptions(variant="Arm", visitor="user_id", time="ts", outcome="past revenue")
    found = of_decisions(OWN, options, None)
    assert found.outcome == "past revenue"
    assert taken(found, options) == []


def test_the_end_of_a_time_is_found_and_told() -> None:
    """For a time to checkout the column that says whether it ended is looked for."""
    options = ExperimentOptions(Goal.TIME_TO_CHECKOUT)
    found = of_decisions(OWN, options, None)
    assert (found.outcome, found.event) == ("seconds", "converted")
    assert "'converted' for the end of a time" in taken(found, options)[0]


def test_outcomes_of_their_own_are_searched_there() -> None:
    """With two tables the outcome is a column of the second, found by visitor; a time is no outcome."""
    found = of_decisions(OWN, ExperimentOptions(), LATER)
    assert found.outcome == "spend"
    timed = of_decisions(OWN, ExperimentOptions(Goal.TIME_TO_CHECKOUT), [*LATER[:2], Field("time", Storage.TIMESTAMP)])
    assert timed.outcome is None


def test_german_names_and_names_of_several_words_are_found() -> None:
    """Case, blanks and signs between words do not matter."""
    names = ("Besucher-ID", "Variante", "Umsatz (EUR)")
    fields = [Field(name, Storage.TEXT if place < 2 else Storage.NUMBER) for place, name in enumerate(names)]
    found = of_decisions(fields, ExperimentOptions(), None)
    assert (found.visitor, found.variant, found.outcome) == names
    assert (
        of_decisions([Field("Visitor ID", Storage.TEXT), *fields[1:]], ExperimentOptions(), None).visitor
        == "Visitor ID"
    )


def test_a_time_that_holds_none_is_refused_on_either_side() -> None:
    """A column of text is no time of decisions, nor of outcomes."""
    with pytest.raises(ClientelaError, match="'Arm' holds text, not times: name another one with --time"):
        of_decisions(OWN, ExperimentOptions(time="Arm"), None)
    with pytest.raises(ClientelaError, match="'spend' holds number, not times"):
        time_of(LATER, "spend")


def test_the_only_time_is_the_time() -> None:
    """A single column of dates is the time whatever its name; of two without a known name none is."""
    assert time_of(LATER, None) == "when"
    assert time_of([*LATER, Field("then", Storage.DATE)], None) is None
    assert time_of([*LATER, Field("then", Storage.DATE)], "then") == "then"
    assert time_of(LATER, "ts") == "when"


@pytest.mark.parametrize(
    ("fields", "options", "later", "told"),
    [
        (LATER, {}, None, "No column says which variant was shown (the columns are 'user_id', 'when', 'spend')"),
        (OWN, {}, LATER[1:], "Decisions and outcomes have no visitor in common"),
        (OWN[1:], {}, LATER, "Decisions and outcomes have no visitor in common"),
        (OWN[:3], {}, None, "No column says what came of it for revenue-per-visit"),
        (OWN, {"goal": Goal.BASKET_SIZE}, LATER[:2], "for basket-size (the columns are 'user_id', 'when')"),
        (OWN, {"variant": "arms"}, None, "There is no column 'arms': did you mean 'Arm'?"),
        (OWN, {"guards": ("margin",)}, None, "There is no guard measure 'margin'"),
        (OWN, {"by": ("Arm",)}, None, "--by names 'Arm', which is the variant or the outcome itself"),
        (OWN, {"covariates": ("spent",), "outcome": "spent"}, None, "There is no column 'spent'"),
        (OWN, {"covariates": ("seconds",), "outcome": "seconds"}, None, "--earlier names 'seconds'"),
    ],
)
def test_what_is_not_there_is_refused(
    fields: list[Field], options: dict[str, Any], later: list[Field] | None, told: str
) -> None:
    """A column that is missing or cannot be meant is one sentence."""
    with pytest.raises(ClientelaError, match=re.escape(told)):
        of_decisions(fields, ExperimentOptions(**options), later)


def test_visits_need_no_variant() -> None:
    """A plan works without a variant, also where a column has that name, and never names one of its own."""
    assert of_visits(OWN, ExperimentOptions()).variant == "variant"
    assert of_visits([*OWN, Field("variant", Storage.TEXT)], ExperimentOptions()).variant == "variant_"
    with pytest.raises(ClientelaError, match=r"no column 'x': the columns are (?!.*'variant')"):
        of_visits(OWN, ExperimentOptions(outcome="x"))
