"""A graph as a LaTeX document: the loss as equations, and each gradient by the chain rule."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from backprop_studio.document.number_text import as_shown
from backprop_studio.document.symbols_text import Written, fill, name, names_of, partial, value
from backprop_studio.engine.op import Array
from backprop_studio.exchange.listing import Listing

_HEAD = r"""% Written by Backprop Studio. Names with letters other than a to z need LuaLaTeX or XeLaTeX.
\documentclass{article}
\usepackage{amsmath, amssymb}
\allowdisplaybreaks
\begin{document}"""
_SUMS = r"A sum before a contribution adds up over the entries that a value was repeated for."


def latex_code(listing: Listing) -> str:
    """The document, in the order of the passes: what is given, the forward pass, the backward pass."""
    calls = listing.program.calls
    given = [_given(listing, index) for index, call in enumerate(calls) if call.op.is_source]
    forward = [_forward(listing, index) for index, call in enumerate(calls) if not call.op.is_source]
    backward = list(_backward(listing))
    parts = [_HEAD, *_section("Given", given), *_section("Forward pass", forward)]
    if backward:
        parts += _section("Backward pass", backward)
        parts += [_SUMS] if any(r"\textstyle\sum" in line for line in backward) else []
    return "\n".join([*parts, r"\end{document}"]) + "\n"


def _section(title: str, lines: list[str]) -> list[str]:
    if not lines:
        return []
    return [rf"\section*{{{title}}}", r"\begin{align*}", " \\\\\n".join(lines), r"\end{align*}"]


def _given(listing: Listing, index: int) -> str:
    return f"{name(listing.program.calls[index].name).latex} &{_number(listing.leaf(index))}"


def _number(array: Array) -> str:
    """What stands after a name: its number, or its shape."""
    if array.size != 1:
        sizes = r" \times ".join(map(str, array.shape))
        return rf"\in \mathbb{{R}}^{{{sizes}}}"
    exact = float(array.item())
    shown = value(exact)
    is_exact = np.isfinite(exact) and as_shown(exact) == exact
    return f"{'=' if is_exact or not np.isfinite(exact) else chr(92) + 'approx'} {shown.latex}"


def _forward(listing: Listing, index: int) -> str:
    """An operation as an equation, with its result where that is one number."""
    call, evaluation = listing.program.calls[index], listing.evaluation
    formula = fill(call.op.formula_for(len(call.inputs)), names_of(evaluation, index))
    held = evaluation.run.values[index]
    result = f" {_number(held)}" if held is not None and held.size == 1 else ""
    return f"{name(call.name).latex} &= {formula.latex}{result}"


def _backward(listing: Listing) -> Iterator[str]:
    """The gradient of every value that has one, from the loss back: the sum of its contributions."""
    program, run = listing.program, listing.evaluation.run
    users: dict[int, list[tuple[int, int]]] = {}
    for index, slot in run.contributions:
        users.setdefault(program.calls[index].inputs[slot], []).append((index, slot))
    loss = program.calls[listing.loss].name
    for index in range(listing.loss, -1, -1):
        gradient = run.gradients[index]
        if gradient is None:
            continue
        left = partial(loss, program.calls[index].name).latex
        if index == listing.loss:
            yield f"{left} &= 1"
            continue
        wires = sorted(users.get(index, ()))
        chain = _chain(listing, index, wires)
        terms = " + ".join(_contribution(listing, user, slot) for user, slot in wires)
        result = f" {_number(gradient)}" if gradient.size == 1 else ""
        yield f"{left} &= {chain}{terms}{result}"


def _chain(listing: Listing, index: int, wires: list[tuple[int, int]]) -> str:
    """The chain rule in partial derivatives, where every wire has a local derivative entry by entry.

    A wire into the loss itself has none to show: its upstream gradient is 1.
    """
    calls = listing.program.calls
    entry_by_entry = all(
        calls[user].op.elementwise or calls[user].shape == calls[index].shape == () for user, _ in wires
    )
    if not entry_by_entry or any(user == listing.loss for user, _ in wires):
        return ""
    loss, own = calls[listing.loss].name, calls[index].name
    products = (f"{partial(loss, calls[user].name).latex} {partial(calls[user].name, own).latex}" for user, _ in wires)
    return " + ".join(products) + " = "


def _contribution(listing: Listing, user: int, slot: int) -> str:
    """What one wire passes back, as a formula."""
    program = listing.program
    call, source = program.calls[user], program.calls[program.calls[user].inputs[slot]]
    formula = call.op.gradient_for(slot)
    assert formula is not None
    parts = names_of(listing.evaluation, user)
    upstream = partial(program.calls[listing.loss].name, call.name)
    text = fill(formula, parts | {"g": Written(upstream.text, upstream.latex)}).latex
    repeated = call.op.elementwise and call.shape != source.shape
    return rf"\textstyle\sum \left({text}\right)" if repeated else text
