"""The wires of a level led round the boxes that they would pass behind."""

from __future__ import annotations

from collections.abc import Callable, Collection

import numpy as np

from backprop_studio.document.bends import bend_line, line_bends
from backprop_studio.document.graph import Graph
from backprop_studio.document.groups import DrawnWire, Level, visible
from backprop_studio.document.layers import Heed, unheeding
from backprop_studio.document.level_boxes import ENTRY, EXIT, Box, level_boxes
from backprop_studio.document.port_bends import Faces
from backprop_studio.document.routing import Course, Router, passes_behind
from backprop_studio.document.wire_curves import Floats

MOST_BOXES = 600
"""In a level with more boxes than this, wires run straight."""
MOST_AT_ONCE = 20
"""So many lines are led while somebody waits for a group to open."""


def led_round(graph: Graph, inside: int | None, chosen: Collection[int], heed: Heed = unheeding) -> Graph:
    """The graph with bends in those lines of a level that pass behind boxes.

    Lines among the boxes ``chosen``, or from there to the edge of the level, are led; bends that do are kept.
    """
    touched = {*chosen, inside}
    return _led(graph, visible(graph, inside), lambda ends, _: touched.issuperset(ends), heed)


def led_into(graph: Graph, inside: int | None, shown: Collection[int]) -> Graph:
    """The graph with bends in lines that pass behind boxes, where they join or pass behind those of ``shown``."""
    found = frozenset(shown)
    if len(found) > MOST_BOXES:
        return graph
    return _led(
        graph,
        visible(graph, inside),
        lambda ends, behind: bool(found.intersection(ends) or found & behind),
        unheeding,
        MOST_AT_ONCE,
    )


def _led(
    graph: Graph,
    level: Level,
    wanted: Callable[[Faces, frozenset[int]], bool],
    heed: Heed,
    most: int = MOST_BOXES * 4,
) -> Graph:
    """Lead the lines that are wanted, by the items that they join and those that they pass behind; short ones first."""
    boxes = level_boxes(graph, level)
    if len(boxes) > MOST_BOXES:
        return graph
    by_item, rects = {box.item: (row, box) for row, box in enumerate(boxes)}, rects_of(boxes)
    router, after = Router(rects), graph
    courses = [(course_of(level, line, by_item), line) for line in level.wires]
    for course, line in sorted(courses, key=lambda pair: (pair[0].end[0] - pair[0].start[0], pair[0].start)):
        heed()
        faces = line.source.item, line.target.item
        behind = passes_behind(course, line_bends(graph, line.wires, faces), rects)
        if most > 0 and len(behind) and wanted(faces, frozenset(boxes[row].item for row in behind.tolist())):
            most -= 1
            points = router.bends(course)
            after = bend_line(after, line.wires, faces, points) if points else after
    return after if after is graph else after.moved_from(graph)


def rects_of(boxes: Collection[Box]) -> Floats:
    """The rectangles of boxes, one in a row: x, y, width, height."""
    return np.array([(*box.corner, box.shape.width, box.shape.height) for box in boxes], float).reshape(-1, 4)


def course_of(level: Level, line: DrawnWire, by_item: dict[int, tuple[int, Box]]) -> Course:
    """Where a line runs."""
    source, target = line.source, line.target
    row, begin = by_item[ENTRY if source.item == level.inside else source.item]
    other, finish = by_item[EXIT if target.item == level.inside else target.item]
    (x, y), shape = begin.corner, begin.shape
    start = x + shape.width, y + shape.outputs[source.port]
    end = finish.corner[0], finish.corner[1] + finish.shape.inputs[target.port]
    return Course((source.item, source.port), start, end, frozenset({row, other}))
