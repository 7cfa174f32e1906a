"""What is true of a generated table: written beside it for tests, never read by the product."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
import polars as pl

from clientela.samples import dirt, world
from clientela.samples.columns import COLUMNS
from clientela.samples.dirt import Extract
from clientela.samples.quality import best_chance
from clientela.samples.randoms import Floats
from clientela.samples.visitors import owners, visitor_ids, visitor_types
from clientela.samples.visits import Draws
from clientela.statistics.scores import auc

MOST_LISTED_VISITORS = 100_000
MOST_LISTED_LINES = 100_000
QUALITY_ROWS = 50_000

_BLOCKS: dict[str, dict[str, Any]] = {
    "weather": {
        "kind": "calendar",
        "keys": ["visit_time", "city"],
        "key_rule": "date of visit_time, and city",
        "intent": {"rain_mm > 0": world.RAIN_INTENT},
        "tells_type": False,
    },
    "address": {
        "kind": "customer",
        "keys": ["visitor_id"],
        "intent": {"dist_km": world.DISTANCE_INTENT},
        "tells_type": False,
    },
    "area": {
        "kind": "geography",
        "keys": ["area_cd"],
        "intent": {"(pp_idx - 100) / 15": world.POWER_INTENT, "hh_size": 0.0, "hh_child_pct": 0.0},
        "tells_type": False,
    },
    "crm": {
        "kind": "customer",
        "keys": ["visitor_id"],
        "intent": {
            f"log(1 + crm_orders) - {world.CRM_ORDERS_CENTRE}": world.ORDERS_INTENT,
            "crm_nl = Y": world.NEWSLETTER_INTENT,
            "crm_since": 0.0,
            "crm_age": 0.0,
        },
        "tells_type": True,
    },
    "campaign": {
        "kind": "campaign",
        "keys": ["cmp_id"],
        "intent": {
            f"cmp_chan = {name}": float(value) for name, value in zip(world.CHANNELS, world.CHANNEL_INTENT, strict=True)
        },
        "tells_type": True,
    },
    "interests": {
        "kind": "product",
        "keys": ["visitor_id"],
        "intent": {"aff_home": world.HOME_INTENT, "aff_fashion": 0.0, "aff_tech": 0.0, "aff_kids": 0.0},
        "tells_type": True,
    },
    "area_average": {"kind": "geography", "keys": ["area_cd"], "intent": {"area_avg": 0.0}, "tells_type": False},
}
_DRAWN_AS = {"address": "distance"}
_INTENT_BLOCKS = _BLOCKS.keys() - {"area_average"}


class Tally:
    """Counts that go into the truth, taken from the lines as they are written."""

    def __init__(self) -> None:
        self.lines = 0
        self.blanks = 0
        self.revenue = 0.0
        self.sentinels: list[int] = []
        self._counts: Counter[str] = Counter()

    def add(self, frame: pl.DataFrame, blanks: int = 0) -> None:
        """Count typed lines as `Extract.frame` gives them, and cells that get a stray blank."""
        missing = frame[dirt.SENTINEL_COLUMN] == world.SENTINEL
        if self.lines + len(frame) <= MOST_LISTED_LINES:
            self.sentinels += (missing.arg_true() + self.lines).to_list()
        self.lines += len(frame)
        self.blanks += blanks
        self.revenue += float(frame["order_value"].to_numpy().sum())
        self._counts["sentinels"] += int(missing.sum())
        self._counts["capped"] += int((frame["session_sec"] == world.SESSION_CAP).sum())
        for name in frame.columns:
            self._counts[f"cells {name}"] += frame[name].count()
        for name in world.GROUPS:
            self._counts[f"group {name}"] += int((frame["revenue_group"] == name).sum())

    def count(self, name: str) -> int:
        """Return how many "sentinels", "capped", "cells <column>" or "group <name>" there are."""
        return self._counts[name]


def truth(extract: Extract, tally: Tally) -> dict[str, Any]:
    """Return everything that is true of a table.

    Args:
        extract: The table.
        tally: Counts of its lines, all of them added.

    Returns:
        Plain data, ready for JSON; shares are between 0 and 1, lines count data lines from 0.
    """
    shop = extract.shop
    return {
        "about": "Truth behind a generated table of visits; it is generated data, no real shop or person is in it.",
        "seed": extract.seed,
        "lines": extract.lines,
        "visits": shop.rows,
        "visitors": _visitor_count(shop.rows),
        "period": [world.FIRST_DAY.isoformat(), world.LAST_DAY.isoformat()],
        "order": "by day; within a day in no order",
        "label": _label(tally),
        "columns": {
            column.name: {
                "origin": column.origin.value,
                "available": column.available.value,
                "block": column.block or None,
            }
            for column in COLUMNS
        },
        "blocks": _blocks(extract, tally),
        "processing": _processing(extract, tally),
        "dirt": _dirt(extract, tally),
        "quality": _quality(extract),
        "variants": _variants(),
        "types": _types(extract),
    }


def _visitor_count(visits: int) -> int:
    return int(owners(np.array([visits - 1]))[0]) + 1


def _label(tally: Tally) -> dict[str, Any]:
    return {
        "column": "revenue_group",
        "order": list(world.GROUPS),
        "from": "order_value",
        "upper_bounds": dict(zip(world.GROUPS[1:-1], world.GROUP_BOUNDS, strict=True)),
        "rule": "none where order_value is 0, else the first group whose upper bound is not exceeded, else top",
        "shares": {name: round(tally.count(f"group {name}") / tally.lines, 6) for name in world.GROUPS},
        "revenue": round(tally.revenue, 2),
    }


def _blocks(extract: Extract, tally: Tally) -> list[dict[str, Any]]:
    draws = _seen(extract)
    bought = draws.value > 0
    best = _fair_auc(draws.probability, best_chance(draws))
    first = np.unique(draws.number, return_index=True)[1]
    matched_keys = {
        "area": float(extract.shop.areas.matched.mean()),
        "crm": float(draws.visitor.known[first].mean()),
    }
    blocks = []
    for name, facts in _BLOCKS.items():
        columns = [column.name for column in COLUMNS if column.block == name and column.name not in facts["keys"]]
        intent = draws.known_intent.get(_DRAWN_AS.get(name, name), np.zeros(len(bought)))
        without = best_chance(draws, without=(_DRAWN_AS.get(name, name),)) if name in _INTENT_BLOCKS else None
        lost = 0.0 if without is None else best - _fair_auc(draws.probability, without)
        matched = tally.count(f"cells {columns[0]}")
        blocks.append(
            {
                "name": name,
                **facts,
                "columns": columns,
                "coverage": round(matched / tally.lines, 6),
                "matched_lines": matched,
                "key_coverage": round(matched_keys.get(name, 1.0), 6),
                "fan_out": 1.0,
                "intent_deviation": round(float(intent.std()), 4),
                "auc_lost_without": round(lost, 4),
            }
        )
    return blocks


def _seen(extract: Extract) -> Draws:
    """All visits, or 50,000 evenly spread ones where there are more."""
    rows = extract.shop.rows
    taken = min(rows, QUALITY_ROWS)
    return extract.shop.draw(np.arange(taken) * rows // taken)


def _fair_auc(probability: Floats, scores: Floats) -> float:
    """AUC expected over all orders that could have come of these visits."""
    labels = np.repeat([1, 0], len(scores))
    weights = np.concatenate([probability, 1 - probability])
    return auc(labels, np.tile(scores, 2), weights)


def _quality(extract: Extract) -> dict[str, Any]:
    draws = _seen(extract)
    bought = (draws.value > 0).astype(np.int64)
    chances = {
        "live": best_chance(draws),
        "with_session": best_chance(draws, session=True),
        "true_probability": draws.probability,
    }
    return {
        "question": "order_value > 0",
        "rows": len(bought),
        "live": "columns known before the visit and the collected ones, one row at a time",
        "with_session": "the same and session_sec; nothing that is known only after the order",
        "true_probability": "type and mood known too; no model can see them",
        "expected_auc": {name: round(_fair_auc(draws.probability, chance), 4) for name, chance in chances.items()},
        "auc_here": {name: round(auc(bought, chance), 4) for name, chance in chances.items() if 0 < bought.mean() < 1},
    }


def _processing(extract: Extract, tally: Tally) -> dict[str, Any]:
    return {
        "capped": {"session_sec": {"at": world.SESSION_CAP, "lines": tally.count("capped")}},
        "rounded": {"dist_km": {"to": world.DISTANCE_STEP}},
        "standardised": [f"aff_{name}" for name in world.INTERESTS],
        "target_aggregate": {"area_avg": {"of": "rank of revenue_group, 0 none to 4 top", "by": "area_cd"}},
        "binned": {"revenue_group": "order_value"},
        "constant": ["src_ref"],
        "unmatched_areas": [
            name for name, kept in zip(extract.shop.areas.names, extract.shop.areas.matched, strict=True) if not kept
        ],
    }


def _dirt(extract: Extract, tally: Tally) -> dict[str, Any]:
    listed = extract.lines <= MOST_LISTED_LINES
    copied: list[list[int]] = []
    if listed:
        positions, copies = extract.origin(np.arange(extract.lines))
        copied = [[int(line), int(np.flatnonzero(positions == positions[line])[0])] for line in np.flatnonzero(copies)]
    return {
        "duplicate_lines": extract.lines - extract.shop.rows,
        "duplicates": copied if listed else None,
        "sentinel": {
            "column": dirt.SENTINEL_COLUMN,
            "value": world.SENTINEL,
            "lines": tally.count("sentinels"),
            "where": tally.sentinels if listed else None,
        },
        "stray_blanks": {"column": dirt.BLANK_COLUMN, "cells": tally.blanks},
    }


def _variants() -> dict[str, Any]:
    response = {
        kind: dict(zip(world.VARIANTS, line, strict=True))
        for kind, line in zip(world.TYPES, world.VARIANT_RESPONSE.tolist(), strict=True)
    }
    return {
        "shown": world.VARIANTS[0],
        "meaning": "conversion on each page variant as a multiple of that on the one shown",
        "response": response,
        "best": {
            kind: world.VARIANTS[place]
            for kind, place in zip(world.TYPES, world.VARIANT_RESPONSE.argmax(axis=1).tolist(), strict=True)
        },
    }


def _types(extract: Extract) -> dict[str, Any]:
    count = _visitor_count(extract.shop.rows)
    facts: dict[str, Any] = {
        "names": list(world.TYPES),
        "recipe": "clientela.samples.visitors.visitor_types(number, stream(seed).named('visitors'))",
        "visitors": None,
    }
    if count <= MOST_LISTED_VISITORS:
        numbers = np.arange(count)
        kinds = visitor_types(numbers, extract.shop.source.named("visitors"))
        names = [world.TYPES[kind] for kind in kinds]
        facts["shares"] = {name: round(names.count(name) / count, 6) for name in world.TYPES}
        facts["visitors"] = dict(zip(visitor_ids(numbers).to_list(), names, strict=True))
    return facts
