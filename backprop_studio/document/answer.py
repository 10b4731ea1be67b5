"""What a gradient means, in one sentence: how the loss answers when its node changes."""

from __future__ import annotations

import numpy as np

from backprop_studio.document.evaluation import Evaluation
from backprop_studio.document.number_text import number
from backprop_studio.document.symbols_text import partial


def gradient_answer(evaluation: Evaluation, node_id: int, output: int = 0) -> str:
    """What the gradient of a node's output says; "" where there is none, where it is not finite, and of the loss."""
    gradient, loss = evaluation.gradient(node_id, output), evaluation.loss
    if gradient is None or loss is None or node_id == loss or not np.isfinite(gradient).all():
        return ""
    node, told = evaluation.graph.nodes[node_id], evaluation.graph.nodes[loss].name
    name = node.names[output]
    if gradient.size != 1:
        return f"Each entry of {partial(told, name).text} says how fast {told} changes as that entry of {name} grows."
    slope = float(gradient.item())
    if slope == 0.0:
        return f"A small change of {name} leaves {told} as it is: the slope of {told} over {name} is 0 here."
    way, against = ("rises", "smaller") if slope > 0.0 else ("falls", "larger")
    answer = f"When {name} grows by a little, {told} {way} {number(abs(slope))} times as much."
    return f"{answer} So gradient descent makes {name} {against}." if node.op_name == "parameter" else answer
