"""What the monkey does to the window around the canvas: menus, panels, clipboard, files, passes, training."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random
from unittest import mock

from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDrag
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSlider,
    QApplication,
    QComboBox,
    QFileDialog,
    QLineEdit,
    QMenu,
    QMessageBox,
    QTabBar,
    QWidget,
)
from shiboken6 import isValid

from backprop_studio.document.file_format import dumps, save
from backprop_studio.document.graph import EMPTY_GRAPH
from backprop_studio.exchange.graph_code import parse_graph_code
from backprop_studio.session.clipping import GRAPH_MIME
from backprop_studio.ui.action_table import TABLE
from backprop_studio.ui.panels import palette
from backprop_studio.ui.panels.code import CodePanel
from backprop_studio.ui.panels.scrubber import Scrubber
from tests.ui.monkey.canvas_deeds import NAMES, TYPED, VALUES
from tests.ui.monkey.hand import Hand
from tests.ui.window_support import Opened

CODES = (
    "x = input([[1., 2.], [3., 4.]])\nL = sum(relu(x@w + b)**2)\nw = parameter(shape=(2, 3), seed=1)",
    "x = input(2.)\na = relu(x*w + b)\nc = relu(x*v)\ny = a + c\nL = (y - t)**2 + l2_penalty(w, v, b)\n",
    "x = input([1., 2.])\nj = concatenate(x, x, x)\nh = tanh(j*v + b)\nL = sum(stack(h, h**2))\nM = mean(h)\n",
    "\n".join(["x = input(0.3)"] + [f"x{i} = sigmoid({'x' if i == 0 else f'x{i - 1}'}*w{i} + b{i})" for i in range(9)]),
    "x = ", "L = (((", "x = x + 1", "import os\nos.remove('x')", "\x00", "# nothing", "L = matmul(a, b, c)", "é = 1/0",
)  # fmt: skip
RARE = {"new", "open", "save", "save_as", "quit", "about", "shortcuts", "fullscreen", "reset_layout"} | {
    spec.name for spec in TABLE if spec.menu == "File/Expor&t"
}
"""Chosen from the menus now and then only: they end what the monkey is playing with, or show nothing new."""
WARY = {"shortcut_change", "shortcut_reset"}
"""Buttons not pressed: with other shortcuts the same keys would do other things in the next run."""


class WindowDeeds:
    """All but the canvas. ``random`` is set anew before each deed; ``folder`` is where files are saved."""

    def __init__(self, opened: Opened, hand: Hand, folder: Path) -> None:
        self.opened, self.hand, self.folder = opened, hand, folder
        self.window, self.session, self.canvas = opened.window, opened.session, opened.workspace.canvas
        self.random = Random(0)
        self.names = [spec.name for spec in TABLE for _ in range(1 if spec.name in RARE else 8)]
        (folder / "torn.backprop").write_bytes(dumps(EMPTY_GRAPH)[:-9])
        (folder / "code.py").write_text(CODES[1], encoding="utf-8")
        save(parse_graph_code(CODES[2]), folder / "good.backprop")

    @contextmanager
    def without_dialogs(self) -> Iterator[None]:
        """Questions are answered by chance, as long as this lasts; nothing waits for a person."""
        button = QMessageBox.StandardButton
        answers = (button.Save, button.Discard, button.Discard, button.Cancel)
        chance = Random(1)

        def open_name(*_: object) -> tuple[str, str]:
            return self._file(), ""

        def save_name(*_: object) -> tuple[str, str]:
            return self._new_file(), ""

        def carry(drag: QDrag, *_: object) -> Qt.DropAction:
            return self._drop(drag)

        def removes(*_: object) -> bool:
            return chance.random() < 0.5

        def ask() -> QMessageBox.StandardButton:
            return chance.choice(answers)

        with (
            mock.patch.object(QFileDialog, "getOpenFileName", open_name),
            mock.patch.object(QFileDialog, "getSaveFileName", save_name),
            mock.patch.object(QDrag, "exec", carry),
            mock.patch.object(self.opened.workspace.files, "_ask", ask),
            mock.patch.object(palette, "confirmed_removal", removes),
        ):
            yield

    def _file(self) -> str:
        name = self.random.choice(
            ("", "good.backprop", "torn.backprop", "code.py", "missing.backprop", "saved.backprop")
        )
        return str(self.folder / name) if name else ""

    def _new_file(self) -> str:
        name = self.random.choice(("", "saved.backprop", "saved", "picture.png", "picture.svg", "no/such/folder/x.png"))
        return str(self.folder / name) if name else ""

    def _drop(self, drag: QDrag) -> Qt.DropAction:
        width, height = self.canvas.width(), self.canvas.height()
        way = [QPointF(self.random.uniform(1, width - 2), self.random.uniform(1, height - 2)) for _ in range(3)]
        self.hand.drop(self.canvas, way, drag.mimeData())
        return Qt.DropAction.CopyAction

    # deeds

    def act(self) -> None:
        """An entry of the menus."""
        self.opened.workspace.refresh()
        action = self.window.actions_table[self.random.choice(self.names)]
        if action.isEnabled():
            action.trigger()
        self.hand.events += 1

    def undo_and_redo(self) -> None:
        """Some steps back and forth."""
        for _ in range(self.random.randint(1, 5)):
            self.opened.workspace.refresh()
            action = self.window.actions_table[self.random.choice(("undo", "undo", "redo"))]
            if action.isEnabled():
                action.trigger()
            self.hand.events += 1

    def clipboard(self) -> None:
        """Copy and paste; what is pasted may be damaged, code, or no graph at all."""
        data, what = QMimeData(), self.random.random()
        if what < 0.35:
            self._choose("copy", "cut", "copy")
        elif what < 0.55:
            data.setText(self.random.choice(CODES + TYPED + VALUES))
        else:
            document = bytearray(dumps(self.session.graph))
            for _ in range(self.random.choice((0, 1, 5))):
                document[self.random.randrange(len(document))] = self.random.randrange(256)
            cut = len(document) if self.random.random() < 0.6 else self.random.randrange(len(document))
            data.setData(GRAPH_MIME, bytes(document[:cut]))
        if data.formats():
            QApplication.clipboard().setMimeData(data)
        for _ in range(self.random.choice((0, 1, 1, 2))):
            self._choose("paste", "paste", "paste", "duplicate", "duplicate_wired")

    def play(self) -> None:
        """Play, step, predict, stop, or pull the scrubber."""
        if self.random.random() < 0.6:
            for _ in range(self.random.randint(1, 4)):
                self._choose("play", "step", "step_back", "to_end", "to_start", "next_stage", "predict", "stop")
        for scrubber in self.window.findChildren(Scrubber):
            if scrubber.isVisible() and self.session.timeline.length:
                places = [scrubber.handle_point(self.random.uniform(0, self.session.timeline.length)) for _ in range(3)]
                self.hand.drag(scrubber, places)
        field = self.window.findChild(QLineEdit, "prediction_field")
        if field is not None and field.isVisible() and self.random.random() < 0.7:
            self.hand.click(field, QPointF(field.rect().center()))
            self.hand.type(self.random.choice(("1", "-0.25", "x", "1e400", "1/2", "")))
            self.hand.key(Qt.Key.Key_Return)

    def group(self) -> None:
        """Make a group of some nodes, open and close it, go in and out, take it apart."""
        ids = sorted(self.canvas.scene.geometry.ids)
        if ids and self.random.random() < 0.5:
            self.session.select(self.random.sample(ids, min(len(ids), self.random.randint(1, 6))))
        for _ in range(self.random.randint(1, 3)):
            self._choose("group", "group", "collapse", "enter_group", "leave_group", "ungroup")
            if self.random.random() < 0.5:
                self.hand.key(Qt.Key.Key_Return)

    def train(self) -> None:
        """Start or stop training, or take one step of it."""
        self._choose("train", "train", "train_step", "train_reset")

    def poke(self) -> None:
        """Press whatever is there outside the canvas."""
        kinds = (QAbstractButton, QComboBox, QTabBar, QAbstractItemView, QAbstractSlider, QLineEdit)
        kind = self.random.choice(kinds)
        found = [widget for widget in self.window.findChildren(kind) if self._can_be_pressed(widget)]
        if not found:
            return
        widget = self.random.choice(found)
        at = QPointF(self.random.uniform(1, widget.width() - 1), self.random.uniform(1, widget.height() - 1))
        if isinstance(widget, QAbstractItemView):
            widget = widget.viewport()
        self.hand.click(widget, at)
        if not isValid(widget):  # an editor closes where the press means something else
            return
        if isinstance(widget, QLineEdit):
            if self.random.random() < 0.5:
                widget.selectAll()
            self.hand.type(self.random.choice(VALUES + NAMES + TYPED)[:30])
            self.hand.key(self.random.choice((Qt.Key.Key_Return, Qt.Key.Key_Tab, Qt.Key.Key_Escape, Qt.Key.Key_Down)))
        elif self.random.random() < 0.3:
            self.hand.drag(widget, [at, QPointF(at.x() + 15, at.y() + 8), QPointF(at.x() - 30, at.y() + 40)])
        elif self.random.random() < 0.2:
            self.hand.double_click(widget, at)

    def code(self) -> None:
        """Type graph code and apply it, or not."""
        panel = self.window.findChild(CodePanel)
        assert isinstance(panel, CodePanel)
        if not panel.isVisible():
            self._choose("show_code")
        text = self.random.choice(CODES) if self.random.random() < 0.7 else panel.editor.toPlainText() + "\nq = exp(x)"
        panel.editor.setPlainText(text)
        self.hand.events += 1
        for button in panel.findChildren(QAbstractButton):
            if button.isVisible() and button.isEnabled() and self.random.random() < 0.5:
                self.hand.click(button, QPointF(button.rect().center()))

    def resize(self) -> None:
        """Another size of the window."""
        self.window.resize(self.random.randint(880, 1280), self.random.randint(560, 800))
        self.hand.events += 1

    def drop_file(self) -> None:
        """A file is dropped on the window."""
        data = QMimeData()
        data.setUrls(
            [QUrl.fromLocalFile(str(self.folder / self.random.choice(("good.backprop", "torn.backprop", "x.png"))))]
        )
        self.hand.drop(self.window, [QPointF(300, 200), QPointF(310, 210)], data)

    def wait(self) -> None:
        """Let time pass: what glides, plays or trains goes on."""
        QTest.qWait(self.random.choice((1, 5, 20)))
        self.hand.events += 1

    def document(self) -> None:
        """Begin with another document."""
        self.session.load_example(self.random.choice(self.session.examples()).name)
        if self.random.random() < 0.3:
            self.session.new()
        self.session.timeline.animate = self.random.choice(("off", "off", "steps", "full"))
        self.hand.events += 1

    def calm(self) -> None:
        """Choose from the menu that popped up, or close it."""
        popup = QApplication.activePopupWidget()
        while popup is not None:
            chosen = [action for action in popup.actions() if action.isEnabled() and not action.isSeparator()]
            if isinstance(popup, QMenu) and chosen and self.random.random() < 0.7:
                action = self.random.choice(chosen)
                inner = action.menu()
                if isinstance(inner, QMenu) and inner.actions():
                    action = self.random.choice(inner.actions())
                popup.close()
                action.trigger()
            else:
                popup.close()
            popup = QApplication.activePopupWidget()

    def _choose(self, *names: str) -> None:
        self.opened.workspace.refresh()
        action = self.window.actions_table[self.random.choice(names)]
        if action.isEnabled():
            action.trigger()
        self.hand.events += 1

    def _can_be_pressed(self, widget: QWidget) -> bool:
        return (
            widget.isVisible()
            and widget.isEnabled()
            and widget.window() is self.window
            and widget.objectName() not in WARY
            and not self.canvas.isAncestorOf(widget)
            and widget.width() > 2
            and widget.height() > 2
        )
