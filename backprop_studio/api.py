"""The public functions: graphs evaluated, checked, trained, read and written without a window and without Qt.

A graph is given as graph code, as a path (a ``.backprop`` document or a ``.py`` file of graph code) or as a
``Graph``. Bad input raises GraphError with one sentence.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from backprop_studio.api_arguments import counts, number_kind, training_setup
from backprop_studio.document import edits
from backprop_studio.document.atomic_write import write_atomically
from backprop_studio.document.evaluation import Evaluation as GraphEvaluation
from backprop_studio.document.evaluation import evaluate_graph
from backprop_studio.document.file_format import DocumentError
from backprop_studio.document.file_format import save as save_document
from backprop_studio.document.graph import Graph
from backprop_studio.document.trained import trained_graph
from backprop_studio.engine.gradient_check import LeafCheck, check_leaf, entries_to_check
from backprop_studio.engine.interpreter import forward_pass
from backprop_studio.engine.op import Array
from backprop_studio.engine.program import Program, States
from backprop_studio.exchange.exporting import FORMATS, ExportError, export_text
from backprop_studio.exchange.graph_code import GraphCodeError, graph_code
from backprop_studio.exchange.opening import (
    GraphError,
    Opened,
    checked_path,
    open_graph,
    open_path,
    require_no_fault,
    with_loss,
    with_values,
)
from backprop_studio.training.batches import minibatches
from backprop_studio.training.optimizers import Optimizer, Setup
from backprop_studio.training.trainer import Batch, CannotTrain, Diverged, parameters_of
from backprop_studio.training.trainer import train as train_program

__all__ = [
    "CheckReport",
    "Diverged",
    "Evaluation",
    "GraphError",
    "Training",
    "check",
    "evaluate",
    "export",
    "load",
    "save",
    "train",
]

Source = str | os.PathLike[str] | Graph | Opened
"""Graph code, a path, a graph, or a graph that is opened already."""
DEFAULT_STEPS = 1000
MODES = ("train", "eval")


@dataclass(frozen=True)
class Evaluation:
    """Values and gradients by node name, contributions by (source, target, input name). All arrays are copies.

    A dataset stands under the names of its outputs.

    ``loss`` is the name of the node that was differentiated, None where there is none. A gradient or a
    contribution that does not exist is None. ``notice`` is a sentence worth reading, or None.
    """

    graph: Graph
    loss: str | None
    values: dict[str, Array]
    gradients: dict[str, Array | None]
    contributions: dict[tuple[str, str, str], Array | None]
    notice: str | None
    details: GraphEvaluation
    """The same by node id, with the trace of both passes."""
    aliases: Mapping[str, str] = field(default_factory=dict)
    """Further names of the text, as of ``L = s``, and the node that each stands for; arrays stand under both."""


@dataclass(frozen=True)
class CheckReport:
    """Analytic against numeric gradients, by the name of each source that has a gradient."""

    loss: str
    leaves: dict[str, LeafCheck]
    notice: str | None = None
    """As of an evaluation."""

    @property
    def is_finite(self) -> bool:
        """False where a gradient is NaN or infinite, so that there is nothing to compare."""
        return all(bool(np.isfinite(leaf.analytic).all()) for leaf in self.leaves.values())

    @property
    def passed(self) -> bool:
        """True where every entry of every gradient agrees to a relative error of 1e-5, or lies at a kink."""
        return self.is_finite and all(leaf.passed for leaf in self.leaves.values())

    @property
    def max_error(self) -> float:
        """The largest relative error of all."""
        return max((leaf.worst for leaf in self.leaves.values()), default=0.0)


@dataclass(frozen=True)
class Training:
    """What training gave: the loss of each step before its update, and all at the end."""

    steps: int
    losses: list[float]
    final_loss: float
    parameters: dict[str, Array]
    graph: Graph
    """The graph with its trained parameters."""
    optimizer: Setup
    """The optimiser with all its settings."""
    notice: str | None = None
    """As of an evaluation, before the first step."""


def evaluate(
    source: Source,
    values: Mapping[str, Any] | None = None,
    loss: str | None = None,
    dtype: DTypeLike = "float64",
    *,
    mode: str | None = None,
) -> Evaluation:
    """Evaluate a graph: one forward and one backward pass.

    ``values`` gives sources their values by name (numbers, nested lists, arrays), ``loss`` names the node to
    differentiate, ``dtype`` is float64 or float32, as a text or as NumPy or PyTorch has it. ``mode`` is "train" or
    "eval", None for the graph's own. Raises GraphError for the first thing that is wrong.
    """
    opened = _in_mode(_opened(source, values, loss), mode)
    details = _evaluated(opened, dtype)
    graph = opened.graph
    names = {key: node.name for key, node in graph.nodes.items()}
    outputs = {name: (node.id, output) for node in graph.nodes.values() for output, name in enumerate(node.names)}
    aliases = {name: meant for name, meant in opened.names.items() if name not in outputs and meant.node in names}
    outputs |= {name: (meant.node, meant.output) for name, meant in aliases.items()}
    contributions = {
        (graph.source_name(wire), names[wire.target], graph.nodes[wire.target].op.input_for(wire.slot).name): _copy(
            details.contribution(wire)
        )
        for wire in graph.wires
    }
    return Evaluation(
        graph,
        None if details.loss is None else names[details.loss],
        {name: np.array(details.value(*output)) for name, output in outputs.items()},
        {name: _copy(details.gradient(*output)) for name, output in outputs.items()},
        contributions,
        details.notice,
        details,
        {name: graph.nodes[meant.node].names[meant.output] for name, meant in aliases.items()},
    )


def check(
    source: Source,
    values: Mapping[str, Any] | None = None,
    loss: str | None = None,
    *,
    mode: str | None = None,
    on_leaf: Callable[[int, int], None] | None = None,
    on_entry: Callable[[int, int], None] | None = None,
) -> CheckReport:
    """Compare every gradient of a source with central differences, in float64.

    ``mode`` is "train" or "eval", None for the graph's own.
    ``on_leaf(done, total)`` is told of each source, ``on_entry(done, total)`` of each entry. Of a source with more than
    20,000 entries 1,000 are checked, drawn with a fixed seed. Raises GraphError where there is no scalar loss.
    """
    opened = _in_mode(_opened(source, values, loss), mode)
    details = _evaluated(opened, "float64")
    program, name = details.program, _scalar_loss(opened, details)
    gradients = {
        index: gradient
        for index, call in enumerate(program.calls)
        if call.op.is_source and (gradient := details.run.gradients[index]) is not None
    }
    leaves: dict[str, LeafCheck] = {}
    finished, entries = 0, sum(entries_to_check(gradient.size) for gradient in gradients.values())

    def count_entry() -> None:
        nonlocal finished
        finished += 1
        if on_entry is not None:
            on_entry(finished, entries)

    for done, (index, gradient) in enumerate(gradients.items(), 1):
        leaves[program.calls[index].name] = check_leaf(program, index, gradient, count_entry)
        if on_leaf is not None:
            on_leaf(done, len(gradients))
    return CheckReport(name, leaves, details.notice)


def _scalar_loss(opened: Opened, details: GraphEvaluation) -> str:
    """The name of the loss. Raises GraphError where there is none that is a single number."""
    program = details.program
    if details.loss is None or program.loss is None:
        raise opened.error("There is no loss to differentiate. Compute one, such as L = mse_loss(y, t).")
    name, shape = opened.graph.nodes[details.loss].name, program.calls[program.loss].shape
    if any(size != 1 for size in shape):
        raise opened.error(
            f"{name} is the loss but has shape {shape}; gradients need a single number. Reduce it with sum or mean.",
            details.loss,
        )
    return name


def train(
    source: Source,
    values: Mapping[str, Any] | None = None,
    loss: str | None = None,
    *,
    steps: int = DEFAULT_STEPS,
    optimizer: str = "sgd",
    lr: float | None = None,
    batch: int | None = None,
    seed: int = 0,
    dtype: DTypeLike = "float64",
    momentum: float | None = None,
    weight_decay: float | None = None,
    clip: float | None = None,
    on_step: Callable[[int, float], None] | None = None,
    **settings: float,
) -> Training:
    """Train the parameters of a graph; inputs, targets and constants stay.

    ``lr``, ``momentum`` and ``weight_decay`` are by default PyTorch's for the optimiser; sgd with a momentum is the
    optimiser "momentum". ``clip`` is the largest norm that all gradients have together. ``settings`` are the
    optimiser's others by name, such as beta1 and beta2 of Adam, or alpha and eps of RMSProp. ``batch`` trains on that
    many rows at a time, drawn in an order that ``seed`` fixes; without it every step sees all.
    ``on_step(step, loss)`` is told of each step. Raises GraphError for bad input, and Diverged, with what came before,
    where a number is no longer finite.
    """
    opened = _opened(source, values, loss)
    chosen = training_setup(optimizer, lr, momentum, weight_decay, clip, settings)
    steps, batch, seed = counts(steps, batch, seed)
    details = _evaluated(opened, dtype)
    run = _TrainingRun(details.program)
    try:
        batches = None if batch is None else minibatches(run.program, batch, seed)
        run.train(Optimizer(chosen), steps, batches, on_step)
        final = _final_loss(run.program.with_states(run.states), run.parameters, steps)
    except (CannotTrain, ValueError) as error:
        raise opened.error(str(error)) from error
    except Diverged as error:
        run.fill_in(error)
        raise
    graph = trained_graph(opened.graph, run.program, run.parameters, run.states)
    return Training(steps, run.losses, final, _by_name(run.program, run.parameters), graph, chosen, details.notice)


class _TrainingRun:
    """What the steps so far have given, whether or not the next one diverges."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.losses: list[float] = []
        self.parameters: Mapping[int, Array] = parameters_of(program)
        self.states: States = {}

    def train(
        self,
        optimizer: Optimizer,
        steps: int,
        batches: Iterator[Batch] | None,
        on_step: Callable[[int, float], None] | None,
    ) -> None:
        for result in train_program(self.program, optimizer=optimizer, steps=steps, batches=batches):
            self.losses.append(result.loss)
            self.parameters, self.states = result.parameters, result.states
            if on_step is not None:
                on_step(result.step, result.loss)

    def fill_in(self, error: Diverged) -> None:
        """Tell a divergence by name, with what came before."""
        error.node = self.program.calls[error.call].name
        error.losses, error.parameters = self.losses, _by_name(self.program, self.parameters)


