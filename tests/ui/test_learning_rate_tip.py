"""The learning rate's tooltip says what the command line and PyTorch take, which is not where the window begins."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QLineEdit

from backprop_studio.training.algorithms import ALGORITHMS
from tests.ui.window_support import Opened


@pytest.mark.parametrize("name", ["sgd", "adam", "rmsprop"])
def test_the_tooltip_names_the_default_of_the_optimizer(opened: Opened, name: str) -> None:
    opened.workspace.open_example("linear-regression")
    opened.session.training.optimizer = name
    opened.session.flush()
    opened.workspace.refresh()
    tip = opened.widget(QLineEdit, "training_rate").toolTip()
    assert f"The command line and PyTorch take {ALGORITHMS[name].setting('lr').default:g}" in tip
