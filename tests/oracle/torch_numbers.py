"""PyTorch's answer to a case: the operation's own PyTorch spelling, run by PyTorch in float64."""

from __future__ import annotations

import warnings
from string import Template

import numpy as np
import torch

from backprop_studio.engine.op import Op, Sample
from tests.engine.support import keywords_of, shapes_of
from tests.oracle.cases import upstream

Answer = tuple[np.ndarray, list[np.ndarray | None]]


def torch_answer(op: Op, sample: Sample, dtype: torch.dtype = torch.float64) -> Answer:
    """The value, and the gradient of Σ upstream × value for each input (None where it has none)."""
    tensors = []
    keywords = keywords_of(op, sample, str(dtype).removeprefix("torch."))
    op = op.refined(shapes_of(sample), keywords)
    slots = [op.input_for(slot) for slot in range(len(sample.inputs))]
    for array, given in zip(sample.inputs, slots, strict=True):
        if array is None:
            tensors.append(None)
        elif array.dtype.kind != "f" or given.indices:
            tensors.append(torch.tensor(array.astype(np.int64)))
        else:
            tensors.append(torch.tensor(array, dtype=dtype, requires_grad=given.differentiable))
    spelling = op.with_inputs([tensor is not None for tensor in tensors]).spelling_for(len(slots))
    filled = Template(spelling.torch).substitute(
        {given.name: f"v_{given.name}" for given in (*slots, *op.state)}
        | {one.name: one.code(keywords[one.name]) for one in op.settings}
        | ({"stream": str(keywords["stream"])} if op.draws else {})
    )
    names = {f"v_{given.name}": tensor for given, tensor in zip(slots, tensors, strict=True)}
    names |= {f"v_{one.name}": torch.tensor(keywords[one.name]) for one in op.state}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # PyTorch warns where losses broadcast
        value = eval(filled, {"torch": torch, "np": np} | names)
    needed = [tensor for tensor in tensors if tensor is not None and tensor.requires_grad]
    found = iter(torch.autograd.grad(value, needed, torch.tensor(upstream(tuple(value.shape)), dtype=dtype)))
    gradients = [None if tensor is None or not tensor.requires_grad else next(found).numpy() for tensor in tensors]
    return value.detach().numpy(), gradients
