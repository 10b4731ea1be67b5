"""Straight-line code on Python floats, for programs in which every value is a single number.

A 0-d NumPy call costs half a microsecond, a float operation thirty nanoseconds. Python floats raise where
NumPy returns NaN or an infinity; the plan does a step that raises again by the interpreter.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from backprop_studio.engine.op import Array
from backprop_studio.engine.program import States
from backprop_studio.engine.symbols import Kind, Symbol
from backprop_studio.engine.tracing import Traced

if TYPE_CHECKING:
    from backprop_studio.engine.planning import Plan

# fmt: off
_CODE: dict[Any, str] = {
    np.add: "{0} + {1}", np.subtract: "{0} - {1}", np.multiply: "{0} * {1}", np.divide: "{0} / {1}",
    np.negative: "-{0}", np.positive: "{0}", np.square: "{0} * {0}", np.absolute: "abs({0})",
    np.exp: "exp({0})", np.expm1: "expm1({0})", np.log: "log({0})", np.log1p: "log1p({0})", np.sqrt: "sqrt({0})",
    np.sin: "sin({0})", np.cos: "cos({0})", np.tanh: "tanh({0})", np.power: "pow({0}, {1})",
    np.reciprocal: "1.0 / {0}",
    # A comparison with itself is false for NaN only, so that NaN goes through as in NumPy.
    np.maximum: "({0} if {0} >= {1} or {0} != {0} else {1})", np.minimum: "({0} if {0} <= {1} or {0} != {0} else {1})",
    np.sign: "(({0} > 0.0) - ({0} < 0.0) if {0} == {0} else {0})",
    np.greater: "{0} > {1}", np.greater_equal: "{0} >= {1}", np.less: "{0} < {1}", np.less_equal: "{0} <= {1}",
    np.equal: "{0} == {1}", np.not_equal: "{0} != {1}",
    np.logical_and: "{0} and {1}", np.logical_or: "{0} or {1}", np.logical_not: "not {0}",
    np.where: "({1} if {0} else {2})",
}
_REPEATS = {np.square, np.maximum, np.minimum, np.sign}
"""Templates that name an argument twice; it must be a variable then."""
# fmt: on
_MAX_DEPTH = 16
_SCOPE = {name: getattr(math, name) for name in ("exp", "expm1", "log", "log1p", "sqrt", "sin", "cos", "tanh", "pow")}


def is_scalar(traced: Traced) -> bool:
    """Can the whole tape be written on Python floats?"""
    if traced.states:
        return False
    for made in traced.tape.symbols:
        if made.shape != () or made.dtype.char not in "d?":
            return False
        if made.function is None:  # a leaf or a literal
            continue
        if made.function not in _CODE or made.kind not in (Kind.UFUNC, Kind.CALL):
            return False
    return True


class ScalarStep:
    """A plan on floats: one generated function of the parameters."""

    def __init__(self, plan: Plan, traced: Traced, keep_everything: bool) -> None:
        self._plan = plan
        program = plan.program
        assert program.loss is not None
        gradients = [traced.gradients.get(index) for index in plan.trainable]
        kept = [*traced.values, *traced.gradients.values(), *traced.contributions.values()] if keep_everything else []
        leaves = [at for at in program.leaves if _is_leaf(traced.values[at])]
        self._feeds = [index for index in leaves if index not in set(plan.trainable)]
        self._fed = [float(program.leaves[index]) for index in self._feeds]
        returned = {symbol.index for symbol in (traced.values[program.loss], *gradients) if symbol is not None}
        writer = _Writer(traced, returned, {symbol.index for symbol in kept if symbol.literal is None})
        names = {at: writer.text(traced.values[at]) for at in leaves}
        unpacked = [names[index] for index in plan.trainable], [names[index] for index in self._feeds]
        body = [_unpack(unpacked[0], "p"), _unpack(unpacked[1], "f"), *writer.body()]
        self._places = writer.places
        found = [writer.text(symbol) if symbol is not None else "0.0" for symbol in gradients]
        loss = writer.text(traced.values[program.loss])
        body.append(f"return {loss}, [{', '.join(found)}], {'kept' if writer.places else '()'}")
        scope: dict[str, Any] = dict(_SCOPE)
        source = "def step(p, f):\n " + "\n ".join(line for line in body if line)
        exec(compile(source, "<scalar plan>", "exec"), scope)
        self._function = scope["step"]
        self._all: Any = ()

    def step(self) -> float:
        """Both passes; returns the loss. Raises what Python floats raise where NumPy has an infinity or NaN."""
        plan = self._plan
        loss, plan.gradient[:], self._all = self._function(plan.parameters.tolist(), self._fed)
        return float(loss)

    def bind(self, feeds: Mapping[int, Array], _: States) -> None:
        """Take new feeds; no call has a state."""
        for at, index in enumerate(self._feeds):
            if index in feeds:
                self._fed[at] = float(feeds[index])

    def read(self, made: Symbol) -> Any:
        """The result of an instruction in the last step."""
        return self._all[self._places[made.index]]


def _is_leaf(symbol: Symbol) -> bool:
    return symbol.kind is Kind.LEAF


def _unpack(names: list[str], source: str) -> str:
    return f"{', '.join(names)}, = {source}" if names else ""


class _Writer:
    """Writes the live instructions of a tape as statements; what is used once goes into its user's expression.

    Variables are named by need, a dead one's name being given to the next: CPython reaches the first
    256 local variables with one bytecode instruction, the others with two. Results that are kept make up a list, in
    which the variables are assigned by the way: so they, too, are free after their last use.
    """

    def __init__(self, traced: Traced, returned: set[int], kept: set[int]) -> None:
        symbols = traced.tape.symbols
        self._kept = kept
        self.places: dict[int, int] = {}
        """Where each result stands in the list of those kept."""
        live, self._uses = returned | kept, dict.fromkeys(returned, 2)  # the last use of what is returned never comes
        for made in reversed(symbols):
            if made.index in live:
                weight = _weight(made)
                for part in made.arguments:
                    if type(part) is Symbol:
                        live.add(part.index)
                        self._uses[part.index] = self._uses.get(part.index, 0) + weight
        self._texts: dict[int, str] = {}
        self._depths: dict[int, int] = {}
        self._reads: dict[int, list[int]] = {}
        """For each expression, the variables it names, as often as it does."""
        self._free: list[str] = []
        self._count = 0
        self.lines: list[str] = []
        for made in symbols:
            if made.kind is Kind.LEAF:  # unpacked from the arguments, live or not
                self._name(made)
                self._uses.setdefault(made.index, 1)
                if made.index in kept:
                    self._place(made, self._texts[made.index])
        for made in symbols:
            if made.index in live and made.kind is not Kind.LEAF:
                self._write(made)

    def body(self) -> list[str]:
        """All statements."""
        return [f"kept = [{', '.join(self.lines)}]"] if self._kept else self.lines

    def text(self, part: Any) -> str:
        """How a result or a number is written where it is used."""
        if type(part) is Symbol:
            return self._texts[part.index]
        return f"({float(part)!r})" if math.isfinite(part) else f"float('{float(part)!r}')"

    def _write(self, made: Symbol) -> None:
        if made.literal is not None:
            self._texts[made.index], self._reads[made.index] = self.text(made.literal), []
            return
        depth, reads, weight = 0, [], _weight(made)
        for part in made.arguments:
            if type(part) is Symbol:
                reads += self._reads[part.index] * weight
                depth = max(depth, self._depths.get(part.index, 0))
        text = self._choice(made) or _CODE[made.function].format(*map(self.text, made.arguments))
        uses, is_kept = self._uses.get(made.index, 0), made.index in self._kept
        if uses == 1 and not is_kept and depth < _MAX_DEPTH:
            self._texts[made.index], self._depths[made.index], self._reads[made.index] = f"({text})", depth + 1, reads
            return
        for read in reads:
            self._uses[read] -= 1
            if not self._uses[read]:
                self._free.append(self._texts[read])
        if not uses:
            self._place(made, text)
            return
        self._name(made)
        name = self._texts[made.index]
        if self._kept:
            self._place(made, f"({name} := {text})")
        else:
            self.lines.append(f"{name} = {text}")

    def _place(self, made: Symbol, text: str) -> None:
        self.places[made.index] = len(self.lines)
        self.lines.append(text)

    def _name(self, made: Symbol) -> None:
        if self._free:
            name = self._free.pop()
        else:
            name = f"v{self._count}"
            self._count += 1
        self._texts[made.index], self._reads[made.index] = name, [made.index]

    def _choice(self, made: Symbol) -> str | None:
        """A shorter form of some calls as a choice between two values, or None."""
        first, *rest = made.arguments
        if made.function is np.maximum and type(rest[0]) is not Symbol:  # one comparison; NaN stays
            return "{1} if {0} <= {1} else {0}".format(self.text(first), self.text(rest[0]))
        if made.function is np.multiply:  # faster than a product, and zero stays zero beside an infinity
            for part, other in ((first, rest[0]), (rest[0], first)):
                if type(part) is Symbol and part.dtype == np.bool_:
                    return f"{self.text(other)} if {self.text(part)} else 0.0"
        return None


def _weight(made: Symbol) -> int:
    """How often a template may name each of its arguments."""
    return 2 if made.function in _REPEATS else 1
