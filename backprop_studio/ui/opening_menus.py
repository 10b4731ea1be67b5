"""The two lists in the File menu of what can be opened: examples, and the files of last time."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from PySide6.QtWidgets import QMenu

from backprop_studio.document.examples import Example
from backprop_studio.ui.plain_text import plain, tooltip


def fill_examples(menu: QMenu, examples: Iterable[Example], open_named: Callable[[str], object]) -> None:
    """List the worked examples by title; ``open_named`` is called with the name of the one chosen."""
    menu.setObjectName("menu_examples")
    menu.setToolTipsVisible(True)
    for example in examples:
        action = menu.addAction(plain(example.title).replace("&", "&&"))
        action.setObjectName("menu_example_" + example.name)
        action.setToolTip(tooltip(example.sentence))
        action.triggered.connect(lambda _=False, name=example.name: open_named(name))


def fill_recent(menu: QMenu, paths: Sequence[Path], open_path: Callable[[Path], object]) -> None:
    """List files, in place of those listed before; ``open_path`` is called with the one chosen."""
    menu.clear()
    for path in paths:
        action = menu.addAction(plain(path.name).replace("&", "&&"))
        action.setToolTip(tooltip(str(path)))
        action.triggered.connect(lambda _=False, chosen=path: open_path(chosen))
    menu.setToolTipsVisible(True)
    menu.setEnabled(bool(paths))
