"""Tests of retraining and comparing: rows nobody has seen, paired intervals, and the gate."""

import dataclasses
from collections.abc import Callable
from datetime import timedelta

import msgspec
import numpy as np
import polars as pl
import pytest

from clientela.domain.errors import ColumnError, InputError, RefusedError
from clientela.domain.estimate import Estimate
from clientela.domain.goal import Goal
from clientela.domain.roles import Roles
from clientela.models.comparing import Comparison, Difference, Subgroup, compare_releases
from clientela.models.learning import Learned, learn
from clientela.models.options import ModelOptions
from clientela.models.recipe import Recipe
from clientela.models.release import Release
from clientela.models.retraining import Standing, gate, retrain
from clientela.models.settling import Scale
from clientela.tables.frames import from_frame

QUICK = ModelOptions(seed=3, folds=3, resamples=40, threads=1)


@pytest.fixture(scope="module")
def roles(visits: pl.DataFrame, roles_of: Callable[..., Roles]) -> Roles:
    """Roles with the group as label."""
    return roles_of(visits, "group")


def later(frame: pl.DataFrame, days: int) -> pl.DataFrame:
    """Return the rows as other visits of other visitors, so many days later."""
    return frame.with_columns(
        pl.col("time") + timedelta(days=days), visitor="late" + pl.col("visitor"), visit="late" + pl.col("visit")
    )


def worsened(release: Release) -> Release:
    """Return a release that says the opposite."""
    scales = tuple(Scale(scale.intercept, -scale.slope) for scale in release.settled.scales)
    return dataclasses.replace(release, settled=msgspec.structs.replace(release.settled, scales=scales))


def gap(value: float, error: float) -> Estimate:
    """Return a difference with an interval of that half width."""
    return Estimate(value, value - error, value + error, 500, "bootstrap by row")


def comparison(
    loss: Estimate,
    groups: tuple[Subgroup, ...] = (),
    area: Estimate | None = None,
    reached: Estimate | None = None,
    goal: Goal = Goal.REVENUE_PER_VISIT,
) -> Comparison:
    """Return a comparison that differs by so much in log loss, and in areas under curves if at all."""
    area, reached = area or gap(0.0, 0.01), reached or gap(0.0, 0.01)
    ranking = Difference("auc", 0.8, 0.8 + area.value, area, higher_is_better=True)
    money = Difference("revenue_reached", 0.7, 0.7 + reached.value, reached, higher_is_better=True)
    deciding = Difference("log_loss", 0.5, 0.5 + loss.value, loss, higher_is_better=False)
    return Comparison(500, 500, "row", "log_loss", goal, (ranking, money, deciding), groups)


def test_a_release_compared_with_itself_differs_by_nothing(learned: Learned, visits: pl.DataFrame) -> None:
    """All differences are 0 with intervals of no width, by visitor, and nothing is better."""
    found = compare_releases(learned.release, learned.release, visits, QUICK)
    names = [one.name for one in found.differences]
    assert names == ["auc", "revenue_reached", "log_loss", "ranked_probability_score", "revenue_rmse"]
    assert all((one.gap.value, one.gap.low, one.gap.high, one.better) == (0, 0, 0, None) for one in found.differences)
    assert (found.rows, found.unit, found.decides) == (len(visits), "visitor", "ranked_probability_score")
    assert found.units == visits["visitor"].n_unique()


def test_the_better_release_is_told_either_way(learned: Learned, visits: pl.DataFrame) -> None:
    """A release that says the opposite is worse, whichever comes first; rows without a visitor count alone."""
    bad = worsened(learned.release)
    nameless = visits.with_columns(visitor=pl.lit(None, dtype=pl.String))
    assert compare_releases(learned.release, bad, visits, QUICK).deciding.better == "first"
    found = compare_releases(bad, learned.release, nameless, QUICK)
    assert found.deciding.better == "second"
    assert found.units == len(visits)
    assert {group.column for group in found.groups} == {"device"}
    assert all(group.rows >= 100 and group.gap.value < 0 for group in found.groups)
    assert compare_releases(bad, learned.release, visits.drop("visitor", "revenue"), QUICK).unit == "row"


