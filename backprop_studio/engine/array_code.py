"""A plan on arrays: one function of NumPy calls, every result in a buffer that is used again once it is dead."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from backprop_studio.engine.buffers import Buffers, aligned, aligned_copy
from backprop_studio.engine.call_code import CallCode
from backprop_studio.engine.one_call import Opaque
from backprop_studio.engine.op import Array
from backprop_studio.engine.program import States
from backprop_studio.engine.rewriting import Draft, rewrite
from backprop_studio.engine.symbols import NEVER, WITH_FEEDS, WITH_PARAMETERS, Kind, Symbol
from backprop_studio.engine.tracing import StateName, Traced

if TYPE_CHECKING:
    from backprop_studio.engine.planning import Plan


class ArrayStep:
    """Both passes of a plan as one function.

    What never changes is computed once, what depends on the feeds alone whenever they are bound. Where everything is
    kept, no result of a step is overwritten before the next one. What the gradients of the parameters do not need (the
    gradients of data, a product before its bias is added) is then computed when it is first read, from what the step
    has left and a copy of the parameters it ran at.
    """

    def __init__(self, plan: Plan, traced: Traced, keep_everything: bool) -> None:
        self._plan = plan
        self._arrays: dict[int, Any] = {}
        """Symbol → the array that holds its result."""
        self._left: dict[int, Any] = {}
        """Symbol → its result in the last step, of those that have no array of their own."""
        self._leaves: dict[int, Array] = {}
        self._states: dict[StateName, Array] = {}
        self._take_leaves(traced)
        assert plan.program.loss is not None
        loss = traced.values[plan.program.loss]
        draft = self._draft(traced, loss, keep_everything)
        instructions = rewrite(draft)
        for index, part in draft.spans.items():
            self._arrays.setdefault(index, plan.parameters[part])
        for made in instructions:
            if made.changes == NEVER:
                self._arrays[made.index] = _compute(made, self._arrays)
        by_feeds = [made for made in instructions if made.changes == WITH_FEEDS]
        code = CallCode(plan.program.dtype, self._arrays, {})
        self._prepare = code.function("prepare", _lines_of_feeds(by_feeds, code), "return None")
        with np.errstate(all="ignore"):  # a step that is not finite is told of by its step
            self._prepare()
        by_step = [made for made in instructions if made.changes & WITH_PARAMETERS]
        rest = [made for made in by_step if made.index not in draft.needed]
        by_step = [made for made in by_step if made.index in draft.needed]
        self._is_behind = [False]
        """Has a step been made since the rest was computed? In a list, which the step's function changes."""
        self._at = plan.parameters.copy() if keep_everything else plan.parameters
        self.step = self._step(by_step, rest, draft, traced, loss)
        self._finish = self._rest(rest, by_step, draft)

    def bind(self, feeds: Mapping[int, Array], states: States) -> None:
        """Copy new feeds and states in and recompute what depends on nothing else."""
        self.finish()
        for index, state in states.items():
            for name, array in state.items():
                np.copyto(self._states[index, name], array)
        for index, array in feeds.items():
            if index in self._leaves:
                np.copyto(self._leaves[index], array)
        with np.errstate(all="ignore"):
            self._prepare()

    def finish(self) -> None:
        """Compute what the last step has left to be computed later."""
        if self._is_behind[0]:
            self._is_behind[0] = False
            with np.errstate(all="ignore"):
                self._finish()

    def read(self, made: Symbol) -> Any:
        """The result of an instruction in the last step."""
        self.finish()
        return self._left[made.index] if made.index in self._left else self._arrays[made.index]

    def _take_leaves(self, traced: Traced) -> None:
        """Give parameters their views of the plan's vector, and other sources arrays to copy feeds to."""
        plan = self._plan
        for (index, name), symbol in traced.states.items():
            state = aligned_copy(np.asarray(plan.program.calls[index].keywords[name]))
            self._arrays[symbol.index] = self._states[index, name] = state
        for index, symbol in enumerate(traced.values):
            if not plan.program.calls[index].op.is_source or symbol.kind is not Kind.LEAF:
                continue  # the result of an operation may be its input itself
            view = plan.parameter_views.get(index)
            if view is None:
                view = self._leaves[index] = aligned_copy(plan.program.leaves[index])
            self._arrays[symbol.index] = view

    def _draft(self, traced: Traced, loss: Symbol, keep_everything: bool) -> Draft:
        """The tape with all that is asked for."""
        plan = self._plan
        outputs, later = [loss, *traced.advanced.values()], []
        if keep_everything:
            later = [*traced.values, *traced.gradients.values(), *traced.contributions.values()]
        spans, start = {}, 0
        for index, view in plan.parameter_views.items():
            spans[traced.values[index].index] = slice(start, start + view.size)
            start += view.size
        gradients = [
            traced.gradients[index] if index in traced.gradients else traced.tape.literal(0.0, view.shape, view.dtype)
            for index, view in plan.gradient_views.items()
        ]
        return Draft(traced.tape, outputs, later, spans, gradients)

    def _step(
        self, program: Sequence[Symbol], rest: Sequence[Symbol], draft: Draft, traced: Traced, loss: Symbol
    ) -> Any:
        """The function of both passes; gradients of parameters end up in the plan's vector."""
        code = CallCode(self._plan.program.dtype, self._arrays, {})
        read = {symbol.index for symbol in (*traced.advanced.values(), *draft.later)}
        read |= {part.index for made in rest for part in made.arguments if type(part) is Symbol}
        writer = _StepLines(
            program, code, read | {loss.index, draft.gradient.index}, draft.gradient, self._plan.gradient
        )
        lines = writer.lines()
        for index in sorted(read & code.local):
            self._left[index] = None
            lines.append(f"{code.constant(self._left)}[{index}] = v{index}")
        if draft.later:
            copied = map(code.constant, (np.copyto, self._at, self._plan.parameters))
            lines = ["{}({}, {})".format(*copied), f"{code.constant(self._is_behind)}[0] = True", *lines]
        argument = code.argument(loss)
        ending = f"return {argument}.item()" if loss.shape else f"return float({argument})"
        return code.function("step", lines, ending)

    def _rest(self, program: Sequence[Symbol], by_step: Sequence[Symbol], draft: Draft) -> Any:
        """The function of what is computed when it is read, at the parameters of the last step."""
        for index, part in draft.spans.items():
            self._arrays[index] = self._at[part].reshape(self._arrays[index].shape)
        code = CallCode(self._plan.program.dtype, self._arrays, self._left)
        shown = _roots(by_step)
        for made in by_step:
            if shown.get(made.index) in draft.spans:
                _as_view(made, self._arrays)
        later = {symbol.index for symbol in draft.later}
        lines = _StepLines(program, code, later, None, self._plan.gradient).lines()
        for index in sorted(later & code.local):
            lines.append(f"{code.constant(self._left)}[{index}] = v{index}")
        function = code.function("finish", lines, "return None")
        self._left |= dict.fromkeys(later & code.local)
        return function


