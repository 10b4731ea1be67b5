"""Values as text that people type, both ways. Text is parsed, never executed."""

from __future__ import annotations

import ast
import math
import operator
import warnings
from collections.abc import Callable
from typing import Any, NoReturn

import numpy as np

from backprop_studio.document.values import Value

MAX_LENGTH = 1_000_000
MAX_DEPTH = 60
"""Most levels that brackets and operators may be nested in each other."""
MAX_AXES = 32
BEYOND_INTEGERS = "A whole number lies beyond ±9223372036854775807. Write it with a decimal point."
"""Why a whole number is refused that int64 cannot hold."""

_EXAMPLE = "Write a number such as 0.5, or rows such as [[1, 2], [3, 4]]."
_OPERATORS: dict[type[ast.operator], Callable[[float, float], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Pow: operator.pow,
}


class ValueTextError(ValueError):
    """A text that is no value; ``str(error)`` is one sentence."""


def parse_value(text: str) -> Value:
    """The value that ``text`` says: numbers, nested [] or (), and + - * / ** of numbers, such as 1/3.

    All arithmetic is that of floats. Integers stay integers only where every number of the value is
    written as one, with no operator but a minus sign. Raises ValueTextError.
    """
    text = text.strip().replace("−", "-")
    body = _parsed(text)
    as_integers = _only_integers(body)
    try:
        content = _content(body, (), int if as_integers else float)
        array = np.array(content, dtype=np.int64 if as_integers else np.float64)
    except _Rejected as rejected:
        _refuse(f"{_excerpt(text, rejected)} {rejected.reason}")
    except OverflowError:
        _refuse(BEYOND_INTEGERS)
    if array.size == 0:
        _refuse(f"The value holds no number. {_EXAMPLE}")
    return Value(array)


def value_text(value: Value) -> str:
    """The text of a value; ``parse_value`` gives the same value back, bit by bit, where it is finite."""
    return repr(value.array.tolist())


def _refuse(sentence: str) -> NoReturn:
    raise ValueTextError(sentence)


class _Rejected(Exception):
    """A part of a value cannot be taken: which, at which index of the value, and the rest of the sentence on it."""

    def __init__(self, node: ast.expr, place: tuple[int, ...], reason: str) -> None:
        super().__init__(reason)
        self.node, self.place, self.reason = node, place, reason


def _reject(node: ast.expr, place: tuple[int, ...], reason: str) -> NoReturn:
    raise _Rejected(node, place, reason)


def _parsed(text: str) -> ast.expr:
    """The expression of a text: no longer and no deeper than allowed, but not yet judged."""
    if not text:
        _refuse(f"There is no value here. {_EXAMPLE}")
    if len(text) > MAX_LENGTH:
        _refuse(f"The value has {len(text)} characters; at most {MAX_LENGTH} can be typed. Give less data.")
    _check_brackets(text)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Python warns of some typing errors; one sentence from here is enough
            body = ast.parse(text, mode="eval").body
    except SyntaxError as error:
        place = f" at column {error.offset}" if error.offset and error.lineno == 1 else ""
        _refuse(f"{_quoted(text)} cannot be read as a value{place}. {_EXAMPLE}")
    except (ValueError, MemoryError, RecursionError):
        _refuse(f"{_quoted(text)} cannot be read as a value. {_EXAMPLE}")
    _check_depth(body)
    return body


def _check_brackets(text: str) -> None:
    """Refuse deep nesting before Python's parser sees it."""
    depth = 0
    for character in text:
        if character in "[(":
            depth += 1
            if depth > MAX_DEPTH:
                _refuse(f"The brackets are nested more than {MAX_DEPTH} deep. {_EXAMPLE}")
        elif character in "])":
            depth -= 1


def _check_depth(body: ast.expr) -> None:
    """Refuse deep nesting of operators, so that what follows can recurse safely."""
    level: list[ast.AST] = [body]
    for _ in range(MAX_DEPTH + 1):
        level = [child for node in level for child in ast.iter_child_nodes(node) if not isinstance(child, ast.Constant)]
        if not level:
            return
    _refuse(f"The value is nested more than {MAX_DEPTH} deep. {_EXAMPLE}")


def _only_integers(node: ast.expr) -> bool:
    """True where every number is written as an integer and none is computed."""
    if isinstance(node, ast.List | ast.Tuple):
        return all(_only_integers(item) for item in node.elts)
    while isinstance(node, ast.UnaryOp):
        node = node.operand
    return isinstance(node, ast.Constant) and type(node.value) is int


def _content(node: ast.expr, place: tuple[int, ...], kind: type[int] | type[float]) -> Any:
    """The number or the nested lists that ``node`` stands for; ``place`` is its index in the value."""
    if not isinstance(node, ast.List | ast.Tuple):
        return _number(node, place, kind)
    if len(place) >= MAX_AXES:
        _refuse(f"A value has at most {MAX_AXES} axes. {_EXAMPLE}")
    items = [_content(item, (*place, index), kind) for index, item in enumerate(node.elts)]
    shapes = [_shape(item) for item in items]
    for index, shape in enumerate(shapes):
        if shape != shapes[0]:
            _refuse(
                f"Rows must be equally long: entry {[*place, 0]} is {_described(shapes[0])}, "
                f"entry {[*place, index]} is {_described(shape)}. Make them alike."
            )
    return items


def _shape(content: Any) -> tuple[int, ...]:
    shape = []
    while isinstance(content, list):
        shape.append(len(content))
        content = content[0] if content else 0
    return tuple(shape)


def _described(shape: tuple[int, ...]) -> str:
    if not shape:
        return "a single number"
    return " × ".join(str(size) for size in shape) + (" number" if shape == (1,) else " numbers")


def _number(node: ast.expr, place: tuple[int, ...], kind: type[int] | type[float]) -> int | float:
    """The finite number that ``node`` stands for. Raises ValueTextError."""
    try:
        result = _computed(node, place, kind)
    except ZeroDivisionError:
        _reject(node, place, "divides by zero. Write a finite number.")
    except OverflowError:
        result = math.inf
    if isinstance(result, complex):
        _reject(node, place, "is no real number. Write a real number.")
    if kind is float and not math.isfinite(result):
        _reject(node, place, "is too large. Write a number below 1.8e308.")
    return kind(result)


def _computed(node: ast.expr, place: tuple[int, ...], kind: type[int] | type[float]) -> Any:
    """The number, without a check of the result. Every literal is converted before it is computed with."""
    match node:
        case ast.Constant(value=int() | float() as literal) if not isinstance(literal, bool):
            return kind(literal)
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return -_computed(operand, place, kind)
        case ast.UnaryOp(op=ast.UAdd(), operand=operand):
            return _computed(operand, place, kind)
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _OPERATORS:
            first, second = _computed(left, place, kind), _computed(right, place, kind)
            if isinstance(first, complex) or isinstance(second, complex):
                return complex(0, 1)
            return _OPERATORS[type(op)](first, second)
        case ast.List() | ast.Tuple():
            _reject(node, place, f"stands in a calculation, which takes single numbers. {_EXAMPLE}")
        case ast.Name(id=name) if name.lower() in ("nan", "inf", "infinity"):
            _reject(node, place, "is not finite. Write a finite number.")
    _reject(node, place, f"is no number. {_EXAMPLE}")


def _excerpt(text: str, rejected: _Rejected) -> str:
    """The part as it was typed, and where in the value it stands."""
    where = f" (entry {list(rejected.place)})" if rejected.place else ""
    return _quoted(ast.get_source_segment(text, rejected.node) or text) + where


def _quoted(text: str) -> str:
    return repr(text if len(text) <= 40 else text[:39] + "…")
