"""The smooth minimum that penalised fits and calibrations need."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import scipy.optimize

from clientela.models.values import FloatArray

_minimize: Any = scipy.optimize.minimize


def lowest(loss: Callable[[FloatArray], tuple[float, FloatArray]], start: FloatArray) -> tuple[FloatArray, float]:
    """Return where a smooth convex function is lowest, and its value there (L-BFGS, Byrd et al. 1995).

    Args:
        loss: Returns value and gradient.
        start: Where to begin.

    >>> point, value = lowest(lambda x: (float((x - 2) @ (x - 2)), 2 * (x - 2)), np.zeros(1))
    >>> round(float(point[0]), 6), round(value, 6)
    (2.0, 0.0)
    """
    options = {"maxiter": 500, "gtol": 1e-7, "ftol": 1e-11}
    found = _minimize(loss, start, jac=True, method="L-BFGS-B", options=options)
    return np.asarray(found.x, dtype=np.float64), float(found.fun)
