"""Three networks trained step by step beside PyTorch: losses, gradients, and parameters after five steps of SGD."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from backprop_studio.engine.ops import registry
from backprop_studio.engine.program import CallSpec, Program, assemble
from backprop_studio.training.trainer import train

torch = pytest.importorskip("torch")
F = torch.nn.functional
RATE, STEPS = 0.05, 5


class Network:
    """A program in the making, and the tensors that PyTorch begins with."""

    def __init__(self, seed: int) -> None:
        self._random = np.random.default_rng(seed)
        self._specs: list[CallSpec] = []
        self.tensors: dict[int, Any] = {}

    def data(self, array: np.ndarray) -> int:
        """An input."""
        kind = "target" if array.dtype.kind == "i" else "input"
        self._specs.append(CallSpec(len(self._specs), f"x{len(self._specs)}", registry[kind], value=array))
        return len(self._specs) - 1

    def parameter(self, *shape: int, scale: float | None = None) -> int:
        """A parameter with random entries, spread by ``scale``: by default, one over the root of the inputs."""
        spread = 1 / np.sqrt(np.prod(shape[1:])) if scale is None else scale
        value = self._random.normal(0.0, spread, shape)
        self._specs.append(CallSpec(len(self._specs), f"p{len(self._specs)}", registry["parameter"], value=value))
        self.tensors[len(self._specs) - 1] = torch.tensor(value, requires_grad=True)
        return len(self._specs) - 1

    def call(self, name: str, *inputs: int | None, **settings: Any) -> int:
        """A call of an operation."""
        self._specs.append(CallSpec(len(self._specs), f"c{len(self._specs)}", registry[name], inputs, settings))
        return len(self._specs) - 1

    def program(self) -> Program:
        """The whole; the last call is the loss."""
        program, faults = assemble(self._specs, len(self._specs) - 1)
        assert not faults
        return program


def assert_trains_as_pytorch(network: Network, forward: Callable[[list[Any]], Any]) -> None:
    program, tensors = network.program(), network.tensors
    optimizer = torch.optim.SGD(tensors.values(), lr=RATE)
    result = None
    for result in train(program, learning_rate=RATE, steps=STEPS):
        optimizer.zero_grad()
        loss = forward(list(tensors.values()))
        loss.backward()
        assert result.loss == pytest.approx(loss.item(), rel=1e-9)
        gradients = result.plan.gradient_views
        for key, tensor in tensors.items():
            np.testing.assert_allclose(gradients[program.position[key]], tensor.grad.numpy(), rtol=1e-7, atol=1e-11)
        optimizer.step()
    assert result is not None
    for key, tensor in tensors.items():
        found = result.parameters[program.position[key]]
        np.testing.assert_allclose(found, tensor.detach().numpy(), rtol=1e-8, atol=1e-11)


def test_a_convolutional_network_on_small_images() -> None:
    random = np.random.default_rng(0)
    images, classes = random.normal(0, 1, (64, 1, 8, 8)), random.integers(0, 10, 64)
    net = Network(1)
    x, t = net.data(images), net.data(classes)
    h = net.call("relu", net.call("conv2d", x, net.parameter(8, 1, 3, 3), net.parameter(8, scale=0.1), padding=(1,)))
    h = net.call("max_pool2d", h)
    h = net.call("relu", net.call("conv2d", h, net.parameter(16, 8, 3, 3), None, padding="same"))
    h = net.call("flatten", net.call("avg_pool2d", h), start_dim=1)
    net.call("cross_entropy", net.call("linear", h, net.parameter(10, 64), net.parameter(10, scale=0.1)), t)

    def forward(p: list[Any]) -> Any:
        y = F.max_pool2d(F.relu(F.conv2d(torch.tensor(images), p[0], p[1], padding=1)), 2)
        y = F.avg_pool2d(F.relu(F.conv2d(y, p[2], padding="same")), 2).flatten(1)
        return F.cross_entropy(F.linear(y, p[3], p[4]), torch.tensor(classes))

    assert_trains_as_pytorch(net, forward)


def test_fifty_layers_of_tanh() -> None:
    random = np.random.default_rng(2)
    rows, wanted = random.normal(0, 1, (16, 12)), random.normal(0, 1, (16, 12))
    net = Network(3)
    h, t = net.data(rows), net.data(wanted)
    for _ in range(50):
        h = net.call("tanh", net.call("linear", h, net.parameter(12, 12), net.parameter(12, scale=0.1)))
    net.call("mse_loss", h, t)

    def forward(p: list[Any]) -> Any:
        y = torch.tensor(rows)
        for layer in range(50):
            y = torch.tanh(F.linear(y, p[2 * layer], p[2 * layer + 1]))
        return F.mse_loss(y, torch.tensor(wanted))

    assert_trains_as_pytorch(net, forward)


def test_residual_blocks_with_layer_norm() -> None:
    random = np.random.default_rng(4)
    rows, wanted = random.normal(0, 1, (32, 16)), random.normal(0, 1, (32, 16))
    net = Network(5)
    h, t = net.data(rows), net.data(wanted)
    for block in range(6):
        scale = net.parameter(16, scale=1.0)
        shift = net.parameter(16, scale=0.1) if block % 2 else None
        normed = net.call("layer_norm", h, scale, shift)
        inner = net.call("gelu", net.call("linear", normed, net.parameter(32, 16), net.parameter(32, scale=0.1)))
        h = net.call("add", h, net.call("linear", inner, net.parameter(16, 32)))
    net.call("mse_loss", net.call("layer_norm", h, None, None), t)

    def forward(p: list[Any]) -> Any:
        y, left = torch.tensor(rows), iter(p)
        for block in range(6):
            scale = next(left)
            normed = F.layer_norm(y, (16,), scale, next(left) if block % 2 else None)
            inner = F.gelu(F.linear(normed, next(left), next(left)))
            y = y + F.linear(inner, next(left))
        return F.mse_loss(F.layer_norm(y, (16,)), torch.tensor(wanted))

    assert_trains_as_pytorch(net, forward)
