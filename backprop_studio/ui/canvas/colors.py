"""The colours that people give to nodes, frames and comments, as each theme has them."""

from __future__ import annotations

from PySide6.QtGui import QColor

from backprop_studio.ui.theme import Theme


def shade(theme: Theme, name: str) -> QColor:
    """The shade of a colour in a theme; what has no name of its own is plain."""
    found = {
        "blue": theme.forward,
        "green": theme.update,
        "yellow": QColor("#b58a00" if theme.name == "light" else "#d9b23c"),
        "red": theme.error,
        "purple": theme.loss,
    }
    return found.get(name, theme.quiet)
