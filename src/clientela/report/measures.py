"""What the model's measures are called, and what they say in words."""

from __future__ import annotations

from clientela.domain.estimate import Estimate
from clientela.language import say
from clientela.models.result import Metric, ModelResult, TargetKind
from clientela.report.facts import outcome_phrase
from clientela.report.numbers import count, money, score, with_interval
from clientela.report.text import clean

_LABELS = {
    "auc": ("AUC", "ranking: 0.5 is chance, 1 is perfect"),
    "average_precision": ("Average precision", "how pure the top of the ranking is; chance is the base rate"),
    "log_loss": ("Log loss", "price of wrong and overconfident probabilities"),
    "brier": ("Brier score", "mean squared error of the probability"),
    "calibration_error": ("Calibration error", "mean gap between predicted and observed share"),
    "accuracy": ("Accuracy", "share of rows told right; flatters where one class is large"),
    "balanced_accuracy": ("Balanced accuracy", "share told right, every class counting the same"),
    "quadratic_kappa": ("Weighted kappa", "agreement on ordered groups; 0 is chance, 1 perfect, far misses cost more"),
    "ranked_probability_score": ("Ranked probability score", "error of the probabilities over the ordered groups"),
    "revenue_mae": ("Mean error of revenue", "in money per row"),
}
_MODELS = {
    "lightgbm": "Boosted trees (LightGBM)",
    "logistic": "Logistic regression",
    "blend": "The mean of boosted trees and logistic regression",
    "base rate": "Base rate alone",
    "best column": "The best single column",
}


def label(name: str) -> str:
    """Return the name of a measure for people.

    >>> label("auc"), label("hit_rate")
    ('AUC', 'hit rate')
    """
    return say(_LABELS[name][0]) if name in _LABELS else clean(name.replace("_", " "), 40)


def meaning(name: str) -> str:
    """Return one phrase that says what a measure measures; "" for one without."""
    return say(_LABELS[name][1]) if name in _LABELS else ""


def model_label(name: str) -> str:
    """Return the name of a model for people.

    >>> model_label("lightgbm")
    'Boosted trees (LightGBM)'
    """
    return say(_MODELS[name]) if name in _MODELS else clean(name, 40)


def in_words(model: ModelResult, metric: Metric, noun: str) -> str:
    """Return one sentence that says how good a measure is, interval included."""
    if metric.name == "auc":
        return _auc_in_words(model, metric.estimate, noun)
    direction = say("higher is better") if metric.higher_is_better else say("lower is better")
    return say(
        "{metric} is {estimate} on rows it has not seen ({direction}; {meaning}).",
        metric=label(metric.name),
        estimate=with_interval(metric.estimate, score),
        direction=direction,
        meaning=meaning(metric.name) or say("see the table"),
    )


def _auc_in_words(model: ModelResult, estimate: Estimate, noun: str) -> str:
    told, low, high = (f"{100 * x:.0f}" for x in (estimate.value, estimate.low, estimate.high))
    between = say(" ({low} to {high})", low=low, high=high) if "nan" not in (low, high) else ""
    if model.target.kind is TargetKind.CLASSES:
        pair = say("Of two {noun}s of different classes, the model ranks", noun=noun)
    else:
        pair = say(
            "Of one {noun} {outcome_phrase} and one that is not, the model ranks",
            noun=noun,
            outcome_phrase=outcome_phrase(model),
        )
        if model.target.kind is TargetKind.BINARY:
            pair = say(
                "Of one {noun} {outcome_phrase} and one without, the model ranks",
                noun=noun,
                outcome_phrase=outcome_phrase(model),
            )
    return say(
        "{pair} the right one higher in {told} of 100 cases{between}, on rows it has not seen (AUC {estimate}).",
        pair=pair,
        told=told,
        between=between,
        estimate=score(estimate.value),
    )


def in_short(metric: Metric, noun: str) -> str:
    """Return the measure as the title of a slide."""
    told = score(metric.estimate.value)
    if metric.name == "auc":
        return say(
            "The model picks the better {noun} in {estimate} of 100 pairs (AUC {told})",
            noun=noun,
            estimate=count(100 * metric.estimate.value),
            told=told,
        )
    return say("{metric} is {told} on rows the model has not seen", metric=label(metric.name), told=told)


def value(metric: Metric) -> str:
    """Return the value of a measure with its interval, money as money."""
    return with_interval(metric.estimate, money if metric.name.startswith("revenue") else score)


def apart(first: Estimate, second: Estimate) -> bool:
    """Tell whether two intervals do not touch.

    >>> apart(Estimate(0.8, 0.7, 0.9, 50, "wilson"), Estimate(0.5, 0.4, 0.6, 50, "wilson"))
    True
    """
    return first.low > second.high or first.high < second.low
