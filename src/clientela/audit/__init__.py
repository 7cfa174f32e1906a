"""What is in the data, what was done to it, where it came from."""

import importlib
import sys
from types import ModuleType
from typing import Any


class _Callable(ModuleType):
    """A module that is called like the function it is named after.

    The package and the step share one name, and importing the package binds it over a
    function of that name in `clientela`; so the package itself answers the call. The stage
    is loaded when it is called, to keep the import light.
    """

    def __call__(self, *args: Any, **named: Any) -> Any:
        """Audit a table; see `clientela.audit.auditing.audit`."""
        return importlib.import_module("clientela.audit.auditing").audit(*args, **named)


sys.modules[__name__].__class__ = _Callable
