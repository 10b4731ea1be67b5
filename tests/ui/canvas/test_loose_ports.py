"""The port of an input that may stay unwired is dotted; wired, it is like any other."""

from __future__ import annotations

from PySide6.QtCore import QPointF

from backprop_studio.document import edits
from backprop_studio.document.graph import EMPTY_GRAPH
from backprop_studio.document.node_size import node_shape
from backprop_studio.ui.canvas.labels import Kind, names_beside
from backprop_studio.ui.canvas.sprites import MARGIN, PORT_RADIUS, Look, Sprites, port_offsets
from backprop_studio.ui.canvas.tips import tip_at
from backprop_studio.ui.canvas.view import CanvasView
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


def test_inputs_below_the_rows_have_their_names_beside_them(canvas: CanvasView) -> None:
    code = "z = parameter([0.5, -1.])\nt = target([1., 0.])\nL = binary_cross_entropy_with_logits(z, t)"
    assert canvas.session.set_code(code) is None
    canvas.session.flush()
    loss = canvas.session.graph.node_named("L")
    assert loss is not None
    assert canvas.scene.labels[loss.id].inputs == ("weight", "pos_weight")

    def beside(slot: int) -> int:
        image, at = canvas.grab().toImage(), canvas.port_point(loss.id, slot)
        ratio, size = image.devicePixelRatio(), canvas.zoom * image.devicePixelRatio()
        columns = range(round(at.x() * ratio + 14 * size), round(at.x() * ratio + 44 * size))
        rows = range(round(at.y() * ratio - 5 * size), round(at.y() * ratio + 5 * size))
        return len({image.pixelColor(x, y).name() for x in columns for y in rows})

    canvas.set_zoom(1.0)
    canvas.reveal(loss.id)
    assert beside(2) > 3
    assert beside(3) > 3
    canvas.set_zoom(0.4)
    canvas.reveal(loss.id)
    assert beside(2) < 3, "from afar nothing can be read"
    assert names_beside("where") == ("",)
    assert names_beside("add") == names_beside("concatenate") == ()


def test_the_header_tells_all_inputs(canvas: CanvasView) -> None:
    assert canvas.session.set_code("x = input([[1., 2.]])\nW = parameter([[1., 2.]])\nL = linear(x, W)") is None
    canvas.session.flush()
    node = canvas.session.graph.node_named("L")
    assert node is not None
    canvas.reveal(node.id)
    lines = tip_at(canvas, canvas.node_rect(node.id).topLeft() + QPointF(70, 12)).splitlines()
    assert lines[0].startswith("L: ")
    assert lines[1:] == ["first input: x", "input weight: W", "input bias: not wired, optional"]
