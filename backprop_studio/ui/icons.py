"""Our own SVG icons, recoloured to the theme.

The files draw with ``currentColor``; an icon is rendered once per name and colour.
"""

from __future__ import annotations

from functools import lru_cache

from PySide6.QtCore import QByteArray, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

from backprop_studio.resource_files import resource_text

SIZES = (16, 32, 48)
"""Edge lengths in device pixels: 16 logical pixels at a scale of 1, 2 and 3."""

_FADED = 0.4
"""Opacity of the icon of a disabled action."""


def icon(name: str, color: QColor, on: QColor | None = None) -> QIcon:
    """The icon ``resources/icons/<name>.svg`` in a colour; ``on`` is the colour while it is checked.

    Raises ResourceError where there is no such icon.
    """
    return _icon(name, color.name(), on.name() if on is not None else "")


def pixmap(name: str, color: QColor, size: int, ratio: float = 1.0) -> QPixmap:
    """The icon as a pixmap of ``size`` logical pixels for a screen of that device pixel ratio."""
    drawn = _render(_svg(name, color.name()), round(size * ratio), 1.0)
    drawn.setDevicePixelRatio(ratio)
    return drawn


@lru_cache(maxsize=256)
def _icon(name: str, color: str, on: str) -> QIcon:
    made = QIcon()
    svg = _svg(name, color)
    for size in SIZES:
        made.addPixmap(_render(svg, size, 1.0), QIcon.Mode.Normal, QIcon.State.Off)
        made.addPixmap(_render(svg, size, _FADED), QIcon.Mode.Disabled, QIcon.State.Off)
        if on:
            made.addPixmap(_render(_svg(name, on), size, 1.0), QIcon.Mode.Normal, QIcon.State.On)
    return made


def _svg(name: str, color: str) -> QByteArray:
    return QByteArray(resource_text(f"icons/{name}.svg").replace("currentColor", color).encode())


def _render(svg: QByteArray, size: int, opacity: float) -> QPixmap:
    drawn = QPixmap(QSize(size, size))
    drawn.fill(Qt.GlobalColor.transparent)
    painter = QPainter(drawn)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setOpacity(opacity)
    QSvgRenderer(svg).render(painter, QRectF(0, 0, size, size))
    painter.end()
    return drawn
