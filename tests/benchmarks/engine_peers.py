"""What the engine is measured against: NumPy by hand, PyTorch, JAX, and an engine in micrograd's manner.

A peer is a function of a workload that returns ``step``: forward pass, backward pass and SGD update in float64, which
returns the loss before its update. It raises NotImplementedError for what it cannot do, ImportError where its library
is missing.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from importlib.util import find_spec
from typing import Any

import numpy as np
from engine_micrograd import micrograd_style
from engine_workloads import Workload

from backprop_studio.engine.interpreter import run
from backprop_studio.engine.ops import registry
from backprop_studio.engine.planning import Plan
from backprop_studio.engine.program import assemble

Step = Callable[[], float]
_DATA = ("input", "target")


def _trainable(program: Any) -> list[int]:
    return [index for index, call in enumerate(program.calls) if call.op.name == "parameter"]


def interpreter(work: Workload) -> Step:
    """The interpreter: the oracle that all losses are compared with."""
    program = work.program()
    leaves = {index: np.array(program.leaves[index]) for index in _trainable(program)}

    def step() -> float:
        done = run(program, leaves)
        for index in leaves:
            gradient = done.gradients[index]
            if gradient is not None:
                leaves[index] = np.asarray(leaves[index] - work.rate * gradient)
        return float(done.values[program.loss].item())  # type: ignore[index, union-attr]

    return step


def studio(
    work: Workload, keep_everything: bool = False, fixed_data: bool = False, dtype: str = "float64", read: bool = False
) -> Step:
    """The compiled plan; with ``fixed_data``, of the graph whose data are constants, which receive no gradient.

    With ``read``, copies of everything it kept are taken after every step.
    """
    program = work.program() if dtype == "float64" else assemble(work.specs, work.specs[-1].key, dtype)[0]
    if fixed_data:
        specs = [replace(s, op=registry["constant"]) if s.op.name in _DATA else s for s in work.specs]
        program, _ = assemble(specs, loss=specs[-1].key)
    plan = Plan(program, _trainable(program), keep_everything=keep_everything)
    rate = np.asarray(work.rate, program.dtype)
    parameters, gradient, passes = plan.parameters, plan.gradient, plan.step
    multiply, subtract = np.multiply, np.subtract

    def step() -> float:
        loss = passes()
        multiply(gradient, rate, gradient)
        subtract(parameters, gradient, parameters)
        return loss

    def step_and_read() -> float:
        loss = step()
        plan.values(), plan.gradients(), plan.contributions()
        return loss

    return step_and_read if read else step


def studio_float32(work: Workload) -> Step:
    """The compiled plan in float32."""
    return studio(work, dtype="float32")


def studio_read(work: Workload) -> Step:
    """The plan that keeps everything, all of which is copied out after every step."""
    return studio(work, keep_everything=True, read=True)


def studio_traced(work: Workload) -> Step:
    """The compiled plan that keeps every value, gradient and contribution."""
    return studio(work, keep_everything=True)


def studio_traced_fixed(work: Workload) -> Step:
    """The same without the gradients of the data, which the peers do not compute either."""
    if not any(spec.op.name in _DATA for spec in work.specs):
        raise NotImplementedError
    return studio(work, keep_everything=True, fixed_data=True)


def numpy_out(work: Workload) -> Step:
    """The reference: careful NumPy by hand with preallocated buffers; plain floats in a loop for a scalar graph."""
    if work.kind == "dag":
        return _float_loop(work)
    if work.kind != "mlp":
        raise NotImplementedError
    return _numpy_mlp(work)


def _float_loop(work: Workload) -> Step:
    code = {"add": 0, "multiply": 1, "relu": 2, "tanh": 3}
    leaves = [(spec.key, float(spec.value)) for spec in work.specs if spec.op.is_source]  # type: ignore[arg-type]
    calls = [(s.key, code[s.op.name], s.inputs[0], s.inputs[-1]) for s in work.specs if not s.op.is_source]
    back, size, last, rate, tanh = calls[::-1], len(work.specs), calls[-1][0], work.rate, math.tanh
    parameters = dict(leaves)

    def step() -> float:
        v, g = [0.0] * size, [0.0] * size
        for i, value in parameters.items():
            v[i] = value
        for i, op, a, b in calls:
            if op == 0:
                v[i] = v[a] + v[b]
            elif op == 1:
                v[i] = v[a] * v[b]
            elif op == 3:
                v[i] = tanh(v[a])
            else:
                x = v[a]
                v[i] = x if x > 0 else 0.0
        g[last] = 1.0
        for i, op, a, b in back:
            d = g[i]
            if op == 0:
                g[a] += d
                g[b] += d
            elif op == 1:
                g[a] += d * v[b]
                g[b] += d * v[a]
            elif op == 3:
                x = v[i]
                g[a] += d * (1.0 - x * x)
            elif v[i] > 0:
                g[a] += d
        for i in parameters:
            parameters[i] -= rate * g[i]
        return v[last]

    return step


def _numpy_mlp(work: Workload) -> Step:
    arrays, sizes = work.arrays, work.sizes
    x, y, batch, layers = arrays["X"], arrays["y"], len(arrays["X"]), len(work.sizes) - 1
    w, b = ([arrays[f"{kind}{i}"] for i in range(layers)] for kind in "Wb")
    h, g, t = ([np.empty((batch, size)) for size in sizes[1:]] for _ in range(3))
    dw, db, tw, tb = ([np.empty_like(one) for one in kind] for kind in (w, b, w, b))
    wt, ht, ones = [one.T for one in w], [one.T for one in [x, *h]], np.ones(batch)
    dot, add, mul, sub, tanh, top, sign = np.dot, np.add, np.multiply, np.subtract, np.tanh, np.maximum, np.sign
    zero, one, rate, decay = np.zeros(()), np.ones(()), np.array(work.rate), np.array(2 * work.alpha)
    flat, relu, head = [p.ravel() for p in w + b], work.activation == "relu", _head(work, x, y, h[-1], g[-1], t[-1])

    def step() -> float:
        given = x
        for i in range(layers):
            out = h[i]
            dot(given, w[i], out)
            add(out, b[i], out)
            if i < layers - 1:
                if relu:
                    top(out, zero, out=out)
                else:
                    tanh(out, out)
            given = out
        loss = head()
        if work.alpha:
            loss += work.alpha * sum(dot(p, p) for p in flat)
        for i in range(layers - 1, -1, -1):
            back = g[i]
            if i < layers - 1:
                mask = t[i]
                if relu:
                    sign(h[i], mask)
                else:
                    mul(h[i], h[i], mask)
                    sub(one, mask, mask)
                mul(back, mask, back)
            dot(ht[i], back, dw[i])
            dot(ones, back, db[i])
            if i:
                dot(back, wt[i], g[i - 1])
            if work.alpha:
                mul(w[i], decay, tw[i])
                add(dw[i], tw[i], dw[i])
                mul(b[i], decay, tb[i])
                add(db[i], tb[i], db[i])
            mul(dw[i], rate, dw[i])
            sub(w[i], dw[i], w[i])
            mul(db[i], rate, db[i])
            sub(b[i], db[i], b[i])
        return float(loss)

    return step


def _head(work: Workload, x: Any, y: Any, h: Any, g: Any, t: Any) -> Callable[[], float]:
    """The loss of the last layer ``h``; writes its gradient into ``g``."""
    batch, flat, mul, sub = len(x), g.ravel(), np.multiply, np.subtract
    zero, one, share, twice = np.zeros(()), np.ones(()), np.array(1.0 / batch), np.array(2.0 / h.size)
    if work.loss == "mse_loss":

        def mse() -> float:
            sub(h, y, g)
            loss = np.dot(flat, flat) / flat.size
            mul(g, twice, g)
            return float(loss)

        return mse
    if work.loss == "hinge_loss":
        slope = -y / batch

        def hinge() -> float:
            mul(y, h, t)
            sub(one, t, t)
            np.maximum(t, zero, out=t)
            loss = np.add.reduce(t, None) / batch
            np.sign(t, t)
            mul(t, slope, g)
            return float(loss)

        return hinge
    rows, places = np.empty((batch, 1)), np.arange(batch) * h.shape[1] + y

    def cross_entropy() -> float:
        np.maximum.reduce(h, 1, None, rows, True)
        sub(h, rows, g)
        chosen = flat[places].sum()
        np.exp(g, g)
        np.add.reduce(g, 1, None, rows, True)
        loss = (np.log(rows).sum() - chosen) / batch
        np.divide(g, rows, g)
        flat[places] -= 1.0
        mul(g, share, g)
        return float(loss)

    return cross_entropy


def _followed(work: Workload, ops: Mapping[str, Callable[..., Any]]) -> Callable[[dict[int, Any]], Any]:
    """The graph as a function of the sources' values, each call looked up once."""
    calls = []
    for spec in work.specs:
        if not spec.op.is_source:
            if spec.op.name not in ops:
                raise NotImplementedError
            calls.append((spec.key, ops[spec.op.name], spec.inputs, dict(spec.settings or {})))

    def loss(leaves: dict[int, Any]) -> Any:
        values = dict(leaves)
        for key, function, inputs, settings in calls:
            values[key] = function(*[values[one] for one in inputs], **settings)
        return values[calls[-1][0]]

    return loss


