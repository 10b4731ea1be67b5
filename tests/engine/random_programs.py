"""Programs made by chance, over operations that stay finite."""

from __future__ import annotations

import numpy as np

from backprop_studio.engine.ops import registry
from backprop_studio.engine.program import CallSpec, Program, assemble

UNARY = ("negative", "square", "sin", "tanh", "relu", "sigmoid", "softplus", "silu", "absolute", "leaky_relu")
BINARY = ("add", "subtract", "multiply", "maximum", "minimum")


def random_program(seed: int, size: int, shapes: list[tuple[int, ...]], dtype: str = "float64") -> Program:
    """A random graph over parameters and inputs of ``shapes``, ending in a single number."""
    rng = np.random.default_rng(seed)
    specs = []
    for key, shape in enumerate(shapes):
        op = registry["parameter" if key % 3 else "input"]
        specs.append(CallSpec(key, f"p{key}", op, (), {}, rng.normal(size=shape)))
    while len(specs) < size:
        key = len(specs)
        recent = lambda key=key: int(rng.integers(max(0, key - 12), key))  # noqa: E731
        if rng.random() < 0.5:
            name, inputs = str(rng.choice(UNARY)), (recent(),)
        else:
            name, inputs = str(rng.choice(BINARY)), (recent(), recent())
        specs.append(CallSpec(key, f"n{key}", registry[name], inputs))
    used = {source for spec in specs for source in spec.inputs}
    ends = [spec.key for spec in specs if spec.key not in used]
    total: int | None = None
    for end in ends:
        key = len(specs)
        specs.append(CallSpec(key, f"n{key}", registry["tanh"], (end,)))
        specs.append(CallSpec(key + 1, f"n{key + 1}", registry["mean"], (key,)))
        if total is not None:
            specs.append(CallSpec(key + 2, f"n{key + 2}", registry["add"], (total, key + 1)))
        total = len(specs) - 1
    program, faults = assemble(specs, loss=total, dtype=dtype)
    assert not faults
    return program