class _StepLines:
    """Writes instructions as code and gives them the buffers that their results go to."""

    def __init__(
        self, program: Sequence[Symbol], code: CallCode, kept: set[int], gradient: Symbol | None, vector: Array
    ) -> None:
        self._program, self._code, self._arrays, self._kept = program, code, code.arrays, kept
        self._places = self._all_places(gradient, vector)
        self._buffers = Buffers()

    def lines(self) -> list[str]:
        """The code."""
        lines = []
        for made, ending in zip(self._program, _last_uses(self._program, self._kept), strict=True):
            lines += self._lines(made, ending)
            for index in ending:
                self._buffers.release(index)
        return lines

    def _all_places(self, gradient: Symbol | None, vector: Array) -> dict[int, Array]:
        """The arrays that results must go to: the parts of a vector are written where it has them."""
        places: dict[int, Array] = {}
        for made in reversed(self._program):  # an outer vector before those that make up its parts
            if made.kind is not Kind.JOIN:
                continue
            whole = self._arrays[made.index] = vector if made is gradient else aligned(made.shape, made.dtype)
            for part, place in _parts(made, whole):
                if part.changes & WITH_PARAMETERS and part.kind in (Kind.UFUNC, Kind.DOT, Kind.REDUCE):
                    places.setdefault(part.index, place)
        return places

    def _lines(self, made: Symbol, ending: set[int]) -> list[str]:
        """Code of one instruction; ``ending`` are those whose results it is the last to use."""
        if made.kind is Kind.JOIN:
            return [
                f"{self._code.constant(place)}[...] = {self._code.argument(part)}"
                for part, place in _parts(made, self._arrays[made.index])
                if not _is_at(self._arrays.get(part.index), place)
            ]
        if made.kind is Kind.VIEW and _as_view(made, self._arrays):
            return []
        if made.kind is Kind.VIEW and (line := self._copied(made)):
            return [line]
        if made.shape == () and made.kind is Kind.UFUNC:
            return [self._code.assigned(made)]
        if made.kind is Kind.VIEW or (made.kind is Kind.CALL and not _fills(made)):
            return [self._code.assigned(made)]
        out = self._places.get(made.index)
        if out is None and made.shape == ():
            return [self._code.assigned(made)]
        if out is None and made.kind is Kind.UFUNC:
            out = self._in_place(made, ending)
        if out is None:
            out = self._buffers.take(made.index, made.shape, made.dtype)
        line = self._code.call(made, out)
        self._arrays[made.index] = out
        return [line]

    def _copied(self, made: Symbol) -> str:
        """Code of a new shape of an array that is no view of it, such as a transposed one in rows; "" for others."""
        array = self._arrays.get(made.arguments[0].index) if type(made.arguments[0]) is Symbol else None
        if made.function is not np.reshape or not isinstance(array, np.ndarray):
            return ""
        out = self._arrays[made.index] = self._buffers.take(made.index, made.shape, made.dtype)
        return f"{self._code.constant(out.reshape(array.shape))}[...] = {self._code.constant(array)}"

    def _in_place(self, made: Symbol, ending: set[int]) -> Array | None:
        """The buffer of an argument that nobody needs any more, or None."""
        for part in made.arguments:
            if type(part) is Symbol and part.index in ending:
                out = self._buffers.hand_on(part.index, made.index, made.shape, made.dtype)
                if out is not None:
                    return out
        return None


