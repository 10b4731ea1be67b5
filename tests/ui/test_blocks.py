"""Ready blocks and blocks of one's own: placed from the palette and by typing, kept, renamed, removed."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt
from PySide6.QtGui import QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QLineEdit, QListView
from pytestqt.qtbot import QtBot

from backprop_studio.document.blocks import BLOCKS
from backprop_studio.session.block_shelf import OWN, BlockError, BlockShelf
from backprop_studio.session.editor_session import EditorSession
from backprop_studio.ui.canvas.block_form import BlockForm
from backprop_studio.ui.drag import BLOCK_MIME
from tests.ui.window_support import Opened


@pytest.fixture(autouse=True)
def _empty_shelf(qapp: QApplication) -> Iterator[None]:
    """No block has been kept, and none is left behind."""
    shutil.rmtree(BlockShelf().folder, ignore_errors=True)
    yield
    shutil.rmtree(BlockShelf().folder, ignore_errors=True)


def form_of(opened: Opened) -> BlockForm:
    """The form that asks for a block's settings."""
    form = opened.canvas.blocks.form
    assert form is not None
    return form


def type_into(form: BlockForm, name: str, text: str) -> None:
    """Type into a field of the form, in place of what is there."""
    field = form.fields[name]
    assert isinstance(field, QLineEdit)
    field.selectAll()
    QTest.keyClicks(field, text)


def test_the_palette_lists_blocks_and_enter_asks_for_settings(opened: Opened) -> None:
    search = opened.window.findChild(QLineEdit, "palette_search")
    assert search is not None
    QTest.keyClicks(search, "residual")
    QTest.keyClick(search, Qt.Key.Key_Return)
    type_into(form_of(opened), "width", "3")
    QTest.keyClick(form_of(opened).fields["width"], Qt.Key.Key_Return)
    graph = opened.session.graph
    [group] = opened.session.selected_groups
    assert graph.groups[group].name == BLOCKS["residual"].title
    assert graph.groups[group].collapsed
    assert opened.session.undo_stack.count() == 1
    assert opened.canvas.blocks.form is None


def test_a_setting_that_is_refused_stays_in_the_form_with_the_reason(opened: Opened) -> None:
    opened.canvas.blocks.place("mlp_neurons")
    type_into(form_of(opened), "sizes", "90, 90")
    QTest.keyClick(form_of(opened).fields["sizes"], Qt.Key.Key_Return)
    assert "Choose fewer" in form_of(opened).problem
    assert not opened.session.graph.nodes
    QTest.keyClick(form_of(opened).fields["sizes"], Qt.Key.Key_Escape)
    assert opened.canvas.blocks.form is None
    assert opened.canvas.hasFocus()


def test_a_second_block_places_the_first_as_its_form_stands(opened: Opened) -> None:
    opened.canvas.blocks.place("dense")
    first = form_of(opened)
    opened.canvas.blocks.place("mlp")
    assert [group.name for group in opened.session.graph.groups.values()] == [BLOCKS["dense"].title]
    assert form_of(opened) is not first
    assert opened.canvas.blocks.form.accessibleName().endswith(BLOCKS["mlp"].title)


def test_a_second_block_waits_while_the_settings_of_the_first_are_refused(opened: Opened) -> None:
    opened.canvas.blocks.place("mlp_neurons")
    first = form_of(opened)
    type_into(first, "sizes", "90, 90")
    opened.canvas.blocks.place("dense")
    assert form_of(opened) is first
    assert "Choose fewer" in first.problem


def test_a_block_dragged_to_the_canvas_lands_where_it_is_dropped(opened: Opened) -> None:
    canvas = opened.canvas
    data = QMimeData()
    data.setData(BLOCK_MIME, b"dense")
    at = QPointF(canvas.rect().center())
    drop = QDropEvent(at, Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier)
    canvas.dropEvent(drop)
    assert drop.isAccepted()
    QTest.keyClick(form_of(opened).fields["inputs"], Qt.Key.Key_Return)
    [group] = opened.session.selected_groups
    assert canvas.node_rect(group).contains(at)


def test_quick_add_offers_blocks(opened: Opened) -> None:
    canvas = opened.canvas
    canvas.setFocus()
    QTest.keyClick(canvas, Qt.Key.Key_Tab)
    assert canvas.quick_add.popup is not None
    QTest.keyClicks(canvas.quick_add.popup.field, "mlp of")
    QTest.keyClick(canvas.quick_add.popup.field, Qt.Key.Key_Return)
    assert form_of(opened).fields.keys() == {"sizes", "activation", "output_activation", "seed"}


def test_two_blocks_at_one_place_do_not_cover_each_other(opened: Opened) -> None:
    for _ in range(2):
        opened.canvas.blocks.place("dense", (0.0, 0.0))
        form_of(opened).accept()
    rects = [opened.canvas.scene.geometry.node_rect(group) for group in opened.session.graph.groups]
    assert not rects[0].intersects(rects[1])


