"""The port by which a fully wired addition takes one input more: shown below its others while a wire is drawn to it."""

from __future__ import annotations

from collections.abc import Collection

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPen

from backprop_studio.document.growing import growth_slot, op_with_wire
from backprop_studio.document.node_size import PADDING, node_shape, port_offset_in
from backprop_studio.engine.input_words import input_words
from backprop_studio.ui.canvas.boxes import Port
from backprop_studio.ui.canvas.frame import Frame
from backprop_studio.ui.canvas.scene import Scene
from backprop_studio.ui.canvas.sprites import RADIUS, Look, paint_card, paint_ports
from backprop_studio.ui.theme import Theme, text_font

LABEL_SIZE = 11.0


def growth_port(scene: Scene, item: int) -> Port | None:
    """The port by which a node would grow; None where it has a free input, or can not grow."""
    if item not in scene.graph.nodes or item not in scene.geometry.node_row:
        return None
    slot = growth_slot(scene.graph, item)
    return None if slot is None else Port(item, "in", slot)


def growth_ports(scene: Scene) -> list[Port]:
    """The ports by which the nodes that are drawn would grow."""
    found = (growth_port(scene, item) for item in scene.geometry.ids)
    return [port for port in found if port is not None]


def is_growth(scene: Scene, port: Port) -> bool:
    """Is this a port that stands there only while a wire is drawn?"""
    return port.is_input and growth_port(scene, port.item) == port


def port_point(scene: Scene, port: Port) -> QPointF:
    """The centre of a port, be it one by which a node would grow. Raises KeyError for one that is neither."""
    if not is_growth(scene, port):
        return scene.geometry.port_point(port)
    return scene.geometry.node_rect(port.item).topLeft() + QPointF(*port_offset_in(port.number + 1, port.number))


def growth_near(scene: Scene, point: QPointF, reach: float, without: Collection[int]) -> Port | None:
    """The port by which the node under a point, or else the one nearest to it within ``reach``, would grow.

    ``without`` are boxes that a wire can not end at.
    """
    under = scene.geometry.node_at(point.x(), point.y())
    near = QRectF(point.x() - reach, point.y() - reach, 2 * reach, 2 * reach)
    items = scene.geometry.nodes_in(near) if under is None else (under,)
    ports = [port for item in items if item not in without and (port := growth_port(scene, item)) is not None]
    return min(ports, key=lambda port: (port_point(scene, port) - point).manhattanLength(), default=None)


def growth_words(scene: Scene, port: Port) -> str:
    """The input that a node would get, in words that follow "the"."""
    return input_words(op_with_wire(scene.graph, port.item, port.number), port.number)


def paint_growth(painter: QPainter, theme: Theme, frame: Frame, scene: Scene, port: Port) -> None:
    """Paint the row that the node would get, with its port; the painter maps scene units to pixels."""
    if not is_growth(scene, port):
        return
    node, rect, shape = scene.graph.nodes[port.item], scene.geometry.node_rect(port.item), node_shape(port.number + 1)
    look = Look(scene.kind(port.item), shape, far=frame.is_far, mode=node.mode, color=node.color)
    painter.save()
    painter.translate(rect.topLeft())
    painter.save()
    painter.setClipRect(QRectF(-RADIUS, rect.height() - PADDING, rect.width() + 2 * RADIUS, shape.height))
    paint_card(painter, theme, look, frame.scale)
    painter.restore()
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(theme.forward, max(1.5, 1.0 / frame.scale)))
    painter.drawRoundedRect(QRectF(0, 0, shape.width, shape.height).adjusted(0.5, 0.5, -0.5, -0.5), RADIUS, RADIUS)
    if not frame.is_far:
        painter.setFont(text_font(LABEL_SIZE))
        row = QRectF(14, 0, shape.width - 20, 2 * port_offset_in(port.number + 1, port.number)[1])
        painter.drawText(row, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, growth_words(scene, port))
        ranks, before = scene.port_ranks(port.item), port.number
        paint_ports(painter, theme, QPointF(), shape, (*ranks[:before], 0, *ranks[before:]) if ranks else ())
    painter.restore()
