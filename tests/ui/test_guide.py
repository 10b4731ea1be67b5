"""The guide names only what exists, with the keys it has, and does what it names."""

from __future__ import annotations

import re

import pytest
from PySide6.QtCore import Qt, QUrl
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from backprop_studio.document.judging import judge
from backprop_studio.resource_files import resource_text
from backprop_studio.ui.action_table import TABLE
from backprop_studio.ui.guide_page import FILE, GuidePage, guide_text
from tests.ui.window_support import Opened

pytestmark = pytest.mark.qt_log_ignore("does not support propagateSizeHints")  # said of dialogs, off screen only
NAMES = {spec.name for spec in TABLE}


def test_every_action_that_the_guide_names_exists() -> None:
    named = re.findall(r"\{(.*?)\}", resource_text(FILE))
    assert len(named) >= 15
    assert set(named) <= NAMES


def test_the_guide_writes_no_keys_of_its_own() -> None:
    assert not re.search(r"\b(Ctrl|Alt|Shift|F\d+)\b", resource_text(FILE)), "they come from the table"


def test_the_menus_that_the_guide_names_exist(opened: Opened) -> None:
    for path in re.findall(r"\*(\w+ ▸ [\w ]+)\*", resource_text(FILE)):
        menu, entry = path.split(" ▸ ")
        shown = [action.text().replace("&", "") for action in opened.window.actions_table.menus[menu].actions()]
        assert entry in shown


def test_what_the_guide_says_can_be_answered_is_an_answer() -> None:
    for answer in ("1/3", "2e-3", "bigger", "smaller"):
        assert f"{answer}" in resource_text(FILE)
        assert judge(1.0, answer, before=2.0).right is not None


def test_keys_are_those_that_the_actions_have_now(opened: Opened) -> None:
    shown = guide_text(lambda name: ("Ctrl+9",) if name == "play" else ())
    assert "[Play Passes](action:play) (Ctrl+9)" in shown
    assert "[Run ▸ Step](action:step) and" in shown, "what has no keys is found by its menu"
    assert "{" not in shown


def test_the_guide_opens_on_its_key_and_does_what_it_names(opened: Opened) -> None:
    opened.workspace.open_example("neuron-loss")
    opened.session.flush()
    QApplication.processEvents()  # until the actions know that there is something to play
    QTest.keyClick(opened.canvas, Qt.Key.Key_F1)
    page = opened.window.findChild(GuidePage)
    assert page is not None
    assert page.isVisible()
    assert "Ten things" in page.toPlainText()
    assert "Play Passes (F5)" in page.toPlainText()
    assert page.toMarkdown().count("\n10.") == 1, "the entries are numbered through"
    page.anchorClicked.emit(QUrl("action:step"))
    assert opened.session.timeline.is_active
    page.anchorClicked.emit(QUrl("https://example.org/"))
    QApplication.processEvents()
    assert page.isVisible(), "nothing else is followed"
