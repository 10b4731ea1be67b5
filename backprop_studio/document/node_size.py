"""The size of a node and where its ports sit, in scene units.

The canvas paints by these numbers and the layout leaves room by them. The value and the gradient
row stand under the header; ports sit on the left and right edge, spread over the rows.
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


def node_height(op: Op) -> float:
    """Height of a node of that operation: 86 for up to two inputs, one row more for each further input."""
    return HEADER_HEIGHT + 2 * PADDING + ROW_HEIGHT * max(MIN_ROWS, len(op.inputs))


def port_offset_in(op: Op, slot: int) -> Point:
    """Centre of an input port, relative to the node's top left corner. Raises IndexError for an unknown slot."""
    count = len(op.inputs)
    if not 0 <= slot < count:
        raise IndexError(f"{op.name} has no input slot {slot}")
    body = node_height(op) - HEADER_HEIGHT
    return 0.0, HEADER_HEIGHT + body * (slot + 0.5) / count


def port_offset_out(op: Op) -> Point:
    """Centre of the output port, relative to the node's top left corner; level with a single input port."""
    body = node_height(op) - HEADER_HEIGHT
    return NODE_WIDTH, HEADER_HEIGHT + body / 2
