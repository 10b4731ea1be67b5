"""Our operations against the single-node cases of ONNX: values, in float64, within each case's own tolerance.

Run it as ``python -m tests.oracle.check_onnx``. Needs ``pip install onnx``. Prints, by ONNX operator, how many cases
were compared and why the others were not; then every disagreement. Exit status 1 where there is one.
"""

from __future__ import annotations

import sys
import warnings
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from onnx import helper
from onnx.backend.test.loader import load_model_tests

from backprop_studio.engine.errors import EngineError
from backprop_studio.engine.op import Sample
from backprop_studio.engine.ops import registry
from tests.engine.support import keywords_of, shapes_of

Call = tuple[str, Sequence[Any], dict[str, Any]]
"""Name of our operation, inputs, settings."""

REFUSED_BY_PYTORCH = ("is more than half of kernel_size", "clamp has no bound", "hence no largest or smallest one")
"""What ONNX defines and PyTorch refuses; ours follows PyTorch."""


class Skip(Exception):
    """A case that asks for something our operation does not have; ``str`` is the reason."""


def same(name: str, count: int = 1, **attributes: str) -> Callable[[Any, Any], Call]:
    """The same inputs; ONNX's attributes under our names."""

    def translate(inputs: list[Any], given: Mapping[str, Any]) -> Call:
        if len(inputs) != count:
            raise Skip(f"{len(inputs)} inputs")
        unknown = set(given) - set(attributes)
        if unknown:
            raise Skip(f"{', '.join(sorted(unknown))} given")
        return name, inputs, {attributes[key]: value for key, value in given.items()}

    return translate


def reduction(name: str) -> Callable[[Any, Any], Call]:
    """Axes as an attribute or as the second input; sizes are kept unless told otherwise."""

    def translate(inputs: list[Any], given: Mapping[str, Any]) -> Call:
        axes = given.get("axes")
        if len(inputs) > 1 and inputs[1] is not None:
            axes = inputs[1].tolist()
        if axes is not None and len(axes) == 0:
            if given.get("noop_with_empty_axes"):
                raise Skip("no axes means no reduction")
            axes = None
        settings = {"axis": None if axes is None else tuple(axes), "keepdims": bool(given.get("keepdims", 1))}
        return name, inputs[:1], settings

    return translate


def clip(inputs: list[Any], given: Mapping[str, Any]) -> Call:
    """Bounds are inputs."""
    bounds = dict(zip(("min", "max"), inputs[1:], strict=False))
    return "clamp", inputs[:1], {name: float(bound) for name, bound in bounds.items() if bound is not None}


def transpose(inputs: list[Any], given: Mapping[str, Any]) -> Call:
    """Only where two axes are exchanged."""
    order = list(given.get("perm", range(inputs[0].ndim)[::-1]))
    moved = [axis for axis, source in enumerate(order) if axis != source]
    if len(moved) not in (0, 2):
        raise Skip("more than two axes permuted")
    first, second = moved or (0, 0)
    return "transpose", inputs, {"dim0": first, "dim1": second}


def reshape(inputs: list[Any], given: Mapping[str, Any]) -> Call:
    """0 stands for the size that the axis has, −1 for what is left."""
    array, sizes = inputs[0], inputs[1].tolist()
    if not given.get("allowzero"):
        sizes = [array.shape[axis] if size == 0 else size for axis, size in enumerate(sizes)]
    return "reshape", [array], {"shape": list(array.reshape(sizes).shape)}


