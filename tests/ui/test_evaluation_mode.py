"""The mode of the whole graph in the window: one action, its mark, undo; and what a node keeps from training."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QComboBox, QLabel
from pytestqt.qtbot import QtBot

from backprop_studio.document.number_text import number
from tests.ui.window_support import Opened

CODE = """x = input([[1., 2.], [3., 5.], [0., 1.]])
w = parameter(0.5)
h = batch_norm(x*w)
d = dropout(h)
L = mean(d**2)
"""


def load(opened: Opened) -> dict[str, int]:
    """Open the graph; its nodes by name."""
    assert opened.session.set_code(CODE) is None
    opened.session.flush()
    return {node.name: node.id for node in opened.session.graph.nodes.values()}


def value(opened: Opened, node: int) -> np.ndarray:
    found = opened.session.flush().value(node)
    assert found is not None
    return found


def refresh(opened: Opened) -> None:
    opened.session.flush()
    opened.workspace.inspector.refresh()


def test_the_action_switches_the_graph_and_can_be_undone(opened: Opened) -> None:
    nodes = load(opened)
    mark = opened.widget(QLabel, "status_mode")
    in_training = value(opened, nodes["d"])
    assert (in_training == 0.0).any()
    assert not mark.isVisible()
    opened.trigger("evaluation_mode")
    assert not opened.session.graph.training
    np.testing.assert_array_equal(value(opened, nodes["d"]), value(opened, nodes["h"]))
    assert mark.isVisible()
    assert opened.window.actions_table["evaluation_mode"].isChecked()
    opened.session.undo()
    np.testing.assert_array_equal(value(opened, nodes["d"]), in_training)
    assert not mark.isVisible()
    assert not opened.window.actions_table["evaluation_mode"].isChecked()


def test_training_leaves_its_statistics_and_undo_takes_them_back(opened: Opened) -> None:
    nodes = load(opened)
    opened.session.select([nodes["h"]])
    refresh(opened)
    shown = opened.widget(QLabel, "state_running_mean")
    assert shown.text() == "0, before training"
    for _ in range(3):
        opened.session.training.step_once()
    state = opened.session.graph.nodes[nodes["h"]].state
    assert set(state) == {"running_mean", "running_var"}
    refresh(opened)
    assert shown.text() == ", ".join(number(entry) for entry in state["running_mean"].array)
    assert opened.session.graph.nodes[nodes["d"]].state["step"].array == 3.0
    opened.session.undo()
    assert opened.session.graph.nodes[nodes["d"]].state["step"].array == 2.0
    opened.session.training.reset()
    assert not opened.session.graph.nodes[nodes["h"]].state
    refresh(opened)
    assert shown.text() == "0, before training"


def test_running_statistics_are_live_while_training_runs(opened: Opened, qtbot: QtBot) -> None:
    nodes = load(opened)
    opened.session.select([nodes["h"]])
    refresh(opened)
    shown, training = opened.widget(QLabel, "state_running_mean"), opened.session.training
    told: list[str] = []
    training.progressed.connect(lambda _: told.append(shown.text()))
    training.toggle()
    qtbot.waitUntil(lambda: len(set(told) - {"0, before training"}) >= 2, timeout=10_000)
    assert not opened.session.graph.nodes[nodes["h"]].state, "the graph has it when training stops"
    training.stop()
    refresh(opened)
    state = opened.session.graph.nodes[nodes["h"]].state["running_mean"].array
    assert shown.text() == ", ".join(number(entry) for entry in state)


def test_every_training_step_shows_another_mask(opened: Opened) -> None:
    nodes = load(opened)
    first = value(opened, nodes["d"]) == 0.0
    masks = {first.tobytes()}
    for _ in range(8):
        opened.session.training.step_once()
        masks.add((value(opened, nodes["d"]) == 0.0).tobytes())
    assert len(masks) > 3


def test_a_node_can_be_kept_in_one_mode(opened: Opened) -> None:
    nodes = load(opened)
    opened.session.select([nodes["d"]])
    refresh(opened)
    field = opened.widget(QComboBox, "setting_training")
    assert field.currentText() == "as the graph"
    field.setFocus()
    QTest.keyClick(field, Qt.Key.Key_Down)
    assert opened.session.graph.nodes[nodes["d"]].settings == {"training": True}
    QTest.keyClick(field, Qt.Key.Key_Down)
    assert opened.session.graph.nodes[nodes["d"]].settings == {"training": False}
    np.testing.assert_array_equal(value(opened, nodes["d"]), value(opened, nodes["h"]))
    QTest.keyClick(field, Qt.Key.Key_Home)
    assert not opened.session.graph.nodes[nodes["d"]].settings
