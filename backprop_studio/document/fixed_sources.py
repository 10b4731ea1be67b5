"""Inputs and targets: their gradient is as true as any other, but no update uses it."""

from __future__ import annotations

from backprop_studio.document.graph import Node


def is_fixed(node: Node) -> bool:
    """Is it a source that training leaves as it is?"""
    return node.op.is_source and node.op_name != "parameter"


def fixed_sentence(node: Node) -> str:
    """What the gradient of such a source is good for."""
    kind = node.op.title[0].lower() + node.op.title[1:]
    article = "an" if kind[0] in "aeiou" else "a"
    return (
        f"{node.label} is {article} {kind}: training changes parameters only, so no update uses this gradient. "
        f"It tells how the loss would react to another {node.label}; PyTorch gives it with requires_grad=True."
    )
