"""The few lines of an explanation that fit on a card beside the wire: the same lines, folded together."""

from __future__ import annotations

from dataclasses import dataclass

from backprop_studio.document.explanation import Explanation
from backprop_studio.document.explanation_lines import Line
from backprop_studio.document.symbols_text import Written
from backprop_studio.engine.trace import Stage

WIDEST = 34
"""Characters up to which a line is continued on the same row."""
MOST_ROWS = 4
LONGEST_ROW = 60
"""Characters of a row that is shown at all: a card is no panel."""
_GAP = Written(" ", r"\; ")


@dataclass(frozen=True)
class EventCard:
    """What stands on the card of one event."""

    heading: str
    stage: Stage
    rows: tuple[Line, ...]


def event_card(explanation: Explanation) -> EventCard | None:
    """The card of an event, None where its explanation has no formula that fits."""
    if not explanation.blocks:
        return None
    block = explanation.blocks[0]
    rows: list[Line] = []
    for line in block.lines:
        if rows and line.kind == "result" and _repeats(rows[-1], line):
            continue
        if rows and _continues(rows, line):
            rows[-1] = Line(rows[-1].written + _GAP + line.written, line.kind)
        else:
            rows.append(line)
    fitting = tuple(row for row in rows if len(row.written.text) <= LONGEST_ROW)[-MOST_ROWS:]
    return EventCard(block.heading, block.stage, fitting) if fitting else None


def _continues(rows: list[Line], line: Line) -> bool:
    """Does a line that begins with "=" go on the row before it: numbers after a rule, a result after numbers?"""
    row = rows[-1]
    follows = (line.kind == "numbers" and len(rows) == 1) or (line.kind == "result" and row.kind == "numbers")
    if not follows or not line.written.text.startswith(("=", "≈")):
        return False
    return len(row.written.text) + 1 + len(line.written.text) <= WIDEST


def _repeats(row: Line, line: Line) -> bool:
    """Is a result no more than the shape that the row before ends with?"""
    return row.kind == "shapes" and row.written.text.endswith(line.written.text.removeprefix("= "))
