"""What stands on each node: strings ready to paint, from the evaluation and the timeline.

Labels are made when a node is first painted and kept until something about the node changes, so
that a graph of thousands costs no more than what is in view.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from enum import IntEnum
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from backprop_studio.document.absence import Absence, Reason, gradient_absence
from backprop_studio.document.evaluation import Evaluation
from backprop_studio.document.fixed_sources import is_fixed
from backprop_studio.document.graph import Graph, Node, Wire
from backprop_studio.document.number_text import MINUS, brief, number, short_size
from backprop_studio.document.outputs import call_key
from backprop_studio.engine.input_words import input_words
from backprop_studio.engine.op import Array
from backprop_studio.engine.ops import registry
from backprop_studio.engine.program import Fault, FaultKind

if TYPE_CHECKING:
    from backprop_studio.session.timeline import Timeline

HIDDEN = Reason.NOT_COMPUTED.mark
"""Stands for what has not been computed; never 0."""
UNFINISHED = frozenset({FaultKind.MISSING_INPUT, FaultKind.BLOCKED})
"""What is no mistake, but a graph being built."""
MORE = f" + {HIDDEN}"
"""Follows a sum that further contributions will add to."""
LONGEST_SUM = 12
"""Characters of a sum that fit a row, if need be without its caption."""
LONGEST_TEXT = 9
"""Characters of a number that leave room for the caption."""


class Kind(IntEnum):
    """How a node is coloured."""

    SOURCE = 0
    PARAMETER = 1
    OPERATION = 2
    LOSS = 3
    GROUP = 4
    EDGE = 5
    """Where values come into the group that was entered, or leave it."""


class Tone(IntEnum):
    """How a row's text is coloured."""

    FORWARD = 0
    BACKWARD = 1
    QUIET = 2
    ERROR = 3
    UPDATE = 4
    TANGENT = 5


@dataclass(frozen=True, slots=True, eq=False)
class Row:
    """One row of a node: a caption at the left, a text at the right, a heat map between where ``heat`` is an array."""

    caption: str
    text: str = HIDDEN
    tone: Tone = Tone.QUIET
    heat: Array | None = None


@dataclass(frozen=True, slots=True, eq=False)
class NodeLabel:
    """Everything written on a node.

    ``problem`` is the sentence of what keeps it from having a value.
    """

    kind: Kind
    symbol: str
    caption: str
    value: Row
    gradient: Row
    problem: str | None = None
    outputs: tuple[Row, ...] = ()
    """One row for each output, in place of ``value`` and ``gradient``, where there are several."""
    inputs: tuple[str, ...] = ()
    """What the third input and those after it are called: they have no row beside them, so their names stand there."""

    @property
    def rows(self) -> tuple[Row, ...]:
        """What is written below the header, from top to bottom."""
        return self.outputs or (self.value, self.gradient)


