"""Rules as a Python file: the same members as in memory, nothing needed, nothing run."""

from __future__ import annotations

import ast
import importlib.util
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clientela.models.values import numbers
from clientela.segments.result import Condition, SegmentResult
from clientela.segments.rules import assign
from clientela.segments.standalone import source

from .exported import HOSTILE, RULES, result, rows

Rule = Callable[[Mapping[str, Any]], str]


@pytest.fixture
def loaded(tmp_path: Path) -> Callable[[SegmentResult], Any]:
    """Return a function that writes the rules to a file and imports it."""

    def load(segments: SegmentResult) -> Any:
        path = tmp_path / "rules.py"
        path.write_text(source(segments), encoding="ascii")
        spec = importlib.util.spec_from_file_location("rules", path)
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return module

    return load


def test_the_file_names_the_segment_that_assign_names(loaded: Callable[[SegmentResult], Any]) -> None:
    """Row by row, every kind of cell included."""
    frame, segments = rows(20_000), result(*RULES)
    rule: Rule = loaded(segments).segment
    assert [rule(row) for row in frame.iter_rows(named=True)] == assign(segments, frame).to_list()


def test_text_is_read_for_numbers_as_in_memory(loaded: Callable[[SegmentResult], Any]) -> None:
    """What Python alone would take for a number (underscores, other digits) is unknown as elsewhere."""
    number = loaded(result(()))._number
    cells = ["1", " 2.5\u00a0", "+1e3", ".5", "5.", "1_0", "\u0663", "0x1", "inf", "nan", "", "-", "1e999", "- 1", "e5"]
    expected = [None if value != value else value for value in numbers(pl.Series(cells)).tolist()]
    assert [number(cell) for cell in cells] == expected


@given(st.text(max_size=8), st.text(max_size=8))
def test_names_and_values_are_literals(value: str, column: str) -> None:
    """Whatever stands in names and cells, the file has one function that returns one of two constants."""
    rules = result((Condition(column, "in", None, (value,)),), ())
    tree = ast.parse(source(rules))
    strings = {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant)}
    assert {value, column} <= strings
    assert [node.name for node in tree.body if isinstance(node, ast.FunctionDef)][-1] == "segment"


def test_a_lacking_column_is_an_error(loaded: Callable[[SegmentResult], Any]) -> None:
    """A row without the column of a rule is refused, not put in some segment."""
    rule: Rule = loaded(result(*RULES)).segment
    with pytest.raises(KeyError):
        rule({HOSTILE: "a"})
