"""All operations. Importing this package fills the registry, in palette order."""

# isort: off
from backprop_studio.engine.op import registry
from backprop_studio.engine.ops import sources
from backprop_studio.engine.ops import arithmetic
from backprop_studio.engine.ops import activations
from backprop_studio.engine.ops import reductions
from backprop_studio.engine.ops import extremes
from backprop_studio.engine.ops import linear_algebra
from backprop_studio.engine.ops import shaping
from backprop_studio.engine.ops import losses
from backprop_studio.engine.ops import class_losses
from backprop_studio.engine.ops import penalty
from backprop_studio.engine.ops import convolution
from backprop_studio.engine.ops import pooling
from backprop_studio.engine.ops import normalisation
from backprop_studio.engine.ops import layers

__all__ = [
    "activations",
    "arithmetic",
    "class_losses",
    "convolution",
    "extremes",
    "layers",
    "linear_algebra",
    "losses",
    "normalisation",
    "penalty",
    "pooling",
    "reductions",
    "registry",
    "shaping",
    "sources",
]
