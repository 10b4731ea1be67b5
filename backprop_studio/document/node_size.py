"""The size of a node and where its ports sit, in scene units.

The canvas paints by these numbers and the layout leaves room by them. The value and the gradient
row stand under the header; ports sit on the left and right edge beside the rows. All ports differ in
height by multiples of 10, so that wires between nodes on a grid of 10 can run straight.
"""

from __future__ import annotations

from backprop_studio.document.graph import Point

NODE_WIDTH = 140.0
HEADER_HEIGHT = 26.0
ROW_HEIGHT = 22.0
PADDING = 8.0
"""Free space above the first and below the last row."""
MIN_ROWS = 2
"""The value row and the gradient row; a node with more inputs gets a row for each."""
PORT_SPACING = 20.0
_MIDDLE = HEADER_HEIGHT + PADDING + ROW_HEIGHT
"""Height of the line between the value row and the gradient row."""


def node_height(slots: int) -> float:
    """Height of a node with that many input slots: 86 for up to two, one row more for each further one."""
    return HEADER_HEIGHT + 2 * PADDING + ROW_HEIGHT * max(MIN_ROWS, slots)


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
