"""A label for one number."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QFontMetrics
from PySide6.QtWidgets import QLabel, QSizePolicy

from backprop_studio.document.number_text import as_rounded
from backprop_studio.ui.panels.labels import ShrinkingLabel
from backprop_studio.ui.theme import number_font

MOST_DIGITS, LEAST_DIGITS = 15, 3
"""Of a number that does not fit with all its digits."""


class NumberLabel(ShrinkingLabel):
    """A number with all its digits; where they do not fit it is rounded, as one cut off might be read as another."""

    def _shortened(self, metrics: QFontMetrics, room: int) -> str:
        """All of the text, or the number with as many digits as fit."""
        whole = self.text()
        if metrics.horizontalAdvance(whole) > room:
            for digits in range(MOST_DIGITS, LEAST_DIGITS - 1, -1):
                rounded = as_rounded(whole, digits)
                if rounded and metrics.horizontalAdvance(rounded) <= room:
                    return rounded
        return super()._shortened(metrics, room)


def number_label(name: str) -> QLabel:
    """A right-aligned label for a number, which can be selected and copied."""
    label = NumberLabel()
    label.setObjectName(name)
    label.setFont(number_font(13))
    label.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
    label.setTextInteractionFlags(
        Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
    )
    label.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
    return label
