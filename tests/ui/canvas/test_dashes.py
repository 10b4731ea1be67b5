"""Dashed outlines painted piece by piece."""

from __future__ import annotations

from PySide6.QtCore import QRect, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPen
from PySide6.QtWidgets import QApplication

from backprop_studio.ui.canvas.dashes import dashed_outline
from tests.ui.canvas.conftest import difference

OUTLINE = QRectF(-700.3, 20.4, 900.7, 120.2)


def painted(pieces: list[QRect]) -> QImage:
    """An outline that reaches out of the picture, painted in pieces."""
    image = QImage(240, 160, QImage.Format.Format_ARGB32_Premultiplied)
    image.fill(Qt.GlobalColor.black)
    for piece in pieces:
        painter = QPainter(image)
        painter.setClipRect(piece)
        painter.fillRect(piece, Qt.GlobalColor.black)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        dashed_outline(painter, QPen(QColor("white"), 1.3), OUTLINE, 10.0, QRectF(piece.adjusted(-2, -2, 2, 2)))
        painter.end()
    return image


def test_pieces_fit_together_without_a_seam(qapp: QApplication) -> None:
    whole = painted([QRect(0, 0, 240, 160)])
    pieces = painted([QRect(x, y, 37, 53) for x in range(0, 240, 37) for y in range(0, 160, 53)])
    assert difference(whole, pieces) <= 2
    row = [whole.pixelColor(x, round(OUTLINE.top())).lightness() > 60 for x in range(150)]
    assert any(row)
    assert not all(row)
