"""Minibatches: a program cut down to some rows of its inputs and targets, again and again."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from backprop_studio.engine.errors import EngineError
from backprop_studio.engine.program import Program, assemble_again
from backprop_studio.training.trainer import Batch, CannotTrain

_DATA = ("input", "target", "data")


def batch_rows(program: Program) -> int | None:
    """How many rows there are to make batches of, None where the inputs and targets have no rows in common."""
    counts = {call.shape[0] for call in program.calls if call.op.name in _DATA and call.shape}
    return counts.pop() if len(counts) == 1 else None


def minibatches(program: Program, size: int, seed: int = 0) -> Iterator[Batch]:
    """Yield minibatches of ``size`` rows for ever; every pass over the rows is in a new random order.

    Rows lie along the first axis of all inputs and targets that have one, those of datasets among them. The last
    batch of a pass is smaller where ``size`` does not divide their number. Raises CannotTrain where the inputs
    differ in their number of rows, or the graph does not allow fewer.
    """
    data = [index for index, call in enumerate(program.calls) if call.op.name in _DATA and call.shape]
    counts = {program.calls[index].shape[0]: program.calls[index].name for index in data}
    if not counts:
        raise CannotTrain("There are no rows to make batches of: no input or target has an axis. Leave the batch out.")
    if len(counts) > 1:
        told = ", ".join(f"{name} has {count}" for count, name in counts.items())
        raise CannotTrain(f"Batches need the same number of rows everywhere: {told}. Leave the batch out.")
    total = next(iter(counts))
    if size >= total:
        return _whole(program)
    programs = {rows: _shortened(program, data, rows) for rows in {size, total % size} - {0}}
    return _draw(program, data, programs, size, seed)


def _whole(program: Program) -> Iterator[Batch]:
    while True:
        yield program, {}


def _draw(program: Program, data: list[int], programs: dict[int, Program], size: int, seed: int) -> Iterator[Batch]:
    random = np.random.default_rng(seed)
    total = program.calls[data[0]].shape[0]
    while True:
        order = random.permutation(total)
        for start in range(0, total, size):
            rows = order[start : start + size]
            yield programs[len(rows)], {index: program.leaves[index][rows] for index in data}


def _shortened(program: Program, data: list[int], rows: int) -> Program:
    """The same calls at the same positions, on the first ``rows`` rows."""
    try:
        return assemble_again(program, {index: program.leaves[index][:rows] for index in data}, training=True)
    except EngineError as error:
        raise CannotTrain(
            f"This graph does not compute on batches of {rows} rows: {error} Leave the batch out."
        ) from error