class Labels:
    """The labels of a graph's nodes. ``timeline`` None means that everything computed is shown."""

    def __init__(self, graph: Graph, evaluation: Evaluation | None, timeline: Timeline | None = None) -> None:
        self._labels: dict[int, NodeLabel] = {}
        self._mistaken: tuple[Evaluation, frozenset[int]] | None = None
        self.graph = graph
        self.evaluation = evaluation
        self.timeline = timeline
        self.values: Mapping[int, Array] | None = None
        """Values of a training step that stand in for those of the evaluation."""
        self.gradients: Mapping[int, Array] | None = None
        self.contributions: Mapping[tuple[int, int], Array] | None = None
        """What travelled back along each wire in that step, by the node and slot where it ends."""

    def __getitem__(self, node: int) -> NodeLabel:
        label = self._labels.get(node)
        if label is None:
            label = self._labels[node] = self._make(self.graph.nodes[node])
        return label

    @property
    def mistaken(self) -> frozenset[int]:
        """Nodes that are wrong, not merely unfinished or waiting for another."""
        evaluation = self.evaluation
        if evaluation is None:
            return frozenset()
        if self._mistaken is None or self._mistaken[0] is not evaluation:
            wrong = {node for node, fault in evaluation.problems.items() if fault.kind not in UNFINISHED}
            first = evaluation.nonfinite
            self._mistaken = (evaluation, frozenset(wrong if first is None else wrong | {first}))
        return self._mistaken[1]

    @property
    def doubtful(self) -> int | None:
        """The node that is computed and seldom meant so."""
        return self.evaluation.doubtful if self.evaluation is not None else None

    @contextmanager
    def standing_in(self, node: int, label: NodeLabel) -> Iterator[None]:
        """Within the block, another label stands on a node."""
        before = self[node]
        self._labels[node] = label
        try:
            yield
        finally:
            self._labels[node] = before

    def forget(self, nodes: Iterable[int] | None = None) -> None:
        """Make the labels of some nodes, or of all, anew when they are next asked for."""
        if nodes is None:
            self._labels.clear()
            return
        for node in nodes:
            self._labels.pop(node, None)

    def kind(self, node: Node) -> Kind:
        """How a node is coloured."""
        if self.evaluation is not None and node.id == self.evaluation.loss:
            return Kind.LOSS
        if node.op_name == "parameter":
            return Kind.PARAMETER
        return Kind.SOURCE if node.op.is_source else Kind.OPERATION

    def value(self, node: int, output: int = 0) -> Array | None:
        """The value of a node's output to show, None where there is none."""
        if self.values is not None and (key := call_key(node, output)) in self.values:
            return self.values[key]
        return self.evaluation.value(node, output) if self.evaluation is not None else None

    def carried(self, wire: Wire) -> Array | None:
        """The value of the output that a wire comes from, None where there is none."""
        return self.value(wire.source, self.graph.output_of(wire.target, wire.slot))

    def gradient(self, node: int) -> Array | None:
        """The gradient to show once it is complete, None where there is none."""
        if self.gradients is not None and node in self.gradients:
            return self.gradients[node]
        return self.evaluation.gradient(node) if self.evaluation is not None else None

    def contribution(self, wire: Wire) -> Array | None:
        """What travels back along a wire, None where nothing does."""
        if self.contributions is not None:
            return self.contributions.get((wire.target, wire.slot))
        return self.evaluation.contribution(wire) if self.evaluation is not None else None

    def absence(self, node: int) -> Absence | None:
        """Why a node shows no gradient, or None where it shows one, or what there is of it."""
        if self.evaluation is None or (self.gradients is not None and node in self.gradients):
            return None
        known = self.playing.gradient_known(node) if self.playing is not None else "known"
        return gradient_absence(self.evaluation, node, "known" if known == "partial" else known)

    @property
    def playing(self) -> Timeline | None:
        """The timeline, where it decides what is shown."""
        return playing_of(self.timeline, self.evaluation) if self.values is None else None

    def _make(self, node: Node) -> NodeLabel:
        fault = self.evaluation.problems.get(node.id) if self.evaluation is not None else None
        kind = self.kind(node)
        # An operation's own name, by which sentences, formulas and code call it, stands beside its symbol.
        symbol, caption = (node.label, _held(node)) if node.op.is_source else (node.op.symbol, node.name)
        if kind is Kind.LOSS:
            caption = f"{caption} → loss"
        if node.mode != "on":
            caption = node.mode
        problem = fault.sentence if fault is not None else self._notice_on(node.id)
        value = self._problem_row(node, fault) if fault is not None else self._value_row(node)
        return NodeLabel(
            kind,
            symbol,
            caption,
            value,
            self._gradient_row(node, fault),
            problem,
            self._output_rows(node) if node.more else (),
            names_beside(node.op_name),
        )

    def _notice_on(self, node: int) -> str | None:
        """What to say, once its value is shown, on the node where NaN or an infinity arose, or that is doubtful."""
        evaluation, playing = self.evaluation, self.playing
        if evaluation is None or node not in (evaluation.nonfinite, evaluation.doubtful) or self.values is not None:
            return None
        return evaluation.notice if playing is None or playing.value_known(node) else None

    def _value_row(self, node: Node) -> Row:
        value = self.value(node.id)
        playing = self.playing
        if value is None or (playing is not None and not playing.value_known(node.id)):
            return Row("value")
        after = playing.updated_value(node.id) if playing is not None else None
        return number_row("value", value, Tone.FORWARD) if after is None else number_row("value", after, Tone.UPDATE)

    def _output_rows(self, node: Node) -> tuple[Row, ...]:
        """A row for each output: what it is (the header has the names), and its value."""
        values = [self.value(node.id, output) for output in range(len(node.names))]
        return tuple(
            Row(what) if value is None else number_row(what, value, Tone.FORWARD)
            for what, value in zip(node.op.outputs, values, strict=True)
        )

    def _problem_row(self, node: Node, fault: Fault) -> Row:
        tone = Tone.QUIET if fault.kind in UNFINISHED else Tone.ERROR
        slot = fault.slot if fault.slot is not None and fault.slot < self.graph.slot_count(node.id) else None
        short = {
            FaultKind.MISSING_VALUE: "needs a value",
            FaultKind.CYCLE: "in a cycle",
            FaultKind.SHAPE: "shapes clash",
            FaultKind.SETTING: "check a setting",
            FaultKind.TOO_LARGE: "too large",
            FaultKind.BLOCKED: "waits",
            FaultKind.MISSING_INPUT: "needs input",
        }.get(fault.kind, "value refused")
        if fault.kind is FaultKind.MISSING_INPUT and slot is not None and len(node.op.inputs) > 1:
            short = f"needs {input_words(node.op, slot)}"
        elif fault.kind is FaultKind.BLOCKED and slot is not None:
            source = self.graph.source_of(node.id, slot)
            short = f"waits for {self.graph.nodes[source].name}" if source is not None else short
        return Row(short, "", tone)

    def _gradient_row(self, node: Node, fault: Fault | None) -> Row:
        evaluation = self.evaluation
        playing = self.playing
        caption = self._gradient_caption(node, held=playing is not None and playing.passes_held(node.id) > 0)
        at = evaluation.position(node.id) if evaluation is not None else None
        if evaluation is None or at is None or fault is not None:
            return Row(caption)
        if playing is not None and playing.tangent_caption is not None:
            return _tangent_row(playing.tangent_caption, playing.tangent(node.id))
        absence, gradient = self.absence(node.id), self.gradient(node.id)
        if absence is not None and absence.reason is Reason.NOT_COMPUTED:
            cleared = playing is not None and playing.gradient_cleared(node.id)
            return Row(caption, "cleared" if cleared else HIDDEN)
        if gradient is None:
            return Row(absence.words, absence.mark) if absence is not None else Row(caption)
        if playing is not None:
            if playing.gradient_known(node.id) == "partial":
                return self._partial_row(caption, node.id, playing)
            held = playing.gradient_so_far(node.id)
            gradient = gradient if held is None else held
        return number_row(caption, gradient, Tone.QUIET if is_fixed(node) else Tone.BACKWARD)

    def _partial_row(self, caption: str, node: int, playing: Timeline) -> Row:
        """A sum whose terms are arriving: "3 + ·" while more are to come, "3 + 2" when all are there, but not added."""
        so_far = playing.gradient_so_far(node)
        if so_far is None:
            return Row(caption)
        arrived, count = playing.contributions_arrived(node)
        if so_far.size != 1:
            return Row(caption, short_size(so_far.shape) + (MORE if arrived < count else ""), Tone.BACKWARD, so_far)
        if playing.rule.kept:
            return Row(caption, _unfinished(so_far), Tone.BACKWARD)
        text = _unfinished(so_far) if arrived < count else self._sum_text(node)
        return Row(caption, text, Tone.BACKWARD)

    def _sum_text(self, node: int) -> str:
        """The last term of a gradient beside the sum of those before it."""
        evaluation = self.evaluation
        assert evaluation is not None
        at = evaluation.position(node)
        assert at is not None
        terms = [evaluation.run.contributions[edge].item() for edge in evaluation.trace.arrivals[at]]
        before, last = number(sum(terms[:-1])), number(terms[-1])
        text = f"{before} {MINUS} {last[1:]}" if last.startswith(MINUS) else f"{before} + {last}"
        return text if len(text) <= LONGEST_SUM else f"Σ {number(sum(terms))}"

    def _gradient_caption(self, node: Node, *, held: bool = False) -> str:
        """ "∂L/∂w" for a source of short name, "grad" for the rest; "w.grad" where passes are ``held``."""
        if not node.op.is_source or len(node.name) > 4 or self.evaluation is None:
            return "Σ grad" if held else "grad"
        if held:
            return f"{node.name}.grad"
        loss = self.graph.nodes.get(self.evaluation.loss) if self.evaluation.loss is not None else None
        letter = loss.name if loss is not None and len(loss.name) <= 2 else "L"
        return f"∂{letter}/∂{node.name}"


