"""Outputs of nodes: the call of a program that stands for each, and what a further output is called and holds.

Almost every node has one output. A dataset has two, features and targets, and takes two calls of a program.
"""

from __future__ import annotations

from typing import NamedTuple

from backprop_studio.document.values import Value

MAX_OUTPUTS = 8
"""No operation has more outputs than this."""


class FurtherOutput(NamedTuple):
    """What an output after the first is called, and the value of its own, None where the settings say what it is."""

    name: str
    value: Value | None = None


class OutputOf(NamedTuple):
    """One output of a node, counted from 0."""

    node: int
    output: int


def call_key(node: int, output: int = 0) -> int:
    """The key of the call that gives an output: of the first the node's own id, of others a negative number."""
    return node if output == 0 else -(node * MAX_OUTPUTS + output)


def output_of_key(key: int) -> OutputOf:
    """The output that a call gives, by the key of the call."""
    return OutputOf(key, 0) if key >= 0 else OutputOf(*divmod(-key, MAX_OUTPUTS))
