"""The graph of an evaluation built of PyTorch's functions, and the gradients that it gives."""

from __future__ import annotations

import numpy as np
import pytest

from backprop_studio.document.evaluation import Evaluation
from backprop_studio.engine.op import Array, Formula


def torch_gradients(evaluation: Evaluation) -> dict[int, Array]:
    """PyTorch's gradient of every source that has one, by its place in the program. Skips the test without PyTorch."""
    torch = pytest.importorskip("torch")
    program = evaluation.program
    tensors: list[object] = []
    for at, call in enumerate(program.calls):
        if call.op.is_source:
            leaf = torch.tensor(np.array(program.leaves[at]))
            tensors.append(leaf.requires_grad_(call.requires_grad))
            continue
        spelling = call.op.spelling_for(len(call.inputs)).torch
        parts = {call.op.input_for(slot).name: f"v{source}" for slot, source in enumerate(call.inputs)}
        for setting in call.op.settings:
            parts[setting.name] = setting.code(call.settings[setting.name])
        local = {f"v{number}": tensor for number, tensor in enumerate(tensors)}
        tensors.append(eval(Formula(spelling, "").fill(parts), {"torch": torch}, local))
    assert program.loss is not None
    tensors[program.loss].backward()  # type: ignore[attr-defined]
    return {
        at: tensors[at].grad.numpy()  # type: ignore[attr-defined]
        for at, call in enumerate(program.calls)
        if call.op.is_source and call.requires_grad and evaluation.run.gradients[at] is not None
    }
