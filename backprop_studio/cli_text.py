"""What the command line prints: aligned tables, JSON, a progress bar."""

from __future__ import annotations

import json
import math
import sys
import time
from collections.abc import Sequence
from typing import Any, TextIO

import numpy as np

from backprop_studio.document.number_text import brief, number, size_words
from backprop_studio.engine.op import Array

_SHOWN_ENTRIES = 6
_ROW_ENTRIES = 48
_FIRST = 3
_SECONDS_BETWEEN = 0.1
_WIDTH = 30


def say(text: str, end: str = "\n") -> None:
    """Print a line; characters that the terminal's encoding lacks are replaced."""
    try:
        print(text, end=end)
    except UnicodeEncodeError:
        encoding = sys.stdout.encoding or "ascii"
        print(text.replace("−", "-").replace("×", "x").encode(encoding, "replace").decode(encoding), end=end)


def say_code(text: str) -> None:
    """Print code as it is: where the terminal's encoding lacks a letter, as UTF-8, which files of code are in."""
    try:
        print(text, end="")
    except UnicodeEncodeError:
        sys.stdout.flush()
        sys.stdout.buffer.write(text.encode())


def say_json(content: Any) -> None:
    """Print one JSON object on one line; it must hold no float that is not finite."""
    print(json.dumps(content, allow_nan=False))


def json_number(content: Any) -> Any:
    """Numbers in nested lists, with "NaN", "Infinity" and "-Infinity" for those that JSON cannot write."""
    if isinstance(content, list):
        return [json_number(item) for item in content]
    if isinstance(content, float) and not math.isfinite(content):
        return "NaN" if math.isnan(content) else "Infinity" if content > 0 else "-Infinity"
    return content


def json_array(array: Array | None) -> Any:
    """An array as a number or nested lists at full precision; None where there is none."""
    return None if array is None else json_number(array.tolist())


def array_text(array: Array | None) -> str:
    """An array as a cell of a table; "none" where there is none.

    Its numbers where they are few, its shape where ``rows_text`` can print it, else its first numbers.
    """
    if array is None:
        return "none"
    if array.ndim == 0:
        return number(array.item(), 6)
    if array.size <= _SHOWN_ENTRIES:
        return _nested(array.tolist())
    if fits_rows(array):
        return brief(array)
    return _beginning(array, _FIRST)


def fits_rows(array: Array) -> bool:
    """Is the array too large for a cell of a table, and small enough to be printed whole below it?"""
    return _SHOWN_ENTRIES < array.size <= _ROW_ENTRIES


def rows_text(title: str, array: Array) -> str:
    """A whole array, row under row, the columns aligned; with more than two axes each row behind its index."""
    rows = array.reshape(-1, array.shape[-1])
    cells = [[number(x) for x in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    lines = ["  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True)) for row in cells]
    if array.ndim > 2:
        leading = [str(list(index)) for index in np.ndindex(array.shape[:-1])]
        lines = [f"{index}  {line}" for index, line in zip(leading, lines, strict=True)]
    return "\n".join([f"{title} [{size_words(array.shape)}]", *(f"  {line}" for line in lines)])


def _beginning(array: Array, most: int) -> str:
    """The first numbers of an array in the brackets they stand in, some ``most`` of them, with "…" for the rest."""
    if array.ndim == 0:
        return number(array.item())
    inner = array[0].size
    count = most if array.ndim == 1 else min(2, max(1, most // max(inner, 1)))
    parts = [_beginning(part, max(1, most // count)) if array.ndim > 1 else number(part) for part in array[:count]]
    return f"[{', '.join([*parts, *['…'] * (len(array) > count)])}]"


def _nested(content: Any) -> str:
    if isinstance(content, list):
        return f"[{', '.join(_nested(item) for item in content)}]"
    return number(content)


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Rows under a head, in columns as wide as their widest cell."""
    widths = [max(len(row[column]) for row in (head, *rows)) for column in range(len(head))]
    lines = [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in (head, *rows)
    ]
    return "\n".join([lines[0], "  ".join("─" * width for width in widths), *lines[1:]])


def shape_cell(array: Array) -> str:
    """The shape of an array as a cell of a table."""
    return size_words(array.shape)


class ProgressBar:
    """A bar on standard error while something takes long; nothing where that is no terminal."""

    def __init__(self, total: int, label: str, stream: TextIO | None = None) -> None:
        self._stream = sys.stderr if stream is None else stream
        self._total = max(total, 1)
        self._label = label
        self._shown_at = time.monotonic()
        self._drawn = False
        self._live = self._stream is not None and self._stream.isatty()

    def update(self, done: int, text: str = "") -> None:
        """Show that ``done`` of the total is done; redraws a few times a second."""
        if not self._live:
            return
        now = time.monotonic()
        if now - self._shown_at < _SECONDS_BETWEEN and done < self._total:
            return
        self._shown_at = now
        share = min(done / self._total, 1.0)
        bar = ("#" * round(share * _WIDTH)).ljust(_WIDTH, ".")
        self._stream.write(f"\r\x1b[K{self._label} [{bar}] {share:4.0%} {text}")
        self._stream.flush()
        self._drawn = True

    def close(self) -> None:
        """Take the bar away."""
        if self._drawn:
            self._stream.write("\r\x1b[K")
            self._stream.flush()
            self._drawn = False
