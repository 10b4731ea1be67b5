"""Editing values and names in place."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QRectF, Qt, Slot
from PySide6.QtGui import QFont

from backprop_studio.document.node_size import HEADER_HEIGHT, NODE_WIDTH, PADDING, ROW_HEIGHT
from backprop_studio.document.value_text import value_text
from backprop_studio.ui.canvas.inline_editor import Commit, InlineEditor
from backprop_studio.ui.theme import number_font, text_font

if TYPE_CHECKING:
    from backprop_studio.ui.canvas.view import CanvasView


class Editing(QObject):
    """Opens the inline editor over a node and takes its text to the session."""

    def __init__(self, canvas: CanvasView) -> None:
        super().__init__(canvas)
        self._canvas = canvas
        self.editor: InlineEditor | None = None
        self._node = 0
        self._of_name = False

    def edit_value(self, node: int) -> bool:
        """Edit a source's value, or which dataset it makes. False for a node that computes its own."""
        canvas = self._canvas
        shown = canvas.scene.graph.nodes[node]
        if not shown.op.is_source:
            return False
        canvas.session.select({node})
        canvas.reveal(node)
        text = value_text(shown.value) if shown.value is not None else ""
        first = shown.op.settings[0] if shown.more else None
        if first is not None:
            text = str(shown.settings.get(first.name, first.default))

        def commit(typed: str) -> str | None:
            if typed.strip() == text:
                return None
            if first is not None:
                return canvas.session.set_setting(node, first.name, typed.strip())
            return canvas.session.set_value(node, typed)

        self._open(node, text, commit, of_name=False)
        return True

    def edit_name(self, node: int) -> bool:
        """Edit a node's name."""
        canvas = self._canvas
        canvas.session.select({node})
        canvas.reveal(node)
        name = canvas.scene.graph.nodes[node].label

        def commit(typed: str) -> str | None:
            return None if typed.strip() == name else canvas.session.rename(node, typed.strip())

        self._open(node, name, commit, of_name=True)
        return True

    def follow(self) -> None:
        """Stay over the node when the view moves."""
        if self.editor is not None:
            self.editor.place(*self._place())

    def check(self) -> None:
        """Close the editor of a node that is gone; follow one that has moved."""
        if self.editor is not None and self._node not in self._canvas.scene.geometry.node_row:
            self.editor.give_up()
        self.follow()

    def _open(self, node: int, text: str, commit: Commit, *, of_name: bool) -> None:
        if self.editor is not None and not self.editor.keep():
            return
        self._node, self._of_name = node, of_name
        self.editor = InlineEditor(text, commit, self._canvas)
        self.editor.setAccessibleName("name" if of_name else "value")
        self.editor.place(*self._place())
        self.editor.closed.connect(self._closed)
        self.editor.next_wanted.connect(self._next)
        self.editor.show()
        self.editor.setFocus(Qt.FocusReason.OtherFocusReason)

    def _place(self) -> tuple[QRectF, QFont, float]:
        """The field to cover, the font and the zoom."""
        zoom = self._canvas.zoom
        corner = self._canvas.node_rect(self._node).topLeft()
        if self._of_name:
            top, height, font = 2.0, HEADER_HEIGHT - 4, text_font(13)
        else:
            top, height, font = HEADER_HEIGHT + PADDING, ROW_HEIGHT, number_font(13)
        field = QRectF(corner.x() + 6 * zoom, corner.y() + top * zoom, (NODE_WIDTH - 12) * zoom, height * zoom)
        return field, font, zoom

    @Slot()
    def _closed(self) -> None:
        self.editor = None
        self._canvas.setFocus(Qt.FocusReason.OtherFocusReason)

    @Slot()
    def _next(self) -> None:
        """Edit the next source, from top to bottom and left to right."""
        graph = self._canvas.scene.graph
        sources = [node for node in graph.nodes.values() if node.op.is_source]
        sources.sort(key=lambda node: (node.position[0], node.position[1], node.id))
        ids = [node.id for node in sources]
        if self._node in ids:
            self.edit_value(ids[(ids.index(self._node) + 1) % len(ids)])
