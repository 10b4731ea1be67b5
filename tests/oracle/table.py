"""The recorded table of PyTorch's numbers: reading and writing."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

PATH = Path(__file__).with_name("torch_table.json")
Answer = tuple[np.ndarray, list[np.ndarray | None]]


def _packed(array: np.ndarray | None) -> Any:
    return None if array is None else [list(array.shape), [float(x) for x in array.ravel()]]


def _unpacked(content: Any) -> np.ndarray | None:
    return None if content is None else np.array(content[1], dtype=np.float64).reshape(content[0])


def write(version: str, answers: dict[str, Answer]) -> None:
    """Write the table, one case a line."""
    lines = [
        f"{json.dumps(name)}: {json.dumps([_packed(value), *map(_packed, gradients)], separators=(',', ':'))}"
        for name, (value, gradients) in answers.items()
    ]
    text = '{"torch": ' + json.dumps(version) + ',\n"cases": {\n' + ",\n".join(lines) + "\n}}\n"
    PATH.write_text(text, encoding="utf-8")


def read() -> dict[str, Answer]:
    """The recorded answers by case."""
    content = json.loads(PATH.read_text(encoding="utf-8"))["cases"]
    answers = {}
    for name, (value, *gradients) in content.items():
        array = _unpacked(value)
        assert array is not None
        answers[name] = array, [_unpacked(one) for one in gradients]
    return answers
