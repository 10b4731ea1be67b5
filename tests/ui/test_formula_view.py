"""One formula in a narrow panel."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import pytest
from pytestqt.qtbot import QtBot

from backprop_studio.document.symbols_text import Written, before_result
from backprop_studio.ui.formula_shelf import FormulaShelf
from backprop_studio.ui.panels.formula_view import BROKEN_BELOW, FormulaView
from backprop_studio.ui.theme import ThemeManager

LONG = Written("= 0.9 × 0 + (1 − 0.9) × (−0.1364) = −0.01364", r"= 0.9 \cdot 0 + (1 - 0.9) \cdot (-0.1364) = -0.01364")


@pytest.fixture
def shelf(qtbot: QtBot) -> Iterator[FormulaShelf]:
    shelf = FormulaShelf()
    yield shelf
    shelf.shutdown()


@pytest.mark.parametrize(
    ("latex", "halves"),
    [
        ("= a + b = 3", ("= a + b", "= 3")),
        (r"x \approx 3", ("x", r"\approx 3")),
        (r"\frac{a = 1}{b} = 2", (r"\frac{a = 1}{b}", "= 2")),
        ("= 3", None),
        (r"a_{x=1}", None),
        (r"\{ = \} = 1", (r"\{ = \}", "= 1")),
    ],
)
def test_where_a_formula_is_broken(latex: str, halves: tuple[str, str] | None) -> None:
    assert before_result(latex) == halves


def test_a_formula_too_wide_is_broken_before_its_result_rather_than_small(qtbot: QtBot, shelf: FormulaShelf) -> None:
    view = FormulaView(shelf, ThemeManager("dark"))
    qtbot.addWidget(view)
    view.resize(800, 40)
    view.show()
    view.show_formula(LONG)
    qtbot.waitUntil(lambda: view.is_typeset)
    [whole] = view._parts(800)
    narrow = round(whole.width * (BROKEN_BELOW - 0.1))
    view.resize(narrow, 60)
    qtbot.waitUntil(lambda: len(view._parts(narrow)) == 2)
    assert min(part.scale(narrow) for part in view._parts(narrow)) >= BROKEN_BELOW
    assert view.heightForWidth(narrow) > view.heightForWidth(800) * 1.5
    assert view._parts(800) == (whole,), "it is one line again where there is room"
    view.clearFocus()
    image = view.grab().toImage()
    ground = image.pixel(image.width() - 1, image.height() - 1)
    inked = [any(image.pixel(x, y) != ground for x in range(image.width())) for y in range(image.height())]
    assert sum(above and not below for above, below in pairwise(inked)) == 2, "two lines are painted"
