"""Nothing in the explanation is wider than the panel is on a small screen: it would be cut off at the right."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QApplication, QScrollArea

from backprop_studio.ui.panels.explanation_fold import FoldCard
from tests.ui.window_support import Opened


@pytest.mark.parametrize(("example", "name"), [("neuron-loss", ""), ("neuron-loss", "w"), ("moons", "W1"), ("xor", "")])
def test_with_all_parts_unfolded_the_page_is_no_wider_than_its_panel(opened: Opened, example: str, name: str) -> None:
    opened.workspace.open_example(example)
    opened.session.flush()
    opened.trigger("show_explanation")
    if name:
        opened.session.select({opened.id(name)})
    panel = opened.workspace.explanation
    panel.refresh()
    QApplication.processEvents()
    for card in panel.findChildren(FoldCard):
        if card.isVisible():
            card.heading.setChecked(True)
    QApplication.processEvents()
    area = opened.widget(QScrollArea, "explanation_area")
    page = area.widget()
    assert page is not None
    wide = [f"{type(part).__name__} {part.objectName()}" for part in page.children() if part.isWidgetType()
            and not part.isHidden() and part.minimumSizeHint().width() > panel.minimumWidth() - 44]  # fmt: skip
    assert page.minimumSizeHint().width() <= panel.minimumWidth(), wide
