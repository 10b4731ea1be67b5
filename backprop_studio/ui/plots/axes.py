"""Axes that write their numbers as the rest of the window does."""

from __future__ import annotations

import re

import pyqtgraph as pg

from backprop_studio.document.number_text import MINUS

_EXPONENT = re.compile(r"e\+?(-?)0*(\d+)")


class NumberAxis(pg.AxisItem):  # type: ignore[misc]  # pyqtgraph has no types
    """An axis with numbers such as "1e−5"."""

    def tickStrings(self, values: list[float], scale: float, spacing: float) -> list[str]:
        """The numbers at the ticks."""
        return [typeset(text) for text in super().tickStrings(values, scale, spacing)]


def typeset(text: str) -> str:
    """A number as Python writes it, "-1e-05", as people read it: "−1e−5"."""
    return _EXPONENT.sub(lambda found: f"e{found[1]}{found[2]}", text).replace("-", MINUS)
