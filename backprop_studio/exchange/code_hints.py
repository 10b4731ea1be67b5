"""How PyTorch and NumPy people write a call: what is read as meant, and what to write instead."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from difflib import get_close_matches

from backprop_studio.engine.op import Op
from backprop_studio.engine.ops import registry

# fmt: off
POSITIONAL: Mapping[str, tuple[str, ...]] = {
    "sum": ("axis", "keepdims"), "mean": ("axis", "keepdims"), "logsumexp": ("axis", "keepdims"),
    "max": ("axis", "keepdims"), "min": ("axis", "keepdims"),
    "softmax": ("axis",), "log_softmax": ("axis",), "leaky_relu": ("negative_slope",), "elu": ("alpha",),
    "softplus": ("beta", "threshold"), "clamp": ("min", "max"), "dropout": ("p",),
    "reshape": ("shape",), "broadcast_to": ("shape",), "transpose": ("dim0", "dim1"),
    "flatten": ("start_dim", "end_dim"), "embedding": ("padding_idx",),
    "conv2d": ("stride", "padding", "dilation", "groups"),
    "max_pool2d": ("kernel_size", "stride", "padding", "dilation", "ceil_mode"),
    "avg_pool2d": ("kernel_size", "stride", "padding", "ceil_mode", "count_include_pad", "divisor_override"),
}
"""Settings that PyTorch takes by position behind the inputs, with the same meaning, in its order.

With an axis behind the input, PyTorch's ``max`` and ``min`` give the indices as well; here they are their values.
Source: the signatures of torch and torch.nn.functional.
"""
_INSTEAD: Mapping[str, str] = {
    "squeeze": "Write reshape(x, shape=(2, 3)) with the shape you want.",
    "unsqueeze": "Write reshape(x, shape=(2, 1)) with the shape you want.",
    "einsum": "Write it as matmul, or as multiply and sum.",
    "bmm": "Write matmul(x, y), which multiplies stacks of matrices too.",
    "permute": "Write transpose(x, dim0=0, dim1=1), which exchanges two axes.",
    "norm": "Write sqrt(sum(square(x))).",
    "var": "Write mean(square(x - mean(x))), which divides by n.",
    "std": "Write sqrt(mean(square(x - mean(x)))), which divides by n.",
    "rsqrt": "Write 1/sqrt(x).",
    "reciprocal": "Write 1/x.",
    "log2": "Write log(x)/log(2).",
    "log10": "Write log(x)/log(10).",
    "log1p": "Write log(1 + x).",
    "expm1": "Write exp(x) - 1.",
    "tan": "Write sin(x)/cos(x).",
    "chunk": "Write an index for each part, such as x[:2].",
    "split": "Write an index for each part, such as x[:2].",
    "relu6": "Write clamp(x, min=0, max=6).",
    "tensor": "Write input(1.), target(1.), parameter(1.) or constant(1.).",
    "array": "Write input(1.), target(1.), parameter(1.) or constant(1.).",
    "zeros": 'Write parameter(shape=(2, 3), init="zeros"), or constant([[0., 0.]]).',
    "ones": "Write the numbers out, such as constant([[1., 1.]]).",
    "randn": "Write parameter(shape=(2, 3), seed=0).",
    "rand": "Write parameter(shape=(2, 3), seed=0).",
}
"""What to write for functions of PyTorch that are no operations here."""
# fmt: on
_MOST = 3
_LONGEST = 40


def positional_settings(op: Op) -> tuple[str, ...]:
    """The settings that a call may give behind its inputs without their names."""
    return () if op.variadic else POSITIONAL.get(op.name, ())


def pairwise_hint(op: Op, argument: ast.expr) -> str:
    """What to write for a largest or smallest of two arrays, where ``argument`` stands for an axis; "" for none."""
    pairwise = {"max": "maximum", "min": "minimum"}.get(op.name, "")
    if not pairwise or _is_written_out(argument):
        return ""
    return f"{op.name} is the {op.title.lower()} of one array: write {pairwise}(x, y)."


def settings_by_name(op: Op, extra: Sequence[ast.expr]) -> str:
    """The call with the settings in ``extra``, given by position, under their names; "" where they are none."""
    try:
        texts = [ast.unparse(argument) for argument in extra if _is_written_out(argument)]
    except ValueError:  # Python reads integers in hexadecimal that it refuses to write
        return ""
    if not texts or len(texts) < len(extra) or not op.settings or sum(map(len, texts)) > _LONGEST:
        return ""
    first = op.settings[0]
    if len(texts) > 1 and first.kind in ("axis", "shape") and positional_settings(op):
        texts = [f"({', '.join(texts)})"]
    if len(texts) > len(op.settings):
        return ""
    named = [f"{setting.name}={text}" for setting, text in zip(op.settings, texts, strict=False)]
    return f"{op.name}({', '.join([*(one.name for one in op.inputs if not one.optional), *named])})"


def _is_written_out(node: ast.expr) -> bool:
    """Is it a constant, as a setting takes one?"""
    if isinstance(node, ast.Tuple | ast.List):
        return all(map(_is_written_out, node.elts))
    return isinstance(node.operand if isinstance(node, ast.UnaryOp) else node, ast.Constant)


def operation_hint(name: str) -> str:
    """What to write instead of a call of ``name``, which is no operation."""
    if name in _INSTEAD:
        return _INSTEAD[name]
    found = _meant(name) or get_close_matches(name.casefold(), [op.name for op in registry], 1, 0.7)
    if found:
        return f"Did you mean {' or '.join(found)}?"
    return "Operations are called by name, such as sigmoid(z)."


def _meant(name: str) -> list[str]:
    """The operations that a name may stand for: their own names in other letters, else their synonyms."""
    bare = _bare(name)
    own = [op.name for op in registry if _bare(op.name) == bare]
    return own or [op.name for op in registry if bare in map(_bare, op.synonyms) and not op.is_source][:_MOST]


def _bare(name: str) -> str:
    """A name as it compares: MSELoss and mse_loss are mse."""
    plain = name.casefold().replace("_", "").replace(" ", "").replace("bce", "binarycrossentropy")
    return plain.removesuffix("loss") or plain
