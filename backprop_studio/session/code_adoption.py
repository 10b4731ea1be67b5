"""Taking over a graph that came from text, so that what the text left as it was stays as it was."""

from __future__ import annotations

from dataclasses import replace

from backprop_studio.document import edits
from backprop_studio.document.graph import Graph, Node, frozen
from backprop_studio.document.made import is_made


def adopt(current: Graph, parsed: Graph) -> Graph:
    """``parsed`` with the ids that nodes of the same name and operation have in ``current``, new ids for the rest.

    A parameter that the text uses without a value keeps its present one. Where the text names the same nodes as
    before, they stay where they are; otherwise the whole graph has the layout of ``parsed``.
    """
    ids: dict[int, int] = {}
    next_id = current.next_id
    for node in parsed.nodes.values():
        twin = _twin(current, node)
        if twin is not None:
            ids[node.id] = twin.id
        else:
            ids[node.id] = next_id
            next_id += 1
    same = set(ids.values()) == set(current.nodes)
    nodes = {ids[node.id]: _adopted(current, node, ids[node.id], same) for node in parsed.nodes.values()}
    sources = {(ids[target], slot): ids[source] for (target, slot), source in parsed.sources.items()}
    outputs = {(ids[target], slot): output for (target, slot), output in parsed.outputs.items()}
    loss = None if parsed.loss is None else ids[parsed.loss]
    # What text has no word for stays where there is still something for it to belong to: modes, groups, bends, notes.
    after = replace(current, nodes=frozen(nodes), sources=frozen(sources), outputs=frozen(outputs))
    return edits.settled(replace(after, loss=loss, next_id=next_id))


def _twin(current: Graph, node: Node) -> Node | None:
    named = current.node_named(node.name)
    return named if named is not None and named.op_name == node.op_name else None


def _adopted(current: Graph, node: Node, identifier: int, keep_place: bool) -> Node:
    twin = current.nodes.get(identifier)
    node = node.with_(id=identifier)
    if twin is None:
        return node
    node = node.with_(mode=twin.mode, group=twin.group, color=twin.color)
    if keep_place:
        node = node.with_(position=twin.position)
    if node.value is None and not is_made(node.op, node.settings) and twin.value is not None:
        node = node.with_(value=twin.value)
    return twin if node == twin else node
