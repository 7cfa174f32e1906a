"""Small problems of linear algebra on one thread: on a busy machine more of them cost a hundred times the work."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from clientela.domain.later import later

if TYPE_CHECKING:
    import threadpoolctl
else:
    threadpoolctl = later("threadpoolctl")


@contextmanager
def one_thread() -> Iterator[None]:
    """Keep numpy's linear algebra to one thread while a problem of some thousand rows is solved.

    >>> import numpy as np
    >>> with one_thread():
    ...     float(np.ones(3) @ np.ones(3))
    3.0
    """
    with _pools().limit(limits=1, user_api="blas"):
        yield


@functools.cache
def _pools() -> Any:
    pools: Callable[[], Any] = threadpoolctl.ThreadpoolController
    return pools()
