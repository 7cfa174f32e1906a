"""Tests of the models stage as a whole."""

import io
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from clientela.domain.column import Column, Role, Storage
from clientela.domain.errors import ClientelaError, ColumnError, InputError, RefusedError
from clientela.domain.roles import Roles
from clientela.models.learning import Learned, learn, training_rows
from clientela.models.options import ModelOptions
from clientela.models.result import TargetKind
from clientela.statistics import scores
from clientela.tables.frames import from_frame
from clientela.tables.table import ROW


def _plain_roles(frame: pl.DataFrame, label: str) -> Roles:
    columns = tuple(Column(name, Storage.TEXT, Role.LABEL if name == label else Role.FEATURE) for name in frame.columns)
    return Roles(columns, label=label)


def test_the_result_is_whole(learned: Learned) -> None:
    """An ordered label gives every part of the result, the headline first and better than a guess."""
    result = learned.result
    assert result.target.kind is TargetKind.ORDERED
    assert result.metrics[0].name == "auc"
    assert result.metrics[0].estimate.low > 0.6
    assert {metric.model for metric in result.metrics} >= {result.chosen, "base rate", "best column"}
    names = {m.name for m in result.metrics if m.model == result.chosen}
    assert names >= {"quadratic_kappa", "ranked_probability_score", "revenue_mae", "brier", "accuracy"}
    assert [split.name for split in result.splits] == ["folds by visitor", "forward in time"]
    assert result.units < result.rows
    assert [variation.name for variation in result.variations] == [
        "all columns",
        "collected columns only",
        "without suspected leaks",
    ]
    assert sum(map(sum, result.confusion)) == result.rows
    assert sum(item.share for item in result.importance) == pytest.approx(1)
    assert {item.column for item in result.importance[:2]} == {"pages", "device"}
    assert result.gain[-1].reached.value == pytest.approx(1)
    assert {item.column for item in result.left_out} == {"visit", "visitor", "revenue", "bought"}
    without = result.variations[-1].metric.estimate
    told = f"without AUC is {without.value:.3f} ({without.low:.3f} to {without.high:.3f})."
    assert any("'income'" in note and note.endswith(told) for note in result.notes)
    assert not any("from a guess" in note for note in result.notes)
    assert repr(learned) == repr(result)


def test_scores_are_of_the_training_rows_out_of_sample(
    learned: Learned, visits: pl.DataFrame, roles_of: Callable[..., Roles], quick: ModelOptions
) -> None:
    """Scores stand in the order of the training rows, sum to 1, and give the headline measure back."""
    rows = training_rows(from_frame(visits), roles_of(visits, "group"), quick)
    assert learned.scores[ROW].equals(rows[ROW])
    assert learned.scores.columns == [ROW, "p_none", "p_low", "p_high", "expected_revenue"]
    found = scores.auc((rows["group"] != "none").to_numpy(), 1 - learned.scores["p_none"].to_numpy())
    assert found == pytest.approx(learned.result.metrics[0].estimate.value)


def copied(rows: int, seed: int) -> pl.DataFrame:
    """Return visits over a year whose status is the answer in 98 of 100 rows, beside two weaker columns."""
    rng = np.random.default_rng(seed)
    pages, seconds = rng.poisson(4, rows), rng.lognormal(4.5, 1, rows)
    bought = rng.random(rows) < 1 / (1 + np.exp(1.5 - 0.4 * (pages - 4) - 0.5 * (np.log(seconds) - 4.5)))
    status = np.where(rng.random(rows) < 0.02, ~bought, bought)
    day = np.sort(rng.uniform(0, 365, rows))
    answer = np.where(bought, "yes", "no")
    return pl.DataFrame({"day": day, "pages": pages, "seconds": seconds, "status": status, "bought": answer})


