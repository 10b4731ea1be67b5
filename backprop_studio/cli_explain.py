"""The events of both passes as a table: what happens in each, by which rule, and with which numbers."""

from __future__ import annotations

from typing import Any

from backprop_studio.cli_text import json_array, table
from backprop_studio.document.evaluation import Evaluation
from backprop_studio.document.explanation import explain_event
from backprop_studio.document.explanation_lines import Block
from backprop_studio.document.followed_entry import block_story, entry_numbers
from backprop_studio.document.narration import narrate
from backprop_studio.engine.trace import Stage

HEAD = ("event", "what happens", "rule", "arithmetic", "one entry of it")


def events_of(evaluation: Evaluation, *, only_backward: bool) -> range:
    """The events to explain, by their place in the trace."""
    first, end = evaluation.trace.stage_span(Stage.BACKWARD)
    return range(first, end) if only_backward else range(len(evaluation.trace))


def explanation_table(evaluation: Evaluation, events: range) -> str:
    """A row for every event; of arrays the entry of largest magnitude is worked out."""
    rows = []
    for index in events:
        told, block = narrate(evaluation, index), explain_event(evaluation, index).blocks[0]
        story = block_story(evaluation, block)
        entry = "" if story is None else f"{story.title.partition(':')[0]}: {entry_numbers(story)}"
        rows.append((told.title, told.sentence, _rule(block), told.arithmetic, entry))
    return table(HEAD, rows)


def explanation_latex(evaluation: Evaluation, events: range) -> str:
    """The derivation of every event as LaTeX, each below a comment that says what happens."""
    parts = []
    for index in events:
        found = explain_event(evaluation, index)
        parts.append(f"% {found.title}: {found.sentence}\n{found.latex}")
    return "\n\n".join(parts)


def explanation_json(evaluation: Evaluation, events: range) -> list[dict[str, Any]]:
    """An object for every event, with what it computes or carries at full precision as "result"."""
    return [_event_json(evaluation, index) for index in events]


def _event_json(evaluation: Evaluation, index: int) -> dict[str, Any]:
    event, told, calls = evaluation.trace.events[index], narrate(evaluation, index), evaluation.program.calls
    found = explain_event(evaluation, index)
    carried = event.slot is not None
    return {
        "stage": event.stage.value,
        "event": told.number,
        "of": told.total,
        "from": calls[event.call if event.stage is Stage.BACKWARD else event.source].name if carried else None,
        "to": calls[event.source if carried and event.stage is Stage.BACKWARD else event.call].name,
        "sentence": told.sentence,
        "lines": [line.written.text for line in found.blocks[0].lines],
        "arithmetic": told.arithmetic,
        "result": json_array(found.blocks[0].result),
        "latex": found.latex,
    }


def _rule(block: Block) -> str:
    """The local derivative where it is a number; of arrays the whole rule; of a value its formula."""
    rules = [line.written.text for line in block.lines if line.kind == "rule"]
    of_arrays = any(line.kind == "shapes" for line in block.lines)
    return next(iter(reversed(rules) if of_arrays else rules), "")
