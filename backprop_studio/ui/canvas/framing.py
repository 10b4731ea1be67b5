"""Making frames and comments, and editing their texts where they stand."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QRectF, Qt, Slot

from backprop_studio.document import edits
from backprop_studio.document.edits import EditError
from backprop_studio.document.graph import Graph, Point
from backprop_studio.document.parts import Comment
from backprop_studio.document.tidying import FRAME_PADDING, FRAME_TITLE
from backprop_studio.session import edit_texts as texts
from backprop_studio.ui.canvas.comment_boxes import text_height
from backprop_studio.ui.canvas.comment_editor import CommentEditor
from backprop_studio.ui.canvas.frame_boxes import TITLE_HEIGHT, note_rect
from backprop_studio.ui.canvas.inline_editor import InlineEditor
from backprop_studio.ui.placing import ring
from backprop_studio.ui.theme import text_font

if TYPE_CHECKING:
    from backprop_studio.ui.canvas.view import CanvasView

FRAME_COLOR, COMMENT_COLOR = "blue", "yellow"
"""What new ones have."""
COMMENT_WIDTH = 200.0
GRID = 10.0
RINGS = 20
"""How far around the pointer a free place for a comment is looked for, in steps of two on the grid."""


class Framing(QObject):
    """Frames and comments on one canvas."""

    def __init__(self, canvas: CanvasView) -> None:
        super().__init__(canvas)
        self._canvas = canvas
        self.editor: InlineEditor | CommentEditor | None = None
        self._rect = QRectF()
        """Where the editor stands, in scene units."""
        self._note: int | None = None
        """What is edited, None for a comment that is yet to be made."""

    def frame_selection(self) -> None:
        """Draw a frame around what is selected, and edit its title."""
        session = self._canvas.session
        area = QRectF()
        for item in session.selected_items:
            area = area.united(QRectF(*edits.item_rect(session.graph, item)))
        if area.isEmpty():
            return
        area = area.adjusted(-FRAME_PADDING, -FRAME_TITLE - 6, FRAME_PADDING, FRAME_PADDING)
        added: list[int] = []

        def edit(graph: Graph) -> Graph:
            rect = (area.x(), area.y(), area.width(), area.height())
            after, frame = edits.add_frame(graph, rect, "", color=FRAME_COLOR)
            added[:] = [frame]
            return after

        if session.edit(edit, "Add frame"):
            self.edit(added[0])

    def write_comment(self, at: Point, text: str = "") -> None:
        """Make a comment with its top left corner at a point of the scene; without ``text``, let it be written.

        It goes to the nearest place where it covers neither nodes nor comments.
        """
        place = self._free_place((round(at[0] / GRID) * GRID, round(at[1] / GRID) * GRID), text)
        if text:
            self._add_comment(place, text)
        elif self.leave():
            self._note, self._rect = None, QRectF(*place, COMMENT_WIDTH, text_height("", COMMENT_WIDTH))
            self._write("", lambda typed: self._add_comment(place, typed) if typed.strip() else None)

    def edit(self, note: int) -> None:
        """Edit the title of a frame, or the text of a comment, in place."""
        graph = self._canvas.session.graph
        if not self.leave():
            return
        self._note = note
        self._canvas.session.select([note])
        if note in graph.frames:
            self._edit_title(note)
            return
        comment = graph.comments[note]
        self._canvas.scene.hidden_comment = note
        self._canvas.spoil_notes([note])
        self._rect = note_rect(self._canvas.scene, note)
        self._write(comment.text, lambda typed: self._set_comment(comment, typed))

    def leave(self) -> bool:
        """Keep what is being edited. False where it is refused: its editor stays."""
        if isinstance(self.editor, CommentEditor):
            self.editor.keep()
            return True
        return self.editor is None or self.editor.keep()

    def follow(self) -> None:
        """Keep the editor over what it edits; close it where that is gone."""
        canvas, graph = self._canvas, self._canvas.scene.graph
        if self.editor is None:
            return
        if self._note is not None and self._note not in graph.frames and self._note not in graph.comments:
            self.editor.give_up()
            return
        area = canvas.camera.rect_to_widget(self._edited())
        if isinstance(self.editor, CommentEditor):
            self.editor.place(area, canvas.zoom)
        else:
            self.editor.place(area, text_font(13), canvas.zoom)

    def _edited(self) -> QRectF:
        """What the editor stands over, in scene units: all of a comment, the title of a frame."""
        rect = note_rect(self._canvas.scene, self._note) if self._note is not None else self._rect
        if self._note in self._canvas.scene.graph.frames:
            return QRectF(rect.x() + 6, rect.y() + 3, 200, TITLE_HEIGHT - 6)
        return rect

    def recolour(self, color: str) -> None:
        """Give what is selected another colour."""
        session, items = self._canvas.session, self._canvas.session.selected_items
        name = texts.nodes_name(session.graph, items)
        session.edit(lambda graph: edits.recolour(graph, items, color), f"Colour {name} {color}")

    def _free_place(self, wanted: Point, text: str) -> Point:
        """The place nearest to ``wanted`` where a comment covers nothing; ``wanted`` where all is full."""
        scene = self._canvas.scene
        box = QRectF(*wanted, COMMENT_WIDTH, text_height(text or "\n", COMMENT_WIDTH))  # its editor has two lines
        others = [note_rect(scene, comment) for comment in scene.graph.comments]
        for distance in range(RINGS):
            for dx, dy in ring(distance):
                rect = box.translated(dx * 2 * GRID, dy * 2 * GRID)
                room = rect.adjusted(-GRID, -GRID, GRID, GRID)
                if not scene.geometry.nodes_in(room) and not any(room.intersects(other) for other in others):
                    return rect.x(), rect.y()
        return wanted

    def _edit_title(self, frame: int) -> None:
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

        editor = InlineEditor(title, commit, self._canvas)
        editor.setAccessibleName("title of the frame")
        editor.setPlaceholderText("Title")
        self._show(editor)

    def _write(self, text: str, keep: Callable[[str], object]) -> None:
        editor = CommentEditor(text, self._canvas.painter.theme, self._canvas)
        editor.kept.connect(keep)
        self._show(editor)

    def _show(self, editor: InlineEditor | CommentEditor) -> None:
        self._canvas.bring_area_in(self._edited())
        self.editor = editor
        editor.closed.connect(self._closed)
        self.follow()
        editor.show()
        editor.setFocus(Qt.FocusReason.OtherFocusReason)

    def _add_comment(self, place: Point, text: str) -> None:
        added: list[int] = []
        size = COMMENT_WIDTH, text_height(text, COMMENT_WIDTH)

        def edit(graph: Graph) -> Graph:
            after, comment = edits.add_comment(graph, text, place, size, color=COMMENT_COLOR)
            added[:] = [comment]
            return after

        if self._canvas.session.edit(edit, "Add comment"):
            self._canvas.session.select(added)

    def _set_comment(self, before: Comment, typed: str) -> None:
        """Keep the text of a comment, which grows with it; an empty one takes the comment away."""
        session, comment = self._canvas.session, before.id
        if comment not in session.graph.comments or typed == before.text:
            return
        if not typed.strip():
            session.edit(lambda graph: edits.remove(graph, [comment]), "Delete comment")
            return
        width, height = session.graph.comments[comment].size
        size = width, max(height, text_height(typed, width))
        session.edit(
            lambda graph: edits.resize_comment(edits.set_comment(graph, comment, typed), comment, size), "Edit comment"
        )

    @Slot()
    def _closed(self) -> None:
        self.editor = None
        hidden, self._canvas.scene.hidden_comment = self._canvas.scene.hidden_comment, None
        self._canvas.spoil_notes([hidden] if hidden is not None else [])
        self._canvas.setFocus(Qt.FocusReason.OtherFocusReason)
