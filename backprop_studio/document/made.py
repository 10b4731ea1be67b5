"""The arrays of sources that hold none of their own: drawn by an initialiser, or made as a dataset."""

from __future__ import annotations

from backprop_studio.document.graph import Node
from backprop_studio.engine.op import Array, Op, Settings
from backprop_studio.training.datasets import DATASETS, dataset
from backprop_studio.training.initialisers import initial_value


def is_made(op: Op, settings: Settings) -> bool:
    """Do the settings of a source say what it holds where it is given no value?"""
    return len(op.outputs) > 1 or settings.get("shape") is not None


def held_array(node: Node, output: int = 0) -> Array | None:
    """The array of a source's output: its own, or what its settings make; None where it has neither.

    Raises ValueError with a sentence for settings that make nothing.
    """
    value = node.values[output]
    if value is not None:
        return value.array
    if not is_made(node.op, node.settings):
        return None
    settings = node.op.complete_settings(node.settings)
    if len(node.op.outputs) > 1:
        return dataset(**settings)[output]
    shape = settings["shape"]
    assert isinstance(shape, tuple)
    return initial_value(shape, str(settings["init"]), int(str(settings["seed"])))


def own_settings(node: Node) -> Settings:
    """Settings of a dataset that it has of its own where the node leaves them open; none for other nodes."""
    if len(node.op.outputs) == 1:
        return {}
    chosen = DATASETS[str(node.op.complete_settings(node.settings)["kind"])]
    return {"samples": chosen.samples, "noise": chosen.noise}
