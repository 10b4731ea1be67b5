"""Formulas as plain text with numbers filled in, and where an arithmetic first leaves the finite numbers."""

from __future__ import annotations

import re
from collections.abc import Mapping

import numpy as np

from backprop_studio.document.number_text import MINUS, number
from backprop_studio.engine.interpreter import Pass
from backprop_studio.engine.op import Array, Formula
from backprop_studio.engine.program import Program

_PLACEHOLDER = re.compile(r"\$([a-z_][a-z0-9_]*)", re.ASCII)  # not the "²" of "$x²"


def fill_numbers(formula: Formula, parts: Mapping[str, str]) -> str:
    """The formula's text with numbers in place of names; a negative number gets parentheses where it needs them."""
    text = formula.text

    def part(match: re.Match[str]) -> str:
        shown = parts.get(match[1])
        if shown is None:
            return match[0]
        before, after = text[: match.start()], text[match.end() :]
        alone = before.endswith(("(", ", ", "|")) and after.startswith((")", ",", "|", " "))
        leading = not before and (not after or after.startswith(" "))
        return f"({shown})" if shown.startswith(MINUS) and not alone and not leading else shown

    return _PLACEHOLDER.sub(part, text)


def nonfinite_sentence(program: Program, run: Pass, at: int) -> str:
    """Which operation on which numbers first gave NaN or an infinity: "q is NaN: 0 / 0 has no finite result."."""
    spec, out = program.calls[at], run.values[at]
    assert out is not None
    entry = tuple(int(index) for index in np.argwhere(~np.isfinite(out))[0])
    name = f"{spec.name}[{', '.join(map(str, entry))}]" if entry else spec.name
    shown = number(out[entry])
    if spec.op.is_source:
        return f"{name} is {shown}: that is the value it holds. Give it a finite number."
    if not (spec.op.elementwise or out.size == 1):
        return f"{name} is {shown}: {spec.op.title} of finite numbers gave what is not finite."
    parts = {key: number(held) if isinstance(held, float) else str(held) for key, held in spec.settings.items()}
    for slot, source in enumerate(spec.inputs):
        held = run.values[source]
        assert held is not None
        if held.size != 1 and held.shape != out.shape:
            return f"{name} is {shown}: {spec.op.title} of finite numbers gave what is not finite."
        parts[spec.op.input_for(slot).name] = number(_at(held, entry))
    arithmetic = fill_numbers(spec.op.formula_for(len(spec.inputs)), parts | {"out": shown})
    return f"{name} is {shown}: {arithmetic} has no finite result."


def _at(held: Array, entry: tuple[int, ...]) -> float:
    """The number that stands at an entry of a result; of a single number that number."""
    return float(held.item() if held.size == 1 else held[entry])
