"""From the syntax tree of graph code to a graph."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from backprop_studio.document.graph import MAX_INPUTS, Graph, Node, frozen
from backprop_studio.document.names import candidate_names, spelling_problem
from backprop_studio.document.outputs import FurtherOutput, OutputOf
from backprop_studio.document.values import Value
from backprop_studio.engine.errors import EngineError
from backprop_studio.engine.op import Op, Setting, SettingValue
from backprop_studio.engine.ops import registry
from backprop_studio.exchange.code_hints import operation_hint, pairwise_hint, positional_settings, settings_by_name
from backprop_studio.exchange.code_literals import Literals, Place, is_none
from backprop_studio.exchange.code_refusals import expression_refusal, statement_refusal, target_refusal
from backprop_studio.exchange.code_scan import parse_tree

# fmt: off
BINARY: Mapping[type[ast.operator], str] = {
    ast.Add: "add", ast.Sub: "subtract", ast.Mult: "multiply", ast.Div: "divide",
    ast.Pow: "power", ast.MatMult: "matmul",
}
# fmt: on
INDEXING = "slice"
"""The operation that an index in brackets stands for."""


@dataclass
class Reading:
    """What a text says: nodes by id (all at the origin), wires, names, places, and the node of the last name.

    ``names`` holds the names that the text gives, aliases too, ``outputs`` the wires that come from an output after
    the first. ``last`` is the node of the last assigned name; a line that only makes a source does not count.
    """

    nodes: dict[int, Node] = field(default_factory=dict)
    sources: dict[tuple[int, int], int] = field(default_factory=dict)
    outputs: dict[tuple[int, int], int] = field(default_factory=dict)
    names: dict[str, OutputOf] = field(default_factory=dict)
    places: dict[int, Place] = field(default_factory=dict)
    last: int | None = None

    def graph(self) -> Graph:
        """The graph, not laid out and with no loss chosen."""
        size = len(self.nodes) + 1
        return Graph(frozen(self.nodes), frozen(self.sources), next_id=size, outputs=frozen(self.outputs))


def read(text: str, values: Mapping[str, Value]) -> Reading:
    """Read ``text``. Raises GraphCodeError."""
    return _Reader(text, values).read()


class _Reader(Literals):
    """Reads one text. Nodes get ids in the order in which they are computed."""

    def __init__(self, text: str, values: Mapping[str, Value]) -> None:
        super().__init__(text)
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
        last: tuple[OutputOf, str, ast.expr] | None = None
        for names, value in statements:
            made = self._expression(value, names)
            if isinstance(value, ast.Name) or not reading.nodes[made.node].op.is_source:
                last = (made, names[0], value)
            for output, name in enumerate(names):
                reading.names[name] = OutputOf(made.node, made.output + output)
        if last is not None:
            self._check_loss(*last)
            reading.last = last[0].node
        return reading

    def _check_loss(self, made: OutputOf, name: str, value: ast.expr) -> None:
        """Refuse a last line that only names an output after the first, which can be no loss."""
        if made.output:
            told = f"{name} would be the loss, but only stands for what a source holds."
            raise self._error(value, f"{told} Compute a loss of it, such as L = mean({name}).")

    # Statements

    def _assignment(self, statement: ast.stmt) -> tuple[tuple[str, ...], ast.expr]:
        """The names, mostly one, and the expression of a statement; notes where the names are assigned."""
        if not isinstance(statement, ast.Assign):
            raise self._error(statement, statement_refusal(statement))
        target, value = statement.targets[0], statement.value
        parts = target.elts if isinstance(target, ast.Tuple) else [target]
        names = tuple(part.id for part in parts if isinstance(part, ast.Name))
        if len(statement.targets) > 1 or len(names) != len(parts):
            raise self._error(target, target_refusal())
        outputs = self._outputs_of(value)
        if len(names) != len(outputs):
            raise self._error(target if len(outputs) == 1 else value, self._count_refusal(value, outputs))
        for part in parts:
            assert isinstance(part, ast.Name)
            self._assign(part)
        return names, value

    def _assign(self, target: ast.Name) -> None:
        """Note where a name is assigned; refuse one that cannot be."""
        name = target.id
        problem = spelling_problem(name)
        if problem is not None:
            raise self._error(target, problem)
        if name in self._assigned:
            line = self._assigned[name][0]
            raise self._error(target, f"{name} is assigned twice, first on line {line}. Give this result another name.")
        self._assigned[name] = self._place(target)

    @staticmethod
    def _outputs_of(node: ast.expr) -> tuple[str, ...]:
        """What an expression gives: one result, save for a call of an operation with several outputs."""
        op = registry.get(node.func.id) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) else None
        return ("out",) if op is None else op.outputs

    def _count_refusal(self, value: ast.expr, outputs: tuple[str, ...]) -> str:
        if len(outputs) == 1:
            return target_refusal()
        assert isinstance(value, ast.Call)
        op = self._operation(value)
        given = " and ".join(outputs)
        return f"{op.name} gives {given}, so it takes a line with a name for each: write x, t = {self._usage(op)}."

    # Expressions

    def _expression(self, node: ast.expr, names: tuple[str, ...] = ()) -> OutputOf:
        """The output that an expression stands for; ``names`` are what the node is called that the expression makes."""
        number = self._number(node)
        if number is not None:
            return self._add("constant", node, names, values=(Value(number),))
        match node:
            case ast.Name():
                return self._named(node)
            case ast.UnaryOp(op=ast.UAdd()):
                return self._expression(node.operand, names)
            case ast.UnaryOp(op=ast.USub()):
                return self._add("negative", node, names, (self._expression(node.operand),))
            case ast.BinOp() if type(node.op) in BINARY:
                self._check_size_of_numbers(node)
                inputs = (self._expression(node.left), self._expression(node.right))
                return self._add(BINARY[type(node.op)], node, names, inputs)
            case ast.Attribute(attr="T"):
                return self._add("transpose", node, names, (self._expression(node.value),))
            case ast.Subscript() if INDEXING in registry:
                return self._indexed(node, names)
            case ast.Call():
                return self._call(node, names)
        raise self._error(node, expression_refusal(node))

    def _named(self, node: ast.Name) -> OutputOf:
        """The output of a name: assigned above, or a parameter that is not written down."""
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
        self._reading.names[name] = self._add("parameter", node, (name,))
        return self._reading.names[name]

    def _indexed(self, node: ast.Subscript, names: tuple[str, ...]) -> OutputOf:
        """An index in brackets, which is the setting of an operation."""
        setting = index_setting(registry[INDEXING])
        try:
            index = setting.check(self._text_of(node.slice).strip())
        except EngineError as error:
            raise self._error(node.slice, str(error)) from None
        settings = {} if index == setting.default else {setting.name: index}
        return self._add(INDEXING, node, names, (self._expression(node.value),), settings=settings)

    def _call(self, node: ast.Call, names: tuple[str, ...]) -> OutputOf:
        op = self._operation(node)
        if op.wider is not None and len(node.args) > len(op.inputs):
            op = registry[op.wider]
        settings = self._settings(op, node)
        if op.is_source:
            if len(op.outputs) > max(len(names), 1):
                raise self._error(node, self._count_refusal(node, op.outputs))
            return self._add(op.name, node, names, values=self._source_values(op, node), settings=settings)
        self._check_count(op, node)
        given = node.args if op.variadic else node.args[: len(op.inputs)]
        inputs = tuple(None if is_none(argument) else self._expression(argument) for argument in given)
        if op.variadic:
            inputs = tuple(source for source in inputs if source is not None)
        else:
            inputs = self._named_inputs(op, node, inputs)
        return self._add(op.name, node, names, inputs, settings=settings, state=self._state(op, node))

    def _check_count(self, op: Op, node: ast.Call) -> None:
        """Refuse a call with too few inputs, or with more behind them than settings that may stand there."""
        count, least = len(op.inputs), sum(not one.optional for one in op.inputs)
        most = MAX_INPUTS if op.variadic else count
        if op.variadic and node.args and isinstance(node.args[0], ast.Tuple | ast.List):
            told = f"{op.name} takes its inputs one by one, without brackets around them: write {self._usage(op)}."
            raise self._error(node.args[0], told)
        if least <= len(node.args) <= most + len(positional_settings(op)):
            return
        takes = f"{least} to {most} inputs" if least < most else f"{count} input{'s' if count != 1 else ''}"
        named = settings_by_name(op, node.args[count:])
        told = f". Give settings by name: {named}." if named else f": write {self._usage(op)}."
        raise self._error(node, f"{op.name} takes {takes}, not {len(node.args)}{told}")

    def _named_inputs(self, op: Op, node: ast.Call, given: tuple[OutputOf | None, ...]) -> tuple[OutputOf | None, ...]:
        """The inputs of a call by slot: those given by position, and the optional ones given by name."""
        inputs = [*given, *[None] * (len(op.inputs) - len(given))]
        for keyword in node.keywords:
            slot = next((n for n, one in enumerate(op.inputs) if one.optional and one.name == keyword.arg), None)
            if slot is None:
                continue
            if inputs[slot] is not None:
                raise self._error(keyword, f"The input {keyword.arg} is given twice. Keep one.")
            inputs[slot] = None if is_none(keyword.value) else self._expression(keyword.value)
        return tuple(inputs)

    def _state(self, op: Op, node: ast.Call) -> dict[str, Value]:
        """What training has left in the node, given by name."""
        known = {one.name for one in op.state}
        found = ((one.arg, self._value(one.value)) for one in node.keywords if one.arg in known)
        return {name: value for name, value in found if name is not None and value is not None}

    def _operation(self, node: ast.Call) -> Op:
        """The operation that a call names."""
        callee = node.func
        if isinstance(callee, ast.Attribute) and callee.attr in registry:
            raise self._error(callee, f"Call the operation by its name alone: {self._usage(registry[callee.attr])}.")
        if isinstance(callee, ast.Attribute):
            told = f"There is no operation {_shortened(callee.attr)}. {operation_hint(callee.attr)}"
            raise self._error(callee, told)
        if not isinstance(callee, ast.Name):
            raise self._error(callee, "Only operations can be called, by their name, such as sigmoid(z).")
        op = registry.get(callee.id)
        if op is not None:
            return op
        if callee.id in self._assigned or callee.id in self._reading.names:
            raise self._error(callee, f"{callee.id} is a node, not an operation. To multiply, write {callee.id}*( … ).")
        raise self._error(callee, f"There is no operation {_shortened(callee.id)}. {operation_hint(callee.id)}")

    def _settings(self, op: Op, node: ast.Call) -> dict[str, SettingValue]:
        """The settings that a call gives and that are not the defaults."""
        given: dict[str, SettingValue] = {}
        for keyword in (*self._settings_by_position(op, node), *node.keywords):
            if keyword.arg is None:
                raise self._error(keyword.value, f"** is no graph code. Write the settings of {op.name} one by one.")
            setting = op.setting(keyword.arg)
            elsewhere = {one.name for one in op.state} | {slot.name for slot in op.inputs if slot.optional}
            if keyword.arg in elsewhere:
                continue
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

    def _settings_by_position(self, op: Op, node: ast.Call) -> Iterator[ast.keyword]:
        """The settings without their names: behind the inputs, or in front of a source with several outputs."""
        if not op.is_source:
            for name, argument in zip(positional_settings(op), node.args[len(op.inputs) :], strict=False):
                hint = pairwise_hint(op, argument)
                if hint:
                    raise self._error(argument, hint)
                yield ast.keyword(name, argument)
        if len(op.outputs) > 1 and len(node.args) == 1 and _is_text(node.args[0]):
            yield ast.keyword(op.settings[0].name, node.args[0])

    def _source_values(self, op: Op, node: ast.Call) -> tuple[Value | None, ...]:
        """The value that each output of a source is given, None where it has none yet."""
        count = len(op.outputs)
        if not node.args or any(True for _ in self._settings_by_position(op, node)):
            return (None,) * count
        if len(node.args) == count:
            return tuple(self._value(argument) for argument in node.args)
        if count == 1:
            told = f"{op.name} takes one value, not {len(node.args)}. Write rows in brackets: [[1., 2.]]."
        else:
            told = f"{op.name} takes a dataset's name, or {' and '.join(op.outputs)}: write {self._usage(op)}."
        raise self._error(node, told)

    # Helpers

    def _add(
        self,
        op_name: str,
        at: ast.expr,
        names: tuple[str, ...],
        inputs: tuple[OutputOf | None, ...] = (),
        *,
        values: tuple[Value | None, ...] = (None,),
        settings: Mapping[str, SettingValue] | None = None,
        state: Mapping[str, Value] | None = None,
    ) -> OutputOf:
        if op_name not in registry:
            raise self._error(at, f"There is no operation {op_name}.")
        reading = self._reading
        identifier = len(reading.nodes) + 1
        names = names or (self._free_name(op_name),)
        if registry[op_name].is_source:
            values = tuple(self._values.get(name, value) for name, value in zip(names, values, strict=True))
        node = Node(identifier, op_name, names[0], value=values[0], settings=frozen(settings or {}))
        if state:
            node = node.with_(state=frozen(state))
        if len(names) > 1:
            node = node.with_(more=tuple(map(FurtherOutput, names[1:], values[1:])))
        reading.nodes[identifier] = node
        reading.places[identifier] = self._place(at)
        for slot, source in enumerate(inputs):
            if source is not None:
                reading.sources[identifier, slot] = source.node
                if source.output:
                    reading.outputs[identifier, slot] = source.output
        return OutputOf(identifier, 0)

    def _free_name(self, op_name: str) -> str:
        """A name that stands nowhere in the text, the same for the same text."""
        candidates = self._candidates.setdefault(op_name, candidate_names(op_name))
        return next(name for name in candidates if name not in self._taken)

    def _usage(self, op: Op) -> str:
        if len(op.outputs) > 1:
            return f'{op.name}("{op.settings[0].choices[0]}")'
        if op.is_source:
            return f"{op.name}(1.)"
        inputs = [op.input_for(slot) for slot in range(2 if op.variadic else len(op.inputs))]
        names = [f"{one.name}=None" if one.optional else one.name for one in inputs]
        return f"{op.name}({', '.join(names)}{', …' if op.variadic else ''})"


def index_setting(op: Op) -> Setting:
    """The setting that holds a constant index."""
    return next(setting for setting in op.settings if setting.kind == "index")


def _shortened(name: str) -> str:
    return name if len(name) <= 40 else name[:39] + "…"


def _is_text(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)
