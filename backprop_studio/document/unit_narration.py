"""Several events that are played at once, put into one sentence."""

from __future__ import annotations

from collections.abc import Sequence

from backprop_studio.document.evaluation import Evaluation
from backprop_studio.document.narration import Narration
from backprop_studio.engine.trace import Event, EventKind, Stage

MOST_NAMES = 4
"""Nodes that are named; of more it is said how many they are."""


def narrate_together(evaluation: Evaluation, events: Sequence[Event], last: Narration) -> Narration:
    """What happens in events of one stage that happen at once; ``last`` tells of the last of them.

    Where they all lead up to one node's value, that is all there is to say.
    """
    if len({event.call for event in events}) == 1 and events[-1].kind is EventKind.COMPUTE:
        return last
    sentence = _sentence(evaluation, events, last.stage)
    number = last.number - len(events) + 1
    return Narration(last.stage, last.number, last.total, sentence, "", first=number)


def _sentence(evaluation: Evaluation, events: Sequence[Event], stage: Stage) -> str:
    names, several = _named(evaluation, events, stage)
    if stage is Stage.UPDATE:
        return f"{names} {'take' if several else 'takes'} a step against the gradient"
    if stage is Stage.ZERO_GRAD:
        return f"zero_grad clears the gradient{'s' if several else ''} of {names}"
    if stage is Stage.FORWARD:
        return f"{names} {'compute their values' if several else 'computes its value'}"
    if stage is Stage.TANGENT:
        return f"{names} {'have their values, and with them their tangents' if several else 'has its tangent'}"
    if any(event.kind is EventKind.CARRY for event in events):
        return f"The gradient passes through {names}"
    return f"Contributions add up at {names}"


def _named(evaluation: Evaluation, events: Sequence[Event], stage: Stage) -> tuple[str, bool]:
    """The nodes that events are about, and whether they are several."""
    passing = stage is Stage.BACKWARD and any(event.kind is EventKind.CARRY for event in events)
    kinds = EventKind.CARRY if passing else EventKind.COMPUTE
    calls = dict.fromkeys(event.call for event in events if event.kind is kinds)
    names = [evaluation.program.calls[call].name for call in calls or [events[-1].call]]
    if len(names) > MOST_NAMES:
        return f"{len(names)} nodes", True
    return (" and ".join([", ".join(names[:-1]), names[-1]]) if len(names) > 1 else names[0]), len(names) > 1
