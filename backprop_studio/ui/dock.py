"""A dock with a quiet title of our own: the panel's name, what it shows, and a button that closes it."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QDockWidget, QHBoxLayout, QLabel, QToolButton, QWidget

from backprop_studio.ui.icons import icon
from backprop_studio.ui.panels.labels import ShrinkingLabel
from backprop_studio.ui.plain_text import plain, tooltip
from backprop_studio.ui.theme import Theme, ThemeManager, text_font


class Dock(QDockWidget):
    """A panel at an edge of the window. With ``titled`` False it has no title bar (and is closed by its menu entry)."""

    def __init__(self, name: str, title: str, themes: ThemeManager, parent: QWidget, *, titled: bool = True) -> None:
        super().__init__(title, parent)
        self.setObjectName(name + "_dock")
        features = QDockWidget.DockWidgetFeature
        self.setFeatures(features.DockWidgetClosable | features.DockWidgetMovable)
        self.title = DockTitle(self, title, themes) if titled else None
        self.setTitleBarWidget(self.title or QWidget(self))

    def show_subject(self, text: str) -> None:
        """Say behind the title what the panel shows, such as the selected node."""
        if self.title is not None:
            self.title.show_subject(text)


class DockTitle(QWidget):
    """The title bar: the panel's name, its subject, the closing button."""

    def __init__(self, dock: QDockWidget, title: str, themes: ThemeManager) -> None:
        super().__init__(dock)
        self.setObjectName("dock_title")
        row = QHBoxLayout(self)
        row.setContentsMargins(14, 5, 6, 5)
        row.setSpacing(0)
        name = QLabel(title)
        self._subject = ShrinkingLabel()
        self._subject.setObjectName(dock.objectName() + "_subject")
        for label in (name, self._subject):
            label.setFont(text_font(12, bold=True))
            label.setTextFormat(Qt.TextFormat.PlainText)
            row.addWidget(label)
        row.setStretchFactor(self._subject, 1)
        self._close = QToolButton()
        self._close.setObjectName(dock.objectName() + "_close")
        self._close.setProperty("flat", True)
        self._close.setStyleSheet("padding: 0;")
        self._close.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._close.setIconSize(QSize(14, 14))
        self._close.setFixedSize(24, 24)
        self._close.setAccessibleName(f"Close {title}")
        self._close.setToolTip(tooltip(f"Close {title}"))
        self._close.clicked.connect(dock.close)
        row.addWidget(self._close)
        themes.changed.connect(self._recolour)
        self._recolour(themes.theme)

    def show_subject(self, text: str) -> None:
        """Show ``text`` behind the name, in the colour of links."""
        self._subject.setText(plain(text))

    def _recolour(self, theme: Theme) -> None:
        self._close.setIcon(icon("close", theme.quiet))
        self._subject.setStyleSheet(f"color: {theme.forward_text.name()};")
