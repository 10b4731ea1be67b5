"""What an input of an operation is called in a sentence."""

from __future__ import annotations

from backprop_studio.engine.op import Op

_ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth")


def input_words(op: Op, slot: int) -> str:
    """An input in words, to stand after "the": "input weight", or "second input" where its name says no more.

    Of an operation with one input it is "input". Letters stand for inputs in formulas; in a graph with nodes of its
    own called x and y they would be taken for those.
    """
    name = op.input_for(slot).name
    if not op.variadic and len(op.inputs) == 1:
        return "input"
    if not op.variadic and len(name) > 1 and name != "input":
        return f"input {name}"
    return f"{_ORDINALS[slot]} input" if slot < len(_ORDINALS) else f"input {slot + 1}"
