"""The one entry of an array that is worked out beside its shape: that of largest magnitude."""

from __future__ import annotations

import numpy as np

from backprop_studio.document.entries import EntryStory, follow_contribution, follow_value
from backprop_studio.document.evaluation import Evaluation
from backprop_studio.document.explanation_lines import Block
from backprop_studio.document.local_derivatives import Index, inputs_of, result_of
from backprop_studio.document.slope_entries import largest
from backprop_studio.engine.op import Array

MOST_NUMBERS = 50_000
"""Numbers of an operation's result and inputs up to which an entry is worked out on a line."""
TERMS_ON_A_LINE = 2


def block_story(evaluation: Evaluation, block: Block, terms: int | None = None) -> EntryStory | None:
    """How the largest entry of a derivation's array came to be; None where there is nothing to work out.

    With ``terms``: as for a line, so many terms of a sum and no lit entries.
    """
    entry = _telling(block.result)
    if entry is None:
        return None
    if block.follow is not None:
        return block.follow(entry)
    if block.edge is not None:
        return follow_contribution(evaluation, *block.edge, entry, terms)
    return None if block.call is None else follow_value(evaluation, block.call, entry, terms)


def entry_numbers(story: EntryStory) -> str:
    """The numbers of an entry and what they come to: "0.5 × 2 + 1 × 3 = 4"."""
    lines = [line.text for line in story.lines]
    numbers = [line for line in lines[:-1] if line.startswith("= ")]
    return " ".join([*(line.removeprefix("= ") for line in numbers[-1:]), lines[-1]])


def block_entry(evaluation: Evaluation, block: Block) -> str:
    """The entry on one line: "tanh(0.31) = 0.3004 at [0, 0]"; "" where there is nothing to work out."""
    call = block.edge[0] if block.edge is not None else block.call
    if call is None or not _is_small(evaluation, call):
        return ""
    return _line(block_story(evaluation, block, TERMS_ON_A_LINE), block.result)


def value_entry(evaluation: Evaluation, call: int) -> str:
    """The entry of a call's value on one line."""
    out = result_of(evaluation, call)
    entry = _telling(out) if _is_small(evaluation, call) else None
    return "" if entry is None else _line(follow_value(evaluation, call, entry, TERMS_ON_A_LINE), out)


def contribution_entry(evaluation: Evaluation, call: int, slot: int) -> str:
    """The entry of what a call passes back through an input on one line."""
    contribution = evaluation.run.contributions[call, slot]
    entry = _telling(contribution) if _is_small(evaluation, call) else None
    if entry is None:
        return ""
    return _line(follow_contribution(evaluation, call, slot, entry, TERMS_ON_A_LINE), contribution)


def _telling(array: Array | None) -> Index | None:
    if array is None or array.size < 2 or not np.isfinite(array).all():
        return None
    return largest(array)


def _line(story: EntryStory | None, array: Array | None) -> str:
    if story is None or array is None:
        return ""
    numbers = entry_numbers(story)
    if numbers.startswith(("=", "≈")):  # only the result: many entries act together, or one is as it was
        return ""
    return f"{numbers} at [{', '.join(map(str, largest(array)))}]"


def _is_small(evaluation: Evaluation, call: int) -> bool:
    return sum(array.size for array in (result_of(evaluation, call), *inputs_of(evaluation, call))) <= MOST_NUMBERS
