"""Edits of frames and comments, and of colours."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import replace

from backprop_studio.document.edit_checks import (
    MAX_POSITION,
    checked_position,
    kept,
    known_group,
    known_node,
    refuse,
    shown,
    with_nodes,
)
from backprop_studio.document.edit_text import MAX_COMMENT, MAX_TITLE, text_problem
from backprop_studio.document.graph import Graph, frozen
from backprop_studio.document.parts import FRAME_COLORS, Comment, Frame, Point, Rect

LEAST_SIZE = 20.0
"""Frames and comments are at least that wide and high."""


def add_frame(
    graph: Graph, rect: Rect, title: str = "", *, color: str = FRAME_COLORS[0], group: int | None = None
) -> tuple[Graph, int]:
    """Draw a frame; returns the graph and the frame's id."""
    _check_group(graph, group)
    frame = Frame(graph.next_id, checked_title(title), checked_rect(rect), _checked_color(color), group)
    return replace(_with_frame(graph, frame), next_id=frame.id + 1), frame.id


def rename_frame(graph: Graph, identifier: int, title: str) -> Graph:
    """Give a frame another title; it may be empty."""
    return _with_frame(graph, replace(_frame(graph, identifier), title=checked_title(title)))


def resize_frame(graph: Graph, identifier: int, rect: Rect) -> Graph:
    """Give a frame another rectangle. Nothing is carried: what then has its centre in it belongs to it."""
    return _with_frame(graph, replace(_frame(graph, identifier), rect=checked_rect(rect)))


def recolour_frame(graph: Graph, identifier: int, color: str) -> Graph:
    """Give a frame another colour, one of FRAME_COLORS."""
    return _with_frame(graph, replace(_frame(graph, identifier), color=_checked_color(color)))


def recolour(graph: Graph, ids: Iterable[int], color: str) -> Graph:
    """Give nodes, groups, frames and comments another colour, one of FRAME_COLORS."""
    _checked_color(color)
    nodes = []
    for identifier in ids:
        if identifier in graph.frames:
            graph = recolour_frame(graph, identifier, color)
        elif identifier in graph.comments:
            graph = _with_comment(graph, replace(graph.comments[identifier], color=color))
        elif identifier in graph.groups:
            group = replace(graph.groups[identifier], color=color)
            graph = replace(graph, groups=frozen({**graph.groups, identifier: group}))
        else:
            node = known_node(graph, identifier)
            nodes += [node.with_(color=color)] if node.color != color else []
    return with_nodes(graph, nodes)


def add_comment(
    graph: Graph,
    text: str,
    position: Point,
    size: Sequence[float] = (180.0, 60.0),
    *,
    color: str = FRAME_COLORS[0],
    group: int | None = None,
) -> tuple[Graph, int]:
    """Write a comment; returns the graph and the comment's id."""
    _check_group(graph, group)
    place = checked_position(position)
    text, color = _checked_comment(text), _checked_color(color)
    comment = Comment(graph.next_id, text, place, checked_size(size), group, color)
    return replace(_with_comment(graph, comment), next_id=comment.id + 1), comment.id


def set_comment(graph: Graph, identifier: int, text: str) -> Graph:
    """Give a comment another text."""
    return _with_comment(graph, replace(_comment(graph, identifier), text=_checked_comment(text)))


def resize_comment(graph: Graph, identifier: int, size: Sequence[float]) -> Graph:
    """Give a comment another width and height."""
    return _with_comment(graph, replace(_comment(graph, identifier), size=checked_size(size)))


def checked_title(title: str) -> str:
    """The title of a frame. Raises EditError."""
    problem = text_problem(title, "A title", MAX_TITLE, empty=True)
    return title if problem is None else refuse(problem)


def checked_rect(rect: Sequence[float]) -> Rect:
    """A rectangle within bounds and not too small. Raises EditError."""
    given = list(rect) if isinstance(rect, Sequence) else []
    if len(given) != 4:
        refuse(f"A rectangle must be four finite numbers (x, y, width, height), not {shown(rect)}.")
    return *checked_position((given[0], given[1])), *checked_size(given[2:])


def checked_size(size: Sequence[float]) -> tuple[float, float]:
    """Width and height, not too small. Raises EditError."""
    try:
        width, height = (float(length) for length in size)
    except (TypeError, ValueError, OverflowError):
        width = height = math.nan
    if not (0 <= width < math.inf and 0 <= height < math.inf):
        refuse(f"A size must be two finite numbers that are not negative, not {shown(size)}.")
    return _kept_size(width), _kept_size(height)


def _kept_size(length: float) -> float:
    return max(LEAST_SIZE, kept(min(length, MAX_POSITION)))


def _checked_comment(text: str) -> str:
    problem = text_problem(text, "A comment", MAX_COMMENT, lines=True)
    return text if problem is None else refuse(problem)


def _checked_color(color: str) -> str:
    if color not in FRAME_COLORS:
        refuse(f"There is no colour {shown(color)}. Choose one of {', '.join(FRAME_COLORS)}.")
    return color


def _check_group(graph: Graph, group: int | None) -> None:
    if group is not None:
        known_group(graph, group)


def _frame(graph: Graph, identifier: int) -> Frame:
    frame = graph.frames.get(identifier)
    return refuse(f"There is no frame with the id {identifier}. It may have been removed.") if frame is None else frame


def _comment(graph: Graph, identifier: int) -> Comment:
    found = graph.comments.get(identifier)
    return (
        refuse(f"There is no comment with the id {identifier}. It may have been removed.") if found is None else found
    )


def _with_frame(graph: Graph, frame: Frame) -> Graph:
    if graph.frames.get(frame.id) == frame:
        return graph
    return replace(graph, frames=frozen({**graph.frames, frame.id: frame}))


def _with_comment(graph: Graph, comment: Comment) -> Graph:
    if graph.comments.get(comment.id) == comment:
        return graph
    return replace(graph, comments=frozen({**graph.comments, comment.id: comment}))