@cache
def names_beside(op_name: str) -> tuple[str, ...]:
    """The names of an operation's inputs from the third on, "" for one that is a letter and says nothing."""
    op = registry[op_name]
    return () if op.variadic else tuple(each.name if len(each.name) > 1 else "" for each in op.inputs[2:])


def _unfinished(sum_so_far: Array) -> str:
    """A number that more will be added to: "3 + ·", a long one "−0.2728 +", which leaves room for the caption."""
    text = number(sum_so_far.item()) + MORE
    return text if len(text) <= LONGEST_TEXT else text.removesuffix(HIDDEN).rstrip()


def _held(node: Node) -> str:
    """What a source is called beside its name: its operation, or the dataset that it makes."""
    if not node.more or any(value is not None for value in node.values):
        return node.op_name
    kind = node.op.settings[0]
    return str(node.settings.get(kind.name, kind.default))


def playing_of(timeline: Timeline | None, evaluation: Evaluation | None) -> Timeline | None:
    """The timeline, where it plays the passes of an evaluation.

    After nodes were only moved, the session's evaluation is another one of the same passes.
    """
    if timeline is None or not timeline.is_active or timeline.evaluation is None or evaluation is None:
        return None
    return timeline if timeline.evaluation.run is evaluation.run else None


def number_row(caption: str, array: Array, tone: Tone) -> Row:
    """The row of a number, or of an array by its shape and its heat map; what is not finite has the error's colour."""
    if not np.isfinite(array).all():
        tone = Tone.ERROR
    if array.size == 1:
        return Row(caption, brief(array), tone)
    return Row(caption, short_size(array.shape), tone, array)


def _tangent_row(caption: str, tangent: Array | None) -> Row:
    """What forward mode shows in the place of a gradient; quiet where it is 0, as for all that does not depend."""
    if tangent is None:
        return Row(caption)
    return number_row(caption, tangent, Tone.TANGENT if tangent.any() else Tone.QUIET)
