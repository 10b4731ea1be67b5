"""Undo, delete, select; tidy, the loss, names and values."""

from __future__ import annotations

from collections.abc import Callable

from backprop_studio.session.editor_session import EditorSession
from backprop_studio.ui.canvas.view import CanvasView


class EditCommands:
    """The actions of the Edit menu."""

    def __init__(self, session: EditorSession, find_operation: Callable[[], None]) -> None:
        self._session = session
        self.find_operation = find_operation
        """Shows the palette and puts the cursor into its search."""

    def undo(self) -> None:
        """Take the last edit back."""
        self._session.undo()

    def redo(self) -> None:
        """Do the edit taken back last again."""
        self._session.redo()

    def delete(self) -> None:
        """Delete the selected nodes or the selected wire."""
        self._session.delete_selection()

    def select_all(self) -> None:
        """Select every node."""
        self._session.select_all()


class GraphCommands:
    """The actions of the Graph menu."""

    def __init__(self, session: EditorSession, canvas: CanvasView) -> None:
        self._session = session
        self._canvas = canvas

    def quick_add(self) -> None:
        """Open the field that adds operations, numbers and formulas, at the pointer."""
        self._canvas.quick_add.open()

    def insert_node(self) -> None:
        """Open the field that puts an operation into the selected wire."""
        self._canvas.wire_work.insert()

    def reroute_dot(self) -> None:
        """Lead the selected wire over a dot, or take away the dot under the pointer."""
        self._canvas.wire_work.toggle_dot()

    def set_loss(self) -> None:
        """Differentiate the selected node; chosen again, leave the choice to the program."""
        node = self._node()
        if node is not None:
            self._session.set_loss(None if self._session.graph.loss == node else node)

    def set_kind(self, op_name: str) -> None:
        """Make the selected sources inputs, targets, parameters or constants."""
        self._session.set_kind(self._session.selection, op_name)

    def rename(self) -> None:
        """Edit the selected node's name, frame's title or comment's text, on the canvas."""
        notes = self._session.selected_notes
        if len(notes) == 1 and not self._session.selection:
            self._canvas.framing.edit(next(iter(notes)))
            return
        if len(self._session.selected_items) == 1 == len(self._session.selected_groups):
            [group] = self._session.selected_groups
            self._canvas.reveal(group)
            self._canvas.grouping.edit_name(group)
            return
        node = self._node()
        if node is not None:
            self._canvas.reveal(node)
            self._canvas.edit_name(node)

    def edit_value(self) -> None:
        """Edit the selected source's value, on the canvas."""
        node = self._node()
        if node is not None:
            self._canvas.reveal(node)
            self._canvas.edit_value(node)

    def _node(self) -> int | None:
        selection = self._session.selection
        return next(iter(selection)) if len(selection) == 1 else None
