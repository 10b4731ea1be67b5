"""Nodes that glide to their new places after an edit."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QEasingCurve, QObject, QVariantAnimation, Signal, Slot

from backprop_studio.document.graph import Graph, Point

if TYPE_CHECKING:
    from backprop_studio.ui.canvas.view import CanvasView

MILLISECONDS = 250
MOST_NODES = 3000
"""More nodes than this jump."""


class Glide(QObject):
    """Shows nodes on their way. The graph has them at their new places from the start."""

    arrived = Signal()
    """All nodes stand where they were going to."""

    def __init__(self, canvas: CanvasView) -> None:
        super().__init__(canvas)
        self._canvas = canvas
        self._ways: dict[int, tuple[Point, Point]] = {}
        self._clock = QVariantAnimation(self)
        self._clock.setDuration(MILLISECONDS)
        self._clock.setStartValue(0.0)
        self._clock.setEndValue(1.0)
        self._clock.setEasingCurve(QEasingCurve.Type.InOutCubic)
        self._clock.valueChanged.connect(self._show)
        self._clock.finished.connect(self.finish)

    @property
    def is_running(self) -> bool:
        """Are nodes on their way?"""
        return bool(self._ways)

    def run(self, edit: Callable[[], object]) -> None:
        """Do an edit, and let the nodes that it moves glide, where the session animates in full."""
        self.finish()
        canvas = self._canvas
        before = _positions(canvas.scene.graph)
        edit()
        after = _positions(canvas.scene.graph)
        ways = {i: (place, after[i]) for i, place in before.items() if i in after and after[i] != place}
        if canvas.session.timeline.animate != "full" or not canvas.isVisible() or not 0 < len(ways) <= MOST_NODES:
            return
        self._ways = ways
        self._show(0.0)
        self._clock.start()

    @Slot()
    def finish(self) -> None:
        """Be there at once."""
        ways, self._ways = self._ways, {}
        self._clock.stop()
        if ways:
            self._place({node: end for node, (_, end) in ways.items()})
            self.arrived.emit()

    @Slot(object)
    def _show(self, share: float) -> None:
        if self._ways:
            self._place(
                {
                    node: (start[0] + (end[0] - start[0]) * share, start[1] + (end[1] - start[1]) * share)
                    for node, (start, end) in self._ways.items()
                }
            )

    def _place(self, positions: dict[int, Point]) -> None:
        geometry = self._canvas.scene.geometry
        geometry.place({node: place for node, place in positions.items() if node in geometry.node_row})
        self._canvas.spoil_all()


def _positions(graph: Graph) -> dict[int, Point]:
    """Where all nodes and groups stand."""
    return {part.id: part.position for parts in (graph.nodes, graph.groups) for part in parts.values()}
