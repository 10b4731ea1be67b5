"""Settings of operations: what they take, checked, and said in words."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from backprop_studio.engine.errors import SettingError
from backprop_studio.engine.indexing import read_index, write_index

LARGEST_INT = 2**63 - 1
"""Most that NumPy's whole numbers hold, and so most that a setting takes; with a minus sign also the least."""

SettingValue = float | int | bool | str | tuple[int, ...] | None
Settings = Mapping[str, SettingValue]


@dataclass(frozen=True, slots=True)
class Setting:
    """One keyword setting of an operation, with its default and the range it allows.

    ``kind`` is "float", "int", "bool", "choice", "axis" (None, an int or a tuple of ints),
    "shape" (a tuple of ints, at least ``minimum``, else 0; or one of ``choices``), "index" (a constant
    index such as "0, 1:3", kept as text) or "mode" (True: training, False: evaluation, None: that of the whole
    program). A number or shape whose default is None may be None. ``aliases`` are other spellings accepted in graph
    code, such as PyTorch's ``dim`` for ``axis``.
    """

    name: str
    kind: Literal["float", "int", "bool", "choice", "axis", "shape", "index", "mode"]
    default: SettingValue
    doc: str = ""
    minimum: float | None = None
    above: float | None = None
    """Exclusive lower bound."""
    maximum: float | None = None
    choices: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()

    def check(self, value: Any) -> SettingValue:
        """Return ``value`` in its canonical type, or raise SettingError naming setting and range."""
        if value is None and self.default is None:
            return None
        checked = self._convert(value)
        if isinstance(checked, int | float) and not isinstance(checked, bool) and self.kind in ("float", "int"):
            low = self.minimum is not None and checked < self.minimum
            low = low or (self.above is not None and checked <= self.above)
            if low or (self.maximum is not None and checked > self.maximum) or not math.isfinite(checked):
                raise self._refusal(value)
        return checked

    def allowed(self) -> str:
        """What the setting takes, in words, such as "a number above 0"."""
        if self.kind == "choice":
            return "one of " + ", ".join(repr(choice) for choice in self.choices)
        words = {
            "float": "a number",
            "int": "a whole number",
            "bool": "True or False",
            "axis": "an axis, a tuple of axes or None",
            "shape": "a tuple of sizes such as (2, 8)",
            "index": "an index such as 0 or 1:3, ... (steps at least 1)",
            "mode": "True (training), False (evaluation) or None (the mode of the whole graph)",
        }[self.kind]
        bounds = []
        if self.minimum is not None:
            bounds.append(f"at least {self.minimum:g}")
        if self.above is not None:
            bounds.append(f"above {self.above:g}")
        if self.maximum is not None:
            bounds.append(f"at most {self.maximum:g}")
        if self.default is None and self.kind in ("float", "int"):
            words += " or None"
        words = " ".join([words, " and ".join(bounds)]).strip()
        return f"{words}, or {' or '.join(map(repr, self.choices))}" if self.choices else words

    def code(self, value: SettingValue) -> str:
        """A value of the setting as Python source, as it stands in a spelling."""
        return str(value) if self.kind == "index" else repr(value)

    def _refusal(self, value: Any) -> SettingError:
        shown = repr(value)
        shown = shown if len(shown) <= 40 else shown[:37] + "..."
        return SettingError(f"The setting {self.name} takes {self.allowed()}, not {shown}.")

    def _convert(self, value: Any) -> SettingValue:
        if (
            self.kind == "float"
            and isinstance(value, int | float | np.integer | np.floating)
            and not isinstance(value, bool)
        ):
            return self._number(value)
        if isinstance(value, float) and value.is_integer() and self.kind in ("int", "axis"):
            value = int(value)
        is_int = _is_whole(value)
        if self.kind == "int" and is_int:
            return int(value)
        if self.kind in ("bool", "mode") and isinstance(value, bool | np.bool_):
            return bool(value)
        if isinstance(value, str) and value in self.choices:
            return str(value)
        if self.kind == "index":
            return self._index(value)
        if self.kind in ("axis", "shape"):
            if value is None and self.kind == "axis":
                return None
            if is_int:
                return int(value) if self.kind == "axis" else self._sizes(value, (value,))
            if isinstance(value, list | tuple) and all(map(_is_whole, value)):
                return tuple(value) if self.kind == "axis" else self._sizes(value, value)
        raise self._refusal(value)

    def _number(self, value: Any) -> float:
        try:
            return float(value)
        except OverflowError:  # a whole number of more than 308 digits
            raise self._refusal(value) from None

    def _sizes(self, value: Any, sizes: Iterable[int]) -> tuple[int, ...]:
        checked = tuple(int(size) for size in sizes)
        if any(size < (self.minimum or 0) for size in checked):
            raise self._refusal(value)
        return checked

    def _index(self, value: Any) -> str:
        given = str(value) if isinstance(value, int) and not isinstance(value, bool) else value
        if not isinstance(given, str):
            raise self._refusal(value)
        try:
            return write_index(read_index(given))
        except ValueError as error:
            raise SettingError(f"The setting {self.name} takes {self.allowed()}: {error}.") from None


def _is_whole(value: object) -> bool:
    """Is it a whole number that NumPy can hold?"""
    return isinstance(value, int | np.integer) and not isinstance(value, bool) and abs(int(value)) <= LARGEST_INT
