"""Tooltips of collapsed groups and of their ports."""

from __future__ import annotations

from backprop_studio.document.groups import port_words, size_text
from backprop_studio.document.number_text import full, shape_text
from backprop_studio.ui.canvas.boxes import ENTRY, EXIT, Port
from backprop_studio.ui.canvas.group_labels import is_mistaken
from backprop_studio.ui.canvas.scene import Scene

MOST_SHOWN = 24
"""Arrays with more entries than this show their shape only."""


def group_tip(scene: Scene, item: int) -> str:
    """What a collapsed group holds and what can be done with it, or which of its nodes is wrong."""
    if item in (ENTRY, EXIT):
        what = "comes into the group" if item == ENTRY else "leaves the group"
        return f"What {what}. Alt+Up leads out of it."
    level, graph = scene.level, scene.graph
    assert level is not None
    if item in is_mistaken(scene.labels, level.shown_as):
        wrong = next(node for node in sorted(scene.labels.mistaken) if level.shown_as.get(node) == item)
        return f"{graph.nodes[wrong].label} in it: {scene.labels[wrong].problem}"
    name = graph.groups[item].name
    return f"{name}: {size_text(graph, item)}.\nDouble-click enters it; its triangle opens it where it stands."


def group_port_tip(scene: Scene, port: Port) -> str:
    """What a port of a group is called, and what it carries."""
    found = scene.group_port(port)
    if found is None:
        return ""
    words = port_words(scene.graph, found)
    name = words if words.startswith("input") else f"{'input' if port.is_input else 'output'} {words}"
    value = None if found.node is None else scene.labels.value(found.node, found.output)
    if found.node is None or value is None:
        return f"{name}. Drag from here to wire it."
    shown = full(value) if value.size <= MOST_SHOWN else f"shape {shape_text(value.shape)}"
    return f"{name}: {scene.ranks.of(found.node, found.output).word}\n{shown}"
