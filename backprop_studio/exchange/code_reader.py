"""From the syntax tree of graph code to a graph."""

from __future__ import annotations

import ast
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches

import numpy as np

from backprop_studio.document.graph import MAX_INPUTS, Graph, Node, frozen
from backprop_studio.document.names import candidate_names, spelling_problem
from backprop_studio.document.value_text import ValueTextError, parse_value
from backprop_studio.document.values import Value
from backprop_studio.engine.errors import EngineError
from backprop_studio.engine.op import Op, Setting, SettingValue
from backprop_studio.engine.ops import registry
from backprop_studio.exchange.code_errors import GraphCodeError
from backprop_studio.exchange.code_refusals import expression_refusal, statement_refusal
from backprop_studio.exchange.code_scan import column_of, parse_tree, source_lines

Place = tuple[int, int]
"""Line and column, both from 1."""

# fmt: off
BINARY: Mapping[type[ast.operator], str] = {
    ast.Add: "add", ast.Sub: "subtract", ast.Mult: "multiply", ast.Div: "divide",
    ast.Pow: "power", ast.MatMult: "matmul",
}
# fmt: on
INDEXING = "slice"
"""The operation that an index in brackets stands for."""
_LARGEST = 2**63 - 1


@dataclass
class Reading:
    """What a text says: nodes by id (all at the origin), wires, names, places, and the node of the last name.

    ``names`` holds the names that the text gives, aliases too. ``last`` is the node of the last assigned
    name; a line that only makes a source does not count.
    """

    nodes: dict[int, Node] = field(default_factory=dict)
    sources: dict[tuple[int, int], int] = field(default_factory=dict)
    names: dict[str, int] = field(default_factory=dict)
    places: dict[int, Place] = field(default_factory=dict)
    last: int | None = None

    def graph(self) -> Graph:
        """The graph, not laid out and with no loss chosen."""
        return Graph(frozen(self.nodes), frozen(self.sources), None, len(self.nodes) + 1)


def read(text: str, values: Mapping[str, Value]) -> Reading:
    """Read ``text``. Raises GraphCodeError."""
    return _Reader(text, values).read()


