"""Our operations against PyTorch's own operator samples: values and every gradient, in float64.

Run it as ``python -m tests.oracle.check_opinfo [OPERATION ...]``. Needs PyTorch with its test data
(``pip install torch==2.13.0 expecttest``). Prints, by operation, how many samples were compared and why the others were
not; then every disagreement. Exit status 1 where there is one.
"""

from __future__ import annotations

import sys
import warnings
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from torch.testing._internal.common_methods_invocations import op_db

from backprop_studio.engine.errors import EngineError
from backprop_studio.engine.interpreter import unbroadcast
from backprop_studio.engine.op import Op, Sample
from backprop_studio.engine.ops import registry
from tests.engine.support import keywords_of, shapes_of
from tests.oracle.opinfo_adapters import ADAPTERS, Skip, Translated

RTOL, ATOL = 1e-9, 1e-11


@dataclass
class Result:
    """What became of the samples of one operation."""

    compared: int = 0
    skipped: Counter[str] = field(default_factory=Counter)
    disagreements: list[str] = field(default_factory=list)


def samples(name: str, variant: str) -> Iterator[Any]:
    """PyTorch's samples of one of its operators."""
    for info in op_db:
        if (info.name, info.variant_test_name) == (name, variant):
            for sample in info.sample_inputs("cpu", torch.float64, requires_grad=True):
                yield info, sample


def check(op: Op) -> Result:
    """Compare all samples of all of PyTorch's operators that ours stands for."""
    result = Result()
    for name, variant, adapter in ADAPTERS.get(op.name, ()):
        for info, sample in samples(name, variant):
            label = f"{op.name} ← {name}{sample.args}{sample.kwargs} on {_shape(sample.input)}"
            try:
                translated = adapter(sample)
                problem = disagreement(op, info, sample, translated)
            except Skip as reason:
                result.skipped[str(reason)] += 1
                continue
            result.compared += 1
            if problem is not None:
                result.disagreements.append(f"{' '.join(label.split())[:300]}: {problem}")
    return result


def disagreement(op: Op, info: Any, sample: Any, translated: Translated) -> str | None:
    """How our answer differs from PyTorch's, or None."""
    expected = translated.pick(info.op(sample.input, *sample.args, **sample.kwargs))
    arrays = [_array(given) for given in translated.inputs]
    try:
        arrays += [None] * (0 if op.variadic else len(op.inputs) - len(arrays))
        whole = Sample(tuple(arrays), translated.settings, translated.state)
        settings, shapes = keywords_of(op, whole), shapes_of(whole)
        shape = tuple(op.shape(*shapes, **settings))
        op = op.refined(shapes, settings)
        with np.errstate(all="ignore"):
            value = np.asarray(op.forward(*arrays, **settings))
    except EngineError as error:
        return f"refused: {error}"
    if shape != tuple(expected.shape) or value.shape != shape:
        return f"shape {value.shape}, by its rule {shape}, PyTorch's {tuple(expected.shape)}"
    if not _close(value, expected.detach().numpy()):
        return f"value {_excerpt(value)}, PyTorch's {_excerpt(expected.detach().numpy())}"
    return _wrong_gradient(op, translated, arrays, settings, value, expected)


def _wrong_gradient(
    op: Op, translated: Translated, arrays: list[Any], settings: dict[str, Any], value: Any, expected: torch.Tensor
) -> str | None:
    if not expected.requires_grad:
        return None
    upstream = np.random.default_rng(1).normal(size=value.shape)
    wanted = [given if isinstance(given, torch.Tensor) and given.requires_grad else None for given in translated.inputs]
    tensors = [tensor for tensor in wanted if tensor is not None]
    found = iter(torch.autograd.grad(expected, tensors, torch.tensor(upstream), allow_unused=True))
    for slot, tensor in enumerate(wanted):
        if tensor is None:
            continue
        gradient, vjp = next(found), op.vjp_for(slot)
        theirs = np.zeros(arrays[slot].shape) if gradient is None else gradient.numpy()
        if vjp is None:
            return f"no gradient of input {slot}, where PyTorch has {_excerpt(theirs)}"
        with np.errstate(all="ignore"):
            ours = unbroadcast(np.asarray(vjp(upstream, value, *arrays, **settings)), arrays[slot].shape)
        if ours.shape != theirs.shape or not _close(ours, theirs):
            return f"gradient of input {slot} {_excerpt(ours)}, PyTorch's {_excerpt(theirs)}"
    return None


def _array(given: Any) -> Any:
    if given is None:
        return None
    array = given.detach().numpy() if isinstance(given, torch.Tensor) else np.asarray(given)
    return array.astype(np.float64) if array.dtype.kind == "b" else array


def _close(ours: Any, theirs: Any) -> bool:
    return bool(np.allclose(ours, theirs, rtol=RTOL, atol=ATOL, equal_nan=True))


def _excerpt(array: Any) -> str:
    return np.array2string(np.asarray(array).ravel()[:4], precision=6)


def _shape(given: Any) -> Any:
    return [tuple(one.shape) for one in given] if isinstance(given, list | tuple) else tuple(given.shape)


def main(names: list[str]) -> int:
    """Check the operations named, or all; returns the exit status."""
    warnings.simplefilter("ignore")  # PyTorch warns where losses broadcast
    torch.manual_seed(0)
    total, wrong, without = Result(), 0, []
    for op in registry:
        if op.is_source or (names and op.name not in names):
            continue
        if op.name not in ADAPTERS:
            without.append(op.name)
            continue
        result = check(op)
        total.compared += result.compared
        total.skipped += result.skipped
        wrong += len(result.disagreements)
        print(f"{op.name:34} compared {result.compared:4}, skipped {sum(result.skipped.values()):4}")
        for reason, count in result.skipped.most_common():
            print(f"{'':34}   {count:4}: {reason}")
        for line in result.disagreements:
            print(f"{'':34}   DISAGREES: {line}")
    skipped = sum(total.skipped.values())
    print(f"compared {total.compared}, skipped {skipped}, disagreements {wrong} (PyTorch {torch.__version__})")
    print(f"PyTorch has no samples for: {', '.join(without) or 'none'}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
