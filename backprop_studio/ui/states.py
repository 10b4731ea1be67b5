"""Which states hold, by the names with which ``ui/action_table`` says when an action can be used."""

from __future__ import annotations

from backprop_studio.document.edits import KINDS
from backprop_studio.document.tangents import seed_of
from backprop_studio.session.editor_session import EditorSession


def states(session: EditorSession) -> set[str]:
    """The states that hold now."""
    graph, timeline, training = session.graph, session.timeline, session.training
    one = next(iter(session.selection)) if len(session.selection) == 1 else None
    boxes = session.selection | session.selected_groups
    running = training.state == "running"
    found = {
        "undo": session.undo_stack.canUndo() or training.has_uncommitted_steps,
        "redo": session.undo_stack.canRedo(),
        "nodes": bool(graph.nodes),
        "selection": bool(session.selected_items) or session.selected_wire is not None,
        "wire": session.selected_wire is not None,
        "one node": one is not None,
        "one item": len(session.selected_items) == 1,
        "some items": bool(session.selected_items),
        "some nodes": bool(boxes),
        "several nodes": len(boxes) > 1,
        "three nodes": len(boxes) > 2,
        "some groups": bool(session.selected_groups),
        "one group": len(session.selected_groups) == 1 == len(session.selected_items),
        "collapsible": bool(session.selected_groups) or any(graph.nodes[i].group for i in session.selection),
        "inside": session.inside is not None,
        "source": one is not None and one in graph.nodes and graph.nodes[one].op.is_source,
        "kinds": kind_of_selection(session) is not None,
        "playable": timeline.length > 0,
        "playing": timeline.is_active,
        "breakpoints": bool(timeline.breakpoints.nodes & graph.nodes.keys()),
        "seed": one is not None and seed_of(session.evaluation, one) is not None,
        "trainable": running or not session.is_evaluated or training.can_train() is None,
        "trained": training.step_count > 0,
        "compared": bool(training.earlier_curves),
    }
    return {name for name, holds in found.items() if holds}


def kind_of_selection(session: EditorSession) -> str | None:
    """The operation of the selected sources, "" where they are of several kinds; None where not all have one value."""
    found = {session.graph.nodes[node].op_name for node in session.selection}
    if not found or not found <= set(KINDS) or session.selected_groups:
        return None
    return next(iter(found)) if len(found) == 1 else ""
