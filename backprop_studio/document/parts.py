"""What a document holds beside nodes and wires: frames, comments and groups.

All have ids of the same series as nodes, so that one number names one thing of a document.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

Point = tuple[float, float]
Rect = tuple[float, float, float, float]
"""x, y, width, height in scene units."""
Mode = Literal["on", "bypassed", "muted"]

MODES: tuple[Mode, ...] = ("on", "bypassed", "muted")
FRAME_COLORS = ("grey", "blue", "green", "yellow", "red", "purple")
"""Names of the colours of frames, comments and nodes; the first is the plain one. Each theme has its shades of them."""


@dataclass(frozen=True)
class Frame:
    """A titled rectangle behind nodes. It carries what has its centre in it. ``group`` is where it is seen."""

    id: int
    title: str
    rect: Rect
    color: str = FRAME_COLORS[0]
    group: int | None = None

    @property
    def position(self) -> Point:
        """The top left corner."""
        return self.rect[0], self.rect[1]


@dataclass(frozen=True)
class Comment:
    """Plain text, of one or more lines, on the canvas. ``position`` is its top left corner, ``size`` width, height."""

    id: int
    text: str
    position: Point
    size: tuple[float, float] = (180.0, 60.0)
    group: int | None = None
    color: str = FRAME_COLORS[0]


class PortBends(NamedTuple):
    """The points that a wire is led through where it is drawn from one item to another that stand for its ends.

    ``source`` and ``target`` are the items: of a wire into a collapsed group that node and that group, and of the
    same wire as it goes on within that group the group (at whose edge it enters) and what it leads to there.
    """

    source: int
    target: int
    points: tuple[Point, ...]


@dataclass(frozen=True)
class Group:
    """A named set of nodes (those whose ``group`` is its id) that can be drawn as one.

    ``parent`` is the group that it lies in itself. ``position`` is where it stands when collapsed,
    ``color`` one of FRAME_COLORS.
    """

    id: int
    name: str
    parent: int | None = None
    collapsed: bool = True
    position: Point = (0.0, 0.0)
    color: str = FRAME_COLORS[0]
