"""The answer in one sentence, and what to do."""

from __future__ import annotations

import math
from collections.abc import Sequence

from clientela.domain.finding import Severity
from clientela.domain.goal import Goal
from clientela.experiments.goals import SHARE
from clientela.experiments.result import Doubt, Effect, Trouble

_WORDS = {
    Goal.CONVERSION: "conversion",
    Goal.REVENUE_PER_VISIT: "revenue per visit",
    Goal.BASKET_SIZE: "basket size",
    Goal.RETENTION: "retention",
    Goal.TIME_TO_CHECKOUT: "time to checkout",
}
_MOVED = {
    Goal.CONVERSION: ("lowers conversion by", "raises conversion by"),
    Goal.REVENUE_PER_VISIT: ("lowers revenue per visit by", "raises revenue per visit by"),
    Goal.BASKET_SIZE: ("lowers basket size by", "raises basket size by"),
    Goal.RETENTION: ("lowers retention by", "raises retention by"),
    Goal.TIME_TO_CHECKOUT: ("lowers time to checkout by", "raises time to checkout by"),
}


def answer_of(goal: Goal, effects: Sequence[Effect], doubts: Sequence[Doubt]) -> str:
    """Return the answer in one sentence.

    Args:
        goal: What the business wants moved.
        effects: Effects on it, one per variant.
        doubts: What makes it doubtful.
    """
    if any(doubt.severity is Severity.BLOCKER for doubt in doubts):
        return "The experiment cannot be used: " + _blocking(doubts) + "."
    best = leading(effects)
    if not best.sure:
        if math.isinf(best.any_look.low) or math.isinf(best.any_look.high):
            return f"It cannot be told yet whether any variant moves {_WORDS[goal]}: too few outcomes have been seen."
        times, unit = _scale(best)
        low, high = (_number(times * end) for end in (best.any_look.low, best.any_look.high))
        return (
            f"It cannot be told yet whether any variant moves {_WORDS[goal]}: for {best.variant} the difference lies "
            f"between {low} and {high} {unit}."
        )
    moved = _MOVED[goal][best.difference.value > 0]
    lift = f" ({100 * best.lift.value:+.1f} %)" if math.isfinite(best.lift.value) else ""
    times, unit = _scale(best)
    size, low, high = (
        _number(times * one) for one in (abs(best.difference.value), best.any_look.low, best.any_look.high)
    )
    return f"{best.variant} {moved} {size} {unit}{lift}, between {low} and {high} at any look."


def leading(effects: Sequence[Effect]) -> Effect:
    """Return the effect that the answer is about: the best of those that are sure, else the best of all."""
    sure = [effect for effect in effects if effect.sure]
    return max(sure or effects, key=lambda one: one.difference.value * one.better)


def _scale(effect: Effect) -> tuple[float, str]:
    """Return by what an effect is multiplied to say it, and its unit: shares in points, for lifts are in per cent."""
    return (100.0, "percentage points") if effect.unit == SHARE else (1.0, effect.unit)


def advise(effects: Sequence[Effect], guards: Sequence[Effect], doubts: Sequence[Doubt]) -> str:
    """Return what to do: roll out, keep running, stop, or do not use the result."""
    if any(doubt.severity is Severity.BLOCKER for doubt in doubts):
        return "Do not use this result: mend what blocks it, and start again."
    harmed = [guard.measure for guard in guards if guard.sure and not guard.good]
    good = [effect for effect in effects if effect.sure and effect.good]
    if good and harmed:
        return f"Do not roll out yet: {good[0].variant} helps the goal, but makes {harmed[0]} worse."
    if good:
        best = max(good, key=lambda one: one.difference.value * one.better)
        serious = [doubt for doubt in doubts if doubt.severity is Severity.WARNING]
        if serious:
            return f"Roll out {best.variant} only after the doubts above are settled."
        return f"Roll out {best.variant}."
    return _wait(effects, doubts)


def _wait(effects: Sequence[Effect], doubts: Sequence[Doubt]) -> str:
    """Return what to do where no variant is shown to be better."""
    left = [effect for effect in effects if not effect.sure]
    if effects and not left:
        return "Stop: no variant is better than the control, and each is worse."
    worse = [effect.variant for effect in effects if effect.sure]
    stop = f"Stop {' and '.join(worse)}: worse than the control. " if worse else ""
    if any(doubt.code is Trouble.TOO_EARLY for doubt in doubts):
        return f"{stop}Keep running: too few outcomes have been seen in the smaller arm."
    what = "Keep the others running" if worse else "Keep running"
    return f"{stop}{what} until the interval for any look leaves zero; {_more(left)}"


def _more(effects: Sequence[Effect]) -> str:
    """Return how much longer it may take, if the effect is as large as it looks now."""
    first = max(effects, key=lambda one: abs(one.difference.value) / _half(one))
    distance, half = abs(first.difference.value), _half(first)
    if not math.isfinite(half) or distance == 0:
        return "how long that takes cannot be told yet."
    times = (half / distance) ** 2
    if times > 100:
        return "an effect as small as it looks now would not be seen in a hundred times as many visitors."
    return f"if it is as large as it looks now, about {max(times, 1.1):.2g} times as many visitors in all will do."


def _half(effect: Effect) -> float:
    return (effect.any_look.high - effect.any_look.low) / 2


def _blocking(doubts: Sequence[Doubt]) -> str:
    first = next(doubt.title for doubt in doubts if doubt.severity is Severity.BLOCKER)
    return first[:1].lower() + first[1:].rstrip(".")


def _number(value: float) -> str:
    return f"{value:.4g}"
