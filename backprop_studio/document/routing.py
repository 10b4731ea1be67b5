"""Leading wires round the boxes that they would pass behind, by bends.

A wire goes from left to right along *runs*, level pieces at some height, and changes its height in *channels*
between boxes. The way is found by dynamic programming over channels and heights: the shortest with few changes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from backprop_studio.document.parts import Point
from backprop_studio.document.wire_curves import Floats, between, chain, samples

CLEARANCE = 14.0
"""Space between a box and a wire that is led round it."""
_HALF_CHANNEL = 27.0
"""Half of the way across within which a wire changes its height."""
_REACHES = 160.0, 600.0
"""How far above and below its ends a wire looks for a way; further where there is none nearby."""
_BEND_COST = 80.0
"""A change of height costs as much as this way."""
_APART = 12.0
"""Distance between runs of wires that carry different things."""
_GRAZED = 0.5
"""A wire that cuts so little off a box's border does not pass behind it."""
_MOST_HEIGHTS, _MOST_CHANNELS, _MOST_CHANGES = 160, 100, 8
_SAMPLES = 48


@dataclass(frozen=True, slots=True)
class Course:
    """A wire to be led: what it carries, its ends, and the rows of the boxes that it joins."""

    carries: tuple[int, int]
    start: Point
    end: Point
    joins: frozenset[int]


def passes_behind(course: Course, bends: Sequence[Point], rects: Floats) -> NDArray[np.intp]:
    """The rows of the boxes (n, 4: x, y, width, height) that a wire passes behind, other than those it joins."""
    start, end = np.array(course.start), np.array(course.end)
    curves = chain(start, bends, end) if bends else between(start[None], end[None])
    low, high = curves.min((0, 1)), curves.max((0, 1))
    left, top = rects[:, 0] + _GRAZED, rects[:, 1] + _GRAZED
    right, bottom = rects[:, 0] + rects[:, 2] - _GRAZED, rects[:, 1] + rects[:, 3] - _GRAZED
    rows = np.flatnonzero((left < high[0]) & (right > low[0]) & (top < high[1]) & (bottom > low[1]))
    if not len(rows):
        return rows
    points = samples(curves, _SAMPLES).reshape(-1, 2)
    x, y = points[:, 0, None], points[:, 1, None]
    hit = ((x > left[rows]) & (x < right[rows]) & (y > top[rows]) & (y < bottom[rows])).any(0)
    return np.array([row for row in rows[hit].tolist() if row not in course.joins], np.intp)


class Router:
    """Leads wires round boxes, one after the other; runs of wires that carry different things keep apart."""

    def __init__(self, rects: Floats) -> None:
        self._rects = rects
        self._runs: list[tuple[float, float, float, tuple[int, int]]] = []
        """Left, right, height and what is carried of all runs so far."""

    def bends(self, course: Course) -> tuple[Point, ...]:
        """Bends that lead a wire round boxes; () where it passes behind none, or there is no way from left to right."""
        before = passes_behind(course, (), self._rects)
        if not len(before) or course.end[0] - course.start[0] < 2 * _HALF_CHANNEL + 20:
            return ()
        for reach in _REACHES:
            known = len(self._runs)
            found = self._found(course, reach)
            if found and len(passes_behind(course, found, self._rects)) < len(before):
                return found
            del self._runs[known:]
        return ()

    def _found(self, course: Course, reach: float) -> tuple[Point, ...]:
        """The bends of the best way within reach, () where there is none."""
        (x0, y0), (x1, y1) = course.start, course.end
        rects = self._between(course, reach)
        channels, heights = _channels(rects, x0, x1), self._heights(rects, course, reach)
        if len(channels) > _MOST_CHANNELS or len(heights) > _MOST_HEIGHTS:
            return ()
        way = _way(rects, channels, heights, self._taken(course, channels, heights), y0, y1)
        if way is None:
            return ()
        found = _bends_of(channels, heights[way], course)
        if len(found) > 2 * _MOST_CHANGES:
            return ()
        self._remember(channels, heights[way], course)
        return found

    def _between(self, course: Course, reach: float) -> Floats:
        """The boxes that a wire could come upon."""
        (x0, y0), (x1, y1) = course.start, course.end
        x, y, width, height = self._rects.T
        near = (x < x1) & (x + width > x0) & (y < max(y0, y1) + reach) & (y + height > min(y0, y1) - reach)
        near[[row for row in course.joins if row < len(near)]] = False
        result: Floats = self._rects[near]
        return result

    def _heights(self, rects: Floats, course: Course, reach: float) -> Floats:
        """The heights at which a wire might run: of its ends, above and below boxes, and beside other runs."""
        ends = [course.start[1], course.end[1]]
        beside = [
            height + side * _APART
            for left, right, height, carries in self._runs
            if carries != course.carries and left < course.end[0] and right > course.start[0]
            for side in (-1, 1)
        ]  # fmt: skip
        along = [height for _, _, height, carries in self._runs if carries == course.carries]
        edges = [rects[:, 1] - CLEARANCE, rects[:, 1] + rects[:, 3] + CLEARANCE]
        found = np.unique(np.concatenate([np.array([*ends, *beside, *along]), *edges]).round(1))
        result: Floats = found[(found > min(ends) - reach) & (found < max(ends) + reach)]
        return result

    def _taken(self, course: Course, channels: Floats, heights: Floats) -> NDArray[np.bool_]:
        """Which runs from one channel to the next lie on one of another wire; shape (channels − 1, heights)."""
        taken = np.zeros((len(channels) - 1, len(heights)), bool)
        for left, right, height, carries in self._runs:
            if carries != course.carries:
                across = (channels[1:] > left) & (channels[:-1] < right)
                taken |= across[:, None] & (np.abs(heights - height) < _APART - 1.0)[None, :]
        return taken

    def _remember(self, channels: Floats, levels: Floats, course: Course) -> None:
        for left, right, level in zip(channels[:-1], channels[1:], levels[:-1], strict=True):
            self._runs.append((float(left), float(right), float(level), course.carries))


