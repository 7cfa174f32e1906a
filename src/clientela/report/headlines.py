"""The five things to know: sentences built from the numbers, with their uncertainty."""

from __future__ import annotations

import math
from dataclasses import dataclass

from clientela.language import retold, say
from clientela.models.result import ModelResult
from clientela.report import facts
from clientela.report.contents import Contents
from clientela.report.measures import apart, in_words, label
from clientela.report.numbers import chosen, count, money, percent, score, with_interval
from clientela.report.text import clean, lower_first, named, names, plural, sentence, shortened
from clientela.segments.acting import UNTESTED
from clientela.segments.result import Segment

MOST_RULE = 120
MOST_TITLE = 220
MOST_ACTION = 330
GUESS = 0.5


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
        Headline(say("Who is worth most"), _worth(contents)),
        Headline(say("On Monday"), _monday(contents)),
        Headline(say("How sure that is"), _sure(contents)),
        Headline(say("The biggest danger"), _danger(contents)),
        Headline(say("Which data pay"), worth_of_data(contents)),
    )


def _worth(contents: Contents) -> str:
    model = contents.model
    if model is None:
        return _unknown_worth(contents)
    parts = [_segment_worth(contents), _group_worth(contents, model)]
    return " ".join(part for part in parts if part)


def _unknown_worth(contents: Contents) -> str:
    """Return why value is not known yet, and what is there to tell it from."""
    roles = contents.audit.roles
    label_column = roles.label
    known = say("without a label")
    if label_column is not None:
        known = say("with the label {label_column}", label_column=named(label_column))
    text = say(
        "Not known yet: {rows} {known} were audited, but no model was learned from them, so nothing can be "
        "said about value.",
        rows=plural(contents.audit.table.rows, facts.grain(contents)),
        known=known,
    )
    if label_column is None:
        text += say(
            " Found in the table: who comes, {visitor}; when, {time}; what it brought, {revenue}.",
            visitor=_column(roles.visitor),
            time=_column(roles.time),
            revenue=_column(roles.revenue),
        )
    return text


def _column(name: str | None) -> str:
    return named(name) if name is not None else say("no column")


def _segment_worth(contents: Contents) -> str:
    segment = facts.best_segment(contents)
    if segment is None:
        return ""
    rows = facts.row_nouns(contents)
    earned = ""
    if segment.revenue_share is not None:
        earned = say(
            " and bring {revenue_share} of revenue", revenue_share=with_interval(segment.revenue_share, percent)
        )
    base = facts.base_rate(contents)
    against = say(" against {base} overall", base=percent(base)) if base is not None else ""
    return say(
        "{row_nouns} of the segment {segment} ({rule}) are {share} of all{earned}; {rate} of them {doing}{against}.",
        row_nouns=rows[0].upper() + rows[1:],
        segment=named(segment.name, MOST_RULE),
        rule=clean(segment.rule, MOST_RULE),
        share=with_interval(segment.share, percent),
        earned=earned,
        rate=with_interval(segment.rate, percent),
        doing=facts.doing(contents.model),
        against=against,
    )


def _group_worth(contents: Contents, model: ModelResult) -> str:
    group = facts.best_group(model)
    told = say("{rows} of {rows_2}", rows=count(group.rows), rows_2=count(model.rows))
    share = say(
        "{share} of {row_nouns}", share=with_interval(group.share, percent), row_nouns=facts.row_nouns(contents)
    )
    text = say("The group {group} is {share}, {told}", group=named(group.name), share=share, told=told)
    if group.revenue_share is not None:
        text += say(", and brings {revenue_share} of revenue", revenue_share=percent(group.revenue_share))
    if group.mean_revenue is not None:
        text += say(
            ", {mean_revenue} per {row_noun}",
            mean_revenue=with_interval(group.mean_revenue, money),
            row_noun=facts.row_noun(contents),
        )
    return f"{text}."


def _sure(contents: Contents) -> str:
    model = contents.model
    if model is None:
        return say(
            "Nothing was predicted, so there is nothing to be sure of: the facts of the audit are counts, not "
            "estimates."
        )
    text = _again(contents) + in_words(model, facts.telling(model), facts.row_noun(contents))
    future = facts.ahead(model)
    if future is not None:
        text += say(
            " Learned from the past and tested on the newest {row_nouns}, its {future} is {estimate}{promised}.",
            row_nouns=facts.row_nouns(contents),
            future=label(future.name),
            estimate=with_interval(future.estimate, score),
            promised=_promised(model),
        )
    point = facts.best_fifth(model)
    if point is not None:
        text += say(
            " The best {share} by score hold {reached} of the {row_nouns} {outcome_phrase}.",
            share=chosen(point.share),
            reached=with_interval(point.reached, percent),
            row_nouns=facts.row_nouns(contents),
            outcome_phrase=facts.outcome_phrase(model),
        )
    return text


def _again(contents: Contents) -> str:
    """Return how surely the segment named first is there again, in front of how well value is told."""
    segment = facts.best_segment(contents)
    if segment is None or math.isnan(segment.stability):
        return ""
    return say(
        "Looked for anew without a fifth of the visitors, the first segment comes back {stability} the same. ",
        stability=chosen(round(segment.stability, 2)),
    )


def _promised(model: ModelResult) -> str:
    """Return what the next period is promised, which is less sure than what was measured in the last one."""
    promise = model.promise
    if promise is None or promise.after is None:
        return ""
    return say("; of the next period expect {after}", after=with_interval(promise.after, score))


