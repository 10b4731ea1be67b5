"""A graph as stand-alone NumPy code: the forward pass, and the backward pass written out one contribution a line."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np

from backprop_studio.engine.program import Call
from backprop_studio.engine.symbols import Symbol, Tape
from backprop_studio.exchange.array_text import array_text
from backprop_studio.exchange.listing import HEADLINE, ExportError, Listing
from backprop_studio.exchange.numpy_expressions import Expressions
from backprop_studio.exchange.numpy_helpers import HELPERS, with_needs
from backprop_studio.exchange.numpy_operations import ALWAYS, BACKWARD, FORWARD, CallText
from backprop_studio.exchange.plain_tracing import follow, leaf, plain_tape, summed_to

FLOAT = np.dtype(np.float64)
RESERVED = frozenset(helper.name for helper in HELPERS.values())
"""Names that the code may give to functions of its own."""


def numpy_code(listing: Listing) -> str:
    """Forward and backward pass as lines of NumPy; every value and every gradient is a variable."""
    writer = _Writer(listing)
    writer.write()
    helpers = [helper.source for helper in with_needs(sorted(writer.helpers))]
    imports = ["import math", "", "import numpy as np"] if "erfc" in writer.helpers else ["import numpy as np"]
    parts = [HEADLINE, *imports, *(f"\n\n{source.rstrip()}" for source in helpers), *([""] if helpers else [])]
    loss = listing.names[listing.loss]
    tail = [f'print("{loss} =", {loss})']
    tail += [f'print("d{loss}/d{listing.names[index]} =", {writer.gradients[index]})' for index in listing.asked]
    forward = ["", "# forward pass", *writer.forward]
    backward = ["", "# backward pass: contribution = upstream gradient * local derivative", *writer.backward]
    return "\n".join([*parts, *forward, *(backward if writer.backward else []), "", *tail]) + "\n"


class _Writer:
    """The lines of both passes."""

    def __init__(self, listing: Listing) -> None:
        self.listing = listing
        self.forward: list[str] = []
        self.backward: list[str] = []
        self.helpers: set[str] = set()
        self.gradients: dict[int, str] = {}
        program = listing.program
        self._reached = program.gradient_path()
        self.slots_back = [
            [
                slot
                for slot, source in enumerate(call.inputs)
                if self._reached[index] and self._reached[source] and call.op.vjp_for(slot) is not None
            ]
            for index, call in enumerate(program.calls)
        ]
        """The inputs of each call that it passes a gradient back to."""
        self._uses = Counter(self._input(index, slot) for index, slots in enumerate(self.slots_back) for slot in slots)

    def write(self) -> None:
        """Write the sources, then each call, then the gradients from the loss back."""
        listing = self.listing
        for index, reached in enumerate(self._reached):
            if reached:
                self.gradients[index] = listing.used.free(f"d_{listing.names[index]}")
        calls = {index: _CallCode(self, index) for index in listing.in_order() if not self._is_source(index)}
        for index in listing.in_order():
            comment = listing.comments[index]
            self.forward += [] if comment is None else [f"# {comment}"]
            lines = [self._source(index)] if self._is_source(index) else calls[index].forward()
            self.forward += lines
        if not self._reached[listing.loss]:
            return
        loss = listing.names[listing.loss]
        shared = [index for index, count in sorted(self._uses.items()) if count > 1]
        self.backward.append(f"{self.gradients[listing.loss]} = np.ones_like({loss})")
        self.backward += [f"{self.gradients[index]} = np.zeros_like({listing.names[index]})" for index in shared]
        for index in range(listing.loss, -1, -1):
            for slot in self.slots_back[index]:
                self.backward += calls[index].contribution(
                    slot, "+=" if self._uses[self._input(index, slot)] > 1 else "="
                )

    def _input(self, index: int, slot: int) -> int:
        return self.listing.program.calls[index].inputs[slot]

    def _is_source(self, index: int) -> bool:
        return self.listing.program.calls[index].op.is_source

    def _source(self, index: int) -> str:
        array = self.listing.leaf(index)
        kind = "" if array.dtype.kind in "iu" else ", dtype=np.float64"
        return f"{self.listing.names[index]} = np.array({array_text(array, 'np')}{kind})"


class _CallCode:
    """The code of one call: its functions followed on symbols, with subexpressions shared by both passes."""

    def __init__(self, writer: _Writer, index: int) -> None:
        self._writer, self._index, self._listing = writer, index, writer.listing
        self._call: Call = self._listing.program.calls[index]
        self._name = self._listing.names[index]
        self._tape: Tape = plain_tape()
        self._expressions = Expressions(lambda: self._listing.used.free(f"{self._name}_part"), writer.helpers)
        calls = self._listing.program.calls
        self._inputs = [
            self._leaf(self._listing.names[at], calls[at].shape, self._type(at)) for at in self._call.inputs
        ]
        self._out = self._leaf(self._name, self._call.shape, FLOAT)
        self._g = self._leaf(writer.gradients.get(index, ""), self._call.shape, FLOAT)
        self._state_lines: list[str] = []
        self._keywords = {**self._call.keywords, **self._states()}
        self._result = self._followed(-1)
        self._back = {slot: self._followed(slot) for slot in writer.slots_back[index]}
        roots = [root for root in (self._result, *self._back.values()) if isinstance(root, Symbol)]
        self._expressions.count(roots)

    def forward(self) -> list[str]:
        """The lines that compute the value."""
        if isinstance(self._result, str):
            return [f"{self._name} = {self._result}"]
        lines, text = self._expressions.write(self._result)
        if self._result.literal is None:
            self._expressions.names.setdefault(self._result.index, self._name)
        return [*self._used_states([*lines, text]), *lines, f"{self._name} = {text}"]

    def contribution(self, slot: int, sign: str) -> list[str]:
        """The lines that give an input its contribution, or add it."""
        target, back = self._writer.gradients[self._call.inputs[slot]], self._back[slot]
        if isinstance(back, str):
            return [f"{target} {sign} {back}"]
        lines, text = self._expressions.write(back)
        return [*lines, f"{target} {sign} {text}"]

    def _followed(self, slot: int) -> Symbol | str:
        """What the call computes (slot −1) or passes back, as a symbol, or as code where no symbol can follow."""
        op, shape = self._call.op, self._call.shape
        if slot >= 0:
            shape = self._listing.program.calls[self._call.inputs[slot]].shape
        if op.name not in ALWAYS or self._listing.node(self._index).mode != "on":
            function = op.forward if slot < 0 else op.vjp_for(slot)
            arguments = self._inputs if slot < 0 else [self._g, self._out, *self._inputs]
            assert function is not None
            found = follow(self._tape, function, arguments, self._keywords)
            if isinstance(found, np.ndarray) and np.all(found == found.flat[0]):
                return self._tape.literal(float(found.flat[0]), found.shape, FLOAT)
            if isinstance(found, Symbol):
                return summed_to(found, shape)
        table = FORWARD if slot < 0 else BACKWARD
        if op.name not in table:
            raise ExportError(
                f"{self._call.name}: {op.name} cannot be written in NumPy with these settings. Export PyTorch code."
            )
        return table[op.name](self._text(slot))

    def _text(self, slot: int) -> CallText:
        """The call in words of the code."""
        program = self._listing.program
        return CallText(
            self._call, self._writer.gradients.get(self._index, ""), self._name, self._listing.inputs(self._index),
            [program.calls[at].shape for at in self._call.inputs], self._writer.helpers.add, slot,
        )  # fmt: skip

    def _leaf(self, name: str, shape: tuple[int, ...], dtype: np.dtype) -> Symbol:
        made = leaf(self._tape, shape, dtype)
        self._expressions.names[made.index] = name
        return made

    def _type(self, index: int) -> np.dtype:
        leaves = self._listing.program.leaves
        return leaves[index].dtype if index in leaves else FLOAT

    def _states(self) -> dict[str, Symbol]:
        """A symbol for each state of the call: counts are numbers in the code, arrays have variables."""
        found = {}
        for one in self._call.op.state:
            array = self._call.state[one.name]
            name = array_text(array, "np") if one.counts else self._listing.used.free(f"{self._name}_{one.name}")
            if not one.counts:
                self._state_lines.append(f"{name} = np.array({array_text(array, 'np')}, dtype=np.float64)")
            found[one.name] = self._leaf(name, array.shape, FLOAT)
        return found

    def _used_states(self, lines: Sequence[str]) -> list[str]:
        """The variables of states that the lines use."""
        return [line for line in self._state_lines if any(line.split(" = ")[0] in one for one in lines)]
