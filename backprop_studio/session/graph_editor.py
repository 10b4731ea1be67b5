"""The graph as it is edited: every change goes through one undoable command."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping

from PySide6.QtCore import QObject, Signal, Slot

from backprop_studio.document import edits
from backprop_studio.document.changes import GraphChange, difference
from backprop_studio.document.edits import EditError
from backprop_studio.document.graph import EMPTY_GRAPH, Graph, Point, Wire
from backprop_studio.document.layout import layered_layout
from backprop_studio.document.made import is_made
from backprop_studio.document.value_text import ValueTextError, parse_value
from backprop_studio.document.values import States, Value
from backprop_studio.exchange.graph_code import GraphCodeError, graph_code, parse_graph_code
from backprop_studio.session import edit_texts as texts
from backprop_studio.session.change_reach import Reach, reach
from backprop_studio.session.code_adoption import adopt
from backprop_studio.session.joining import with_values
from backprop_studio.session.messages import Message, Severity
from backprop_studio.session.selection import Selection
from backprop_studio.session.setting_text import parse_setting
from backprop_studio.session.undo import EditCommand, UndoStack

Edit = Callable[[Graph], Graph]


class GraphEditor(QObject):
    """A graph, its selection and its undo history.

    Every edit is validated first and then pushed as one undo step. Edits that a person asks for by
    a gesture answer whether they were done and tell a refusal by ``message``; edits typed into a
    field return the refusal as a sentence (None when done), to be shown at the field.
    """

    graph_changed = Signal(object, object)
    """(Graph, GraphChange): the graph is another one now."""
    selection_changed = Signal(object)
    """frozenset of node ids; the selected groups, notes or wire may have changed as well."""
    message = Signal(object)
    """A Message for the person."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._graph = EMPTY_GRAPH
        self._selection = Selection()
        self._change: tuple[Graph, Graph, GraphChange] | None = None
        """The way from one graph to another that was asked for last."""
        self.undo_stack = UndoStack(self)

    # state

    @property
    def graph(self) -> Graph:
        """The document's graph."""
        return self._graph

    @property
    def selection(self) -> frozenset[int]:
        """Ids of the selected nodes."""
        return self._selection.nodes

    @property
    def selected_notes(self) -> frozenset[int]:
        """Ids of the selected frames and comments."""
        return self._selection.notes

    @property
    def selected_groups(self) -> frozenset[int]:
        """Ids of the selected groups. What lies in them is not selected itself."""
        return self._selection.groups

    @property
    def selected_items(self) -> frozenset[int]:
        """Ids of all that is selected and has a place: nodes, groups, frames and comments."""
        return self._selection.items

    @property
    def selected_wire(self) -> Wire | None:
        """The selected wire, if any."""
        return self._selection.wire

    # edits by gesture

    def edit(self, edit: Edit, text: str, *, quiet: bool = False) -> bool:
        """Do any edit of the document as one undo step called ``text``; False where it is refused."""
        return self._try(edit, text, quiet)

    def add_node(
        self, op_name: str, position: Point, value_text: str | None = None, *, quiet: bool = False
    ) -> int | None:
        """Place an operation with its top left corner at ``position`` and select it; its id, or None where refused."""
        added: list[int] = []

        def edit(graph: Graph) -> Graph:
            value = parse_value(value_text) if value_text is not None else None
            after, node_id = edits.add_node(graph, op_name, position, value=value)
            added[:] = [node_id]
            return after

        if not self._try(edit, f"Add {op_name}", quiet):
            return None
        self.select(added)
        return added[0]

    def wire(self, source: int, target: int, slot: int, output: int = 0, *, quiet: bool = False) -> bool:
        """Wire an output of ``source`` to an input of ``target``, in place of what was wired there."""
        text = f"Wire {texts.wire_name(self._graph, source, target, output)}"
        return self._try(lambda graph: edits.connect(graph, source, target, slot, output), text, quiet)

    def unwire(self, target: int, slot: int, *, quiet: bool = False) -> bool:
        """Take a wire away."""
        source = self._graph.source_of(target, slot)
        output = self._graph.output_of(target, slot)
        text = f"Delete wire {texts.wire_name(self._graph, source if source is not None else -1, target, output)}"
        return self._try(lambda graph: edits.disconnect(graph, target, slot), text, quiet)

    def reroute(self, old: Wire, source: int, target: int, slot: int, output: int = 0, *, quiet: bool = False) -> bool:
        """Take a wire off at one end and put it to another output or input."""

        def edit(graph: Graph) -> Graph:
            return edits.reroute(graph, old, source, target, slot, output)

        return self._try(edit, f"Rewire {texts.wire_name(self._graph, source, target, output)}", quiet)

    @Slot()
    def delete_selection(self) -> bool:
        """Delete what is selected, nodes with their wires. False where nothing is."""
        items, wire = self.selected_items, self._selection.wire
        if not items and wire is None:
            return False

        def edit(graph: Graph) -> Graph:
            if wire is not None and (wire.target, wire.slot) in graph.sources:
                graph = edits.disconnect(graph, wire.target, wire.slot)
            return edits.remove(graph, items) if items else graph

        return self._try(edit, texts.deletion(self._graph, items, wire))

    def move_nodes(self, positions: Mapping[int, Point]) -> bool:
        """Put nodes, groups, frames and comments where ``positions`` says. No number changes, and training goes on."""
        text = f"Move {texts.nodes_name(self._graph, positions.keys())}"
        return self._try(lambda graph: edits.move(graph, positions), text)

    @Slot()
    def tidy(self) -> bool:
        """Lay the whole graph out anew."""
        return self._try(lambda graph: edits.move(graph, layered_layout(graph)), "Tidy")

    def set_kind(self, nodes: Collection[int], op_name: str) -> bool:
        """Make sources inputs, targets, parameters or constants; their names, values and wires stay."""
        text = f"Change {texts.nodes_name(self._graph, nodes)} to {op_name}"
        return self._try(lambda graph: edits.set_kind(graph, nodes, op_name), text)

    def set_loss(self, node_id: int | None) -> bool:
        """Choose the node to differentiate; None leaves the choice to the program."""
        node = self._graph.nodes.get(node_id) if node_id is not None else None
        text = f"Set {node.name} as loss" if node is not None else "Choose the loss automatically"
        return self._try(lambda graph: edits.set_loss(graph, node_id), text)

    def connection_problem(self, source: int, target: int, slot: int, output: int = 0) -> str | None:
        """Why a wire can not be made, in one sentence, or None where it can."""
        return edits.connection_problem(self._graph, source, target, slot, output)

    # edits in a field

    def set_value(self, node_id: int, text: str, output: int = 0) -> str | None:
        """Give an output of a source the value that ``text`` says. An empty text leaves it to the settings."""
        node = self._graph.nodes.get(node_id)
        drawn = node is not None and not text.strip() and is_made(node.op, node.settings)

        def edit(graph: Graph) -> Graph:
            return edits.set_value(graph, node_id, None if drawn else parse_value(text), output)

        made = "its dataset" if node is not None and node.more else "its initial value"
        shown = made if drawn else texts.shortened(text)
        return self._refusal(edit, f"Set {texts.nodes_name(self._graph, [node_id])} to {shown}")

    def set_setting(self, node_id: int, name: str, text: str) -> str | None:
        """Set a setting of a node's operation to what ``text`` says."""

        def edit(graph: Graph) -> Graph:
            node = graph.nodes.get(node_id)
            setting = node.op.setting(name) if node is not None else None
            return edits.set_setting(graph, node_id, name, text if setting is None else parse_setting(setting, text))

        label = f"Set {name} of {texts.nodes_name(self._graph, [node_id])} to {texts.shortened(text)}"
        return self._refusal(edit, label)

    def rename(self, node_id: int, name: str) -> str | None:
        """Give a node another name."""
        name = name.strip()
        label = f"Rename {texts.nodes_name(self._graph, [node_id])} to {texts.shortened(name)}"
        return self._refusal(lambda graph: edits.rename(graph, node_id, name), label)

    # selection

    def select(self, ids: Iterable[int], wire: Wire | None = None) -> None:
        """Select nodes, groups, frames and comments, or a wire."""
        if self._selection.choose(self._graph, ids, wire):
            self.selection_changed.emit(self._selection.nodes)

    @Slot()
    def select_all(self) -> None:
        """Select every node, frame and comment."""
        self.select((*self._graph.nodes, *self._graph.frames, *self._graph.comments))

    @Slot()
    def clear_selection(self) -> None:
        """Select nothing."""
        self.select(())

    def code(self) -> str:
        """The graph as graph code."""
        return graph_code(self._graph)

    def set_code(self, text: str) -> str | None:
        """Make the graph what ``text`` says. Nodes that keep name and operation stay the nodes they are.

        A name without a value begins at 1.
        """
        try:
            parsed = parse_graph_code(text, placed=self._graph)
        except GraphCodeError as error:
            return f"Line {error.line}, column {error.column}: {error.sentence}"
        before = self._graph
        refusal = self._refusal(lambda graph: with_values(adopt(graph, parsed)), "Edit code")
        if refusal is None:
            told = texts.made_parameters(before, parsed)
            if told:
                self._say(told, "info")
        return refusal

    # messages

    def tell(self, message: Message) -> None:
        """Show a message."""
        self.message.emit(message)

    # inside

    def commit_values(self, values: Mapping[int, Value | None], states: States, text: str) -> None:
        """Set the values of sources, and what training has left in nodes, as one undo step."""
        self._push(edits.set_states(edits.set_values(self._graph, values), states), text)

    def set_training(self, training: bool) -> None:
        """Put the whole graph in training or, with False, in evaluation mode."""
        text = "Training mode" if training else "Evaluation mode"
        self._try(lambda graph: edits.set_training(graph, training), text)

    def _try(self, edit: Edit, text: str, quiet: bool = False) -> bool:
        """Do an edit; a refusal is told by message, unless ``quiet``."""
        refusal = self._refusal(edit, text)
        if refusal is not None and not quiet:
            self._say(refusal, "error")
        return refusal is None

    def _refusal(self, edit: Edit, text: str) -> str | None:
        """Do an edit as one undo step; the sentence where it is refused. An edit that changes nothing is no step.

        The edit is tried before whatever runs is interrupted, so that one that is refused disturbs nothing.
        """
        try:
            after = self._completed(edit(self._graph))
            if self._interrupt(after):
                after = self._completed(edit(self._graph))
        except (EditError, ValueTextError) as error:
            return str(error)
        self._push(after, text)
        return None

    def _push(self, after: Graph, text: str) -> None:
        if not self._change_to(after).is_empty:
            self.undo_stack.push(EditCommand(self, self._graph, after, text))

    def _show(self, graph: Graph) -> None:
        """Make ``graph`` the one that is edited. Called by undo commands, and to show another document."""
        change = self._change_to(graph)
        before, self._graph = self._graph, graph
        if change.is_empty:
            if graph is not before:  # an equal one: who shows it holds on to this one from now on
                self.graph_changed.emit(graph, change)
            return
        reached = reach(before, graph, change)
        self._before_shown(reached)
        pruned = self._selection.prune(graph)
        self.graph_changed.emit(graph, change)
        if pruned:
            self.selection_changed.emit(self._selection.nodes)
        self._after_shown(reached)

    def _change_to(self, after: Graph) -> GraphChange:
        """What differs in ``after``: asked for several times with each edit, found once."""
        known = self._change
        if known is None or known[0] is not self._graph or known[1] is not after:
            known = self._change = (self._graph, after, difference(self._graph, after))
        return known[2]

    def _interrupt(self, after: Graph) -> bool:
        """Stop what must not run while the graph becomes ``after``. True where that changed the graph."""
        return False

    def _completed(self, after: Graph) -> Graph:
        """The graph that an edit led to, with what goes without saying."""
        return after

    def _before_shown(self, reached: Reach) -> None:
        """The graph has changed, and nobody has been told yet."""

    def _after_shown(self, reached: Reach) -> None:
        """The graph has changed, and everybody has been told."""

    def _say(self, text: str, severity: Severity) -> None:
        self.message.emit(Message(text, severity))
