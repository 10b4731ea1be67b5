"""Short forms for declarations that share a pattern."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from backprop_studio.engine import shapes
from backprop_studio.engine.op import (
    JVP,
    VJP,
    Array,
    Category,
    Formula,
    Forward,
    Input,
    Op,
    Sample,
    Setting,
    SettingValue,
    ShapeRule,
    Spelling,
    registry,
)

MODE = Setting("training", "mode", None, "Training or evaluation, where it is not to be as in the whole graph.")
Rule = tuple[str, str, str, str]
"""Local derivative as text and as LaTeX, then the contribution as text and as LaTeX."""


def sample(*inputs: Any, **settings: SettingValue) -> Sample:
    """A sample of float64 inputs, None for one that is absent; an array of integers is kept as class indices."""
    return Sample(
        tuple(one if one is None or isinstance(one, np.ndarray) else np.array(one, np.float64) for one in inputs),
        settings,
    )


def ramp(*shape: int) -> Array:
    """Sample numbers of a shape, no two alike."""
    count = int(np.prod(shape))
    numbers: Array = np.round(np.sin(1.7 * np.arange(1, count + 1)), 2)
    return numbers.reshape(shape)


def formulas(rules: Sequence[Rule | None]) -> tuple[tuple[Formula | None, ...], tuple[Formula | None, ...]]:
    """The ``local`` and the ``gradient`` formulas of a declaration."""
    local = tuple(None if rule is None else Formula(rule[0], rule[1]) for rule in rules)
    gradient = tuple(None if rule is None else Formula(rule[2], rule[3]) for rule in rules)
    return local, gradient


def times(text: str, latex: str) -> Rule:
    """The rule of an elementwise operation: the contribution is the upstream gradient times the local derivative.

    ``text`` and ``latex`` are the local derivative as a factor: with parentheses around it where it needs them,
    which fall away where it stands alone.
    """
    return _without_parentheses(text), _without_parentheses(latex), f"$g × {text}", rf"$g \cdot {latex}"


def _without_parentheses(text: str) -> str:
    depth = 0
    for place, character in enumerate(text):
        depth += (character == "(") - (character == ")")
        if depth == 0:
            return text[1:-1] if place and place == len(text) - 1 else text
    return text


def elementwise_jvp(vjps: Sequence[VJP | None]) -> JVP:
    """The JVP of an operation that acts entry by entry.

    Its Jacobian is diagonal, hence its own transpose: the VJPs, given the tangents, give the JVP's terms.
    """

    def jvp(tangents: Sequence[Array], out: Array, *inputs: Array, **settings: SettingValue) -> Array:
        terms = (vjp(t, out, *inputs, **settings) for vjp, t in zip(vjps, tangents, strict=True) if vjp is not None)
        total = next(terms)
        for term in terms:
            total = total + term
        return total

    return jvp


def elementwise(
    name: str, symbol: str, title: str, category: Category, *,
    inputs: Sequence[str], forward: Forward, vjps: tuple[VJP | None, ...],
    formula: Formula, rules: Sequence[Rule | None], spelling: Spelling, samples: tuple[Sample, ...],
    sentence: str, source: str, settings: tuple[Setting, ...] = (), synonyms: tuple[str, ...] = (),
    shape: ShapeRule | None = None, wider: str | None = None,
) -> Op:  # fmt: skip
    """Declare and register an operation that acts entry by entry on inputs that broadcast."""
    local, gradient = formulas(rules)
    return registry.add(
        Op(
            name=name, symbol=symbol, title=title, category=category,
            inputs=tuple(Input(one, differentiable=vjp is not None) for one, vjp in zip(inputs, vjps, strict=True)),
            forward=forward, vjps=vjps, jvp=elementwise_jvp(vjps),
            shape=shape or (shapes.same if len(inputs) == 1 else shapes.broadcast),
            formula=formula, local=local, gradient=gradient, spelling=spelling, samples=samples,
            sentence=sentence, source=source, settings=settings, elementwise=True, synonyms=synonyms,
            wider=wider,
        )
    )  # fmt: skip
