"""What flows back through an input port of a group to the node outside that feeds it."""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce
from typing import NamedTuple

import numpy as np

from backprop_studio.document.graph import Wire
from backprop_studio.document.groups import GroupPort
from backprop_studio.engine.op import Array


class Flow(NamedTuple):
    """The sum of the contributions of a port's wires that have ``arrived``, of ``expected`` that there are."""

    total: Array | None
    arrived: int
    expected: int

    @property
    def is_complete(self) -> bool:
        """Has every contribution arrived?"""
        return self.arrived == self.expected


def flowing_back(
    port: GroupPort, contribution: Callable[[Wire], Array | None], has_arrived: Callable[[Wire], bool]
) -> Flow:
    """Add up what comes back along the wires of an input port, as far as it has arrived."""
    found = [(wire, array) for wire in port.wires if (array := contribution(wire)) is not None]
    terms = [array for wire, array in found if has_arrived(wire)]
    if not terms:
        return Flow(None, 0, len(found))
    with np.errstate(all="ignore"):
        return Flow(np.asarray(reduce(np.add, terms)), len(terms), len(found))