def _channels(rects: Floats, x0: float, x1: float) -> Floats:
    """Where a wire might change its height, from left to right: beside its ends and beside boxes."""
    reach = _HALF_CHANNEL + 8.0
    sides = np.concatenate([[x0 + reach, x1 - reach], rects[:, 0] - reach, rects[:, 0] + rects[:, 2] + reach])
    inside = sides[(sides >= x0 + _HALF_CHANNEL) & (sides <= x1 - _HALF_CHANNEL)]
    result: Floats = np.unique(inside.round())
    return result


def _way(
    rects: Floats, channels: Floats, heights: Floats, taken: NDArray[np.bool_], y0: float, y1: float
) -> NDArray[np.intp] | None:
    """The number of the height at which a wire leaves each channel, or None where there is no way."""
    if not len(channels):
        return None
    cost = np.full(len(heights), np.inf)
    cost[np.abs(heights - y0).argmin()] = 0.0
    climb = np.abs(heights[:, None] - heights[None, :]) + _BEND_COST
    np.fill_diagonal(climb, 0.0)
    origins = []
    for number, x in enumerate(channels.tolist()):
        total = cost[:, None] + np.where(_apart(rects, x, heights), np.inf, climb)
        origin = total.argmin(0)
        origins.append(origin)
        cost = total[origin, np.arange(len(heights))]
        if number + 1 < len(channels):
            cost = np.where(_blocked(rects, x, float(channels[number + 1]), heights) | taken[number], np.inf, cost)
    last = int(np.abs(heights - y1).argmin())
    if not np.isfinite(cost[last]):
        return None
    way = [last]
    for origin in reversed(origins[1:]):
        way.append(int(origin[way[-1]]))
    return np.array(way[::-1], np.intp)


def _apart(rects: Floats, x: float, heights: Floats) -> NDArray[np.bool_]:
    """Between which heights a box stands in a channel; shape (heights, heights), without the diagonal."""
    there = rects[(rects[:, 0] < x + _HALF_CHANNEL) & (rects[:, 0] + rects[:, 2] > x - _HALF_CHANNEL)]
    tops, bottoms = there[:, 1] - 2.0, there[:, 1] + there[:, 3] + 2.0
    shut = ((tops[None, :] < heights[1:, None]) & (bottoms[None, :] > heights[:-1, None])).any(1)
    room = np.concatenate([[0], np.cumsum(shut)])
    result: NDArray[np.bool_] = room[:, None] != room[None, :]
    return result


def _blocked(rects: Floats, left: float, right: float, heights: Floats) -> NDArray[np.bool_]:
    """The heights at which a box stands between two channels."""
    there = rects[(rects[:, 0] < right) & (rects[:, 0] + rects[:, 2] > left)]
    tops, bottoms = there[:, 1] - CLEARANCE / 2, there[:, 1] + there[:, 3] + CLEARANCE / 2
    blocked = (tops[None, :] < heights[:, None]) & (bottoms[None, :] > heights[:, None])
    result: NDArray[np.bool_] = np.any(blocked, axis=1)
    return result


def _bends_of(channels: Floats, levels: Floats, course: Course) -> tuple[Point, ...]:
    """Two bends for each change of height, save at the wire's own ends."""
    found: list[Point] = []
    before = course.start[1]
    for x, level in zip(channels.tolist(), levels.tolist(), strict=True):
        if abs(level - before) > 0.5:
            if x - _HALF_CHANNEL > course.start[0] + 10.0:
                found.append((x - _HALF_CHANNEL, round(before, 2)))
            if x + _HALF_CHANNEL < course.end[0] - 10.0:
                found.append((x + _HALF_CHANNEL, round(level, 2)))
            before = level
    return tuple(found)
