"""The palette: search, placing, dragging."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QLineEdit, QListView

from backprop_studio.document.node_size import NODE_WIDTH, node_height
from backprop_studio.engine.op import Category, Op
from backprop_studio.engine.ops import registry
from backprop_studio.session.block_shelf import BlockShelf
from backprop_studio.ui.drag import BLOCK_MIME, OPERATION_MIME
from backprop_studio.ui.panels.palette_model import OPERATION_ROLE, PaletteModel, best, found
from backprop_studio.ui.panels.palette_rows import drag_picture
from backprop_studio.ui.theme import DARK
from tests.ui.window_support import Opened


def listed(model: PaletteModel) -> list[str]:
    """The rows as text; headings in capitals."""
    rows = [model.row(model.index(at)) for at in range(model.rowCount())]
    shown = [row for row in rows if isinstance(row, Category | Op)]
    return [row.value.upper() if isinstance(row, Category) else row.name for row in shown]


def test_every_operation_stands_under_its_category() -> None:
    rows = listed(PaletteModel(BlockShelf()))
    heading = ""
    seen = []
    for row in rows:
        if row.isupper() and row not in registry:
            heading = row
        else:
            assert registry[row].category.value.upper() == heading
            seen.append(row)
    assert sorted(seen) == sorted(op.name for op in registry)


@pytest.mark.parametrize(
    ("search", "expected"),
    [
        ("mul", "multiply"),
        ("×", "multiply"),
        ("σ", "sigmoid"),
        ("weight", "parameter"),
        ("RELU", "relu"),
        ("@", "matmul"),
    ],
)
def test_search_finds_by_name_symbol_and_synonym(search: str, expected: str) -> None:
    chosen = best(search)
    assert chosen is not None
    assert chosen.name == expected
    assert chosen in found(search)


def test_search_takes_every_word_and_finds_nothing_for_nonsense() -> None:
    assert [op.name for op in found("mean squared")] == ["mse_loss"]
    assert found("mean xylophone") == []
    assert best("xylophone") is None
    assert best("") is None


def test_what_is_dragged_is_the_operations_name() -> None:
    model = PaletteModel(BlockShelf())
    row = model.row_of(registry["sigmoid"])
    assert row is not None
    data = model.mimeData([model.index(row)])
    assert bytes(data.data(OPERATION_MIME).data()) == b"sigmoid"
    assert model.mimeTypes() == [OPERATION_MIME, BLOCK_MIME]
    assert not model.flags(model.index(0)) & Qt.ItemFlag.ItemIsDragEnabled, "headings cannot be dragged"


def test_the_drag_picture_has_the_size_of_the_node(qapp: QApplication) -> None:
    for ratio in (1.0, 2.0):
        picture = drag_picture(registry["add"], DARK, ratio)
        size = picture.deviceIndependentSize()
        assert (size.width(), size.height()) == (NODE_WIDTH, node_height(2))


def test_enter_in_the_search_places_the_operation_found_in_view(opened: Opened) -> None:
    field = opened.widget(QLineEdit, "palette_search")
    opened.trigger("find_operation")
    QTest.keyClicks(field, "tanh")
    QTest.keyClick(field, Qt.Key.Key_Return)
    (node,) = opened.session.graph.nodes.values()
    assert node.op_name == "tanh"
    rect = opened.workspace.canvas.node_rect(node.id)
    assert opened.canvas.rect().toRectF().contains(rect)
    assert (rect.center() - opened.canvas.rect().toRectF().center()).manhattanLength() < 2


def test_placing_twice_covers_nothing(opened: Opened) -> None:
    for _ in range(6):
        opened.workspace.place("add")
    canvas = opened.workspace.canvas
    rects = [canvas.node_rect(node) for node in opened.session.graph.nodes]
    assert not any(a.intersects(b) for at, a in enumerate(rects) for b in rects[at + 1 :])


def test_double_click_places(opened: Opened) -> None:
    view = opened.widget(QListView, "palette_list")
    model = opened.workspace.palette.model
    row = model.row_of(registry["constant"])
    assert row is not None
    point = view.visualRect(model.index(row)).center()
    QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, point)
    QTest.mouseDClick(view.viewport(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, point)
    assert [node.op_name for node in opened.session.graph.nodes.values()] == ["constant"]


def test_arrows_in_the_search_move_through_the_list(opened: Opened) -> None:
    field = opened.widget(QLineEdit, "palette_search")
    view = opened.widget(QListView, "palette_list")
    QTest.keyClicks(field, "loss")
    first = view.currentIndex().data(OPERATION_ROLE)
    QTest.keyClick(field, Qt.Key.Key_Down)
    assert view.currentIndex().data(OPERATION_ROLE) not in (first, None)
    QTest.keyClick(field, Qt.Key.Key_Up)
    assert view.currentIndex().data(OPERATION_ROLE) == first
    QTest.keyClick(field, Qt.Key.Key_Escape)
    assert field.text() == ""


def test_a_search_without_a_result_says_so(opened: Opened) -> None:
    QTest.keyClicks(opened.widget(QLineEdit, "palette_search"), "<b>zzz</b>")
    label = opened.widget(QLabel, "palette_nothing")
    assert label.isVisible()
    assert "<b>zzz</b>" in label.text()
    assert label.textFormat() is Qt.TextFormat.PlainText


def test_tooltips_carry_the_sentence_as_plain_text(opened: Opened) -> None:
    model = opened.workspace.palette.model
    row = model.row_of(registry["minimum"])
    assert row is not None
    tip = model.data(model.index(row), int(Qt.ItemDataRole.ToolTipRole))
    assert registry["minimum"].sentence.split(";")[0][:30] in tip


def test_f2_in_the_list_is_the_lists_own(opened: Opened) -> None:
    opened.workspace.open_example("sum-times-c")
    opened.session.select({opened.id("a")})
    opened.workspace.refresh()
    opened.widget(QListView, "palette_list").setFocus()
    QTest.keyClick(opened.window.windowHandle(), Qt.Key.Key_F2)  # Qt would warn of an ambiguous shortcut
    assert opened.workspace.canvas.editing.editor is None
