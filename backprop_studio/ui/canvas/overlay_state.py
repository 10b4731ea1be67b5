"""What the overlay shows: set by gestures and by the pointer, painted above the static layer."""

from __future__ import annotations

from dataclasses import dataclass, field

from PySide6.QtCore import QPointF, QRectF

from backprop_studio.document.arranging import Guide
from backprop_studio.document.graph import Point, Wire
from backprop_studio.ui.canvas.bezier import Floats
from backprop_studio.ui.canvas.geometry import Port
from backprop_studio.ui.canvas.joinability import Joinability


@dataclass
class Overlay:
    """What gestures and the pointer want shown. Positions in scene units, but ``hint_at`` in the widget's."""

    hovered_node: int | None = None
    hovered_port: Port | None = None
    hovered_wire: Wire | None = None
    live_curve: Floats | None = None
    """The wire being drawn, shape (4, 2)."""
    pending: Floats | None = None
    """A wire that waits for what is chosen in quick-add."""
    refused: bool = False
    """The wire being drawn can not end where it is."""
    fitting: list[Port] = field(default_factory=list)
    joinable: Joinability = field(default_factory=Joinability)
    """What the port under the pointer may be joined to."""
    snapped: Port | None = None
    growing: Port | None = None
    """The port by which the node under the wire being drawn would grow."""
    rubber_band: QRectF | None = None
    ghost: tuple[str, Point] | None = None
    """Operation about to be dropped, and the corner of its node."""
    slice_line: list[QPointF] = field(default_factory=list)
    cut: list[Wire] = field(default_factory=list)
    """Wires that the gesture is going to take away."""
    wire_target: Wire | None = None
    """The wire that what is being dropped will be put into."""
    inserted: int | None = None
    """The node on the canvas that will be put into it."""
    guides: tuple[Guide, ...] = ()
    hint: str = ""
    hint_at: QPointF = field(default_factory=QPointF)

    def clear(self) -> None:
        """Show nothing any more."""
        self.__init__()  # type: ignore[misc]

    def end_gesture(self) -> None:
        """Show no more of a gesture; what is under the pointer stays."""
        node, port, wire, pending = self.hovered_node, self.hovered_port, self.hovered_wire, self.pending
        self.clear()
        self.hovered_node, self.hovered_port, self.hovered_wire, self.pending = node, port, wire, pending