def test_folds_are_answered_as_the_release_answers(quick: ModelOptions) -> None:
    """With time, chances in folds are as sharp as those of the release on new rows, whose sets hold what they say.

    A column that is nearly the answer makes trees timid. Folds that mend this for themselves set thresholds that the
    release, which does not, cannot keep; and no set is empty.
    """
    frame, later = copied(1900, 3), copied(4000, 2)
    plain = _plain_roles(frame, "bought")
    columns = tuple(replace(one, role=Role.TIME) if one.name == "day" else one for one in plain.columns)
    learned = learn(from_frame(frame), replace(plain, columns=columns, time="day"), options=quick)
    cover = learned.release.cover
    assert cover is not None
    chances = learned.release.predict(later)["p_yes"]
    no = [learned.scores["p_yes"].filter(frame["bought"] == "no"), chances.filter(later["bought"] == "no")]
    inside, new = (float(np.log(one / (1 - one)).median()) for one in no)
    assert inside == pytest.approx(new, abs=0.4)
    sets = cover.sets(np.column_stack([1 - chances.to_numpy(), chances.to_numpy()]))
    held = sets[np.arange(len(later)), (later["bought"] == "yes").cast(pl.Int64).to_numpy()]
    assert held.mean() >= 0.88
    assert sets.any(axis=1).all()


def test_a_yes_or_no_label_learns(learned_binary: Learned) -> None:
    """A yes-or-no label gives two probabilities and expected revenue from the revenue column."""
    assert learned_binary.scores.columns == [ROW, "p_no", "p_yes", "expected_revenue"]
    assert learned_binary.result.metrics[0].estimate.low > 0.6


def test_a_revenue_label_is_cut_into_groups(
    visits: pl.DataFrame, roles_of: Callable[..., Roles], quick: ModelOptions
) -> None:
    """A revenue label gives derived groups, told in money, and expected revenue near the truth on average."""
    frame = visits.drop("group", "bought")
    found = learn(from_frame(frame), roles_of(frame, "revenue"), (), quick)
    assert found.result.target.classes[0] == "none"
    assert found.result.target.derived
    assert found.scores["expected_revenue"].mean() == pytest.approx(frame["revenue"].mean(), rel=0.15)
    assert found.result.groups[0].mean_revenue is not None
    assert found.result.groups[0].mean_revenue.value == 0


def test_classes_without_order_learn(visits: pl.DataFrame, quick: ModelOptions) -> None:
    """Unordered classes are learned too, the commonest first, without visitor, time or revenue."""
    frame = visits.select("pages", "income", label=pl.col("device"))
    found = learn(from_frame(frame), _plain_roles(frame, "label"), (), quick)
    assert found.result.target.kind is TargetKind.CLASSES
    assert found.result.target.classes == ("mobile", "desktop", "tablet")
    assert any("no order" in note for note in found.result.notes)
    assert any("No time column" in note for note in found.result.notes)
    assert "expected_revenue" not in found.scores.columns


def test_large_tables_are_sampled_by_visitor(
    visits: pl.DataFrame, roles_of: Callable[..., Roles], quick: ModelOptions
) -> None:
    """More rows than asked for are sampled, visitors whole, and it is said."""
    options = replace(quick, sample_rows=250)
    roles = roles_of(visits, "bought")
    rows = training_rows(from_frame(visits), roles, options)
    kept = visits.filter(pl.col("visitor").is_in(rows["visitor"].unique().to_list()))
    assert len(kept) == len(rows) < 400
    found = learn(from_frame(visits), roles, (), options)
    assert (found.result.rows, found.result.table_rows) == (len(rows), 400)
    assert any("sampled by visitor" in note for note in found.result.notes)


def test_rows_without_a_label_are_no_sample(visits: pl.DataFrame, quick: ModelOptions) -> None:
    """Where rows are lost for want of a label only, the note says that, and nothing of a sample."""
    label = pl.when(pl.int_range(pl.len()) < 40).then(None).otherwise(pl.col("bought"))
    frame = visits.select("device", "pages", label=label)
    found = learn(from_frame(frame), _plain_roles(frame, "label"), (), quick)
    assert "Left out: 40 of 400 rows, whose 'label' is missing." in found.result.notes
    assert not any("sample" in note for note in found.result.notes)


