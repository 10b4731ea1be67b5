"""One line above the canvas that says what happened or what is wrong; never a dialog."""

from __future__ import annotations

from typing import Literal

from PySide6.QtCore import QSize, Qt, QTimer
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QSizePolicy, QToolButton, QWidget

from backprop_studio.ui.icons import icon
from backprop_studio.ui.plain_text import plain, tooltip
from backprop_studio.ui.theme import Theme, ThemeManager

Severity = Literal["info", "warning", "error"]

INFO_MILLISECONDS = 8000
"""How long a message of severity "info" stays; warnings and errors stay until they are closed or replaced."""

_ICONS = {"info": "info", "warning": "warning", "error": "warning"}


class MessageBar(QFrame):
    """Shows one message at a time, as plain text, with a button that closes it."""

    def __init__(self, themes: ThemeManager, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("message_bar")
        self._themes = themes
        self._severity: Severity = "info"
        self._picture = QLabel()
        self._text = QLabel()
        self._text.setObjectName("message_text")
        self._text.setTextFormat(Qt.TextFormat.PlainText)
        self._text.setWordWrap(True)
        self._text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._text.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self._close = QToolButton()
        self._close.setObjectName("message_close")
        self._close.setProperty("flat", True)
        self._close.setStyleSheet("padding: 0;")
        self._close.setIconSize(QSize(16, 16))
        self._close.setAccessibleName("Close the message")
        self._close.setToolTip(tooltip("Close"))
        self._close.clicked.connect(self.clear)
        row = QHBoxLayout(self)
        row.setContentsMargins(14, 7, 8, 7)
        row.setSpacing(10)
        row.addWidget(self._picture)
        row.addWidget(self._text, 1)
        row.addWidget(self._close)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self.clear)
        themes.changed.connect(self._recolour)
        self.hide()

    @property
    def text(self) -> str:
        """The message shown, "" where there is none."""
        return self._text.text() if not self.isHidden() else ""

    @property
    def severity(self) -> Severity:
        """The severity of the message shown last."""
        return self._severity

    def show_message(self, text: str, severity: Severity = "info") -> None:
        """Show ``text`` in place of what was shown; an "info" goes away by itself."""
        self._severity = severity
        shown = plain(text)
        self._text.setText(shown)
        self.setAccessibleName(shown)
        self._recolour()
        self.show()
        if severity == "info":
            self._timer.start(INFO_MILLISECONDS)
        else:
            self._timer.stop()

    def clear(self) -> None:
        """Hide the bar."""
        self._timer.stop()
        self.hide()

    def _recolour(self) -> None:
        theme = self._themes.theme
        colour = _colour(theme, self._severity)
        self._picture.setPixmap(icon(_ICONS[self._severity], colour).pixmap(QSize(16, 16), self.devicePixelRatioF()))
        self._close.setIcon(icon("close", theme.quiet))
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """A tint of the severity's colour, and a bar of it at the left edge."""
        painter = QPainter(self)
        theme = self._themes.theme
        colour = _colour(theme, self._severity)
        painter.fillRect(self.rect(), theme.panel)
        tint = QColor(colour)
        tint.setAlphaF(0.12)
        painter.fillRect(self.rect(), tint)
        painter.fillRect(0, 0, 3, self.height(), colour)


def _colour(theme: Theme, severity: Severity) -> QColor:
    return {"info": theme.forward, "warning": theme.backward, "error": theme.error}[severity]
