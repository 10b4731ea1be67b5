"""Marks a prediction: a number, a sign, or "bigger" and "smaller", against what the program computed."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

import numpy as np

from backprop_studio.document.number_text import MINUS, brief, number, shape_text
from backprop_studio.document.value_text import ValueTextError, parse_value
from backprop_studio.engine.op import Array

RELATIVE, ABSOLUTE = 0.01, 0.0005
TOLERANCE = "within 1 %, or 0.0005"
"""What counts as equal, in words."""
_SIGNS = {
    "+": 1, "positive": 1, "pos": 1, "plus": 1,
    "-": -1, "negative": -1, "neg": -1, "minus": -1,
}  # fmt: skip
_BIGGER = {"bigger": 1, "larger": 1, "greater": 1, "more": 1, ">": 1, "smaller": -1, "less": -1, "<": -1}
_SAME = {"same", "equal", "unchanged", "="}
_COMMA = re.compile(r"[+-]?\d+,\d+")
"""A number with a decimal comma, which is read as two numbers."""
_SPECIAL = {"nan": math.nan, "inf": math.inf, "infinity": math.inf, "∞": math.inf}


@dataclass(frozen=True, slots=True)
class Verdict:
    """``right`` is None where the text was no prediction at all; ``sentence`` then says what to write.

    Else it goes on after the name of what was asked for. ``shown``: nothing was predicted, it tells the number.
    """

    right: bool | None
    sentence: str
    shown: bool = False


def judge(expected: Array | float, text: str, *, before: float | None = None, arithmetic: str = "") -> Verdict:
    """Mark ``text`` against ``expected``.

    "bigger" and "smaller" compare sizes (absolute values) with ``before``. ``arithmetic`` is shown with a wrong answer.
    """
    wanted = np.asarray(expected, dtype=np.float64)
    words = text.strip().lower().replace(MINUS, "-").replace("½", "1/2").replace("×", "*").replace("^", "**")
    if not words:
        return Verdict(None, "Write a number such as −0.147 or 1/3, a sign, or bigger or smaller.")
    sign = _SIGNS.get(words)
    if sign is not None:
        return _sign_verdict(wanted, sign, arithmetic)
    if words in _BIGGER or words in _SAME:
        return _size_verdict(wanted, words, before, arithmetic)
    given = _number(words)
    if isinstance(given, str):
        return Verdict(None, given)
    if wanted.size == 1 and _COMMA.fullmatch(words):
        return Verdict(None, f"Write it with a decimal point: {text.strip().replace(',', '.')}.")
    if given.shape != wanted.shape and not (given.size == wanted.size == 1):
        return Verdict(
            None, f"The answer has shape {shape_text(wanted.shape)}, yours has shape {shape_text(given.shape)}."
        )
    right = bool(_close(given.reshape(wanted.shape), wanted).all())
    return Verdict(right, _told(right, wanted, arithmetic))


def _number(words: str) -> Array | str:
    """The number or array that the words say, or a sentence on what is wrong with them."""
    bare = words.lstrip("+-")
    if bare in _SPECIAL:
        return np.asarray(-_SPECIAL[bare] if words.startswith("-") else _SPECIAL[bare])
    try:
        return parse_value(words.removeprefix("+")).array.astype(np.float64)
    except ValueTextError as error:
        return str(error)


def _close(given: Array, wanted: Array) -> Array:
    with np.errstate(all="ignore"):
        near = np.abs(given - wanted) <= np.maximum(RELATIVE * np.abs(wanted), np.minimum(ABSOLUTE, _floor(wanted)))
        same: Array = (near & np.isfinite(wanted)) | (given == wanted) | (np.isnan(given) & np.isnan(wanted))
    return same


def _floor(wanted: Array) -> Array:
    """Half a thousandth counts as nothing, but not for a number that is itself that small: there 1 % counts."""
    small = np.abs(wanted) < 10 * ABSOLUTE
    result: Array = np.where(small & (wanted != 0), RELATIVE * np.abs(wanted), ABSOLUTE)
    return result


def _sign_verdict(wanted: Array, sign: int, arithmetic: str) -> Verdict:
    right = bool((np.sign(wanted) == sign).all())
    return Verdict(right, _told(right, wanted, arithmetic))


def _size_verdict(wanted: Array, words: str, before: float | None, arithmetic: str) -> Verdict:
    if before is None or wanted.size != 1 or not math.isfinite(before):
        return Verdict(None, "There is nothing to compare with here. Write a number or a sign.")
    now, then = abs(wanted.item()), abs(before)
    same = bool(_close(np.asarray(now), np.asarray(then)))
    right = same if words in _SAME else not same and (now > then) == (_BIGGER[words] > 0)
    sign = "=" if same else ">" if now > then else "<"
    compared = f"in size {number(now)} {sign} {number(then)}"
    return Verdict(right, f"{_told(right, wanted, arithmetic)[:-1]} ({compared}).")


def _told(right: bool, wanted: Array, arithmetic: str) -> str:
    reason = arithmetic or brief(wanted)
    return f"right, it is {reason}." if right else f"not quite, it is {reason}."
