"""The five things to know: sentences built from the numbers, with their uncertainty."""

from __future__ import annotations

from dataclasses import dataclass

from clientela.models.result import ModelResult
from clientela.report import facts
from clientela.report.contents import Contents
from clientela.report.measures import apart, in_words, label
from clientela.report.numbers import chosen, count, money, percent, score, with_interval
from clientela.report.text import clean, lower_first, named, names, plural, sentence, shortened
from clientela.segments.result import Segment

MOST_RULE = 120
MOST_TITLE = 220


@dataclass(frozen=True)
class Headline:
    """One thing to know: its topic in a few words, and the sentence or two."""

    topic: str
    text: str


def headlines(contents: Contents) -> tuple[str, ...]:
    """Return the five things to know, as sentences.

    Args:
        contents: The results; stages that were not reached are said to be missing.

    Returns:
        Five texts of one to three sentences: who is worth most, what to do first, how well
        value is told, the biggest danger in the data, and which columns pay.
    """
    return tuple(headline.text for headline in five(contents))


def five(contents: Contents) -> tuple[Headline, ...]:
    """Return the five things to know with their topics."""
    return (
        Headline("Who is worth most", _worth(contents)),
        Headline("On Monday", _monday(contents)),
        Headline("How sure that is", _sure(contents)),
        Headline("The biggest danger", _danger(contents)),
        Headline("Which data pay", worth_of_data(contents)),
    )


def _worth(contents: Contents) -> str:
    model = contents.model
    if model is None:
        label_column = contents.audit.roles.label
        known = f"the label {named(label_column)}" if label_column else "no label"
        return (
            f"Not known yet: {plural(contents.audit.table.rows, facts.row_noun(contents))} with {known} were audited, "
            "but no model was learned from them, so nothing can be said about value."
        )
    parts = [_segment_worth(contents), _group_worth(contents, model)]
    return " ".join(part for part in parts if part)


def _segment_worth(contents: Contents) -> str:
    segment = facts.best_segment(contents)
    if segment is None:
        return ""
    earned = ""
    if segment.revenue_share is not None:
        earned = f" and {with_interval(segment.revenue_share, percent)} of revenue"
    base = facts.base_rate(contents)
    against = f" against {percent(base)} overall" if base is not None else ""
    return (
        f"The segment {named(segment.name, MOST_RULE)} is {with_interval(segment.share, percent)} of "
        f"{facts.row_nouns(contents)}{earned}; {with_interval(segment.rate, percent)} of it "
        f"{facts.doing(contents.model)}{against}."
    )


def _group_worth(contents: Contents, model: ModelResult) -> str:
    group = facts.best_group(model)
    told = f"{count(group.rows)} of {count(model.rows)}"
    share = f"{with_interval(group.share, percent)} of {facts.row_nouns(contents)}"
    text = f"The group {named(group.name)} is {share}, {told}"
    if group.revenue_share is not None:
        text += f", and brings {percent(group.revenue_share)} of revenue"
    if group.mean_revenue is not None:
        text += f", {with_interval(group.mean_revenue, money)} per {facts.row_noun(contents)}"
    return f"{text}."


def _sure(contents: Contents) -> str:
    model = contents.model
    if model is None:
        return (
            "Nothing was predicted, so there is nothing to be sure of: the facts of the audit are counts, not "
            "estimates."
        )
    text = in_words(model, facts.telling(model), facts.row_noun(contents))
    future = facts.ahead(model)
    if future is not None:
        text += (
            f" Learned from the past and tested on the newest {facts.row_nouns(contents)}, its {label(future.name)} "
            f"is {with_interval(future.estimate, score)}{_promised(model)}."
        )
    point = facts.best_fifth(model)
    if point is not None:
        text += (
            f" The best {chosen(point.share)} by score hold {with_interval(point.reached, percent)} of the "
            f"{facts.row_nouns(contents)} {facts.outcome_phrase(model)}."
        )
    return text


def _promised(model: ModelResult) -> str:
    """Return what the next period is promised, which is less sure than what was measured in the last one."""
    promise = model.promise
    if promise is None or promise.after is None:
        return ""
    return f"; of the next period expect {with_interval(promise.after, score)}"


