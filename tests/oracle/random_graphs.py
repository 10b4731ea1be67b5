"""Random graphs of 5 to 500 operations, and PyTorch's answer to a whole graph.

``python -m tests.oracle.random_graphs`` records the answers, for machines without PyTorch.
"""

from __future__ import annotations

import json
from pathlib import Path
from string import Template

import numpy as np

from backprop_studio.engine.program import Program
from tests.engine.random_programs import random_program

TABLE = Path(__file__).with_name("random_graphs.json")
SHAPES: tuple[list[tuple[int, ...]], ...] = ([()] * 4, [(3, 2), (2,), (), (3, 1)])
CASES = [(size, number) for size in (5, 20, 60, 200, 500) for number in range(len(SHAPES))]

Answer = tuple[float, dict[int, np.ndarray]]


def case_program(size: int, number: int) -> Program:
    """The graph of a case."""
    return random_program(1000 * size + number, size, SHAPES[number])


def torch_answer(program: Program) -> Answer:
    """The loss and the gradient of every parameter by position, each call by its own PyTorch spelling, in float64."""
    import torch

    tensors: list[torch.Tensor] = []
    for index, call in enumerate(program.calls):
        if call.op.is_source:
            array = np.array(program.leaves[index])
            tensors.append(torch.tensor(array, requires_grad=call.op.name == "parameter"))
            continue
        given = [call.op.input_for(slot).name for slot in range(len(call.inputs))]
        settings = {one.name: one.code(call.settings[one.name]) for one in call.op.settings}
        text = Template(call.op.spelling_for(len(given)).torch).substitute({name: name for name in given} | settings)
        names = dict(zip(given, (tensors[source] for source in call.inputs), strict=True))
        tensors.append(eval(text, {"torch": torch, "np": np} | names))
    assert program.loss is not None
    tensors[program.loss].backward()
    gradients = {
        index: tensor.grad.numpy() for index, tensor in enumerate(tensors) if tensor.is_leaf and tensor.grad is not None
    }
    return float(tensors[program.loss].item()), gradients


def recorded() -> dict[tuple[int, int], Answer]:
    """The recorded answers by case."""
    return {
        (entry["size"], entry["number"]): (
            entry["loss"], {int(at): np.array(value) for at, value in entry["gradients"].items()}
        )
        for entry in json.loads(TABLE.read_text())
    }  # fmt: skip


def _record() -> None:
    entries = []
    for size, number in CASES:
        loss, gradients = torch_answer(case_program(size, number))
        shown = {str(at): gradient.tolist() for at, gradient in gradients.items()}
        entries.append({"size": size, "number": number, "loss": loss, "gradients": shown})
    TABLE.write_text("[\n" + ",\n".join(json.dumps(entry) for entry in entries) + "\n]\n")


if __name__ == "__main__":
    _record()
