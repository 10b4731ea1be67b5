"""The value of a source as JSON: a number or nested lists, integers without a point and floats with one.

JSON has no numbers that are not finite; they are the strings "NaN", "Infinity" and "-Infinity".
"""

from __future__ import annotations

import math
from functools import lru_cache
from itertools import chain
from typing import Any, Literal

import msgspec
import numpy as np

from backprop_studio.document.value_text import MAX_AXES
from backprop_studio.document.values import Value

_Number = int | float | Literal["NaN", "Infinity", "-Infinity"]


class ValueJsonError(Exception):
    """JSON that is no value. ``str(error)`` is a clause; ``place`` is the index within the value, such as "[2][0]"."""

    def __init__(self, message: str, place: str = "") -> None:
        super().__init__(message)
        self.place = place


def value_to_json(value: Value) -> Any:
    """A number or nested lists that JSON can hold."""
    content = value.array.tolist()
    return content if value.is_integer or bool(np.isfinite(value.array).all()) else _with_strings(content)


def value_from_json(data: bytes) -> Value | None:
    """The value that a piece of JSON says, None for null. Raises ValueJsonError."""
    text = data.lstrip()
    if text.strip() == b"null":
        return None
    axes = _leading_brackets(text)
    if axes > MAX_AXES:
        raise ValueJsonError(f"a value has at most {MAX_AXES} axes")
    try:
        content = _decoder(axes).decode(text)
    except msgspec.ValidationError as error:
        message, _, place = str(error).replace("`", "").partition(" - at $")
        raise ValueJsonError(_in_our_words(message), place) from error
    return Value(_array(content, axes))


def _in_our_words(message: str) -> str:
    """A decoder's message as a clause."""
    text = message.removeprefix("Invalid enum value ")
    if text != message:
        return f'{text} is no number (the only texts allowed are "NaN", "Infinity" and "-Infinity")'
    return message[:1].lower() + message[1:]


def _with_strings(content: Any) -> Any:
    if isinstance(content, list):
        return [_with_strings(item) for item in content]
    if math.isfinite(content):
        return content
    return "NaN" if math.isnan(content) else "Infinity" if content > 0 else "-Infinity"


def _leading_brackets(text: bytes) -> int:
    """How many lists open before the first number."""
    count = 0
    for byte in text:
        if byte == ord("["):
            count += 1
        elif byte not in b" \t\r\n":
            break
        if count > MAX_AXES:
            break
    return count


@lru_cache
def _decoder(axes: int) -> msgspec.json.Decoder[Any]:
    """A decoder of numbers nested ``axes`` deep."""
    kind: Any = _Number
    for _ in range(axes):
        kind = list[kind]
    return msgspec.json.Decoder(kind)


def _array(content: Any, axes: int) -> np.ndarray:
    """The array of numbers that are nested ``axes`` deep."""
    level = [content]
    shape: list[int] = []
    for _ in range(axes):
        size = len(level[0])
        for index, row in enumerate(level):
            if len(row) != size:
                message = f"rows must be equally long, and this one has {len(row)} entries in place of {size}"
                raise ValueJsonError(message, "".join(f"[{i}]" for i in np.unravel_index(index, shape)))
        shape.append(size)
        level = list(chain.from_iterable(level))
    if not level:
        raise ValueJsonError("it holds no number")
    kinds = set(map(type, level))
    if str in kinds:
        level = [float(number) for number in level]
    try:
        array = np.array(level, dtype=np.int64 if kinds == {int} else np.float64)
    except OverflowError as error:
        raise ValueJsonError("a whole number lies beyond ±9223372036854775807") from error
    return array.reshape(shape)
