"""The model card: all that was asked of it, the same in both forms, and nothing of the data as markup."""

from __future__ import annotations

import re
from dataclasses import replace
from importlib import metadata

import msgspec
import pytest
from syrupy.assertion import SnapshotAssertion

from clientela.models.evidence import Evidence, Looked, Slice, Weak
from clientela.models.release import Manifest, environment
from clientela.models.result import ModelResult, Promise
from clientela.report.card import LICENCES, render_card
from clientela.report.contents import Contents

from .contents_made import about
from .pages import Page

PARTS = ["verdict", "data", "use", "limits", "metrics", "fairness", "retrain", "environment"]
MADE = {
    "python": "3.11.7",
    "clientela": "0.1.0",
    "lightgbm": "4.7.0",
    "numpy": "2.4.6",
    "polars": "2.1.0",
    "scipy": "1.17.1",
}


def manifest(model: ModelResult, contents: Contents) -> Manifest:
    """Return what the release of a model says of itself."""
    return Manifest(
        format=1,
        target=model.target,
        features=model.features,
        identifiers=("visit_id",),
        chosen=model.chosen,
        rows=model.rows,
        seed=model.seed,
        fingerprint=contents.reading.fingerprint,
        environment=MADE,
        visitor="visitor_id",
    )


def card(contents: Contents, model: ModelResult | None = None) -> tuple[str, str]:
    """Return the card of contents, or of them with another model."""
    shown = model or contents.model
    assert shown is not None
    return render_card(contents, shown, manifest(shown, contents))


def grouped(model: ModelResult, *gaps: float, apart: float = 0.0, more: int = 0) -> ModelResult:
    """Return a model with evidence of one group per gap, the last one ranked so far apart, and so many not shown."""
    share, last = about(0.2, 0.05), len(gaps) - 1
    slices = tuple(
        Slice(
            kind="group",
            column="device",
            value=f"d{place}",
            rows=200,
            auc=about(0.8 + apart * (place == last), 0.05),
            observed=share,
            expected=0.2 + gap,
            gap=about(gap, 0.02),
            named=0.1,
            found=about(0.4, 0.1),
            apart=about(apart * (place == last), 0.05),
            rest=0.8,
            off=abs(gap) > 0.02,
            worse=place == last and apart < 0,
        )
        for place, gap in enumerate(gaps)
    )
    looked = Looked(len(gaps) + more, sum(one.off for one in slices), sum(one.worse for one in slices))
    weak = (Weak("pages < 2", 90, 0.3, about(0.2, 0.1), about(0.4, 0.1), 0.2, holds=True),)
    return replace(model, evidence=Evidence(900, slices=slices, weak=weak, looked=looked))


@pytest.mark.parametrize("name", ["shop", "binary", "hostile"])
def test_the_page_is_whole_and_alone(made: dict[str, Contents], name: str) -> None:
    """Every card is well-formed, has its eight parts in order, loads nothing and has no script of the data."""
    html, _ = card(made[name])
    page = Page(html)
    assert page.unclosed == []
    assert [attributes["id"] for tag, attributes in page.elements if tag == "section"] == PARTS
    for tag, attributes in page.elements:
        assert tag not in {"link", "img", "iframe", "object", "embed", "base", "form"}
        assert not {"src", "srcset", "action", "style"} & set(attributes)
    assert sum(tag == "script" for tag, _ in page.elements) == 1


def test_the_markdown_is_read_by_people(made: dict[str, Contents], snapshot: SnapshotAssertion) -> None:
    """The Markdown of the shop: data, use, limits, measures, fairness, retraining, environment, licences."""
    contents = made["shop"]
    assert contents.model is not None
    assert card(contents, grouped(contents.model, 0.001, 0.05))[1] == snapshot


def test_both_forms_say_the_same(made: dict[str, Contents]) -> None:
    """Every line of prose and every cell of the Markdown stands on the page."""
    contents = made["shop"]
    assert contents.model is not None
    html, text = card(contents, grouped(contents.model, 0.05))
    shown = "".join(Page(html).text().split())
    *body, _ = text.splitlines()
    for line in body:
        for part in re.split(r" \| |: ", line.strip("|-# ")):
            plain = re.sub(r"\\(.)", r"\1", part).replace("`", "").strip(" |:-")
            if plain and plain != "---" and not plain.endswith(")"):
                assert "".join(plain.split()) in shown, plain


