"""Values far outside the rest and rows unusual only together, with what leaving them out would change."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from clientela.audit.checking import Context
from clientela.audit.facts import ColumnFacts
from clientela.audit.wording import plural, several, verb
from clientela.domain.finding import Finding, Severity
from clientela.statistics.outliers import beyond, normal_scores, outlying, unusual_rows

Floats = NDArray[np.float64]

MOST = 0.05
"""Share of a column from which far values are a group of their own and no outliers."""

MOST_ROWS = 0.01
"""Share of rows from which columns are related otherwise than as bells, so that no row is unusual."""

MOST_TIED = 0.25
MOST_MISSING = 0.2
MOST_COLUMNS = 40
ROWS_PER_COLUMN = 20
EXAMPLES = 3
SHOWN = 4
LARGE_CHANGE = 0.05


def effect(context: Context, column: ColumnFacts) -> dict[str, Any] | None:
    """Return the values of a column far outside the rest, in numbers, or None where it has none.

    Told are their rows and bounds, mean and standard deviation with and without them, and the correlation
    (Pearson) with the column it is most related to, with and without them.
    """
    known = context.facts.arrays.numbers[column.name]
    held = ~np.isnan(known)
    if column.name in context.codes:
        held &= known != context.codes[column.name][0]
    values = known[held]
    flags = outlying(values) | beyond(values)
    rows = int(flags.sum())
    if not 0 < rows <= MOST * values.size:
        return None
    mean, without = float(values.mean()), float(values[~flags].mean())
    spread = float(values[~flags].std())
    low, high = (values[flags & side] for side in (values < np.median(values), values >= np.median(values)))
    out = np.zeros(known.size, dtype=bool)
    out[held] = flags
    return {
        "rows": round(rows * context.facts.scale),
        "share": rows / values.size,
        "least": float(values[flags].min()),
        "largest": float(values[flags].max()),
        "at_most": float(low.max()) if low.size else None,
        "at_least": float(high.min()) if high.size else None,
        "mean": mean,
        "mean_without": without,
        "mean_change": (mean - without) / (spread or 1.0),
        "deviation": float(values.std()),
        "deviation_without": spread,
    } | _partner(context, column.name, held, out)


def _partner(context: Context, name: str, held: NDArray[np.bool_], out: NDArray[np.bool_]) -> dict[str, Any]:
    """Return the correlation with the most related other number, with and without the rows marked in `out`."""
    others = [c.name for c in context.measured if c.name != name and c.distinct > 2]
    best = max(others, key=lambda other: context.matrix.between(name, other), default=None)
    if best is None or context.matrix.between(name, best) == 0:
        return {}
    numbers = context.facts.arrays.numbers
    both = held & ~np.isnan(numbers[best])
    pair = np.stack([numbers[name], numbers[best]])
    found = [_correlation(pair[:, rows]) for rows in (both, both & ~out)]
    return {"correlated_with": best, "correlation": found[0], "correlation_without": found[1]}


def _correlation(pair: Floats) -> float | None:
    if pair.shape[1] < 2 or min(np.ptp(pair[0]), np.ptp(pair[1])) == 0:
        return None
    return float(_correlations(pair)[0, 1])


def _correlations(rows: Floats) -> Floats:
    found: Floats = np.atleast_2d(np.corrcoef(rows))
    return found


def rows_together(context: Context) -> Finding | None:
    """Find rows whose numbers are unusual only together, such as a weight and a height that were swapped.

    Columns that measure something, vary enough and are mostly filled are compared by normal scores of their ranks
    (`statistics.outliers.unusual_rows`); more than 1 % of such rows say that the columns are related otherwise.
    """
    names = _comparable(context)
    numbers = context.facts.arrays.numbers
    table = np.stack([numbers[name] for name in names], axis=1) if len(names) > 1 else np.empty((0, 0))
    place = np.flatnonzero(~np.isnan(table).any(axis=1)) if len(names) > 1 else np.empty(0, dtype=np.intp)
    if place.size < max(ROWS_PER_COLUMN * len(names), 200):
        return None
    scores = np.stack([normal_scores(table[place, i]) for i in range(len(names))], axis=1)
    if not np.ptp(scores, axis=0).all():
        return None  # numbers beyond 1e30 are one number
    correlation = _correlations(scores.T)
    flags = unusual_rows(scores, correlation)
    if not 0 < flags.sum() <= MOST_ROWS * place.size:
        return None
    weight = np.abs(scores[flags] * (scores[flags] @ np.linalg.pinv(correlation))).mean(axis=0)
    order = [int(i) for i in np.argsort(-weight, kind="stable")]
    pair = order[:2]
    told = [names[i] for i in order[:SHOWN] if weight[i] >= weight[pair[1]] / 2]
    before, after = (_correlation(table[place][rows][:, pair].T) for rows in (slice(None), ~flags))
    rows = round(int(flags.sum()) * context.facts.scale)
    title = f"{plural(rows, 'row')} {verb(rows, 'is', 'are')} unusual only together, in {several(told)}, "
    title += "though each value alone is usual"
    if before is not None and after is not None and f"{before:.2f}" != f"{after:.2f}":
        title += f": without them the correlation of {names[pair[0]]} and {names[pair[1]]} would be {after:.2f}, not "
        title += f"{before:.2f}"
    examples = [
        {names[i]: float(table[row, i]) for i in order[:SHOWN]} for row in place[np.flatnonzero(flags)[:EXAMPLES]]
    ]
    evidence = {
        "rows": rows,
        "share": float(flags.mean()),
        "compared": list(names),
        "pair": [names[i] for i in pair],
        "correlation": before,
        "correlation_without": after,
        "examples": examples,
    }
    changed = abs((before or 0.0) - (after or 0.0)) >= LARGE_CHANGE
    advice = "Look at these rows: swapped cells, mixed units, or visits of another kind."
    severity = Severity.NOTICE if changed else Severity.INFO
    return Finding("outliers", severity, tuple(told), title + ".", evidence, advice)


def _comparable(context: Context) -> list[str]:
    """Return the columns that can be compared by rank, one of those that say nearly the same."""
    facts = context.facts
    names: list[str] = []
    for column in context.measured:
        tied = column.top[0][1] / column.filled if column.top else 0.0
        usable = column.distinct > 20 and tied <= MOST_TIED and column.nulls <= MOST_MISSING * column.rows
        same = any(context.matrix.between(column.name, other) > 0.999 for other in names)
        if usable and not same and column.name not in context.codes and len(names) < MOST_COLUMNS:
            names.append(column.name)
    return [name for name in names if not np.isinf(facts.arrays.numbers[name]).any()]