def test_noise_is_called_noise(visits: pl.DataFrame, quick: ModelOptions) -> None:
    """A label unrelated to the columns is not called predictable."""
    rng = np.random.default_rng(0)
    frame = visits.select("pages", "income", "device").with_columns(label=pl.Series(rng.random(400) < 0.3))
    found = learn(from_frame(frame), _plain_roles(frame, "label"), (), replace(quick, resamples=100))
    assert found.result.metrics[0].estimate.low < 0.5
    assert any("cannot be told from a guess" in note for note in found.result.notes)


def test_a_model_that_fails_forward_in_time_is_called_so(
    visits_of: Callable[..., pl.DataFrame], roles_of: Callable[..., Roles], quick: ModelOptions
) -> None:
    """What holds in folds and not in the newest rows is told as a guess, and as worse than the column that stays."""
    frame = visits_of(1500, 5).with_columns(visitor=pl.col("visit"))
    rng = np.random.default_rng(1)
    turning = rng.normal(size=1500)
    odds = np.linspace(1.8, -1.8, 1500) * turning + 0.4 * (frame["pages"].to_numpy() - 4)
    label = pl.Series(np.where(rng.random(1500) < 1 / (1 + np.exp(-odds)), "yes", "no"))
    frame = frame.with_columns(turning=pl.Series(turning), bought=label)
    result = learn(from_frame(frame), roles_of(frame, "bought"), (), replace(quick, resamples=60)).result
    told = [note for note in result.notes if note.startswith("Forward in time the model")]
    assert ["cannot be told from a guess" in note for note in told] == [True, False]
    assert "ranks worse than the column 'pages' alone" in told[1]
    assert not any(note.startswith("The model ") for note in result.notes)
    assert [line.split(":")[0] for line in result.coming] == [
        "Forward in time (tested on the newest 300 rows)",
        "Promised of the next period",
    ]


def test_chances_of_the_latest_period_are_no_error_on_rows_of_all_times(quick: ModelOptions) -> None:
    """Where ever more visits buy, chances are moved to the latest share; folds are measured without that, as is said.

    The release says of rows like the newest ones what these hold.
    """
    rng = np.random.default_rng(4)
    pages, odds = rng.poisson(4, 1500), np.repeat(np.linspace(-2, 1, 5), 300)
    bought = rng.random(1500) < 1 / (1 + np.exp(-odds - 0.4 * (pages - 4)))
    frame = pl.DataFrame({"day": np.arange(1500.0), "pages": pages, "bought": np.where(bought, "yes", "no")})
    plain = _plain_roles(frame, "bought")
    columns = tuple(replace(one, role=Role.TIME) if one.name == "day" else one for one in plain.columns)
    learned = learn(from_frame(frame), replace(plain, columns=columns, time="day"), options=quick)
    (told,) = [note for note in learned.result.notes if note.startswith("Chances are those of the latest period: ")]
    assert told.endswith("measures on rows of all times are without that move.")
    off = next(one.estimate.value for one in learned.result.metrics if one.name == "calibration_error")
    assert off < 0.08
    newest = learned.release.predict(frame.tail(300))["p_yes"].mean()
    assert newest == pytest.approx(bought[-300:].mean(), abs=0.1)


def test_the_time_is_no_rival(
    visits_of: Callable[..., pl.DataFrame], roles_of: Callable[..., Roles], quick: ModelOptions
) -> None:
    """A share that rises in time makes the time the best column of folds; it says nothing of rows to come."""
    frame = visits_of(600, 5).with_columns(visitor=pl.col("visit"))
    rng = np.random.default_rng(1)
    odds = np.linspace(-3, 3, 600) + 0.5 * (frame["pages"].to_numpy() - 4)
    label = pl.Series(np.where(rng.random(600) < 1 / (1 + np.exp(-odds)), "yes", "no"))
    frame = frame.with_columns(bought=label)
    result = learn(from_frame(frame), roles_of(frame, "bought"), (), quick).result
    assert "time" in result.features
    assert any("the model is held against, is 'pages': AUC" in note for note in result.notes)
    assert not any("ranks worse than the column" in note for note in result.notes)


