"""The examples that come with the program."""

from __future__ import annotations

import json
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from pathlib import Path

from backprop_studio.resource_files import resource, resource_text


@dataclass(frozen=True)
class Example:
    """One worked example: a document, what it is called and what it shows.

    ``learning_rate`` and ``steps`` are those at which plain gradient descent trains it well; None where the example
    is not there to be trained.
    """

    name: str
    title: str
    sentence: str
    path: Path
    group: str
    learning_rate: float | None = None
    steps: int | None = None


@cache
def all_examples() -> tuple[Example, ...]:
    """All examples in the order in which they are listed. Raises ResourceError where files are missing."""
    entries = json.loads(resource_text("examples/index.json"))
    return tuple(
        Example(
            entry["name"],
            entry["title"],
            entry["sentence"],
            resource(f"examples/{entry['name']}.backprop"),
            entry["group"],
            entry.get("learning_rate"),
            entry.get("steps"),
        )
        for entry in entries
    )


def example_named(name: str) -> Example:
    """The example of that name. Raises KeyError with a sentence that lists the names."""
    for example in all_examples():
        if example.name == name:
            return example
    names = [example.name for example in all_examples()]
    near = get_close_matches(name, names, 1, 0.4)
    hint = f"Did you mean {near[0]}?" if near else f"There are: {', '.join(names)}."
    raise KeyError(f"There is no example {name[:60]!r}. {hint}")
