"""A module that is imported when it is first used: a page may be written, or only numbers be printed."""

from __future__ import annotations

import importlib.util
import sys
from types import ModuleType


def later(name: str) -> ModuleType:
    """Return a module whose import waits until something of it is asked for.

    Raises:
        ModuleNotFoundError: There is no such module.

    >>> later("colorsys").rgb_to_hsv(0, 0, 1.0)[2]
    1.0
    """
    if name in sys.modules:
        return sys.modules[name]
    spec = importlib.util.find_spec(name)
    if spec is None or spec.loader is None:
        raise ModuleNotFoundError(f"No module named {name!r}", name=name)
    spec.loader = importlib.util.LazyLoader(spec.loader)
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module
