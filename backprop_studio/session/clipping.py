"""What the clipboard carries: a part of a graph as a document of our own, and as graph code for everybody else."""

from __future__ import annotations

from collections.abc import Collection

from backprop_studio.document import edits
from backprop_studio.document.combining import insert, sub_graph
from backprop_studio.document.edits import EditError
from backprop_studio.document.file_format import DocumentError, dumps, loads
from backprop_studio.document.graph import Graph, Point
from backprop_studio.document.items import item_group
from backprop_studio.exchange.graph_code import GraphCodeError, graph_code
from backprop_studio.session.joining import offset_to, read_formula, with_values

GRAPH_MIME = "application/x-backprop-studio-graph"
MAX_BYTES = 16 * 2**20
MAX_TEXT = 1_000_000
_STEP = 30.0


class ClipError(Exception):
    """What is on the clipboard can not be pasted; ``str(error)`` is one sentence."""


def clip(graph: Graph, ids: Collection[int]) -> tuple[bytes, str]:
    """Some items of a graph as a document, and as graph code ("" where that can not say them).

    Comments without a node have their own text in place of graph code.
    """
    part = sub_graph(graph, ids)
    if not part.nodes:
        return dumps(part), "\n\n".join(comment.text for comment in part.comments.values())
    try:
        text = graph_code(part)
    except GraphCodeError:
        text = ""
    return dumps(part), text


def unclip(document: bytes | None, text: str) -> Graph:
    """The graph that a clipboard holds as document, or else as text. Raises ClipError."""
    if document is not None:
        if len(document) > MAX_BYTES:
            raise ClipError(f"What was copied is larger than {MAX_BYTES // 2**20} MB. Copy less.")
        try:
            return loads(document, "the clipboard")
        except DocumentError as error:
            raise ClipError(f"The clipboard is damaged, so nothing was pasted: {error}") from None
    if not text.strip():
        raise ClipError("The clipboard holds no graph. Copy nodes, or graph code such as y = x*w + b.")
    if len(text) > MAX_TEXT:
        raise ClipError("The text on the clipboard is too long to be graph code.")
    try:
        return with_values(read_formula(text).graph)
    except GraphCodeError as error:
        where = f"line {error.line}, column {error.column}"
        raise ClipError(f"The text on the clipboard is no graph code ({where}): {error.sentence}") from None
    except EditError as error:
        raise ClipError(f"The text on the clipboard is no graph: {error}") from None


def paste(graph: Graph, part: Graph, centre: Point) -> tuple[Graph, frozenset[int]]:
    """Add a graph around a point, beside what was pasted there before; with the ids of what is new.

    Raises EditError.
    """
    items = [i for i in (*part.nodes, *part.groups, *part.frames, *part.comments) if item_group(part, i) is None]
    if not items:
        raise EditError("The clipboard holds an empty graph, so there is nothing to paste.")
    dx, dy = offset_to(part, items, centre)
    there = (*graph.nodes, *graph.groups, *graph.comments, *graph.frames)
    taken = {edits.item_rect(graph, identifier)[:2] for identifier in there}
    places = [edits.item_rect(part, identifier)[:2] for identifier in items]
    for _ in range(100):
        if not any((x + dx, y + dy) in taken for x, y in places):
            break
        dx, dy = dx + _STEP, dy + _STEP
    after, ids = insert(graph, part, (dx, dy))
    return after, frozenset(ids[item] for item in items)
