"""What is painted piece by piece is what would be painted anew: panning, edits, selection, passes."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable

import pytest
from PySide6.QtCore import QPointF
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication

from backprop_studio.ui.canvas.view import CanvasView
from tests.ui.canvas.conftest import Mouse, difference, fan_out, product_of_sum, show

ROUNDING = 2


def painted(canvas: CanvasView) -> QImage:
    """The canvas as it is now, through its cache."""
    QApplication.processEvents()
    return canvas.grab().toImage()


def painted_anew(canvas: CanvasView) -> QImage:
    """The canvas painted from nothing."""
    canvas.scene.labels.forget()
    canvas.scene.marks.forget()
    canvas.layer.forget()
    return canvas.grab().toImage()


def check(canvas: CanvasView) -> None:
    kept = painted(canvas)
    # Where a curve is cut by the edge of what is repainted, its rim may differ by the rounding of one shade.
    assert difference(kept, painted_anew(canvas)) <= ROUNDING


def test_panning_moves_the_layer_and_paints_only_strips(canvas: CanvasView) -> None:
    show(canvas, product_of_sum())
    painted(canvas)
    repaints = canvas.layer.repaints
    for dx, dy in ((13, 0), (-7, 25), (0, -40), (300, -200), (-290, 170), (0.4, 0.4)):
        canvas.camera.pan(dx, dy)
        canvas.camera_moved()
        kept = painted(canvas)
        assert canvas.layer.repaints == repaints
        assert difference(kept, painted_anew(canvas)) == 0
        repaints = canvas.layer.repaints


def test_panning_at_a_fractional_zoom(canvas: CanvasView) -> None:
    show(canvas, product_of_sum())
    for zoom in (0.37, 0.83, 1.71):
        canvas.set_zoom(zoom)
        painted(canvas)
        for dx, dy in ((31, 7), (-55, -90), (3, 3)):
            canvas.camera.pan(dx, dy)
            canvas.camera_moved()
            check(canvas)


def test_panning_far_away_and_back(canvas: CanvasView) -> None:
    show(canvas, product_of_sum())
    before = painted(canvas)
    canvas.camera.pan(5000, -4000)
    canvas.camera_moved()
    assert difference(painted(canvas), before) > 50
    canvas.camera.pan(-5000, 4000)
    canvas.camera_moved()
    assert difference(painted(canvas), before) == 0


def _move(canvas: CanvasView, ids: dict[str, int]) -> None:
    canvas.session.move_nodes({ids["d"]: (230.0, 330.0)})


def _delete(canvas: CanvasView, ids: dict[str, int]) -> None:
    canvas.session.select({ids["d"]})
    canvas.session.delete_selection()


def _unwire(canvas: CanvasView, ids: dict[str, int]) -> None:
    canvas.session.unwire(ids["L"], 1)


def _rewire(canvas: CanvasView, ids: dict[str, int]) -> None:
    canvas.session.wire(ids["a"], ids["L"], 1)


def _value(canvas: CanvasView, ids: dict[str, int]) -> None:
    assert canvas.session.set_value(ids["a"], "-0.123456") is None


def _clash(canvas: CanvasView, ids: dict[str, int]) -> None:
    assert canvas.session.set_value(ids["a"], "[1, 2]") is None
    assert canvas.session.set_value(ids["b"], "[1, 2, 3]") is None


def _rename(canvas: CanvasView, ids: dict[str, int]) -> None:
    assert canvas.session.rename(ids["d"], "total") is None


def _add(canvas: CanvasView, ids: dict[str, int]) -> None:
    assert canvas.session.add_node("sigmoid", (500.0, 300.0)) is not None


def _select(canvas: CanvasView, ids: dict[str, int]) -> None:
    canvas.session.select({ids["a"], ids["L"]})


def _loss(canvas: CanvasView, ids: dict[str, int]) -> None:
    canvas.session.set_loss(ids["d"])


@pytest.mark.parametrize("edit", [_move, _delete, _unwire, _rewire, _value, _clash, _rename, _add, _select, _loss])
def test_an_edit_repaints_all_that_it_changes(
    canvas: CanvasView, edit: Callable[[CanvasView, dict[str, int]], None]
) -> None:
    ids = show(canvas, product_of_sum())
    before = painted(canvas)
    edit(canvas, ids)
    canvas.session.flush()
    after = painted(canvas)
    assert difference(before, after) > 20
    assert difference(after, painted_anew(canvas)) == 0
    if canvas.session.undo_stack.canUndo():
        canvas.session.select(())
        while canvas.session.undo_stack.canUndo():
            canvas.session.undo()
        canvas.session.flush()
        assert difference(painted(canvas), before) == 0


def test_a_move_alone_does_not_repaint_everything(canvas: CanvasView) -> None:
    ids = show(canvas, product_of_sum())
    painted(canvas)
    repaints = canvas.layer.repaints
    canvas.session.move_nodes({ids["a"]: (10.0, -20.0)})
    painted(canvas)
    assert canvas.layer.repaints == repaints


def test_a_drag_repaints_the_layer_only_where_nodes_are_lifted_and_set_down(canvas: CanvasView, mouse: Mouse) -> None:
    ids = show(canvas, product_of_sum())
    painted(canvas)
    start = canvas.node_rect(ids["a"]).topLeft() + QPointF(40, 12)
    mouse.drag(start, start + QPointF(60, 40), release=False)
    painted(canvas)
    repaints = canvas.layer.repaints
    check(canvas)
    mouse.release(start + QPointF(60, 40))
    canvas.pointer.forget_hover()
    check(canvas)
    assert canvas.layer.repaints <= repaints + 3


def test_every_position_of_the_passes_looks_the_same_however_it_is_reached(canvas: CanvasView) -> None:
    show(canvas, fan_out())
    timeline = canvas.session.timeline
    timeline.animate = "steps"
    forward = []
    timeline.to_start()
    for position in range(timeline.length + 1):
        forward.append(painted(canvas))
        assert difference(forward[-1], painted_anew(canvas)) == 0, position
        timeline.step_forward()
    for position in reversed(range(timeline.length)):
        timeline.step_back()
        assert timeline.position == position
        assert difference(painted(canvas), forward[position]) == 0, position
    for position in (7, 2, timeline.length, 0, 11):
        timeline.seek(position)
        assert difference(painted(canvas), forward[position]) == 0, position
    timeline.stop()
    check(canvas)


def test_an_animation_frame_leaves_the_layer_alone(canvas: CanvasView) -> None:
    show(canvas, fan_out())
    timeline = canvas.session.timeline
    timeline.seek(4)
    painted(canvas)
    timeline.play()
    timeline.advance(0.02)
    before = painted(canvas)
    pieces = []
    paint = canvas.painter.paint
    canvas.painter.paint = lambda *args, **rest: (pieces.append(args), paint(*args, **rest))  # type: ignore[method-assign]
    timeline.advance(0.1)
    after = painted(canvas)
    timeline.pause()
    assert not pieces
    assert difference(before, after) > 50
    check(canvas)


def test_the_theme_repaints_everything(canvas: CanvasView, themes: object) -> None:
    show(canvas, product_of_sum())
    light = painted(canvas)
    themes.set("dark")  # type: ignore[attr-defined]
    dark = painted(canvas)
    assert difference(light, dark) > 150
    check(canvas)
    themes.set("light")  # type: ignore[attr-defined]
    assert difference(painted(canvas), light) == 0


def test_training_numbers_are_shown_while_it_runs(canvas: CanvasView) -> None:
    import numpy as np

    from backprop_studio.session.training_worker import TrainingSnapshot

    ids = show(canvas, product_of_sum())
    before = painted(canvas)
    number = np.array(7.25)
    snapshot = TrainingSnapshot(1, 5, [1.0], {ids["a"]: number}, {ids["a"]: -number}, {ids["a"]: number}, {}, {})
    canvas.session.training.progressed.emit(snapshot)
    label = canvas.scene.labels[ids["a"]]
    assert (label.value.text, label.gradient.text) == ("7.25", "−7.25")
    assert difference(painted(canvas), before) > 20
    canvas.session.evaluated.emit(canvas.session.evaluation)
    assert difference(painted(canvas), before) == 0


def test_a_new_name_of_the_loss_shows_on_the_nodes_it_is_differentiated_by(canvas: CanvasView) -> None:
    ids = show(canvas, product_of_sum())
    painted(canvas)
    assert canvas.scene.labels[ids["a"]].gradient.caption == "∂L/∂a"
    assert canvas.session.rename(ids["L"], "J") is None
    check(canvas)
    assert canvas.scene.labels[ids["a"]].gradient.caption == "∂J/∂a"


SCALED = """
from PySide6.QtWidgets import QApplication
app = QApplication([])
from backprop_studio.session.editor_session import EditorSession
from backprop_studio.ui.canvas.view import CanvasView
from backprop_studio.ui.theme import ThemeManager
from tests.ui.canvas.conftest import difference, fan_out
session, themes = EditorSession(), ThemeManager("dark")
canvas = CanvasView(session, themes)
canvas.resize(701, 503)
canvas.show()
session._load(fan_out().graph, None, "test")
session.flush()
canvas.fit()
app.processEvents()
assert abs(canvas.grab().toImage().width() - 701 * SCALE) <= 1
def check():
    app.processEvents()
    kept = canvas.grab().toImage()
    canvas.layer.forget()
    assert difference(kept, canvas.grab().toImage()) == 0
