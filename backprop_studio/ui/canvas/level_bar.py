"""The way back out of a group: a bar at the canvas's head with a button for each group around the one that is seen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QToolButton, QWidget

from backprop_studio.document.groups import breadcrumbs
from backprop_studio.ui.plain_text import plain, tooltip
from backprop_studio.ui.theme import Theme, ThemeManager

if TYPE_CHECKING:
    from backprop_studio.ui.canvas.view import CanvasView

MARGIN = 12
TOP = "Graph"
"""What lies outside all groups is called."""
MOST_TEXT = 28
"""Characters of a group's name that are shown."""


class LevelBar(QFrame):
    """A press on a name leads there. Hidden outside all groups."""

    def __init__(self, canvas: CanvasView, themes: ThemeManager) -> None:
        super().__init__(canvas)
        self._canvas = canvas
        self.crumbs: list[QToolButton] = []
        self.setObjectName("level_bar")
        self.setAccessibleName("Way to the group that is seen")
        self.setCursor(Qt.CursorShape.ArrowCursor)
        self.setAttribute(Qt.WidgetAttribute.WA_NoMousePropagation)
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(6, 3, 10, 3)
        self._row.setSpacing(2)
        canvas.session.level_changed.connect(self.refresh)
        canvas.session.graph_changed.connect(self._take_graph)
        themes.changed.connect(self._take_theme)
        self._shown: tuple[str, ...] = ()
        self._take_theme(themes.theme)
        self.move(MARGIN, MARGIN)
        self.hide()

    @Slot()
    def refresh(self) -> None:
        """Show the way to the group that is seen now."""
        session = self._canvas.session
        way = breadcrumbs(session.graph, session.inside)
        names = (TOP, *(session.graph.groups[group].name for group in way)) if way else ()
        if names == self._shown:
            return
        self._shown = names
        self.crumbs = []
        while (item := self._row.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        for number, (name, group) in enumerate(zip(names, (None, *way), strict=False)):
            if number:
                self._add(QLabel("›"))
            is_here = number == len(names) - 1
            self._add(self._here(name) if is_here else self._crumb(name, group))
        self.setVisible(bool(way))
        self.adjustSize()
        self._canvas.head = float(self.geometry().bottom()) if way else 0.0
        self.raise_()

    def _add(self, widget: QWidget) -> None:
        self._row.addWidget(widget)
        widget.show()

    def _crumb(self, name: str, group: int | None) -> QToolButton:
        button = QToolButton()
        button.setObjectName(f"crumb_{len(self.crumbs)}")
        button.setText(_shortened(name).replace("&", "&&"))
        button.setToolTip(tooltip(f"Back to {name} (Alt+Up goes one level up)"))
        button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        button.setAutoRaise(True)
        button.clicked.connect(lambda: self._canvas.session.enter(group))
        self.crumbs.append(button)
        return button

    @staticmethod
    def _here(name: str) -> QLabel:
        label = QLabel(_shortened(name))
        label.setObjectName("crumb_here")
        label.setTextFormat(Qt.TextFormat.PlainText)
        return label

    @Slot()
    def _take_graph(self) -> None:
        """A group on the way may be called otherwise."""
        if self._shown:
            self.refresh()

    @Slot(object)
    def _take_theme(self, theme: Theme) -> None:
        self.setStyleSheet(
            f"#level_bar {{ background: {theme.panel.name()}; border: 1px solid {theme.node_border.name()};"
            f" border-radius: 6px; }} #crumb_here {{ font-weight: bold; padding: 2px 4px; }}"
            " #level_bar QToolButton { padding: 2px 6px; }"
        )


def _shortened(name: str) -> str:
    text = plain(name)
    return text if len(text) <= MOST_TEXT else text[: MOST_TEXT - 1] + "…"
