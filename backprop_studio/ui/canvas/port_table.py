"""The ports of one side of all boxes, as arrays: which box, which number, how far below its top."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import chain

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Rows = NDArray[np.intp]


class PortTable:
    """One row a port. ``box`` holds rows of the geometry's boxes."""

    def __init__(self) -> None:
        self.box: Rows = np.empty(0, np.intp)
        self.number: Rows = np.empty(0, np.intp)
        self.y: Floats = np.empty(0)

    def append(self, rows: Iterable[int], heights: Sequence[tuple[float, ...]]) -> None:
        """Add the ports of some boxes, given how far below its top each box has them."""
        counts = [len(ports) for ports in heights]
        self.box = np.append(self.box, np.repeat(np.fromiter(rows, np.intp, len(counts)), counts))
        self.number = np.append(self.number, np.fromiter(chain.from_iterable(map(range, counts)), np.intp))
        self.y = np.append(self.y, np.fromiter(chain.from_iterable(heights), float))

    def drop(self, rows: Sequence[int]) -> None:
        """Take the ports of some boxes away."""
        self._keep(~np.isin(self.box, rows))

    def renumber(self, kept: NDArray[np.bool_], renumbered: Rows) -> None:
        """Follow boxes that went: keep the ports of those that are ``kept``, at their new rows."""
        self._keep(kept[self.box])
        self.box = renumbered[self.box]

    def _keep(self, ports: NDArray[np.bool_]) -> None:
        self.box, self.number, self.y = self.box[ports], self.number[ports], self.y[ports]
