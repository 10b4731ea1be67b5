"""The commands of the command line, each a function of its options that returns the exit status."""

from __future__ import annotations

import json
import os
import unicodedata
from argparse import Namespace
from pathlib import Path
from typing import Any

from backprop_studio import api
from backprop_studio.cli import UsageError, complain
from backprop_studio.cli_check import check_json, check_text
from backprop_studio.cli_explain import events_of, explanation_json, explanation_latex, explanation_table
from backprop_studio.cli_pictures import PICTURES, paint
from backprop_studio.cli_text import (
    ProgressBar,
    array_text,
    fits_rows,
    json_array,
    json_number,
    rows_text,
    say,
    say_code,
    say_json,
    shape_cell,
    table,
)
from backprop_studio.document.atomic_write import write_atomically
from backprop_studio.document.examples import Example, all_examples, example_named
from backprop_studio.document.kinks import kink_notice
from backprop_studio.document.number_text import number
from backprop_studio.exchange.opening import Opened, open_code, open_graph, open_path, with_loss, with_values
from backprop_studio.training.algorithms import ALGORITHMS
from backprop_studio.training.losses_text import losses_csv

GRAPH_FILES = (".backprop", ".py")


def evaluate(options: Namespace) -> int:
    """Print values, gradients and contributions."""
    evaluation = api.evaluate(_opened(options), dtype=options.dtype, mode=options.mode)
    notice = " ".join(filter(None, (evaluation.notice, kink_notice(evaluation.details)))) or None
    if options.json:
        say_json(evaluation_json(evaluation) | _notice_json(notice))
    else:
        say(evaluation_text(evaluation))
    _tell(notice)
    return 0


def explain(options: Namespace) -> int:
    """Print every event of the passes with its arithmetic."""
    evaluation = api.evaluate(_opened(options), mode=options.mode)
    details = evaluation.details
    events = events_of(details, only_backward=options.backward)
    if options.json:
        say_json({"loss": evaluation.loss, "events": explanation_json(details, events)})
    else:
        say((explanation_latex if options.latex else explanation_table)(details, events))
    _tell(evaluation.notice)
    return 0