def test_what_cannot_be_compared_is_refused(learned: Learned, visits: pl.DataFrame) -> None:
    """Other labels, other classes, no label and too few rows end in a sentence each."""
    release = learned.release
    target = release.manifest.target

    def other(**changes: object) -> Release:
        changed = dataclasses.replace(target, **changes)
        return dataclasses.replace(release, manifest=msgspec.structs.replace(release.manifest, target=changed))

    with pytest.raises(InputError, match="compare two of the same label"):
        compare_releases(release, other(label="bought"), visits, QUICK)
    with pytest.raises(InputError, match="other classes"):
        compare_releases(release, other(classes=("a", "b", "c")), visits, QUICK)
    with pytest.raises(ColumnError, match="label column 'group'"):
        compare_releases(release, release, visits.drop("group"), QUICK)
    with pytest.raises(RefusedError, match="at least 10 of each side"):
        compare_releases(release, release, visits[:12], QUICK)
    with pytest.raises(RefusedError, match="400 rows whose 'group' is none of the classes learned, such as 'new'"):
        compare_releases(release, release, visits[:400].with_columns(group=pl.lit("new")), QUICK)


def test_the_newest_rows_are_held_out(learned: Learned, visits: pl.DataFrame, roles: Roles) -> None:
    """Compared on the newest rows after the champion's last one; the challenger ends before them."""
    rows = pl.concat([visits, later(visits, 400)])
    found = retrain(from_frame(rows), roles, learned.release, QUICK)
    assert found.release is not None
    assert found.comparison is not None
    assert [note for note in found.notes if not note.startswith("Learned from ")] == []
    assert found.result is not None
    assert found.result.metrics[0].split == "rows held out"
    assert {metric.model for metric in found.result.metrics} == {found.release.manifest.chosen, "base rate"}
    until = found.release.manifest.until
    assert until is not None
    assert learned.release.manifest.until is not None
    assert until > learned.release.manifest.until
    seconds = rows["time"].cast(pl.Datetime("us")).cast(pl.Int64).to_numpy() / 1e6
    assert found.comparison.rows == np.count_nonzero(seconds > until) == 0.2 * len(rows)
    assert found.release.manifest.features == learned.release.manifest.features
    assert found.release.manifest.target == learned.release.manifest.target
    assert msgspec.json.decode(found.release.metrics)["rows"] == found.comparison.rows
    assert found.release.cover is not None
    assert len(found.release.cover.classes) == len(found.release.manifest.target.classes)
    assert found.release.cover.ladders


def test_rows_of_other_classes_are_left_out_and_told(learned: Learned, visits: pl.DataFrame, roles: Roles) -> None:
    """Rows whose class the champion does not know are counted in a note."""
    strange = pl.when(pl.int_range(pl.len()) < 30).then(pl.lit("new")).otherwise(pl.col("group"))
    found = retrain(from_frame(visits.with_columns(group=strange)), roles, learned.release, QUICK)
    assert "Left out: 30 rows whose 'group' is none of the classes learned, such as 'new'." in found.notes


def test_rows_that_the_champion_knows_judge_nothing(learned: Learned, visits: pl.DataFrame, roles: Roles) -> None:
    """Without newer rows the champion is kept, and the sentence says why."""
    found = retrain(from_frame(visits), roles, learned.release, QUICK)
    assert (found.verdict.promoted, found.release) == (False, None)
    assert "too few new rows to compare on: 0" in found.verdict.why


@pytest.mark.parametrize(
    ("column", "dtype", "before"),
    [("pages", pl.Int64, "100%"), ("device", pl.String, "100%"), ("income", pl.Float64, "78%")],
)
def test_a_column_that_is_gone_keeps_the_champion(
    column: str, dtype: pl.DataType, before: str, learned: Learned, visits: pl.DataFrame, roles: Roles
) -> None:
    """However bad the champion, a column without values in the new rows is named, with what to do."""
    new = later(visits, 400)
    gone = pl.lit(None, dtype).alias(column)
    champion = worsened(learned.release)
    found = retrain(from_frame(pl.concat([visits, new.with_columns(gone)])), roles, champion, QUICK)
    assert (found.verdict.promoted, found.release, found.comparison) == (False, None, None)
    assert f"most values are gone from '{column}' (0% of 160 rows to compare on, {before} before)" in found.verdict.why
    assert "role ignored in clientela.toml" in found.verdict.why
    early = retrain(from_frame(pl.concat([visits.with_columns(gone), new])), roles, champion, QUICK)
    assert f"from '{column}' (" in early.verdict.why
    assert "rows to learn from" in early.verdict.why


