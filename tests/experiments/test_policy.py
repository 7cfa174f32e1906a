"""A policy as a file: what is read, which rule fits, and what is no policy."""

import json

import polars as pl
import pytest

from clientela.domain.errors import InputError, RefusedError
from clientela.experiments.policy import matched, read_policy, table_of

PHONES = {
    "name": "phones first",
    "rules": [
        {"when": {"device": "phone", "new": True}, "show": {"B": 1}},
        {"when": {"device": ["phone", "tablet"], "visits": 3}, "show": {"A": 0.25, "C": 0.75}},
    ],
    "default": {"A": 1.0, "D": 0},
}


def encoded(policy: object) -> bytes:
    """Return a policy as the bytes of its file."""
    return json.dumps(policy).encode()


def test_a_policy_is_read() -> None:
    """Name, columns in their order, variants that can be shown, and probabilities are those of the file."""
    policy = read_policy(encoded(PHONES))
    assert policy.name == "phones first"
    assert policy.columns == ("device", "new", "visits")
    assert policy.variants == ("A", "B", "C")
    assert table_of(policy, ("A", "B", "C")).tolist() == [[0, 1, 0], [0.25, 0, 0.75], [1, 0, 0]]


def test_the_first_rule_that_fits_is_used() -> None:
    """All columns of a rule must fit, values as text; a missing cell fits no rule and goes to the default."""
    frame = pl.DataFrame(
        {
            "device": ["phone", "phone", "tablet", "desk", None],
            "new": ["true", "false", "true", "true", "true"],
            "visits": ["3", "3", "3", "3", "3"],
        }
    )
    assert matched(read_policy(encoded(PHONES)), frame).tolist() == [0, 1, 1, 2, 2]


def test_decisions_without_a_rule_are_counted() -> None:
    """Without a default, decisions that fit no rule are refused with their number and the first of them."""
    policy = read_policy(encoded({"rules": PHONES["rules"]}))
    frame = pl.DataFrame({"device": ["phone", "desk"], "new": ["true", "true"], "visits": ["1", "2"]})
    with pytest.raises(RefusedError, match="fits 1 of 2 decisions .the first has 'device' 'desk'.*add a default"):
        matched(policy, frame)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "no JSON"),
        (b"\xff\xfe", "no JSON"),
        (b"[" * 100_000, "no JSON"),
        (b'{"default": {"A": 1}, "default": {"B": 1}}', "stands twice"),
        (b'{"default": {"A": 0.5, "A": 0.5}}', "stands twice"),
        (b"[]", "must be a JSON object"),
        (b"{}", "neither rules nor a default"),
        (b'{"defaults": {"A": 1}}', "'defaults', which means nothing here"),
        (b'{"name": 5, "default": {"A": 1}}', "name in p.json must be text"),
        (b'{"rules": {}}', "must be a list"),
        (b'{"rules": [3]}', "rule 1 of p.json must be a JSON object, like {.when"),
        (b'{"rules": [{"show": {"A": 1}}]}', "must name columns and their values"),
        (b'{"rules": [{"when": {}, "show": {"A": 1}}]}', "must name columns and their values"),
        (b'{"rules": [{"when": {"a": null}, "show": {"A": 1}}]}', "values of 'a' in rule 1 of p.json"),
        (b'{"rules": [{"when": {"a": []}, "show": {"A": 1}}]}', "values of 'a' in rule 1 of p.json"),
        (b'{"rules": [{"when": {"a": "x"}}]}', "rule 1 of p.json must give a probability"),
        (b'{"rules": [{"when": {"a": "x"}, "show": {"A": 1}, "then": 1}]}', "'then', which means nothing"),
        (b'{"default": {}}', "the default of p.json must give a probability"),
        (b'{"default": {"A": 1.5}}', "'A' in the default of p.json is '1.5'"),
        (b'{"default": {"A": -0.1, "B": 1}}', "'A' in the default of p.json is '-0.1'"),
        (b'{"default": {"A": true}}', "is 'True': it must be from 0 to 1"),
        (b'{"default": {"A": NaN}}', "is 'nan': it must be from 0 to 1"),
        (b'{"default": {"A": "1"}}', "it must be from 0 to 1"),
        (b'{"default": {"A": 0.5, "B": 0.4}}', "add up to 0.9"),
    ],
)
def test_what_is_no_policy_is_told(content: bytes, said: str) -> None:
    """Each way a file can be wrong is one sentence that says where."""
    with pytest.raises(InputError, match=said) as error:
        read_policy(content, "p.json")
    assert "\n" not in str(error.value)
    assert len(str(error.value)) < 250


def test_too_many_rules_are_refused() -> None:
    """A list without end is no policy."""
    with pytest.raises(InputError, match="at most 10,000"):
        read_policy(encoded({"rules": [{}] * 10_001}))


def test_rounding_is_forgiven() -> None:
    """Three thirds to six places add up to 1."""
    assert read_policy(b'{"default": {"A": 0.333333, "B": 0.333333, "C": 0.333333}}').variants == ("A", "B", "C")
