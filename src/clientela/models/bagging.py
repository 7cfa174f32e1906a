"""Several boosted models of the same columns as one: the mean of their answers, in LightGBM's own text."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import zip_longest

_TREES = re.compile(r"^Tree=\d+\n", re.MULTILINE)
_SCALED = re.compile(r"^(leaf_value|internal_value)=(.+)$", re.MULTILINE)
_SIZES = re.compile(r"^tree_sizes=.*$", re.MULTILINE)
END = "end of trees\n"


def average(texts: Sequence[str]) -> str:
    """Return one model whose raw score is the mean of the models' raw scores.

    A boosted model is a sum of trees, so the mean of several is the sum of all their trees
    with values divided by their number. The trees are taken in turn, so that the first
    so many rounds of the mean are the mean of the first so many rounds.

    Args:
        texts: LightGBM's text of each model, all of the same columns.

    Returns:
        LightGBM's text of the mean.
    """
    if len(texts) == 1:
        return texts[0]
    parts = [_parts(text) for text in texts]
    head, _, tail = parts[0]
    # LightGBM stops early where no leaf can be split: the lists may differ in length
    rounds = zip_longest(*(trees for _, trees, _ in parts))
    mixed = [tree for trees in rounds for tree in trees if tree is not None]
    blocks = [f"Tree={place}\n{_divided(tree, len(texts))}" for place, tree in enumerate(mixed)]
    sizes = "tree_sizes=" + " ".join(str(len(block.encode())) for block in blocks)
    return _SIZES.sub(sizes, head) + "".join(blocks) + END + tail


def _parts(text: str) -> tuple[str, list[str], str]:
    """Return what stands before the trees, the trees without their number, and what stands after."""
    body, _, tail = text.partition(END)
    head, *trees = _TREES.split(body)
    return head, trees, tail


def _divided(tree: str, count: int) -> str:
    def divide(found: re.Match[str]) -> str:
        values = " ".join(repr(float(value) / count) for value in found[2].split(" "))
        return f"{found[1]}={values}"

    return _SCALED.sub(divide, tree)
