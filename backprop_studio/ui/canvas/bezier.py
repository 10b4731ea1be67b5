"""Wires as cubic Bézier curves: arrays of shape (n, 4, 2) holding start, two control points and end."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QByteArray, QDataStream, QPointF
from PySide6.QtGui import QPainterPath

from backprop_studio.document.wire_curves import Floats, between, samples

__all__ = [
    "Floats",
    "between",
    "bounds",
    "crosses",
    "distance",
    "eased",
    "path",
    "point",
    "points",
    "points_of",
    "slope",
]

SAMPLES = 24
"""Straight pieces a curve is cut into for measuring distances."""
_ELEMENT = np.dtype([("kind", ">i4"), ("x", ">f8"), ("y", ">f8")])
"""A point of a QPainterPath as a QDataStream holds it."""
_MOVE_AND_CURVE = (0, 2, 3, 3)
"""What the four points of a curve are there: QPainterPath.ElementType."""


def bounds(curves: Floats) -> Floats:
    """Left, top, right, bottom of rectangles that hold the curves: those of their control points; shape (n, 4)."""
    return np.concatenate([curves.min(1), curves.max(1)], 1)


def points(curve: Floats, parameters: Floats) -> Floats:
    """Points of one curve at some parameters from 0 to 1; shape (n, 2)."""
    t = parameters[:, None]
    u = 1.0 - t
    result: Floats = u**3 * curve[0] + 3 * u * u * t * curve[1] + 3 * u * t * t * curve[2] + t**3 * curve[3]
    return result


def points_of(curves: Floats, parameter: float) -> Floats:
    """The point of each of n curves at one parameter from 0 to 1; shape (n, 2)."""
    t, u = parameter, 1.0 - parameter
    result: Floats = np.array([u * u * u, 3 * u * u * t, 3 * u * t * t, t * t * t]) @ curves
    return result


def point(curve: Floats, parameter: float) -> QPointF:
    """The point of one curve at a parameter from 0 to 1."""
    (ax, ay), (bx, by), (cx, cy), (dx, dy) = curve.tolist()
    t, u = parameter, 1.0 - parameter
    a, b, c, d = u * u * u, 3 * u * u * t, 3 * u * t * t, t * t * t
    return QPointF(a * ax + b * bx + c * cx + d * dx, a * ay + b * by + c * cy + d * dy)


def slope(curve: Floats) -> float:
    """How level one curve runs in its middle: 1 where it is horizontal there, 0 where it is upright."""
    across, down = (curve[3] - curve[0] + curve[2] - curve[1]).tolist()
    length = math.hypot(across, down)
    return abs(across) / length if length else 1.0


def distance(curves: Floats, x: float, y: float) -> Floats:
    """Distance of a point from each of n curves, taken as SAMPLES straight pieces; shape (n,)."""
    near = samples(curves, SAMPLES) - (x, y)
    start, step = near[:, :-1], np.diff(near, axis=1)
    length = np.maximum((step * step).sum(2), 1e-12)
    along = np.clip(-(start * step).sum(2) / length, 0.0, 1.0)
    nearest = start + along[:, :, None] * step
    result: Floats = np.sqrt((nearest * nearest).sum(2).min(1))
    return result


def crosses(curves: Floats, line: Floats) -> NDArray[np.bool_]:
    """Which of n curves, taken as SAMPLES straight pieces, a straight line (2, 2) crosses; shape (n,)."""
    pieces = samples(curves, SAMPLES)
    first, along = pieces[:, :-1], np.diff(pieces, axis=1)
    begin, way = line[0], line[1] - line[0]
    # Either's ends lie on different sides of the other.
    sides = way[0] * (pieces[:, :, 1] - begin[1]) - way[1] * (pieces[:, :, 0] - begin[0])
    apart = [along[..., 0] * (end[1] - first[..., 1]) - along[..., 1] * (end[0] - first[..., 0]) for end in line]
    crossed = (sides[:, :-1] * sides[:, 1:] <= 0) & (apart[0] * apart[1] <= 0)
    crossed &= (np.abs(sides[:, :-1]) + np.abs(sides[:, 1:])) > 0
    result: NDArray[np.bool_] = crossed.any(1)
    return result


def path(*curves: Floats) -> QPainterPath:
    """Curves, each beginning where the last ended, as one painter path."""
    result = QPainterPath(QPointF(*curves[0][0].tolist()))
    for curve in curves:
        (bx, by), (cx, cy), (dx, dy) = curve[1:].tolist()
        result.cubicTo(bx, by, cx, cy, dx, dy)
    return result


def joined(curves: Floats) -> QPainterPath:
    """Many curves, each on its own, as one painter path. Qt reads them as a whole, as QPainterPath writes itself."""
    elements = np.zeros((len(curves), 4), _ELEMENT)
    elements["kind"] = _MOVE_AND_CURVE
    elements["x"], elements["y"] = curves[:, :, 0], curves[:, :, 1]
    count, start_and_fill = np.array([elements.size], ">i4"), np.zeros(2, ">i4")
    result = QPainterPath()
    QDataStream(QByteArray(count.tobytes() + elements.tobytes() + start_and_fill.tobytes())) >> result
    return result


def eased(travelled: float) -> float:
    """Slow at both ends."""
    return travelled * travelled * (3 - 2 * travelled)
