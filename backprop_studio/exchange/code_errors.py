"""The one error of graph code."""

from __future__ import annotations


class GraphCodeError(Exception):
    """Text that is no graph code. ``line`` and ``column`` count from 1; ``sentence`` says what to do."""

    def __init__(self, line: int, column: int, sentence: str) -> None:
        super().__init__(f"line {line}, column {column}: {sentence}")
        self.line = line
        self.column = column
        self.sentence = sentence
