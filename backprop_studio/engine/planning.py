"""Plans: a traced program as one straight-line function over preallocated buffers.

A plan is bound to the shapes and the type of its program. It owns its parameters and gradients as two
flat vectors, so that an optimiser updates everything in a few calls. The program may be given
other feeds (``bind``) without tracing again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import nan
from typing import Any

import numpy as np

from backprop_studio.engine.interpreter import Pass, run
from backprop_studio.engine.op import Array
from backprop_studio.engine.program import Program
from backprop_studio.engine.scalar_code import ScalarStep, is_scalar
from backprop_studio.engine.symbols import NEVER, WITH_FEEDS, WITH_PARAMETERS, Kind, Symbol
from backprop_studio.engine.tracing import Traced, trace_program
from backprop_studio.engine.uncollected import uncollected

_OPERATORS = {
    np.add: "{} + {}",
    np.subtract: "{} - {}",
    np.multiply: "{} * {}",
    np.divide: "{} / {}",
    np.negative: "-{}",
}


class Plan:
    """Forward and backward pass of a program, compiled for many steps.

    ``parameters`` and ``gradient`` are flat vectors of the program's float type; ``parameter_views``
    and ``gradient_views`` show them by call position, in their shapes. ``step`` runs both passes and returns
    the loss. With ``keep_everything`` every value, gradient and contribution can be read afterwards.

    Call ``step`` under ``np.errstate(all="ignore")``.
    """

    def __init__(self, program: Program, trainable: Sequence[int], *, keep_everything: bool = False) -> None:
        """``trainable`` are the call positions of the parameters. Raises ValueError without a scalar loss."""
        if program.loss is None or np.prod(program.calls[program.loss].shape) != 1:
            raise ValueError("a plan needs a loss that is a single number")
        self.program = program
        self.trainable = tuple(trainable)
        size = sum(program.leaves[index].size for index in self.trainable)
        self.parameters: Array = np.empty(size, program.dtype)
        self.gradient: Array = np.zeros(size, program.dtype)
        self.parameter_views = {index: program.leaves[index] for index in self.trainable}
        self.parameter_views, self.gradient_views = self.split(self.parameters), self.split(self.gradient)
        for index, view in self.parameter_views.items():
            view[...] = program.leaves[index]
        with uncollected():
            traced = trace_program(program, self.trainable, self.trainable, keep_everything)
            tier = ScalarStep if is_scalar(traced) else ArrayStep
            self._tier: ScalarStep | ArrayStep = tier(self, traced, keep_everything)
        self._traced = traced if keep_everything else None
        self._compiled = self._tier.step
        self._feeds: dict[int, Array] = {}
        self._exact: Pass | None = None

    def step(self) -> float:
        """Forward and backward pass; returns the loss."""
        try:
            loss = self._compiled()
        except (OverflowError, ZeroDivisionError, ValueError):  # floats raise where NumPy has an infinity or NaN
            return self.step_exactly()
        self._exact = None
        return loss

    def step_exactly(self) -> float:
        """The same, by the interpreter.

        Compiled code masks gradients by multiplying with 0, which is NaN beside an infinity: a step that is not
        finite must be judged by this one.
        """
        self._exact = passed = run(self.program, {**self._feeds, **self.split(self.parameters.copy())})
        for index, view in self.gradient_views.items():
            gradient = passed.gradients[index]
            view[...] = 0.0 if gradient is None else gradient
        assert self.program.loss is not None
        loss = passed.values[self.program.loss]
        return nan if loss is None else float(loss.item())

    def bind(self, feeds: Mapping[int, Array]) -> None:
        """Give sources other arrays of the same shapes, by call position. Raises ValueError for another shape."""
        for index, array in feeds.items():
            if np.shape(array) != self.program.calls[index].shape:
                name, shape = self.program.calls[index].name, self.program.calls[index].shape
                raise ValueError(f"{name} has shape {shape}; it cannot be fed an array of shape {np.shape(array)}")
        self._tier.bind(feeds)
        self._feeds |= {index: np.array(array) for index, array in feeds.items()}

    def split(self, vector: Array) -> dict[int, Array]:
        """Views of a vector of all parameters (or gradients), by call position, in their shapes."""
        views, start = {}, 0
        for index, own in self.parameter_views.items():
            views[index] = vector[start : start + own.size].reshape(own.shape)
            start += own.size
        return views

    def values(self) -> dict[int, Array]:
        """Copies of all values of the last step, by call position. Needs ``keep_everything``."""
        traced, exact = self._kept(), self._exact
        if exact is not None:
            return {index: np.array(value) for index, value in enumerate(exact.values) if value is not None}
        return {index: self._read(symbol) for index, symbol in enumerate(traced.values)}

    def gradients(self) -> dict[int, Array]:
        """Copies of all gradients of the last step, by call position. Needs ``keep_everything``."""
        traced, exact = self._kept(), self._exact
        if exact is not None:
            return {index: np.array(given) for index, given in enumerate(exact.gradients) if given is not None}
        return {index: self._read(symbol) for index, symbol in traced.gradients.items()}

    def contributions(self) -> dict[tuple[int, int], Array]:
        """Copies of all contributions of the last step, by call position and slot. Needs ``keep_everything``."""
        traced, exact = self._kept(), self._exact
        if exact is not None:
            return {edge: np.array(given) for edge, given in exact.contributions.items()}
        return {edge: self._read(symbol) for edge, symbol in traced.contributions.items()}

    def _kept(self) -> Traced:
        if self._traced is None:
            raise ValueError("this plan keeps only the loss and the parameters' gradients")
        return self._traced

    def _read(self, symbol: Symbol) -> Array:
        if symbol.literal is not None:
            return np.full(symbol.shape, symbol.literal, symbol.dtype)
        return np.array(self._tier.read(symbol), symbol.dtype).reshape(symbol.shape)


class ArrayStep:
    """A plan on arrays: one generated function, every result in a buffer that is reused once it is dead."""

    def __init__(self, plan: Plan, traced: Traced, keep_everything: bool) -> None:
        self._plan = plan
        self._keep = keep_everything
        self._fixed: dict[int, Any] = {}
        """Symbol → the array that holds its result."""
        self._local: set[int] = set()
        """Symbols whose results are local variables of the generated function."""
        self._constants: dict[str, Any] = {}
        self._names: dict[int, str] = {}
        self._results: dict[int, Any] = {}
        self._leaves: dict[int, Array] = {}
        self._take_leaves(traced)
        outputs, live = self._live(traced)
        instructions = [made for made in traced.tape.symbols if made.index in live and made.kind is not Kind.LEAF]
        for made in instructions:
            if made.changes == NEVER:
                self._fixed[made.index] = _compute(made, self._fixed)
        by_feeds = [made for made in instructions if made.changes == WITH_FEEDS]
        self._prepare = self._function("prepare", self._lines(by_feeds, set(), outputs | live, {}), "")
        self._prepare()
        by_step = [made for made in instructions if made.changes & WITH_PARAMETERS]
        lines = self._step_lines(by_step, traced, outputs)
        assert plan.program.loss is not None
        loss = traced.values[plan.program.loss]
        scalar = f"{self._argument(loss)}.item()" if loss.shape else f"float({self._argument(loss)})"
        self.step = self._function("step", lines, f"return {scalar}")

    def bind(self, feeds: Mapping[int, Array]) -> None:
        """Copy new feeds in and recompute what depends on nothing else."""
        for index, array in feeds.items():
            if index in self._leaves:
                np.copyto(self._leaves[index], array)
        with np.errstate(all="ignore"):
            self._prepare()

    def read(self, made: Symbol) -> Any:
        """The result of an instruction in the last step."""
        return self._results[made.index] if made.index in self._results else self._fixed[made.index]

    def _take_leaves(self, traced: Traced) -> None:
        """Give parameters their views of the plan's vector, and other sources arrays to copy feeds to."""
        plan = self._plan
        for index, symbol in enumerate(traced.values):
            if not plan.program.calls[index].op.is_source or symbol.kind is not Kind.LEAF:
                continue  # the result of an operation may be its input itself
            view = plan.parameter_views.get(index)
            if view is None:
                view = self._leaves[index] = np.array(plan.program.leaves[index])
            self._fixed[symbol.index] = view

    def _step_lines(self, by_step: Sequence[Symbol], traced: Traced, outputs: set[int]) -> list[str]:
        """Code of both passes; gradients of parameters end up in the plan's vector."""
        plan = self._plan
        wanted = {index: traced.gradients[index] for index in plan.trainable if index in traced.gradients}
        targets: dict[int, Array] = {}
        for index, gradient in wanted.items():
            if gradient.changes & WITH_PARAMETERS:
                targets.setdefault(gradient.index, plan.gradient_views[index])
        lines = self._lines(by_step, {made.index for made in by_step}, outputs, targets)
        for index, gradient in wanted.items():
            if self._fixed.get(gradient.index) is not plan.gradient_views[index]:
                lines.append(f"{self._constant(plan.gradient_views[index])}[...] = {self._argument(gradient)}")
        if self._keep:
            lines += [f"{self._constant(self._results)}[{i}] = v{i}" for i in sorted(outputs & self._local)]
        return lines

    def _live(self, traced: Traced) -> tuple[set[int], set[int]]:
        """The instructions whose results are asked for, and all that lead to them."""
        plan = self._plan
        assert plan.program.loss is not None
        wanted = [traced.values[plan.program.loss]]
        wanted += [traced.gradients[index] for index in plan.trainable if index in traced.gradients]
        if self._keep:
            wanted += [*traced.values, *traced.gradients.values(), *traced.contributions.values()]
        outputs = {symbol.index for symbol in wanted}
        live = set(outputs)
        for made in reversed(traced.tape.symbols):
            if made.index in live:
                live.update(part.index for part in made.arguments if type(part) is Symbol)
        return outputs, live

    def _lines(
        self, program: Sequence[Symbol], reusable: set[int], outputs: set[int], targets: Mapping[int, Array]
    ) -> list[str]:
        """Code of ``program``; allocates the buffers its results go to."""
        roots = _roots(program)
        last: dict[int, int] = {}
        for at, made in enumerate(program):
            for part in made.arguments:
                if type(part) is Symbol:
                    last[roots.get(part.index, part.index)] = at
        for index in outputs:
            last[roots.get(index, index)] = len(program)
        free: dict[Any, list[Array]] = {}
        owned: dict[int, Array] = {}
        lines = []
        for at, made in enumerate(program):
            dying = {
                part.index
                for part in made.arguments
                if type(part) is Symbol and part.index in owned and last[part.index] == at
            }
            dying |= {
                roots[part.index]
                for part in made.arguments
                if type(part) is Symbol
                and part.index in roots
                and roots[part.index] in owned
                and last[roots[part.index]] == at
            }
            line = self._line(made, owned, dying, free, targets, reusable)
            if line:
                lines.append(line)
            for index in dying & owned.keys():
                buffer = owned.pop(index)
                free.setdefault((buffer.shape, buffer.dtype), []).append(buffer)
        return lines

    def _line(
        self,
        made: Symbol,
        owned: dict[int, Array],
        dying: set[int],
        free: dict[Any, list[Array]],
        targets: Mapping[int, Array],
        reusable: set[int],
    ) -> str:
        target = targets.get(made.index)
        if made.kind is Kind.VIEW and self._as_view(made):
            return ""
        if made.index not in reusable:  # what the feeds determine must outlive the function that computes it
            kept = self._fixed[made.index] = np.empty(made.shape, made.dtype)
            return f"{self._constant(kept)}[...] = {self._expression(made)}"
        if made.kind in (Kind.CALL, Kind.VIEW) or (made.shape == () and made.kind is Kind.UFUNC):
            self._local.add(made.index)
            return f"v{made.index} = {self._expression(made)}"
        out = target
        if out is None and made.shape == () and made.kind in (Kind.DOT, Kind.REDUCE):
            self._local.add(made.index)
            return f"v{made.index} = {self._call(made, None)}"
        if out is None and made.kind is Kind.UFUNC:
            for part in made.arguments:
                if type(part) is Symbol and part.index in dying and part.index in owned:
                    buffer = owned[part.index]
                    if buffer.shape == made.shape and buffer.dtype == made.dtype:
                        out = owned.pop(part.index)
                        break
        if out is None:
            pool = free.get((made.shape, made.dtype))
            out = pool.pop() if pool else np.empty(made.shape, made.dtype)
        self._fixed[made.index] = out
        if target is None:
            owned[made.index] = out
        return self._call(made, out)

    def _as_view(self, made: Symbol) -> bool:
        """Make a view of a buffer once and for all, where that is possible."""
        source, how = made.arguments
        array = self._fixed.get(source.index) if type(source) is Symbol else source
        if not isinstance(array, np.ndarray):
            return False
        assert made.function is not None
        view = made.function(array, how)
        if not np.shares_memory(view, array):
            return False
        self._fixed[made.index] = view
        return True

    def _expression(self, made: Symbol) -> str:
        operator = _OPERATORS.get(made.function)  # type: ignore[call-overload]
        if operator is not None and made.kind is Kind.UFUNC:
            texts = map(self._number if made.shape == () else self._argument, made.arguments)
            return str(operator.format(*texts))
        if made.kind is Kind.VIEW:
            source, how = made.arguments
            return f"{self._constant(made.function)}({self._argument(source)}, {self._constant(how)})"
        return self._call(made, None)

    def _call(self, made: Symbol, out: Array | None) -> str:
        arguments = [self._argument(part, made) for part in made.arguments]
        function = self._constant(made.function)
        where = self._constant(out) if out is not None else ""
        if made.kind is Kind.REDUCE:
            assert made.function is not None
            how = dict(made.keywords)
            reduce = self._constant(made.function.reduce)  # type: ignore[attr-defined]
            out_text = where or "None"
            return f"{reduce}({arguments[0]}, {how['axis']!r}, None, {out_text}, {how['keepdims']})"
        if where and made.function in (np.maximum, np.minimum, np.matmul):
            return f"{function}({', '.join(arguments)}, out={where})"
        return f"{function}({', '.join([*arguments, where] if where else arguments)})"

    def _number(self, part: Any) -> str:
        """An argument that is a single number: read out of its buffer, since arithmetic on 0-d arrays is slow."""
        text = self._argument(part)
        return f"{text}[()]" if isinstance(self._constants.get(text), np.ndarray) else text

    def _argument(self, part: Any, user: Symbol | None = None) -> str:
        if type(part) is Symbol:
            if part.index in self._local:
                return f"v{part.index}"
            if part.literal is not None and part.shape == ():
                return self._constant(np.asarray(part.literal, part.dtype))
            return self._constant(self._fixed[part.index])
        if isinstance(part, int | float) and not isinstance(part, bool):
            scalar = user is None or user.shape == () or user.kind is not Kind.UFUNC or user.dtype.kind != "f"
            # A 0-d array is cheaper to dispatch on than a Python number.
            return (
                f"({float(part)!r})"
                if scalar and np.isfinite(part)
                else self._constant(np.asarray(part, self._plan.program.dtype))
            )
        return self._constant(part)

    def _constant(self, thing: Any) -> str:
        key = id(thing)
        if key not in self._names:
            self._names[key] = f"c{len(self._names)}"
            self._constants[self._names[key]] = thing
        return self._names[key]

    def _function(self, name: str, lines: Sequence[str], ending: str) -> Any:
        used = ", ".join(f"{constant}={constant}" for constant in self._constants)
        body = "\n ".join([*lines, ending or "return None"])
        scope = dict(self._constants)
        exec(compile(f"def {name}({used}):\n {body}", f"<{name} of a plan>", "exec"), scope)
        return scope[name]


def _roots(program: Sequence[Symbol]) -> dict[int, int]:
    """For each view, the instruction whose buffer it shows."""
    roots: dict[int, int] = {}
    for made in program:
        if made.kind is Kind.VIEW and isinstance(made.arguments[0], Symbol):
            source = made.arguments[0].index
            roots[made.index] = roots.get(source, source)
    return roots


def _compute(made: Symbol, known: Mapping[int, Any]) -> Any:
    """The result of an instruction that never changes."""
    if made.literal is not None:
        return np.full(made.shape, made.literal, made.dtype)
    parts = [known[part.index] if type(part) is Symbol else part for part in made.arguments]
    assert made.function is not None
    with np.errstate(all="ignore"):
        if made.kind is Kind.REDUCE:
            return made.function.reduce(parts[0], **dict(made.keywords))  # type: ignore[attr-defined]
        return made.function(*parts)
