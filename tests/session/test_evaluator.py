"""Evaluation after edits: once for many edits, never the old graph's, on a worker where it is long."""

from __future__ import annotations

from typing import Any

import pytest
from PySide6.QtCore import QCoreApplication, QThread

from backprop_studio.document.compilation import compile_graph
from backprop_studio.document.evaluation import Evaluation
from backprop_studio.document.graph import Graph
from backprop_studio.exchange.graph_code import parse_graph_code
from backprop_studio.session import evaluation as evaluation_module
from backprop_studio.session.editor_session import EditorSession
from backprop_studio.session.evaluation import Evaluator, estimated_work


def graph_of(number: float) -> Graph:
    return parse_graph_code(f"a = parameter({number})\nL = a*a")


class Listener:
    def __init__(self, evaluator: Evaluator) -> None:
        self.got: list[Evaluation] = []
        self.threads: set[bool] = set()
        evaluator.evaluated.connect(self.got.append)


@pytest.fixture
def evaluator(qapp: Any) -> Any:
    evaluator = Evaluator()
    yield evaluator
    evaluator.shutdown()


def test_many_requests_are_answered_once(evaluator: Evaluator, qtbot: Any) -> None:
    listener = Listener(evaluator)
    graphs = [graph_of(number) for number in range(5)]
    for graph in graphs:
        evaluator.request(graph)
    assert listener.got == []
    assert evaluator.is_pending
    qtbot.waitUntil(lambda: not evaluator.is_pending)
    assert [evaluation.graph for evaluation in listener.got] == [graphs[-1]]
    assert evaluator._thread is None  # cheap: no thread was needed


def test_flush_answers_at_once_and_only_once(evaluator: Evaluator) -> None:
    listener = Listener(evaluator)
    evaluator.request(graph_of(3.0))
    evaluator.flush()
    evaluator.flush()
    QCoreApplication.processEvents()
    assert len(listener.got) == 1


def test_long_work_goes_to_the_worker_and_late_results_are_dropped(
    evaluator: Evaluator, qtbot: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    threads: list[bool] = []
    real = evaluation_module.evaluate_compilation

    def noted(graph: Graph, compilation: Any, previous: Evaluation | None) -> Evaluation:
        threads.append(QThread.currentThread() is QCoreApplication.instance().thread())
        return real(graph, compilation, previous)

    monkeypatch.setattr(evaluation_module, "evaluate_compilation", noted)
    evaluator.inline_work = 0
    listener = Listener(evaluator)
    graphs = [graph_of(number) for number in range(6)]
    evaluator.request(graphs[0])
    evaluator._start()  # handed over
    for graph in graphs[1:5]:  # while it is away, others come
        evaluator.request(graph)
        evaluator._start()
    qtbot.waitUntil(lambda: not evaluator.is_pending)
    assert [evaluation.graph for evaluation in listener.got] == [graphs[4]]
    assert threads == [False, False]
    evaluator.request(graphs[1])
    evaluator._start()
    evaluator.request(graphs[5])
    evaluator.flush()  # the late result must not come after this
    qtbot.waitUntil(lambda: not evaluator._in_flight)
    QCoreApplication.processEvents()
    assert [evaluation.graph for evaluation in listener.got] == [graphs[4], graphs[5]]


def test_a_graph_of_many_nodes_is_compiled_on_the_worker(evaluator: Evaluator, qtbot: Any) -> None:
    chain = "x = input(0.5)\n" + "\n".join(f"v{n + 1} = sin({f'v{n}' if n else 'x'})" for n in range(1_200))
    listener = Listener(evaluator)
    evaluator.request(parse_graph_code(chain))
    qtbot.waitUntil(lambda: bool(listener.got), timeout=20_000)
    assert evaluator._thread is not None
    assert not listener.got[0].problems


def test_work_is_estimated_high_for_large_products() -> None:
    def work(code: str) -> int:
        return estimated_work(compile_graph(parse_graph_code(code)).program)

    small = work("a = parameter(1.)\nL = a*a")
    large = work("w = parameter(shape=(500, 500))\nL = sum(w @ w)")
    assert small < evaluation_module.INLINE_WORK < large
    assert large >= 500**3


def test_shutdown_while_the_worker_is_busy(qapp: Any) -> None:
    evaluator = Evaluator()
    evaluator.inline_work = 0
    listener = Listener(evaluator)
    for number in range(3):
        evaluator.request(graph_of(number))
        evaluator._start()
    evaluator.shutdown()
    evaluator.shutdown()
    QCoreApplication.processEvents()
    assert listener.got == []


def test_numbers_change_with_the_float_type(session: EditorSession) -> None:
    session.set_code("a = parameter(0.1)\nL = a*a")
    loss = session.graph.node_named("L")
    assert loss is not None
    assert session.flush().value(loss.id).dtype == "float64"
    session.set_dtype("float32")
    assert session.flush().value(loss.id).dtype == "float32"
    with pytest.raises(ValueError, match="float"):
        session.set_dtype("int8")


def test_moving_does_not_evaluate_but_keeps_the_evaluation_current(session: EditorSession, told: Any) -> None:
    session.set_code("a = parameter(2.)\nL = a*a")
    session.flush()
    assert len(told.evaluations) == 1
    node = next(iter(session.graph.nodes))
    session.move_nodes({node: (9.0, 9.0)})
    QCoreApplication.processEvents()
    assert len(told.evaluations) == 1
    assert session.is_evaluated
    assert session.evaluation.graph.nodes[node].position == (9.0, 9.0)
    session.set_value(session.graph.node_named("a").id, "3")
    assert not session.is_evaluated
    session.move_nodes({node: (10.0, 9.0)})
    assert not session.is_evaluated  # the old numbers are not passed off as the new graph's
    session.flush()
    assert session.is_evaluated
