"""Tests of the single-row call of LightGBM."""

import ctypes
from pathlib import Path

import pytest

from clientela.domain.errors import InputError
from clientela.models import native
from clientela.models.native import SingleRow


def test_damaged_trees_are_refused() -> None:
    """A text that is no model ends in a sentence, with LightGBM's reason."""
    with pytest.raises(InputError, match="cannot read the trees"):
        SingleRow("nothing", (ctypes.c_double * 1)(), 1)


def test_a_missing_library_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Where LightGBM lies without its library, the sentence says so."""
    native._library.cache_clear()
    monkeypatch.setattr(native.resources, "files", lambda name: tmp_path / name)
    with pytest.raises(InputError, match="from its wheel"):
        native._library()
    monkeypatch.undo()
    assert native._library() is native._library()
