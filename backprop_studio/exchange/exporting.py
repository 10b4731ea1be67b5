"""The forms in which a graph can be taken away as text: one table for the command line, Python and the window."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from backprop_studio.document.evaluation import evaluate_graph
from backprop_studio.document.graph import Graph
from backprop_studio.exchange.dot_code import dot_code
from backprop_studio.exchange.graph_code import GraphCodeError, graph_code
from backprop_studio.exchange.jax_code import jax_code
from backprop_studio.exchange.latex_code import latex_code
from backprop_studio.exchange.listing import ExportError, listing, well_named
from backprop_studio.exchange.numpy_code import RESERVED, numpy_code
from backprop_studio.exchange.torch_code import torch_code

__all__ = ["FORMATS", "ExportError", "Format", "export_text"]


@dataclass(frozen=True)
class Format:
    """One form: what it is called on the command line and in menus, the ending of its files, and what writes it."""

    name: str
    title: str
    suffix: str
    sentence: str
    write: Callable[[Graph], str]
    needs_values: bool = True
    """Must every node have a value?"""


_ALL = (
    Format("code", "Graph code", ".py", "graph code, which the program reads back", graph_code, False),
    Format("pytorch", "PyTorch code", ".py", "PyTorch code that prints the loss and its gradients",
           lambda graph: torch_code(listing(graph))),
    Format("jax", "JAX code", ".py", "JAX code that prints the loss and its gradients",
           lambda graph: jax_code(listing(graph))),
    Format("numpy", "NumPy code", ".py", "NumPy code with the backward pass written out line by line",
           lambda graph: numpy_code(listing(graph, RESERVED))),
    Format("latex", "LaTeX", ".tex", "equations of the loss and of every gradient by the chain rule",
           lambda graph: latex_code(listing(graph))),
    Format("dot", "Graphviz DOT", ".dot", "the graph with values and gradients, to be drawn by Graphviz",
           lambda graph: dot_code(evaluate_graph(graph)), False),
)  # fmt: skip
FORMATS: Mapping[str, Format] = {one.name: one for one in _ALL}
"""Every form by its name."""


def export_text(graph: Graph, to: str) -> str:
    """The graph in the form of that name. Raises ExportError with one sentence where that cannot be done."""
    if to not in FORMATS:
        raise ExportError(f"There is no export to {to!r} in this version. Use one of: {', '.join(FORMATS)}.")
    try:
        return FORMATS[to].write(well_named(graph))
    except GraphCodeError as error:
        raise ExportError(error.sentence) from error
