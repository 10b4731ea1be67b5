"""Nodes seen from very far: plain rectangles in the colours of their kinds, all of one colour at once."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QColor, QPainter

from backprop_studio.ui.canvas.frame import Frame
from backprop_studio.ui.canvas.labels import Kind
from backprop_studio.ui.canvas.scene import Scene
from backprop_studio.ui.canvas.sprites import far_fill
from backprop_studio.ui.theme import Theme

SELECTED = len(Kind)
"""Added to the number of a kind where the node is selected."""


class Specks:
    """Paints specks in one theme, and keeps their kinds as long as nothing changes that decides them."""

    def __init__(self, theme: Theme) -> None:
        self.theme = theme
        self._basis: tuple[object, ...] = ()
        self._loss: int | None = None
        self._kinds: NDArray[np.int64] = np.empty(0, int)
        self._chosen: tuple[object, ...] = ()
        self._looks: NDArray[np.int64] = np.empty(0, int)
        self._made: list[tuple[QColor, list[QRect]]] = []
        self._made_for: tuple[NDArray[np.int64], ...] = (self._looks,) * 3

    def paint(self, painter: QPainter, frame: Frame, scene: Scene, rows: list[int]) -> None:
        """Paint the nodes of some rows of the geometry."""
        geometry, chosen = scene.geometry, np.array(rows, int)
        sizes = np.stack([geometry.width[chosen], geometry.height[chosen]], 1) * frame.scale
        corners = geometry.position[chosen] * frame.scale + np.array([frame.x, frame.y])
        starts, ends = np.floor(corners).astype(int), np.ceil(corners + sizes).astype(int)
        looks = self.looks_of(scene)[chosen]
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        for color, rects in self._rects_of(starts, ends, looks):
            painter.setBrush(color)
            painter.drawRects(rects)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)

    def _rects_of(
        self, starts: NDArray[np.int64], ends: NDArray[np.int64], looks: NDArray[np.int64]
    ) -> list[tuple[QColor, list[QRect]]]:
        """What to paint in which colour, in this order: borders and fills of each look. Made anew where it differs.

        While the passes play from afar, the wires change their colours and the nodes do not.
        """
        now = (starts, ends, looks)
        if not all(map(np.array_equal, now, self._made_for)):
            self._made_for, self._made = now, []
            for look in np.unique(looks).tolist():
                alike = looks == look
                border = self.theme.node_selected if look >= SELECTED else self.theme.node_border
                self._made.append((border, _rects(starts[alike], ends[alike])))
                fill = far_fill(self.theme, Kind(look % SELECTED))
                self._made.append((fill, _rects(starts[alike] + 1, ends[alike] - 1)))
        return self._made

    def looks_of(self, scene: Scene) -> NDArray[np.int64]:
        """The kind of each row of the geometry, plus SELECTED where it is selected."""
        ids = scene.geometry.ids
        evaluation = scene.labels.evaluation
        loss = None if evaluation is None else evaluation.loss
        basis = (scene.graph, scene.level)
        chosen = (scene.selection, scene.selected_groups)
        if loss != self._loss or not _same(basis, self._basis):
            self._loss, self._basis, self._chosen = loss, basis, ()
            self._kinds = np.fromiter(map(scene.kind, ids), int, len(ids))
        if not _same(chosen, self._chosen):
            self._chosen = chosen
            selected = np.fromiter(map((scene.selection | scene.selected_groups).__contains__, ids), bool, len(ids))
            self._looks = self._kinds + SELECTED * selected
        return self._looks


def _same(now: tuple[object, ...], before: tuple[object, ...]) -> bool:
    """Are they the very same objects?"""
    return len(now) == len(before) and all(a is b for a, b in zip(now, before, strict=True))


def _rects(starts: NDArray[np.int64], ends: NDArray[np.int64]) -> list[QRect]:
    """Rectangles by their corners, as far as there is anything in them."""
    sizes = ends - starts
    kept = (sizes > 0).all(1)
    corners = np.concatenate([starts[kept], sizes[kept]], 1).tolist()
    return [QRect(*corner) for corner in corners]
