"""The bar for finding nodes: a field at the canvas's head, the number of matches, and the way from one to the next."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QKeyEvent, QPainter, QPen
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QLineEdit, QToolButton

from backprop_studio.document.graph import Graph
from backprop_studio.ui.canvas.find import Searchable, found_nodes, searchable
from backprop_studio.ui.canvas.frame import VERY_FAR, Frame
from backprop_studio.ui.icons import icon
from backprop_studio.ui.plain_text import tooltip
from backprop_studio.ui.theme import Theme, ThemeManager

if TYPE_CHECKING:
    from backprop_studio.ui.canvas.camera_move import CameraMove
    from backprop_studio.ui.canvas.view import CanvasView

MARGIN, LOWER, NARROW = 12, 146, 760
_RING = 5.0
"""Distance of the ring around a match from its node, in pixels."""


class FindBar(QFrame):
    """Searches while one types. Enter goes on to the next match, Shift+Enter back, Esc ends the search."""

    def __init__(self, canvas: CanvasView, camera: CameraMove, themes: ThemeManager) -> None:
        super().__init__(canvas)
        self._canvas, self._camera, self._themes = canvas, camera, themes
        self.matches: list[int] = []
        self.at = -1
        """Which match is shown; −1 before the first."""
        self._is_typed = False
        """Was the text that is about to be searched for typed by a person?"""
        self._among: tuple[Graph, list[Searchable]] | None = None
        """What is searched: the nodes of a graph."""
        self.setObjectName("find_bar")
        self.setCursor(Qt.CursorShape.ArrowCursor)
        self.field = QLineEdit()
        self.field.setObjectName("find_field")
        self.field.setAccessibleName("Find nodes by name, operation or value")
        self.field.setPlaceholderText("Name, operation or value")
        self.field.setMinimumWidth(80)
        self.count = QLabel()
        self.count.setObjectName("find_count")
        self.count.setProperty("quiet", True)
        self.count.setMinimumWidth(self.count.fontMetrics().horizontalAdvance("no matches") + 6)
        row = QHBoxLayout(self)
        row.setContentsMargins(8, 6, 6, 6)
        row.setSpacing(6)
        row.addWidget(self.field)
        row.addWidget(self.count)
        self._buttons = [
            self._button("find_previous", "step-back", "Previous match (Shift+F3)", self.previous),
            self._button("find_next", "step-forward", "Next match (F3)", self.next),
            self._button("find_close", "close", "Close (Esc)", self.end),
        ]
        for button in self._buttons:
            row.addWidget(button)
        self.field.textEdited.connect(self._note_typing)
        self.field.textChanged.connect(self._take_text)
        self.field.installEventFilter(self)
        canvas.installEventFilter(self)
        canvas.above.append(self.paint_matches)
        canvas.session.graph_changed.connect(self._search_again)
        canvas.session.evaluated.connect(self._search_again)
        themes.changed.connect(self._take_theme)
        self._take_theme(themes.theme)
        self.hide()

    def begin(self) -> None:
        """Show the bar, ready to be typed into."""
        self.place()
        self.show()
        self.raise_()
        self.field.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.field.selectAll()
        self._search_again()

    def end(self) -> None:
        """Hide the bar; nothing is marked any more."""
        self.matches, self.at, self._among = [], -1, None
        self.hide()
        self._canvas.setFocus(Qt.FocusReason.OtherFocusReason)
        self._canvas.update()

    def search(self, text: str) -> None:
        """Mark what a text finds."""
        scene = self._canvas.scene
        if self._among is None or self._among[0] is not scene.graph:
            self._among = (scene.graph, searchable(scene.graph))
        self.matches, self.at = found_nodes(scene.graph, scene.labels, text, self._among[1]), -1
        self._tell()

    def next(self) -> None:
        """Go to the next match; the first comes after the last."""
        self._go(1)

    def previous(self) -> None:
        """Go to the match before."""
        self._go(-1)

    def place(self) -> None:
        """Stand at the canvas's head; on a narrow canvas below what stands in its upper corners."""
        room = self._canvas.width()
        wide = min(self.sizeHint().width() + 60, room - 2 * MARGIN)
        self.setGeometry((room - wide) // 2, MARGIN if room >= NARROW else LOWER, wide, self.sizeHint().height())

    def paint_matches(self, painter: QPainter, frame: Frame) -> None:
        """A ring around every match, a stronger one around the one shown."""
        if self.isHidden() or not self.matches:
            return
        geometry, theme = self._canvas.scene.geometry, self._themes.theme
        seen = self._canvas.camera.rect_to_scene(QRectF(self._canvas.rect()))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        shown = self.matches[self.at] if self.at >= 0 else None
        scene = self._canvas.scene
        items = {scene.item_of(node) for node in self.matches}
        shown = None if shown is None else scene.item_of(shown)
        rings = {
            node: frame.rect(geometry.node_rect(node)).adjusted(-_RING, -_RING, _RING, _RING)
            for node in sorted(geometry.nodes_in(seen) & items)
        }
        strongest = rings.pop(shown, None) if shown is not None else None
        color, radius = QColor(theme.loss), 8.0 * frame.scale + _RING
        color.setAlpha(150)
        painter.setPen(QPen(color, 2.0))
        if frame.zoom < VERY_FAR:  # there may be thousands, too small for corners to be seen as round
            painter.drawRects(list(rings.values()))
        else:
            for ring in rings.values():
                painter.drawRoundedRect(ring, radius, radius)
        if strongest is not None:
            painter.setPen(QPen(theme.loss, 3.5))
            painter.drawRoundedRect(strongest, radius, radius)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Enter and Esc in the field; follow the canvas's size."""
        if watched is self._canvas and event.type() == QEvent.Type.Resize:
            self.place()
        if watched is self.field and isinstance(event, QKeyEvent):
            keys = (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Escape)
            if event.type() == QEvent.Type.ShortcutOverride and event.key() in keys:
                event.accept()
                return True
            if event.type() == QEvent.Type.KeyPress and event.key() in keys:
                self._pressed(event)
                return True
        return super().eventFilter(watched, event)

    def _pressed(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.end()
        elif event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            self.previous()
        else:
            self.next()

    def _go(self, by: int) -> None:
        if self.isHidden():
            self.begin()
        if not self.matches:
            return
        start = -1 if by > 0 else 0
        self.at = ((self.at if self.at >= 0 else start) + by) % len(self.matches)
        node = self.matches[self.at]
        self._canvas.session.select({node})
        self._camera.jump_to(node)
        self._tell()

    def _note_typing(self) -> None:
        """Qt tells that a text was edited before it tells that it has changed."""
        self._is_typed = True

    def _take_text(self, text: str) -> None:
        self.search(text)
        if self._is_typed:
            self._go_where_something_is()
        self._is_typed = False

    def _go_where_something_is(self) -> None:
        """Of what was typed, go to the first that is found, which Enter then selects, where not all of it is seen."""
        canvas = self._canvas
        rows = canvas.scene.geometry.node_row
        first = next((item for item in map(canvas.scene.item_of, self.matches) if item in rows), None)
        seen = QRectF(canvas.rect()).adjusted(0, 0, 0, -canvas.foot)
        if first is not None and not seen.contains(canvas.node_rect(first)):
            self._camera.move_to(canvas.scene.geometry.node_rect(first).center(), canvas.zoom)

    def _search_again(self) -> None:
        """The graph or its numbers are others: the match shown stays the one shown, where it still is one."""
        if self.isHidden():
            return
        shown = self.matches[self.at] if self.at >= 0 else None
        self.search(self.field.text())
        if shown in self.matches:
            self.at = self.matches.index(shown)
            self._tell()

    def _tell(self) -> None:
        count = len(self.matches)
        if not self.field.text().strip():
            text = ""
        elif self.at >= 0:
            text = f"{self.at + 1} of {count}"
        else:
            text = f"{count} match" if count == 1 else f"{count} matches" if count else "no matches"
        self.count.setText(text)
        self.count.setAccessibleName(text)
        self._canvas.update()

    def _button(self, name: str, picture: str, text: str, do: object) -> QToolButton:
        button = QToolButton()
        button.setObjectName(name)
        button.setProperty("flat", True)
        button.setProperty("picture", picture)
        button.setStyleSheet("padding: 0;")
        button.setIconSize(QSize(14, 14))
        button.setFixedSize(26, 26)
        button.setAccessibleName(text)
        button.setToolTip(tooltip(text))
        button.clicked.connect(do)
        return button

    def _take_theme(self, theme: Theme) -> None:
        self.setStyleSheet(
            f"#find_bar {{ background: {theme.panel.name()}; border: 1px solid {theme.node_border.name()};"
            " border-radius: 8px; }"
        )
        for button in self._buttons:
            button.setIcon(icon(str(button.property("picture")), theme.text))
