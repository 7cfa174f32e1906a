"""Tests of modules that are imported when they are used."""

import subprocess
import sys

import pytest

from clientela.domain.later import later


def test_nothing_is_loaded_before_it_is_used() -> None:
    """Importing the charts does not load altair; drawing one does."""
    code = (
        "import sys; import clientela.report.charts as charts; before = 'altair.vegalite' in sys.modules; "
        "charts.alt.Chart; print(before, 'altair.vegalite' in sys.modules)"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert said.stdout.split() == ["False", "True"]


def test_a_module_that_is_not_there_is_named() -> None:
    """An unknown module is told at once; one already loaded comes back as it is."""
    with pytest.raises(ModuleNotFoundError, match="no_such_module_here"):
        later("no_such_module_here")
    assert later("sys") is sys
