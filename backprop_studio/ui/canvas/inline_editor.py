"""A field laid over the canvas, in which a value or a name is edited where it stands."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QRectF, Qt, Signal
from PySide6.QtGui import QFocusEvent, QFont, QKeyEvent, QKeySequence
from PySide6.QtWidgets import QLabel, QLineEdit, QWidget

Commit = Callable[[str], str | None]
"""Takes the text; returns why it is refused, in one sentence, or None."""

MOST_WIDTH = 420
LEAST_FONT, LARGEST_FONT = 10, 40
PROBLEM_PADDING = 24


class InlineEditor(QLineEdit):
    """Enter keeps the text, Esc does not, Tab keeps it and goes on.

    A text that is refused stays in the field, with the reason below it.
    """

    closed = Signal()
    next_wanted = Signal()

    def __init__(self, text: str, commit: Commit, parent: QWidget) -> None:
        super().__init__(text, parent)
        self.setObjectName("inline_editor")
        self.setMaxLength(100_000)
        self._commit = commit
        self._canvas = parent
        self._done = False
        self._field = QRectF()
        self._problem = QLabel(parent)
        self._problem.setObjectName("inline_editor_problem")
        self._problem.setTextFormat(Qt.TextFormat.PlainText)
        self._problem.setWordWrap(True)
        self._problem.setProperty("bubble", True)
        self._problem.hide()
        self.textEdited.connect(self._edited)
        self.selectAll()

    @property
    def problem(self) -> str:
        """Why the text was refused, "" where it was not."""
        return self._problem.text()

    def place(self, field: QRectF, font: QFont, zoom: float) -> None:
        """Lay the field over a rectangle of the canvas."""
        self._field = field
        font = QFont(font)
        font.setPixelSize(int(min(max(round(13 * zoom), LEAST_FONT), LARGEST_FONT)))
        # The style sheet's font would win over setFont().
        self.setStyleSheet(
            f"QLineEdit {{ font-family: {_families(font)}; font-size: {font.pixelSize()}px; padding: 0 4px; "
            "border-radius: 4px; }"
        )
        self._fit()

    def keep(self) -> bool:
        """Commit the text and close. False where it is refused: the editor stays."""
        if self._done:
            return True
        problem = self._commit(self.text())
        if problem is not None:
            self._show_problem(problem)
            return False
        self._close()
        return True

    def give_up(self) -> None:
        """Close without committing."""
        self._close()

    def event(self, event: QEvent) -> bool:
        """Tab goes to the next source instead of the next widget; Esc is ours before any shortcut.

        Undo is the field's own while something was typed; before that it closes the field and undoes in the graph.
        """
        if isinstance(event, QKeyEvent):
            if event.type() == QEvent.Type.ShortcutOverride and event.key() == Qt.Key.Key_Escape:
                event.accept()
                return True
            if event.type() == QEvent.Type.ShortcutOverride and self._undoes_nothing(event):
                self.give_up()
                event.ignore()
                return True
            if event.type() == QEvent.Type.KeyPress and event.key() in (Qt.Key.Key_Tab, Qt.Key.Key_Backtab):
                if self.keep():
                    self.next_wanted.emit()
                return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter keeps, Esc closes. No key goes on to the canvas below, where it would mean something else."""
        if event.key() == Qt.Key.Key_Escape:
            self.give_up()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.keep()
        else:
            super().keyPressEvent(event)
        event.accept()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Leaving the field keeps the text, so that nothing typed is lost; a refused text stays in the field."""
        super().focusOutEvent(event)
        if is_left(event):
            self.keep()

    def _undoes_nothing(self, event: QKeyEvent) -> bool:
        return event.matches(QKeySequence.StandardKey.Undo) and not self.isUndoAvailable()

    def _edited(self) -> None:
        self._problem.hide()
        self._problem.clear()
        self._mark(False)
        self._fit()

    def _fit(self) -> None:
        """As wide as the text wants, at least as wide as the field, within the canvas."""
        wanted = min(self.fontMetrics().horizontalAdvance(self.text()) + 24, MOST_WIDTH)
        room = self._canvas.width() - 8
        width = int(min(max(self._field.width(), wanted), max(room, 40)))
        height = int(max(self._field.height(), self.fontMetrics().height() + 6))
        left = int(min(max(self._field.right() - width, 4), max(room + 4 - width, 4)))
        self.setGeometry(left, int(self._field.center().y() - height / 2), width, height)
        if self._problem.text():
            self._place_problem()

    def _show_problem(self, sentence: str) -> None:
        self._problem.setText(sentence)
        self._mark(True)
        self._place_problem()
        self._problem.show()
        self._problem.raise_()

    def _place_problem(self) -> None:
        self._problem.ensurePolished()  # its padding comes with the style sheet
        advance = self._problem.fontMetrics().horizontalAdvance(self._problem.text())
        parent = self._canvas
        width = min(max(min(advance + PROBLEM_PADDING, MOST_WIDTH), self.width()), max(parent.width() - 8, 40))
        height = self._problem.heightForWidth(width)
        left = int(min(max(self.x(), 4), max(parent.width() - width - 4, 4)))
        below = self.geometry().bottom() + 5
        if below + height > parent.height() - 4:
            below = max(self.y() - height - 5, 4)
        self._problem.setGeometry(left, below, width, height)

    def _mark(self, invalid: bool) -> None:
        if self.property("invalid") != invalid:
            self.setProperty("invalid", invalid)
            self.style().unpolish(self)
            self.style().polish(self)

    def _close(self) -> None:
        if self._done:
            return
        self._done = True
        self._problem.hide()
        self._problem.deleteLater()
        self.hide()
        self.deleteLater()
        self.closed.emit()


def is_left(event: QFocusEvent) -> bool:
    """Does a field lose the focus for good? Not to a menu of its own, nor to another window."""
    return event.reason() not in (Qt.FocusReason.PopupFocusReason, Qt.FocusReason.ActiveWindowFocusReason)


def _families(font: QFont) -> str:
    return ", ".join(f"'{family}'" for family in font.families())