def load(path: str | os.PathLike[str]) -> Graph:
    """The graph of a ``.backprop`` document, or of a ``.py`` file of graph code. Raises GraphError."""
    return open_path(checked_path(path)).graph


def save(graph: Graph, path: str | os.PathLike[str]) -> None:
    """Write a graph as a document, or as graph code where the name ends in ``.py``. Raises GraphError."""
    if not isinstance(graph, Graph):
        raise GraphError(f"save takes a Graph, such as load(path) gives, not {type(graph).__name__}.")
    file = checked_path(path)
    try:
        if file.suffix.lower() == ".py":
            write_atomically(file, graph_code(graph).encode())
        else:
            save_document(graph, file)
    except (DocumentError, GraphCodeError) as error:
        raise GraphError(str(error)) from error
    except OSError as error:
        raise GraphError(f"{path} can not be written: {error.strerror or error}. Choose another place.") from error


def export(
    source: Source,
    values: Mapping[str, Any] | None = None,
    loss: str | None = None,
    *,
    to: str,
    mode: str | None = None,
) -> str:
    """The graph in another form, as text: "code", "pytorch", "jax", "numpy", "latex" or "dot".

    PyTorch, JAX and NumPy code runs by itself and prints the loss and its gradients. ``mode`` is "train" or "eval",
    None for the graph's own. Raises GraphError for an unknown form, and for a graph that cannot be written in it.
    """
    opened = _in_mode(_opened(source, values, loss), mode)
    if to in FORMATS and FORMATS[to].needs_values:
        _evaluated(opened, "float64")
    try:
        return export_text(opened.graph, to)
    except ExportError as error:
        raise opened.error(str(error)) from error


