"""Arrays as literals of Python code: every number to its last digit, rows below each other."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from backprop_studio.engine.op import Array

MAX_LINE = 110
"""Longest line of an array, in characters, where its rows can be kept apart."""


def number_text(number: Any, module: str) -> str:
    """A number as code; of infinities and NaN the module's names, such as ``np.inf``."""
    if isinstance(number, bool | np.bool_ | int | np.integer):
        return repr(number.item() if isinstance(number, np.generic) else number)
    number = float(number)
    if math.isfinite(number):
        return repr(number)
    return f"{module}.nan" if math.isnan(number) else f"{'-' if number < 0 else ''}{module}.inf"


def array_text(array: Array, module: str, indent: str = "") -> str:
    """Nested lists, on one line where they fit, else one row of the outermost axis a line."""
    if array.ndim == 0:
        return number_text(array[()], module)
    if not array.size:
        return repr(array.tolist())
    if 3 * array.size <= MAX_LINE:  # an entry takes three characters at least
        text = f"[{', '.join(array_text(row, module) for row in array)}]"
        if len(indent) + len(text) <= MAX_LINE:
            return text
    inner = indent + "    "
    if array.ndim == 1:
        return "[\n" + _wrapped([number_text(entry, module) for entry in array], inner) + f"\n{indent}]"
    rows = "".join(f"{inner}{array_text(row, module, inner)},\n" for row in array)
    return f"[\n{rows}{indent}]"


def _wrapped(numbers: list[str], indent: str) -> str:
    """Numbers in lines that are filled."""
    lines, line = [], indent
    for number in numbers:
        if len(line) + len(number) + 2 > MAX_LINE and line.strip():
            lines.append(line.rstrip())
            line = indent
        line += f"{number}, "
    return "\n".join([*lines, line.rstrip()])
