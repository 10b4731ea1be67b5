"""What is written out in graph code: numbers, constants of settings and the values of sources, each with its place."""

from __future__ import annotations

import ast
import math

import numpy as np

from backprop_studio.document.value_text import ValueTextError, parse_value
from backprop_studio.document.values import Value
from backprop_studio.exchange.code_errors import GraphCodeError
from backprop_studio.exchange.code_scan import column_of, source_lines

Place = tuple[int, int]
"""Line and column, both from 1."""
_LARGEST = 2**63 - 1
_NOT_FINITE = {"nan": math.nan, "inf": math.inf}


class Literals:
    """Reads what is written out in one text. Raises GraphCodeError with the place."""

    def __init__(self, text: str) -> None:
        self._lines = source_lines(text)

    def _number(self, node: ast.expr) -> float | None:
        """The float that a literal with any signs before it stands for; None where it is something else."""
        sign = 1.0
        literal = node
        while isinstance(literal, ast.UnaryOp) and isinstance(literal.op, ast.USub | ast.UAdd):
            sign = -sign if isinstance(literal.op, ast.USub) else sign
            literal = literal.operand
        if not isinstance(literal, ast.Constant) or isinstance(literal.value, bool):
            return None
        if not isinstance(literal.value, int | float):
            return None
        try:
            number = float(literal.value)
        except OverflowError:
            number = math.inf
        if math.isinf(number):
            raise self._error(literal, "This number is too large. Keep it below 1.8e308.")
        return sign * number

    def _check_size_of_numbers(self, node: ast.BinOp) -> None:
        """Refuse a power of numbers that no float can hold, such as 9**9**9, whose digits nobody could write."""
        if not isinstance(node.op, ast.Pow):
            return
        value = self._power_of_numbers(node)
        if value is not None and math.isinf(value):
            raise self._error(node, "This power of numbers is too large. Keep it below 1.8e308.")

    def _power_of_numbers(self, node: ast.expr) -> float | None:
        """The value of a number or a power of numbers; infinite where no float can hold it, None for the rest."""
        chain = []
        while isinstance(node, ast.BinOp) and isinstance(node.op, ast.Pow):
            base = self._number(node.left)
            if base is None:
                return None
            chain.append(base)
            node = node.right
        value = self._number(node)
        for base in reversed(chain):
            if value is None:
                return None
            try:
                value = math.pow(base, value)
            except OverflowError:
                return math.inf
            except ValueError:
                return None
        return value

    def _literal(self, node: ast.expr) -> object:
        """The Python value of a setting: a number, True, False, None, a string or a tuple of them."""
        if isinstance(node, ast.Tuple | ast.List):
            return tuple(self._literal(item) for item in node.elts)
        negative = isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub)
        inner = node.operand if isinstance(node, ast.UnaryOp) and negative else node
        if isinstance(inner, ast.Constant) and isinstance(inner.value, int | float | str | None):
            value = inner.value
            if isinstance(value, int) and abs(value) > _LARGEST:
                raise self._error(node, "This number is too large for a setting. Choose a smaller one.")
            if not negative:
                return value
            if isinstance(value, int | float) and not isinstance(value, bool):
                return -value
        raise self._error(node, 'A setting takes a constant, such as 0.1, True, None, (2, 8) or "xavier".')

    def _value(self, node: ast.expr) -> Value | None:
        """The value of a source that an argument says, None for None."""
        if is_none(node):
            return None
        if any(isinstance(part, ast.Name) and part.id in _NOT_FINITE for part in ast.walk(node)):
            return self._value_with_nonfinite(node)
        try:
            return parse_value(self._text_of(node))
        except ValueTextError as error:
            raise self._error(node, str(error)) from None

    def _value_with_nonfinite(self, node: ast.expr) -> Value:
        """A value in which nan or inf is written by name, as graph code writes such a value."""

        def numbers(part: ast.expr) -> object:
            if isinstance(part, ast.List | ast.Tuple):
                return [numbers(item) for item in part.elts]
            if isinstance(part, ast.Name) and part.id in _NOT_FINITE:
                return _NOT_FINITE[part.id]
            if isinstance(part, ast.UnaryOp) and isinstance(part.op, ast.USub) and isinstance(part.operand, ast.Name):
                return -_NOT_FINITE.get(part.operand.id, math.nan)
            number = self._number(part)
            if number is None:
                raise self._error(part, "A value holds numbers only, such as [[0.5, nan]].")
            return number

        try:
            return Value(np.array(numbers(node), dtype=np.float64))
        except ValueError:
            raise self._error(node, "The rows are of different lengths. Make them equal.") from None

    def _text_of(self, node: ast.expr) -> str:
        """The text that an expression was written as."""
        first, last = node.lineno - 1, (node.end_lineno or node.lineno) - 1
        chunks = [line.encode() for line in self._lines[first : last + 1]]
        chunks[-1] = chunks[-1][: node.end_col_offset]
        chunks[0] = chunks[0][node.col_offset :]
        return b"\n".join(chunks).decode()

    def _place(self, node: ast.stmt | ast.expr | ast.keyword) -> Place:
        return node.lineno, column_of(self._lines, node.lineno, node.col_offset)

    def _error(self, node: ast.stmt | ast.expr | ast.keyword, sentence: str) -> GraphCodeError:
        return GraphCodeError(*self._place(node), sentence)


def is_none(node: ast.expr) -> bool:
    """Is it None, as for an input that is not wired?"""
    return isinstance(node, ast.Constant) and node.value is None
