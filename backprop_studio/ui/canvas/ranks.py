"""What a wire carries: one number, a vector, a matrix, more axes, or integers; and the colour of each."""

from __future__ import annotations

from enum import IntEnum

from PySide6.QtGui import QColor

from backprop_studio.document.evaluation import Evaluation
from backprop_studio.document.graph import Graph
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
        self._ranks: dict[int, Rank] = {}

    def of(self, node: int) -> Rank:
        """The rank of a node's value; SCALAR where it has none."""
        rank = self._ranks.get(node)
        if rank is None:
            rank = self._ranks[node] = self._make(node)
        return rank

    def ports(self, node: int) -> tuple[int, ...]:
        """The ranks of a node's ports, inputs first; () where all are plain."""
        slots = range(self.graph.slot_count(node))
        sources = (self.graph.sources.get((node, slot)) for slot in slots)
        ranks = (*(Rank.SCALAR if source is None else self.of(source) for source in sources), self.of(node))
        return ranks if any(ranks) else ()

    def _make(self, node: int) -> Rank:
        value = self.evaluation.value(node) if self.evaluation is not None else None
        if value is None:
            return Rank.SCALAR
        if value.dtype.kind in "iu" and value.ndim:
            return Rank.INTEGER
        return Rank(min(value.ndim, int(Rank.HIGHER)))
