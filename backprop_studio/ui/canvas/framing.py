"""Making frames around nodes, and changing their titles and colours."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QPoint, QRectF, Qt, Slot
from PySide6.QtWidgets import QMenu

from backprop_studio.document import edits
from backprop_studio.document.edits import EditError
from backprop_studio.document.graph import Graph
from backprop_studio.document.parts import FRAME_COLORS
from backprop_studio.document.tidying import FRAME_PADDING, FRAME_TITLE
from backprop_studio.ui.canvas.frame_boxes import TITLE_HEIGHT, rect_of
from backprop_studio.ui.canvas.inline_editor import InlineEditor
from backprop_studio.ui.plain_text import plain
from backprop_studio.ui.theme import text_font

if TYPE_CHECKING:
    from backprop_studio.ui.canvas.view import CanvasView


class Framing(QObject):
    """Frames on one canvas."""

    def __init__(self, canvas: CanvasView) -> None:
        super().__init__(canvas)
        self._canvas = canvas
        self.editor: InlineEditor | None = None
        self._frame = 0

    def frame_selection(self) -> None:
        """Draw a frame around the selected nodes, and edit its title."""
        canvas, session = self._canvas, self._canvas.session
        area = canvas.scene.geometry.bounds(session.selection) if session.selection else None
        if area is None:
            return
        area = area.adjusted(-FRAME_PADDING, -FRAME_TITLE - 6, FRAME_PADDING, FRAME_PADDING)
        added: list[int] = []

        def edit(graph: Graph) -> Graph:
            rect = (area.x(), area.y(), area.width(), area.height())
            after, frame = edits.add_frame(graph, rect, "", color="blue")
            added[:] = [frame]
            return after

        if session.edit(edit, "Add frame"):
            self.edit_title(added[0])

    def edit_title(self, frame: int) -> None:
        """Edit a frame's title in place."""
        if self.editor is not None and not self.editor.keep():
            return
        session = self._canvas.session
        title = session.graph.frames[frame].title

        def commit(typed: str) -> str | None:
            typed = typed.strip()
            if frame not in session.graph.frames or typed == title:
                return None
            try:
                edits.rename_frame(session.graph, frame, typed)
            except EditError as error:
                return str(error)
            session.edit(lambda graph: edits.rename_frame(graph, frame, typed), "Rename frame")
            return None

        self._frame = frame
        self.editor = InlineEditor(title, commit, self._canvas)
        self.editor.setAccessibleName("title of the frame")
        self.editor.setPlaceholderText("Title")
        self.editor.closed.connect(self._closed)
        self.follow()
        self.editor.show()
        self.editor.setFocus(Qt.FocusReason.OtherFocusReason)

    def follow(self) -> None:
        """Keep the editor over the title; close it where the frame is gone."""
        if self.editor is None:
            return
        box = self._canvas.scene.graph.frames.get(self._frame)
        if box is None:
            self.editor.give_up()
            return
        rect, zoom = rect_of(self._canvas.scene, box), self._canvas.zoom
        field = self._canvas.camera.rect_to_widget(QRectF(rect.x() + 6, rect.y() + 3, 200, TITLE_HEIGHT - 6))
        self.editor.place(field, text_font(13), zoom)

    def menu(self, frame: int, at: QPoint) -> QMenu:
        """The menu of a frame, shown at a point of the screen."""
        session = self._canvas.session
        menu = QMenu(self._canvas)
        menu.setObjectName("context_menu_frame")
        menu.aboutToHide.connect(menu.deleteLater)
        menu.addAction("&Rename").triggered.connect(lambda: self.edit_title(frame))
        colors = menu.addMenu("&Colour")
        for name in FRAME_COLORS:
            action = colors.addAction(name.capitalize())
            action.setCheckable(True)
            action.setChecked(session.graph.frames[frame].color == name)
            action.triggered.connect(lambda _=False, chosen=name: self.recolour(frame, chosen))
        menu.addSeparator()
        title = plain(session.graph.frames[frame].title) or "frame"
        remove = menu.addAction("&Delete Frame")
        remove.triggered.connect(
            lambda: session.edit(lambda graph: edits.remove(graph, [frame]), f"Delete {title[:24]}")
        )
        menu.popup(at)
        return menu

    def recolour(self, frame: int, color: str) -> None:
        """Give a frame another colour."""
        self._canvas.session.edit(lambda graph: edits.recolour_frame(graph, frame, color), f"Colour frame {color}")

    @Slot()
    def _closed(self) -> None:
        self.editor = None
        self._canvas.setFocus(Qt.FocusReason.OtherFocusReason)
