"""Declarations of operations some of whose inputs may stay unwired.

In their formulas and spellings what stands between ⟦ and ⟧ falls away where an input named in it is absent; one such
part may stand in another.
Elsewhere an absent input is None.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from itertools import product

from backprop_studio.engine.absent import picked
from backprop_studio.engine.op import Formula, Op, Sample, Spelling, Texts

_PART = re.compile(r"⟦([^⟦⟧]*)⟧")


def with_optional_inputs(op: Op) -> Op:
    """The declaration without its brackets, and with its formulas for each choice of inputs that are there."""
    choices = product(*[(True, False) if one.optional else (True,) for one in op.inputs])
    texts = {there: _texts(op, there) for there in choices}
    whole = texts.pop((True,) * len(op.inputs))
    return replace(
        op, formula=whole.formula, local=whole.local, gradient=whole.gradient, spelling=whole.spelling,
        short_texts=texts, samples=tuple(padded(op, one) for one in op.samples),
    )  # fmt: skip


def padded(op: Op, sample: Sample) -> Sample:
    """The sample with None for the optional inputs at the end that it leaves out."""
    missing = 0 if op.variadic else len(op.inputs) - len(sample.inputs)
    return replace(sample, inputs=(*sample.inputs, *(None,) * missing)) if missing else sample


def _texts(op: Op, there: tuple[bool, ...]) -> Texts:
    absent = [given.name for given, is_there in zip(op.inputs, there, strict=True) if not is_there]
    kept = [slot for slot, is_there in enumerate(there) if is_there]

    def short(text: str) -> str:
        named = re.compile(r"\$\{?(" + "|".join(absent) + r")\b") if absent else None
        while _PART.search(text):
            text = _PART.sub(lambda part: "" if named is not None and named.search(part[1]) else part[1], text)
        return text if named is None else named.sub("None", text)

    spelling = op.spelling
    return Texts(
        _formula(op.formula, short),
        tuple(None if one is None else _formula(one, short) for one in picked(op.local, kept)),
        tuple(None if one is None else _formula(one, short) for one in picked(op.gradient, kept)),
        Spelling(short(spelling.torch), short(spelling.jax), short(spelling.numpy), spelling.only_default),
    )


def _formula(formula: Formula, short: Callable[[str], str]) -> Formula:
    return Formula(short(formula.text), short(formula.latex))
