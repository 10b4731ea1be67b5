"""Wires, and the pills that stand on them."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QTransform

from backprop_studio.document.graph import Wire
from backprop_studio.ui.canvas import bezier
from backprop_studio.ui.canvas.bent import DOT
from backprop_studio.ui.canvas.dashes import dashed_line
from backprop_studio.ui.canvas.frame import CLOSE, Frame
from backprop_studio.ui.canvas.ranks import Rank, wire_color
from backprop_studio.ui.canvas.scene import Scene
from backprop_studio.ui.canvas.text import Faces
from backprop_studio.ui.canvas.wire_marks import Carried, WireMark
from backprop_studio.ui.canvas.wire_paths import paths
from backprop_studio.ui.canvas.wire_times import WireTimes
from backprop_studio.ui.theme import Theme, blend

WIRE_WIDTH, ACTIVE_WIDTH = 2.0, 4.0
HAIRLINE_BELOW = 1.4
"""Wires thinner than this many pixels are painted one pixel wide."""
THIN_BELOW, STRONGER = 0.7, 0.5
"""Below this zoom wires at rest take on the colour of quiet text, at most by this share at a pixel ratio of 1."""
PILL_HEIGHT, PILL_PAD, PILL_LIFT = 20.0, 8.0, 19.0
"""A pill stands PILL_LIFT above a level wire, measured to its middle."""
LEAST_PAD, BETWEEN_NODES = 3.0, 66.0
"""A long number stands closer to the ends of its pill, which then fits between two columns of nodes."""
PILL_REACH = 75.0
"""How far a pill may reach beyond its wire, for repainting."""


class WirePainter:
    """Paints the wires of a scene in one theme."""

    def __init__(self, theme: Theme) -> None:
        self.theme = theme
        self._colors = {
            Carried.FORWARD: (theme.forward, theme.forward_text),
            Carried.BACKWARD: (theme.backward, theme.backward_text),
            Carried.TANGENT: (theme.tangent, theme.tangent_text),
            Carried.EARLIER: (theme.wire, theme.quiet),
            Carried.CLASH: (theme.error, theme.error),
        }
        self._times: WireTimes | None = None
        """Of the passes that were painted from afar last."""

    def paint(self, painter: QPainter, frame: Frame, scene: Scene, rows: list[int]) -> None:
        """Paint the wires of some rows of the geometry."""
        geometry = scene.geometry
        before = painter.transform()
        painter.setTransform(QTransform(frame.scale, 0, 0, frame.scale, frame.x, frame.y), True)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        draw = painter.drawPath
        special: list[tuple[int, QPen]] = []
        if scene.hidden_wire is not None:
            rows = [row for row in rows if geometry.wires[row] != scene.hidden_wire]
        if frame.is_far and scene.marks.playing is not None:
            rows = self._paint_played(painter, frame, scene, rows)
        if scene.marks.any or scene.selected_wire is not None:
            plain = []
            marks = scene.marks
            resting = marks.evaluation.problems if marks.playing is None and marks.evaluation is not None else None
            for row in rows:
                wire = geometry.wires[row]
                if resting is not None and wire.target not in resting and wire != scene.selected_wire:
                    plain.append(row)
                    continue
                pen = self._special_pen(frame, scene, wire)
                if pen is None:
                    plain.append(row)
                else:
                    special.append((row, pen))
            rows = plain
        if scene.magnitudes is not None and scene.marks.playing is None:
            quiet, pen_of = self._resting(frame, self.theme.wire), partial(self.pen, frame)
            scene.magnitudes.paint(painter, frame, geometry, rows, self.theme, quiet, pen_of)
            rows = []
        for rank, alike in self._by_rank(frame, scene, rows).items():
            painter.setPen(self.pen(frame, self._resting(frame, wire_color(self.theme, rank))))
            for path in paths(geometry, frame, alike):
                draw(path)
        for row, pen in special:
            if pen.style() is Qt.PenStyle.SolidLine:
                painter.setPen(pen)
                draw(geometry.path(row))
            else:
                dashed_line(painter, pen, geometry.path(row))
        if geometry.chains and not frame.is_far:
            self._paint_bends(painter, scene, rows + [row for row, _ in special])
        painter.setTransform(before)

    def _paint_played(self, painter: QPainter, frame: Frame, scene: Scene, rows: list[int]) -> list[int]:
        """Paint wires by what has travelled on them, seen from afar; returns those that are marked otherwise."""
        timeline, evaluation = scene.marks.playing, scene.marks.evaluation
        assert timeline is not None
        assert evaluation is not None
        trace = timeline.trace
        assert trace is not None
        if self._times is None or not self._times.holds(scene, trace):
            self._times = WireTimes(scene, trace, evaluation)
        wires, chosen = scene.geometry.wires, scene.selected_wire
        selected = () if chosen is None else (row for row in rows if wires[row] == chosen)
        apart = sorted(self._times.apart.intersection(rows).union(selected))
        if apart:
            rows = sorted(set(rows).difference(apart))
        for carried, alike in self._times.by_carried(scene, timeline, rows).items():
            quiet = carried is None or carried is Carried.EARLIER
            color = self._resting(frame, wire_color(self.theme, Rank.SCALAR))
            if carried is not None and not quiet:
                color = self._colors[carried][0]
            painter.setPen(self.pen(frame, color, WIRE_WIDTH if quiet else WIRE_WIDTH + 0.5))
            for path in paths(scene.geometry, frame, alike):
                painter.drawPath(path)
        return apart

    def _paint_bends(self, painter: QPainter, scene: Scene, rows: list[int]) -> None:
        """A dot where a wire is led through a point, to take hold of."""
        painter.setPen(Qt.PenStyle.NoPen)
        for row in rows:
            wire = scene.geometry.wires[row]
            if wire in scene.geometry.chains:
                color = wire_color(self.theme, scene.ranks.carried(wire))
                painter.setBrush(self.theme.node_selected if wire == scene.selected_wire else color)
                for x, y in scene.geometry.bends[wire]:
                    painter.drawEllipse(QPointF(x, y), DOT, DOT)

    @staticmethod
    def _by_rank(frame: Frame, scene: Scene, rows: list[int]) -> dict[Rank, list[int]]:
        """The rows by what their wires carry; all alike where wires are too thin to tell."""
        if frame.is_far:
            return {Rank.SCALAR: rows}
        found: dict[Rank, list[int]] = {}
        wires, rank = scene.geometry.wires, scene.ranks.carried
        for row in rows:
            found.setdefault(rank(wires[row]), []).append(row)
        return found

    def _resting(self, frame: Frame, color: QColor) -> QColor:
        """The colour of a wire at rest: stronger the thinner it is painted, so that it is seen from afar as well."""
        thin = min(max((THIN_BELOW - frame.zoom) / (THIN_BELOW - CLOSE), 0.0), 1.0)
        share = thin * min(STRONGER * frame.scale / frame.zoom, 1.0)  # finer pixels make finer lines
        return blend(self.theme.quiet, color, share) if share else color

    def pen(self, frame: Frame, color: QColor, width: float = WIRE_WIDTH) -> QPen:
        """A pen for a wire, in scene units; never thinner than a pixel."""
        if width * frame.scale < HAIRLINE_BELOW:
            return QPen(color, 0)  # one pixel whatever the scale: Qt paints these many times faster
        pen = QPen(color, max(width, 1.0 / frame.scale))
        pen.setCapStyle(Qt.PenCapStyle.RoundCap)
        return pen

    def _special_pen(self, frame: Frame, scene: Scene, wire: Wire) -> QPen | None:
        mark = scene.mark_of(wire)
        if wire == scene.selected_wire:
            return self.pen(frame, self.theme.node_selected, 3.0)
        if mark is None or mark.carried is Carried.EARLIER:
            return None
        pen = self.pen(frame, self._colors[mark.carried][0], WIRE_WIDTH + 0.5)
        if mark.carried is Carried.CLASH and pen.widthF() > 0.0:
            pen.setDashPattern([3.0, 2.5])
        return pen

    def paint_pills(self, painter: QPainter, frame: Frame, faces: Faces, scene: Scene, rows: list[int]) -> None:
        """Paint the pills of some wires at the wires' middles."""
        if frame.is_far or not scene.marks.any:
            return
        geometry = scene.geometry
        for row in rows:
            mark = scene.mark_of(geometry.wires[row])
            if mark is not None and mark.text:
                at, lift = self.resting_place(geometry.curves[row])
                self.paint_pill(painter, frame, faces, mark, at, lift)

    @staticmethod
    def resting_place(curve: bezier.Floats) -> tuple[QPointF, float]:
        """Where a pill that does not travel stands, and how far above: over a level wire, on a steep one."""
        return bezier.point(curve, 0.5), PILL_LIFT * bezier.slope(curve)

    def paint_pill(
        self,
        painter: QPainter,
        frame: Frame,
        faces: Faces,
        mark: WireMark,
        at: QPointF,
        lift: float = PILL_LIFT,
        least_pad: float = LEAST_PAD,
    ) -> None:
        """Paint a pill with its middle ``lift`` scene units above a point of the scene.

        Where its text is long, less is left beside that, so that it stays between nodes; ``least_pad`` at least.
        """
        line, ink = self._colors[mark.carried]
        scale, face = frame.scale, faces.pill
        wide = face.width(mark.text)
        pad = min(PILL_PAD, max(least_pad, (BETWEEN_NODES - wide) / 2))
        width = (wide + 2 * pad) * scale
        height = PILL_HEIGHT * scale
        middle = frame.point(at) - QPointF(0.0, lift * scale)
        rect = QRectF(middle.x() - width / 2, middle.y() - height / 2, width, height)
        quiet = mark.carried is Carried.EARLIER
        painter.setPen(Qt.PenStyle.NoPen if quiet else QPen(line, 1.3 * scale))
        painter.setBrush(self.theme.canvas)
        painter.drawRoundedRect(rect, height / 2, height / 2)
        face.draw(painter, rect.x() + pad * scale, middle.y(), mark.text, ink)
