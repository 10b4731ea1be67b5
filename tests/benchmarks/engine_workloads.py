"""The graphs that the benchmark of the engine trains, as calls of operations."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import numpy as np

from backprop_studio.engine.ops import registry
from backprop_studio.engine.program import CallSpec, Program, assemble

Array = np.ndarray[Any, Any]


@dataclass
class Workload:
    """A graph under construction. ``sizes`` and what follows describe a plain MLP to peers written by hand."""

    key: str
    title: str
    rate: float
    specs: list[CallSpec] = field(default_factory=list)
    sizes: tuple[int, ...] = ()
    activation: str = ""
    loss: str = ""
    alpha: float = 0.0
    kind: str = "other"
    _program: Program | None = None

    def leaf(self, op: str, value: Any, name: str = "") -> int:
        """Add a source; returns its key."""
        key = len(self.specs)
        self.specs.append(CallSpec(key, name or f"{op}{key}", registry[op], value=np.asarray(value)))
        return key

    def __call__(self, op: str, *inputs: int, **settings: Any) -> int:
        """Add a call; returns its key."""
        key = len(self.specs)
        self.specs.append(CallSpec(key, f"{op}_{key}", registry[op], inputs, settings))
        return key

    def program(self) -> Program:
        """The program, with the last call as its loss; assembled once."""
        if self._program is None:
            self._program, faults = assemble(self.specs, loss=self.specs[-1].key)
            if faults:
                raise ValueError("; ".join(fault.sentence for fault in faults.values()))
        return self._program

    @property
    def arrays(self) -> dict[str, Array]:
        """The values of all sources, by name."""
        return {spec.name: np.array(spec.value) for spec in self.specs if spec.op.is_source}

    @property
    def nodes(self) -> int:
        """How many calls that compute there are."""
        return sum(not spec.op.is_source for spec in self.specs)


def moons(count: int, noise: float, seed: int) -> tuple[Array, Array]:
    """Two interleaved half circles with their labels, −1 and 1."""
    rng = np.random.default_rng(seed)
    half = count // 2
    angle = np.linspace(0.0, np.pi, half)
    outer = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    inner = np.stack([1.0 - np.cos(angle), 0.5 - np.sin(angle)], axis=1)
    points = np.concatenate([outer, inner]) + rng.normal(scale=noise, size=(2 * half, 2))
    return points, np.repeat([-1.0, 1.0], half).reshape(-1, 1)


def mlp(
    key: str, title: str, sizes: tuple[int, ...], batch: int, activation: str, loss: str,
    data: tuple[Array, Array] | None = None, alpha: float = 0.0, rate: float = 0.05,
) -> Workload:  # fmt: skip
    """A multilayer perceptron as matmul, add and activation."""
    rng = np.random.default_rng(0)
    work = Workload(key, title, rate, sizes=sizes, activation=activation, loss=loss, alpha=alpha, kind="mlp")
    points, answers = data or (rng.normal(size=(batch, sizes[0])), rng.normal(size=(batch, sizes[-1])) * 0.5)
    if loss == "cross_entropy":
        answers = rng.integers(0, sizes[-1], size=batch)
    value, target = work.leaf("input", points, "X"), work.leaf("target", answers, "y")
    parameters = []
    for layer, (before, after) in enumerate(pairwise(sizes)):
        weight = rng.normal(size=(before, after)) * np.sqrt(1.0 / before)
        parameters.append(work.leaf("parameter", weight, f"W{layer}"))
        parameters.append(work.leaf("parameter", rng.normal(size=after) * 0.01, f"b{layer}"))
    for layer in range(len(sizes) - 1):
        value = work("add", work("matmul", value, parameters[2 * layer]), parameters[2 * layer + 1])
        if layer < len(sizes) - 2:
            value = work(activation, value)
    result = work(loss, value, target)
    if alpha:
        work("add", result, work("l2_penalty", *parameters, alpha=alpha))
    return work


def micrograd_demo() -> Workload:
    """The MLP of micrograd's demo."""
    data = moons(100, 0.1, 1337)
    return mlp("W1", "MLP 2-16-16-1, 100 moons, hinge + L2", (2, 16, 16, 1), 100, "relu", "hinge_loss", data, 1e-4)


def dag(key: str, count: int) -> Workload:
    """``count`` operations on single numbers over 8 parameters; every tenth is added to a running loss."""
    draw = random.Random(0)
    work = Workload(key, f"scalar DAG of {count:,} nodes", 1e-4, kind="dag")
    names = [work.leaf("parameter", np.float64(draw.uniform(-1, 1)), f"p{i}") for i in range(8)]
    bounded, last, total, made = list(names), names[0], None, 0
    pattern = ("multiply", "add", "tanh", "multiply", "add", "relu", "tanh")
    while made < count - 1:
        op = pattern[made % 7]
        if op in ("multiply", "add"):
            last = work(op, last, draw.choice(bounded[-30:] if draw.random() < 0.5 else names))
        else:
            last = work(op, last)
        made += 1
        if op == "tanh":
            bounded.append(last)
        if made % 10 == 9:
            if total is None:
                total = last
            else:
                total = work("add", total, last)
                made += 1
    work("add", total if total is not None else last, last)
    return work


