"""Groups under the pointer and the keyboard: opening, entering and naming them."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QPointF, QRectF, Qt, Slot

from backprop_studio.document.node_size import HEADER_HEIGHT, OUTLINE_TITLE
from backprop_studio.ui.canvas.group_outlines import outline_at
from backprop_studio.ui.canvas.group_painter import GAP, PAD, TRIANGLE
from backprop_studio.ui.canvas.inline_editor import InlineEditor
from backprop_studio.ui.theme import text_font

if TYPE_CHECKING:
    from backprop_studio.ui.canvas.view import CanvasView


class Grouping(QObject):
    """Groups on one canvas."""

    def __init__(self, canvas: CanvasView) -> None:
        super().__init__(canvas)
        self._canvas = canvas
        self.editor: InlineEditor | None = None
        self._group = 0
        self.just_clicked = False
        """A triangle was clicked, and nothing has been pressed since."""

    # -- under the pointer ------------------------------------------------------------------------

    def title_at(self, at: QPointF) -> int | None:
        """The open group whose title is under a point of the widget."""
        return outline_at(self._canvas.scene, self._canvas.camera.to_scene(at))

    def triangle_at(self, at: QPointF) -> int | None:
        """The group, open or collapsed, whose triangle is under a point of the widget."""
        point = self._canvas.camera.to_scene(at)
        item = self._canvas.pointer.node_at(at)
        group = item if item is not None else self.title_at(at)
        title = None if group is None else self._title(group)
        if title is None:
            return None
        title.setWidth(PAD + TRIANGLE + GAP)
        return group if title.contains(point) else None

    def click_triangle(self, group: int) -> None:
        """Open or collapse a group; a second click at the same place then does nothing."""
        self.just_clicked = True
        self.toggle(group)

    def double_click(self, item: int, at: QPointF) -> None:
        """A double click on a collapsed group: on its title it opens where it stands, below it is entered."""
        title = self._title(item)
        if title is not None and title.contains(self._canvas.camera.to_scene(at)):
            self.toggle(item)
        else:
            self._canvas.session.enter(item)

    def toggle(self, group: int) -> None:
        """Open a collapsed group where it stands, or collapse an open one; it stays selected."""
        self.collapse([group], not self._canvas.session.graph.groups[group].collapsed)

    def collapse(self, groups: Collection[int], collapsed: bool) -> None:
        """Collapse groups, or open them where they stand and show all of them."""
        if self._canvas.session.collapse(groups, collapsed):
            self._canvas.session.select(groups)
            outlines = self._canvas.scene.outlines()
            for group in groups:
                if group in outlines:
                    self._canvas.show_area(outlines[group])

    def point_of_triangle(self, group: int) -> QPointF:
        """The middle of a group's triangle in coordinates of the widget."""
        title = self._title(group)
        assert title is not None
        middle = QPointF(title.x() + PAD + TRIANGLE / 2, title.center().y())
        return self._canvas.camera.to_widget(middle)

    # -- its name ---------------------------------------------------------------------------------

    def edit_name(self, group: int) -> None:
        """Edit a group's name in place."""
        if self.editor is not None and not self.editor.keep():
            return
        canvas, session = self._canvas, self._canvas.session
        name = session.graph.groups[group].name

        def commit(typed: str) -> str | None:
            if group not in session.graph.groups or typed.strip() == name:
                return None
            return session.rename_group(group, typed)

        session.select({group})
        self._group = group
        self.editor = InlineEditor(name, commit, canvas)
        self.editor.setAccessibleName("name of the group")
        self.editor.closed.connect(self._closed)
        self.follow()
        if self.editor is not None:
            self.editor.show()
            self.editor.setFocus(Qt.FocusReason.OtherFocusReason)

    def follow(self) -> None:
        """Keep the editor over the title; close it where the group is not seen any more."""
        if self.editor is None:
            return
        title = self._title(self._group)
        if title is None:
            self.editor.give_up()
            return
        field = self._canvas.camera.rect_to_widget(title.adjusted(4, 2, -4, -2))
        field.setWidth(min(field.width(), 240.0 * self._canvas.zoom))
        self.editor.place(field, text_font(13), self._canvas.zoom)

    def _title(self, group: int) -> QRectF | None:
        """The strip with a group's title in scene units; None where it is not drawn at this level."""
        scene = self._canvas.scene
        if group not in scene.graph.groups:
            return None
        if group in scene.geometry.node_row:
            rect = scene.geometry.node_rect(group)
            return QRectF(rect.x(), rect.y(), rect.width(), HEADER_HEIGHT)
        outline = scene.outlines().get(group)
        return None if outline is None else QRectF(outline.x(), outline.y(), outline.width(), OUTLINE_TITLE)

    @Slot()
    def _closed(self) -> None:
        self.editor = None
        self._canvas.setFocus(Qt.FocusReason.OtherFocusReason)
