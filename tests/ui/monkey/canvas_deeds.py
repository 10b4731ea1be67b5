"""What the monkey does to the canvas: every gesture there is, well aimed or not."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from PySide6.QtCore import QMimeData, QPoint, QPointF, QRectF, Qt
from PySide6.QtWidgets import QApplication, QLineEdit

from backprop_studio.document.graph import Wire
from backprop_studio.engine.ops import registry
from backprop_studio.ui.canvas.geometry import Port
from backprop_studio.ui.canvas.growth import growth_port
from backprop_studio.ui.drag import OPERATION_MIME
from tests.ui.monkey.hand import LEFT, MIDDLE, NONE, RIGHT, Hand
from tests.ui.window_support import Opened

SHIFT, CONTROL, ALT = (
    Qt.KeyboardModifier.ShiftModifier,
    Qt.KeyboardModifier.ControlModifier,
    Qt.KeyboardModifier.AltModifier,
)
HELD = [NONE] * 6 + [SHIFT, CONTROL, ALT, SHIFT | CONTROL, CONTROL | ALT]
OPERATIONS = tuple(op.name for op in registry)
VALUES = (
    "1", "-2.5", "0", "[1, 2, 3]", "[[1, 2], [3, 4]]", "1e999", "nan", "[[1], [2, 3]]", "[", "1,", "1e-320", "[]",
    "abc", "9" * 400, "[[[]]]", "0x10", "zeros(3)", "-0.0", "[1, nan]", "  7  ", "",
)  # fmt: skip
NAMES = ("x", "w1", "loss", "if", "add", "", "a b", "1st", "x" * 60, "<b>x</b>", "sigmoid", "b_2", "__")
TYPED = (
    "add", "times", "@", "mse", "0.5", "x*w + b", "tanh(a)", "sigmoid(x*w1 + b1)*w2", "zzz", "((((", "1/0", "x = 3",
    "-", "concatenate(a, b, c)", "relu(relu(relu(z)))", "a@b@c", "9**9**9", "import os", "[1, 2", "L = mse_loss(y, t)",
    ".T", "x[0]", "w = parameter(shape=(2, 8), init=\"xavier\", seed=0)", "data", "group", "soft max", "conv",
    "dense", "mlp",
)  # fmt: skip
KEYS = (
    Qt.Key.Key_Delete, Qt.Key.Key_Escape, Qt.Key.Key_Escape, Qt.Key.Key_Return, Qt.Key.Key_Tab, Qt.Key.Key_Backtab,
    Qt.Key.Key_Space, Qt.Key.Key_N, Qt.Key.Key_W, Qt.Key.Key_A, Qt.Key.Key_1, Qt.Key.Key_Asterisk, Qt.Key.Key_Backspace,
    Qt.Key.Key_BracketRight, Qt.Key.Key_BracketLeft, Qt.Key.Key_F2, Qt.Key.Key_F5, Qt.Key.Key_F9, Qt.Key.Key_F10,
    Qt.Key.Key_Home, Qt.Key.Key_End, Qt.Key.Key_PageDown, Qt.Key.Key_Menu, Qt.Key.Key_L, Qt.Key.Key_B, Qt.Key.Key_M,
    Qt.Key.Key_G, Qt.Key.Key_J, Qt.Key.Key_Z, Qt.Key.Key_Y, Qt.Key.Key_D, Qt.Key.Key_F, Qt.Key.Key_P, Qt.Key.Key_0,
)  # fmt: skip
ARROWS = (Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Up, Qt.Key.Key_Down)


class CanvasDeeds:
    """Gestures on one canvas. ``random`` is set anew before each deed."""

    def __init__(self, opened: Opened, hand: Hand) -> None:
        self.opened, self.hand = opened, hand
        self.canvas, self.session = opened.workspace.canvas, opened.session
        self.random = Random(0)
        self.during: Callable[[], None] = lambda: None
        """Something else that happens while a button is held."""

    # where

    def inside(self, at: QPointF) -> QPointF:
        """The point, or the nearest one on the canvas."""
        x = min(max(at.x(), 1.0), self.canvas.width() - 2.0)
        return QPointF(x, min(max(at.y(), 1.0), self.canvas.height() - 2.0)).toPoint().toPointF()

    def anywhere(self) -> QPointF:
        """Any point of the canvas."""
        width, height = self.canvas.width(), self.canvas.height()
        return self.inside(QPointF(self.random.uniform(0, width), self.random.uniform(0, height)))

    def port(self, *, output: bool) -> Port | None:
        """Any output, or any input, be it one that appears only while a wire is drawn."""
        geometry = self.canvas.scene.geometry
        if not geometry.ids:
            return None
        node = self.random.choice(geometry.ids)
        ports = [port for port in geometry.ports_of(node) if port.is_input != output]
        further = None if output else growth_port(self.canvas.scene, node)
        ports += [further] if further is not None else []
        return self.random.choice(ports) if ports else None

    def at_port(self, *, output: bool) -> QPointF:
        """The place of any output or input; anywhere where there is none."""
        port = self.port(output=output)
        return self.anywhere() if port is None else self.inside(self.canvas.point_of(port))

    def at_node(self) -> QPointF:
        """Somewhere on a node."""
        ids = self.canvas.scene.geometry.ids
        if not ids:
            return self.anywhere()
        rect = self.canvas.node_rect(self.random.choice(ids))
        share = self.random.choice((0.15, 0.5, 0.5, 0.8))
        return self.inside(QPointF(rect.center().x(), rect.top() + share * rect.height()))

    def wire(self) -> Wire | None:
        """Any wire."""
        wires = self.canvas.scene.geometry.wires
        return self.random.choice(wires) if wires else None

    def at_wire(self) -> QPointF:
        """The middle of any wire."""
        wire = self.wire()
        return self.anywhere() if wire is None else self.inside(self.canvas.wire_point(wire))

    def point(self) -> QPointF:
        """On a port, a node, a wire, or anywhere."""
        where = self.random.random()
        if where < 0.4:
            return self.at_port(output=self.random.random() < 0.4)
        if where < 0.7:
            return self.at_node()
        return self.at_wire() if where < 0.82 else self.anywhere()

    def way(self, start: QPointF, end: QPointF) -> list[QPointF]:
        """Some points from one to the other."""
        steps = self.random.choice((2, 4, 4, 6))
        return [start, *((start + (end - start) * (step / steps)).toPoint().toPointF() for step in range(1, steps + 1))]

    # deeds

    def drag(self) -> None:
        """From anything to anything; at times something else happens in between."""
        button = self.random.choices((LEFT, MIDDLE, RIGHT), (12, 1, 1))[0]
        held, way = self.random.choice(HELD), self.way(self.point(), self.point())
        self.hand.drag(self.canvas, way, button, held, release=False)
        if self.random.random() < 0.15:
            self.during()
        if self.random.random() < 0.05:
            self.hand.click(self.canvas, way[-1], RIGHT)
        self.hand.release(self.canvas, way[-1], button, held)

    def draw_wire(self) -> None:
        """From an output to an input, the other way, or to nothing and a new node."""
        ends = [self.at_port(output=True), self.at_port(output=False)]
        self.random.shuffle(ends)
        if self.random.random() < 0.2:
            ends[1] = self.anywhere()
        self.hand.drag(self.canvas, self.way(*ends), LEFT, self.random.choice(HELD))
        self.answer()

    def reroute(self) -> None:
        """Take a wire by its end to somewhere else."""
        wire = self.wire()
        if wire is not None:
            geometry = self.canvas.scene.geometry
            start = self.inside(self.canvas.point_of(geometry.ends[geometry.wire_row[wire]][1]))
            self.hand.drag(self.canvas, self.way(start, self.point()))
            self.answer()

    def slice(self) -> None:
        """Cut with Ctrl and the right button."""
        way = self.way(self.anywhere(), self.random.choice((self.at_wire, self.anywhere))())
        self.hand.drag(self.canvas, [*way, self.anywhere()], RIGHT, CONTROL)

    def insert(self) -> None:
        """Drop a node on a wire."""
        self.hand.drag(self.canvas, self.way(self.at_node(), self.at_wire()), LEFT, self.random.choice((NONE, SHIFT)))

    def detach(self) -> None:
        """Tear a node out of its wires."""
        self.hand.drag(self.canvas, self.way(self.at_node(), self.anywhere()), LEFT, ALT)

    def band(self) -> None:
        """Draw a band around some."""
        self.hand.drag(self.canvas, self.way(self.anywhere(), self.anywhere()), LEFT, self.random.choice(HELD))

    def click(self) -> None:
        """One click."""
        self.hand.click(
            self.canvas, self.point(), self.random.choice((LEFT, LEFT, LEFT, MIDDLE)), self.random.choice(HELD)
        )

    def double_click(self) -> None:
        """Two of them, then perhaps a word."""
        self.hand.double_click(self.canvas, self.point(), self.random.choice((NONE, NONE, NONE, SHIFT)))
        self.answer()

    def bend(self) -> None:
        """Bend a wire, or drag a bend."""
        bends = [at for chain in self.canvas.scene.geometry.bends.values() for at in chain]
        if not bends or self.random.random() < 0.5:
            self.hand.double_click(self.canvas, self.at_wire())
            return
        at = self.inside(self.canvas.camera.to_widget(QPointF(*self.random.choice(bends))))
        if self.random.random() < 0.2:
            self.hand.double_click(self.canvas, at)
        else:
            self.hand.drag(self.canvas, self.way(at, self.anywhere()))

    def note(self) -> None:
        """Carry, resize, or name a frame or a comment."""
        graph = self.canvas.scene.graph
        rects = [frame.rect for frame in graph.frames.values()]
        rects += [(*comment.position, *comment.size) for comment in graph.comments.values()]
        if not rects:
            return
        rect = self.canvas.camera.rect_to_widget(QRectF(*self.random.choice(rects)))
        title, corner = rect.topLeft() + QPointF(20, 8), rect.bottomRight() - QPointF(4, 4)
        what = self.random.random()
        if what < 0.35:
            self.hand.double_click(self.canvas, self.inside(title))
            self.answer()
        else:
            start = self.inside(title if what < 0.7 else corner)
            self.hand.drag(self.canvas, self.way(start, self.anywhere()))

    def right_click(self) -> None:
        """Ask for the menu and choose from it."""
        self.hand.click(self.canvas, self.point(), RIGHT, self.random.choice((NONE, NONE, CONTROL, SHIFT)))

    def hover(self) -> None:
        """Move without a button."""
        for _ in range(self.random.randint(1, 3)):
            self.hand.move(self.canvas, self.point(), held=self.random.choice(HELD))

    def wheel(self) -> None:
        """Turn the wheel, pan with two fingers, or pinch."""
        at, held = self.point(), self.random.choice(HELD)
        if self.random.random() < 0.15:
            self.hand.pinch(self.canvas, at, self.random.choice((-0.3, 0.1, 0.5, -1.0)))
            return
        turn, pixels = QPoint(0, self.random.choice((120, -120, 240, -15, 8000))), QPoint()
        if self.random.random() < 0.3:
            pixels = QPoint(self.random.randint(-90, 90), self.random.randint(-90, 90))
        self.hand.wheel(self.canvas, at, turn, pixels, held)

    def touch(self) -> None:
        """A tap, a finger that drags, or two that pinch."""
        start, end = self.point(), self.point()
        if self.random.random() < 0.3:
            self.hand.touch(self.canvas, [start])
        elif self.random.random() < 0.7:
            self.hand.touch(self.canvas, [start, (start + end) / 2, end])
        else:
            self.hand.touch(self.canvas, [start, start], [start + QPointF(60, 0), end])

    def drop(self) -> None:
        """Carry an operation from the palette over the canvas; often onto a wire, at times it is rubbish."""
        data, name = QMimeData(), self.random.choice(OPERATIONS)
        rubbish = self.random.random()
        if rubbish < 0.06:
            data.setData(OPERATION_MIME, b"\xff\xfe no operation")
        elif rubbish < 0.1:
            data.setText("x = 1")
        else:
            data.setData(OPERATION_MIME, name.encode())
        end = self.at_wire() if self.random.random() < 0.4 else self.point()
        self.hand.drop(self.canvas, self.way(self.anywhere(), end), data, leaves=self.random.random() < 0.15)

    def quick_add(self) -> None:
        """Open quick-add by a key and type into it."""
        self.focus()
        if self.random.random() < 0.4:
            self.hand.key(self.random.choice((Qt.Key.Key_Tab, Qt.Key.Key_Space)))
        else:
            self.hand.type(self.random.choice("tsx3+@-(="))
        self.answer()

    def answer(self) -> None:
        """Type into the field that is open on the canvas, if one is, and keep it, leave it, or let it be."""
        field = QApplication.focusWidget()
        if not (isinstance(field, QLineEdit) and self.canvas.isAncestorOf(field)):
            return
        if self.random.random() < 0.5:
            field.selectAll()
        words = TYPED if field.objectName() == "quick_add_field" else VALUES + NAMES
        self.hand.type(self.random.choice(words)[:40])
        for _ in range(self.random.choice((0, 0, 0, 1, 2))):
            self.hand.key(self.random.choice((Qt.Key.Key_Down, Qt.Key.Key_Up, Qt.Key.Key_PageDown, Qt.Key.Key_Home)))
        what = self.random.random()
        if what < 0.65:
            self.hand.key(Qt.Key.Key_Return)
        elif what < 0.75:
            self.hand.key(Qt.Key.Key_Tab)
        elif what < 0.9:
            self.hand.key(Qt.Key.Key_Escape)
        elif what < 0.95:
            self.hand.click(self.canvas, self.point())

    def edit_in_place(self) -> None:
        """Open a value or a name and type."""
        self.focus()
        self.hand.click(self.canvas, self.at_node())
        self.hand.key(self.random.choice((Qt.Key.Key_F2, Qt.Key.Key_Return)))
        self.answer()

    def key(self) -> None:
        """Any key to whatever has the focus."""
        if self.random.random() < 0.6:
            self.focus()
        for _ in range(self.random.choice((1, 1, 1, 3))):
            self.hand.key(self.random.choice(KEYS + ARROWS), self.random.choice(HELD))

    def arrows(self) -> None:
        """Move the selection, or the view, by keys; at times Esc comes between."""
        self.focus()
        for _ in range(self.random.randint(1, 4)):
            self.hand.key(self.random.choice(ARROWS), self.random.choice((NONE, NONE, SHIFT)))
        if self.random.random() < 0.2:
            self.hand.key(Qt.Key.Key_Escape)

    def wire_by_keys(self) -> None:
        """Walk to a node, draw a wire from it and choose its end."""
        self.focus()
        for _ in range(self.random.randint(1, 3)):
            self.hand.key(self.random.choice((Qt.Key.Key_N, Qt.Key.Key_Tab)), self.random.choice((NONE, SHIFT)))
        self.hand.key(Qt.Key.Key_W)
        for _ in range(self.random.randint(0, 4)):
            self.hand.key(self.random.choice((*ARROWS, Qt.Key.Key_Tab)))
        self.hand.key(self.random.choice((Qt.Key.Key_Return, Qt.Key.Key_Return, Qt.Key.Key_Escape, Qt.Key.Key_A)))
        self.answer()

    def space_drag(self) -> None:
        """Pan with Space held."""
        self.focus()
        way = self.way(self.point(), self.anywhere())
        self.hand.hold(Qt.Key.Key_Space, down=True)
        self.hand.drag(self.canvas, way)
        self.hand.hold(Qt.Key.Key_Space, down=False)

    def focus(self) -> None:
        """Give the canvas the focus, as a click on it does."""
        if self.canvas.isVisible():
            self.canvas.setFocus(Qt.FocusReason.MouseFocusReason)

    def see_all(self) -> None:
        """Bring the graph back into view."""
        if self.canvas.scene.bounds() is not None and QRectF(self.canvas.rect()).width() > 60:
            self.canvas.fit()