def test_gaps_that_are_few_or_chance_do_not_keep_the_champion(
    learned: Learned, visits: pl.DataFrame, roles: Roles
) -> None:
    """Half of the values, a column that was nearly empty before, and a recipe that does not know are no reason."""
    new, champion = later(visits, 400), worsened(learned.release)

    def kept(rows: pl.DataFrame, filled: float | None = None) -> bool:
        steps = champion.fitted.recipe.steps
        if filled is not None:
            steps = tuple(msgspec.structs.replace(step, filled=filled) for step in steps)
        fitted = msgspec.structs.replace(champion.fitted, recipe=Recipe(steps))
        made = dataclasses.replace(champion, fitted=fitted)
        return retrain(from_frame(pl.concat([visits, rows])), roles, made, QUICK).release is None

    some = new.with_columns(pages=pl.when(pl.int_range(pl.len()) % 20 < 11).then("pages"))
    gone = new.with_columns(pages=pl.lit(None, pl.Int64))
    assert not kept(some)
    assert kept(gone)
    assert not kept(gone, 0.01)
    assert not kept(gone, 0.0)


def test_a_worse_champion_is_replaced(learned: Learned, visits: pl.DataFrame, roles: Roles) -> None:
    """A challenger that is clearly better is promoted."""
    rows = pl.concat([visits, later(visits, 400)])
    bad = worsened(learned.release)
    unpromised = dataclasses.replace(bad, manifest=msgspec.structs.replace(bad.manifest, promised=None))
    found = retrain(from_frame(rows), roles, unpromised, QUICK)
    assert found.verdict.promoted
    assert "is better" in found.verdict.why


def test_without_time_a_fifth_is_held_out(learned: Learned, visits: pl.DataFrame, roles: Roles) -> None:
    """Where no time is known, or not until when the champion learned, a note says what that means."""
    timeless = dataclasses.replace(roles, time=None)
    release = learned.release
    plain = msgspec.structs.replace(
        release.manifest, features=tuple(name for name in release.manifest.features if name != "time")
    )
    found = retrain(from_frame(visits), timeless, dataclasses.replace(release, manifest=plain), QUICK)
    assert "may have learned" in found.notes[0]
    unknown = msgspec.structs.replace(release.manifest, until=None)
    found = retrain(from_frame(visits), roles, dataclasses.replace(release, manifest=unknown), QUICK)
    assert "may know the rows" in found.notes[0]


def test_missing_columns_are_named(learned: Learned, visits: pl.DataFrame, roles: Roles) -> None:
    """New rows without the label or a column of the model are refused, all named."""
    with pytest.raises(ColumnError, match="'group', 'device'"):
        retrain(from_frame(visits.drop("device", "group")), roles, learned.release, QUICK)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("label", [None, "never seen"])
def test_rows_without_a_known_label_are_refused(
    label: str | None, learned: Learned, visits: pl.DataFrame, roles: Roles
) -> None:
    """New rows of which none has a class of the model are told with its classes, and without a warning."""
    rows = visits.with_columns(group=pl.lit(label, dtype=pl.String))
    with pytest.raises(RefusedError, match="None of the .* new rows has a value of 'group' .* 'none', 'low', 'high'"):
        retrain(from_frame(rows), roles, learned.release, QUICK)


def test_other_types_are_named(learned: Learned, visits: pl.DataFrame, roles: Roles) -> None:
    """A champion that cannot read a column of the new rows is neither compared nor beaten."""
    words = visits.with_columns(pages=pl.lit("many"))
    with pytest.raises(InputError, match="'pages' as numbers"):
        retrain(from_frame(words), roles, learned.release, QUICK)
    with pytest.raises(InputError, match="'pages' as numbers"):
        compare_releases(learned.release, learned.release, words, QUICK)


def test_the_gate_promotes_what_is_not_worse() -> None:
    """Better and equal are promoted; clearly worse, and worse beyond the margin, are kept out."""
    assert gate(comparison(gap(-0.05, 0.01))).promoted
    assert gate(comparison(gap(0.005, 0.01))).promoted
    assert "is worse" in gate(comparison(gap(0.005, 0.001))).why
    assert "looks worse by more than 2%" in gate(comparison(gap(0.05, 0.1))).why


def test_the_gate_guards_the_ranking() -> None:
    """A better loss does not promote a ranking that is worse beyond interval and margin; less, or better, does."""
    better = gap(-0.05, 0.01)
    found = gate(comparison(better, area=gap(-0.03, 0.02)))
    assert not found.promoted
    assert found.why == (
        "the new model ranks worse: auc 0.7700 against 0.8000, difference -0.03 [-0.05, -0.01]; in all log_loss "
        "0.4500 against 0.5000, difference -0.05 [-0.06, -0.04]"
    )
    for harmless in (gap(-0.03, 0.031), gap(-0.0039, 0.001), gap(0.03, 0.02)):
        assert gate(comparison(better, area=harmless)).promoted
    assert not gate(comparison(better, area=gap(-0.0041, 0.001))).promoted


