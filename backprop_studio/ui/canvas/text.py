"""The canvas's fonts at one scale, with the widths of what was written in them."""

from __future__ import annotations

from PySide6.QtGui import QFont, QFontMetricsF, QPaintDevice

from backprop_studio.ui.theme import number_font, text_font

SYMBOL_SIZE, CAPTION_SIZE, NUMBER_SIZE, SHAPE_SIZE, PILL_SIZE = 15.0, 11.0, 13.0, 12.0, 11.5
"""Pixels at zoom 1."""
_MOST_WIDTHS = 20_000


class Face:
    """One font at one scale. Widths are remembered, since nodes show the same few words over and over."""

    def __init__(self, font: QFont) -> None:
        self.font = font
        self._metrics = QFontMetricsF(font)
        self._widths: dict[str, float] = {}
        self._fitted: dict[tuple[str, int], str] = {}
        self.middle = (self._metrics.ascent() - self._metrics.descent()) / 2
        """From the middle of a line down to its baseline."""

    def width(self, text: str) -> float:
        """Width of a text in pixels."""
        width = self._widths.get(text)
        if width is None:
            if len(self._widths) > _MOST_WIDTHS:
                self._widths.clear()
            width = self._widths[text] = self._metrics.horizontalAdvance(text)
        return width

    def fitted(self, text: str, room: float) -> str:
        """The text, its end replaced by "…" where it is wider than ``room`` pixels."""
        if self.width(text) <= room:
            return text
        key = (text, int(room))
        fitted = self._fitted.get(key)
        if fitted is None:
            if len(self._fitted) > _MOST_WIDTHS:
                self._fitted.clear()
            fitted = self._fitted[key] = _shortened(self, text, room)
        return fitted


class Faces:
    """All fonts of the canvas at one scale, for one kind of paint device."""

    def __init__(self, scale: float, device: QPaintDevice) -> None:
        points = 72.0 * scale / max(device.logicalDpiY(), 1)
        self.symbol = Face(_sized(number_font(SYMBOL_SIZE, bold=True), SYMBOL_SIZE * points))
        self.caption = Face(_sized(text_font(CAPTION_SIZE), CAPTION_SIZE * points))
        self.number = Face(_sized(number_font(NUMBER_SIZE), NUMBER_SIZE * points))
        self.shape = Face(_sized(text_font(SHAPE_SIZE), SHAPE_SIZE * points))
        self.pill = Face(_sized(number_font(PILL_SIZE), PILL_SIZE * points))


def _sized(font: QFont, points: float) -> QFont:
    """The font at a fractional size, unhinted: glyphs keep their shape and place at every zoom."""
    font.setPointSizeF(max(points, 0.5))
    font.setHintingPreference(QFont.HintingPreference.PreferNoHinting)
    return font


def _shortened(face: Face, text: str, room: float) -> str:
    low, high = 0, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        if face.width(text[:middle] + "…") <= room:
            low = middle
        else:
            high = middle - 1
    return text[:low].rstrip() + "…" if low else ""
