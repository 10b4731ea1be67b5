"""The actions of the window, made from their table: with their menus, shortcuts and places in the toolbar."""

from __future__ import annotations

from collections.abc import Callable, Collection

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QAction, QActionGroup, QKeySequence
from PySide6.QtWidgets import QMenu, QMenuBar, QWidget

from backprop_studio.ui.action_table import MENUS, TABLE
from backprop_studio.ui.action_table.context_menus import CONTEXT_MENUS
from backprop_studio.ui.action_table.spec import ActionSpec, menu_title
from backprop_studio.ui.plain_text import tooltip


class Actions(QObject):
    """The QActions of the table, by name, bound to handlers, with the menus that hold them."""

    def __init__(self, window: QWidget, handler: Callable[[str], Callable[..., object]]) -> None:
        """Make every action. ``handler`` finds the function for a row's handler path when it is first used."""
        super().__init__(window)
        self.setObjectName("actions")
        self._window = window
        self._find = handler
        self._groups: dict[str, QActionGroup] = {}
        self._by_name = {spec.name: self._make(spec) for spec in TABLE}
        self.menus: dict[str, QMenu] = {}

    def __getitem__(self, name: str) -> QAction:
        return self._by_name[name]

    def fill(self, bar: QMenuBar) -> None:
        """Make the menus of ``bar`` from the table."""
        for title in MENUS:
            menu = bar.addMenu(title)
            menu.setObjectName("menu_" + menu_title(title).lower())
            menu.setToolTipsVisible(True)
            self.menus[menu_title(title)] = menu
        for spec in TABLE:
            menu = self._menu(spec.menu)
            if spec.separator:
                menu.addSeparator()
            menu.addAction(self._by_name[spec.name])

    def bind_canvas(self, canvas: QWidget) -> None:
        """Let the shortcuts of scope "canvas" work while ``canvas`` has the focus."""
        for spec in TABLE:
            if spec.scope == "canvas":
                canvas.addAction(self._by_name[spec.name])

    def context_menu(self, kind: str, parent: QWidget) -> QMenu:
        """The menu that a right click brings up on a "node", a "note", a "wire" or the empty "canvas"."""
        menu = QMenu(parent)
        menu.setObjectName("context_menu_" + kind)
        for name in CONTEXT_MENUS[kind]:
            if name in self.menus:
                menu.addAction(self.menus[name].menuAction())  # addMenu would take the submenu along when this goes
            elif name:
                menu.addAction(self._by_name[name])
            else:
                menu.addSeparator()
        return menu

    def at(self, place: str) -> list[tuple[ActionSpec, QAction]]:
        """The rows and actions that stand at a place of the toolbar."""
        return [(spec, self._by_name[spec.name]) for spec in TABLE if spec.toolbar == place]

    def enable(self, states: Collection[str]) -> None:
        """Enable each action whose needed state is among ``states`` (or that needs none)."""
        for spec in TABLE:
            self._by_name[spec.name].setEnabled(not spec.needs or spec.needs in states)

    def disable_all(self) -> None:
        """Disable every action: nothing is there yet that could carry one out."""
        for action in self._by_name.values():
            action.setEnabled(False)

    def choose(self, choice: str, value: str) -> None:
        """Show ``value`` as the chosen one of a group, without calling its handler."""
        for spec in TABLE:
            if spec.choice == choice:
                self._by_name[spec.name].setChecked(spec.value == value)

    def _menu(self, path: str) -> QMenu:
        top, _, rest = path.partition("/")
        if not rest:
            return self.menus[top]
        key = menu_title(path)
        if key not in self.menus:
            submenu = self.menus[top].addMenu(rest)
            submenu.setObjectName("menu_" + menu_title(rest).lower())
            submenu.setToolTipsVisible(True)
            self.menus[key] = submenu
        return self.menus[key]

    def _make(self, spec: ActionSpec) -> QAction:
        action = QAction(spec.text, self._window)
        action.setObjectName("action_" + spec.name)
        action.setShortcuts([QKeySequence(keys) for keys in spec.shortcuts])
        action.setIconVisibleInMenu(False)  # some actions have none, and those of the toolbar have its colours
        action.setToolTip(tooltip(with_shortcut(spec)))
        action.setCheckable(spec.checkable)
        if spec.choice:
            group = self._groups.setdefault(spec.choice, QActionGroup(self))
            group.addAction(action)
        if spec.scope == "canvas":
            action.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
        else:
            self._window.addAction(action)
        action.triggered.connect(self._caller(spec))
        return action

    def _caller(self, spec: ActionSpec) -> Callable[[bool], None]:
        def call(checked: bool) -> None:
            """Carry the action out."""
            function = self._find(spec.handler)
            if spec.value:
                function(spec.value)
            elif spec.checkable:
                function(checked)
            else:
                function()

        return call


def with_shortcut(spec: ActionSpec) -> str:
    """What the action does and its first shortcut, for a tooltip."""
    text = spec.tip or menu_title(spec.text).rstrip("…")
    if spec.shortcuts:
        text += f"\n{shown_shortcut(spec.shortcuts[0])}"
    return text


def shown_shortcut(keys: str) -> str:
    """A shortcut as this system writes it."""
    return QKeySequence(keys).toString(QKeySequence.SequenceFormat.NativeText)
