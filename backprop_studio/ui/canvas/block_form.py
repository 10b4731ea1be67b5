"""The settings of a ready block, asked for where it is placed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from PySide6.QtCore import QPointF, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QComboBox, QFormLayout, QFrame, QHBoxLayout, QLabel, QLineEdit, QPushButton, QWidget

from backprop_studio.document.blocks import Block
from backprop_studio.engine.op import Setting
from backprop_studio.session.setting_text import parse_setting
from backprop_studio.ui.plain_text import tooltip
from backprop_studio.ui.theme import Theme

Add = Callable[[Mapping[str, Any]], str | None]
"""Takes the settings; returns why they are refused, in one sentence, or None."""
WIDTH = 270


class BlockForm(QFrame):
    """A field for each setting. Enter places the block, Esc does not; what is refused is said below the fields."""

    closed = Signal()

    def __init__(self, block: Block, add: Add, theme: Theme, canvas: QWidget) -> None:
        super().__init__(canvas)
        self._block, self._add, self._canvas = block, add, canvas
        self.fields: dict[str, QLineEdit | QComboBox] = {}
        self.setObjectName("block_form")
        self.setAccessibleName(f"Settings of the block {block.title}")
        self.setAttribute(Qt.WidgetAttribute.WA_NoMousePropagation)
        self.setCursor(Qt.CursorShape.ArrowCursor)
        self.setStyleSheet(
            f"#block_form {{ background: {theme.panel.name()}; border: 1px solid {theme.node_border.name()};"
            f" border-radius: 8px; }} #block_title {{ font-weight: bold; }}"
            f" #block_problem {{ color: {theme.error.name()}; }}"
        )
        self._rows = rows = QFormLayout(self)
        rows.setContentsMargins(12, 10, 12, 10)
        title = QLabel(block.title)
        title.setObjectName("block_title")
        rows.addRow(title)
        sentence = QLabel(block.sentence)
        sentence.setProperty("quiet", True)
        sentence.setWordWrap(True)
        rows.addRow(sentence)
        for setting in block.settings:
            field = self._field(setting)
            self.fields[setting.name] = field
            rows.addRow(setting.name.replace("_", " ").capitalize(), field)
        self._problem = QLabel()
        self._problem.setObjectName("block_problem")
        self._problem.setTextFormat(Qt.TextFormat.PlainText)
        self._problem.setWordWrap(True)
        self._problem.hide()
        rows.addRow(self._problem)
        rows.addRow(self._buttons())
        self.setFixedWidth(WIDTH)

    @property
    def problem(self) -> str:
        """Why the settings were refused, "" where they were not."""
        return self._problem.text()

    def open(self, at: QPointF) -> None:
        """Stand at a point of the canvas, as far as there is room, ready to be typed into."""
        self.show()
        self._fit()
        x = min(max(at.x(), 6.0), max(self._canvas.width() - self.width() - 6.0, 0.0))
        y = min(max(at.y(), 6.0), max(self._canvas.height() - self.height() - 6.0, 0.0))
        self.move(round(x), round(y))
        self.raise_()
        first = next(iter(self.fields.values()))
        first.setFocus(Qt.FocusReason.PopupFocusReason)
        if isinstance(first, QLineEdit):
            first.selectAll()

    def _fit(self) -> None:
        """As high as the wrapped texts want it; their fonts are known only once they are polished."""
        for label in self.findChildren(QLabel):
            label.ensurePolished()
        self._rows.invalidate()
        self.resize(WIDTH, self._rows.totalHeightForWidth(WIDTH))

    def accept(self) -> None:
        """Place the block, where its settings are right."""
        given = {}
        for setting in self._block.settings:
            field = self.fields[setting.name]
            text = field.currentText() if isinstance(field, QComboBox) else field.text()
            given[setting.name] = parse_setting(setting, text)
        problem = self._add(given)
        if problem is None:
            self.close_form()
            return
        self._problem.setText(problem)
        self._problem.show()
        self._fit()

    def close_form(self) -> None:
        """Go, and give the canvas the focus."""
        self.hide()
        self.closed.emit()
        self.deleteLater()
        self._canvas.setFocus(Qt.FocusReason.OtherFocusReason)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter and Esc."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.accept()
        elif event.key() == Qt.Key.Key_Escape:
            self.close_form()
        else:
            super().keyPressEvent(event)
        event.accept()

    def _field(self, setting: Setting) -> QLineEdit | QComboBox:
        if setting.choices:
            choice = QComboBox()
            choice.addItems(list(setting.choices))
            choice.setCurrentText(str(setting.default))
            field: QLineEdit | QComboBox = choice
        else:
            field = QLineEdit(_shown(setting.default))
        field.setObjectName(f"block_{setting.name}")
        field.setAccessibleName(setting.name.replace("_", " "))
        field.setToolTip(tooltip(setting.doc))
        return field

    def _buttons(self) -> QWidget:
        row = QWidget()
        line = QHBoxLayout(row)
        line.setContentsMargins(0, 4, 0, 0)
        line.addStretch(1)
        for name, text, slot in (("block_cancel", "Cancel", self.close_form), ("block_add", "Add", self.accept)):
            button = QPushButton(text)
            button.setObjectName(name)
            button.clicked.connect(slot)
            line.addWidget(button)
        return row


def _shown(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)