def test_nothing_of_the_data_is_markup(made: dict[str, Contents]) -> None:
    """Names that are HTML, Markdown or tables stay text in both forms."""
    contents = made["hostile"]
    model = contents.model or made["shop"].model
    assert model is not None
    bad = "<script>alert(1)</script>|[x](javascript:1)`*"
    model = replace(model, features=(bad, *model.features), notes=(bad,), target=replace(model.target, label=bad))
    html, text = render_card(contents, model, manifest(model, contents))
    assert "<script>alert" not in html
    for line in text.splitlines():
        # what stands between backticks is shown as it is
        assert re.search(r"(?<!\\)<|(?<!\\)\[", re.sub(r"`[^`]*`", "", line)) is None, line
    tables = [line for line in text.splitlines() if line.startswith("|") and "alert" in line]
    assert tables
    assert all(len(re.findall(r"(?<!\\)\|", line)) in (3, 4) for line in tables)


def test_fairness_says_what_is_known(made: dict[str, Contents]) -> None:
    """No groups, none that stands out, one that is off, one that is ranked worse: each is told in its own words."""
    contents = made["shop"]
    assert contents.model is not None
    bare = replace(contents.model, evidence=None)
    assert "Not known: no group of the table is large enough" in card(contents, bare)[1]
    none = card(contents, grouped(bare, 0.0, 0.01))[1]
    assert "In none of 2 groups does the model expect more or less than is observed, or rank rows worse" in none
    assert "not shown" not in none
    off = card(contents, grouped(bare, 0.0, -0.05))[1]
    assert "In 1 of 2 groups the model expects beyond chance more or less" in off
    assert "most where “device” is “d1”: 5.0 % too little." in off
    assert "| expects too little |" in off


def test_a_group_ranked_worse_is_no_all_clear(made: dict[str, Contents]) -> None:
    """A group with a lower AUC is named with that of the others, and groups that are not shown are counted."""
    contents = made["shop"]
    assert contents.model is not None
    text = card(contents, grouped(contents.model, 0.0, 0.05, apart=-0.25, more=31))[1]
    assert (
        "In 1 of 33 groups rows are ranked worse beyond chance than the others; worst where “device” is “d1”: "
        "AUC 0.550 (0.500 to 0.600) against 0.800. In 1 of 33 groups the model expects"
    ) in text
    assert "| ranked worse and expects too much |" in text
    assert "Looked at, and not shown: 31 groups." in text
    assert "In none of" not in text


def test_limits_hold_the_promise_and_weak_places(made: dict[str, Contents]) -> None:
    """Notes, what is promised of the next period, and weak places that held are limits."""
    contents = made["shop"]
    assert contents.model is not None
    promise = Promise("auc", (0.8,), None, about(0.8, 0.02), None)
    text = card(contents, replace(grouped(contents.model, 0.0), promise=promise, notes=("Only 12 rows of top.",)))[1]
    assert "- Only 12 rows of top." in text
    assert "In the next period AUC is promised to be 0.800 (0.780 to 0.820)." in text
    assert (
        r"Weak where pages \< 2: its log loss is 0.200 (0.100 to 0.300) above what its own chances expect (90 rows)."
        in text
    )


def test_derived_classes_and_many_columns_are_told(made: dict[str, Contents]) -> None:
    """How classes were made is said; of more than 300 columns the rest is counted; unknown parts have no licence."""
    contents = made["shop"]
    assert contents.model is not None
    target = replace(contents.model.target, derived="Cut at zero and at two quantiles.")
    model = replace(contents.model, target=target, features=tuple(f"c{n}" for n in range(305)), left_out=())
    strange = msgspec.structs.replace(manifest(model, contents), environment={"other": "1"}, fingerprint="")
    text = render_card(replace(contents, command=""), model, strange)[1]
    assert "Cut at zero and at two quantiles." in text
    assert "5 more are in manifest.json." in text
    assert "| other | 1 | not known |" in text
    assert "none: a frame in memory" in text
    assert "Columns left out" not in text
    assert "The same again" not in text


def test_every_part_has_its_licence() -> None:
    """What a release is made with has a licence on the card, and the same family as its own metadata say."""
    assert set(environment()) == set(LICENCES)
    for name in sorted(set(LICENCES) - {"python"}):
        known = metadata.metadata(name)
        told = " ".join(
            [*known.get_all("License-Expression", []), *known.get_all("License", []), *known.get_all("Classifier", [])]
        )
        assert LICENCES[name].split("-")[0].lower() in told.lower()
