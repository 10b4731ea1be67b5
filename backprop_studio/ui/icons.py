"""Our own SVG icons, recoloured to the theme.

The files draw with ``currentColor``; an icon is rendered once per name and colour.
"""

from __future__ import annotations

from functools import lru_cache

from PySide6.QtCore import QByteArray, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

from backprop_studio.resource_files import resource_text

SIZES = (16, 32)
"""Edge lengths in device pixels: 16 logical pixels at a scale of 1 and 2."""

FADED = 0.4
"""Opacity of the icon of a disabled action."""


def icon(name: str, color: QColor) -> QIcon:
    """The icon ``resources/icons/<name>.svg`` in a colour. Raises ResourceError where there is no such icon."""
    return _icon(name, color.name())


def pixmap(name: str, color: QColor, size: int, ratio: float = 1.0) -> QPixmap:
    """The icon as a pixmap of ``size`` logical pixels for a screen of that device pixel ratio."""
    drawn = _render(_svg(name, color.name()), round(size * ratio))
    drawn.setDevicePixelRatio(ratio)
    return drawn


@lru_cache(maxsize=256)
def _icon(name: str, color: str) -> QIcon:
    made = QIcon()
    svg = _svg(name, color)
    for size in SIZES:
        drawn = _render(svg, size)
        made.addPixmap(drawn)
        made.addPixmap(_faded(drawn), QIcon.Mode.Disabled)
    return made


def _faded(drawn: QPixmap) -> QPixmap:
    """The pixmap as it is shown while its action is disabled."""
    faded = QPixmap(drawn.size())
    faded.fill(Qt.GlobalColor.transparent)
    painter = QPainter(faded)
    painter.setOpacity(FADED)
    painter.drawPixmap(0, 0, drawn)
    painter.end()
    return faded


def _svg(name: str, color: str) -> QByteArray:
    return QByteArray(resource_text(f"icons/{name}.svg").replace("currentColor", color).encode())


def _render(svg: QByteArray, size: int) -> QPixmap:
    drawn = QPixmap(QSize(size, size))
    drawn.fill(Qt.GlobalColor.transparent)
    painter = QPainter(drawn)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    QSvgRenderer(svg).render(painter, QRectF(0, 0, size, size))
    painter.end()
    return drawn