def torch_float32(work: Workload) -> Step:
    """PyTorch in float32."""
    return torch_eager(work, single=True)


def torch_eager(work: Workload, single: bool = False) -> Step:
    """PyTorch, eager, one thread; a dense layer is its fused ``linear``, as anybody would write it."""
    import torch
    from torch.nn import functional as f

    torch.set_num_threads(1)
    leaves: dict[int, Any] = {}
    for spec in work.specs:
        if spec.op.is_source:
            value = np.array(spec.value)
            value = value.astype(np.float32) if single and value.dtype.kind == "f" else value
            leaves[spec.key] = torch.tensor(value, requires_grad=spec.op.name == "parameter")
    ops = {
        "add": torch.add, "multiply": torch.mul, "matmul": torch.matmul, "relu": torch.relu, "tanh": torch.tanh,
        "mse_loss": f.mse_loss, "cross_entropy": f.cross_entropy, "max_pool2d": f.max_pool2d, "conv2d": f.conv2d,
        "hinge_loss": lambda h, y: torch.relu(1 - y * h).mean(), "flatten": torch.flatten,
        "l2_penalty": lambda *ps, alpha: alpha * sum((p * p).sum() for p in ps),
        "layer_norm": lambda x, w, b: f.layer_norm(x, w.shape, w, b),
    }  # fmt: skip
    parameters = [leaf for leaf in leaves.values() if leaf.requires_grad]
    forward = _torch_mlp(work, leaves, ops) if work.kind == "mlp" else _followed(work, ops)
    if work.kind == "mlp":
        parameters = forward.parameters  # type: ignore[attr-defined]

    def step() -> float:
        loss = forward(leaves)
        loss.backward()
        with torch.no_grad():
            torch._foreach_add_(parameters, [p.grad for p in parameters], alpha=-work.rate)
            for p in parameters:
                p.grad = None
        return float(loss.item())

    return step