def _opened(source: Source, values: Mapping[str, Any] | None, loss: str | None) -> Opened:
    opened = source if isinstance(source, Opened) else open_graph(source)
    return with_loss(with_values(opened, values), loss)


def _in_mode(opened: Opened, mode: str | None) -> Opened:
    """The same in training or evaluation mode."""
    if mode not in (None, *MODES):
        raise GraphError(f"The mode is {' or '.join(map(repr, MODES))}, not {mode!r}.")
    return opened if mode is None else replace(opened, graph=edits.set_training(opened.graph, mode == MODES[0]))


def _evaluated(opened: Opened, dtype: DTypeLike) -> GraphEvaluation:
    """The evaluation of a graph without faults."""
    details = evaluate_graph(opened.graph, number_kind(dtype))
    require_no_fault(opened, details)
    return details


def _copy(array: Array | None) -> Array | None:
    return None if array is None else np.array(array)


def _by_name(program: Program, parameters: Mapping[int, Array]) -> dict[str, Array]:
    return {program.calls[index].name: np.array(array) for index, array in parameters.items()}


def _final_loss(program: Program, parameters: Mapping[int, Array], steps: int) -> float:
    """The loss of all data with the last parameters; raises Diverged where it is not finite."""
    assert program.loss is not None
    values, _ = forward_pass(program, parameters)
    loss = values[program.loss]
    assert loss is not None
    final = float(loss.item())
    if not np.isfinite(final):
        name = program.calls[program.loss].name
        raise Diverged(
            f"Training diverged: after step {steps} the loss {name} is {final}. Try a smaller learning rate.",
            program.loss,
            steps,
        )
    return final
