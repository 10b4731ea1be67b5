"""A graph as stand-alone PyTorch code."""

from __future__ import annotations

from collections.abc import Iterator

from backprop_studio.exchange.array_text import array_text
from backprop_studio.exchange.listing import HEADLINE, Listing
from backprop_studio.exchange.spelled_code import spelled


def torch_code(listing: Listing) -> str:
    """Tensors of float64, one line a node, ``backward`` on the loss, and its gradients printed."""
    body = list(_lines(listing))
    uses_numpy = any("np." in line for line in body)
    loss = listing.names[listing.loss]
    asked = [listing.names[index] for index in listing.asked]
    tail = [f"{loss}.backward()"] if asked else ["# No gradient exists: no source that takes one leads to the loss."]
    tail += [f'print("{loss} =", {loss}.item())']
    tail += [f'print("d{loss}/d{name} =", {name}.grad)' for name in asked]
    imports = ["import numpy as np", "import torch"] if uses_numpy else ["import torch"]
    return "\n".join([HEADLINE, *imports, "", *body, "", *tail]) + "\n"


def _lines(listing: Listing) -> Iterator[str]:
    for index in listing.in_order():
        comment = listing.comments[index]
        if comment is not None:
            yield f"# {comment}"
        yield f"{listing.names[index]} = {_expression(listing, index)}"


def _expression(listing: Listing, index: int) -> str:
    call, node = listing.program.calls[index], listing.node(index)
    if call.op.is_source:
        return _tensor(listing, index)
    if node.mode == "muted":
        return f"torch.zeros({call.shape!r}, dtype=torch.float64)"
    inputs = listing.inputs(index, "{}.long()")
    if node.mode == "bypassed":
        return inputs[0]
    shapes = [listing.program.calls[source].shape for source in call.inputs]
    return spelled(call, "torch", inputs, shapes)


def _tensor(listing: Listing, index: int) -> str:
    array = listing.leaf(index)
    literal = array_text(array, "torch")
    if array.dtype.kind in "iu":
        return f"torch.tensor({literal})"
    wants = ", requires_grad=True" if index in listing.asked else ""
    return f"torch.tensor({literal}, dtype=torch.float64{wants})"
