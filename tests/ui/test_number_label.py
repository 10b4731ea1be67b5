"""A number where there is little room for it: rounded, never cut off."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from backprop_studio.ui.panels.number_label import number_label

pytestmark = pytest.mark.qt_log_ignore("does not support propagateSizeHints")  # said of windows, off screen only


@pytest.mark.parametrize(
    ("whole", "start", "end"),
    [("−0.02503108434733194", "−0.0250", ""), ("1.2345678901234567e−200", "1.23", "e−200"), ("[4 × 1]", "[4 × 1]", "")],
)
def test_a_number_is_rounded_to_its_room(qtbot: QtBot, whole: str, start: str, end: str) -> None:
    label = number_label("n")
    qtbot.addWidget(label)
    label.show()
    label.setText(whole)
    wide = label.fontMetrics().horizontalAdvance
    label.resize(wide("0" * 12) + 2, 24)
    shown = QLabel.text(label)
    assert wide(shown) <= label.width()
    assert shown.startswith(start)
    assert shown.endswith(end)
    assert "…" not in shown
    assert label.text() == whole
    assert (shown == whole) == (label.toolTip() == ""), "the whole of it is in the tooltip"
    label.resize(wide("0" * 40), 24)
    assert QLabel.text(label) == whole


def test_words_are_still_cut_off(qtbot: QtBot) -> None:
    label = number_label("n")
    qtbot.addWidget(label)
    label.show()
    label.setText("36 nodes, 4 groups and more")
    label.resize(80, 24)
    assert QLabel.text(label).endswith("…")
