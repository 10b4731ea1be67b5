"""The size of a node and where its ports sit, in scene units.

The canvas paints by these numbers and the layout leaves room by them. The value and the gradient
row stand under the header; ports sit on the left and right edge beside the rows. All ports differ in
height by multiples of 10, so that wires between nodes on a grid of 10 can run straight.
"""

from __future__ import annotations

from backprop_studio.document.graph import Point
from backprop_studio.engine.op import Op

NODE_WIDTH = 140.0
HEADER_HEIGHT = 26.0
ROW_HEIGHT = 22.0
PADDING = 8.0
"""Free space above the first and below the last row."""
MIN_ROWS = 2
"""The value row and the gradient row; an operation with more inputs gets a row for each."""
PORT_SPACING = 20.0
_MIDDLE = HEADER_HEIGHT + PADDING + ROW_HEIGHT
"""Height of the line between the value row and the gradient row."""


def node_height(op: Op) -> float:
    """Height of a node of that operation: 86 for up to two inputs, one row more for each further input."""
    return HEADER_HEIGHT + 2 * PADDING + ROW_HEIGHT * max(MIN_ROWS, len(op.inputs))


def port_offset_in(op: Op, slot: int) -> Point:
    """Centre of an input port, relative to the node's top left corner. Raises IndexError for an unknown slot.

    A single input sits level with the output; two sit just above and below it, further ones follow below.
    """
    count = len(op.inputs)
    if not 0 <= slot < count:
        raise IndexError(f"{op.name} has no input slot {slot}")
    first = _MIDDLE if count == 1 else _MIDDLE - PORT_SPACING / 2
    return 0.0, first + PORT_SPACING * slot


def port_offset_out(op: Op) -> Point:
    """Centre of the output port, relative to the node's top left corner: the same for every operation."""
    del op  # each operation has one output
    return NODE_WIDTH, _MIDDLE
