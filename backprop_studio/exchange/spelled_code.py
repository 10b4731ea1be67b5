"""The spelling of a call in another library, filled in and worked out as far as shapes and settings decide it.

The declaration of an operation holds one spelling a library for all its settings, with conditions such as
``… if isinstance($axis, int) else …``. Where code is written the settings are known, so that no condition stays.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from copy import deepcopy
from string import Template
from types import CodeType
from typing import Any, Literal

from backprop_studio.engine.op import Shape
from backprop_studio.engine.ops import registry
from backprop_studio.engine.program import Call
from backprop_studio.exchange.array_text import array_text

_FUNCTIONS: Mapping[str, Any] = {
    one.__name__: one for one in (tuple, range, isinstance, int, len, min, max, zip, sum, str, list, float)
}


_DEFAULTS: Mapping[str, Any] = {
    "keepdim": False, "keepdims": False, "dim": None, "axis": None, "weight": None, "padding_idx": None,
    "ignore_index": -100, "label_smoothing": 0.0, "reduction": "mean", "approximate": "none", "delta": 1.0,
    "beta": 1.0, "threshold": 20.0, "eps": 1e-5, "momentum": 0.1, "stride": None, "padding": (0,), "dilation": (1,),
    "groups": 1, "ceil_mode": False, "count_include_pad": True, "divisor_override": None,
}  # fmt: skip
"""Keyword arguments that say what PyTorch and JAX do without them."""


def spelled(call: Call, library: Library, inputs: Sequence[str], shapes: Sequence[Shape]) -> str:
    """The call in the words of ``library``, of the variables ``inputs`` of ``shapes``: an expression of Python."""
    op, module = registry[call.op.name], _MODULES[library]
    if call.op.slots is not None:
        op = op.with_inputs([slot in call.op.slots for slot in range(len(op.inputs))])
    spelling: str = getattr(op.spelling_for(len(inputs)), library)
    names = {call.op.input_for(slot).name: name for slot, name in enumerate(inputs)}
    values = {given.name: given.code(call.keywords[given.name]) for given in call.op.settings}
    values |= {given.name: "None" for given in registry[call.op.name].inputs if given.name not in names}
    values |= {"stream": str(call.keywords["stream"])} if call.op.draws else {}
    for one in call.op.state:
        literal = array_text(call.state[one.name], module)
        values[one.name] = literal if one.counts else f"{_MAKERS[module].format(literal)}"
    filled = Template(spelling).substitute(names | values)
    return simplified(filled, dict(zip(inputs, shapes, strict=True)))


Library = Literal["torch", "jax"]
_MODULES: Mapping[Library, str] = {"torch": "torch", "jax": "jnp"}
_MAKERS = {"torch": "torch.tensor({}, dtype=torch.float64)", "jnp": "jnp.array({})"}


def simplified(text: str, shapes: Mapping[str, Shape]) -> str:
    """An expression with all worked out that depends on constants and on the shapes of variables alone."""
    tree = _Folding(shapes).visit(ast.parse(text, mode="eval"))
    return ast.unparse(ast.fix_missing_locations(tree))


class _Folding(ast.NodeTransformer):
    """Works out what is known, from the innermost expression outwards.

    Only names of ``_FUNCTIONS`` and of variables bound within the expression itself are looked up, so that nothing
    runs but arithmetic on settings and sizes.
    """

    def __init__(self, shapes: Mapping[str, Shape]) -> None:
        self._shapes = shapes

    def visit(self, node: ast.AST) -> Any:
        """The expression in its simplest form."""
        if isinstance(node, ast.expr):
            known = self._known(node)
            if known is not None:
                return known
        return super().visit(node)

    def visit_IfExp(self, node: ast.IfExp) -> Any:
        """The branch that the condition decides for."""
        test = self.visit(node.test)
        if isinstance(test, ast.Constant):
            return self.visit(node.body if test.value else node.orelse)
        self.generic_visit(node)
        return node

    def visit_BoolOp(self, node: ast.BoolOp) -> Any:
        """``None or x`` is x."""
        first = self.visit(node.values[0])
        if isinstance(node.op, ast.Or) and isinstance(first, ast.Constant) and not first.value:
            rest = node.values[1:]
            return self.visit(rest[0] if len(rest) == 1 else ast.BoolOp(node.op, rest))
        self.generic_visit(node)
        return node

    def visit_Call(self, node: ast.Call) -> Any:
        """Arguments that are handed over as one list of numbers, as they are."""
        self.generic_visit(node)
        arguments: list[ast.expr] = []
        for one in node.args:
            spread = isinstance(one, ast.Starred) and isinstance(one.value, ast.List | ast.Tuple)
            arguments += one.value.elts if spread else [one]  # type: ignore[attr-defined]
        node.args = arguments
        node.keywords = [one for one in node.keywords if not _is_default(one)]
        return node

    def visit_Subscript(self, node: ast.Subscript) -> Any:
        """An entry of a dictionary that is written out, where its key is known."""
        self.generic_visit(node)
        if isinstance(node.value, ast.Dict) and isinstance(node.slice, ast.Constant):
            for key, value in zip(node.value.keys, node.value.values, strict=True):
                if isinstance(key, ast.Constant) and key.value == node.slice.value:
                    return value
        return node

    def _known(self, node: ast.expr) -> ast.expr | None:
        """The expression as a literal, where it depends on nothing that is computed later."""
        shape = self._shape(node)
        if shape is not None:
            return _literal(shape)
        if isinstance(node, ast.Constant | ast.Starred | ast.Slice | ast.Dict) or _is_stored(node):
            return None
        replaced = _Shapes(self).visit(ast.Expression(deepcopy(node)))
        bound = {one.id for one in ast.walk(replaced) if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Store)}
        for one in ast.walk(replaced):
            if isinstance(one, ast.Name) and one.id not in bound and one.id not in _FUNCTIONS:
                return None
            if isinstance(one, ast.Attribute | ast.Lambda | ast.NamedExpr | ast.Dict):
                return None
            if isinstance(one, ast.Compare):  # "is" between literals is warned of, and means the same here
                one.ops = [ast.Eq() if isinstance(sign, ast.Is) else sign for sign in one.ops]
        code: CodeType = compile(ast.fix_missing_locations(replaced), "<spelling>", "eval")
        try:
            return _literal(eval(code, {"__builtins__": _FUNCTIONS}))
        except (TypeError, ValueError, IndexError):
            return None

    def _shape(self, node: ast.expr) -> Shape | int | None:
        """What ``x.shape``, ``x.ndim`` or ``np.shape(x)`` is."""
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in self._shapes:
            shape = self._shapes[node.value.id]
            return shape if node.attr == "shape" else len(shape) if node.attr == "ndim" else None
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "np.shape":
            asked = node.args[0]
            return self._shapes.get(asked.id) if isinstance(asked, ast.Name) else ()
        return None


class _Shapes(ast.NodeTransformer):
    """Shapes in place of what asks for them."""

    def __init__(self, folding: _Folding) -> None:
        self._folding = folding

    def visit(self, node: ast.AST) -> Any:
        """The literal of a shape, or the node with its parts visited."""
        shape = self._folding._shape(node) if isinstance(node, ast.expr) else None
        return super().visit(node) if shape is None else _literal(shape)


def _is_stored(node: ast.expr) -> bool:
    return isinstance(node, ast.Name | ast.Tuple) and isinstance(node.ctx, ast.Store)


def _is_default(given: ast.keyword) -> bool:
    """Does an argument say what the function does without it?"""
    if given.arg is None or given.arg not in _DEFAULTS:
        return False
    default = _DEFAULTS[given.arg]
    try:
        value = ast.literal_eval(given.value)
    except ValueError:
        return False
    return type(value) is type(default) and value == default


def _literal(value: Any) -> ast.expr | None:
    """The literal of a constant; None for what has none."""
    if not _is_plain(value):
        return None
    return ast.parse(repr(value), mode="eval").body


def _is_plain(value: Any) -> bool:
    if isinstance(value, tuple | list):
        return all(map(_is_plain, value))
    return value is None or isinstance(value, bool | int | float | str)
