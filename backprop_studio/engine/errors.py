"""Errors of the engine. Each carries one sentence that can be shown to a person as it is."""

from __future__ import annotations


class EngineError(Exception):
    """Something the engine refuses; ``str(error)`` is one clear sentence."""


class ShapeError(EngineError):
    """Input shapes that an operation cannot take; names the shapes and the axis."""


class SettingError(EngineError):
    """A setting outside its allowed range; names the setting and the range."""


class ValueRefused(EngineError):
    """An input value that an operation cannot take, such as a class index out of range."""


class CycleError(EngineError):
    """A graph that feeds back into itself.

    ``keys`` lists the calls on the cycle in wire order, each feeding the next and the last the first.
    """

    def __init__(self, keys: tuple[int, ...]) -> None:
        super().__init__("The wires form a cycle.")
        self.keys = keys
