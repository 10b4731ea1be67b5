"""Numbers as people read them: few digits, a real minus sign, NaN and infinities typeset as such."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from math import prod

import numpy as np

from backprop_studio.engine.op import Array, Shape
from backprop_studio.engine.shapes import counted

MINUS = "−"
_PLAIN_FROM, _PLAIN_BELOW = 1e-4, 1e6


def number(x: float, digits: int = 4) -> str:
    """``x`` with ``digits`` significant digits: "−0.1471", "20", "13781", "2.656e−5", "NaN", "−∞"."""
    x = float(x)
    if math.isnan(x):
        return "NaN"
    if math.isinf(x):
        return "∞" if x > 0 else MINUS + "∞"
    rounded = float(f"{x:.{digits}g}") if x else 0.0
    size = abs(rounded)
    if size and not _PLAIN_FROM <= size < _PLAIN_BELOW:
        mantissa, exponent = f"{x:.{digits - 1}e}".split("e")
        mantissa = mantissa.rstrip("0").rstrip(".") if "." in mantissa else mantissa
        return f"{mantissa}e{int(exponent)}".replace("-", MINUS)
    if size >= 10 ** (digits - 1):
        return f"{x:.0f}".replace("-", MINUS)
    text = f"{rounded:.{digits + 3}f}".rstrip("0").rstrip(".")
    return text.replace("-", MINUS)


def as_shown(x: float, digits: int = 4) -> float:
    """The number that ``number`` prints for ``x``, read back."""
    return float(number(x, digits).replace(MINUS, "-").replace("∞", "inf"))


def as_rounded(text: str, digits: int) -> str:
    """A number that ``full_number`` wrote, with fewer digits; "" for any other text."""
    try:
        return number(float(text.replace(MINUS, "-").replace("∞", "inf")), digits)
    except ValueError:
        return ""


def printed_sum(terms: Iterable[Sequence[float]]) -> float:
    """What a sum of products comes to with its factors as they are printed."""
    return sum(prod(map(as_shown, factors)) for factors in terms)


def equals_sign(printed: float, exact: float) -> str:
    """What stands between an arithmetic and its result: "=", or "≈" where the printed numbers give another one.

    The one rule for every arithmetic that is shown. ``printed`` is what it comes to with its numbers as they are
    printed.
    """
    return "=" if number(printed) == number(exact) else "≈"


def full_number(x: float) -> str:
    """``x`` with every digit that float64 holds, as in ``repr``, with a real minus sign."""
    x = float(x)
    if not math.isfinite(x):
        return number(x)
    text = repr(x)
    return text.removesuffix(".0").replace("-", MINUS)


def shape_text(shape: Shape) -> str:
    """A shape, to stand after that word: "scalar", "3", "4 × 2"."""
    return " × ".join(str(size) for size in shape) if shape else "scalar"


def size_words(shape: Shape) -> str:
    """What an array holds, to stand alone: "scalar", "4 × 2"; "3 numbers", as "3" would be read as the number."""
    return counted(shape[0], "number") if len(shape) == 1 else shape_text(shape)


def short_size(shape: Shape) -> str:
    """What an array holds where there is no room for words, beside a heat map or in a table: "4 × 2", "[3]"."""
    return f"[{shape[0]}]" if len(shape) == 1 else shape_text(shape)


def compact(array: Array, digits: int = 4) -> str:
    """As ``brief``, for the cell of a table."""
    return number(array.item(), digits) if array.size == 1 else short_size(array.shape)


def brief(array: Array, digits: int = 4) -> str:
    """One number where the array holds one; else its shape in brackets: "[4 × 2]", "[3 numbers]"."""
    if array.size == 1:
        return number(array.item(), digits)
    return f"[{size_words(array.shape)}]"


def full(array: Array, threshold: int = 2000) -> str:
    """The whole array at full precision; past ``threshold`` entries, the corners of it."""
    if array.size == 1 and array.ndim == 0:
        return full_number(array.item())
    if array.dtype.kind == "f":
        text = np.array2string(array, threshold=threshold, floatmode="unique", separator=", ", max_line_width=10_000)
    else:
        text = np.array2string(array, threshold=threshold, separator=", ", max_line_width=10_000)
    return text.replace("-", MINUS)


def listed(array: Array, written: Callable[[float], str], threshold: int = 2000) -> str:
    """The array as ``full`` lists it, each of its floats as ``written`` has it, in columns of one width."""
    if array.dtype.kind != "f" or array.ndim == 0:
        return full(array, threshold)
    texts: dict[float, str] = {}
    width = 0

    def entry(element: np.floating) -> str:
        x = float(str(element))  # of float32 the digits that tell it apart, not those of float64
        text = texts.get(x)
        if text is None:
            text = texts[x] = written(x)
        return text.rjust(width)

    def whole() -> str:
        return np.array2string(
            array, threshold=threshold, separator=", ", max_line_width=10_000, formatter={"float": entry}
        )

    whole()  # to see how wide the widest is
    width = max(map(len, texts.values()), default=0)
    return whole()
