"""The picture of a card: formulas typeset where that is done, as text where it is not."""

from __future__ import annotations

from typing import NamedTuple

from PySide6.QtCore import QByteArray, QPointF, QRectF, QSizeF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPainterPath, QPixmap
from PySide6.QtSvg import QSvgRenderer

from backprop_studio.document.event_card import EventCard
from backprop_studio.document.explanation_lines import Line
from backprop_studio.engine.trace import Stage
from backprop_studio.ui.formula_shelf import FormulaKey, FormulaShelf
from backprop_studio.ui.plain_text import plain
from backprop_studio.ui.theme import Theme, number_font, text_font

LETTERS = 15.0
"""Size of typeset letters, as in the explanation: a formula is set once for both."""
PAD_X, PAD_Y, BAR, ROW_GAP, HEADING_GAP = 14.0, 10.0, 3.0, 6.0, 7.0
CORNER, SHADOW = 9.0, 5.0
SHADE = 0.22
"""Of the theme's shadow, in each of three layers."""
HEADING_SIZE, TEXT_SIZE = 11.5, 13.5


class _Row(NamedTuple):
    """One row, measured: its formula where it is typeset, else None."""

    text: str
    color: QColor
    size: QSizeF
    formula: QSvgRenderer | None


class CardPicture:
    """A card measured at the natural size, to be painted at any scale. Formulas not set yet stand as text."""

    def __init__(self, card: EventCard, theme: Theme, shelf: FormulaShelf) -> None:
        self._heading, self._theme, self._stage = plain(card.heading), theme, stage_colors(theme, card.stage)
        keys = [_key(line, card.stage, theme) for line in card.rows]
        self.waits_for = [key for key in keys if shelf.formula(key) is None and not shelf.is_settled(key)]
        """Formulas that are still being set."""
        self._heading_font, self._font = text_font(HEADING_SIZE), number_font(TEXT_SIZE)
        self._rows = [self._row(line, key, card.stage, shelf) for line, key in zip(card.rows, keys, strict=True)]
        heading = _measured(self._heading_font, self._heading)
        width = max(heading.width(), *(row.size.width() for row in self._rows))
        height = heading.height() + HEADING_GAP + sum(row.size.height() for row in self._rows)
        height += ROW_GAP * (len(self._rows) - 1)
        self.size = QSizeF(width + 2 * PAD_X + BAR, height + 2 * PAD_Y)
        """At the natural size, without the shadow."""

    def pixmap(self, scale: float) -> QPixmap:
        """The card with its shadow, ``scale`` pixels a unit."""
        size = (self.size + QSizeF(2 * SHADOW, 2 * SHADOW)) * scale
        pixmap = QPixmap(size.toSize().expandedTo(QSizeF(1, 1).toSize()))
        pixmap.fill(Qt.GlobalColor.transparent)
        painter = QPainter(pixmap)
        painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.TextAntialiasing)
        painter.scale(scale, scale)
        painter.translate(SHADOW, SHADOW)
        self._paint(painter)
        painter.end()
        return pixmap

    def _row(self, line: Line, key: FormulaKey, stage: Stage, shelf: FormulaShelf) -> _Row:
        text, color = plain(line.written.text), QColor(key.color)
        made = shelf.formula(key) if shelf.is_settled(key) else None
        if made is None:
            return _Row(text, color, _measured(self._font, text), None)
        return _Row(text, color, QSizeF(made.width, made.height), QSvgRenderer(QByteArray(made.svg)))

    def _paint(self, painter: QPainter) -> None:
        theme, rect = self._theme, QRectF(QPointF(), self.size)
        painter.setPen(Qt.PenStyle.NoPen)
        for spread in (4.0, 2.5, 1.0):
            shadow = QColor(theme.shadow)
            shadow.setAlpha(round(shadow.alpha() * SHADE))
            painter.setBrush(shadow)
            painter.drawRoundedRect(
                rect.adjusted(-spread, 1 - spread, spread, 1 + spread), CORNER + spread, CORNER + spread
            )
        painter.setBrush(theme.panel)
        painter.drawRoundedRect(rect, CORNER, CORNER)
        outline = QPainterPath()
        outline.addRoundedRect(rect, CORNER, CORNER)
        painter.save()
        painter.setClipPath(outline)
        painter.fillRect(QRectF(0, 0, BAR, rect.height()), self._stage[0])
        painter.restore()
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(theme.node_border)
        painter.drawRoundedRect(rect.adjusted(0.5, 0.5, -0.5, -0.5), CORNER, CORNER)
        self._write(painter)

    def _write(self, painter: QPainter) -> None:
        left, top = BAR + PAD_X, PAD_Y
        painter.setFont(self._heading_font)
        painter.setPen(self._theme.quiet)
        metrics = QFontMetricsF(self._heading_font)
        painter.drawText(QPointF(left, top + metrics.ascent()), self._heading)
        top += metrics.height() + HEADING_GAP
        for row in self._rows:
            if row.formula is not None:
                row.formula.render(painter, QRectF(QPointF(left, top), row.size))
            else:
                painter.setFont(self._font)
                painter.setPen(row.color)
                painter.drawText(QPointF(left, top + QFontMetricsF(self._font).ascent()), row.text)
            top += row.size.height() + ROW_GAP


def stage_colors(theme: Theme, stage: Stage) -> tuple[QColor, QColor]:
    """The colour of a stage, and that of text about it."""
    return {
        Stage.FORWARD: (theme.forward, theme.forward_text),
        Stage.BACKWARD: (theme.backward, theme.backward_text),
        Stage.TANGENT: (theme.tangent, theme.tangent_text),
    }.get(stage, (theme.update, theme.update_text))


def wanted_formulas(card: EventCard, theme: Theme) -> list[FormulaKey]:
    """The formulas that a card is going to show."""
    return [_key(line, card.stage, theme) for line in card.rows]


def _key(line: Line, stage: Stage, theme: Theme) -> FormulaKey:
    color = {"result": stage_colors(theme, stage)[1], "shapes": theme.quiet}.get(line.kind, theme.text)
    return FormulaKey(line.written.latex, color.name(), LETTERS)


def _measured(font: QFont, text: str) -> QSizeF:
    metrics = QFontMetricsF(font)
    return QSizeF(metrics.horizontalAdvance(text), metrics.height())
