"""LaTeX to SVG. The formulas are small; one takes from 2 to 60 ms, so they are not set on the window's thread."""

from __future__ import annotations

import re
import threading
from dataclasses import dataclass
from typing import Any

MOST_CHARACTERS = 4000
"""A longer formula is not set but shown as text."""
_SIGN = re.compile(r"(^|[=(:]|\\approx|\\cdot|\\;)(\s*)-")
"""A minus that is a sign: in braces, or it is set as far off as that of a difference."""
_SIZE = re.compile(r'width="([\d.]+)" height="([\d.]+)"')
_lock = threading.Lock()


class FormulaError(Exception):
    """A formula that cannot be set: show its text instead."""


@dataclass(frozen=True, slots=True)
class SetFormula:
    """A formula as SVG, with its size in pixels."""

    svg: bytes
    width: float
    height: float


def typeset(latex: str, color: str, size: float) -> SetFormula:
    """Set a formula in a colour ("#rrggbb") with letters of ``size`` pixels. Raises FormulaError."""
    if len(latex) > MOST_CHARACTERS:
        raise FormulaError("the formula is too long")
    with _lock:  # the library keeps its fonts and settings in globals
        library = _library()
        try:
            svg = library.Latex(_SIGN.sub(r"\1\2{-}", latex), size=size, color=color).svg()
        except Exception as error:  # whatever a parser makes of a formula it does not know
            raise FormulaError(str(error)) from error
    match = _SIZE.search(svg)
    if match is None:
        raise FormulaError("the formula has no size")
    return SetFormula(svg.encode("utf-8"), float(match[1]), float(match[2]))


def _library() -> Any:
    """The typesetting library, loaded with the first formula."""
    import ziamath

    library: Any = ziamath
    library.config.svg2 = False  # Qt draws no SVG 2: most glyphs would vanish
    return library
