"""What a wire carries: one number, a vector, a matrix, more axes, or integers; and the colour of each."""

from __future__ import annotations

from enum import IntEnum

from PySide6.QtGui import QColor

from backprop_studio.document.evaluation import Evaluation
from backprop_studio.document.graph import Graph, Wire
from backprop_studio.ui.theme import Theme


class Rank(IntEnum):
    """Kinds of values. Numbers alone are drawn in the plain colour, and so is what is not known."""

    SCALAR = 0
    VECTOR = 1
    MATRIX = 2
    HIGHER = 3
    INTEGER = 4

    @property
    def word(self) -> str:
        """What it is called."""
        return ("number", "vector", "matrix", "tensor", "integers")[self]


# fmt: off
_WIRES = {
    "light": ("", "#7fb5ba", "#9d98d2", "#c795b8", "#bba968"),
    "dark":  ("", "#3f7479", "#5f5c9a", "#84577a", "#786c3c"),
}
_PORTS = {
    "light": ("", "#4a9aa3", "#7a73c4", "#b56a9c", "#9c8a35"),
    "dark":  ("", "#4f969e", "#7f7ac8", "#b06f9e", "#a08f45"),
}
# fmt: on


def wire_color(theme: Theme, rank: Rank) -> QColor:
    """The colour of a wire that carries such values; quiet beside those of the passes."""
    return QColor(_WIRES[theme.name][rank]) if rank else theme.wire


def port_color(theme: Theme, rank: int) -> QColor:
    """The colour of the ring of a port for such values."""
    return QColor(_PORTS[theme.name][rank]) if rank else theme.port


class Ranks:
    """The ranks of all nodes' values in one evaluation, looked up once each."""

    def __init__(self, graph: Graph, evaluation: Evaluation | None) -> None:
        self.graph = graph
        self.evaluation = evaluation
        self._ranks: dict[int | tuple[int, int], Rank] = {}

    def of(self, node: int, output: int = 0) -> Rank:
        """The rank of the value of a node's output; SCALAR where it has none."""
        key = (node, output) if output else node
        rank = self._ranks.get(key)
        if rank is None:
            rank = self._ranks[key] = self._make(node, output)
        return rank

    def carried(self, wire: Wire) -> Rank:
        """The rank of what a wire carries."""
        return self.of(wire.source, self.graph.output_of(wire.target, wire.slot) if self.graph.outputs else 0)

    def ports(self, node: int) -> tuple[int, ...]:
        """The ranks of a node's ports, inputs first; () where all are plain."""
        graph = self.graph
        sources = [graph.sources.get((node, slot)) for slot in range(graph.slot_count(node))]
        if graph.outputs:
            inputs = [
                Rank.SCALAR if source is None else self.carried(Wire(source, node, slot))
                for slot, source in enumerate(sources)
            ]
        else:
            inputs = [Rank.SCALAR if source is None else self.of(source) for source in sources]
        outputs = (self.of(node, output) for output in range(1 + len(graph.nodes[node].more)))
        ranks = (*inputs, *outputs)
        return ranks if any(ranks) else ()

    def _make(self, node: int, output: int) -> Rank:
        value = self.evaluation.value(node, output) if self.evaluation is not None else None
        if value is None:
            return Rank.SCALAR
        if value.dtype.kind in "iu" and value.ndim:
            return Rank.INTEGER
        return Rank(min(value.ndim, int(Rank.HIGHER)))
