"""Functions of all of an operation's inputs as functions of those that are there, with None for the others."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

Part = TypeVar("Part")
Function = Callable[..., Any]


def picked(parts: Sequence[Part], kept: Sequence[int]) -> tuple[Part, ...]:
    """The parts at the places ``kept``."""
    return tuple(parts[slot] for slot in kept)


def spread(parts: Sequence[Part], kept: Sequence[int], count: int) -> list[Part | None]:
    """``count`` parts: those given at the places ``kept``, and None."""
    whole: list[Part | None] = [None] * count
    for slot, part in zip(kept, parts, strict=True):
        whole[slot] = part
    return whole


def widened(function: Function, kept: Sequence[int], count: int, before: int = 0) -> Function:
    """``function`` for the inputs ``kept`` alone, which follow ``before`` other arguments."""

    def call(*arguments: Any, **settings: Any) -> Any:
        return function(*arguments[:before], *spread(arguments[before:], kept, count), **settings)

    return call


def widened_jvp(function: Function, kept: Sequence[int], count: int) -> Function:
    """The same for a JVP, which takes a list of tangents and the result first. An absent input has no tangent: None."""

    def call(tangents: Sequence[Any], out: Any, *inputs: Any, **settings: Any) -> Any:
        return function(spread(tangents, kept, count), out, *spread(inputs, kept, count), **settings)

    return call
