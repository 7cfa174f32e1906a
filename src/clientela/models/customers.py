"""What customers are worth, where a table of visits or purchases says so: visitor, day and amount."""

from __future__ import annotations

from clientela.domain.column import Storage
from clientela.domain.errors import RefusedError
from clientela.domain.progress import SILENT, Progress
from clientela.domain.roles import Roles
from clientela.models.lifetime.estimating import lifetime
from clientela.models.lifetime.result import LifetimeOptions, LifetimeResult
from clientela.tables.table import Table

MOSTLY = 0.5
"""Share of rows without revenue from which rows are visits rather than purchases."""
TIMES = (Storage.DATE, Storage.TIMESTAMP)
AMOUNTS = (Storage.INTEGER, Storage.NUMBER)


def value_customers(
    table: Table, roles: Roles, seed: int, progress: Progress = SILENT
) -> tuple[LifetimeResult | None, str]:
    """Foretell what customers will buy and spend, where the table has a visitor, a time and revenue.

    Args:
        table: The rows.
        roles: Roles of its columns.
        seed: Seed of every random step.
        progress: Takes word of how far it is.

    Returns:
        The result, or None and why there is none; "" where columns for it are missing.
    """
    storage = {field.name: field.storage for field in table.fields}
    visitor, time, revenue = roles.visitor, roles.time, roles.revenue
    if visitor is None or time is None or revenue is None:
        return None, ""
    if storage.get(time) not in TIMES or storage.get(revenue) not in AMOUNTS or visitor not in storage:
        return None, ""
    progress.update("valuing customers")
    zeros = sum(int((batch[revenue] == 0).sum()) for batch in table.batches(columns=[revenue]))
    options = LifetimeOptions(seed=seed, visits=zeros > MOSTLY * table.rows)
    try:
        return lifetime(table, visitor, time, revenue, options, progress).result, ""
    except RefusedError as error:
        return None, f"No value of customers: {error}"
