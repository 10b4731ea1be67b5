"""A folded part never makes its panel wider: the outcome stays whole, a long title ends in an ellipsis."""

from __future__ import annotations

import pytest
from pytestqt.qtbot import QtBot

from backprop_studio.ui.panels.explanation_fold import MOST_SUMMARY, FoldCard
from backprop_studio.ui.panels.labels import ShrinkingLabel
from backprop_studio.ui.theme import ThemeManager

pytestmark = pytest.mark.qt_log_ignore("does not support propagateSizeHints")  # said of windows, off screen only


def test_a_long_title_gives_way_to_the_outcome(qtbot: QtBot) -> None:
    card = FoldCard("card", "h1[99, 7] over a_rather_long_name_of_weights[7, 0]", ThemeManager("dark"))
    qtbot.addWidget(card)
    card.set_summary("slope −0.2943")
    assert card.minimumSizeHint().width() <= 250
    card.resize(250, 60)
    card.show()
    summary = card.findChild(ShrinkingLabel, "card_summary")
    assert summary is not None
    assert 0 < summary.sizeHint().width() <= MOST_SUMMARY
    assert summary.width() >= summary.sizeHint().width()
    assert card.heading.geometry().right() < summary.geometry().left()
    card.heading.click()
    assert card.is_open
