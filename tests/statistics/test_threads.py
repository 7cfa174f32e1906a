"""Small problems are solved on one thread, and what comes after has its threads again."""

from __future__ import annotations

import numpy as np
import threadpoolctl

from clientela.statistics.threads import one_thread


def _threads() -> list[int]:
    np.ones(3) @ np.ones(3)
    # scipy has a library of its own, which may be loaded after numpy's was asked for
    pools = (pool for pool in threadpoolctl.threadpool_info() if pool["user_api"] == "blas")
    return [pool["num_threads"] for pool in pools if "numpy" in pool["filepath"]]


def test_one_thread_while_it_lasts() -> None:
    """Within the block linear algebra has one thread, after it as many as before."""
    before = _threads()
    with one_thread():
        assert set(_threads()) == {1}
    assert _threads() == before
