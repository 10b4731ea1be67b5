"""An engine of objects and closures in micrograd's manner, as a peer for the benchmark of the engine."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable

from engine_workloads import Workload


class _Value:
    """A number that remembers where it came from, as in micrograd."""

    __slots__ = ("_backward", "_sources", "data", "grad")

    def __init__(self, data: float, sources: tuple[_Value, ...] = ()) -> None:
        self.data, self.grad, self._sources = data, 0.0, set(sources)
        self._backward: Callable[[], None] = lambda: None

    def __add__(self, other: _Value) -> _Value:
        out = _Value(self.data + other.data, (self, other))

        def back() -> None:
            self.grad += out.grad
            other.grad += out.grad

        out._backward = back
        return out

    def __mul__(self, other: _Value) -> _Value:
        out = _Value(self.data * other.data, (self, other))

        def back() -> None:
            self.grad += other.data * out.grad
            other.grad += self.data * out.grad

        out._backward = back
        return out

    def relu(self) -> _Value:
        out = _Value(0.0 if self.data < 0 else self.data, (self,))

        def back() -> None:
            self.grad += (out.data > 0) * out.grad

        out._backward = back
        return out

    def tanh(self) -> _Value:
        out = _Value(math.tanh(self.data), (self,))

        def back() -> None:
            self.grad += (1 - out.data * out.data) * out.grad

        out._backward = back
        return out

    def backward(self) -> None:
        order: list[_Value] = []
        visited = set()

        def build(value: _Value) -> None:
            if value not in visited:
                visited.add(value)
                for source in value._sources:
                    build(source)
                order.append(value)

        build(self)
        self.grad = 1.0
        for value in reversed(order):
            value._backward()


def micrograd_style(work: Workload) -> Callable[[], float]:
    """An engine of objects and closures in micrograd's manner; the graph is built again in every step."""
    if work.kind != "dag":
        raise NotImplementedError
    sys.setrecursionlimit(10**6)
    parameters = {s.key: _Value(float(s.value)) for s in work.specs if s.op.is_source}  # type: ignore[arg-type]
    ops = {"add": _Value.__add__, "multiply": _Value.__mul__, "relu": _Value.relu, "tanh": _Value.tanh}
    calls = [(s.key, ops[s.op.name], s.inputs) for s in work.specs if not s.op.is_source]

    def step() -> float:
        values = dict(parameters)
        for key, function, inputs in calls:
            values[key] = function(*[values[one] for one in inputs])  # type: ignore[operator]
        for value in parameters.values():
            value.grad = 0.0
        loss = values[calls[-1][0]]
        loss.backward()
        for value in parameters.values():
            value.data -= work.rate * value.grad
        return loss.data

    return step
