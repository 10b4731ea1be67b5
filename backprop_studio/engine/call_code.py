"""Recorded NumPy calls as lines of Python, with the arrays they work on as constants of the function they make up."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from backprop_studio.engine.op import Array
from backprop_studio.engine.symbols import Kind, Symbol

_OPERATORS: dict[Any, str] = {
    np.add: "{} + {}",
    np.subtract: "{} - {}",
    np.multiply: "{} * {}",
    np.divide: "{} / {}",
    np.negative: "-{}",
}
_OUT_BY_NAME = (np.maximum, np.minimum, np.matmul)
"""Given as a third argument, the result's array makes these slow. Opaque calls take it by name as well."""


class CallCode:
    """Writes calls of a tape as Python.

    ``arrays`` maps a symbol to the array that holds its result, ``local`` holds the symbols whose results are local
    variables of the function instead; the owner fills both. ``left`` is where other functions leave such results.
    """

    def __init__(self, dtype: np.dtype, arrays: dict[int, Any], left: dict[int, Any]) -> None:
        self._dtype = dtype
        self.arrays, self.left = arrays, left
        self.local: set[int] = set()
        self._constants: dict[str, Any] = {}
        self._names: dict[int, str] = {}

    def function(self, name: str, lines: Sequence[str], ending: str) -> Any:
        """Compile lines to a function without arguments."""
        used = ", ".join(f"{constant}={constant}" for constant in self._constants)
        body = "\n ".join([*lines, ending])
        scope = dict(self._constants)
        exec(compile(f"def {name}({used}):\n {body}", f"<{name} of a plan>", "exec"), scope)
        return scope[name]

    def constant(self, thing: Any) -> str:
        """The name of an array, function or other object in the code."""
        key = id(thing)
        if key not in self._names:
            self._names[key] = f"c{len(self._names)}"
            self._constants[self._names[key]] = thing
        return self._names[key]

    def assigned(self, made: Symbol) -> str:
        """The call as the assignment of a local variable; an element-wise one of single numbers with operators."""
        self.local.add(made.index)
        return f"v{made.index} = {self.expression(made)}"

    def expression(self, made: Symbol) -> str:
        """The call as an expression that makes a new array or number."""
        operator = _OPERATORS.get(made.function)
        if operator is not None and made.kind is Kind.UFUNC:
            texts = map(self._number if made.shape == () else self.argument, made.arguments)
            return operator.format(*texts)
        if made.kind is Kind.VIEW:
            source, how = made.arguments
            return f"{self.constant(made.function)}({self.argument(source)}, {self.constant(how)})"
        return self.call(made, None)

    def call(self, made: Symbol, out: Array | None) -> str:
        """The call as it is, its result written to ``out``."""
        arguments = [self.argument(part, made) for part in made.arguments]
        function = self.constant(made.function)
        where = self.constant(out) if out is not None else ""
        if made.kind is Kind.REDUCE:
            assert isinstance(made.function, np.ufunc)
            how = dict(made.keywords)
            reduce = self.constant(made.function.reduce)
            return f"{reduce}({arguments[0]}, {how['axis']!r}, None, {where or 'None'}, {how['keepdims']})"
        if where and (made.kind is Kind.CALL or made.function in _OUT_BY_NAME):
            where = f"out={where}"
        return f"{function}({', '.join([*arguments, where] if where else arguments)})"

    def argument(self, part: Any, user: Symbol | None = None) -> str:
        """How a result, a number or an array is written where ``user`` takes it."""
        if type(part) is Symbol:
            if part.index in self.local:
                return f"v{part.index}"
            if part.index in self.left:
                return f"{self.constant(self.left)}[{part.index}]"
            if part.literal is not None and part.shape == ():
                return self.constant(np.asarray(part.literal, part.dtype))
            return self.constant(self.arrays[part.index])
        if isinstance(part, int | float) and not isinstance(part, bool):
            scalar = user is None or user.shape == () or user.kind is not Kind.UFUNC or user.dtype.kind != "f"
            if scalar and np.isfinite(part):
                return f"({float(part)!r})"
            return self.constant(np.asarray(part, self._dtype))  # a 0-d array is cheaper to dispatch on than a number
        return self.constant(part)

    def _number(self, part: Any) -> str:
        """An argument that is a single number: read out of its buffer, since arithmetic on 0-d arrays is slow."""
        text = self.argument(part)
        return f"{text}[()]" if isinstance(self._constants.get(text), np.ndarray) else text
