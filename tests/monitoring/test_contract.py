"""The contract: what is learnt, written, read, and told to others."""

from __future__ import annotations

from dataclasses import replace

import duckdb
import pytest
from tests.monitoring.conftest import visits

from clientela.domain.errors import InputError
from clientela.monitoring.baseline import Baseline
from clientela.monitoring.contract import Rule, from_toml, to_pandera, to_sql, to_toml


def test_rules_are_learnt(baseline: Baseline) -> None:
    """A rule that every row of the reference keeps is found, both ways."""
    told = {rule.told for rule in baseline.contract.rules}
    assert {"where paid > 0, bought is true", "where bought is true, paid > 0"} <= told


def test_the_contract_comes_back_as_it_was(baseline: Baseline) -> None:
    """What is written as TOML is read as the same rules and names."""
    back = from_toml(to_toml(baseline.contract))
    assert back.rules == baseline.contract.rules
    assert [term.name for term in back.terms] == [term.name for term in baseline.contract.terms]


def test_a_contract_that_is_none_is_refused_in_one_sentence() -> None:
    """Damage, and rules on columns that are not listed, are wrong input."""
    with pytest.raises(InputError, match="cannot be read"):
        from_toml("[[column]]\nname = 1")
    rule = 'kind="order"\nleft="a"\nleft_is=""\nright="b"\nright_is=""\nexceptions=0\nrows=9\n'
    with pytest.raises(InputError, match="does not list"):
        from_toml(f"[[rule]]\n{rule}")


def test_sql_checks_count_no_broken_row_in_the_reference(baseline: Baseline) -> None:
    """Every exported query runs and finds nothing in the rows it was learnt from."""
    connection = duckdb.connect()
    connection.register("batch", visits(5000, 0).to_arrow())
    queries = [query for query in to_sql(baseline.contract).split(";\n") if query.strip()]
    assert len(queries) > 5
    assert all(connection.sql(query).fetchall() == [(0,)] for query in queries)


def test_pandera_text_is_python(baseline: Baseline) -> None:
    """The exported schema is valid source."""
    compile(to_pandera(baseline.contract), "schema", "exec")


@pytest.mark.parametrize(
    "changed",
    [
        {"kind": "constant", "left": "paid", "left_is": "", "right": "shop", "right_is": ""},
        {"kind": "determines", "left": "paid", "left_is": "", "right": "shop", "right_is": ""},
        {"kind": "order", "left": "shop", "left_is": "", "right": "paid", "right_is": ""},
        {"kind": "agrees", "left": "at", "left_is": "moon", "right": "shop", "right_is": ""},
        {"kind": "implies", "left": "shop", "left_is": ">0", "right": "paid", "right_is": ">0"},
        {"kind": "sum", "left": "paid", "left_is": "", "right": "pages", "right_is": ""},
        {"kind": "always", "left": "paid", "left_is": "", "right": "pages", "right_is": ""},
    ],
    ids=lambda changed: changed["kind"],
)
def test_a_rule_that_its_columns_cannot_have_is_refused(baseline: Baseline, changed: dict[str, str]) -> None:
    """A rule that was edited into one that cannot be asked is one sentence, not an exception in the check."""
    contract = replace(baseline.contract, rules=(Rule(**changed, exceptions=0, rows=9),))
    with pytest.raises(InputError, match=r"rule of kind .* cannot have .*: mend it, or delete it\."):
        from_toml(to_toml(contract))
