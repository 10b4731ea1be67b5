"""Icons are ours, and take the theme's colour."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QSize
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QApplication

from backprop_studio.resource_files import ResourceError
from backprop_studio.ui.icons import icon, pixmap


def test_an_icon_is_drawn_in_its_colour(qapp: QApplication) -> None:
    image = icon("close", QColor("#ff0000")).pixmap(QSize(16, 16), 2.0).toImage()
    drawn = [image.pixelColor(x, y) for x in range(image.width()) for y in range(image.height())]
    solid = [color for color in drawn if color.alpha() > 200]
    assert solid
    assert all(color.red() > 200 and color.green() < 60 for color in solid)


def test_the_same_icon_is_made_once(qapp: QApplication) -> None:
    assert icon("close", QColor("#00ff00")) is icon("close", QColor("#00ff00"))


def test_a_pixmap_has_the_pixels_of_its_screen(qapp: QApplication) -> None:
    assert pixmap("close", QColor("black"), 24, 2.0).width() == 48


def test_a_missing_icon_is_an_error(qapp: QApplication) -> None:
    with pytest.raises(ResourceError):
        icon("no-such-icon", QColor("black"))
