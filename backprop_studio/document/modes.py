"""Nodes that are bypassed or muted, as calls of a program.

A bypassed node passes its first input on, and the gradient back to it; a muted one gives zeros of its
result's shape, and passes no gradient.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from backprop_studio.document.graph import Graph
from backprop_studio.document.outputs import call_key
from backprop_studio.engine.errors import EngineError, ShapeError
from backprop_studio.engine.op import Array, Formula, Op, SettingValue, Shape
from backprop_studio.engine.ops import registry
from backprop_studio.engine.program import CallSpec, Program


def bypassed_call(spec: CallSpec) -> CallSpec:
    """The call that a bypassed node makes: the identity of its first input."""
    return replace(spec, op=registry["identity"], inputs=spec.inputs[:1], settings=None)


def muted_call(spec: CallSpec) -> CallSpec:
    """The call that a muted node makes: zeros, with no way for a gradient."""
    if spec.op.is_source:
        value = None if spec.value is None else np.zeros_like(spec.value)
        return replace(spec, op=registry["constant"], settings=None, value=value)
    return replace(spec, op=_muted(spec.op))


def bypassing_problems(graph: Graph, program: Program) -> dict[int, str]:
    """The bypassed nodes of a program whose first input has not the shape of their own result, with the reason."""
    problems = {}
    for node in graph.nodes.values():
        at = program.position.get(node.id)
        if node.mode != "bypassed" or at is None:
            continue
        feeds = [(source, graph.output_of(node.id, slot)) for slot, source in enumerate(graph.inputs_of(node.id))]
        given = [program.position.get(call_key(source, output)) for source, output in feeds if source is not None]
        shapes = [program.calls[index].shape for index in given if index is not None]
        op = node.op.with_inputs([source is not None for source, _ in feeds])
        try:
            own = tuple(op.shape(*shapes, **op.complete_settings(node.settings)))
        except (EngineError, TypeError):
            continue  # the operation could not run on what is wired, so nothing is known of its result
        if own != program.calls[at].shape:
            problems[node.id] = (
                f"it is bypassed, but its first input has shape {program.calls[at].shape} and its result "
                f"has shape {own}. Switch it on, or mute it."
            )
    return problems


def refused_call(spec: CallSpec, problem: str) -> CallSpec:
    """A call with no shape, for the reason given."""

    def no_shape(*_: Shape, **__: SettingValue) -> Shape:
        raise ShapeError(problem)

    return replace(spec, op=replace(spec.op, shape=no_shape))


def _muted(op: Op) -> Op:
    """The operation with zeros in place of its results."""

    def zeros(*inputs: Array | None, **settings: SettingValue) -> Array:
        shape = op.shape(*(None if given is None else given.shape for given in inputs), **settings)
        floats = [given.dtype for given in inputs if given is not None and given.dtype.kind == "f"]
        return np.zeros(shape, floats[0] if floats else np.float64)

    def zero_tangent(_: object, out: Array, *__: Array, **___: SettingValue) -> Array:
        return np.zeros_like(out)

    none = (None,) * len(op.inputs)
    zero = Formula("0", "0")
    return replace(
        op,
        forward=zeros,
        vjps=none,
        jvp=zero_tangent,
        local=none,
        gradient=none,
        formula=zero,
        elementwise=False,
        refine=None,
        state=(),
        advance=None,
        short_texts={},
    )
