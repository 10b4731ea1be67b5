"""What of the canvas must be painted anew."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QRect, QRectF

from backprop_studio.document.graph import Wire
from backprop_studio.ui.canvas.frame import Frame
from backprop_studio.ui.canvas.frame_boxes import note_rect
from backprop_studio.ui.canvas.layer import StaticLayer
from backprop_studio.ui.canvas.sight import Sight
from backprop_studio.ui.canvas.sprites import MARGIN
from backprop_studio.ui.canvas.wire_painter import PILL_REACH

MOST_PLACES = 60
"""With more places than this to paint anew, everything is."""
NOTE_MARGIN = 4.0
"""How far the border of a frame or comment reaches beyond its rectangle."""


class Spoiling(Sight):
    """A widget whose static layer is painted anew only where something changed."""

    layer: StaticLayer

    def frame(self) -> Frame:
        """Where the scene lies on the device's pixels."""
        ratio = self.camera.pixel_ratio
        camera = self.camera
        return Frame(camera.zoom * ratio, round(camera.x * ratio), round(camera.y * ratio), camera.zoom)

    def spoil_all(self) -> None:
        """Paint the static layer anew."""
        self.layer.forget()
        self.update()

    def spoil_nodes(self, nodes: Iterable[int], *, with_wires: bool = False) -> None:
        """Paint the places of some nodes anew, as far as they exist, and of the wires that touch them."""
        geometry = self.scene.geometry
        nodes = [node for node in nodes if node in geometry.node_row]
        if len(nodes) > MOST_PLACES:
            self.spoil_all()
            return
        self._spoil([geometry.node_rect(node) for node in nodes], MARGIN)
        if with_wires and nodes:
            self.spoil_wires([geometry.wires[row] for row in geometry.wires_of(nodes).tolist()])

    def spoil_outlines(self) -> None:
        """Paint the outlines of open groups anew."""
        self._spoil(list(self.scene.outlines().values()), NOTE_MARGIN)

    def spoil_notes(self, notes: Iterable[int]) -> None:
        """Paint the places of some frames and comments anew, as far as they exist."""
        graph = self.scene.graph
        shown = [note for note in notes if note in graph.frames or note in graph.comments]
        self._spoil([note_rect(self.scene, note) for note in shown], NOTE_MARGIN)

    def spoil_wires(self, wires: Iterable[Wire]) -> None:
        """Paint the places of some wires anew, as far as they exist."""
        geometry = self.scene.geometry
        rows = [geometry.wire_row[wire] for wire in wires if wire in geometry.wire_row]
        margin = PILL_REACH if self.scene.marks.any else 6.0
        self._spoil([geometry.wire_rect(row) for row in rows], margin)

    def _spoil(self, places: list[QRectF], margin: float) -> None:
        if len(places) > MOST_PLACES:
            self.spoil_all()
            return
        self.layer.spoil(places, margin)
        frame = self.frame()
        for place in places:
            self.update_pixels(frame.pixels(place, margin))

    def update_pixels(self, pixels: QRect) -> None:
        """Show some device pixels anew."""
        ratio = self.camera.pixel_ratio
        if not pixels.isEmpty():
            area = QRectF(pixels.x() / ratio, pixels.y() / ratio, pixels.width() / ratio, pixels.height() / ratio)
            self.update(area.toAlignedRect())
