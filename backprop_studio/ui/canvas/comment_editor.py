"""A field of several lines laid over the canvas, in which a comment is written where it stands."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QRectF, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent
from PySide6.QtWidgets import QPlainTextEdit, QWidget

from backprop_studio.document.edit_text import MAX_COMMENT, text_problem
from backprop_studio.ui.canvas.comment_boxes import LINE, PADDING, SIZE
from backprop_studio.ui.canvas.inline_editor import is_left
from backprop_studio.ui.theme import Theme, text_font

LEAST_TYPE, LARGEST_TYPE = 10, 60
LEAST_WIDTH, LEAST_HEIGHT = 180, 60


class CommentEditor(QPlainTextEdit):
    """Ctrl+Enter, Tab or leaving the field keep the text; Esc does not. Keeps nothing that is not legible."""

    kept = Signal(str)
    closed = Signal()

    def __init__(self, text: str, theme: Theme, parent: QWidget) -> None:
        super().__init__(text, parent)
        self.setObjectName("comment_editor")
        self.setAccessibleName("Text of the comment")
        self.setPlaceholderText("Comment. Ctrl+Enter keeps it, Esc leaves it.")
        self.setTabChangesFocus(True)
        self.setFrameShape(QPlainTextEdit.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAsNeeded)
        self._theme, self._parent, self._done = theme, parent, False
        self.document().setDocumentMargin(0)
        self.selectAll()

    def place(self, field: QRectF, zoom: float) -> None:
        """Lay the field over a rectangle of the canvas."""
        theme, size = self._theme, int(min(max(round(SIZE * zoom), LEAST_TYPE), LARGEST_TYPE))
        families = ", ".join(f"'{family}'" for family in text_font(SIZE).families())
        self.setStyleSheet(  # a font set by setFont() would lose against that of the window's style sheet
            f"#comment_editor {{ font-family: {families}; font-size: {size}px; padding: {round(PADDING * zoom) - 2}px;"
            f" background: {theme.panel.name()}; color: {theme.text.name()};"
            f" border: 2px solid {theme.forward.name()}; border-radius: 5px; }}"
        )
        width = min(max(field.width(), LEAST_WIDTH), max(self._parent.width() - 8, 40))
        height = min(max(field.height(), LEAST_HEIGHT, (LINE * 2 + PADDING * 2) * zoom), self._parent.height() - 8)
        left = min(max(field.x(), 4), max(self._parent.width() - width - 4, 4))
        top = min(max(field.y(), 4), max(self._parent.height() - height - 4, 4))
        self.setGeometry(round(left), round(top), round(width), round(height))

    def keep(self) -> None:
        """Hand the text over and close."""
        if not self._done:
            self._done = True
            self.kept.emit(legible(self.toPlainText()))
            self._close()

    def give_up(self) -> None:
        """Close without handing anything over."""
        if not self._done:
            self._done = True
            self._close()

    def event(self, event: QEvent) -> bool:
        """Esc and Ctrl+Enter are the field's own before any shortcut."""
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.ShortcutOverride and self._leaves(event):
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Write, keep, or leave. No key goes on to the canvas below, where it would mean something else."""
        if event.key() == Qt.Key.Key_Escape:
            self.give_up()
        elif self._leaves(event):
            self.keep()
        else:
            super().keyPressEvent(event)
        event.accept()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Leaving the field keeps the text, so that nothing typed is lost."""
        super().focusOutEvent(event)
        if is_left(event):
            self.keep()

    def _leaves(self, event: QKeyEvent) -> bool:
        with_ctrl = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        is_enter = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
        return event.key() == Qt.Key.Key_Escape or (is_enter and with_ctrl)

    def _close(self) -> None:
        self.hide()
        self.deleteLater()
        self.closed.emit()


def legible(text: str) -> str:
    """A text as a comment may have it: invisible characters taken out, cut to the longest that is allowed."""
    kept = "".join(c for c in text if c.isspace() or text_problem(c, "", MAX_COMMENT, lines=True) is None)
    lines = (line.replace("\r", "").rstrip() for line in kept.split("\n"))
    return "\n".join(lines).strip("\n")[:MAX_COMMENT]
