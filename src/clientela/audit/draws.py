"""A column's values as independent draws: in a column that belongs to a key, keys count, not rows."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from clientela.audit.checking import Context
from clientela.domain.column import Storage

Floats = NDArray[np.float64]

DAY = 86_400.0


def draws(context: Context, name: str) -> Floats:
    """Return a column's finite numbers without the one that stands for missing, one per draw.

    Rows that share a joined key repeat one draw: a test that counted them all would take a
    large city for a heap. Of a block whose key is not in the extract each value is taken once.

    Args:
        context: What the checks share.
        name: A numeric column.

    Returns:
        Numbers, one per row; one per key and value where the column belongs to a block.
    """
    arrays = context.facts.arrays
    values = arrays.numbers[name]
    kept = ~np.isnan(values)
    if name in context.codes:
        kept &= values != context.codes[name][0]
    block = next((block for block in context.blocks if name in block.columns), None)
    if block is None:
        return values[kept]
    both = arrays.identity[name]
    for key in block.key_columns:
        codes = arrays.identity[key]
        if context.facts.columns[key].storage is Storage.TIMESTAMP:
            codes = np.nan_to_num(arrays.numbers[key] // DAY, nan=0).astype(np.int64)
            codes = codes - codes.min()
        both = both * (int(codes.max(initial=0)) + 1) + codes
    return values[kept][np.unique(both[kept], return_index=True)[1]]
