"""What graph code does not allow, and what to write instead."""

from __future__ import annotations

import ast
from collections.abc import Mapping

_ASSIGN = "Only assignments such as z = x*w + b are graph code"

# fmt: off
_STATEMENTS: Mapping[type[ast.stmt], str] = {
    ast.AugAssign: "A name keeps its value. Give the result a new name, such as z = x + 1.",
    ast.AnnAssign: "Names have no types in graph code. Write name = expression.",
    ast.Import: "Nothing can be imported, and nothing need be: operations are there by name. Remove this line.",
    ast.ImportFrom: "Nothing can be imported, and nothing need be: operations are there by name. Remove this line.",
    ast.FunctionDef: f"{_ASSIGN}; functions can not be defined. Write the steps one by one.",
    ast.For: f"{_ASSIGN}; there are no loops. Write the steps one by one.",
    ast.While: f"{_ASSIGN}; there are no loops. Write the steps one by one.",
    ast.If: f"{_ASSIGN}; there is no if. Write where(condition, x, y): x where the condition is not 0.",
    ast.Delete: f"{_ASSIGN}. Remove this line.",
}
_EXPRESSIONS: Mapping[type[ast.expr], str] = {
    ast.Lambda: "A lambda is no graph code. Write the expression itself.",
    ast.IfExp: "There is no if in graph code. Write where(condition, x, y): x where the condition is not 0.",
    ast.ListComp: "Comprehensions are no graph code. Write the numbers out.",
    ast.SetComp: "Comprehensions are no graph code. Write the numbers out.",
    ast.DictComp: "Comprehensions are no graph code. Write the numbers out.",
    ast.GeneratorExp: "Comprehensions are no graph code. Write the numbers out.",
    ast.JoinedStr: "Strings stand in settings only, such as init=\"xavier\".",
    ast.NamedExpr: ":= is no graph code. Give that part a line of its own.",
    ast.Compare: "Values can not be compared in graph code. For x where a > b, else y: where(relu(a - b), x, y).",
    ast.BoolOp: "and and or are no graph code. Use maximum or minimum.",
    ast.Dict: "A dictionary is no graph code. Use numbers, names, operators and operations.",
    ast.Set: "A set is no graph code. Use numbers, names, operators and operations.",
    ast.List: "Write an array as a source, such as constant([[1., 2.]]) or input([[1., 2.]]).",
    ast.Tuple: "Write one expression; an array is a source, such as constant([1., 2.]).",
    ast.Starred: "* before a name is no graph code. Write the inputs one by one.",
    ast.Subscript: "Indexing needs the operation slice, which this version does not have.",
    ast.Slice: "Indexing needs the operation slice, which this version does not have.",
}
_OPERATORS: Mapping[type[ast.operator | ast.unaryop], str] = {
    ast.FloorDiv: "//", ast.Mod: "%", ast.LShift: "<<", ast.RShift: ">>", ast.BitOr: "|", ast.BitXor: "^",
    ast.BitAnd: "&", ast.Not: "not", ast.Invert: "~",
}
# fmt: on


def statement_refusal(node: ast.stmt) -> str:
    """The sentence for a statement that is no assignment."""
    if isinstance(node, ast.Expr):
        if isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            return "Write remarks behind a #."
        return "The result has no name. Give it one: write L = in front."
    return _STATEMENTS.get(type(node), f"{_ASSIGN}. Write one, or remove this line.")


def expression_refusal(node: ast.expr) -> str:
    """The sentence for an expression outside the subset."""
    if isinstance(node, ast.BinOp | ast.UnaryOp):
        symbol = _OPERATORS.get(type(node.op), "this operator")
        hint = " For a power, write **." if symbol == "^" else ""
        return f"{symbol} is no operator of graph code. Use + - * / ** @.{hint}"
    if isinstance(node, ast.Attribute):
        shown = node.attr if len(node.attr) <= 40 else node.attr[:39] + "…"
        return f".{shown} is no graph code; of attributes there is only .T, the transpose. Call operations by name."
    if isinstance(node, ast.Constant):
        if isinstance(node.value, complex):
            return "Numbers are real in graph code. Leave out the j."
        if isinstance(node.value, str | bytes):
            return 'Strings stand in settings only, such as init="xavier".'
        return f"{node.value!r} is no value. Write a number or a name."
    return _EXPRESSIONS.get(type(node), "This is no graph code. Use numbers, names, operators and operations.")


def target_refusal() -> str:
    """The sentence for what cannot stand left of the =."""
    return "One plain name stands left of the =. Write one assignment a line, such as z = x*w."
