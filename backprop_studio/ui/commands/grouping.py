"""Groups: make, take apart, collapse, enter and leave."""

from __future__ import annotations

from backprop_studio.session.block_shelf import BlockError
from backprop_studio.session.editor_session import EditorSession
from backprop_studio.session.messages import Message
from backprop_studio.ui.canvas.view import CanvasView


class GroupCommands:
    """The actions of Edit → Group, on what is selected."""

    def __init__(self, session: EditorSession, canvas: CanvasView) -> None:
        self._session = session
        self._canvas = canvas

    def make(self) -> None:
        """Put what is selected into a group, and edit its name where the view is near enough to read it."""
        group = self._session.group_items(self._session.selected_items)
        if group is not None:
            self._canvas.reveal(group)
            if not self._canvas.frame().is_far:
                self._canvas.grouping.edit_name(group)

    def ungroup(self) -> None:
        """Take the selected groups away; what lay in them stays."""
        self._session.ungroup(self._session.selected_groups)

    def toggle(self) -> None:
        """Collapse the selected groups, or open them where they stand if all are collapsed."""
        groups = self._session.selected_groups or self._around()
        graph = self._session.graph
        self._canvas.grouping.collapse(groups, any(not graph.groups[group].collapsed for group in groups))

    def enter(self) -> None:
        """See the selected group from within."""
        if len(self._session.selected_groups) == 1:
            self._session.enter(next(iter(self._session.selected_groups)))

    def leave(self) -> None:
        """See what lies around the group that one is in."""
        if not self._session.leave():
            self._session.tell(Message("This is the whole graph; there is nothing around it to go to.", "info"))

    def save(self) -> None:
        """Keep the selected group as a block of one's own."""
        group = next(iter(self._session.selected_groups), None)
        if group is None:
            return
        try:
            entry = self._canvas.blocks.shelf.save(self._session.graph, group)
        except BlockError as error:
            self._session.tell(Message(str(error), "error"))
            return
        self._session.tell(Message(f"{entry.title} is in the palette now, under My blocks.", "info"))

    def _around(self) -> frozenset[int]:
        """The open groups that hold the selected nodes and are drawn as outlines."""
        graph, drawn = self._session.graph, self._canvas.scene.outlines().keys()
        found = (graph.nodes[node].group for node in self._session.selection)
        return frozenset(group for group in found if group is not None and group in drawn)
