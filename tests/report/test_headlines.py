"""The five things to know."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from syrupy.assertion import SnapshotAssertion

from clientela.models.result import Promise, TargetKind
from clientela.report.chapters.model import model
from clientela.report.contents import Contents
from clientela.report.headlines import five, headlines
from clientela.segments.acting import UNTESTED

from .contents_made import about


@pytest.mark.parametrize("name", ["shop", "binary", "minimal"])
def test_five_things(made: dict[str, Contents], snapshot: SnapshotAssertion, name: str) -> None:
    """There are five, in the words of the snapshot."""
    assert len(headlines(made[name])) == 5
    assert "\n".join(f"{item.topic}: {item.text}" for item in five(made[name])) == snapshot


@pytest.mark.parametrize("name", ["shop", "binary", "minimal", "hostile", "wide"])
def test_headlines_are_short(made: dict[str, Contents], name: str) -> None:
    """Whatever the data, a headline is one to three short sentences."""
    assert all(20 < len(text) < 700 for text in headlines(made[name]))


def _with_joined_worth(shop: Contents, alone: float, whole: float) -> str:
    assert shop.model is not None
    first = shop.model.variations[0]
    variation = replace(first, metric=replace(first.metric, estimate=about(alone, 0.01)))
    metrics = tuple(replace(m, estimate=about(whole, 0.01)) if m.name == "auc" else m for m in shop.model.metrics)
    model = replace(shop.model, variations=(variation,), metrics=metrics)
    return headlines(replace(shop, model=model))[4]


def test_joined_columns_are_judged_by_their_intervals(made: dict[str, Contents]) -> None:
    """Clearly better: keep them. Clearly worse: drop them. Overlapping: not shown."""
    assert "so keep them" in _with_joined_worth(made["shop"], 0.7, 0.8)
    assert "drop them" in _with_joined_worth(made["shop"], 0.8, 0.7)
    assert "have not yet shown" in _with_joined_worth(_without_worth(made["shop"]), 0.8, 0.81)


def test_a_block_that_pays_on_the_same_rows_is_kept(made: dict[str, Contents]) -> None:
    """Intervals that overlap are no verdict where the same rows are ranked worse beyond chance without a block."""
    shop = made["shop"]
    assert shop.model is not None
    block = replace(next(one for one in shop.model.worth if one.block), name="loyalty", kept=about(0.02, 0.01))
    pays = replace(shop, model=replace(shop.model, worth=(block,)))
    assert "worse beyond chance without “loyalty”, so keep that" in _with_joined_worth(pays, 0.8, 0.81)
    assert "so keep them" in _with_joined_worth(pays, 0.7, 0.8)


def _without_worth(shop: Contents) -> Contents:
    assert shop.model is not None
    return replace(shop, model=replace(shop.model, worth=()))


def test_the_future_is_told_where_it_was_measured(made: dict[str, Contents]) -> None:
    """The measure forward in time stands beside that of the folds, in the headline and in the chapter."""
    shop = made["shop"]
    assert "tested on the newest visits, its AUC is 0.810 (0.790 to 0.830)" in headlines(shop)[2]
    assert "clearly different: count on this one" in model(shop).answer
    assert shop.model is not None
    promise = Promise("auc", (0.8, 0.82), None, about(0.79, 0.05), None)
    promised = replace(shop, model=replace(shop.model, promise=promise))
    assert "(0.790 to 0.830); of the next period expect 0.790 (0.740 to 0.840)." in headlines(promised)[2]
    folds_only = replace(shop, model=replace(shop.model, splits=shop.model.splits[:1]))
    assert "newest" not in headlines(folds_only)[2]
    assert "newest" not in model(folds_only).answer


def test_suspects_in_the_model_are_told_in_and_out(made: dict[str, Contents]) -> None:
    """A suspected column that the model uses is named with the measure without it."""
    shop = made["shop"]
    assert shop.model is not None
    leak = next(f for f in shop.audit.findings if f.code == "leak")
    used = replace(shop, model=replace(shop.model, features=(*shop.model.features, *leak.columns)))
    assert "under suspicion to know the outcome: without, AUC is 0.861" in headlines(used)[4]
    assert "suspicion" not in headlines(shop)[4]


def test_the_leak_outranks_other_warnings(made: dict[str, Contents]) -> None:
    """A suspected leak is the biggest danger, wherever it stands in the list."""
    shop = made["shop"]
    turned = replace(shop, audit=replace(shop.audit, findings=shop.audit.findings[::-1]))
    assert headlines(turned)[3].startswith("“delivery_days” knows the label")


def test_only_one_more_warning_is_singular(made: dict[str, Contents]) -> None:
    """One more warning is one more warning."""
    shop = made["shop"]
    fewer = replace(shop, audit=replace(shop.audit, findings=shop.audit.findings[:2]))
    assert "There is 1 more warning." in headlines(fewer)[3]


def test_other_measures_are_said_in_words(made: dict[str, Contents]) -> None:
    """Without AUC the headline measure is named with its direction."""
    shop = made["shop"]
    assert shop.model is not None
    metrics = tuple(m for m in shop.model.metrics if m.name == "log_loss")
    text = headlines(replace(shop, model=replace(shop.model, metrics=metrics, gain=())))[2]
    assert text.startswith("Log loss is 0.910 (0.898 to 0.922) on rows it has not seen (lower is better")


def test_classes_without_order_have_no_buyers(made: dict[str, Contents]) -> None:
    """For classes without order, pairs of different classes are spoken of, and no interval is made up."""
    shop = made["shop"]
    assert shop.model is not None
    metric = replace(shop.model.metrics[0], estimate=replace(shop.model.metrics[0].estimate, low=math.nan))
    target = replace(shop.model.target, kind=TargetKind.CLASSES)
    text = headlines(replace(shop, model=replace(shop.model, target=target, metrics=(metric,), gain=())))[2]
    assert text.startswith(
        "Of two visits of different classes, the model ranks the right one higher in 86 of 100 cases, on"
    )


def test_what_to_do_without_a_model_but_with_a_label(made: dict[str, Contents]) -> None:
    """With a label but no model, the roles are to be corrected."""
    without = replace(made["shop"], model=None, segments=None)
    assert "clientela.toml" in headlines(without)[1]
    assert "the label “revenue_group”" in headlines(without)[0]


def test_how_surely_the_first_segment_is_found_again(made: dict[str, Contents]) -> None:
    """Its stability stands first among what is sure, where it is known."""
    shop = made["shop"]
    assert shop.segments is not None
    steady = tuple(replace(item, stability=0.934) for item in shop.segments.segments)
    text = headlines(replace(shop, segments=replace(shop.segments, segments=steady)))[2]
    assert text.startswith(
        "Looked for anew without a fifth of the visitors, the first segment comes back 93 % the same."
    )
    assert "Looked for anew" not in headlines(shop)[2]


def test_the_holdout_is_asked_for_once(made: dict[str, Contents]) -> None:
    """What every action ends with is not said again beside the holdout."""
    shop = made["shop"]
    assert shop.segments is not None
    acted = tuple(replace(item, action=f"Bid 5 % more. {UNTESTED}") for item in shop.segments.segments)
    text = headlines(replace(shop, segments=replace(shop.segments, segments=acted)))[1]
    assert text.count("tenth") == 1
    assert "bid 5 % more." in text


def test_without_a_label_the_first_page_says_what_is_there(made: dict[str, Contents]) -> None:
    """Who, when and how much are named as far as they were found, and the way on: revenue, or a label."""
    poor = made["minimal"]
    assert "who comes, no column; when, no column; what it brought, no column" in headlines(poor)[0]
    assert "`--revenue`" in headlines(poor)[1]
    roles = replace(poor.audit.roles, visitor="a", revenue="b")
    found = replace(poor, audit=replace(poor.audit, roles=roles))
    assert "who comes, “a”; when, no column; what it brought, “b”" in headlines(found)[0]
    assert headlines(found)[1].startswith("Name the column to be predicted (`--label`)")


def test_a_guess_is_not_acted_on(made: dict[str, Contents]) -> None:
    """Where the interval of the AUC holds .5 and there is no segment, nobody is told to serve the best fifth."""
    shop = made["shop"]
    assert shop.model is not None
    for auc, said in ((about(0.52, 0.03), "alike"), (about(0.56, 0.03), "best fifth")):
        metrics = tuple(replace(m, estimate=auc) if m.name == "auc" else m for m in shop.model.metrics)
        guessed = replace(shop, segments=None, model=replace(shop.model, metrics=metrics))
        assert said in headlines(guessed)[1]
