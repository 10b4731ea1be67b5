"""The canvas: the widget on which a graph is seen, built and edited."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Mapping

from PySide6.QtCore import QEvent, QObject, QPoint, QPointF, QRect, QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import (
    QContextMenuEvent,
    QDragEnterEvent,
    QDragLeaveEvent,
    QDragMoveEvent,
    QDropEvent,
    QFocusEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QWidget

from backprop_studio.document.changes import GraphChange
from backprop_studio.document.graph import Point, Wire
from backprop_studio.document.parts import Rect
from backprop_studio.session.editor_session import EditorSession
from backprop_studio.ui.canvas.blocks import Blocks
from backprop_studio.ui.canvas.camera import Camera
from backprop_studio.ui.canvas.drop import Drop
from backprop_studio.ui.canvas.editing import Editing
from backprop_studio.ui.canvas.follower import Follower
from backprop_studio.ui.canvas.frame import Frame
from backprop_studio.ui.canvas.framing import Framing
from backprop_studio.ui.canvas.glide import Glide
from backprop_studio.ui.canvas.grouping import Grouping
from backprop_studio.ui.canvas.keys import Keys
from backprop_studio.ui.canvas.layer import StaticLayer
from backprop_studio.ui.canvas.level_bar import LevelBar
from backprop_studio.ui.canvas.navigation import Navigation
from backprop_studio.ui.canvas.overlay import OverlayPainter
from backprop_studio.ui.canvas.overlay_state import Overlay
from backprop_studio.ui.canvas.painter import GraphPainter
from backprop_studio.ui.canvas.pass_painter import PassPainter
from backprop_studio.ui.canvas.pointer import Pointer
from backprop_studio.ui.canvas.quick_add import QuickAdd
from backprop_studio.ui.canvas.scene import Scene
from backprop_studio.ui.canvas.spoiling import NOTE_MARGIN, Spoiling
from backprop_studio.ui.canvas.tips import show_tip
from backprop_studio.ui.canvas.touch import TOUCHES, Touch
from backprop_studio.ui.canvas.wire_work import WireWork
from backprop_studio.ui.theme import Theme, ThemeManager


class CanvasView(Spoiling):
    """Paints the session's graph in layers and turns gestures into the session's edits."""

    zoom_changed = Signal(float)
    gradient_clicked = Signal()
    """The number of a gradient was clicked: what it belongs to is selected now."""
    context_menu_requested = Signal(QPoint, object, object)
    """Global position, node id or None, Wire or None under the pointer."""

    def __init__(self, session: EditorSession, themes: ThemeManager, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.session = session
        self.camera = Camera()
        self.scene = Scene()
        self.overlay = Overlay()
        self.above: list[Callable[[QPainter, Frame], None]] = []
        """What else is painted above the scene, in pixels of the frame."""
        self.layer = StaticLayer()
        self.head = self.foot = 0.0
        """Pixels at the head and at the foot that something else covers; fitting leaves them free."""
        self.guides = True
        """Dragged nodes line up with others."""
        self._lifted: dict[int, None] = {}
        """The nodes that are painted above the static layer, in that order."""
        self._cameras: dict[int | None, tuple[float, float, float]] = {}
        """How each level was seen last: x, y and zoom of the camera."""
        self._level_seen: int | None = None
        self.pointer = Pointer(self)
        self.keys = Keys(self)
        self.navigation = Navigation(self)
        self._touch = Touch(self)
        self._drop = Drop(self)
        self._take_theme(themes.theme)
        themes.changed.connect(self._take_theme)
        self.editing = Editing(self)
        self.quick_add = QuickAdd(self)
        self.glide = Glide(self)
        self.framing = Framing(self)
        self.grouping = Grouping(self)
        self.blocks = Blocks(self)
        self.wire_work = WireWork(self)
        self.level_bar = LevelBar(self, themes)
        self._follower = Follower(self)
        self.setObjectName("canvas")
        self.setAccessibleName("Graph")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setAcceptDrops(True)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setAttribute(Qt.WidgetAttribute.WA_AcceptTouchEvents)
        self.installEventFilter(self)

    def pointed_at(self) -> Point:
        """The point of the scene under the pointer, or in the middle where the pointer is elsewhere."""
        if self.pointer.last is None:
            return self.centre_of_view()
        point = self.camera.to_scene(self.pointer.last)
        return point.x(), point.y()

    def camera_moved(self) -> None:
        """The camera shows something else: repaint, and let what follows it follow."""
        self.editing.follow()
        self.framing.follow()
        self.grouping.follow()
        self.update()
        if self._zoom_told != self.camera.zoom:
            self._zoom_told = self.camera.zoom
            self.zoom_changed.emit(self.camera.zoom)

    _zoom_told = 1.0

    # -- editing --------------------------------------------------------------------------------

    def edit_value(self, node: int) -> bool:
        """Edit a source's value in place. False for a node that holds none."""
        return self.editing.edit_value(node)

    def edit_name(self, node: int) -> bool:
        """Edit a node's name in place."""
        return self.editing.edit_name(node)

    def cancel_gesture(self) -> None:
        """Leave whatever is being done with the pointer, as if it had not begun."""
        self.pointer.cancel()
        self.keys.finish()
        self.glide.finish()

    def lift(self, nodes: Collection[int]) -> None:
        """Take nodes and their wires off the static layer, to be painted above it while they move."""
        self.spoil_nodes(nodes, with_wires=True)
        lifted = frozenset(nodes)
        self._lifted = dict.fromkeys(node for node in self.scene.geometry.ids if node in lifted)

    def place_lifted(self, positions: Mapping[int, Point]) -> None:
        """Show lifted nodes somewhere else; the graph does not change."""
        outlines = self.scene.outlines()
        self.scene.geometry.place(
            {node: place for node, place in positions.items() if node in self.scene.geometry.node_row}
        )
        if outlines:
            self._spoil([*outlines.values(), *self.scene.outlines().values()], NOTE_MARGIN)
        self.update()

    def lower(self) -> None:
        """Put lifted nodes back on the static layer."""
        lifted, self._lifted = self._lifted, {}
        self.spoil_nodes(lifted, with_wires=True)

    def place_notes(self, rects: Mapping[int, Rect]) -> None:
        """Show frames and comments somewhere else, all others where they are; the graph does not change."""
        moved = self.scene.note_rects.keys() | rects.keys()
        self.spoil_notes(moved)
        self.scene.note_rects = dict(rects)
        self.spoil_notes(moved)

    def hide_wire(self, wire: Wire | None) -> None:
        """Do not paint a wire; None shows all again."""
        self.spoil_wires([shown for shown in (self.scene.hidden_wire, wire) if shown is not None])
        self.scene.hidden_wire = wire

    def level_entered(self) -> None:
        """Another group was entered, or left: show it as it was seen last, or all of it."""
        self._cameras[self._level_seen] = (self.camera.x, self.camera.y, self.camera.zoom)
        self._level_seen = self.session.inside
        self.editing.check()
        self.framing.follow()
        self.grouping.follow()
        self.quick_add.close()
        self.pointer.forget_hover()
        place = self._cameras.get(self._level_seen)
        if place is None:
            self.fit()
        else:
            self.camera.place(*place[:2])
            self.set_zoom(place[2], QPointF())
            self.camera.place(*place[:2])
            self.camera_moved()

    def graph_replaced(self, change: GraphChange) -> None:
        """The graph is another one: forget what is gone."""
        self.pointer.forget_hover()
        self.editing.check()
        self.framing.follow()
        self.grouping.follow()
        self.quick_add.close()
        self.update()

    # -- what must be painted anew ----------------------------------------------------------------

    def pass_pixels(self) -> QRect:
        """Where the playing pass paints, in device pixels."""
        return self._pass_painter.pixels(self.frame(), self.scene)

    @Slot(object)
    def _take_theme(self, theme: Theme) -> None:
        self.painter = GraphPainter(theme)
        self._overlay_painter = OverlayPainter(self.painter)
        self._pass_painter = PassPainter(self.painter)
        self.spoil_all()

    # -- Qt's events ------------------------------------------------------------------------------

    def sizeHint(self) -> QSize:
        """A comfortable size."""
        return QSize(900, 600)

    def paintEvent(self, event: QPaintEvent) -> None:
        """The static layer, what is lifted off it, the overlay, the pass."""
        ratio = self.devicePixelRatioF()
        if ratio != self.camera.pixel_ratio:
            self.camera.pixel_ratio = ratio
            self.camera.pan(0.0, 0.0)
        frame = self.frame()
        # Qt rounds half a pixel up, Python to the even side: no row may be left unpainted.
        size = QSize(math.ceil(self.width() * ratio), math.ceil(self.height() * ratio))
        layer = self.layer.bring_up(self.painter, self.scene, frame, size, self._lifted)
        painter = QPainter(self)
        try:
            painter.scale(1 / ratio, 1 / ratio)
            area = event.rect()
            pixels = QRectF(
                area.x() * ratio, area.y() * ratio, area.width() * ratio, area.height() * ratio
            ).toAlignedRect()
            painter.drawPixmap(pixels.topLeft(), layer, pixels)
            if self._lifted:
                geometry = self.scene.geometry
                rows = [geometry.node_row[node] for node in self._lifted]
                wires = geometry.wires_of(self._lifted).tolist()
                self.painter.paint_rows(painter, frame, self.scene, wires, rows)
            self._overlay_painter.paint(painter, frame, self.scene, self.overlay)
            self._pass_painter.paint(painter, frame, self.scene)
            for paint in self.above:
                paint(painter, frame)
            painter.scale(ratio, ratio)
            self._overlay_painter.paint_hint(painter, self.overlay, QRectF(self.rect()))
        finally:
            painter.end()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Tooltips, pinches, fingers, and keys that a shortcut would otherwise take from a gesture.

        Not ``event``, which would call the methods below from within: exceptions that pass two overridden methods
        end the process in PySide.
        """
        if watched is not self:
            return False
        if event.type() == QEvent.Type.ToolTip:
            return show_tip(self, event)
        if event.type() == QEvent.Type.ShortcutOverride and self.keys.overrides(event):
            event.accept()
            return True
        if self.navigation.event(event):
            return True
        if event.type() in TOUCHES:
            return self._touch.take(event)
        return False

    _top = 0
    """Where the upper edge stood in the window at the last resize."""

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the middle of the scene in the middle; where only the upper edge moved, all of it on its place.

        A message that comes above the canvas must not move what the pointer is about to press.
        """
        old, top = event.oldSize(), self.mapTo(self.window(), QPoint(0, 0)).y()
        if old.isValid() and old.width() > 0:
            wider, taller = event.size().width() - old.width(), event.size().height() - old.height()
            from_above = wider == 0 and taller == self._top - top
            self.camera.pan(wider / 2, taller if from_above else taller / 2)
        self._top = top
        self.camera_moved()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Begin a gesture."""
        self.keys.wire.cancel()
        self.pointer.press(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Go on with a gesture, or show what is under the pointer."""
        self.pointer.move(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """End a gesture."""
        self.pointer.release(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Edit in place."""
        self.pointer.double_click(event)

    def leaveEvent(self, event: QEvent) -> None:
        """Nothing is under the pointer any more."""
        self.pointer.leave()

    def focusNextPrevChild(self, forwards: bool) -> bool:
        """Tab is a key of the canvas's own."""
        return False

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """A gesture does not outlive the focus."""
        if event.reason() != Qt.FocusReason.PopupFocusReason:
            self.cancel_gesture()
        self.keys.forget_space()
        super().focusOutEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Edit by the keyboard."""
        if not self.keys.press(event):
            super().keyPressEvent(event)

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        """End what a held key did."""
        if not self.keys.release(event):
            super().keyReleaseEvent(event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zoom or pan."""
        self.navigation.wheel(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Ask for a menu for what is under the pointer."""
        self.pointer.context_menu(event)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Take operations from the palette."""
        self._drop.enter(event)

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        """Show where the node would land."""
        self._drop.move(event)

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        """Show it no more."""
        self._drop.leave()

    def dropEvent(self, event: QDropEvent) -> None:
        """Place the operation."""
        self._drop.drop(event)
