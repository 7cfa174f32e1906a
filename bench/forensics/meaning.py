"""Plants in what columns mean to each other: relations, the label, people."""

from __future__ import annotations

import numpy as np
import polars as pl
from scipy.special import ndtr

from forensics.ground import Ground, Planted, Planter, Values

FIRST = ("Anna", "Jonas", "Marie", "Luis", "Sofia", "Emil", "Nora", "Paul")
LAST = ("Keller", "Novak", "Garcia", "Rossi", "Dubois", "Jansen", "Weber", "Silva")


def association(ground: Ground) -> Planted:
    """Two new columns that go together: .58, .75, .92; numeric, mixed or categorical."""
    first, second = ground.fresh("rel_a"), ground.fresh("rel_b")
    strength = ground.pick((0.57, 0.6), (0.7, 0.8), (0.9, 0.95))
    one = ground.chance.normal(0, 1, ground.rows)
    other = strength * one + np.sqrt(1 - strength**2) * ground.chance.normal(0, 1, ground.rows)
    kind = int(ground.chance.integers(3))
    ground.put(first, np.round(one * 30 + 200, 1) if kind < 2 else _levels(one))
    ground.put(second, np.round(other * 7 + 50, 2) if kind == 0 else _levels(other))
    return Planted("association", (first, second), {"strength": strength, "kind": kind})


def _levels(values: Values) -> list[str]:
    return [f"level {code}" for code in np.floor(ndtr(values) * 8).astype(int)]


def redundant(ground: Ground) -> Planted:
    """A copy, the same in another unit (rounded), or nearly the same."""
    name = ground.number()
    other = ground.fresh(f"{name}_2")
    cells = ground.frame[name].to_numpy().astype(np.float64)
    noise = ground.chance.normal(0, 1, cells.size) * cells.std()
    ground.put(other, (cells + 0.05 * noise, np.round(cells * 1.8 + 32, 1), cells)[ground.strength])
    return Planted("redundant", (name, other))


def derived(ground: Ground) -> Planted:
    """A product, sum, difference or quotient of two columns; rounded; with 2 % of cells otherwise."""
    first, second, name = ground.number(), ground.number(), ground.fresh("calc")
    one, other = (ground.frame[part].to_numpy().astype(np.float64) for part in (first, second))
    safe = np.where(other == 0, 1, other)
    kind = int(ground.chance.integers(4))
    cells = (one * other, one + other, one - other, one / safe)[kind]
    cells = np.round(cells, 2) if ground.strength < 2 else cells
    if ground.strength == 0:
        rows = ground.share(0.02)
        cells[rows] = np.round(cells[rows] * ground.chance.uniform(0.5, 1.5, rows.size), 2)
    ground.put(name, cells)
    return Planted("derived", (name,), {"from": (first, second), "by": "*+-/"[kind]})


def unavailable_live(ground: Ground) -> Planted:
    """Columns complete only at the end, by name: plain, in words, in another language."""
    name = ground.fresh(ground.pick("verweildauer_s", "time_on_site", "session_duration"))
    ground.put(name, np.round(ground.chance.gamma(2, 100, ground.rows)))
    return Planted("unavailable_live", (name,))


def class_balance(ground: Ground) -> Planted:
    """A label with a rare class of 10 %, 4 % or 1 %; the table's own one is dropped."""
    if ground.label is not None:
        ground.frame = ground.frame.drop(ground.label)
    name = ground.fresh("converted")
    ground.put(name, ground.chance.random(ground.rows) < ground.pick(0.1, 0.04, 0.01))
    return Planted("class_balance", (name,), ask={"label": None})


def small_sample(ground: Ground) -> Planted | None:
    """So few rows of the rare class that a model of these columns cannot be borne: 45, 25 or 8."""
    if ground.label is None:
        return None
    outcome, left = ground.outcome(), int(ground.pick((40, 48), (20, 30), (6, 10)))
    kept = np.append(np.flatnonzero(outcome == 0), np.flatnonzero(outcome == 1)[:left])
    cells = ground.frame[str(ground.label)].cast(pl.String)
    classes = cells.value_counts(sort=True)[cells.name]
    ground.frame = ground.frame[np.sort(kept)]
    return Planted("small_sample", (str(ground.label),), {"rows": left, "classes": classes.len()})


def leak(ground: Ground) -> Planted | None:
    """A column that knows the label: alone at an area of about .93 (weak), .98, or wholly."""
    if ground.label is None:
        return None
    outcome = ground.outcome()
    apart = ground.pick((2.0, 2.2), (2.8, 3.2), (6.0, 9.0))
    stem = str(ground.chance.choice(["payment_state", "v_final", "status_x"]))
    name = ground.fresh(stem)
    ground.put(name, np.round(outcome * apart + ground.chance.normal(0, 1, outcome.size), 3))
    return Planted("leak", (name,), {"apart": apart})


def target_aggregate(ground: Ground) -> Planted | None:
    """The mean of the label over groups: smoothed towards the whole, plain, over large groups."""
    if ground.label is None:
        return None
    outcome, name = ground.outcome(), ground.fresh("grp_rate")
    groups = ground.groups(int(ground.pick((200, 400), (100, 250), (25, 60))), 3.0)
    count, total = np.bincount(groups), np.bincount(groups, weights=outcome)
    prior = ground.pick(5.0, 0.0, 0.0)
    means = (total + prior * outcome.mean()) / np.maximum(count + prior, 1)
    ground.put(name, np.round(means[groups], 6))
    return Planted("target_aggregate", (name,), {"groups": int((count > 0).sum()), "smoothed": prior})


def personal_data(ground: Ground) -> Planted:
    """E-mail addresses, phone numbers, IP addresses, cards or names, in 55 %, 85 % or all cells."""
    share = ground.pick((0.52, 0.6), (0.8, 0.9), (1.0, 1.0))
    kind = int(ground.chance.integers(6))
    stem = ("info", "field_7", "origin", "extra_1", "kontakt", "addr_ip")[kind]
    name = ground.fresh("last_name" if kind == 4 else stem)
    cells: list[str | None] = [_person(ground.chance, kind, row) for row in range(ground.rows)]
    for row in np.flatnonzero(ground.chance.random(ground.rows) > share):
        cells[row] = "unknown"
    ground.put(name, cells)
    kinds = ("e-mail", "phone", "IP", "card", "name", "e-mail with name")
    return Planted("personal_data", (name,), {"kind": kinds[kind], "share": share})


def _person(chance: np.random.Generator, kind: int, row: int) -> str:
    first, last = str(chance.choice(FIRST)), str(chance.choice(LAST))
    digits = "".join(str(digit) for digit in chance.integers(0, 10, 14))
    return (
        f"{first}.{last}{row}@mail.example".lower(),
        f"+49 {digits[:3]} {digits[3:10]}",
        ".".join(str(part) for part in chance.integers(1, 255, 4)),
        _card(f"4{digits}"),
        f"{last}-{chance.choice(LAST)}{'' if row % 3 else ' ' + first}{row % 97}",
        f"{first[0]}{last}{row}@shop.example",
    )[kind]


def _card(digits: str) -> str:
    """Return 15 digits with their check digit (Luhn)."""
    doubled = [int(digit) * (2 - place % 2) for place, digit in enumerate(digits)]
    total = sum(value - 9 * (value > 9) for value in doubled)
    return f"{digits}{-total % 10}"


MEANING: tuple[Planter, ...] = (
    association,
    redundant,
    derived,
    unavailable_live,
    class_balance,
    small_sample,
    leak,
    target_aggregate,
    personal_data,
)
