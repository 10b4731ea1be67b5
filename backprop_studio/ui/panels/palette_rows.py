"""How the palette paints a heading, an operation, and the picture of an operation being dragged."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPen, QPixmap
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from backprop_studio.document.graph import slots_shown
from backprop_studio.document.node_size import HEADER_HEIGHT, NODE_WIDTH, node_height
from backprop_studio.engine.op import Category, Op
from backprop_studio.ui.panels.palette_model import PaletteModel
from backprop_studio.ui.theme import Theme, ThemeManager, number_font, text_font

ROW_HEIGHT = 30
HEADING_HEIGHT = 30
CHIP_WIDTH, CHIP_HEIGHT = 28.0, 22.0
BLOCK_SYMBOL = "▣"


class PaletteDelegate(QStyledItemDelegate):
    """Paints headings small and quiet, operations as a chip with the symbol and the title beside it."""

    def __init__(self, themes: ThemeManager, parent: QWidget) -> None:
        super().__init__(parent)
        self._themes = themes

    def updateEditorGeometry(
        self, editor: QWidget, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        """A name is typed where the title stands, beside the chip."""
        editor.setGeometry(option.rect.adjusted(round(CHIP_WIDTH) + 8, 1, -2, -1))

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        """Height of a row; the view gives the width."""
        return QSize(120, ROW_HEIGHT if index.flags() & Qt.ItemFlag.ItemIsSelectable else HEADING_HEIGHT)

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        """Paint one row."""
        model = index.model()
        assert isinstance(model, PaletteModel)
        row = model.row(index)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        rect = QRectF(option.rect)
        if isinstance(row, Category | str):
            _paint_heading(painter, rect, row if isinstance(row, str) else row.value, self._themes.theme)
        else:
            state = option.state
            chosen = bool(state & QStyle.StateFlag.State_Selected)
            hovered = bool(state & QStyle.StateFlag.State_MouseOver)
            theme = self._themes.theme
            if isinstance(row, Op):
                _paint_row(painter, rect, (row.symbol, row.title, accent(row, theme)), theme, chosen, hovered)
            else:
                _paint_row(painter, rect, (BLOCK_SYMBOL, row.title, theme.text), theme, chosen, hovered)
        painter.restore()


def accent(op: Op, theme: Theme) -> QColor:
    """The colour of an operation's symbol: by what it is for."""
    if op.name == "parameter":
        return theme.update
    if op.category is Category.LOSS:
        return theme.loss
    return theme.quiet if op.is_source else theme.forward


def _translucent(width: float, height: float, ratio: float) -> tuple[QPixmap, QPainter]:
    """An empty picture of that size in pixels of the scene, and what paints on it so that the canvas shines through."""
    picture = QPixmap(round(width * ratio), round(height * ratio))
    picture.setDevicePixelRatio(ratio)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setOpacity(0.9)
    return picture, painter


def drag_picture(op: Op, theme: Theme, ratio: float) -> QPixmap:
    """A node of that operation, as it will stand on the canvas at its actual size."""
    width, height = NODE_WIDTH, node_height(slots_shown(op))
    picture, painter = _translucent(width, height, ratio)
    painter.setPen(QPen(accent(op, theme), 1.5))
    painter.setBrush(theme.node)
    painter.drawRoundedRect(QRectF(1, 1, width - 2, height - 2), 7, 7)
    header = QRectF(10, 1, width - 20, HEADER_HEIGHT)
    painter.setPen(accent(op, theme))
    painter.setFont(_fitted(number_font(13), op.symbol, 48))
    painter.drawText(header, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, op.symbol)
    painter.setPen(theme.quiet)
    painter.setFont(text_font(11))
    painter.drawText(header, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, op.title.lower())
    painter.end()
    return picture


def _paint_heading(painter: QPainter, rect: QRectF, text: str, theme: Theme) -> None:
    font = text_font(11)
    font.setWeight(QFont.Weight.DemiBold)
    painter.setFont(font)
    painter.setPen(theme.quiet)
    painter.drawText(rect.adjusted(4, 8, -4, 0), Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, text)


def block_picture(title: str, theme: Theme, ratio: float) -> QPixmap:
    """A collapsed group of that name, for dragging."""
    width, height = NODE_WIDTH, node_height(1)
    picture, painter = _translucent(width, height, ratio)
    painter.setPen(QPen(theme.node_border, 1.5))
    painter.setBrush(theme.node)
    for inset, top in ((10, 8), (5, 4), (0, 0)):
        painter.drawRoundedRect(QRectF(1 + inset, 1 + top, width - 2 - 2 * inset, height - 10), 7, 7)
    painter.setPen(theme.text)
    painter.setFont(_fitted(text_font(13, bold=True), title, width - 20))
    header = QRectF(10, 1, width - 20, HEADER_HEIGHT)
    painter.drawText(header, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, title)
    painter.end()
    return picture


def _paint_row(
    painter: QPainter, rect: QRectF, shown: tuple[str, str, QColor], theme: Theme, chosen: bool, hovered: bool
) -> None:
    """Paint an operation or a block: its symbol on a chip of its colour, and its title."""
    symbol, name, color = shown
    if chosen or hovered:
        tint = QColor(theme.forward if chosen else theme.text)
        tint.setAlphaF(0.16 if chosen else 0.06)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(tint)
        painter.drawRoundedRect(rect.adjusted(0, 1, -2, -1), 6, 6)
    chip = QRectF(rect.left() + 4, rect.center().y() - CHIP_HEIGHT / 2, CHIP_WIDTH, CHIP_HEIGHT)
    fill = QColor(color)
    fill.setAlphaF(0.14)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(fill)
    painter.drawRoundedRect(chip, 5, 5)
    painter.setPen(color)
    bold = number_font(12)
    bold.setWeight(QFont.Weight.Bold)
    painter.setFont(_fitted(bold, symbol, CHIP_WIDTH - 4))
    painter.drawText(chip, Qt.AlignmentFlag.AlignCenter, symbol)
    painter.setPen(theme.text)
    _write_title(painter, rect.adjusted(CHIP_WIDTH + 12, 0, -2, 0), name)


def _write_title(painter: QPainter, area: QRectF, title: str) -> None:
    """Write a title on one line, or smaller on two: its words stay whole where there is any way."""
    line = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
    for size, wrap in ((13, 0), (12, 0), (11, Qt.TextFlag.TextWordWrap.value), (10, Qt.TextFlag.TextWordWrap.value)):
        font = text_font(size)
        needed = QFontMetricsF(font).boundingRect(area, int(line) | wrap, title)
        if needed.width() <= area.width() and needed.height() <= area.height():
            painter.setFont(font)
            painter.drawText(area, int(line) | wrap, title)
            return
    painter.setFont(text_font(12))
    title = QFontMetricsF(painter.font()).elidedText(title, Qt.TextElideMode.ElideRight, area.width())
    painter.drawText(area, line, title)


def _fitted(font: QFont, text: str, width: float) -> QFont:
    """The font, smaller where ``text`` would be wider than ``width``."""
    wide = QFontMetricsF(font).horizontalAdvance(text)
    if wide > width:
        smaller = max(1.0, font.pixelSize() if font.pixelSize() > 0 else font.pointSizeF()) * width / wide
        if font.pixelSize() > 0:
            font.setPixelSize(max(7, int(smaller)))
        else:
            font.setPointSizeF(max(5.0, smaller))
    return font
