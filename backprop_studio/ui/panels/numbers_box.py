"""All numbers of an array in the inspector."""

from __future__ import annotations

import re
from bisect import bisect_right
from functools import partial

from PySide6.QtCore import QEvent, QMimeData
from PySide6.QtGui import QFontMetrics, QHelpEvent
from PySide6.QtWidgets import QPlainTextEdit, QToolTip

from backprop_studio.document.number_text import full_number, listed, number
from backprop_studio.ui.panels.inspector_facts import Quantity
from backprop_studio.ui.plain_text import tooltip
from backprop_studio.ui.theme import number_font

MOST_LINES = 9
"""Lines of an array shown at once; the rest is scrolled to."""
MOST_NUMBERS, MOST_LIVE = 20_000, 100
"""Numbers of an array that are written out; of more, its corners."""
SHORT = partial(number, digits=6)
"""How a number is written."""
_NUMBER = re.compile(r"[^\s\[\],]+")
_PARAGRAPH = "\u2029"
"""What stands for the end of a line in a text that Qt has selected."""


class NumbersBox(QPlainTextEdit):
    """The numbers of an array with six digits: read-only, scrollable. Hidden for a single number.

    The number under the pointer is told with all its digits, and what is copied has all of them.
    """

    def __init__(self, name: str, title: str) -> None:
        super().__init__()
        self.setObjectName(name)
        self.setAccessibleName(title)
        self.setReadOnly(True)
        self.setFont(number_font(12))
        self.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.setTabChangesFocus(True)
        self.is_live = False
        """True while new numbers stream in: only the corners of large arrays are written then."""
        self._shown: Quantity | None = None
        self._most = MOST_NUMBERS
        self._places: list[tuple[int, int]] | None = None
        """Where each number stands in the text, made when it is asked for."""
        self._whole: list[str] = []
        """The numbers at those places with all their digits."""
        self.hide()

    def show_quantity(self, shown: Quantity) -> None:
        """Show the numbers of an array, keeping the place scrolled to."""
        if self._shown is not None and shown.array is self._shown.array:
            return
        self._shown, self._places = shown, None
        self._most = MOST_LIVE if self.is_live else MOST_NUMBERS
        text = listed(shown.array, SHORT, self._most) if shown.array is not None else ""
        self.setVisible(bool(text))
        if text:
            across, down = self.horizontalScrollBar().value(), self.verticalScrollBar().value()
            self.setPlainText(text)
            lines = min(MOST_LINES, text.count("\n") + 1)
            self.setFixedHeight(QFontMetrics(self.font()).lineSpacing() * lines + 34)
            self.horizontalScrollBar().setValue(across)
            self.verticalScrollBar().setValue(down)

    def createMimeDataFromSelection(self) -> QMimeData:
        """The selected text, every number that it touches with all its digits."""
        cursor, copied = self.textCursor(), QMimeData()
        start, end = cursor.selectionStart(), cursor.selectionEnd()
        places = self._found()
        text, pieces, at = self.toPlainText(), [], start
        for (first, last), whole in zip(places, self._whole, strict=True):
            if last <= start or first >= end:
                continue
            pieces += [text[at:first], whole]
            at = last
        copied.setText("".join((*pieces, text[at:end])).replace(_PARAGRAPH, "\n"))
        return copied

    def viewportEvent(self, event: QEvent) -> bool:
        """Tell the number under the pointer in full."""
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            QToolTip.showText(event.globalPos(), tooltip(self._number_at(event)), self)
            return True
        return super().viewportEvent(event)

    def _number_at(self, event: QHelpEvent) -> str:
        """All digits of the number at a pointer, "" beside them."""
        at, places = self.cursorForPosition(event.pos()).position(), self._found()
        nearest = bisect_right(places, (at, len(self.toPlainText()))) - 1
        return self._whole[nearest] if nearest >= 0 and at <= places[nearest][1] else ""

    def _found(self) -> list[tuple[int, int]]:
        """Where each number stands in the text."""
        if self._places is None:
            array = self._shown.array if self._shown is not None else None
            self._whole = _NUMBER.findall(listed(array, full_number, self._most)) if array is not None else []
            self._places = [match.span() for match in _NUMBER.finditer(self.toPlainText())] if self._whole else []
        return self._places
