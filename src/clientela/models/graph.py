"""An ONNX graph put together node by node, one row of every column at a time, in 64-bit numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import count
from typing import Any

import numpy as np
from numpy.typing import NDArray

from clientela.models.grove import MOST_NODES, Grove
from clientela.models.values import FloatArray

OPERATORS, LEARNED = 20, 5
"""Versions of the operators of ONNX, the first that parts texts, and of those for learned models: the first with trees
of 64-bit numbers."""
FILE_FORMAT = 9
_UP_TO, _MEMBER = 0, 6


class Graph:
    """A graph that grows.

    Args:
        onnx: The package.
        taken: Names of what goes in and comes out, which nothing within may have.
    """

    def __init__(self, onnx: Any, taken: set[str]) -> None:
        self.DOUBLE, self.INT64 = onnx.TensorProto.DOUBLE, onnx.TensorProto.INT64
        self._onnx = onnx
        self._names = (name for name in map("part_{}".format, count()) if name not in taken)
        self._nodes: list[Any] = []
        self._constants: list[Any] = []
        self._numbers: dict[str, str] = {}

    def of(self, operator: str, *inputs: str, domain: str = "", **attributes: Any) -> str:
        """Add a node and return the name of what it gives."""
        name = next(self._names)
        node = self._onnx.helper.make_node(operator, list(inputs), [name], domain=domain, **attributes)
        self._nodes.append(node)
        return name

    def number(self, value: float) -> str:
        """Return the name of a number, the same one for the same number."""
        key = repr(float(value))
        if key not in self._numbers:
            self._numbers[key] = self.numbers(np.array(value, dtype=np.float64))
        return self._numbers[key]

    def numbers(self, values: FloatArray) -> str:
        """Return the name of an array of numbers."""
        return self._constant(np.asarray(values, dtype=np.float64))

    def whole(self, values: Sequence[int]) -> str:
        """Return the name of a list of whole numbers."""
        return self._constant(np.array(values, dtype=np.int64))

    def line(self, cells: str, slope: float, intercept: float) -> str:
        """Return slope x cells + intercept."""
        return self.of("Add", self.of("Mul", cells, self.number(slope)), self.number(intercept))

    def total(self, parts: Sequence[str]) -> str:
        """Return the sum of some columns, from the first one on."""
        found = parts[0]
        for part in parts[1:]:
            found = self.of("Add", found, part)
        return found

    def codes(self, column: str, values: Sequence[str], other: int, absent: int) -> str:
        """Return the code of every text: its place among the values, `other`, or `absent` where it is empty."""
        return self.of(
            "LabelEncoder",
            column,
            domain="ai.onnx.ml",
            keys_strings=[*values, ""],
            values_int64s=[*range(len(values)), absent],
            default_int64=other,
        )

    def place(self, value: int) -> str:
        """Return the name of a whole number."""
        return self._constant(np.array(value, dtype=np.int64))

    def words(self, column: str, words: Sequence[str]) -> str:
        """Return which words each text holds, as 1 and 0: rows by words; a text is words with blanks between."""
        helper = self._onnx.helper
        parted, counted = next(self._names), next(self._names)
        self._nodes.append(helper.make_node("StringSplit", [column], [parted, counted], delimiter=" "))
        codes = self.codes(parted, words, len(words), len(words))
        same = self.of("Equal", self.of("Unsqueeze", codes, self.whole([2])), self.whole(range(len(words))))
        counts = self.of("ReduceSum", self.of("Cast", same, to=self.DOUBLE), self.whole([1]), keepdims=0)
        return self.of("Min", counts, self.number(1.0))

    def trees(self, grove: Grove, matrix: str) -> str:
        """Return the sum of what trees answer for every row of a matrix."""
        trees = _Trees()
        for number in range(len(grove.leaves)):
            trees.add(grove, number)
        helper, numpy_helper = self._onnx.helper, self._onnx.numpy_helper
        tensors: dict[str, NDArray[Any]] = {
            "nodes_splits": np.array(trees.splits, dtype=np.float64),
            "nodes_modes": np.array(trees.modes, dtype=np.uint8),
            "leaf_weights": np.array(trees.weights, dtype=np.float64),
            "membership_values": np.array(trees.members, dtype=np.float64),
        }
        attributes = {name: numpy_helper.from_array(value) for name, value in tensors.items() if len(value)}
        node = helper.make_node(
            "TreeEnsemble", [matrix], [next(self._names)], domain="ai.onnx.ml",
            n_targets=1, aggregate_function=1, post_transform=0, tree_roots=trees.roots,
            nodes_featureids=trees.columns, nodes_missing_value_tracks_true=trees.gaps,
            nodes_truenodeids=trees.yes, nodes_trueleafs=trees.yes_ends,
            nodes_falsenodeids=trees.no, nodes_falseleafs=trees.no_ends,
            leaf_targetids=[0] * len(trees.weights), **attributes,
        )  # fmt: skip
        self._nodes.append(node)
        return str(node.output[0])

    def model(self, texts: Mapping[str, bool], outputs: Mapping[str, str], words: Mapping[str, str]) -> bytes:
        """Return the file.

        Args:
            texts: Every column that goes in, and whether it holds text; numbers else.
            outputs: What comes out, by name, and the part of the graph that it is.
            words: What stands beside the graph.
        """
        helper, kinds = self._onnx.helper, self._onnx.TensorProto
        nodes = [*self._nodes, *(helper.make_node("Identity", [part], [name]) for name, part in outputs.items())]
        given = [
            helper.make_tensor_value_info(name, kinds.STRING if text else kinds.DOUBLE, ["rows"])
            for name, text in texts.items()
        ]
        told = [helper.make_tensor_value_info(name, kinds.DOUBLE, ["rows"]) for name in outputs]
        versions = [helper.make_opsetid("", OPERATORS), helper.make_opsetid("ai.onnx.ml", LEARNED)]
        graph = helper.make_graph(nodes, "release", given, told, self._constants)
        model = helper.make_model(graph, opset_imports=versions, producer_name="clientela", ir_version=FILE_FORMAT)
        helper.set_model_props(model, dict(words))
        self._onnx.checker.check_model(model)
        return bytes(model.SerializeToString())

    def _constant(self, values: NDArray[Any]) -> str:
        name = next(self._names)
        self._constants.append(self._onnx.numpy_helper.from_array(values, name))
        return name


class _Trees:
    """Nodes and leaves of all trees, one list for each attribute of the operator."""

    def __init__(self) -> None:
        self.roots: list[int] = []
        self.columns: list[int] = []
        self.splits: list[float] = []
        self.modes: list[int] = []
        self.gaps: list[int] = []
        self.yes: list[int] = []
        self.yes_ends: list[int] = []
        self.no: list[int] = []
        self.no_ends: list[int] = []
        self.weights: list[float] = []
        self.members: list[float] = []

    def add(self, grove: Grove, tree: int) -> None:
        """Add a tree; nodes and leaves keep their order."""
        nodes = int(grove.counts[tree]) - 1
        first, leaf = len(self.columns), len(self.weights)
        self.roots.append(first)
        self.weights += grove.leaves[tree, : nodes + 1].tolist()
        if nodes == 0:
            # the operator knows no tree without a node: both answers lead to the one leaf
            self._node((0, 0.0, _UP_TO, 0), (leaf, 1), (leaf, 1))
        for node in range(nodes):
            ways = [
                (first + way, 0) if way < MOST_NODES else (leaf + way - MOST_NODES, 1)
                for way in (int(grove.left[tree, node]), int(grove.right[tree, node]))
            ]
            mine = int(grove.sets[tree, node])
            if mine >= 0:
                # the sets of all nodes stand one after the other, each with NaN at its end
                self.members += [*map(float, np.flatnonzero(grove.codes[mine])), np.nan]
            split, mode = (0.0, _MEMBER) if mine >= 0 else (float(grove.thresholds[tree, node]), _UP_TO)
            gap = int(grove.gap_left[tree, node])
            self._node((int(grove.columns[tree, node]), split, mode, gap), ways[0], ways[1])

    def _node(self, asked: tuple[int, float, int, int], yes: tuple[int, int], no: tuple[int, int]) -> None:
        column, split, mode, gap = asked
        self.columns.append(column)
        self.splits.append(split)
        self.modes.append(mode)
        self.gaps.append(gap)
        self.yes.append(yes[0])
        self.yes_ends.append(yes[1])
        self.no.append(no[0])
        self.no_ends.append(no[1])
