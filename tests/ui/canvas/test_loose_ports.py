"""The port of an input that may stay unwired is dotted; wired, it is like any other."""

from __future__ import annotations

from backprop_studio.document import edits
from backprop_studio.document.graph import EMPTY_GRAPH
from backprop_studio.document.node_size import node_shape
from backprop_studio.ui.canvas.labels import Kind
from backprop_studio.ui.canvas.sprites import MARGIN, PORT_RADIUS, Look, Sprites, port_offsets
from backprop_studio.ui.theme import ThemeManager


def test_optional_inputs_without_a_wire_are_loose() -> None:
    graph, linear = edits.add_node(EMPTY_GRAPH, "linear", (0.0, 0.0))
    graph, bias = edits.add_node(graph, "parameter", (0.0, 100.0))
    assert graph.loose_slots(linear) == (2,)
    assert graph.loose_slots(bias) == ()
    assert edits.connect(graph, bias, linear, 2).loose_slots(linear) == ()


def test_a_loose_port_has_gaps_in_its_ring(qapp: object) -> None:
    shape, scale = node_shape(3), 4.0
    sprites = Sprites(ThemeManager("dark").theme)
    centre = port_offsets(shape)[2]

    def ring(look: Look) -> set[str]:
        image = sprites.pixmap(look, scale).toImage()
        y = (centre.y() + MARGIN) * scale
        x = (centre.x() + MARGIN) * scale
        reach = PORT_RADIUS * scale
        around = [(-0.924, 0.383), (-1.0, 0.0), (-0.924, -0.383), (-0.707, 0.707), (-0.707, -0.707), (-0.98, 0.195)]
        return {image.pixelColor(round(x + a * reach), round(y + b * reach)).name() for a, b in around}

    assert len(ring(Look(Kind.OPERATION, shape))) == 1
    assert len(ring(Look(Kind.OPERATION, shape, loose=(2,)))) > 1
    assert ring(Look(Kind.OPERATION, shape, loose=(1,))) == ring(Look(Kind.OPERATION, shape))