def _awkward(rows: int = 120) -> dict[str, pl.Series]:
    start = pl.Series(["1900-01-01"] * rows).str.to_date()
    numbers = np.arange(rows, dtype=float)
    return {
        "infinite": pl.Series(np.where(numbers % 7 == 0, np.inf, numbers)),
        "ancient": start,
        "constant": pl.Series([1] * rows),
        "empty": pl.Series([None] * rows, dtype=pl.String),
        "nothing": pl.Series([None] * rows),
        "unique": pl.Series([f"id {n}" for n in range(rows)]),
        "lists": pl.Series([[n] for n in range(rows)]),
        "leak": pl.Series(np.arange(rows) % 2),
    }


def test_awkward_columns_are_left_out_or_read(quick: ModelOptions) -> None:
    """Infinite, ancient, constant, empty, unique and nested cells never end in a traceback; a perfect leak learns."""
    frame = pl.DataFrame({**_awkward(), "label": np.arange(120) % 2 == 1})
    found = learn(
        from_frame(frame.drop("nothing", "lists")),
        _plain_roles(frame.drop("nothing", "lists"), "label"),
        ("leak",),
        quick,
    )
    assert found.result.features == ("infinite", "leak")
    assert found.result.metrics[0].estimate.value == pytest.approx(1)
    assert any("Infinite" in note for note in found.result.notes)
    assert {item.column for item in found.result.left_out} == {"ancient", "constant", "empty", "unique"}


def test_one_small_class_of_five_gets_a_humble_answer(quick: ModelOptions) -> None:
    """A thousand rows with five ordered classes, one of 12 rows, give all measures and a word of caution."""
    rng = np.random.default_rng(2)
    level = np.sort(np.concatenate([np.repeat([0, 1, 2, 3], [700, 150, 88, 50]), [4] * 12]))
    frame = pl.DataFrame({"x": level + rng.normal(size=1000) * 2, "z": rng.normal(size=1000), "label": level})
    found = learn(from_frame(frame), _plain_roles(frame, "label"), (), quick)
    assert found.result.target.classes == ("0", "1", "2", "3", "4")
    assert any("'4' has only 12 rows" in note for note in found.result.notes)
    assert found.result.groups[4].rows == 12


@pytest.mark.parametrize(
    ("change", "kind", "sentence"),
    [
        (lambda frame: frame.head(20), RefusedError, "too few rows: 20"),
        (lambda frame: frame.with_columns(label=pl.lit("a")), RefusedError, "single value"),
        (lambda frame: frame.with_columns(label=pl.lit(None, dtype=pl.String)), RefusedError, "too few rows: 0"),
        (lambda frame: frame.with_columns(label=pl.lit(float("inf"))), RefusedError, "too few rows: 0"),
        (lambda frame: frame.with_columns(x=pl.lit(1)), RefusedError, "No column is left"),
        (lambda frame: frame.with_columns(x=pl.lit(None, dtype=pl.Int64)), RefusedError, "every cell is missing"),
        (lambda frame: frame.drop("label"), ColumnError, "no label column 'label'"),
        (lambda frame: pl.concat([frame.head(1), frame.tail(1)] * 60), RefusedError, "of 2 visitors or distinct rows"),
    ],
)
def test_what_cannot_be_learned_is_refused_in_a_sentence(
    change: Callable[[pl.DataFrame], pl.DataFrame], kind: type[ClientelaError], sentence: str, quick: ModelOptions
) -> None:
    """Too few rows, one class, no label, no column left: one sentence each."""
    frame = change(pl.DataFrame({"x": range(100), "label": [n > 70 for n in range(100)]}))
    with pytest.raises(kind, match=sentence):
        learn(from_frame(frame), _plain_roles(frame, "label"), (), quick)


