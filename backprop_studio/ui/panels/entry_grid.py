"""A small grid of an array's entries: one can be chosen, those that made it are lit."""

from __future__ import annotations

from collections.abc import Collection
from math import prod

import numpy as np
from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFontMetrics, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from backprop_studio.document.local_derivatives import Index
from backprop_studio.document.number_text import number, shape_text
from backprop_studio.engine.op import Array, Shape
from backprop_studio.ui.panels.inspector_facts import Role
from backprop_studio.ui.panels.inspector_parts import role_color
from backprop_studio.ui.theme import ThemeManager, number_font, text_font

MOST_ROWS, MOST_COLUMNS = 6, 4
ROW, CAPTION, FOOT = 22, 20, 18
DIGITS, SPARE = 3, 4
"""Significant digits of an entry, and pixels beside it."""
_PAGES = {Qt.Key.Key_PageUp: -1, Qt.Key.Key_PageDown: 1}
_ARROWS = {Qt.Key.Key_Up: (-1, 0), Qt.Key.Key_Down: (1, 0), Qt.Key.Key_Left: (0, -1), Qt.Key.Key_Right: (0, 1)}


class EntryGrid(QWidget):
    """Shows a window of the array's last two axes. ``chosen`` is emitted with the entry clicked or gone to by arrow."""

    chosen = Signal(object)

    def __init__(self, themes: ThemeManager, *, can_choose: bool = False) -> None:
        super().__init__()
        self.setObjectName("entry_grid" if can_choose else "operand_grid")
        self._themes = themes
        self._can_choose = can_choose
        self._array: Array | None = None
        self._role: Role = "text"
        self._caption = ""
        self._lit: frozenset[Index] = frozenset()
        self._entry: Index | None = None
        self._prefix: Index = ()
        self._first = (0, 0)
        self.setFont(number_font(11))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        if can_choose:
            self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
            self.setCursor(Qt.CursorShape.PointingHandCursor)
        themes.changed.connect(self.update)

    @property
    def lit(self) -> frozenset[Index]:
        """The entries that are lit."""
        return self._lit

    def show_array(
        self, array: Array, caption: str, role: Role, lit: Collection[Index] = (), entry: Index | None = None
    ) -> None:
        """Show an array; ``entry`` is chosen, ``lit`` entries stand out. The window moves to where they are."""
        known, self._array, self._caption, self._role = self._array, array, caption, role
        self._lit, self._entry = frozenset(lit), entry
        anchor = entry if entry is not None else min(self._lit, default=(0,) * array.ndim)
        self._prefix = anchor[:-2] if array.ndim > 2 else ()
        rows, columns = self._extent()
        row, column = self._cell_of(anchor)
        before = self._first if known is not None and known.shape == array.shape else (0, 0)
        self._first = (
            _window(before[0], row, rows, MOST_ROWS), _window(before[1], column, columns, MOST_COLUMNS)
        )  # fmt: skip
        chosen = f", entry {list(entry)} is {number(float(array[entry]))}" if entry is not None else ""
        self.setAccessibleName(f"{caption}, shape {shape_text(array.shape)}{chosen}")
        self.updateGeometry()
        self.update()

    def cell_rect(self, entry: Index) -> QRectF:
        """Where an entry stands, in widget coordinates."""
        row, column = self._cell_of(entry)
        return self._rect(row - self._first[0], column - self._first[1])

    def sizeHint(self) -> QSize:
        """As many rows as are shown."""
        rows, columns = self._shown()
        cut = (rows, columns) != self._extent() or bool(self._prefix)
        return QSize(60 * columns, CAPTION + ROW * rows + (FOOT if cut else 4))

    def minimumSizeHint(self) -> QSize:
        """The same height in any width."""
        return QSize(60, self.sizeHint().height())

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Choose the entry under the pointer."""
        if not self._can_choose or self._array is None:
            return
        rows, columns = self._shown()
        for row in range(rows):
            for column in range(columns):
                if self._rect(row, column).contains(event.position()):
                    self.chosen.emit(self._entry_at(row + self._first[0], column + self._first[1]))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Go to a neighbouring entry; by page to the next matrix of an array that has several."""
        step, page = _ARROWS.get(Qt.Key(event.key())), _PAGES.get(Qt.Key(event.key()))
        if page is not None and self._array is not None and self._entry is not None and self._prefix:
            leading = self._array.shape[:-2]
            place = int(np.ravel_multi_index(self._prefix, leading)) + page
            other = np.unravel_index(min(max(place, 0), prod(leading) - 1), leading)
            self.chosen.emit((*map(int, other), *self._entry[-2:]))
            return
        if step is None or self._array is None or self._entry is None:
            super().keyPressEvent(event)
            return
        rows, columns = self._extent()
        row, column = self._cell_of(self._entry)
        row, column = min(max(row + step[0], 0), rows - 1), min(max(column + step[1], 0), columns - 1)
        self.chosen.emit(self._entry_at(row, column))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Caption, cells, and what part of the array they are."""
        if self._array is None:
            return
        theme = self._themes.theme
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(text_font(11))
        painter.setPen(theme.quiet)
        caption = QFontMetrics(painter.font()).elidedText(self._caption, Qt.TextElideMode.ElideRight, self.width())
        painter.drawText(QRectF(0, 0, self.width(), CAPTION), Qt.AlignmentFlag.AlignVCenter, caption)
        painter.setFont(self.font())
        rows, columns = self._shown()
        for row in range(rows):
            for column in range(columns):
                self._paint_cell(painter, row, column)
        if (rows, columns) != self._extent() or self._prefix:
            painter.setFont(text_font(10))
            painter.setPen(theme.quiet)
            foot = QRectF(0, CAPTION + ROW * rows, self.width(), FOOT)
            painter.drawText(foot, Qt.AlignmentFlag.AlignVCenter, self._window_text())

    def _paint_cell(self, painter: QPainter, row: int, column: int) -> None:
        assert self._array is not None
        theme = self._themes.theme
        entry = self._entry_at(row + self._first[0], column + self._first[1])
        area = self._rect(row, column).adjusted(1, 1, -1, -1)
        color = QColor(role_color(theme, self._role))
        fill = QColor(color)
        fill.setAlphaF(0.28)
        is_lit, is_chosen = entry in self._lit, entry == self._entry
        painter.setPen(QPen(color, 1.6) if is_chosen else QPen(color, 1.0) if is_lit else Qt.PenStyle.NoPen)
        painter.setBrush(fill if is_lit or is_chosen else theme.button)
        painter.drawRoundedRect(area, 3, 3)
        painter.setPen(theme.text)
        painter.drawText(area, Qt.AlignmentFlag.AlignCenter, self._fitting(float(self._array[entry]), area.width()))

    def _fitting(self, entry: float, width: float) -> str:
        """A number with as many digits as fit."""
        metrics = QFontMetrics(self.font())
        texts = [number(entry, digits) for digits in range(DIGITS, 0, -1)]
        return next((text for text in texts if metrics.horizontalAdvance(text) <= width - SPARE), texts[-1])

    def _extent(self) -> tuple[int, int]:
        shape: Shape = self._array.shape if self._array is not None else ()
        return (shape[-2], shape[-1]) if len(shape) > 1 else (1, shape[0] if shape else 1)

    def _shown(self) -> tuple[int, int]:
        rows, columns = self._extent()
        return min(rows, MOST_ROWS), min(columns, MOST_COLUMNS)

    def _rect(self, row: int, column: int) -> QRectF:
        width = min(72.0, self.width() / max(1, self._shown()[1]))
        return QRectF(column * width, CAPTION + row * ROW, width, ROW)

    def _cell_of(self, entry: Index) -> tuple[int, int]:
        return (entry[-2], entry[-1]) if len(entry) > 1 else (0, entry[0] if entry else 0)

    def _entry_at(self, row: int, column: int) -> Index:
        dimensions = self._array.ndim if self._array is not None else 0
        return (*self._prefix, row, column) if dimensions > 1 else (column,) if dimensions else ()

    def _window_text(self) -> str:
        assert self._array is not None
        (row, column), (rows, columns) = self._first, self._shown()
        parts = [str(at) for at in self._prefix]
        if self._array.ndim > 1:
            parts.append(f"{row}…{row + rows - 1}")
        parts.append(f"{column}…{column + columns - 1}")
        return f"[{', '.join(parts)}] of {shape_text(self._array.shape)}"


def _window(first: int, at: int, count: int, most: int) -> int:
    """The first row or column to show: as before, or so moved that there is one more on either side of ``at``."""
    return min(max(min(first, at - 1), at + 2 - most, 0), max(0, count - most))
