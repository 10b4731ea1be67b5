"""All operations. Importing this package fills the registry, in palette order."""

from backprop_studio.engine.op import registry
from backprop_studio.engine.ops import sources

__all__ = ["registry", "sources"]
