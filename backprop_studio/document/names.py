"""Names of nodes: which are allowed, and what a new node is called.

A name stands for its node in graph code, so it must be an identifier there and may not hide an
operation.
"""

from __future__ import annotations

import keyword
import unicodedata
from collections.abc import Iterator
from itertools import count

from backprop_studio.document.graph import Graph
from backprop_studio.engine.op import Op
from backprop_studio.engine.ops import registry

MAX_NAME_LENGTH = 40
_SOURCE_LETTERS = {"input": "x", "target": "y", "parameter": "w", "constant": "c"}
"""What people write for a source: inputs x, targets y, weights w."""
_OUTPUT_LETTERS = {"features": "x", "targets": "t"}
"""What people write for the outputs of a source that has several."""


def name_problem(graph: Graph, name: object) -> str | None:
    """Why a node can not get that name, in one sentence, or None where it can."""
    problem = spelling_problem(name)
    if problem is None and isinstance(name, str) and graph.node_named(name) is not None:
        return f"There is already a node named {name}. Choose another name, such as {free_name(graph, name)}."
    return problem


def spelling_problem(name: object) -> str | None:
    """Why a name is none in any graph, in one sentence, or None where it is well spelled."""
    if not isinstance(name, str) or not name:
        return "A node needs a name. Give it one, such as x or loss_1."
    if len(name) > MAX_NAME_LENGTH:
        return f"A name has at most {MAX_NAME_LENGTH} characters, and this one has {len(name)}. Shorten it."
    if not name.isprintable():
        return f"The name {name!a} holds control or invisible characters. Take them out."
    if not name.isidentifier():
        return f"{name!r} is no name for a node. Use letters, digits and _, and begin with a letter."
    if unicodedata.normalize("NFKC", name) != name:
        plain = unicodedata.normalize("NFKC", name)
        return f"The name {name} would be read as {plain} in graph code. Write {plain}."
    if keyword.iskeyword(name):
        return f"{name} is a word of the Python language. Choose another name, such as {name}_1."
    if name in registry:
        return f"{name} is the name of an operation. Choose another name, such as {name}_1."
    return None


def candidate_names(stem: str) -> Iterator[str]:
    """Names for a new node, best first: x, x1, … for "input", add_1, add_2, … for an operation, else stem, stem1, …"""
    letter = _SOURCE_LETTERS.get(stem)
    if letter is None and (stem in registry or spelling_problem(stem) is not None):
        base = stem if len(stem) < MAX_NAME_LENGTH - 12 and spelling_problem(f"{stem}_1") is None else "node"
        yield from (f"{base}_{number}" for number in count(1))
    else:
        stem = letter or stem
        yield stem
        stem = stem[: MAX_NAME_LENGTH - 12]
        # A stem that ends in a digit would make x1 and x11 look like counts of each other.
        between = "_" if stem[-1].isdigit() else ""
        yield from (f"{stem}{between}{number}" for number in count(1))


def free_name(graph: Graph, stem: str) -> str:
    """The first name after ``stem`` (an operation's name or any word) that no node has.

    input → x, x1, …; target → y, y1, …; parameter → w, w1, …; constant → c, c1, …; add → add_1, add_2, …
    """
    return next(
        name for name in candidate_names(stem) if graph.node_named(name) is None and spelling_problem(name) is None
    )


def free_names(graph: Graph, op: Op) -> tuple[str, ...]:
    """A free name for each output of a new node: data → x, t; x1, t1 where both are taken."""
    if len(op.outputs) == 1:
        return (free_name(graph, op.name),)
    return tuple(free_name(graph, _OUTPUT_LETTERS.get(output, output)) for output in op.outputs)
