"""Where the names of the stages stand below the scrubber: each beneath its stage, or as near as the others let it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

GAP = 8.0
"""Pixels between two names."""


@dataclass(frozen=True, slots=True)
class StageName:
    """A name as wide as ``width``, of a stage from ``start`` to ``end``; in pixels."""

    text: str
    width: float
    start: float
    end: float


def place_names(names: Sequence[StageName], left: float, right: float) -> list[tuple[str, float]]:
    """The names that there is room for between ``left`` and ``right``, each with its left edge, in their order.

    Where not all fit, those go that are the widest against their stage.
    """
    shown = list(names)
    while shown and sum(name.width for name in shown) + GAP * (len(shown) - 1) > right - left:
        shown.remove(max(shown, key=lambda name: name.width / max(name.end - name.start, 1.0)))
    edges: list[float] = []
    free = left
    for name in shown:
        edges.append(max(free, (name.start + name.end - name.width) / 2))
        free = edges[-1] + name.width + GAP
    limit = right
    for at in range(len(shown) - 1, -1, -1):
        edges[at] = min(edges[at], limit - shown[at].width)
        limit = edges[at] - GAP
    return [(name.text, edge) for name, edge in zip(shown, edges, strict=True)]
