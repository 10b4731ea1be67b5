"""Which operations fit at the end of a wire that is dropped on empty canvas.

Every operation is asked by its own shape rule. Inputs whose shape is not known yet may have any of a few
likely shapes, so an operation is left out only where no likely shape of the rest would make it fit.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice, product
from typing import NamedTuple

from backprop_studio.document.evaluation import Evaluation
from backprop_studio.document.outputs import OutputOf
from backprop_studio.engine.errors import EngineError
from backprop_studio.engine.op import Op, Settings, Shape
from backprop_studio.engine.ops import registry

MOST_TRIALS = 400
"""Combinations of shapes that are tried for one slot of one operation."""


class Fit(NamedTuple):
    """An operation that fits, and the input slot to wire; None where the wire starts at its output."""

    op: Op
    slot: int | None


def ops_for_source(evaluation: Evaluation, source: int, output: int = 0) -> list[Fit]:
    """The operations that take what an output of a node gives, each with the first input that does; palette order."""
    shape, wanted = _shape(evaluation, source, output), evaluation.graph.nodes[source].op.outputs[output]
    likely = _likely(evaluation, shape)
    fits = []
    for op in registry:
        # The targets of a dataset go to the input of a loss that takes them, where there is one.
        slots = range(min(len(op.inputs), 1) if op.variadic else len(op.inputs))
        for slot in sorted(slots, key=lambda slot: f"{op.inputs[slot].name}s" != wanted):
            given = _choices(op, likely)
            if shape is not None:
                given[slot] = [shape]
            if next(_results(op, given), None) is not None:
                fits.append(Fit(op, slot))
                break
    return fits


def ops_for_target(evaluation: Evaluation, target: int, slot: int) -> list[Fit]:
    """The operations whose result input ``slot`` of node ``target`` takes; palette order. Sources always fit."""
    takes = _taken_by(evaluation, target, slot)
    likely = _likely(evaluation, None)
    return [
        Fit(op, None)
        for op in registry
        if op.is_source or any(takes(shape) for shape in _results(op, _choices(op, likely)))
    ]


def _choices(op: Op, likely: list[Shape]) -> list[list[Shape]]:
    """Shapes that each input of an operation may have: those of its samples, and likely ones."""
    return [
        list(dict.fromkeys([*(a.shape for given in op.samples if (a := given.inputs[slot]) is not None), *likely]))
        for slot in range(len(op.inputs))
    ]


def _results(op: Op, given: list[list[Shape]]) -> Iterator[Shape]:
    """Shapes of the operation's result, over the combinations of its inputs' shapes; each shape once."""
    if op.is_source:
        return
    seen: set[Shape] = set()
    # An operation that needs a setting shows by its samples which.
    for settings in (op.complete_settings(own) for own in ({}, *(sample.settings for sample in op.samples))):
        for shapes in islice(product(*given), MOST_TRIALS):
            result = _result(op, shapes, settings)
            if result is not None and result not in seen:
                seen.add(result)
                yield result


def _taken_by(evaluation: Evaluation, target: int, slot: int) -> Callable[[Shape], bool]:
    """Whether an input takes a shape, given what its node is wired to otherwise."""
    graph = evaluation.graph
    node = graph.nodes[target]
    likely = _likely(evaluation, None)
    inputs = [
        None if source is None else OutputOf(source, graph.output_of(target, number))
        for number, source in enumerate(graph.inputs_of(target))
    ]
    if node.op.variadic:
        inputs = [source for source in inputs if source is not None]
        inputs[slot : slot + 1] = [None]
    others: list[Sequence[Shape | None]] = []
    for number, source in enumerate(inputs):
        shape = _shape(evaluation, *source) if source is not None else None
        absent = source is None and node.op.input_for(number).optional
        others.append([None] if absent else likely if shape is None else [shape])
    settings = node.op.complete_settings(node.settings)

    def takes(shape: Shape) -> bool:
        place = min(slot, len(others) - 1)
        return any(_result(node.op, shapes, settings) is not None for shapes in _combinations(others, place, shape))

    return takes


def _combinations(
    others: Sequence[Sequence[Shape | None]], place: int, shape: Shape
) -> Iterable[tuple[Shape | None, ...]]:
    return islice(product(*others[:place], [shape], *others[place + 1 :]), MOST_TRIALS)


def _result(op: Op, shapes: tuple[Shape | None, ...], settings: Settings) -> Shape | None:
    try:
        return tuple(op.shape(*shapes, **settings))
    except EngineError:
        return None


def _shape(evaluation: Evaluation, node: int, output: int = 0) -> Shape | None:
    at = evaluation.position(node, output)
    return None if at is None else evaluation.program.calls[at].shape


def _likely(evaluation: Evaluation, shape: Shape | None) -> list[Shape]:
    """Shapes that an input not wired yet may have: like ``shape``, or such as appear in graphs."""
    found: dict[Shape, None] = {}
    if shape is not None:
        last = shape[-1] if shape else 1
        found.update(dict.fromkeys((shape, shape[::-1], shape[:1], shape[-1:], (last, 2), (2, *shape[:1]))))
        found.update(dict.fromkeys((shape[:1] + shape[2:], (4, *shape[1:2], 1, 1), (4, *shape[1:2], 1))))
    else:
        for call in evaluation.program.calls[:200]:
            if len(found) < 6:
                found.update(dict.fromkeys((call.shape, call.shape[::-1])))
    found.update(dict.fromkeys(((), (3,), (3, 3), (1, 3, 4, 4), (2, 3, 1, 1), (1, 3, 4), (2, 3, 1))))
    return list(found)
