"""The names on the tabs of the docks are whole, at the width that the docks have on a small screen."""

from __future__ import annotations

from PySide6.QtWidgets import QApplication, QStyleOptionTab, QTabBar

from tests.ui.window_support import Opened


def test_no_name_on_a_tab_is_cut_with_all_docks_open(opened: Opened) -> None:
    for name in ("inspector", "explanation", "outline", "history"):
        opened.window.docks[name].show()
    QApplication.processEvents()
    bars = [bar for bar in opened.window.findChildren(QTabBar) if bar.isVisible()]
    names = [bar.tabText(at) for bar in bars for at in range(bar.count())]
    assert sorted(names) == ["Explanation", "History", "Inspector", "Outline"]
    for bar in bars:
        for at in range(bar.count()):
            option = QStyleOptionTab()
            bar.initStyleOption(option, at)
            assert option.text == bar.tabText(at), "it is painted whole"
            assert bar.rect().contains(bar.tabRect(at))
