"""The shortcuts as a person has set them: told apart from the table's own, checked for conflicts, remembered."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtGui import QKeySequence

from backprop_studio.ui.action_table import TABLE
from backprop_studio.ui.action_table.spec import ActionSpec, menu_title
from backprop_studio.ui.actions import Actions, with_shortcut
from backprop_studio.ui.plain_text import tooltip
from backprop_studio.ui.settings import Settings

_KEY = "shortcuts"
_OF_CANVAS = {
    "Tab": "walks through the nodes",
    "Shift+Tab": "walks through the nodes",
    "Space": "opens quick-add or pauses the passes",
    "Shift+N": "walks through the nodes",
    "Left": "moves what is selected",
    "Right": "moves what is selected",
    "Up": "moves what is selected",
    "Down": "moves what is selected",
}
PORTABLE = QKeySequence.SequenceFormat.PortableText


class Shortcuts:
    """Which keys every action has. ``recall`` once at the start; the other methods store what they change."""

    def __init__(self, actions: Actions, settings: Settings) -> None:
        self._actions, self._settings = actions, settings
        self._specs = {spec.name: spec for spec in TABLE}

    def recall(self) -> None:
        """Give actions the keys that were set. What names no action, or what others have by now, is passed over."""
        for line in self._settings.texts(_KEY):
            name, told, keys = line.partition("=")
            free = not keys or (self._is_sequence(keys) and self.conflict(name, keys) is None)
            if told and name in self._specs and free:
                self._give(name, (keys,) if keys else ())

    def keys(self, name: str) -> tuple[str, ...]:
        """The keys of an action now."""
        return tuple(sequence.toString(PORTABLE) for sequence in self._actions[name].shortcuts())

    def is_default(self, name: str) -> bool:
        """Has the action the keys that it came with?"""
        return self.keys(name) == _portable(self._specs[name])

    def conflict(self, name: str, keys: str) -> str | None:
        """Why an action can not have some keys, as a sentence; None where it can."""
        wanted = QKeySequence(keys).toString(PORTABLE)
        if wanted in _OF_CANVAS:
            return f"{wanted} {_OF_CANVAS[wanted]} on the canvas. Choose other keys."
        if len(wanted) == 1 and wanted.isalnum():
            return f"{wanted} alone opens quick-add on the canvas. Hold Ctrl or Alt with it."
        for spec in TABLE:
            if spec.name != name and wanted in self.keys(spec.name):
                return (
                    f"{wanted} is the shortcut of {title(spec)} already. Change that one first, or choose other keys."
                )
        return None

    def assign(self, name: str, keys: str) -> str | None:
        """Give an action some keys in place of its own, "" for none. The reason where that can not be."""
        if keys:
            problem = self.conflict(name, keys)
            if problem is not None:
                return problem
        self._give(name, (keys,) if keys else ())
        self._store()
        return None

    def reset(self, name: str) -> str | None:
        """Give an action the keys that it came with. The reason where another has them by now."""
        for keys in self._specs[name].shortcuts:
            problem = self.conflict(name, keys)
            if problem is not None:
                return problem
        self._give(name, self._specs[name].shortcuts)
        self._store()
        return None

    def reset_all(self) -> None:
        """Give every action the keys that it came with."""
        for name, spec in self._specs.items():
            self._give(name, spec.shortcuts)
        self._store()

    def _give(self, name: str, keys: tuple[str, ...]) -> None:
        action = self._actions[name]
        action.setShortcuts([QKeySequence(each) for each in keys])
        action.setToolTip(tooltip(with_shortcut(replace(self._specs[name], shortcuts=keys))))

    def _store(self) -> None:
        changed = [name for name in self._specs if not self.is_default(name)]
        self._settings.set_texts(_KEY, [f"{name}={next(iter(self.keys(name)), '')}" for name in changed])

    @staticmethod
    def _is_sequence(keys: str) -> bool:
        return bool(QKeySequence(keys).toString(PORTABLE))


def title(spec: ActionSpec) -> str:
    """What an action is called, without mnemonic and dots."""
    return menu_title(spec.text).rstrip("…")


def _portable(spec: ActionSpec) -> tuple[str, ...]:
    return tuple(QKeySequence(keys).toString(PORTABLE) for keys in spec.shortcuts)
