"""Backprop Studio: build a computational graph, watch values and gradients travel, and train it.

The public functions compute without a window and without Qt. They load on first use, so that
naming the package costs next to nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from backprop_studio.api import (
        CheckReport,
        Diverged,
        Evaluation,
        GraphError,
        Training,
        check,
        evaluate,
        export,
        load,
        save,
        train,
    )

__version__ = "0.1.0"
__all__ = [
    "CheckReport",
    "Diverged",
    "Evaluation",
    "GraphError",
    "Training",
    "__version__",
    "check",
    "evaluate",
    "export",
    "load",
    "save",
    "train",
]


def __getattr__(name: str) -> Any:
    if name in __all__:
        from backprop_studio import api

        return getattr(api, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(set(globals()) | set(__all__))