def test_the_gate_guards_the_goal() -> None:
    """What surely reaches less of the revenue, beyond the margin, is kept out; not where another goal was named."""
    better = gap(-0.05, 0.01)
    found = gate(comparison(better, reached=gap(-0.03, 0.02)))
    assert not found.promoted
    assert found.why == (
        "the new model is worse at revenue-per-visit: revenue_reached 0.6700 against 0.7000, difference "
        "-0.03 [-0.05, -0.01]; in all log_loss 0.4500 against 0.5000, difference -0.05 [-0.06, -0.04]"
    )
    for harmless in (gap(-0.03, 0.031), gap(-0.0059, 0.001), gap(0.03, 0.02)):
        assert gate(comparison(better, reached=harmless)).promoted
    assert gate(comparison(better, reached=gap(-0.03, 0.02), goal=Goal.RETENTION)).promoted


def test_the_goal_picks_what_is_measured(learned: Learned, visits: pl.DataFrame) -> None:
    """Revenue per visit is the money met by expected revenue, conversion the loss of yes and no, retention nothing."""
    release = learned.release

    def aimed(goal: Goal) -> Comparison:
        aiming = dataclasses.replace(release, manifest=msgspec.structs.replace(release.manifest, goal=goal))
        return compare_releases(worsened(release), aiming, visits, QUICK)

    money = aimed(Goal.REVENUE_PER_VISIT).on_goal
    answered, revenue = release.predict(visits), visits["revenue"].fill_null(0).to_numpy()
    best = np.argsort(-answered["expected_revenue"].to_numpy(), kind="stable")
    reached = np.cumsum(revenue[best]) / revenue.sum()
    assert money is not None
    assert (money.name, money.better) == ("revenue_reached", "second")
    assert money.second == pytest.approx(reached.mean(), abs=0.002)
    bought = aimed(Goal.CONVERSION).on_goal
    chance = answered.to_series(0).to_numpy()
    loss = -np.log(np.where(visits["group"] == "none", chance, 1 - chance)).mean()
    assert bought is not None
    assert (bought.name, bought.better, bought.second) == ("conversion_log_loss", "second", pytest.approx(loss))
    assert aimed(Goal.RETENTION).on_goal is None
    assert compare_releases(release, release, visits.drop("revenue"), QUICK).on_goal is None


def test_a_challenger_that_ranks_worse_is_not_better_for_its_loss(learned: Learned, visits: pl.DataFrame) -> None:
    """A champion that ranks well with chances far off is not replaced by one of right chances and no ranking."""
    release = learned.release
    scales = release.settled.scales

    def moved(slope: float, shift: float) -> Release:
        changed = tuple(Scale(shift, scale.slope * slope) for scale in scales)
        return dataclasses.replace(release, settled=msgspec.structs.replace(release.settled, scales=changed))

    found = compare_releases(moved(1.0, 6.0), moved(-0.01, -0.5), visits, QUICK)
    assert found.deciding.better == "second"
    assert found.ranking.better == "first"
    assert "ranks worse" in gate(found).why


def test_the_gate_guards_subgroups() -> None:
    """A subgroup that is worse beyond interval and margin keeps the champion; less does not."""
    better = gap(-0.05, 0.01)
    harmed = Subgroup("device", "tablet", 120, 0.5, gap(0.05, 0.01))
    found = gate(comparison(better, (harmed,)))
    assert not found.promoted
    assert "device = 'tablet' (120 rows)" in found.why
    for harmless in (gap(0.05, 0.06), gap(0.005, 0.001)):
        assert gate(comparison(better, (dataclasses.replace(harmed, gap=harmless),))).promoted


def leaking(frame: pl.DataFrame) -> pl.DataFrame:
    """Return the rows with a column of the model that knows the answer."""
    return frame.with_columns(income=pl.when(pl.col("group") == "none").then(1.0).otherwise(pl.col("revenue") + 100))


