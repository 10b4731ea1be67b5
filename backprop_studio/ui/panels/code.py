"""The graph as code: to read, to edit and apply, to copy."""

from __future__ import annotations

import re

from PySide6.QtCore import QEvent, QObject, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QGuiApplication, QKeyEvent, QShowEvent, QTextCursor, QTextOption
from PySide6.QtWidgets import QHBoxLayout, QPlainTextEdit, QPushButton, QVBoxLayout, QWidget

from backprop_studio.session.editor_session import EditorSession
from backprop_studio.ui.panels.labels import plain_label
from backprop_studio.ui.panels.stale_note import StaleNote
from backprop_studio.ui.plain_text import plain, tooltip
from backprop_studio.ui.theme import number_font

STALE = "Training is running. The parameters here are those it began from; they follow when training pauses."
_PLACE = re.compile(r"line (\d+)(?:, column (\d+))?", re.IGNORECASE)


class CodePanel(QWidget):
    """Follows the graph until its text is edited; from then on it keeps the text until it is applied or dropped."""

    applied = Signal()
    """The text has become the graph."""

    def __init__(self, session: EditorSession, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("code")
        self._session = session
        self.setMinimumHeight(260)
        self._stale = True
        self._edited = False
        self.was_warned = False
        """True once somebody was told that the text is not applied; typing on makes it False again."""
        self.editor = QPlainTextEdit()
        self.editor.setObjectName("code_editor")
        self.editor.setAccessibleName("Graph code")
        self.editor.setFont(number_font(13))
        self.editor.setWordWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)  # no array runs out of sight
        self.editor.setTabChangesFocus(True)
        self.editor.setPlaceholderText("z = x*w + b\nL = square(sigmoid(z) - t)")
        self._error = plain_label("code_error", wrap=True, variant="error")
        self._error.hide()
        self._stale_note = StaleNote("code_stale", STALE, session.training)
        self._state = plain_label("code_state", wrap=True, variant="quiet")
        self._apply = self._button("code_apply", "&Apply", "Make this text the graph (Ctrl+Return)", self.apply)
        self._apply.setProperty("primary", True)
        self._revert = self._button("code_revert", "Revert", "Show the code of the present graph again", self.revert)
        self._copy = self._button("code_copy", "&Copy", "Copy all of the text", self.copy)
        self._lay_out()
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._follow)
        self.editor.installEventFilter(self)
        self.editor.textChanged.connect(self._text_changed)
        session.graph_changed.connect(self._graph_changed)
        self._show_state()

    def apply(self) -> None:
        """Make the text the graph. A refusal is told with its place, and the text stays."""
        if not self._edited:
            return
        self._edited = False  # so that the new graph's code is followed at once
        refusal = self._session.set_code(self.editor.toPlainText())
        if refusal is not None:
            self._edited = True
            self._error.setText(plain(refusal))
            self._go_to(refusal)
        else:
            self._follow()
            self.applied.emit()
        self._error.setVisible(refusal is not None)
        self._show_state()

    def revert(self) -> None:
        """Drop what was typed and show the code of the present graph."""
        self._edited = False
        self._error.hide()
        self._follow()
        self._show_state()

    def copy(self) -> None:
        """Copy the text to the clipboard."""
        QGuiApplication.clipboard().setText(self.editor.toPlainText())

    @property
    def has_unapplied_text(self) -> bool:
        """True while the text was edited and not applied."""
        return self._edited

    @property
    def wanted_width(self) -> int:
        """Pixels at which no line of the text is wrapped."""
        widest = max(map(self.editor.fontMetrics().horizontalAdvance, self.editor.toPlainText().split("\n")))
        beside = (
            self.editor.width() - self.editor.viewport().width() + self.editor.verticalScrollBar().sizeHint().width()
        )
        margins = self._column.contentsMargins()
        return widest + beside + 2 * round(self.editor.document().documentMargin()) + margins.left() + margins.right()

    def sizeHint(self) -> QSize:
        """Some lines of code."""
        return QSize(320, 240)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Ctrl+Return in the editor applies; as a shortcut it would clash with the window's, and neither would work."""
        if not isinstance(event, QKeyEvent) or event.key() not in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            return super().eventFilter(watched, event)
        if not event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            return super().eventFilter(watched, event)
        if event.type() == QEvent.Type.ShortcutOverride:
            event.accept()
        elif event.type() == QEvent.Type.KeyPress:
            self.apply()
        return True

    def showEvent(self, event: QShowEvent) -> None:
        """Catch up with the graph."""
        if self._stale and not self._edited:
            self._follow()

    def _button(self, name: str, text: str, tip: str, slot: object) -> QPushButton:
        button = QPushButton(text)
        button.setObjectName(name)
        button.setToolTip(tooltip(tip))
        button.clicked.connect(slot)
        return button

    def _lay_out(self) -> None:
        buttons = QHBoxLayout()
        buttons.addWidget(self._apply)
        buttons.addWidget(self._revert)
        buttons.addStretch(1)
        buttons.addWidget(self._copy)
        self._column = column = QVBoxLayout(self)
        column.setContentsMargins(12, 10, 12, 12)
        column.setSpacing(8)
        column.addWidget(self.editor, 1)
        column.addWidget(self._stale_note)
        column.addWidget(self._error)
        column.addWidget(self._state)
        column.addLayout(buttons)

    def _graph_changed(self) -> None:
        self._stale = True
        if self._edited:
            self._show_state()
        elif self.isVisible():
            self._timer.start(0)

    def _follow(self) -> None:
        """Show the code of the present graph, keeping the place scrolled to."""
        self._timer.stop()
        if self._edited:
            return
        self._stale = False
        code = self._session.code()
        if code != self.editor.toPlainText():
            at = self.editor.verticalScrollBar().value()
            blocked = self.editor.blockSignals(True)
            self.editor.setPlainText(code)
            self.editor.blockSignals(blocked)
            self.editor.verticalScrollBar().setValue(at)

    def _text_changed(self) -> None:
        self._edited = True
        self.was_warned = False
        self._error.hide()
        self._show_state()

    def _show_state(self) -> None:
        self._apply.setEnabled(self._edited)
        self._revert.setEnabled(self._edited)
        text = ""
        if self._edited:
            text = "Edited; not applied yet."
            if self._stale:
                text = "Edited; the graph has changed meanwhile. Apply replaces it, Revert shows it."
        self._state.setText(text)
        self._state.setVisible(bool(text))

    def _go_to(self, refusal: str) -> None:
        """Put the cursor where a refusal says."""
        place = _PLACE.search(refusal)
        if place is None:
            return
        block = self.editor.document().findBlockByNumber(int(place[1]) - 1)
        if block.isValid():
            cursor = QTextCursor(block)
            steps = min(int(place[2] or 1) - 1, max(0, block.length() - 1))
            cursor.movePosition(QTextCursor.MoveOperation.Right, QTextCursor.MoveMode.MoveAnchor, steps)
            self.editor.setTextCursor(cursor)
            self.editor.setFocus()
