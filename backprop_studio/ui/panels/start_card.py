"""What an empty canvas says: how to begin, and examples to begin with."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QGridLayout, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from backprop_studio.ui.panels.labels import plain_label
from backprop_studio.ui.plain_text import plain, tooltip
from backprop_studio.ui.theme import ThemeManager, text_font

LINES = (
    "Drag an operation onto the canvas, or press Space and type: add, (a+b)*c.",
    "Drag from a port to a port to wire them; double-click a number to change it.",
    "Press Play passes to see values run forward and gradients run back.",
)
COLUMNS = 2


class ExampleLike(Protocol):
    """What the card needs to know of an example."""

    @property
    def name(self) -> str:
        """Short name, as on the command line."""

    @property
    def title(self) -> str:
        """What it is called."""

    @property
    def sentence(self) -> str:
        """What it shows."""


class StartCard(QWidget):
    """A card in the middle of an empty canvas. ``example_chosen`` carries the example's name."""

    example_chosen = Signal(str)

    def __init__(self, examples: Sequence[ExampleLike], themes: ThemeManager, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("start_card")
        self.setAccessibleName("How to begin")
        self._themes = themes
        title = plain_label("start_title", "Build a graph")
        title.setFont(text_font(17, bold=True))
        column = QVBoxLayout(self)
        column.setContentsMargins(28, 24, 28, 24)
        column.setSpacing(7)
        column.addWidget(title)
        column.addSpacing(4)
        for number, line in enumerate(LINES, start=1):
            column.addWidget(plain_label(f"start_line_{number}", line, wrap=True))
        if examples:
            column.addSpacing(12)
            column.addWidget(plain_label("start_examples", "Or open an example", variant="quiet"))
            column.addLayout(self._buttons(examples))
        themes.changed.connect(self.update)
        self.setFixedWidth(560)

    def paintEvent(self, event: QPaintEvent) -> None:
        """A quiet card."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(self._themes.theme.line, 1))
        painter.setBrush(self._themes.theme.panel)
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 12, 12)

    def _buttons(self, examples: Sequence[ExampleLike]) -> QGridLayout:
        grid = QGridLayout()
        grid.setSpacing(8)
        for at, example in enumerate(examples):
            button = QPushButton(plain(example.title).replace("&", "&&"))
            button.setObjectName("example_" + example.name)
            button.setToolTip(tooltip(example.sentence))
            button.setAccessibleDescription(plain(example.sentence))
            button.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
            button.clicked.connect(lambda _=False, name=example.name: self.example_chosen.emit(name))
            grid.addWidget(button, at // COLUMNS, at % COLUMNS, Qt.AlignmentFlag.AlignTop)
        return grid