def flatten(inputs: list[Any], given: Mapping[str, Any]) -> Call:
    """Always two axes."""
    array = inputs[0]
    axis = given.get("axis", 1)
    rows = int(np.prod(array.shape[: axis if axis >= 0 else array.ndim + axis]))
    return "reshape", [array], {"shape": [rows, array.size // max(rows, 1)]}


def slices(inputs: list[Any], given: Mapping[str, Any]) -> Call:
    """Starts, ends, axes and steps as inputs."""
    array, starts, ends, *rest = inputs
    axes = rest[0].tolist() if rest else list(range(len(starts)))
    steps = rest[1].tolist() if len(rest) > 1 else [1] * len(starts)
    if min(steps) < 1:
        raise Skip("a step below 1")
    parts = [":"] * array.ndim
    for axis, start, end, step in zip(axes, starts.tolist(), ends.tolist(), steps, strict=True):
        parts[axis] = f"{start}:{end}:{step}"
    return "slice", [array], {"index": ", ".join(parts)}


def expand(inputs: list[Any], given: Mapping[str, Any]) -> Call:
    """Broadcasts both ways."""
    shape = np.broadcast_shapes(inputs[0].shape, tuple(inputs[1].tolist()))
    return "broadcast_to", inputs[:1], {"shape": list(shape)}


def gemm(inputs: list[Any], given: Mapping[str, Any]) -> Call:
    """A dense layer, where nothing is scaled."""
    if given.get("alpha", 1.0) != 1.0 or given.get("beta", 1.0) != 1.0:
        raise Skip("scaled")
    a, b = (m.T if given.get(name) else m for m, name in zip(inputs, ("transA", "transB"), strict=False))
    if len(inputs) < 3:
        return "linear", [a, b.T], {}
    bias = inputs[2]
    if np.size(bias) not in (1, b.shape[1]) or bias.shape not in ((), (1,), (b.shape[1],), (1, b.shape[1])):
        raise Skip("a bias with an axis of rows")
    return "linear", [a, b.T, np.broadcast_to(bias.reshape(-1), (b.shape[1],))], {}


def class_loss(name: str) -> Callable[[Any, Any], Call]:
    """Class indices, and weights of the classes."""

    def translate(inputs: list[Any], given: Mapping[str, Any]) -> Call:
        settings = {key: given[key] for key in ("reduction", "ignore_index") if key in given}
        return name, inputs, settings

    return translate


def _symmetric(given: Mapping[str, Any], window: Sequence[int]) -> dict[str, Any]:
    """Stride and padding of a window over images; in PyTorch windows of odd size alone can be centred by a word."""
    if len(window) != 2:
        raise Skip(f"{len(window)}-dimensional windows")
    if given.get("auto_pad", "NOTSET") not in ("NOTSET", "VALID"):
        raise Skip("auto_pad")
    pads = list(given.get("pads", [0, 0, 0, 0]))
    if pads[:2] != pads[2:]:
        raise Skip("padding that differs from side to side")
    return {"stride": list(given.get("strides", [1, 1])), "padding": pads[:2]}


def conv(inputs: list[Any], given: Mapping[str, Any]) -> Call:
    """With or without a bias."""
    weight = inputs[1]
    settings = _symmetric(given, weight.shape[2:])
    settings |= {"dilation": list(given.get("dilations", [1, 1])), "groups": given.get("group", 1)}
    return "conv2d", inputs, settings


def pool(name: str) -> Callable[[Any, Any], Call]:
    """Windows over images."""

    def translate(inputs: list[Any], given: Mapping[str, Any]) -> Call:
        window = given["kernel_shape"]
        settings = _symmetric(given, window) | {"kernel_size": list(window)}
        settings["ceil_mode"] = bool(given.get("ceil_mode"))
        if name == "max_pool2d":
            settings["dilation"] = list(given.get("dilations", [1]))
        elif set(given.get("dilations", [1])) != {1}:
            raise Skip("dilation")
        if inputs[0].dtype.kind != "f":
            raise Skip("integers")
        if name == "avg_pool2d":
            settings["count_include_pad"] = bool(given.get("count_include_pad", 0))
        return name, inputs, settings

    return translate


def batch_norm(inputs: list[Any], given: Mapping[str, Any]) -> Call:
    """With the statistics of the batch, or the running ones."""
    settings = {"eps": given.get("epsilon", 1e-5), "training": bool(given.get("training_mode"))}
    return "batch_norm", inputs[:3], settings | {"running_mean": inputs[3], "running_var": inputs[4]}


def layer_norm(inputs: list[Any], given: Mapping[str, Any]) -> Call:
    """Over the axes from ``axis`` on."""
    return "layer_norm", inputs, {"eps": given.get("epsilon", 1e-5)}


def dropout(inputs: list[Any], given: Mapping[str, Any]) -> Call:
    """Without a mask, which would be random."""
    ratio = float(inputs[1]) if len(inputs) > 1 and inputs[1] is not None else given.get("ratio", 0.5)
    training = bool(inputs[2]) if len(inputs) > 2 else False
    if training and ratio:
        raise Skip("a random mask")
    return "dropout", inputs[:1], {"p": ratio, "training": training}


def gather(inputs: list[Any], given: Mapping[str, Any]) -> Call:
    """Rows of a matrix."""
    if given.get("axis", 0) != 0 or inputs[0].ndim != 2 or (inputs[1] < 0).any():
        raise Skip("not rows of a matrix by indices from 0")
    return "embedding", [inputs[1], inputs[0]], {}


def several(inputs: list[Any], given: Mapping[str, Any]) -> Call:
    """Any number of arrays along an axis."""
    return "concatenate", inputs, {"axis": given["axis"]}


# fmt: off
TRANSLATIONS: dict[str, Callable[[Any, Any], Call]] = {
    "Add": same("add", 2), "Sub": same("subtract", 2), "Mul": same("multiply", 2), "Div": same("divide", 2),
    "Neg": same("negative"), "Pow": same("power", 2), "Sqrt": same("sqrt"), "Exp": same("exp"), "Log": same("log"),
    "Abs": same("absolute"), "Max": same("maximum", 2), "Min": same("minimum", 2), "Sin": same("sin"),
    "Cos": same("cos"), "Clip": clip, "Where": same("where", 3), "Relu": same("relu"),
    "LeakyRelu": same("leaky_relu", alpha="negative_slope"), "Elu": same("elu", alpha="alpha"),
    "Sigmoid": same("sigmoid"), "Tanh": same("tanh"), "Softplus": same("softplus"), "Swish": same("silu"),
    "Gelu": same("gelu", approximate="approximate"), "Identity": same("identity"),
    "Softmax": same("softmax", axis="axis"), "LogSoftmax": same("log_softmax", axis="axis"),
    "ReduceSum": reduction("sum"), "ReduceMean": reduction("mean"),
    "ReduceMax": reduction("max"), "ReduceMin": reduction("min"), "ReduceLogSumExp": reduction("logsumexp"),
    "MatMul": same("matmul", 2), "Transpose": transpose, "Reshape": reshape, "Flatten": flatten, "Concat": several,
    "Slice": slices, "Expand": expand, "Gemm": gemm, "SoftmaxCrossEntropyLoss": class_loss("cross_entropy"),
    "NegativeLogLikelihoodLoss": class_loss("nll_loss"), "Conv": conv, "MaxPool": pool("max_pool2d"),
    "AveragePool": pool("avg_pool2d"), "BatchNormalization": batch_norm, "LayerNormalization": layer_norm,
    "Dropout": dropout, "Gather": gather,
}
# fmt: on


def problem_of(case: Any, node: Any) -> str | None:
    """How our answer to a case differs, or None. Raises Skip."""
    attributes = {one.name: helper.get_attribute_value(one) for one in node.attribute}
    attributes = {key: value.decode() if isinstance(value, bytes) else value for key, value in attributes.items()}
    fed = iter(case.data_sets[0][0])
    inputs = [np.asarray(next(fed)) if name else None for name in node.input]
    expected = np.asarray(case.data_sets[0][1][0])
    if expected.dtype.kind not in "fiu" or (expected.dtype.kind != "f" and node.op_type in ("Div", "Pow")):
        raise Skip(f"gives {expected.dtype}")
    name, given, settings = TRANSLATIONS[node.op_type](inputs, attributes)
    op = registry[name]
    slots = [op.input_for(slot) for slot in range(len(given))]
    arrays = [
        array if array is None or (slot.indices and array.dtype.kind in "iu") else np.asarray(array, np.float64)
        for slot, array in zip(slots, given, strict=True)
    ]
    try:
        arrays += [None] * (0 if op.variadic else len(op.inputs) - len(arrays))
        state = {one.name: np.asarray(settings.pop(one.name)) for one in op.state if one.name in settings}
        sample = Sample(tuple(arrays), settings, state)
        complete = keywords_of(op, sample)
        shape = tuple(op.shape(*shapes_of(sample), **complete))
        with np.errstate(all="ignore"):
            value = np.asarray(op.forward(*arrays, **complete))
    except EngineError as error:
        if any(part in str(error) for part in REFUSED_BY_PYTORCH):
            raise Skip("refused, as PyTorch does") from None
        return f"refused: {error}"
    if shape != value.shape or shape != expected.shape:
        return f"shape {value.shape}, by its rule {shape}, ONNX's {expected.shape}"
    if np.allclose(value, expected.astype(np.float64), rtol=case.rtol, atol=max(case.atol, 1e-6), equal_nan=True):
        return None
    return f"{value.ravel()[:4]}, ONNX's {expected.ravel()[:4]}"


def main() -> int:
    """Check all cases; returns the exit status."""
    warnings.simplefilter("ignore")
    compared: Counter[str] = Counter()
    skipped: dict[str, Counter[str]] = defaultdict(Counter)
    wrong = []
    for case in load_model_tests(kind="node"):
        nodes = case.model.graph.node
        if len(nodes) != 1 or nodes[0].op_type not in TRANSLATIONS or nodes[0].domain not in ("", "ai.onnx"):
            continue
        try:
            problem = problem_of(case, nodes[0])
        except Skip as reason:
            skipped[nodes[0].op_type][str(reason)] += 1
            continue
        compared[nodes[0].op_type] += 1
        if problem is not None:
            wrong.append(f"{case.name}: {problem}")
    for name in TRANSLATIONS:
        reasons = "; ".join(f"{count} {reason}" for reason, count in skipped[name].most_common())
        print(f"{name:28} compared {compared[name]:3}{', skipped: ' + reasons if reasons else ''}")
    for line in wrong:
        print(f"DISAGREES: {line}")
    left_out = sum(count.total() for count in skipped.values())
    print(f"compared {compared.total()}, skipped {left_out}, disagreements {len(wrong)}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