class _Reader:
    """Reads one text. Nodes get ids in the order in which they are computed."""

    def __init__(self, text: str, values: Mapping[str, Value]) -> None:
        self._lines = source_lines(text)
        self._tree = parse_tree(text)
        self._values = values
        self._reading = Reading()
        self._assigned: dict[str, Place] = {}
        self._taken: set[str] = set()
        self._candidates: dict[str, Iterator[str]] = {}

    def read(self) -> Reading:
        statements = [self._assignment(statement) for statement in self._tree.body]
        self._taken |= {node.id for node in ast.walk(self._tree) if isinstance(node, ast.Name)}
        reading = self._reading
        for name, value in statements:
            is_alias = isinstance(value, ast.Name)
            made = self._expression(value, name)
            reading.names[name] = made
            if is_alias or not reading.nodes[made].op.is_source:
                reading.last = made
        return reading

    # Statements

    def _assignment(self, statement: ast.stmt) -> tuple[str, ast.expr]:
        """The name and the expression of a statement; notes where the name is assigned."""
        if not isinstance(statement, ast.Assign):
            raise self._error(statement, statement_refusal(statement))
        target = statement.targets[0]
        if len(statement.targets) > 1 or not isinstance(target, ast.Name):
            raise self._error(
                target, "One plain name stands left of the =. Write one assignment a line, such as z = x*w."
            )
        name = target.id
        problem = spelling_problem(name)
        if problem is not None:
            raise self._error(target, problem)
        if name in self._assigned:
            line = self._assigned[name][0]
            raise self._error(target, f"{name} is assigned twice, first on line {line}. Give this result another name.")
        self._assigned[name] = self._place(target)
        return name, statement.value

    # Expressions

    def _expression(self, node: ast.expr, name: str | None = None) -> int:
        """The id of the node that an expression stands for, called ``name`` where the expression makes it."""
        number = self._number(node)
        if number is not None:
            return self._add("constant", node, name, value=Value(number))
        match node:
            case ast.Name():
                return self._named(node)
            case ast.UnaryOp(op=ast.UAdd()):
                return self._expression(node.operand, name)
            case ast.UnaryOp(op=ast.USub()):
                return self._add("negative", node, name, (self._expression(node.operand),))
            case ast.BinOp() if type(node.op) in BINARY:
                self._check_size_of_numbers(node)
                inputs = (self._expression(node.left), self._expression(node.right))
                return self._add(BINARY[type(node.op)], node, name, inputs)
            case ast.Attribute(attr="T"):
                return self._add("transpose", node, name, (self._expression(node.value),))
            case ast.Subscript() if INDEXING in registry:
                return self._indexed(node, name)
            case ast.Call():
                return self._call(node, name)
        raise self._error(node, expression_refusal(node))

    def _number(self, node: ast.expr) -> float | None:
        """The float that a literal with any signs before it stands for; None where it is something else."""
        sign = 1.0
        literal = node
        while isinstance(literal, ast.UnaryOp) and isinstance(literal.op, ast.USub | ast.UAdd):
            sign = -sign if isinstance(literal.op, ast.USub) else sign
            literal = literal.operand
        if not isinstance(literal, ast.Constant) or type(literal.value) not in (int, float):
            return None
        try:
            number = float(literal.value)  # type: ignore[arg-type]
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

    def _named(self, node: ast.Name) -> int:
        """The node of a name: assigned above, or a parameter that is not written down."""
        name = node.id
        known = self._reading.names.get(name)
        if known is not None:
            return known
        if name in self._assigned:
            line = self._assigned[name][0]
            raise self._error(node, f"{name} is used before it is assigned on line {line}. Move that line up.")
        problem = spelling_problem(name)
        if problem is not None:
            if name in registry:
                problem = f"{name} is an operation. Call it, as in {self._usage(registry[name])}."
            raise self._error(node, problem)
        self._reading.names[name] = self._add("parameter", node, name)
        return self._reading.names[name]

    def _indexed(self, node: ast.Subscript, name: str | None) -> int:
        """An index in brackets, which is the setting of an operation."""
        setting = index_setting(registry[INDEXING])
        try:
            index = setting.check(self._text_of(node.slice).strip())
        except EngineError as error:
            raise self._error(node.slice, str(error)) from None
        settings = {} if index == setting.default else {setting.name: index}
        return self._add(INDEXING, node, name, (self._expression(node.value),), settings=settings)

    def _call(self, node: ast.Call, name: str | None) -> int:
        op = self._operation(node)
        settings = self._settings(op, node)
        if op.is_source:
            return self._add(op.name, node, name, value=self._source_value(op, node), settings=settings)
        count = len(op.inputs)
        if not (count <= len(node.args) <= (MAX_INPUTS if op.variadic else count)):
            hint = " Give settings by name." if len(node.args) > count and op.settings else ""
            least = f"1 to {MAX_INPUTS}" if op.variadic else count
            takes = f"{least} input{'s' if op.variadic or count != 1 else ''}"
            raise self._error(node, f"{op.name} takes {takes}, not {len(node.args)}: write {self._usage(op)}.{hint}")
        inputs = tuple(None if _is_none(argument) else self._expression(argument) for argument in node.args)
        if op.variadic:
            inputs = tuple(source for source in inputs if source is not None)
        return self._add(op.name, node, name, inputs, settings=settings)

    def _operation(self, node: ast.Call) -> Op:
        """The operation that a call names."""
        callee = node.func
        if isinstance(callee, ast.Attribute) and callee.attr in registry:
            raise self._error(callee, f"Call the operation by its name alone: {self._usage(registry[callee.attr])}.")
        if not isinstance(callee, ast.Name):
            raise self._error(callee, "Only operations can be called, by their name, such as sigmoid(z).")
        op = registry.get(callee.id)
        if op is not None:
            return op
        if callee.id in self._assigned or callee.id in self._reading.names:
            raise self._error(callee, f"{callee.id} is a node, not an operation. To multiply, write {callee.id}*( … ).")
        near = get_close_matches(callee.id, [op.name for op in registry], 1, 0.5)
        hint = f"Did you mean {near[0]}?" if near else "Operations are called by name, such as sigmoid(z)."
        raise self._error(callee, f"There is no operation {_shortened(callee.id)}. {hint}")

    def _settings(self, op: Op, node: ast.Call) -> dict[str, SettingValue]:
        """The settings that a call gives and that are not the defaults."""
        given: dict[str, SettingValue] = {}
        for keyword in node.keywords:
            if keyword.arg is None:
                raise self._error(keyword.value, f"** is no graph code. Write the settings of {op.name} one by one.")
            setting = op.setting(keyword.arg)
            if setting is None:
                if any(keyword.arg == slot.name for slot in op.inputs):
                    raise self._error(
                        keyword, f"Inputs go by position, without {keyword.arg}=: write {self._usage(op)}."
                    )
                known = ", ".join(s.name for s in op.settings)
                told = f"its settings: {known}" if known else "it has none"
                raise self._error(keyword, f"{op.name} has no setting {_shortened(keyword.arg)}; {told}.")
            if setting.name in given:
                raise self._error(keyword, f"The setting {setting.name} is given twice. Keep one.")
            try:
                given[setting.name] = setting.check(self._literal(keyword.value))
            except EngineError as error:
                raise self._error(keyword.value, str(error)) from None
        defaults = {setting.name: setting.default for setting in op.settings}
        return {key: value for key, value in given.items() if value != defaults[key]}

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

    def _source_value(self, op: Op, node: ast.Call) -> Value | None:
        """The value that a source is given, or None where it has none yet."""
        if len(node.args) > 1:
            raise self._error(
                node, f"{op.name} takes one value, not {len(node.args)}. Write rows in brackets: [[1., 2.]]."
            )
        if not node.args or _is_none(node.args[0]):
            return None
        argument = node.args[0]
        if any(isinstance(part, ast.Name) and part.id in _NOT_FINITE for part in ast.walk(argument)):
            return self._value_with_nonfinite(argument)
        try:
            return parse_value(self._text_of(argument))
        except ValueTextError as error:
            raise self._error(argument, str(error)) from None

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

    # Helpers

    def _add(
        self,
        op_name: str,
        at: ast.expr,
        name: str | None,
        inputs: tuple[int | None, ...] = (),
        *,
        value: Value | None = None,
        settings: Mapping[str, SettingValue] | None = None,
    ) -> int:
        if op_name not in registry:
            raise self._error(at, f"There is no operation {op_name}.")
        reading = self._reading
        identifier = len(reading.nodes) + 1
        if name is None:
            name = self._free_name(op_name)
        if registry[op_name].is_source:
            value = self._values.get(name, value)
        reading.nodes[identifier] = Node(identifier, op_name, name, value=value, settings=frozen(settings or {}))
        reading.places[identifier] = self._place(at)
        for slot, source in enumerate(inputs):
            if source is not None:
                reading.sources[identifier, slot] = source
        return identifier

    def _free_name(self, op_name: str) -> str:
        """A name that stands nowhere in the text, the same for the same text."""
        candidates = self._candidates.setdefault(op_name, candidate_names(op_name))
        return next(name for name in candidates if name not in self._taken)

    def _usage(self, op: Op) -> str:
        if op.is_source:
            return f"{op.name}(1.)"
        names = [op.input_for(slot).name for slot in range(2 if op.variadic else len(op.inputs))]
        return f"{op.name}({', '.join(names)}{', …' if op.variadic else ''})"

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


_NOT_FINITE = {"nan": math.nan, "inf": math.inf}


def index_setting(op: Op) -> Setting:
    """The setting that holds a constant index."""
    return next(setting for setting in op.settings if setting.kind == "index")


def _is_none(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is None


def _shortened(name: str) -> str:
    return name if len(name) <= 40 else name[:39] + "…"
