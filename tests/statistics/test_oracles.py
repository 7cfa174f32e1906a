"""Every measure against what other libraries gave for the same inputs, kept with their versions."""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

FROZEN = json.loads((Path(__file__).parent / "oracles.json").read_text(encoding="utf-8"))
"""Written by `python bench/oracles.py --oracles VENV --freeze tests/statistics/oracles.json`."""


@pytest.fixture(scope="module")
def compute(root: Path) -> Callable[[str, dict[str, Any]], list[float]]:
    """The numbers of one case by our own functions, as the bench asks for them."""
    spec = importlib.util.spec_from_file_location("by_clientela", root / "bench" / "independent" / "by_clientela.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    found: Callable[[str, dict[str, Any]], list[float]] = module.compute
    return found


@pytest.mark.parametrize("measure", FROZEN)
def test_measure_agrees_with_others(measure: str, compute: Callable[[str, dict[str, Any]], list[float]]) -> None:
    """The numbers are those of the libraries named beside them, to the digits stated."""
    kept = FROZEN[measure]
    assert kept["by"]
    for case in kept["cases"]:
        found = compute(measure, case["inputs"])
        assert found == pytest.approx(case["values"], rel=kept["allowed"], abs=kept["allowed"], nan_ok=True)