for dx, dy in ((7, 3), (-31.4, 20.3), (0.4, -0.4), (90, -55)):
    canvas.camera.pan(dx, dy)
    canvas.camera_moved()
    check()
session.move_nodes({4: (233.0, 71.0)})
check()
session.select({4, 5})
check()
session.timeline.animate = "steps"
for position in range(session.timeline.length + 1):
    session.timeline.seek(position)
    check()
session.shutdown()
"""


@pytest.mark.parametrize("scale", ["1.25", "1.5", "2"])
def test_at_other_pixel_ratios(scale: str) -> None:
    environment = {**os.environ, "QT_SCALE_FACTOR": scale, "PYTHONPATH": os.pathsep.join(sys.path)}
    code = SCALED.replace("SCALE", scale)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment, timeout=100)
    assert done.returncode == 0, done.stderr


def test_a_variadic_operation_grows_and_shrinks_with_its_wires(canvas: CanvasView) -> None:
    built = product_of_sum().op("concatenate", "joined", 620, 40)
    ids = show(canvas, built)
    painted(canvas)
    heights = [canvas.node_rect(ids["joined"]).height()]
    for slot, name in enumerate("abcd"):
        assert canvas.session.wire(ids[name], ids["joined"], slot)
        check(canvas)
        heights.append(canvas.node_rect(ids["joined"]).height())
    assert heights == [86, 86, 108, 130, 152]
    assert canvas.port_point(ids["joined"], 4).y() > canvas.port_point(ids["joined"], 3).y()
    assert canvas.session.unwire(ids["joined"], 1)
    check(canvas)
    assert canvas.node_rect(ids["joined"]).height() == 130
    canvas.session.undo()
    check(canvas)
    assert canvas.node_rect(ids["joined"]).height() == 152


def test_moving_a_node_leaves_the_pass_as_it_is_shown(canvas: CanvasView) -> None:
    ids = show(canvas, fan_out())
    canvas.session.timeline.seek(3)
    painted(canvas)
    canvas.session.move_nodes({ids["a"]: (20.0, -10.0)})
    check(canvas)
    assert canvas.session.timeline.position == 3
    assert canvas.scene.labels[ids["L"]].value.text == "·"
    assert canvas.scene.marks.playing is canvas.session.timeline


def test_an_edit_and_a_pan_before_the_next_frame(canvas: CanvasView) -> None:
    ids = show(canvas, product_of_sum())
    painted(canvas)
    for first in (True, False):
        if first:
            canvas.session.select({ids["a"]})
        canvas.camera.pan(150, 90)
        canvas.camera_moved()
        if not first:
            canvas.session.select({ids["c"]})
        check(canvas)