def _danger(contents: Contents) -> str:
    finding = facts.danger(contents)
    if finding is None:
        return (
            f"No danger was found: {plural(len(contents.audit.tested), 'kind')} of trouble were looked for and not "
            "found, and no finding is a warning. What no test looks for stays unknown."
        )
    rest = len(facts.serious(contents)) - 1
    more = f" There {'is' if rest == 1 else 'are'} {plural(rest, 'more warning')}." if rest > 0 else ""
    return f"{sentence(clean(finding.title, MOST_TITLE))} {sentence(clean(finding.advice, MOST_TITLE))}{more}"


def worth_of_data(contents: Contents) -> str:
    """Return which data pay: the joined columns beside the collected ones, else what tells most."""
    model = contents.model
    if model is None:
        features = contents.audit.roles.features
        text = f"{plural(len(features), 'column')} of {count(contents.audit.table.columns)} could serve a model"
        return f"{text}; which of them pay is known only after one was learned."
    return _joined_worth(contents, model) or _used(contents, model)


def _used(contents: Contents, model: ModelResult) -> str:
    text = f"The model uses {plural(len(model.features), 'column')}"
    if model.left_out:
        text += f" and leaves {plural(len(model.left_out), 'column')} out"
    strongest = names([item.column for item in model.importance[:3]])
    text = f"{text}; most is told by {strongest}." if strongest else f"{text}."
    return f"{text}{_suspects(contents, model)}"


def _joined_worth(contents: Contents, model: ModelResult) -> str:
    alone, whole = facts.collected_only(model), facts.used_columns(model)
    if alone is None or whole is None:
        return ""
    first, second = alone.metric.estimate, whole.estimate
    joined = len({p.column.name for p in facts.joined_profiles(contents)} & set(model.features))
    better = (second.value > first.value) == whole.higher_is_better
    verdict = "the intervals overlap, so they have not yet shown to be worth their upkeep"
    if apart(first, second):
        verdict = "the intervals do not touch, so keep them" if better else "the intervals do not touch: drop them"
    return (
        f"With the collected columns alone {label(whole.name)} is {with_interval(first, score)}; the "
        f"{plural(joined, 'joined column')} in the model bring it to {with_interval(second, score)}; {verdict}."
        f"{_suspects(contents, model)}"
    )


def _suspects(contents: Contents, model: ModelResult) -> str:
    used = [name for name in facts.suspected(contents) if name in model.features]
    if not used:
        return ""
    without = facts.without_suspects(model)
    told = f": without, {label(without.name)} is {with_interval(without.estimate, score)}" if without else ""
    return f" That counts {names(used, 2)} in, under suspicion to know the outcome{told}."


def _first(contents: Contents, segment: Segment) -> str:
    """Return the beginning of what to do: what must be settled first, where the rule rests on a doubtful column."""
    used = {condition.column for condition in segment.conditions}
    columns = [name for name in facts.doubtful(contents) if name in used]
    return (
        f"First settle when {names(columns, 2)} {'is' if len(columns) == 1 else 'are'} known. Then, f"
        if columns
        else "F"
    )


def _who(segment: Segment) -> str:
    """Return the segment with its rule."""
    return f"{named(segment.name, MOST_RULE)} ({clean(segment.rule, MOST_RULE)})"


def _monday(contents: Contents) -> str:
    holdout = "Keep a random tenth of visitors on the page as it is, so that the effect can be measured."
    segment = facts.best_segment(contents)
    if segment is not None:
        action = shortened(lower_first(clean(segment.action)), MOST_TITLE)
        return f"{_first(contents, segment)}or {_who(segment)}: {action} {holdout}"
    if contents.model is not None:
        return (
            f"Score the next {facts.row_nouns(contents)} with `clientela score` and serve the best fifth first. "
            f"{holdout}"
        )
    if contents.audit.roles.label is None:
        return "Name the column to be predicted (`--label`) and run again: groups, value and segments follow from it."
    return "Correct the roles in clientela.toml where they are wrong and run again, so that a model can be learned."
