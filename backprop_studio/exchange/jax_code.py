"""A graph as stand-alone JAX code."""

from __future__ import annotations

from collections.abc import Iterator

from backprop_studio.exchange.array_text import array_text
from backprop_studio.exchange.jax_operations import FUNCTIONS, JaxCall
from backprop_studio.exchange.listing import HEADLINE, Listing

_TIES = "where entries tie, JAX shares the gradient among them; the graph gives it to the first"
_CERTAIN = "where a probability is exactly 0 or 1, JAX gives NaN; the graph cuts logarithms off at -100"


def jax_code(listing: Listing) -> str:
    """A function of the sources that take a gradient, and ``jax.value_and_grad`` of it, in float64.

    Raises ExportError for a call that JAX cannot spell.
    """
    inside = [f"    {line}" for line in _lines(listing)]
    outside = list(_sources(listing))
    uses_numpy = any("np.random" in line for line in inside)
    loss, asked = listing.names[listing.loss], [listing.names[index] for index in listing.asked]
    scalar = listing.program.calls[listing.loss].shape == ()
    function = [
        f"def loss_function({', '.join(asked)}):",
        *inside,
        f"    return {loss if scalar else f'{loss}.reshape(())'}",
    ]
    imports = ["import jax", "import jax.numpy as jnp", *(["import numpy as np"] if uses_numpy else [])]
    head = [HEADLINE, *imports, "", 'jax.config.update("jax_enable_x64", True)']
    own = [f"\n\n{source.rstrip()}" for name, source in FUNCTIONS.items() if any(f"{name}(" in line for line in inside)]
    return (
        "\n".join([*head, *own, *["", ""][: len(own)], "", *outside, "", "", *function, "", "", *_calls(loss, asked)])
        + "\n"
    )


def _calls(loss: str, asked: list[str]) -> Iterator[str]:
    """The lines that run the function and print what it gives."""
    given = ", ".join(asked)
    if not asked:
        yield "# No gradient exists: no source that takes one leads to the loss."
        yield f"{loss}, gradients = loss_function(), {{}}"
    else:
        numbers = ", ".join(map(str, range(len(asked))))
        argnums = f"({numbers}{',' if len(asked) == 1 else ''})"
        yield f"{loss}, found = jax.value_and_grad(loss_function, argnums={argnums})({given})"
        yield f"gradients = dict(zip({tuple(asked)!r}, found))"
    yield f'print("{loss} =", {loss})'
    if asked:
        yield "for name, gradient in gradients.items():"
        yield f'    print(f"d{loss}/d{{name}} =", gradient)'


def _sources(listing: Listing) -> Iterator[str]:
    for index, call in enumerate(listing.program.calls):
        if call.op.is_source:
            if listing.comments[index] is not None:
                yield f"# {listing.comments[index]}"
            yield f"{listing.names[index]} = {_array(listing, index)}"


def _lines(listing: Listing) -> Iterator[str]:
    """The lines of the function, one a call."""
    for index, call in enumerate(listing.program.calls):
        if call.op.is_source:
            continue
        notes = [listing.comments[index]]
        if call.op.name in ("max", "min") and isinstance(call.keywords.get("axis"), int):
            notes.append(_TIES)
        if call.op.name == "binary_cross_entropy":
            notes.append(_CERTAIN)
        yield from (f"# {note}" for note in notes if note is not None)
        yield f"{listing.names[index]} = {_expression(listing, index)}"


def _array(listing: Listing, index: int) -> str:
    array = listing.leaf(index)
    kind = "" if array.dtype.kind in "iu" else ", dtype=jnp.float64"
    return f"jnp.array({array_text(array, 'jnp')}{kind})"


def _expression(listing: Listing, index: int) -> str:
    call, node = listing.program.calls[index], listing.node(index)
    if node.mode == "muted":
        return f"jnp.zeros({call.shape!r})"
    inputs = listing.inputs(index, "{}.astype(int)")
    if node.mode == "bypassed":
        return inputs[0]
    values = [listing.evaluation.run.values[source] for source in call.inputs]
    return JaxCall(call, inputs, [value for value in values if value is not None]).expression()