def _torch_mlp(work: Workload, leaves: Mapping[int, Any], ops: Mapping[str, Any]) -> Callable[[Any], Any]:
    from torch.nn.functional import linear

    named = {spec.name: leaves[spec.key] for spec in work.specs if spec.op.is_source}
    x, y, layers = named["X"], named["y"], len(work.sizes) - 1
    weights = [named[f"W{i}"].detach().T.contiguous().requires_grad_() for i in range(layers)]
    biases, act, head = [named[f"b{i}"] for i in range(layers)], ops[work.activation], ops[work.loss]

    def forward(_: Any) -> Any:
        value = x
        for i in range(layers):
            value = linear(value, weights[i], biases[i])
            if i < layers - 1:
                value = act(value)
        loss = head(value, y)
        return loss + ops["l2_penalty"](*weights, *biases, alpha=work.alpha) if work.alpha else loss

    forward.parameters = [*weights, *biases]  # type: ignore[attr-defined]
    return forward


def jax_jit(work: Workload) -> Step:
    """JAX, compiled as one function; it takes minutes to compile thousands of nodes, so those sit out."""
    if work.nodes > 1_500 or work.key == "W7":
        raise NotImplementedError
    import jax
    import jax.numpy as jnp

    jax.config.update("jax_enable_x64", True)

    def cross_entropy(h: Any, y: Any) -> Any:
        return (jax.nn.logsumexp(h, 1) - jnp.take_along_axis(h, y[:, None], 1)[:, 0]).mean()

    ops = {
        "add": jnp.add, "multiply": jnp.multiply, "matmul": jnp.matmul, "relu": jax.nn.relu, "tanh": jnp.tanh,
        "mse_loss": lambda h, y: ((h - y) ** 2).mean(), "cross_entropy": cross_entropy,
        "hinge_loss": lambda h, y: jax.nn.relu(1 - y * h).mean(),
        "l2_penalty": lambda *ps, alpha: alpha * sum((p * p).sum() for p in ps),
    }  # fmt: skip
    forward = _followed(work, ops)
    fixed: dict[int, Any] = {}
    state: dict[int, Any] = {}
    for spec in work.specs:
        if spec.op.is_source:
            (state if spec.op.name == "parameter" else fixed)[spec.key] = jnp.asarray(spec.value)

    def one(parameters: Any, data: Any) -> Any:
        loss, slopes = jax.value_and_grad(lambda p: forward({**p, **data}))(parameters)
        return loss, {key: parameters[key] - work.rate * slopes[key] for key in parameters}

    compiled = jax.jit(one, donate_argnums=0)

    def step() -> float:
        nonlocal state
        loss, state = compiled(state, fixed)
        return float(loss)

    return step


PEERS: Sequence[Callable[[Workload], Step]] = (
    numpy_out, studio, studio_float32, studio_traced, studio_traced_fixed, studio_read, interpreter, torch_eager,
    torch_float32, jax_jit, micrograd_style,
)  # fmt: skip


def missing_libraries() -> list[str]:
    """The peers' libraries that are not installed here."""
    return [name for module, name in (("torch", "PyTorch"), ("jax", "JAX")) if find_spec(module) is None]