def _danger(contents: Contents) -> str:
    finding = facts.danger(contents)
    if finding is None:
        return say(
            "No danger was found: {kinds} of trouble were looked for and not found, and no finding is a warning. "
            "What no test looks for stays unknown.",
            kinds=plural(len(contents.audit.tested), "kind"),
        )
    rest = len(facts.serious(contents)) - 1
    more = (
        say(" There is 1 more warning.")
        if rest == 1
        else say(" There are {rest} more warnings.", rest=count(rest))
        if rest > 0
        else ""
    )
    return f"{sentence(clean(finding.title, MOST_TITLE))} {sentence(clean(finding.advice, MOST_TITLE))}{more}"


def worth_of_data(contents: Contents) -> str:
    """Return which data pay: the joined columns beside the collected ones, else what tells most."""
    model = contents.model
    if model is None:
        features = contents.audit.roles.features
        text = say(
            "{columns} of {columns_2} could serve a model",
            columns=plural(len(features), "column"),
            columns_2=count(contents.audit.table.columns),
        )
        return say("{text}; which of them pay is known only after one was learned.", text=text)
    return _joined_worth(contents, model) or _used(contents, model)


def _used(contents: Contents, model: ModelResult) -> str:
    text = say("The model uses {columns}", columns=plural(len(model.features), "column"))
    if model.left_out:
        text += say(" and leaves {columns} out", columns=plural(len(model.left_out), "column"))
    strongest = names([item.column for item in model.importance[:3]])
    text = say("{text}; most is told by {strongest}.", text=text, strongest=strongest) if strongest else f"{text}."
    return f"{text}{_suspects(contents, model)}"


def _joined_worth(contents: Contents, model: ModelResult) -> str:
    alone, whole = facts.collected_only(model), facts.used_columns(model)
    if alone is None or whole is None:
        return ""
    first, second = alone.metric.estimate, whole.estimate
    joined = len({p.column.name for p in facts.joined_profiles(contents)} & set(model.features))
    better = (second.value > first.value) == whole.higher_is_better
    verdict = say("the intervals overlap, so they have not yet shown to be worth their upkeep")
    paying = [one.name for one in model.worth if one.block and one.kept.low > 0]
    if paying:
        verdict = say(
            "the intervals overlap, yet on the same rows it ranks worse beyond chance without {blocks}, so keep that",
            blocks=names(paying),
        )
    if apart(first, second):
        verdict = (
            say("the intervals do not touch, so keep them") if better else say("the intervals do not touch: drop them")
        )
    return say(
        "With the collected columns alone {whole} is {first}; the {joined_columns} in the model bring it to "
        "{second}; {verdict}.{suspects}",
        whole=label(whole.name),
        first=with_interval(first, score),
        joined_columns=plural(joined, "joined column"),
        second=with_interval(second, score),
        verdict=verdict,
        suspects=_suspects(contents, model),
    )


def _suspects(contents: Contents, model: ModelResult) -> str:
    used = [name for name in facts.suspected(contents) if name in model.features]
    if not used:
        return ""
    without = facts.without_suspects(model)
    told = (
        say(
            ": without, {without} is {estimate}",
            without=label(without.name),
            estimate=with_interval(without.estimate, score),
        )
        if without
        else ""
    )
    return say(" That counts {used} in, under suspicion to know the outcome{told}.", used=names(used, 2), told=told)


def _first(contents: Contents, segment: Segment, who: str) -> str:
    """Return the beginning of what to do: what must be settled first, where the rule rests on a doubtful column."""
    used = {name for condition in segment.conditions for name in condition.columns}
    columns = [name for name in facts.doubtful(contents) if name in used]
    if not columns:
        return say("For {who}", who=who)
    if len(columns) == 1:
        return say("First settle when {column} is known. Then, for {who}", column=named(columns[0]), who=who)
    return say("First settle when {columns} are known. Then, for {who}", columns=names(columns, 2), who=who)


def _guesses(model: ModelResult) -> bool:
    """Tell whether the model cannot be told from a guess: its interval holds an AUC of .5."""
    metric = facts.telling(model)
    return metric.name == "auc" and metric.estimate.low <= GUESS


def _monday(contents: Contents) -> str:
    holdout = say("Keep a random tenth of visitors on the page as it is, so that the effect can be measured.")
    segment = facts.best_segment(contents)
    if segment is not None:
        # what the last sentence asks for is said once, below
        action = shortened(lower_first(clean(segment.action).removesuffix(retold(UNTESTED)).rstrip()), MOST_ACTION)
        return f"{_first(contents, segment, named(segment.name, MOST_RULE))}: {action} {holdout}"
    if contents.model is not None:
        if _guesses(contents.model):
            return say(
                "Treat all {row_nouns} alike: the model ranks them no better than a guess, so that no bid and no page "
                "follows from it. More rows, or columns that say more, may change that.",
                row_nouns=facts.row_nouns(contents),
            )
        return say(
            "Score the next {row_nouns} with `clientela score` and serve the best fifth first. {holdout}",
            row_nouns=facts.row_nouns(contents),
            holdout=holdout,
        )
    roles = contents.audit.roles
    if roles.label is None:
        if roles.revenue is None:
            return say(
                "Name the column with what a row brought (`--revenue`; where there is none, add one, such as quantity "
                "times price) or the one to be predicted (`--label`), and run again: revenue groups, segments and whom "
                "to contact follow from it."
            )
        return say(
            "Name the column to be predicted (`--label`) and run again: groups, value and segments follow from it."
        )
    return say(
        "Correct the roles in clientela.toml where they are wrong and run again, so that a model can be learned."
    )
