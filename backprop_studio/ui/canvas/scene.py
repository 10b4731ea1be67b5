"""All that a painter needs to know: where things stand, what is written on them, what is selected."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import reduce

from PySide6.QtCore import QRectF

from backprop_studio.document.evaluation import Evaluation
from backprop_studio.document.graph import EMPTY_GRAPH, Graph, Wire
from backprop_studio.document.parts import Rect
from backprop_studio.ui.canvas.geometry import Geometry
from backprop_studio.ui.canvas.labels import Labels
from backprop_studio.ui.canvas.magnitudes import Magnitudes
from backprop_studio.ui.canvas.ranks import Ranks
from backprop_studio.ui.canvas.wire_marks import WireMarks


@dataclass
class Scene:
    """What is painted. The view keeps it up to date with the session; a picture makes its own."""

    graph: Graph = EMPTY_GRAPH
    geometry: Geometry = field(default_factory=Geometry)
    labels: Labels = field(default_factory=lambda: Labels(EMPTY_GRAPH, None))
    marks: WireMarks = field(default_factory=lambda: WireMarks(EMPTY_GRAPH, None))
    ranks: Ranks = field(default_factory=lambda: Ranks(EMPTY_GRAPH, None))
    note_rects: dict[int, Rect] = field(default_factory=dict)
    """Where frames and comments are that are being dragged."""
    selection: frozenset[int] = frozenset()
    selected_notes: frozenset[int] = frozenset()
    """Ids of the selected frames and comments."""
    hidden_comment: int | None = None
    """The comment whose text is being edited; it is not painted."""
    selected_wire: Wire | None = None
    hidden_wire: Wire | None = None
    """The wire whose end is being dragged; it is not painted."""
    magnitudes: Magnitudes | None = None
    """How large the gradient on each wire is, where wires are to be coloured by it."""

    @classmethod
    def of(cls, evaluation: Evaluation) -> Scene:
        """The scene of a finished evaluation, everything shown and nothing selected."""
        scene = cls(evaluation.graph)
        scene.geometry.reset(evaluation.graph)
        scene.labels = Labels(evaluation.graph, evaluation)
        scene.marks = WireMarks(evaluation.graph, evaluation)
        scene.ranks = Ranks(evaluation.graph, evaluation)
        return scene

    def bounds(self) -> QRectF | None:
        """The rectangle around all nodes, frames and comments, None where there are none."""
        found = [QRectF(*box.rect) for box in self.graph.frames.values()]
        found += [QRectF(*comment.position, *comment.size) for comment in self.graph.comments.values()]
        nodes = self.geometry.bounds()
        found += [nodes] if nodes is not None else []
        return reduce(QRectF.united, found) if found else None