def test_no_label_set_is_an_input_error(visits: pl.DataFrame, quick: ModelOptions) -> None:
    """Roles without a label cannot be learned from, and say what to do."""
    with pytest.raises(InputError, match="name the column"):
        learn(from_frame(visits), Roles(()), (), quick)


def test_online_shoppers_five_folds(real_data: Callable[[str], Path]) -> None:
    """On Online Shoppers the five-fold AUC is at least .925 with its interval."""
    frame = pl.read_csv(real_data("online_shoppers.csv"), infer_schema_length=None)
    found = learn(from_frame(frame), _plain_roles(frame, "Revenue"), ("PageValues",), ModelOptions(resamples=100))
    assert found.result.metrics[0].estimate.low > 0.925
    error = found.result.metric("calibration_error")
    assert error is not None
    assert error.estimate.value < 0.012
    assert found.result.variations[1].metric.estimate.value > 0.78


def test_bank_marketing_without_its_leak(real_data: Callable[[str], Path]) -> None:
    """On Bank Marketing the model without the known leak is measured beside the one with it."""
    archive = zipfile.ZipFile(real_data("bank-additional.zip"))
    name = next(n for n in archive.namelist() if n.endswith("bank-additional-full.csv") and "MACOSX" not in n)
    frame = pl.read_csv(io.BytesIO(archive.read(name)), separator=";", infer_schema_length=None).sample(4000, seed=1)
    options = ModelOptions(resamples=20, folds=3)
    found = learn(from_frame(frame), _plain_roles(frame, "y"), ("duration",), options)
    assert found.result.metrics[0].estimate.value > 0.93
    assert 0.74 < found.result.variations[1].metric.estimate.value < 0.84


def test_a_model_that_ranks_backwards_is_called_so(quick: ModelOptions) -> None:
    """Where the newest rows tell the opposite of the past, it is the wrong way round and not a guess."""
    rng = np.random.default_rng(4)
    told = rng.normal(size=1200)
    slope = np.where(np.arange(1200) < 960, 2.0, -2.0)
    frame = pl.DataFrame({"place": np.arange(1200.0), "told": told, "noise": rng.normal(size=1200)}).with_columns(
        label=pl.Series(rng.random(1200) < 1 / (1 + np.exp(-slope * told)))
    )
    roles = replace(_plain_roles(frame, "label"), time="place")
    notes = learn(from_frame(frame), roles, (), replace(quick, resamples=60)).result.notes
    assert any(note.startswith("Forward in time the model ranks the wrong way round: its AUC is 0.") for note in notes)
    assert "The time 'place' holds numbers: rows with larger ones are taken as later." in notes


def test_rows_of_visitors_met_before_are_told(
    visits_of: Callable[..., pl.DataFrame], roles_of: Callable[..., Roles], quick: ModelOptions
) -> None:
    """Where most visitors come again they stay in training, and the promise is said to be for such rows."""
    frame = visits_of(600, 5).with_columns(visitor=(pl.int_range(pl.len()) % 40).cast(pl.String))
    notes = learn(from_frame(frame), roles_of(frame, "bought"), (), quick).result.notes
    assert any(note.startswith("Forward in time 100% of the rows are of visitors met before") for note in notes)
    alone = frame.with_columns(visitor=pl.col("visit"))
    notes = learn(from_frame(alone), roles_of(alone, "bought"), (), quick).result.notes
    assert not any("met before" in note for note in notes)


def test_a_cost_without_a_value_is_told(visits: pl.DataFrame, quick: ModelOptions) -> None:
    """Where nothing says what acting brings, a cost is not dropped without a word; with a value nothing is said."""
    frame = visits.select("device", "pages", "bought")
    roles = _plain_roles(frame, "bought")
    said = learn(from_frame(frame), roles, (), replace(quick, cost=2.0)).result.notes
    assert any(note.startswith("A cost of 2.00 is given, and nothing that acting brings") for note in said)
    priced = learn(from_frame(frame), roles, (), replace(quick, cost=2.0, value=30.0)).result.notes
    assert not any(note.startswith("A cost of") for note in priced)
