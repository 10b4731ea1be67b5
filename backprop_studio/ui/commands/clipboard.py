"""Cut, copy, paste, duplicate."""

from __future__ import annotations

from collections.abc import Callable, Collection

from PySide6.QtCore import QMimeData
from PySide6.QtGui import QGuiApplication

from backprop_studio.document.combining import duplicate
from backprop_studio.document.edits import remove
from backprop_studio.document.graph import Graph, Point
from backprop_studio.document.items import item_group, with_content
from backprop_studio.session import edit_texts as texts
from backprop_studio.session.clipping import GRAPH_MIME, ClipError, clip, paste, unclip
from backprop_studio.session.editor_session import EditorSession
from backprop_studio.session.messages import Message
from backprop_studio.ui.canvas.view import CanvasView
from backprop_studio.ui.fit_keeper import FitKeeper

BESIDE = (30.0, 30.0)
"""Where a duplicate stands, from its original; below frames, lest they take hold of what is in the other."""


class ClipboardCommands:
    """The actions that carry nodes about. Other programs get them from the clipboard as graph code."""

    def __init__(self, session: EditorSession, canvas: CanvasView, fitting: FitKeeper) -> None:
        self._session = session
        self._canvas = canvas
        self._fitting = fitting

    def copy(self) -> bool:
        """Put what is selected on the clipboard, frames with what they carry. False where nothing is selected."""
        items = self._items()
        if not items:
            return False
        document, text = clip(self._session.graph, items)
        data = QMimeData()
        data.setData(GRAPH_MIME, document)
        if text:
            data.setText(text)
        QGuiApplication.clipboard().setMimeData(data)
        return True

    def cut(self) -> None:
        """Copy what is selected, and take it away."""
        session, items = self._session, self._items()
        if self.copy():
            session.edit(lambda graph: remove(graph, items), f"Cut {texts.nodes_name(session.graph, items)}")

    def paste(self) -> None:
        """Add what is on the clipboard at the pointer; on an empty canvas, show all of it.

        What is no graph changes nothing, and is said.
        """
        # Qt's stubs say otherwise, but a clipboard that nobody owns may give None.
        data: QMimeData = QGuiApplication.clipboard().mimeData() or QMimeData()
        document = bytes(data.data(GRAPH_MIME).data()) if data.hasFormat(GRAPH_MIME) else None
        try:
            part = unclip(document, data.text() if document is None else "")
        except ClipError as error:
            self._session.tell(Message(str(error), "error"))
            return
        point = self._canvas.pointed_at()
        everything = (*part.nodes, *part.groups, *part.frames, *part.comments)
        pasted = [item for item in everything if item_group(part, item) is None]
        was_empty = self._canvas.scene.bounds() is None
        if not self._add(lambda graph: paste(graph, part, point), f"Paste {texts.nodes_name(part, pasted)}"):
            return
        if was_empty:
            self._fitting.fit()
        else:
            self._canvas.bring_in(self._session.selected_items, zooms=False)

    def duplicate(self) -> None:
        """Copy what is selected beside itself, with the wires among the nodes."""
        self._duplicate(with_incoming=False)

    def duplicate_wired(self) -> None:
        """Copy the selected nodes beside themselves, fed by what feeds the originals."""
        self._duplicate(with_incoming=True)

    def _duplicate(self, *, with_incoming: bool) -> None:
        items = self._items()
        if not items:
            return

        def edit(graph: Graph) -> tuple[Graph, frozenset[int]]:
            after, copies = duplicate(graph, items, _beside(graph, items), with_incoming=with_incoming)
            return after, frozenset(copies[item] for item in items if item in copies)

        self._add(edit, f"Duplicate {texts.nodes_name(self._session.graph, items)}")

    def _items(self) -> frozenset[int]:
        """What is selected, with all that the frames among it carry."""
        return with_content(self._session.graph, self._session.selected_items)

    def _add(self, make: Callable[[Graph], tuple[Graph, frozenset[int]]], text: str) -> bool:
        """Add what ``make`` adds as one step, and select it. False where the graph refuses it."""
        new: list[int] = []

        def edit(graph: Graph) -> Graph:
            after, ids = make(graph)
            new[:] = ids
            return after

        done = self._session.edit(edit, text)
        if done:
            self._session.select(new)
        return done


def _beside(graph: Graph, items: Collection[int]) -> Point:
    """How far from the originals their copies stand."""
    frames = [graph.frames[item].rect for item in items if item in graph.frames]
    if not frames:
        return BESIDE
    return 0.0, max(y + height for _, y, _, height in frames) - min(y for _, y, _, _ in frames) + BESIDE[1]
