"""A graph around each sample of each operation, ending in a loss that is a single number."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from backprop_studio.document import edits
from backprop_studio.document.evaluation import Evaluation, evaluate_graph
from backprop_studio.document.examples import all_examples
from backprop_studio.document.file_format import load
from backprop_studio.document.graph import EMPTY_GRAPH
from backprop_studio.document.values import Value
from backprop_studio.engine.op import Op, Sample
from backprop_studio.engine.ops import registry
from tests.engine.support import keywords_of, shapes_of

SAMPLES = [
    (op, number, sample) for op in registry if not op.is_source for number, sample in enumerate(op.samples, start=1)
]
SAMPLE_IDS = [f"{op.name}-{number}" for op, number, _ in SAMPLES]
EXAMPLES = [example.name for example in all_examples()]


def around(op: Op, sample: Sample) -> Evaluation:
    """The evaluation of a graph with parameters, the operation called "f", and L = Σ f × weights."""
    graph, node = edits.add_node(EMPTY_GRAPH, op.name, (200.0, 0.0), name="f", settings=dict(sample.settings))
    for slot, array in enumerate(sample.inputs):
        if array is None:
            continue
        source = "input" if array.dtype.kind in "iu" or not op.input_for(slot).differentiable else "parameter"
        graph, leaf = edits.add_node(graph, source, (0.0, 100.0 * slot), name=f"p{slot}", value=Value(array))
        graph = edits.connect(graph, leaf, node, slot)
    shape = tuple(op.shape(*shapes_of(sample), **keywords_of(op, sample)))
    weights = Value(1.0 + 0.25 * np.cos(np.arange(np.prod(shape, dtype=int))).reshape(shape))
    graph, constant = edits.add_node(graph, "constant", (200.0, 200.0), name="c", value=weights)
    graph, product = edits.add_node(graph, "multiply", (400.0, 0.0), name="m")
    graph, total = edits.add_node(graph, "sum", (600.0, 0.0), name="L")
    for source, target, slot in ((node, product, 0), (constant, product, 1), (product, total, 0)):
        graph = edits.connect(graph, source, target, slot)
    evaluation = evaluate_graph(graph)
    assert evaluation.loss == total
    assert not evaluation.problems
    return evaluation


def example(name: str) -> Evaluation:
    """The evaluation of an example."""
    return evaluate_graph(load(next(each.path for each in all_examples() if each.name == name)))


def contributions(evaluation: Evaluation) -> Iterator[tuple[int, int]]:
    """Every wire along which something travels back."""
    yield from evaluation.run.contributions
