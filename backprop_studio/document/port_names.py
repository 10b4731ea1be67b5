"""What the ports of groups are called, and how wide a box is that has room for the names."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable

from backprop_studio.document.graph import Graph
from backprop_studio.document.node_size import GROUP_WIDTH

WIDEST = 340.0
_LETTER, _TITLE_LETTER = 6.5, 8.5
"""About as wide as a letter of a port's name, and of a title, in scene units."""
_NUMBER, _BESIDE = 54.0, 13.0
"""Room for the number beside a name, and for what stands left of both, or between them."""
_TITLE_ROOM = 110.0
"""Room in a title for the triangle and for the number of nodes."""


def free_input_names(graph: Graph, slots: Iterable[tuple[int, int]], taken: Collection[str]) -> list[str]:
    """What free inputs of nodes within a group are called: by what goes in, each with a name of its own.

    An input of several that an operation names by a word ("weight") has that, all others are "input"; of several
    that would be called alike each has its number.
    """
    words = []
    for node, slot in slots:
        op = graph.nodes[node].op
        name = op.input_for(slot).name
        words.append(name if len(name) > 1 and len(op.inputs) > 1 and not op.variadic else "input")
    alone = {word for word in words if words.count(word) == 1} if len(words) < 100 else set()
    used, count = set(taken), dict.fromkeys(words, 0)
    found = []
    for word in words:
        name = word
        while name in used or (word not in alone and name == word):
            count[word] += 1
            name = f"{word} {count[word]}"
        used.add(name)
        found.append(name)
    return found


def width_for(title: str, inputs: Collection[str], outputs: Collection[str], least: float = GROUP_WIDTH) -> float:
    """Width of a box with a title and with names and numbers at its ports, in whole steps of the grid."""
    sides = [max(map(len, names)) * _LETTER + _NUMBER + _BESIDE for names in (inputs, outputs) if names]
    wanted = max(len(title) * _TITLE_LETTER + _TITLE_ROOM if title else 0.0, len(sides) * max(sides, default=0.0))
    return min(max(least, 10.0 * math.ceil(wanted / 10)), WIDEST)