def check(options: Namespace) -> int:
    """Print how far analytic and numeric gradients differ."""
    opened = _opened(options)
    bar = ProgressBar(1000, "Checking")

    def on_entry(done: int, total: int) -> None:
        bar.update(done * 1000 // total, f"{done:,} of {total:,} entries")

    try:
        report = api.check(opened, mode=options.mode, on_entry=on_entry)
    finally:
        bar.close()
    if options.json:
        say_json(check_json(report) | _notice_json(report.notice))
    else:
        say(check_text(report))
    _tell(report.notice)
    return 0 if report.passed else 1


def train(options: Namespace) -> int:
    """Train, and print and write what came of it."""
    _require_writable(options.csv)
    _require_writable(options.output)
    if options.csv and options.output and os.path.abspath(options.csv) == os.path.abspath(options.output):
        raise UsageError(f"--csv and -o both name {options.csv}. Name two files.")
    if options.output and Path(options.output).suffix.lower() not in GRAPH_FILES:
        raise UsageError(f"-o {options.output}: end it in .backprop, or in .py for graph code.")
    try:
        result = _trained(options)
    except api.Diverged as error:
        return _tell_divergence(error, options)
    if options.output:
        api.save(result.graph, options.output)
    if options.json:
        say_json(training_json(result))
    else:
        say(training_text(result))
        for path in filter(None, (options.csv, options.output)):
            say(f"Wrote {path}")
    _tell(result.notice)
    return 0


def _trained(options: Namespace) -> api.Training:
    """Train under a progress bar, and write the losses, also of a run that is interrupted or diverges."""
    opened = _opened(options)
    steps, rate = _plan(options)
    losses: list[float] = []
    bar = ProgressBar(steps, "Training")

    def on_step(step: int, loss: float) -> None:
        losses.append(loss)
        bar.update(step, f"loss {number(loss)}")

    try:
        return api.train(
            opened, steps=steps, optimizer=options.optimizer, batch=options.batch, seed=options.seed,
            dtype=options.dtype, clip=options.clip, on_step=on_step, **_settings(options, rate),
        )  # fmt: skip
    finally:
        bar.close()
        if options.csv:
            _write(options.csv, losses_csv(losses))


def _settings(options: Namespace, rate: float | None) -> dict[str, Any]:
    """The settings of the optimiser, those of --set-optimizer before those with an option of their own."""
    further = dict(options.settings)
    known = {setting.name for algorithm in ALGORITHMS.values() for setting in algorithm.settings}
    for name in further:
        if name not in known:
            raise UsageError(f"--set-optimizer: no optimizer has a setting {name}. Use {', '.join(sorted(known))}.")
    return {"lr": rate, "momentum": options.momentum, "weight_decay": options.weight_decay, **further}


def _plan(options: Namespace) -> tuple[int, float | None]:
    """The number of steps and the learning rate, with what an example names where nothing is asked for."""
    example = example_named(options.example) if options.example else None
    steps, rate = options.steps, options.lr
    if example is not None:
        steps = example.steps if steps is None else steps
        is_plain = options.optimizer == "sgd" and options.momentum is None
        rate = example.learning_rate if rate is None and is_plain else rate
    return api.DEFAULT_STEPS if steps is None else steps, rate


def _tell_divergence(error: api.Diverged, options: Namespace) -> int:
    """Say what diverged, and which files were written; returns the exit status."""
    if options.json:
        say_json(divergence_json(error))
    told = [str(error)]
    if options.csv:
        told.append(f"Wrote {options.csv}.")
    if options.output:
        told.append(f"{options.output} was not written.")
    complain(" ".join(told))
    return 1


def render(options: Namespace) -> int:
    """Write a picture of the graph."""
    suffix = Path(options.output).suffix.lower()
    if suffix not in PICTURES:
        raise UsageError(f"{options.output} names no kind of picture. End it in {', '.join(PICTURES[:-1])} or .svg.")
    _require_writable(options.output)
    evaluation = api.evaluate(_opened(options), mode=options.mode)
    paint(evaluation.details, options.output, options.theme, fps=options.fps, width=options.size)
    say(f"Wrote {options.output}")
    _tell(evaluation.notice)
    return 0


def export(options: Namespace) -> int:
    """Write the graph in another form."""
    to_file = options.output not in (None, "-")
    if to_file:
        _require_writable(options.output)
    text = api.export(_opened(options), to=options.to, mode=options.mode)
    if to_file:
        _write(options.output, text)
        say(f"Wrote {options.output}")
    else:
        say_code(text)
    return 0


def examples(options: Namespace) -> int:
    """List the examples."""
    found = all_examples()
    if options.json:
        say_json([_example_json(example) for example in found])
    else:
        say(table(("name", "title", "what it shows"), [(e.name, e.title, e.sentence) for e in found]))
    return 0


def _example_json(example: Example) -> dict[str, Any]:
    return {
        "name": example.name, "title": example.title, "sentence": example.sentence, "group": example.group,
        "path": str(example.path), "learning_rate": example.learning_rate, "steps": example.steps,
    }  # fmt: skip


# What is printed


def evaluation_json(evaluation: api.Evaluation) -> dict[str, Any]:
    """The object that ``evaluate --json`` prints; a further name of the text is told by ``alias_of``."""
    operations = {name: node.op_name for node in evaluation.graph.nodes.values() for name in node.names}
    nodes: dict[str, dict[str, Any]] = {
        name: {
            "op": operations[evaluation.aliases.get(name, name)],
            "shape": list(value.shape),
            "value": json_array(value),
            "gradient": json_array(evaluation.gradients[name]),
        }
        for name, value in evaluation.values.items()
    }
    for name, meant in evaluation.aliases.items():
        nodes[name]["alias_of"] = meant
    edges = [
        {"source": source, "target": target, "input": slot, "contribution": json_array(contribution)}
        for (source, target, slot), contribution in evaluation.contributions.items()
    ]
    return {"loss": evaluation.loss, "nodes": nodes, "edges": edges, **_notice_json(evaluation.notice)}


def _notice_json(notice: str | None) -> dict[str, str]:
    return {} if notice is None else {"notice": notice}


def evaluation_text(evaluation: api.Evaluation) -> str:
    """What ``evaluate`` prints: tables of nodes and wires, and below them arrays that are small enough."""
    values, gradients = evaluation.values, evaluation.gradients
    named = [(name, node.op_name) for node in evaluation.graph.nodes.values() for name in node.names]
    nodes = [
        (name, op_name, shape_cell(values[name]), array_text(values[name]), array_text(gradients[name]))
        for name, op_name in named
    ]
    wires = [
        (source, target, slot, array_text(contribution))
        for (source, target, slot), contribution in evaluation.contributions.items()
    ]
    parts = [table(("node", "operation", "shape", "value", "gradient"), nodes)]
    if wires:
        parts.append(table(("from", "to", "input", "contribution"), wires))
    for name, _ in named:
        parts += [rows_text(name, values[name])] if fits_rows(values[name]) else []
        gradient = gradients[name]
        parts += [rows_text(f"gradient of {name}", gradient)] if gradient is not None and fits_rows(gradient) else []
    if evaluation.aliases:
        parts.append("\n".join(f"{name} is another name of {meant}" for name, meant in evaluation.aliases.items()))
    if evaluation.loss is not None:
        parts.append(f"loss {evaluation.loss} = {array_text(values[evaluation.loss])}")
    return "\n\n".join(parts)


def training_json(result: api.Training) -> dict[str, Any]:
    """The object that ``train --json`` prints."""
    return {
        "steps": result.steps,
        "loss": json_number(result.losses),
        "final_loss": json_number(result.final_loss),
        "parameters": {name: json_array(array) for name, array in result.parameters.items()},
        **_notice_json(result.notice),
    }


def divergence_json(error: api.Diverged) -> dict[str, Any]:
    """The object that ``train --json`` prints where training diverges: what came before, and where it did."""
    return {
        "steps": len(error.losses),
        "loss": json_number(error.losses),
        "final_loss": None,
        "parameters": {name: json_array(array) for name, array in error.parameters.items()},
        "diverged": {"step": error.step, "node": error.node, "sentence": str(error)},
    }


def training_text(result: api.Training) -> str:
    """What ``train`` prints: the parameters, and how the loss went."""
    rows = [(name, shape_cell(array), array_text(array)) for name, array in result.parameters.items()]
    blocks = [rows_text(name, array) for name, array in result.parameters.items() if fits_rows(array)]
    first = number(result.losses[0] if result.losses else result.final_loss, 6)
    last = number(result.final_loss, 6)
    how = f"{result.optimizer.name} at learning rate {result.optimizer.learning_rate:g}"
    told = f"{result.steps} step{'' if result.steps == 1 else 's'}: loss {first} → {last} ({how})"
    return "\n\n".join([table(("parameter", "shape", "value"), rows), *blocks, told])


# Input and output


def _tell(notice: str | None) -> None:
    """What is worth knowing about a result goes to standard error, so that standard output stays the result."""
    if notice:
        complain(notice)


def _opened(options: Namespace) -> Opened:
    """The graph that FILE, --example or --code names, with --set and --loss applied."""
    given = [name for name in ("file", "example", "code") if getattr(options, name) is not None]
    if len(given) != 1:
        what = "Name a graph" if not given else "Name one graph only"
        raise UsageError(f"{what}: a FILE, --example NAME or --code TEXT.")
    if options.code is not None:
        opened = open_code(options.code)
    elif options.example is not None:
        opened = open_graph(_example(options.example).path)
    else:
        opened = open_path(Path(options.file))
    return with_loss(with_values(opened, _values(options.values)), options.loss)


def _example(name: str) -> Example:
    try:
        return example_named(name)
    except KeyError as error:
        raise UsageError(str(error.args[0])) from None


def _values(assignments: list[str]) -> dict[str, Any]:
    """NAME=VALUE pairs with their values read as JSON."""
    values: dict[str, Any] = {}
    for assignment in assignments:
        name, equals, text = assignment.partition("=")
        name = unicodedata.normalize("NFKC", name.strip())
        if not equals or not name:
            raise UsageError(f"--set takes NAME=VALUE, such as --set x=0.5, not {assignment[:60]!r}.")
        try:
            values[name] = json.loads(text)
        except (ValueError, RecursionError):
            shown = text if len(text) <= 60 else text[:59] + "…"
            raise UsageError(
                f"--set {name}: {shown!r} is no JSON number or list. Write 0.5 or [[1, 2], [3, 4]]."
            ) from None
    return values


def _write(path: str, text: str) -> None:
    try:
        write_atomically(Path(path), text.encode())
    except OSError as error:
        raise UsageError(f"{path} can not be written: {error.strerror or error}. Choose another place.") from None


def _require_writable(path: str | None) -> None:
    """Refuse a target before the work, not after it."""
    if path is None:
        return
    folder = os.path.dirname(os.path.abspath(path))
    if os.path.isdir(path):
        raise UsageError(f"{path} is a folder. Name a file.")
    if not os.path.isdir(folder):
        raise UsageError(f"There is no folder {folder}. Make it, or choose another place.")
    if not os.access(folder, os.W_OK):
        raise UsageError(f"The folder {folder} is read-only. Choose another place.")
