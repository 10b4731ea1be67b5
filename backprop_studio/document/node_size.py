"""The size of a node and where its ports sit, in scene units.

The canvas paints by these numbers and the layout leaves room by them. The value and the gradient
row stand under the header; ports sit on the left and right edge beside the rows. All ports differ in
height by multiples of 10, so that wires between nodes on a grid of 10 can run straight.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from backprop_studio.document.graph import Point

NODE_WIDTH = 140.0
HEADER_HEIGHT = 26.0
ROW_HEIGHT = 22.0
PADDING = 8.0
"""Free space above the first and below the last row."""
MIN_ROWS = 2
"""The value row and the gradient row; a node with more inputs gets a row for each."""
PORT_SPACING = 20.0
GROUP_WIDTH = 200.0
EDGE_WIDTH = 120.0
"""Width of a collapsed group, and of the boxes at the edges of an entered one."""
OUTLINE_ROOM, OUTLINE_TITLE = 18.0, 26.0
"""Free space between the outline of an open group and what it holds, and the height of its title above that."""
GROUP_PORT_SPACING = 50.0
"""A group's port has two rows: its value above, its gradient below."""
ROOMY_PORTS, ROWED_PORTS = 12, 60
"""With more ports than these on one side, ports have one row each; have none, and stand as close as is needed."""
_TALLEST = 1200.0
"""The ports of a group span no more than this."""
_MIDDLE = HEADER_HEIGHT + PADDING + ROW_HEIGHT
"""Height of the line between the value row and the gradient row."""


class BoxShape(NamedTuple):
    """The size of a box and how far below its top its ports sit: inputs on the left edge, outputs on the right."""

    width: float
    height: float
    inputs: tuple[float, ...]
    outputs: tuple[float, ...]


@lru_cache(maxsize=512)
def node_shape(slots: int, outputs: int = 1) -> BoxShape:
    """The shape of a node with so many ports on either side."""
    return BoxShape(
        NODE_WIDTH,
        node_height(slots, outputs),
        tuple(_port_height(slots, slot) for slot in range(slots)),
        tuple(_port_height(outputs, port) for port in range(outputs)),
    )


@lru_cache(maxsize=512)
def group_shape(inputs: int, outputs: int, width: float = GROUP_WIDTH) -> BoxShape:
    """The shape of a collapsed group with so many ports on either side: each has a value and a gradient row.

    The ports of a group with many stand closer together, so that its box stays within a view.
    """
    count = max(1, inputs, outputs)
    spacing = GROUP_PORT_SPACING if count <= ROOMY_PORTS else min(PORT_SPACING, _TALLEST / (count - 1))
    height = HEADER_HEIGHT + 2 * PADDING + 2 * ROW_HEIGHT + spacing * (count - 1)
    heights = tuple(_MIDDLE + spacing * number for number in range(max(inputs, outputs)))
    return BoxShape(width, height, heights[:inputs], heights[:outputs])


def port_rows(inputs: int, outputs: int) -> int:
    """How many rows of text each port of a group has: its value and its gradient, its value alone, or none."""
    count = max(inputs, outputs)
    return 2 if count <= ROOMY_PORTS else 1 if count <= ROWED_PORTS else 0


def node_height(slots: int, outputs: int = 1) -> float:
    """Height of a node with that many ports on either side: 86 for up to two, one row more for each further one."""
    return HEADER_HEIGHT + 2 * PADDING + ROW_HEIGHT * max(MIN_ROWS, slots, outputs)


def port_offset_in(slots: int, slot: int) -> Point:
    """Centre of one of ``slots`` input ports, relative to the node's top left corner.

    A single input sits level with the output; two sit just above and below it, further ones follow below.
    Raises IndexError for an unknown slot.
    """
    if not 0 <= slot < slots:
        raise IndexError(f"there is no input slot {slot} of {slots}")
    return 0.0, _port_height(slots, slot)


def port_offset_out(ports: int = 1, port: int = 0) -> Point:
    """Centre of an output port, relative to the node's top left corner. Every node has one; groups may have more.

    Raises IndexError for an unknown port.
    """
    if not 0 <= port < ports:
        raise IndexError(f"there is no output port {port} of {ports}")
    return NODE_WIDTH, _port_height(ports, port)


def _port_height(count: int, number: int) -> float:
    return (_MIDDLE if count == 1 else _MIDDLE - PORT_SPACING / 2) + PORT_SPACING * number
