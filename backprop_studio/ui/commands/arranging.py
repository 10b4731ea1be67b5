"""Tidy, align and distribute; frames, comments and colours; bypass, mute and detach."""

from __future__ import annotations

from backprop_studio.document import edits
from backprop_studio.document.arranging import Axis, Edge, align, boxes, distribute
from backprop_studio.document.combining import nodes_among
from backprop_studio.document.graph import Graph
from backprop_studio.document.parts import Mode
from backprop_studio.document.rewiring import detach
from backprop_studio.session import edit_texts as texts
from backprop_studio.session.editor_session import EditorSession
from backprop_studio.ui.canvas.tidying import Tidying
from backprop_studio.ui.canvas.view import CanvasView


class ArrangeCommands:
    """Actions on the selected nodes, or on the whole graph; nodes glide to their new places, which come into view."""

    def __init__(self, session: EditorSession, canvas: CanvasView) -> None:
        self._session = session
        self._canvas = canvas
        self.tidying = Tidying(canvas)

    def tidy(self) -> None:
        """Lay the whole graph out anew."""
        self.tidying.run(None, "Tidy")

    def tidy_selection(self) -> None:
        """Lay the selected nodes out anew, where they stand."""
        self.tidying.run(self._boxes(), "Tidy selection")

    def align(self, edge: Edge) -> None:
        """Bring an edge, or the middle, of the selected nodes into line."""
        nodes = self._boxes()

        def edit(graph: Graph) -> Graph:
            return edits.move(graph, align(boxes(graph, nodes), edge))

        self._canvas.glide.run(lambda: self._session.edit(edit, f"Align {self._names()}"))

    def distribute(self, axis: Axis) -> None:
        """Put equal gaps between the selected nodes."""
        nodes = self._boxes()

        def edit(graph: Graph) -> Graph:
            return edits.move(graph, distribute(boxes(graph, nodes), axis))

        self._canvas.glide.run(lambda: self._session.edit(edit, f"Distribute {self._names()}"))

    def frame(self) -> None:
        """Draw a titled frame around what is selected."""
        self._canvas.framing.frame_selection()

    def comment(self) -> None:
        """Write a comment at the pointer."""
        self._canvas.framing.write_comment(self._canvas.pointed_at())

    def recolour(self, color: str) -> None:
        """Give what is selected another colour."""
        self._canvas.framing.recolour(color)

    def mute(self) -> None:
        """Let the selected nodes give zeros; once more switches them on."""
        self._set_mode("muted", "Mute")

    def bypass(self) -> None:
        """Let the selected nodes pass their first input on; once more switches them on."""
        self._set_mode("bypassed", "Bypass")

    def detach(self) -> None:
        """Take the selected nodes out of their wires; these heal."""
        nodes = self._boxes()
        self._session.edit(lambda graph: detach(graph, nodes), f"Detach {self._names()}")

    def _set_mode(self, mode: Mode, verb: str) -> None:
        session, nodes = self._session, nodes_among(self._session.graph, self._boxes())
        on = all(session.graph.nodes[node].mode == mode for node in nodes)
        wanted: Mode = "on" if on else mode
        session.edit(
            lambda graph: edits.set_mode(graph, nodes, wanted), f"{'Switch on' if on else verb} {self._names()}"
        )

    def _names(self) -> str:
        return texts.nodes_name(self._session.graph, self._boxes())

    def _boxes(self) -> frozenset[int]:
        """The selected nodes and groups."""
        return self._session.selection | self._session.selected_groups
