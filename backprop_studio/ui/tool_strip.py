"""The toolbar: edit and view on the left, the passes in the middle, the code on the right."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QSizePolicy, QToolBar, QToolButton, QWidget

from backprop_studio.ui.action_table.spec import ActionSpec
from backprop_studio.ui.actions import Actions
from backprop_studio.ui.icons import icon
from backprop_studio.ui.theme import ThemeManager, disabled_text

PRIMARY = "play"
ICON_AFTER_TEXT = ("step",)


class ToolStrip(QToolBar):
    """One row of buttons, one for each action that has a place here."""

    def __init__(self, actions: Actions, themes: ThemeManager, parent: QWidget) -> None:
        super().__init__("Toolbar", parent)
        self.setObjectName("toolbar")
        self.setMovable(False)
        self.setFloatable(False)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.PreventContextMenu)
        self._actions = actions
        self._themes = themes
        self._buttons: dict[str, QToolButton] = {}
        row = QWidget()
        row.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        grid = QGridLayout(row)
        grid.setContentsMargins(0, 0, 0, 0)
        sides = {"left": Qt.AlignmentFlag.AlignLeft, "centre": Qt.AlignmentFlag.AlignHCenter}
        for at, place in enumerate(("left", "centre", "right")):
            grid.addLayout(self._group(place), 0, at, sides.get(place, Qt.AlignmentFlag.AlignRight))
            grid.setColumnStretch(at, 0 if place == "centre" else 1)
        self.addWidget(row)
        themes.changed.connect(self.recolour)
        actions[PRIMARY].enabledChanged.connect(self.recolour)
        self.recolour()

    def recolour(self) -> None:
        """Give every action's icon the colour of the text it stands beside."""
        theme = self._themes.theme
        for name, button in self._buttons.items():
            ready = self._actions[PRIMARY].isEnabled()
            color = {PRIMARY: theme.accent_text if ready else disabled_text(theme), "train": theme.update_text}.get(
                name, theme.text
            )
            picture = self._actions[name].property("picture")
            if picture:
                self._actions[name].setIcon(icon(picture, color))
            button.update()

    def keep_width(self, name: str, texts: Iterable[str]) -> None:
        """Make a button wide enough for all that it may say, so that its neighbours stay where they are."""
        button, action = self._buttons[name], self._actions[name]
        now = action.iconText()
        widths = []
        for text in texts:
            action.setIconText(text)
            button.ensurePolished()
            widths.append(button.sizeHint().width())
        action.setIconText(now)
        button.setMinimumWidth(max(widths))

    def show_as(self, name: str, text: str, picture: str) -> None:
        """Change what a button says, such as "Pause" while it plays."""
        action = self._actions[name]
        if action.iconText() != text:
            action.setIconText(text)
            action.setProperty("picture", picture)
            self.recolour()

    def _group(self, place: str) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(8)
        for spec, action in self._actions.at(place):
            action.setProperty("picture", spec.icon)
            if spec.short:
                action.setIconText(spec.short)
            row.addWidget(self._button(spec))
        return row

    def _button(self, spec: ActionSpec) -> QToolButton:
        button = QToolButton()
        button.setObjectName("tool_" + spec.name)
        beside = Qt.ToolButtonStyle.ToolButtonTextBesideIcon
        button.setToolButtonStyle(beside if spec.short else Qt.ToolButtonStyle.ToolButtonIconOnly)
        button.setIconSize(QSize(16, 16))
        if spec.name in ICON_AFTER_TEXT:
            button.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
        if spec.short:  # Qt leaves room for two spaces behind the text; the padding takes it back
            left, right = (10, 10) if spec.name in ICON_AFTER_TEXT else (10, 4)
            button.setStyleSheet(f"padding: 5px {right}px 5px {left}px;")
        button.setProperty("primary", spec.name == PRIMARY)
        button.setProperty("update", spec.name == "train")
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        button.setDefaultAction(self._actions[spec.name])
        self._buttons[spec.name] = button
        return button
