"""What a snapshot of training holds, and under which names."""

from __future__ import annotations

from pytestqt.qtbot import QtBot

from backprop_studio.exchange.graph_code import parse_graph_code
from backprop_studio.session.editor_session import EditorSession
from backprop_studio.session.training_run import TrainingSnapshot

CODE = """x = parameter([[1., 2.], [0.5, -1.]])
b = parameter([0.5, -0.5])
y = layer_norm(x, None, b)
L = sum(y*x)"""


def test_contributions_are_named_by_the_slots_that_wires_know(qtbot: QtBot, session: EditorSession) -> None:
    session._load(parse_graph_code(CODE), None, "test")
    evaluation = session.flush()
    seen: list[TrainingSnapshot] = []
    session.training.progressed.connect(seen.append)
    session.training.run(1)
    qtbot.waitUntil(lambda: session.training.state != "running" and bool(seen), timeout=10_000)
    carried = {(wire.target, wire.slot): evaluation.contribution(wire) for wire in session.graph.wires}
    assert seen[0].contributions.keys() == {end for end, array in carried.items() if array is not None}
    for end, array in seen[0].contributions.items():
        expected = carried[end]
        assert expected is not None
        assert (array == expected).all(), end