def chains(count: int, length: int) -> Workload:
    """``count`` chains of ``length`` operations, each from a parameter of its own, added up."""
    work = Workload("chains", f"{count} chains of {length}", 1e-4)
    ends = [work.leaf("parameter", np.float64(index / count)) for index in range(count)]
    for step in range(length):
        ends = [work(("tanh", "sin")[step % 2], end) for end in ends]
    total = ends[0]
    for end in ends[1:]:
        total = work("add", total, end)
    return work


def drawn_by_neuron() -> Workload:
    """W1 as a person would draw it: every weight a node of its own, the batch of 100 on every wire."""
    rng = np.random.default_rng(0)
    points, answers = moons(100, 0.1, 1337)
    work = Workload("W7", "W1 drawn as scalar nodes, 100 on each wire", 0.05)
    values = [work.leaf("input", points[:, column], f"x{column}") for column in range(2)]
    target = work.leaf("target", answers[:, 0], "y")
    parameters = []
    for before, after in ((2, 16), (16, 16), (16, 1)):
        made = []
        for _ in range(after):
            weights = [work.leaf("parameter", rng.normal() / np.sqrt(before)) for _ in range(before)]
            bias = work.leaf("parameter", rng.normal() * 0.01)
            parameters += [*weights, bias]
            total = bias
            for value, weight in zip(values, weights, strict=True):
                total = work("add", total, work("multiply", value, weight))
            made.append(total if after == 1 else work("relu", total))
        values = made
    loss = work("hinge_loss", values[0], target)
    work("add", loss, work("l2_penalty", *parameters, alpha=1e-4))
    return work


def residual() -> Workload:
    """Eight residual blocks: x + linear(relu(linear(layer_norm(x))))."""
    rng = np.random.default_rng(0)
    work = Workload("residual", "residual MLP, 8 blocks of 64 with layer_norm, batch 64", 0.01)
    value, target = work.leaf("input", rng.normal(size=(64, 64))), work.leaf("target", rng.normal(size=(64, 64)))

    def linear(at: int) -> int:
        weight, bias = work.leaf("parameter", rng.normal(size=(64, 64)) / 8.0), work.leaf("parameter", np.zeros(64))
        return work("add", work("matmul", at, weight), bias)

    for _ in range(8):
        scale, shift = work.leaf("parameter", np.ones(64)), work.leaf("parameter", np.zeros(64))
        inner = work("relu", linear(work("layer_norm", value, scale, shift)))
        value = work("add", value, linear(inner))
    work("mse_loss", value, target)
    return work


def convolutional() -> Workload:
    """Two convolutions with pooling and a dense layer, for images of 8 × 8 in 10 classes."""
    rng = np.random.default_rng(0)
    work = Workload("conv", "conv net on 8×8 images, batch 64", 0.05)
    value, target = work.leaf("input", rng.normal(size=(64, 1, 8, 8))), work.leaf("target", rng.integers(0, 10, 64))
    for before, after in ((1, 8), (8, 16)):
        weight = work.leaf("parameter", rng.normal(size=(after, before, 3, 3)) / np.sqrt(9 * before))
        value = work("conv2d", value, weight, work.leaf("parameter", np.zeros(after)), padding=(1,))
        value = work("max_pool2d", work("relu", value), kernel_size=(2,))
    value = work("flatten", value, start_dim=1)
    weight, bias = work.leaf("parameter", rng.normal(size=(64, 10)) / 8.0), work.leaf("parameter", np.zeros(10))
    work("cross_entropy", work("add", work("matmul", value, weight), bias), target)
    return work


WORKLOADS: dict[str, Callable[[], Workload]] = {
    "W1": micrograd_demo,
    "W2": lambda: mlp("W2", "MLP 2-8-1, tanh, MSE, batch 32", (2, 8, 1), 32, "tanh", "mse_loss"),
    "W3": lambda: mlp(
        "W3", "MLP 64-128-128-10, relu, cross-entropy, batch 128", (64, 128, 128, 10), 128, "relu", "cross_entropy"
    ),
    "W5_1k": lambda: dag("W5_1k", 1_000),
    "W5_10k": lambda: dag("W5_10k", 10_000),
    "W7": drawn_by_neuron,
    "deep": lambda: mlp("deep", "50-layer tanh MLP of 32, batch 64", (32,) * 51, 64, "tanh", "mse_loss"),
    "residual": residual,
    "conv": convolutional,
}
