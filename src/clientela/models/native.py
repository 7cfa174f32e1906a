"""LightGBM's documented C interface for one row at a time: what its Python face has no call for."""

from __future__ import annotations

import ctypes
import weakref
from functools import cache
from importlib import resources
from typing import Any

from clientela.domain.errors import InputError

_RAW_SCORE, _FLOAT64, _ALL = 1, 1, -1
_LIBRARY = "lib_lightgbm."


class SingleRow:
    """The trees of one question, ready to answer for the row that lies in a buffer.

    Uses `LGBM_BoosterPredictForMatSingleRowFastInit` and `LGBM_BoosterPredictForMatSingleRowFast`, which set up
    everything once and allocate nothing per row. Not for several threads at once.

    Args:
        text: LightGBM's text.
        buffer: The row: `width` numbers of 64 bits.
        width: Columns of the tree matrix.

    Raises:
        InputError: LightGBM cannot read the text.
    """

    def __init__(self, text: str, buffer: ctypes.Array[ctypes.c_double], width: int) -> None:
        library = _library()
        booster, fast, trees = ctypes.c_void_p(), ctypes.c_void_p(), ctypes.c_int()
        _ask(
            library, library.LGBM_BoosterLoadModelFromString(text.encode(), ctypes.byref(trees), ctypes.byref(booster))
        )
        weakref.finalize(self, library.LGBM_BoosterFree, booster)
        columns = ctypes.c_int32(width)
        settings = b"num_threads=1 verbosity=-1"
        _ask(
            library,
            library.LGBM_BoosterPredictForMatSingleRowFastInit(
                booster, _RAW_SCORE, 0, _ALL, _FLOAT64, columns, settings, ctypes.byref(fast)
            ),
        )
        weakref.finalize(self, library.LGBM_FastConfigFree, fast)
        self._score = ctypes.c_double()
        self._length = ctypes.c_int64()
        self._call = library.LGBM_BoosterPredictForMatSingleRowFast
        self._arguments = (fast, buffer, ctypes.byref(self._length), ctypes.byref(self._score))

    def log_odds(self) -> float:
        """Return the log-odds of the row in the buffer."""
        if self._call(*self._arguments):
            _ask(_library(), 1)
        return self._score.value


@cache
def _library() -> Any:
    """Open the library that the lightgbm package brings; it is loaded once a process."""
    inside = resources.files("lightgbm")
    for place in (inside / "lib", inside / "bin", inside):
        if place.is_dir():
            for file in place.iterdir():
                if file.name.startswith(_LIBRARY):
                    return _declared(ctypes.CDLL(str(file)))
    raise InputError("LightGBM is installed without its library in its own folder: install it from its wheel.")


def _declared(library: Any) -> Any:
    """Declare what is passed, so that pointers are not cut to 32 bits."""
    library.LGBM_GetLastError.restype = ctypes.c_char_p
    for name in ("LGBM_BoosterFree", "LGBM_FastConfigFree"):
        getattr(library, name).argtypes = [ctypes.c_void_p]
    return library


def _ask(library: Any, code: int) -> None:
    if code:
        said = library.LGBM_GetLastError().decode(errors="replace")
        raise InputError(f"LightGBM cannot read the trees of the release ({said}): copy it again or learn again.")
