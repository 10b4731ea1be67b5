"""The overlay: what moves or follows the pointer, painted above the static layer in every frame."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSizeF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QTransform

from backprop_studio.document.graph import Point, Wire, slots_shown
from backprop_studio.document.node_size import HEADER_HEIGHT, node_shape
from backprop_studio.engine.ops import registry
from backprop_studio.ui.canvas import bezier
from backprop_studio.ui.canvas.bezier import Floats
from backprop_studio.ui.canvas.frame import Frame
from backprop_studio.ui.canvas.growth import paint_growth, port_point
from backprop_studio.ui.canvas.labels import Kind
from backprop_studio.ui.canvas.overlay_marks import paint_barred, paint_marks
from backprop_studio.ui.canvas.overlay_state import Overlay
from backprop_studio.ui.canvas.painter import GraphPainter
from backprop_studio.ui.canvas.scene import Scene
from backprop_studio.ui.canvas.sprites import PORT_RADIUS, RADIUS, Look, paint_card, paint_port, paint_ports
from backprop_studio.ui.canvas.text import SYMBOL_SIZE
from backprop_studio.ui.theme import number_font, text_font

HINT_WIDTH = 300.0


class OverlayPainter:
    """Paints an overlay in one theme."""

    def __init__(self, graph_painter: GraphPainter) -> None:
        self._painter = graph_painter
        self.theme = graph_painter.theme

    def paint(self, painter: QPainter, frame: Frame, scene: Scene, overlay: Overlay) -> None:
        """Paint everything but the hint, in pixels of the frame."""
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if overlay.hovered_wire is not None:
            self._paint_hovered_wire(painter, frame, scene, overlay.hovered_wire)
        before = painter.transform()
        painter.setTransform(QTransform(frame.scale, 0, 0, frame.scale, frame.x, frame.y), True)
        if overlay.hovered_node is not None and overlay.hovered_node in scene.geometry.node_row:
            self._paint_hovered_node(painter, frame, scene, overlay.hovered_node)
        if overlay.growing is not None:
            paint_growth(painter, self.theme, frame, scene, overlay.growing)
        if overlay.live_curve is not None:
            self._paint_live_wire(painter, frame, overlay, overlay.live_curve)
        if overlay.pending is not None:
            self._paint_live_wire(painter, frame, overlay, overlay.pending)
        paint_marks(painter, self.theme, frame, scene, overlay)
        self._paint_ports(painter, scene, overlay)
        if overlay.ghost is not None:
            self._paint_ghost(painter, frame, *overlay.ghost)
        if overlay.rubber_band is not None:
            fill = QColor(self.theme.forward)
            fill.setAlpha(30)
            painter.setBrush(fill)
            painter.setPen(QPen(self.theme.forward, 1.0 / frame.scale))
            painter.drawRect(overlay.rubber_band)
        painter.setTransform(before)

    def paint_hint(self, painter: QPainter, overlay: Overlay, room: QRectF) -> None:
        """Paint the sentence beside the pointer, in coordinates of the widget."""
        if not overlay.hint:
            return
        painter.setFont(text_font(12))
        flags = Qt.TextFlag.TextWordWrap.value | Qt.AlignmentFlag.AlignLeft.value
        bounds = painter.boundingRect(QRectF(0, 0, HINT_WIDTH, 400), flags, overlay.hint)
        size = bounds.size() + QSizeF(20, 14)
        x = min(overlay.hint_at.x() + 16, room.right() - size.width() - 6)
        y = min(overlay.hint_at.y() + 18, room.bottom() - size.height() - 6)
        rect = QRectF(QPointF(max(x, 6.0), max(y, 6.0)), size)
        painter.setPen(QPen(self.theme.error if overlay.refused else self.theme.node_border, 1.0))
        painter.setBrush(self.theme.panel)
        painter.drawRoundedRect(rect, 6, 6)
        painter.setPen(self.theme.text)
        painter.drawText(rect.adjusted(10, 7, -10, -7), flags, overlay.hint)

    def _paint_hovered_node(self, painter: QPainter, frame: Frame, scene: Scene, node: int) -> None:
        """A stronger border; the card itself stays as it is, so that no pill on it is covered."""
        if node not in scene.selection and node not in scene.selected_groups and node not in scene.labels.mistaken:
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(self.theme.node_hover, max(1.5, 1.0 / frame.scale)))
            painter.drawRoundedRect(scene.geometry.node_rect(node).adjusted(0.5, 0.5, -0.5, -0.5), RADIUS, RADIUS)
        if not frame.is_far:
            geometry = scene.geometry
            loose = scene.graph.loose_slots(node) if node in scene.graph.nodes else ()
            corner, shape = geometry.node_rect(node).topLeft(), geometry.shapes[geometry.node_row[node]]
            paint_ports(painter, self.theme, corner, shape, scene.port_ranks(node), loose)

    def _paint_hovered_wire(self, painter: QPainter, frame: Frame, scene: Scene, wire: Wire) -> None:
        row = scene.geometry.wire_row.get(wire)
        if row is None:
            return
        before = painter.transform()
        painter.setTransform(QTransform(frame.scale, 0, 0, frame.scale, frame.x, frame.y), True)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(self._painter.wires.pen(frame, self.theme.quiet, 3.0))
        painter.drawPath(scene.geometry.path(row))
        painter.setTransform(before)

    def _paint_live_wire(self, painter: QPainter, frame: Frame, overlay: Overlay, curve: Floats) -> None:
        color = self.theme.error if overlay.refused else self.theme.forward
        pen = self._painter.wires.pen(frame, color, 2.5)
        if overlay.refused:
            pen.setDashPattern([3.0, 2.5])
        painter.setPen(pen)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawPath(bezier.path(curve))

    def _paint_ports(self, painter: QPainter, scene: Scene, overlay: Overlay) -> None:
        geometry, theme = scene.geometry, self.theme
        for port in (*overlay.fitting, *overlay.joinable.fits):
            if port.item in geometry.node_row:
                paint_port(painter, theme, geometry.port_point(port), theme.forward, PORT_RADIUS + 0.5)
        paint_barred(painter, theme, scene, overlay.joinable.barred)
        marked = (
            (overlay.hovered_port, theme.forward),
            (overlay.snapped, theme.error if overlay.refused else theme.forward),
        )
        for end, color in marked:
            if end is not None and end.item in geometry.node_row:
                halo = QColor(color)
                halo.setAlpha(60)
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(halo)
                point = port_point(scene, end)
                painter.drawEllipse(point, PORT_RADIUS + 6, PORT_RADIUS + 6)
                paint_port(painter, theme, point, color, PORT_RADIUS + 1)

    def _paint_ghost(self, painter: QPainter, frame: Frame, op_name: str, corner: Point) -> None:
        op = registry.get(op_name)
        if op is None:
            return
        kind = Kind.PARAMETER if op_name == "parameter" else Kind.SOURCE if op.is_source else Kind.OPERATION
        painter.save()
        painter.setOpacity(0.75)
        painter.translate(*corner)
        paint_card(painter, self.theme, Look(kind, node_shape(slots_shown(op)), far=frame.is_far), frame.scale)
        if not frame.is_far:
            painter.setPen(self.theme.text)
            painter.setFont(number_font(SYMBOL_SIZE, bold=True))
            painter.drawText(QRectF(12, 0, 116, HEADER_HEIGHT), Qt.AlignmentFlag.AlignVCenter, op.symbol)
        painter.restore()