def _lines_of_feeds(program: Sequence[Symbol], code: CallCode) -> list[str]:
    """Code of what the feeds determine, which must outlive the function that computes it."""
    lines = []
    for made in program:
        if made.kind is not Kind.VIEW or not _as_view(made, code.arrays):
            kept = aligned(made.shape, made.dtype)
            lines.append(f"{code.constant(kept)}[...] = {code.expression(made)}")
            code.arrays[made.index] = kept
    return lines


def _as_view(made: Symbol, arrays: dict[int, Any]) -> bool:
    """Make a view of a buffer once and for all, where that is possible."""
    source, how = made.arguments
    array = arrays.get(source.index) if type(source) is Symbol else source
    if not isinstance(array, np.ndarray):
        return False
    assert made.function is not None
    view = made.function(array, how)
    if not np.shares_memory(view, array):
        return False
    arrays[made.index] = view
    return True


def _fills(made: Symbol) -> bool:
    """Does a call write its result where it is told to?"""
    return isinstance(made.function, Opaque) and made.function.fills


def _parts(joined: Symbol, whole: Array) -> list[tuple[Symbol, Array]]:
    """The parts of a vector with their places in it."""
    places, start = [], 0
    for part in joined.arguments:
        places.append((part, whole[start : start + part.size].reshape(part.shape)))
        start += part.size
    return places


def _is_at(array: Any, place: Array) -> bool:
    """Do two arrays of one shape begin at the same address?"""
    return isinstance(array, np.ndarray) and array.ctypes.data == place.ctypes.data


def _roots(program: Sequence[Symbol]) -> dict[int, int]:
    """For each view, the instruction whose buffer it shows."""
    roots: dict[int, int] = {}
    for made in program:
        if made.kind is Kind.VIEW and isinstance(made.arguments[0], Symbol):
            source = made.arguments[0].index
            roots[made.index] = roots.get(source, source)
    return roots


def _last_uses(program: Sequence[Symbol], kept: set[int]) -> list[set[int]]:
    """For each instruction, those whose results nobody uses after it. A view's use is a use of what it shows."""
    roots = _roots(program)
    seen = {roots.get(index, index) for index in kept}
    endings = []
    for made in reversed(program):
        used = {roots.get(part.index, part.index) for part in made.arguments if type(part) is Symbol}
        endings.append(used - seen)
        seen |= used
    return endings[::-1]


def _compute(made: Symbol, known: Mapping[int, Any]) -> Any:
    """The result of an instruction that never changes."""
    if made.literal is not None:
        return np.full(made.shape, made.literal, made.dtype)
    parts = [known[part.index] if type(part) is Symbol else part for part in made.arguments]
    assert made.function is not None
    with np.errstate(all="ignore"):
        if made.kind is Kind.REDUCE:
            assert isinstance(made.function, np.ufunc)
            return made.function.reduce(parts[0], **dict(made.keywords))
        return made.function(*parts)
