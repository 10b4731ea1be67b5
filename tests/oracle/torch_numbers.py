"""PyTorch's answer to a case: the operation's own PyTorch spelling, run by PyTorch in float64."""

from __future__ import annotations

import warnings
from string import Template

import numpy as np
import torch

from backprop_studio.engine.op import Op, Sample
from tests.oracle.cases import upstream

Answer = tuple[np.ndarray, list[np.ndarray | None]]


def torch_answer(op: Op, sample: Sample, dtype: torch.dtype = torch.float64) -> Answer:
    """The value, and the gradient of Σ upstream × value for each input (None where it has none)."""
    tensors = []
    op = op.refined(tuple(array.shape for array in sample.inputs))
    slots = [op.input_for(slot) for slot in range(len(sample.inputs))]
    for array, given in zip(sample.inputs, slots, strict=True):
        if array.dtype.kind != "f" or given.indices:
            tensors.append(torch.tensor(array.astype(np.int64)))
        else:
            tensors.append(torch.tensor(array, dtype=dtype, requires_grad=given.differentiable))
    settings = op.complete_settings(sample.settings)
    filled = Template(op.spelling_for(len(slots)).torch).substitute(
        {given.name: f"v_{given.name}" for given in slots}
        | {one.name: one.code(settings[one.name]) for one in op.settings}
    )
    names = {f"v_{given.name}": tensor for given, tensor in zip(slots, tensors, strict=True)}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # PyTorch warns where losses broadcast
        value = eval(filled, {"torch": torch, "np": np} | names)
    needed = [tensor for tensor in tensors if tensor.requires_grad]
    found = iter(torch.autograd.grad(value, needed, torch.tensor(upstream(tuple(value.shape)), dtype=dtype)))
    gradients = [next(found).numpy() if tensor.requires_grad else None for tensor in tensors]
    return value.detach().numpy(), gradients