def test_a_column_that_became_a_leak_is_named_and_nothing_promoted(
    learned: Learned, visits: pl.DataFrame, roles: Roles
) -> None:
    """A column that knows the answer in new rows only keeps the champion, however good either model is on them."""
    rows = pl.concat([visits, leaking(later(visits, 400))])
    found = retrain(from_frame(rows), roles, learned.release, QUICK, suspects=("pages",))
    assert found.comparison is not None
    assert found.comparison.deciding.better == "second"
    assert not found.verdict.promoted
    assert "knows the answer (given away by 'income')" in found.verdict.why
    assert "The new rows hold 'income', suspected to know the outcome." in found.notes


def test_a_champion_that_breaks_its_promise_is_kept_where_nothing_is_surely_better(
    learned: Learned, visits: pl.DataFrame, roles: Roles
) -> None:
    """Labels that lost their rows are told as broken, and no model learned from them is promoted."""
    shuffled = later(visits, 400).with_columns(pl.col("group").shuffle(seed=5))
    found = retrain(from_frame(pl.concat([visits, shuffled])), roles, learned.release, QUICK)
    assert not found.verdict.promoted
    assert "worse than it promised" in found.verdict.why
    assert "clientela monitor check" in found.verdict.why


def test_what_is_promised_of_new_rows(learned: Learned, visits: pl.DataFrame, roles: Roles) -> None:
    """A release carries the promise of the next period, a retrained one its own."""
    promise = learned.result.promise
    assert promise is not None
    assert learned.release.manifest.promised == promise.after
    found = retrain(from_frame(pl.concat([visits, later(visits, 400)])), roles, learned.release, QUICK)
    assert found.release is not None
    assert found.result is not None
    assert found.result.promise is not None
    assert found.release.manifest.promised == found.result.promise.after != promise.after


def test_the_gate_holds_the_champion_against_its_promise() -> None:
    """Far better keeps, worse keeps unless surely replaced, as promised passes; rows that are known prove no leak."""
    better, ranked = gap(-0.05, 0.01), gap(0.03, 0.02)
    usual, high, low = gap(0.75, 0.02), gap(0.95, 0.02), gap(0.55, 0.02)
    promised = gap(0.74, 0.08)
    assert gate(comparison(better), Standing(promised, usual, False, usual, ("pages",))).promoted
    found = gate(comparison(better), Standing(promised, high, False, high))
    assert not found.promoted
    assert "no column alone gives it away" in found.why
    assert gate(comparison(better), Standing(promised, high, True, usual)).promoted
    assert gate(comparison(better), Standing(promised, usual, False, high)).promoted
    found = gate(comparison(better), Standing(promised, usual, False, high, ("pages",)))
    assert "(given away by 'pages'): auc of the new model" in found.why
    assert gate(comparison(better, area=ranked), Standing(promised, low, True, usual)).promoted
    assert "worse than it promised" in gate(comparison(better), Standing(promised, low, True, usual)).why
    turned = Standing(promised, gap(0.3, 0.1), False, usual)
    assert "the wrong way round" in gate(comparison(better, area=ranked), turned).why
    guessed = dataclasses.replace(turned, promised=gap(0.55, 0.08))
    assert gate(comparison(better, area=ranked), guessed).promoted


def test_labels_that_are_turned_promote_nothing(learned: Learned, visits: pl.DataFrame, roles: Roles) -> None:
    """Where yes and no are exchanged in the new rows the champion stays, however well a new model learns them."""
    first, *_, last = learned.release.manifest.target.classes
    turned = later(visits, 400).with_columns(
        group=pl.when(pl.col("group") == first).then(pl.lit(last)).otherwise(pl.lit(first))
    )
    found = retrain(from_frame(turned), roles, learned.release, QUICK)
    assert not found.verdict.promoted
    assert "the wrong way round" in found.verdict.why


def test_without_time_strangers_are_compared_on(
    visits_of: Callable[..., pl.DataFrame], roles_of: Callable[..., Roles]
) -> None:
    """A release without a time knows whom it has met: others alone judge, and the same rows judge nothing."""
    old, new = visits_of(400, 1).drop("time"), later(visits_of(400, 2), 0).drop("time")
    roles = roles_of(old, "bought")
    champion = learn(from_frame(old), roles, (), QUICK).release
    assert len(champion.met) == 4 * old["visitor"].n_unique()
    found = retrain(from_frame(pl.concat([old, new])), roles, champion, QUICK)
    assert found.comparison is not None
    assert 120 <= found.comparison.rows <= 180
    assert any("not met, 400 of 800" in note for note in found.notes)
    assert found.release is not None
    assert found.release.manifest.rows == 800 - found.comparison.rows
    again = retrain(from_frame(old), roles, champion, QUICK)
    assert "too few new rows to compare on: 0" in again.verdict.why