def test_a_group_is_kept_listed_placed_renamed_and_removed(opened: Opened) -> None:
    opened.canvas.blocks.place("dense", (0.0, 0.0))
    form_of(opened).accept()
    shelf = opened.canvas.blocks.shelf
    opened.trigger("save_block")
    opened.trigger("save_block")
    assert [entry.title for entry in shelf.own()] == ["Dense layer", "Dense layer 2"]
    listing = opened.window.findChild(QListView, "palette_list")
    assert listing is not None
    shown = [listing.model().index(row, 0).data() for row in range(listing.model().rowCount())]
    assert shown.index("My blocks") < shown.index("Dense layer 2")
    shelf.rename(OWN + "Dense layer 2", "first layer")
    with pytest.raises(BlockError, match="already"):
        shelf.rename(OWN + "first layer", "Dense layer")
    opened.canvas.blocks.place(OWN + "first layer", (600.0, 0.0))
    assert [group.name for group in opened.session.graph.groups.values()] == ["Dense layer", "first layer"]
    shelf.remove(OWN + "first layer")
    assert [entry.title for entry in shelf.own()] == ["Dense layer"]


def test_a_block_of_ones_own_is_renamed_in_place(qtbot: QtBot, opened: Opened) -> None:
    opened.canvas.blocks.place("dense", (0.0, 0.0))
    form_of(opened).accept()
    opened.trigger("save_block")
    shelf = opened.canvas.blocks.shelf
    listing = opened.window.findChild(QListView, "palette_list")
    assert listing is not None
    model = listing.model()
    titles = [model.index(row, 0).data() for row in range(model.rowCount())]
    listing.setCurrentIndex(model.index(titles.index("My blocks") + 1, 0))
    listing.setFocus()
    QTest.keyClick(listing, Qt.Key.Key_F2)
    editor = listing.viewport().findChild(QLineEdit)
    assert editor is not None
    assert editor.text() == "Dense layer"
    QTest.keyClicks(editor, "first layer")
    QTest.keyClick(editor, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: [entry.title for entry in shelf.own()] == ["first layer"])

    ready = model.index(titles.index("Blocks") + 1, 0)
    assert not ready.flags() & Qt.ItemFlag.ItemIsEditable


def test_a_damaged_block_gives_a_sentence(opened: Opened) -> None:
    shelf = opened.canvas.blocks.shelf
    shelf.folder.mkdir(parents=True)
    (shelf.folder / "torn.backprop").write_text('{"format": ')
    told: list[str] = []
    opened.session.message.connect(lambda message: told.append(message.text))
    opened.canvas.blocks.place(OWN + "torn")
    assert len(told) == 1
    assert "torn.backprop" in told[0]
    opened.canvas.blocks.place(OWN + "gone")
    assert len(told) == 2
    assert not opened.session.graph.nodes


@pytest.mark.parametrize("name", ["../../escaped", "a/b", ".hidden", "con\x00trol", "…"])
def test_names_cannot_lead_out_of_the_folder(qapp: QApplication, tmp_path: Path, name: str) -> None:
    session = EditorSession()
    session.add_node("parameter", (0.0, 0.0))
    group = session.group_items(session.selection)
    assert group is not None
    shelf = BlockShelf(folder=tmp_path / "blocks")
    entry = shelf.save(session.graph, group)
    with suppress(BlockError):
        shelf.rename(entry.key, name)
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert len(files) == 1
    assert files[0].parent == tmp_path / "blocks"
    session.shutdown()


def test_the_menu_of_a_group_offers_what_can_be_done(opened: Opened) -> None:
    opened.canvas.blocks.place("dense", (0.0, 0.0))
    form_of(opened).accept()
    menu = opened.window.actions_table.context_menu("group", opened.canvas)
    texts = {action.text().replace("&", "") for action in menu.actions()}
    assert {"Enter", "Collapse or Expand", "Ungroup", "Save to Palette…"} <= texts
    menu.deleteLater()
    opened.workspace.refresh()
    QTest.keyClick(opened.canvas, Qt.Key.Key_G, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier)
    assert not opened.session.graph.groups
    QTest.keyClick(opened.canvas, Qt.Key.Key_G, Qt.KeyboardModifier.ControlModifier)
    assert len(opened.session.graph.groups) == 1
    editor = opened.canvas.grouping.editor
    assert editor is not None, "its name can be typed at once"
    QTest.keyClick(editor, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert not opened.session.graph.groups, "nothing was typed yet: it is the group that is undone"
    assert opened.canvas.grouping.editor is None
    opened.session.select_all()
    QTest.keyClick(opened.canvas, Qt.Key.Key_G, Qt.KeyboardModifier.ControlModifier)
    editor = opened.canvas.grouping.editor
    assert editor is not None
    QTest.keyClicks(editor, "layer")
    QTest.keyClick(editor, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert opened.canvas.grouping.editor is editor, "what was typed is undone first"
    assert len(opened.session.graph.groups) == 1


def test_from_afar_a_new_group_asks_for_no_name(opened: Opened) -> None:
    opened.canvas.blocks.place("dense", (0.0, 0.0))
    form_of(opened).accept()
    opened.canvas.set_zoom(0.1)
    opened.session.select_all()
    opened.trigger("group")
    assert len(opened.session.graph.groups) == 2
    assert opened.canvas.grouping.editor is None
    opened.session.undo()
    opened.canvas.set_zoom(0.6)
    opened.session.select_all()
    opened.trigger("group")
    assert opened.canvas.grouping.editor is not None


def test_the_form_is_as_high_as_its_texts(opened: Opened) -> None:
    opened.canvas.blocks.place("mlp_neurons", (100.0, 60.0))
    QApplication.processEvents()
    labels = [label for label in form_of(opened).findChildren(QLabel) if label.isVisible() and label.wordWrap()]
    assert labels
    for label in labels:
        assert label.height() >= label.heightForWidth(label.width()), label.text()
