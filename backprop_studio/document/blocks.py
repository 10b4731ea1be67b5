"""Ready blocks: parts of networks, built of primitive operations from a few settings, and blocks of one's own.

A block is a graph whose nodes lie in one group, so it can be inserted, collapsed and opened like any
group. A block of one's own is such a graph in a document of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

from backprop_studio.document.block_parts import ACTIVATIONS, Builder
from backprop_studio.document.combining import sub_graph
from backprop_studio.document.edit_checks import EditError, known_group, refuse
from backprop_studio.document.file_format import DocumentError, load, save
from backprop_studio.document.graph import Graph, frozen
from backprop_studio.document.grouping import make_group, rename_group, set_collapsed
from backprop_studio.document.groups import groups_within
from backprop_studio.document.items import move
from backprop_studio.document.layout import layered_layout
from backprop_studio.document.tidying import tidy
from backprop_studio.engine.op import Setting, SettingValue

MAX_WIDTH = 4096
"""Most units in a layer of tensors."""
MAX_NEURONS = 100
MAX_PRODUCTS = 500
"""Most neurons and weights of a network drawn neuron by neuron."""


@dataclass(frozen=True)
class Block:
    """A ready block: its settings as those of an operation, and what builds it of them."""

    name: str
    title: str
    sentence: str
    settings: tuple[Setting, ...]
    build: Callable[..., Builder]

    def complete_settings(self, given: Mapping[str, Any]) -> dict[str, SettingValue]:
        """All settings, checked. Raises SettingError, and EditError for one that the block has not."""
        known = {setting.name: setting for setting in self.settings}
        for name in given:
            if name not in known:
                refuse(f"{self.title} has no setting {name}; its settings: {', '.join(known)}.")
        return {name: setting.check(given.get(name, setting.default)) for name, setting in known.items()}


def build_block(name: str, given: Mapping[str, Any] | None = None) -> Graph:
    """The graph of a ready block, in one collapsed group. Raises SettingError or EditError with a sentence."""
    block = BLOCKS.get(name)
    if block is None:
        refuse(f"There is no block named {name!r}. There are: {', '.join(BLOCKS)}.")
    builder = block.build(**block.complete_settings(given or {}))
    graph = builder.graph
    graph = move(graph, layered_layout(graph))
    graph, outer = make_group(graph, [*graph.groups, *graph.nodes], block.title)
    for group in reversed(groups_within(graph, outer)):  # inner ones first: they are boxes in those around them
        graph = tidy(graph, inside=group)
    return graph


def block_of(graph: Graph, group: int) -> Graph:
    """A group, with all that lies in it, as a block: a graph of its own that begins at (0, 0)."""
    known_group(graph, group)
    part = set_collapsed(sub_graph(graph, [group]), group, True)
    x = min(node.position[0] for node in part.nodes.values())
    y = min(node.position[1] for node in part.nodes.values())
    left, top = part.groups[group].position
    return replace(move(part, {group: (left - x, top - y)}), loss=None)


def save_block(graph: Graph, group: int, path: str | Path) -> None:
    """Save a group as a block, in the format of documents. Raises DocumentError."""
    save(block_of(graph, group), path)


def load_block(path: str | Path) -> Graph:
    """The block at ``path``; what lies there in no group is put into one named after the file. Raises DocumentError."""
    path = Path(path)
    graph = load(path)
    if not graph.nodes:
        raise DocumentError(f"Cannot open {path}: there is no node in it. Choose a block or another document.")
    outer = [group.id for group in graph.groups.values() if group.parent is None]
    loose = [i for part in (graph.nodes, graph.frames, graph.comments) for i, p in part.items() if p.group is None]
    if len(outer) == 1 and not loose:
        return graph
    graph, group = make_group(graph, [*outer, *loose])
    try:
        return rename_group(graph, group, path.stem[:40])
    except EditError:
        return graph  # a file name that cannot be shown


def _dense(inputs: int, outputs: int, activation: str, seed: int) -> Builder:
    """activation(x @ W + b)."""
    builder = Builder()
    builder.dense(None, inputs, outputs, activation, seed)
    return builder


def _mlp(sizes: tuple[int, ...], activation: str, output_activation: str, seed: int) -> Builder:
    """Dense layers after each other."""
    _check_sizes(sizes, MAX_WIDTH)
    builder = Builder()
    value: int | None = None
    for layer, (inputs, outputs) in enumerate(pairwise(sizes)):
        last = layer == len(sizes) - 2
        value = builder.dense(value, inputs, outputs, output_activation if last else activation, seed + layer)
    return builder


def _neurons(sizes: tuple[int, ...], activation: str, output_activation: str, seed: int) -> Builder:
    """The same network with one node for every product, each neuron in a group of its own."""
    _check_sizes(sizes, MAX_NEURONS)
    products = sum(inputs * outputs for inputs, outputs in pairwise(sizes))
    if sum(sizes) > MAX_NEURONS or products > MAX_PRODUCTS:
        refuse(
            f"Sizes {sizes} make {sum(sizes)} neurons and {products} weights; at most {MAX_NEURONS} and "
            f"{MAX_PRODUCTS} can be drawn one by one. Choose fewer, or the MLP of tensors."
        )
    builder = Builder()
    values = [builder.entry() for _ in range(sizes[0])]
    for layer, outputs in enumerate(sizes[1:], 1):
        last = layer == len(sizes) - 1
        chosen = output_activation if last else activation
        weights = builder.draw((len(values), outputs), chosen, seed + layer - 1)
        values = [builder.neuron(values, weights[:, unit], chosen, (layer, unit + 1)) for unit in range(outputs)]
    return builder


def _residual(width: int, activation: str, seed: int) -> Builder:
    """x + the result of two dense layers on x."""
    builder = Builder()
    entry = builder.entry()
    inner = builder.dense(entry, width, width, activation, seed)
    builder.add("add", entry, builder.dense(inner, width, width, "none", seed + 1))
    return builder


def _check_sizes(sizes: tuple[int, ...], most: int) -> None:
    if not 2 <= len(sizes) <= 20:
        refuse(f"A network needs 2 to 20 sizes, such as (2, 3, 1), and not {len(sizes)}.")
    if max(sizes) > most:
        refuse(f"A layer has at most {most} units here, not {max(sizes)}. Choose fewer.")


_SIZES = Setting("sizes", "shape", (2, 3, 1), "Units of each layer, those of the input first.", minimum=1)
_SEED = Setting("seed", "int", 0, "Seed of the random weights.", minimum=0)
_ACTIVATION = Setting("activation", "choice", "relu", "What follows each layer.", choices=ACTIVATIONS)
_LAST = Setting("output_activation", "choice", "none", "What follows the last layer.", choices=ACTIVATIONS)


def _width(name: str, default: int, doc: str) -> Setting:
    return Setting(name, "int", default, doc, minimum=1, maximum=MAX_WIDTH)


BLOCKS: Mapping[str, Block] = frozen(
    {
        block.name: block
        for block in (
            Block(
                "dense",
                "Dense layer",
                "Multiplies by a matrix of weights, adds a bias and applies an activation.",
                (
                    _width("inputs", 2, "Numbers per row that come in."),
                    _width("outputs", 3, "Units."),
                    _ACTIVATION,
                    _SEED,
                ),
                _dense,
            ),
            Block(
                "mlp",
                "MLP",
                "Dense layers after each other, each a product of tensors.",
                (_SIZES, _ACTIVATION, _LAST, _SEED),
                _mlp,
            ),
            Block(
                "mlp_neurons",
                "MLP of neurons",
                "The same network for one example, with a node for every weight and product.",
                (_SIZES, _ACTIVATION, _LAST, _SEED),
                _neurons,
            ),
            Block(
                "residual",
                "Residual block",
                "Two dense layers whose result is added to what came in.",
                (_width("width", 4, "Numbers per row, in and out."), _ACTIVATION, _SEED),
                _residual,
            ),
        )
    }
)
"""The ready blocks by name, in the order in which they are listed."""
