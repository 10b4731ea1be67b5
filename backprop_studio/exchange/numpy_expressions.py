"""Symbols as expressions of NumPy code, with what is needed more than once in variables of its own."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from backprop_studio.engine.one_call import Opaque
from backprop_studio.engine.symbols import Kind, Symbol
from backprop_studio.exchange.array_text import array_text
from backprop_studio.exchange.numpy_helpers import HELPERS

_LOGIC, _AND, _SUM, _PRODUCT, _SIGN, _POWER, _ATOM = range(7)
_INFIX: dict[Any, tuple[str, int]] = {
    np.add: ("+", _SUM),
    np.subtract: ("-", _SUM),
    np.multiply: ("*", _PRODUCT),
    np.divide: ("/", _PRODUCT),
    np.matmul: ("@", _PRODUCT),
    np.power: ("**", _POWER),
    np.greater: (">", _LOGIC),
    np.less: ("<", _LOGIC),
    np.greater_equal: (">=", _LOGIC),
    np.less_equal: ("<=", _LOGIC),
    np.equal: ("==", _LOGIC),
    np.not_equal: ("!=", _LOGIC),
    np.bitwise_and: ("&", _AND),
}
_SHORT_NAMES: dict[Any, str] = {np.absolute: "np.abs"}
_REDUCTIONS: dict[Any, str] = {np.add: "np.sum", np.maximum: "np.max", np.minimum: "np.min"}
_WORTH_A_NAME = 24
"""From so many characters on an expression that is used twice is written once."""


class Expressions:
    """Writes symbols of one tape.

    ``names`` maps symbols to the variables that hold them; ``helpers`` collects the functions that the code calls.
    ``name_for`` gives a free variable.
    """

    def __init__(self, name_for: Callable[[], str], helpers: set[str]) -> None:
        self.names: dict[int, str] = {}
        self._name_for, self._helpers = name_for, helpers
        self._uses: Counter[int] = Counter()

    def count(self, roots: Iterable[Symbol]) -> None:
        """Take note of how often each symbol is used in all that is going to be written."""
        seen: set[int] = set()
        pending = list(roots)
        self._uses.update(root.index for root in pending)
        while pending:
            symbol = pending.pop()
            if symbol.index in seen:
                continue
            seen.add(symbol.index)
            parts = [part for part in symbol.arguments if type(part) is Symbol]
            self._uses.update(part.index for part in parts)
            pending += parts

    def write(self, root: Symbol) -> tuple[list[str], str]:
        """The lines that come first, and the expression."""
        lines: list[str] = []
        return lines, self._text(root, lines)[0]

    def _text(self, symbol: Any, lines: list[str]) -> tuple[str, int]:
        """An argument and how strongly it binds; lines that it needs are added to ``lines``."""
        if type(symbol) is not Symbol:
            return _constant(symbol)
        if symbol.index in self.names:
            return self.names[symbol.index], _ATOM
        text, strength = self._written(symbol, lines)
        if self._uses[symbol.index] > 1 and len(text) >= _WORTH_A_NAME:
            name = self._name_for()
            lines.append(f"{name} = {text}")
            self.names[symbol.index] = name
            return name, _ATOM
        return text, strength

    def _written(self, symbol: Symbol, lines: list[str]) -> tuple[str, int]:
        if symbol.kind is Kind.LITERAL:
            return _filled(symbol)
        if symbol.function is np.positive:
            return self._text(symbol.arguments[0], lines)
        if isinstance(symbol.function, Opaque):
            return self._helper(symbol, symbol.function, lines), _ATOM
        if symbol.kind is Kind.VIEW:
            return self._view(symbol, lines), _ATOM
        parts = [self._text(_as_number(part, symbol), lines) for part in symbol.arguments]
        if symbol.kind is Kind.REDUCE:
            return f"{_REDUCTIONS[symbol.function]}({', '.join([parts[0][0], *_keywords(symbol)])})", _ATOM
        if symbol.kind is Kind.JOIN:
            texts = "".join(f"{text}, " for text, _ in parts)
            return f"np.{_name(symbol)}(({texts.rstrip()}), axis={dict(symbol.keywords)['axis']})", _ATOM
        if symbol.function in _INFIX:
            return _infix(*_INFIX[symbol.function], parts)
        if symbol.function is np.negative:
            return f"-{_within(parts[0], _SIGN)}", _SIGN
        if symbol.function is np.square:
            return f"{_within(parts[0], _ATOM)}**2", _POWER
        if _name(symbol) == "_astype":
            kind = "int" if np.dtype(symbol.arguments[1]).kind in "iu" else "float"
            return f"{_within(parts[0], _ATOM)}.astype({kind})", _ATOM
        name = _SHORT_NAMES.get(symbol.function, f"np.{_name(symbol)}")
        return f"{name}({', '.join(text for text, _ in parts)})", _ATOM

    def _view(self, symbol: Symbol, lines: list[str]) -> str:
        source, how = symbol.arguments
        if symbol.function in (np.reshape, np.broadcast_to):
            source = _without_new_axes(source, symbol)
        if source.shape == symbol.shape and symbol.function is np.reshape:
            return self._text(source, lines)[0]
        text = _within(self._text(source, lines), _ATOM)
        if symbol.function is np.transpose:
            return (
                f"{text}.T"
                if how is None or list(how) == list(range(source.ndim))[::-1]
                else f"{text}.transpose({', '.join(map(str, how))})"
            )
        if symbol.function is np.reshape:
            return f"{text}.reshape({_plain(how)})"
        if symbol.function in (np.broadcast_to, np.expand_dims):
            return f"np.{_name(symbol)}({text}, {_plain(how)})"
        return f"{text}[{index_text(how)}]"

    def _helper(self, symbol: Symbol, opaque: Opaque, lines: list[str]) -> str:
        """The call of a function that the code defines."""
        helper = HELPERS[opaque.function.__name__]
        self._helpers.add(opaque.function.__name__)
        arguments = [self._text(part, lines)[0] for part in symbol.arguments]
        return helper.call(arguments, dict(opaque.settings))


def _name(symbol: Symbol) -> str:
    return getattr(symbol.function, "__name__", "")


def _without_new_axes(source: Symbol, user: Symbol) -> Symbol:
    """What was reshaped, where it has one entry alone and is reshaped or repeated again."""
    while source.function is np.reshape and source.size == 1 and user.function in (np.reshape, np.broadcast_to):
        if user.function is np.broadcast_to and source.arguments[0].ndim > user.ndim:
            break
        source = source.arguments[0]
    return source


def _as_number(part: Any, user: Symbol) -> Any:
    """A repeated number as a single one, where the other arguments give the shape."""
    if type(part) is not Symbol or part.literal is None or user.kind not in (Kind.UFUNC, Kind.CALL):
        return part
    others = (one for one in user.arguments if type(one) is Symbol and one.literal is None)
    return part.literal if any(one.shape == user.shape for one in others) else part


def index_text(how: Any) -> str:
    """What stands between brackets."""
    parts = how if isinstance(how, tuple) else (how,)
    return ", ".join(map(_index_part, parts))


def _index_part(part: Any) -> str:
    if part is Ellipsis:
        return "..."
    if not isinstance(part, slice):
        return repr(part)
    start, stop = ("" if end is None else str(end) for end in (part.start, part.stop))
    return f"{start}:{stop}" if part.step in (None, 1) else f"{start}:{stop}:{part.step}"


def _keywords(symbol: Symbol) -> list[str]:
    how = dict(symbol.keywords)
    axis = [] if how["axis"] is None else [f"axis={how['axis']!r}"]
    return [*axis, "keepdims=True"] if how["keepdims"] else axis


def _infix(sign: str, strength: int, parts: list[tuple[str, int]]) -> tuple[str, int]:
    left, right = parts
    if strength == _POWER:
        return f"{_within(left, _ATOM)}**{_within(right, _SIGN)}", strength
    # x + y + z and x * y * z are read from the left, as Python computes them.
    own = strength + 1 if strength == _LOGIC else strength
    return f"{_within(left, own)} {sign} {_within(right, strength + 1)}", strength


def _within(part: tuple[str, int], strength: int) -> str:
    text, own = part
    return text if own >= strength else f"({text})"


def _constant(part: Any) -> tuple[str, int]:
    """A number or an array that does not depend on variables."""
    array = np.asarray(part)
    text = array_text(array, "np")
    if array.ndim:
        return f"np.array({text})", _ATOM
    return text, _SIGN if text.startswith("-") else _ATOM


def _filled(symbol: Symbol) -> tuple[str, int]:
    """An array of one repeated number."""
    number = symbol.literal
    if symbol.shape == ():
        return _constant(number)
    shape = _plain(symbol.shape)
    if number in (0.0, 1.0):
        return f"np.{'ones' if number else 'zeros'}({shape})", _ATOM
    return f"np.full({shape}, {_constant(number)[0]})", _ATOM


def _plain(how: Any) -> str:
    return repr(tuple(map(int, how)) if isinstance(how, tuple | list) else int(how))
