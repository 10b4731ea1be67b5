"""The canvas's fonts at one scale, with the widths of what was written in them."""

from __future__ import annotations

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPaintDevice, QPainter, QStaticText, QTransform

from backprop_studio.ui.theme import number_font, text_font

SYMBOL_SIZE, CAPTION_SIZE, NUMBER_SIZE, SHAPE_SIZE, PILL_SIZE, TITLE_SIZE = 15.0, 11.0, 13.0, 12.0, 11.5, 12.5
"""Pixels at zoom 1."""
_MEASURED_AT = 64
_MOST_WIDTHS = 20_000
_MOST_TEXTS = 4_000


class Measure:
    """Widths of texts in one font, for all scales: fonts are unhinted, so that widths grow with the size."""

    def __init__(self, font: QFont, size: float) -> None:
        self._per_unit = size / _MEASURED_AT
        font = QFont(font)
        font.setPixelSize(_MEASURED_AT)
        font.setHintingPreference(QFont.HintingPreference.PreferNoHinting)
        self._metrics = QFontMetricsF(font)
        self._widths: dict[str, float] = {}
        self._fitted: dict[tuple[str, int], str] = {}
        self.ascent = self._metrics.ascent() * self._per_unit
        self.descent = self._metrics.descent() * self._per_unit

    def width(self, text: str) -> float:
        """Width of a text in scene units."""
        width = self._widths.get(text)
        if width is None:
            if len(self._widths) > _MOST_WIDTHS:
                self._widths.clear()
            width = self._widths[text] = self._metrics.horizontalAdvance(text) * self._per_unit
        return width

    def fitted(self, text: str, room: float) -> str:
        """The text, its end replaced by "…" where it is wider than ``room`` scene units."""
        if self.width(text) <= room:
            return text
        key = (text, int(room))
        fitted = self._fitted.get(key)
        if fitted is None:
            if len(self._fitted) > _MOST_WIDTHS:
                self._fitted.clear()
            fitted = self._fitted[key] = self._shortened(text, room)
        return fitted

    def _shortened(self, text: str, room: float) -> str:
        low, high = 0, len(text)
        while low < high:
            middle = (low + high + 1) // 2
            if self.width(text[:middle] + "…") <= room:
                low = middle
            else:
                high = middle - 1
        return text[:low].rstrip() + "…" if low else ""


class Face:
    """One font at one scale. Texts painted more than once are laid out once: nodes show the same few words."""

    def __init__(self, measure: Measure, font: QFont, scale: float, *, vector: bool) -> None:
        self.font = font
        self.width = measure.width
        self.fitted = measure.fitted
        self._vector = vector
        self._laid_out: dict[str, QStaticText | None] = {}
        """Texts painted before; None for one that was painted once only and is not worth laying out yet."""
        self._down = (measure.ascent - measure.descent) / 2 * scale
        """From the middle of a line down to its baseline, in pixels."""
        self._ascent = QFontMetricsF(font).ascent()
        """From the baseline up to the top of the letters' box: in whole pixels, and so not the measured one scaled."""

    def draw(self, painter: QPainter, left: float, middle: float, text: str, color: QColor) -> None:
        """Write a text that begins at ``left`` (pixels) in a line with its middle at ``middle``.

        Texts begin on whole pixels: so they are as sharp as they can be, and look the same each time.
        """
        painter.setFont(self.font)
        painter.setPen(color)
        if self._vector:
            painter.drawText(QPointF(left, middle + self._down), text)
            return
        if text not in self._laid_out:
            if len(self._laid_out) > _MOST_TEXTS:
                self._laid_out.clear()
            self._laid_out[text] = None
            painter.drawText(QPointF(round(left), round(middle + self._down)), text)
            return
        laid_out = self._laid_out[text]
        if laid_out is None:
            laid_out = self._laid_out[text] = self._lay_out(text)
        painter.drawStaticText(QPointF(round(left), round(middle + self._down) - self._ascent), laid_out)

    def _lay_out(self, text: str) -> QStaticText:
        laid_out = QStaticText(text)
        laid_out.setTextFormat(Qt.TextFormat.PlainText)
        laid_out.setPerformanceHint(QStaticText.PerformanceHint.AggressiveCaching)
        laid_out.prepare(QTransform(), self.font)
        return laid_out


class Measures:
    """The canvas's fonts, measured. Needs an application."""

    def __init__(self) -> None:
        self.symbol = Measure(number_font(SYMBOL_SIZE, bold=True), SYMBOL_SIZE)
        self.caption = Measure(text_font(CAPTION_SIZE), CAPTION_SIZE)
        self.number = Measure(number_font(NUMBER_SIZE), NUMBER_SIZE)
        self.shape = Measure(text_font(SHAPE_SIZE), SHAPE_SIZE)
        self.pill = Measure(number_font(PILL_SIZE), PILL_SIZE)
        self.title = Measure(text_font(TITLE_SIZE, bold=True), TITLE_SIZE)


class Faces:
    """All fonts of the canvas at one scale, for one kind of paint device."""

    def __init__(self, measures: Measures, scale: float, device: QPaintDevice, *, vector: bool = False) -> None:
        points = 72.0 * scale / max(device.logicalDpiY(), 1)

        def face(measure: Measure, font: QFont, size: float) -> Face:
            return Face(measure, _sized(font, size * points), scale, vector=vector)

        self.symbol = face(measures.symbol, number_font(SYMBOL_SIZE, bold=True), SYMBOL_SIZE)
        self.caption = face(measures.caption, text_font(CAPTION_SIZE), CAPTION_SIZE)
        self.number = face(measures.number, number_font(NUMBER_SIZE), NUMBER_SIZE)
        self.shape = face(measures.shape, text_font(SHAPE_SIZE), SHAPE_SIZE)
        self.pill = face(measures.pill, number_font(PILL_SIZE), PILL_SIZE)
        self.title = face(measures.title, text_font(TITLE_SIZE, bold=True), TITLE_SIZE)


def _sized(font: QFont, points: float) -> QFont:
    """The font at a fractional size, unhinted: glyphs keep their shape and place at every zoom."""
    font.setPointSizeF(max(points, 0.5))
    font.setHintingPreference(QFont.HintingPreference.PreferNoHinting)
    return font
