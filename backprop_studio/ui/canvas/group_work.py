"""What goes on inside collapsed groups while the passes play: which of them work, and a word about what they do."""

from __future__ import annotations

from typing import NamedTuple

from backprop_studio.document.evaluation import Evaluation
from backprop_studio.document.number_text import number, size_words
from backprop_studio.engine.op import Array
from backprop_studio.engine.trace import Event, EventKind, Stage
from backprop_studio.session.shown_numbers import MOST_IN_FLIGHT
from backprop_studio.session.timeline import Timeline
from backprop_studio.ui.canvas.scene import Scene


class Work(NamedTuple):
    """What a collapsed group does: the stage, and a caption of its last event."""

    stage: Stage
    caption: str


def working(scene: Scene, timeline: Timeline) -> dict[int, Work]:
    """The collapsed groups in which something happens now, a pure function of the timeline's position."""
    level, trace, evaluation = scene.level, timeline.trace, timeline.evaluation
    if level is None or not level.groups or trace is None or evaluation is None:
        return {}
    events = timeline.current_events
    found: dict[int, Work] = {}
    for index in events if len(events) <= MOST_IN_FLIGHT else ():
        event = trace.events[index]
        ends = {scene.item_of(evaluation.node_of(call)) for call in (event.call, event.source)}
        item = ends.pop()
        if not ends and item is not None and item in scene.graph.groups:
            found[item] = Work(event.stage, _caption(timeline, evaluation, event))
    return found


def _tangent_caption(timeline: Timeline, evaluation: Evaluation, event: Event) -> str:
    """An event of forward mode in a few signs."""
    calls = evaluation.program.calls
    if event.slot is not None:
        brought = timeline.wire_number(evaluation.wire_of((event.call, event.slot)))
        text, array = f"{calls[event.source].name} → {calls[event.call].name}", brought[1] if brought else None
        joint = ": "
    else:
        caption = (timeline.tangent_caption or "").replace("d/", f"d{calls[event.call].name}/", 1)
        text, array, joint = caption, timeline.tangent(evaluation.node_of(event.call)), " = "
    if array is None:
        return text
    return text + _result(joint, array)


def _caption(timeline: Timeline, evaluation: Evaluation, event: Event) -> str:
    """An event in a few signs: "p1 → s1: 0.35" where a number travels, "s1 = 0.85" where it is computed."""
    if event.stage is Stage.TANGENT:
        return _tangent_caption(timeline, evaluation, event)
    calls, run = evaluation.program.calls, evaluation.run
    name = calls[event.call].name
    if event.kind is EventKind.CARRY:
        assert event.slot is not None
        ends = (calls[event.source].name, name)
        backward = event.stage is Stage.BACKWARD
        array = run.contributions.get((event.call, event.slot)) if backward else run.values[event.source]
        text = " → ".join(reversed(ends) if backward else ends)
        joint = ": "
    else:
        array = run.values[event.call] if event.stage is Stage.FORWARD else run.gradients[event.call]
        text, joint = (name, " = ") if event.stage is Stage.FORWARD else (f"∂{name}", " = ")
    if array is None or event.stage in (Stage.UPDATE, Stage.ZERO_GRAD):
        return text
    return text + _result(joint, array)


def _result(joint: str, array: Array) -> str:
    """ " = 0.85", or of an array what it holds: ": 4 × 2"."""
    return joint + number(array.item()) if array.size == 1 else f": {size_words(array.shape)}"
