"""Which of the ports in view the one under the pointer may be joined to, and which not, and why."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Literal, NamedTuple

from PySide6.QtCore import QRectF

from backprop_studio.ui.canvas.boxes import Port, Side
from backprop_studio.ui.canvas.gestures.connect import MOST_SHOWN, fitting_ports, reachable, shape_clash

if TYPE_CHECKING:
    from backprop_studio.ui.canvas.view import CanvasView

MOST_TOLD = 3
"""Reasons that a tooltip gives for ports that do not fit, each in a line."""
Bar = Literal["cycle", "shape"]


class Joinability(NamedTuple):
    """The ports that fit, and those that do not with what bars them. Empty where too many are in view to tell."""

    fits: tuple[Port, ...] = ()
    barred: tuple[tuple[Port, Bar], ...] = ()


def joinability(canvas: CanvasView, port: Port) -> Joinability:
    """What a node's port may be joined to of all that is in view; costs one walk over the graph."""
    graph = canvas.scene.graph
    if port.item not in graph.nodes:
        return Joinability(tuple(fitting_ports(canvas, port)[0]))
    others = [other for other in _in_view(canvas, "out" if port.is_input else "in") if other.item in graph.nodes]
    if len(others) > MOST_SHOWN:
        return Joinability()
    excluded = reachable(graph, port.item, upstream=not port.is_input)
    evaluation = canvas.session.evaluation
    fits: list[Port] = []
    barred: list[tuple[Port, Bar]] = []
    for other in others:
        if other.item == port.item:
            continue
        source, entry = (other, port) if port.is_input else (port, other)
        if other.item in excluded:
            barred.append((other, "cycle"))
        elif shape_clash(evaluation, source, entry):
            barred.append((other, "shape"))
        else:
            fits.append(other)
    return Joinability(tuple(fits), tuple(barred))


def told(canvas: CanvasView, port: Port, found: Joinability) -> str:
    """A port's chances in words, a line each; "" where nothing is known."""
    if not found.fits and not found.barred:
        return ""
    what = "outputs" if port.is_input else "inputs"
    count = len(found.fits)
    lines = [f"Fits {count} of the {count + len(found.barred)} {what} in view."]
    reasons = {(other.item, bar): (other, bar) for other, bar in reversed(found.barred)}  # one for all ports of a node
    told_first = list(reversed(reasons.values()))[:MOST_TOLD]
    lines += [_reason(canvas, port, *barred) for barred in told_first]
    if len(reasons) > MOST_TOLD:
        lines.append("… and more that do not fit.")
    return "\n".join(lines)


def _reason(canvas: CanvasView, port: Port, other: Port, bar: Bar) -> str:
    """Why a port does not fit, in one sentence."""
    source, entry = (other, port) if port.is_input else (port, other)
    session = canvas.session
    if bar == "cycle":
        return session.connection_problem(source.item, entry.item, entry.number, source.number) or ""
    return f"Does not fit. {shape_clash(session.evaluation, source, entry)}"


def _in_view(canvas: CanvasView, side: Side) -> Iterator[Port]:
    """The ports of one side of all boxes in view."""
    geometry = canvas.scene.geometry
    for row in geometry.visible_nodes(canvas.camera.rect_to_scene(QRectF(canvas.rect()))).tolist():
        shape = geometry.shapes[row]
        for number in range(len(shape.inputs if side == "in" else shape.outputs)):
            yield Port(geometry.ids[row], side, number)
