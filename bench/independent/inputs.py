"""Inputs on which every measure is held against implementations by others: plain lists, drawn from a seed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

Inputs = dict[str, Any]
Random = np.random.Generator


def _wilson(random: Random) -> Inputs:
    n = int(random.integers(1, 5000))
    return {"successes": int(random.binomial(n, random.random())), "n": n, "level": float(random.choice([0.8, 0.95]))}


def _bootstrap(random: Random) -> Inputs:
    size = int(random.integers(12, 41))
    return {
        "top": random.exponential(size=size).tolist(),
        "bottom": random.uniform(1, 3, size).tolist(),
        "resamples": 400,
        "seed": int(random.integers(0, 1000)),
    }


def _two_numbers(random: Random) -> Inputs:
    size = int(random.integers(20, 200))
    first = random.integers(0, int(random.integers(3, 60)), size).astype(float)
    second = np.round(random.normal(size=size) + random.normal() * first / 10, int(random.integers(0, 4)))
    return {"first": first.tolist(), "second": second.tolist()}


def _bell(random: Random) -> Inputs:
    # Below this the noise of the hundred cells that phi_k counts is larger than what is measured.
    strength = random.uniform(0.3, 0.9)
    both = random.multivariate_normal([0, 0], [[1, strength], [strength, 1]], 4000)
    return {"first": both[:, 0].round(6).tolist(), "second": both[:, 1].round(6).tolist()}


def _two_texts(random: Random) -> Inputs:
    # Tables of two by two are left out: the others correct them for continuity (Yates), which the measure does not.
    size, levels = int(random.integers(60, 300)), int(random.integers(3, 7))
    first = np.append([0, 1, 2], random.integers(0, levels, size - 3))
    second = np.where(random.random(size) < random.random(), first % 3, random.integers(0, 4, size))
    return {"first": first.tolist(), "second": second.tolist()}


def _text_and_number(random: Random) -> Inputs:
    size, levels = int(random.integers(40, 300)), int(random.integers(2, 7))
    codes = np.append(np.arange(levels), random.integers(0, levels, size))
    return {"codes": codes.tolist(), "values": np.round(random.normal(codes * random.random()), 1).tolist()}


def _p_values(random: Random) -> Inputs:
    return {"p_values": (random.random(int(random.integers(1, 40))) ** 3).tolist()}


def _even_keys(random: Random) -> Inputs:
    keys, rows = int(random.integers(10, 40)), int(random.integers(2, 6))
    key = np.repeat(np.arange(keys), rows)
    value = np.where(random.random(key.size) < random.random(), key % 5, random.integers(0, 5, key.size))
    order = random.permutation(key.size)
    return {"key": key[order].tolist(), "value": value[order].tolist()}


def _any_keys(random: Random) -> Inputs:
    key = random.integers(0, 25, 120)
    return {"key": key.tolist(), "value": np.where(random.random(120) < 0.6, key % 4, 4).tolist()}


def _scored(random: Random) -> Inputs:
    size = int(random.integers(40, 300))
    truth = np.append([1, 0], random.random(size) < 0.3).astype(int)
    return {"truth": truth.tolist(), "scores": np.round(random.normal(truth), int(random.integers(0, 4))).tolist()}


def _weighted(random: Random) -> Inputs:
    given = _scored(random)
    return {**given, "weights": random.integers(1, 5, len(given["truth"])).astype(float).tolist()}


def _folded(random: Random) -> Inputs:
    size = 200
    codes = random.integers(0, 12, size)
    truth = (random.random(size) < 0.1 + 0.05 * codes).astype(int)
    return {"codes": codes.tolist(), "truth": truth.tolist(), "fold": (np.arange(size) % 5).tolist()}


def _amounts(random: Random) -> Inputs:
    size = int(random.integers(60, 1000))
    return {"values": (random.lognormal(3, random.uniform(0.1, 1.5), size)).round(3).tolist()}


def _shares(random: Random) -> Inputs:
    base = random.uniform(0.01, 0.5)
    return {"base": base, "changed": base * random.uniform(1.02, 1.5), "power": float(random.choice([0.8, 0.9]))}


def _means(random: Random) -> Inputs:
    return {"deviation": random.uniform(1, 90), "difference": random.uniform(0.5, 5), "power": 0.9}


def _two_kinds(random: Random) -> Inputs:
    size = int(random.integers(10, 300))
    return {"codes": np.append([0, 1], random.random(size) < random.uniform(0.2, 0.8)).astype(int).tolist()}


def _few_of_many_kinds(random: Random) -> Inputs:
    return {"codes": np.append([0, 1, 2], random.integers(0, 4, 4)).tolist()}


def _chances(random: Random) -> Inputs:
    size, classes = int(random.integers(20, 200)), int(random.integers(2, 6))
    truth = np.append(np.arange(classes), random.integers(0, classes, size))
    return {"truth": truth.tolist(), "chances": random.dirichlet(np.ones(classes), truth.size).tolist()}


def _told(random: Random) -> Inputs:
    given = _chances(random)
    truth = np.array(given["truth"])
    told = np.where(random.random(truth.size) < 0.5, truth, np.argmax(given["chances"], axis=1))
    return {"truth": truth.tolist(), "told": told.tolist(), "weights": random.integers(1, 4, truth.size).tolist()}


def _one_chance(random: Random) -> Inputs:
    chances = random.permutation(np.arange(1, 401) / 401)
    return {"truth": (random.random(400) < chances**1.3).astype(int).tolist(), "chances": chances.tolist()}


def _pieces(random: Random) -> Inputs:
    sizes = random.integers(1, 5, 3)
    return {"numbers": np.sort(random.normal(size=int(sizes.sum()))).tolist(), "sizes": sizes.tolist()}


def _cliff(random: Random) -> Inputs:
    values = random.normal(50, 10, 1500)
    return {"values": values[values > random.uniform(30, 50)].round(2).tolist()}


def _rows(random: Random) -> Inputs:
    return {"rows": random.integers(0, (2, 3, 3, 5), (int(random.integers(30, 120)), 4)).tolist()}


DRAWS: dict[str, Callable[[Random], Inputs]] = {
    "wilson": _wilson,
    "bootstrap": _bootstrap,
    "spearman": _two_numbers,
    "spearman and phi_k": _bell,
    "cramers_v": _two_texts,
    "correlation_ratio": _text_and_number,
    "holm": _p_values,
    "agreement": _even_keys,
    "pairs of a key": _any_keys,
    "delong": _scored,
    "ranking": _weighted,
    "gain": _scored,
    "out_of_fold": _folded,
    "fences": _amounts,
    "top_share": _amounts,
    "histogram": _amounts,
    "size for shares": _shares,
    "size for means": _means,
    "runs of two": _two_kinds,
    "runs of many": _few_of_many_kinds,
    "losses": _chances,
    "classes": _told,
    "calibration": _one_chance,
    "cut": _pieces,
    "edge": _cliff,
    "repeats": _rows,
}
"""How the inputs of each measure are drawn."""


def draw(measure: str, cases: int, seed: int) -> list[Inputs]:
    """Return the inputs of some cases of a measure; the same ones for the same seed."""
    return [DRAWS[measure](np.random.default_rng([seed, case])) for case in range(cases)]
