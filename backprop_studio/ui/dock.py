"""A dock with a quiet title of our own: the panel's name, what it shows, and a button that closes it."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QDockWidget, QHBoxLayout, QLabel, QToolButton, QWidget

from backprop_studio.ui.icons import icon
from backprop_studio.ui.plain_text import plain, tooltip
from backprop_studio.ui.theme import Theme, ThemeManager, text_font


class Dock(QDockWidget):
    """A panel at an edge of the window. With ``titled`` False it has no title bar (and is closed by its menu entry)."""

    def __init__(self, name: str, title: str, themes: ThemeManager, parent: QWidget, *, titled: bool = True) -> None:
        super().__init__(title, parent)
        self.setObjectName(name + "_dock")
        self.setFeatures(
            QDockWidget.DockWidgetFeature.DockWidgetClosable | QDockWidget.DockWidgetFeature.DockWidgetMovable
        )
        self._themes = themes
        self._subject = QLabel()
        self._close = QToolButton()
        self.setTitleBarWidget(self._title_bar(title) if titled else QWidget())
        themes.changed.connect(self._recolour)
        self._recolour(themes.theme)

    def show_subject(self, text: str) -> None:
        """Say behind the title what the panel shows, such as the selected node."""
        self._subject.setText(plain(text))

    def _title_bar(self, title: str) -> QWidget:
        bar = QWidget()
        bar.setObjectName("dock_title")
        row = QHBoxLayout(bar)
        row.setContentsMargins(14, 5, 6, 5)
        row.setSpacing(0)
        name = QLabel(title)
        for label in (name, self._subject):
            label.setFont(text_font(12, bold=True))
            label.setTextFormat(Qt.TextFormat.PlainText)
            row.addWidget(label)
        self._subject.setObjectName(self.objectName() + "_subject")
        row.addStretch(1)
        self._close.setObjectName(self.objectName() + "_close")
        self._close.setProperty("flat", True)
        self._close.setStyleSheet("padding: 0;")
        self._close.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._close.setIconSize(QSize(14, 14))
        self._close.setFixedSize(24, 24)
        self._close.setAccessibleName(f"Close {title}")
        self._close.setToolTip(tooltip(f"Close {title}"))
        self._close.clicked.connect(self.close)
        row.addWidget(self._close)
        return bar

    def _recolour(self, theme: Theme) -> None:
        self._close.setIcon(icon("close", theme.quiet))
        self._subject.setStyleSheet(f"color: {theme.forward_text.name()};")
