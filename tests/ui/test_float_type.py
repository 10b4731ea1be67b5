"""The float type of the whole graph is chosen in the Run menu."""

from __future__ import annotations

import numpy as np
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from tests.ui.window_support import Opened


def test_single_precision_and_back(opened: Opened, qtbot: QtBot) -> None:
    opened.workspace.open_example("neuron-loss")
    opened.session.flush()
    assert opened.window.actions_table["float64"].isChecked()
    opened.trigger("float32")
    value = opened.session.flush().value(opened.id("L"))
    assert value is not None
    assert value.dtype == np.float32
    assert opened.window.actions_table["float32"].isChecked()
    assert not opened.window.actions_table["float64"].isChecked()
    texts = [label.text() for label in opened.window.statusBar().findChildren(QLabel)]
    assert "float32" in texts
    training = opened.session.training
    training.run()
    qtbot.waitUntil(lambda: training.step_count >= 3)
    training.pause()
    qtbot.waitUntil(lambda: training.state != "running")
    w = opened.session.flush().value(opened.id("w"))
    assert w is not None
    assert w.dtype == np.float32
    opened.trigger("float64")
    back = opened.session.flush().value(opened.id("L"))
    assert back is not None
    assert back.dtype == np.float64
