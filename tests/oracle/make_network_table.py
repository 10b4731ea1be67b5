"""Record PyTorch's numbers for a network of two inputs, three sigmoid neurons and one: where PyTorch is installed.

``python -m tests.oracle.make_network_table`` writes ``network_2_3_1.json``: the forward pass, the gradients and the
parameters after one step of SGD; once with values and the loss (y − t)², once with all ones and the loss y.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import torch

PATH = Path(__file__).with_name("network_2_3_1.json")
INPUTS = {"x1": 0.5, "x2": -1.5, "t": 1.0}
PARAMETERS = {
    "w11": 0.3, "w12": -0.2, "b1": 0.1, "w21": -0.7, "w22": 0.4, "b2": -0.3, "w31": 0.9, "w32": 0.6, "b3": 0.2,
    "v1": 1.1, "v2": -0.8, "v3": 0.5, "c": -0.1,
}  # fmt: skip
LEARNING_RATE = 0.1


def record(inputs: dict[str, float], parameters: dict[str, float], squared: bool) -> dict[str, Any]:
    """PyTorch's numbers; the loss is (y − t)², or y itself."""
    p = {name: torch.tensor(value, requires_grad=True) for name, value in parameters.items()}
    x1, x2, t = (torch.tensor(inputs[name]) for name in ("x1", "x2", "t"))
    hidden = [torch.sigmoid(x1 * p[f"w{i}1"] + x2 * p[f"w{i}2"] + p[f"b{i}"]) for i in (1, 2, 3)]
    y = torch.sigmoid(hidden[0] * p["v1"] + hidden[1] * p["v2"] + hidden[2] * p["v3"] + p["c"])
    loss = (y - t) ** 2 if squared else y
    optimizer = torch.optim.SGD(list(p.values()), lr=LEARNING_RATE)
    loss.backward()
    gradients = {name: tensor.grad.item() for name, tensor in p.items() if tensor.grad is not None}
    optimizer.step()
    values = {f"h{i}": value.item() for i, value in enumerate(hidden, 1)} | {"y": y.item()}
    return {
        "inputs": inputs,
        "parameters": parameters,
        "values": values | ({"L": loss.item()} if squared else {}),
        "gradients": gradients,
        "after_one_step": {name: tensor.item() for name, tensor in p.items()},
    }


def main() -> None:
    """Write the table."""
    torch.set_default_dtype(torch.float64)
    ones = dict.fromkeys(PARAMETERS, 1.0)
    table = {
        "torch": str(torch.__version__).split("+")[0],
        "learning_rate": LEARNING_RATE,
        "typed": record(INPUTS, PARAMETERS, squared=True),
        "ones": record(dict.fromkeys(INPUTS, 1.0), ones, squared=False),
    }
    PATH.write_text(json.dumps(table, indent=1) + "\n", encoding="utf-8")
    print(f"written to {PATH}")


if __name__ == "__main__":
    main()
