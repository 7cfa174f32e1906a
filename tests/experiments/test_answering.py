"""The answer in a sentence, and what to do."""

from __future__ import annotations

import math
from dataclasses import replace

from clientela.domain.estimate import Estimate
from clientela.domain.finding import Severity
from clientela.domain.goal import Goal
from clientela.experiments.answering import advise, answer_of, leading
from clientela.experiments.goals import SHARE
from clientela.experiments.result import Doubt, Effect, Trouble


def effect(variant: str, value: float, half: float, better: int = 1, measure: str = "revenue") -> Effect:
    """Return an effect with its interval at any look."""
    one = Estimate(value, value - half, value + half, 1000, "made")
    lift = Estimate(value / 10, math.nan, math.nan, 1000, "made")
    p = 0.001 if abs(value) > half else 0.9
    return Effect(measure, variant, "a", "money per visit", better, one, lift, one, p, p, p)


def doubt(severity: Severity, code: Trouble = Trouble.NOVELTY) -> Doubt:
    """Return a doubt."""
    return Doubt(code, severity, (), "Something is odd.", {}, "Look.")


def test_a_sure_effect_is_named_with_its_interval() -> None:
    """The best sure variant is named, with difference, per cent and interval, and rolled out."""
    effects = [effect("b", 1.0, 0.5), effect("c", 2.0, 0.5)]
    assert answer_of(Goal.REVENUE_PER_VISIT, effects, []) == (
        "c raises revenue per visit by 2 money per visit (+20.0 %), between 1.5 and 2.5 at any look."
    )
    assert advise(effects, [], []) == "Roll out c."
    assert advise(effects, [], [doubt(Severity.WARNING)]) == "Roll out c only after the doubts above are settled."


def test_shares_are_said_in_points() -> None:
    """The difference of two shares is said in percentage points, sure or not."""
    sure = replace(effect("b", 0.0068, 0.002), unit=SHARE)
    assert answer_of(Goal.CONVERSION, [sure], []) == (
        "b raises conversion by 0.68 percentage points (+0.1 %), between 0.48 and 0.88 at any look."
    )
    open_ = replace(effect("b", 0.001, 0.002), unit=SHARE)
    assert answer_of(Goal.CONVERSION, [open_], []).endswith("lies between -0.1 and 0.3 percentage points.")


def test_where_less_is_better_the_lowest_wins() -> None:
    """A shorter time is good, and said to be lower."""
    effects = [effect("b", -1.0, 0.5, better=-1)]
    assert "b lowers time to checkout by 1" in answer_of(Goal.TIME_TO_CHECKOUT, effects, [])
    assert advise(effects, [], []) == "Roll out b."


def test_a_guard_that_got_worse_holds_the_roll_out() -> None:
    """A harmed guard is named; one that got better does no harm."""
    effects = [effect("b", 1.0, 0.5)]
    harmed = [effect("b", 0.3, 0.1, better=-1, measure="bounce")]
    assert advise(effects, harmed, []) == "Do not roll out yet: b helps the goal, but makes bounce worse."
    assert advise(effects, [effect("b", -0.3, 0.1, better=-1)], []) == "Roll out b."


def test_a_blocker_voids_the_answer() -> None:
    """Nothing else is said where a blocker stands."""
    blocked = [doubt(Severity.WARNING), doubt(Severity.BLOCKER)]
    assert answer_of(Goal.CONVERSION, [effect("b", 1.0, 0.5)], blocked) == (
        "The experiment cannot be used: something is odd."
    )
    assert advise([effect("b", 1.0, 0.5)], [], blocked).startswith("Do not use this result")


def test_what_cannot_be_told_says_how_long_it_may_take() -> None:
    """Unsure effects are given with their interval, and how many times the visitors would do."""
    effects = [effect("b", 1.0, 2.0)]
    assert answer_of(Goal.RETENTION, effects, []) == (
        "It cannot be told yet whether any variant moves retention: for b the difference lies between -1 and 3 "
        "money per visit."
    )
    assert advise(effects, [], []).endswith("about 4 times as many visitors in all will do.")
    assert "would not be seen in a hundred times" in advise([effect("b", 0.1, 2.0)], [], [])
    assert advise([effect("b", 0.0, 2.0)], [], []).endswith("how long that takes cannot be told yet.")


def test_too_early_is_said_without_infinities() -> None:
    """Before anything can be said no number is given."""
    effects = [effect("b", 1.0, math.inf)]
    assert answer_of(Goal.CONVERSION, effects, []) == (
        "It cannot be told yet whether any variant moves conversion: too few outcomes have been seen."
    )
    early = [doubt(Severity.WARNING, Trouble.TOO_EARLY)]
    assert advise(effects, [], early).startswith("Keep running: too few outcomes")


def test_worse_everywhere_is_stopped() -> None:
    """Where each variant is surely worse the experiment stops; an effect without a lift has none in its sentence."""
    one = effect("b", -1.0, 0.5)
    assert advise([one], [], []) == "Stop: no variant is better than the control, and each is worse."


def test_a_variant_that_is_worse_is_stopped_and_the_others_run_on() -> None:
    """How long it may take goes by those that are not sure, not by the one that is."""
    effects = [effect("b", -5.0, 0.5), effect("c", 1.0, 2.0)]
    assert advise(effects, [], []) == (
        "Stop b: worse than the control. Keep the others running until the interval for any look leaves zero; if it is "
        "as large as it looks now, about 4 times as many visitors in all will do."
    )
    early = [doubt(Severity.WARNING, Trouble.TOO_EARLY)]
    assert advise(effects, [], early).startswith("Stop b: worse than the control. Keep running: too few outcomes")


def test_the_effect_that_leads_is_the_one_answered() -> None:
    """A sure effect leads before a larger one that is not, and the best of those that are alike."""
    sure, large, small = effect("b", 1.0, 0.5), effect("c", 2.0, 3.0), effect("d", 0.5, 3.0)
    assert leading([large, sure]) is sure
    assert leading([small, large]) is large
    assert answer_of(Goal.CONVERSION, [large, sure], []).startswith("b raises")
