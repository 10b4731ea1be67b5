"""The commands of the command line, each a function of its options that returns the exit status."""

from __future__ import annotations

import json
import os
import unicodedata
from argparse import Namespace
from pathlib import Path
from typing import Any

from backprop_studio import api
from backprop_studio.cli import UsageError
from backprop_studio.cli_text import ProgressBar, array_text, json_array, json_number, say, say_json, shape_cell, table
from backprop_studio.document.atomic_write import write_atomically
from backprop_studio.document.examples import Example, all_examples, example_named
from backprop_studio.document.number_text import number
from backprop_studio.exchange.opening import Opened, open_code, open_graph, open_path, with_loss, with_values
from backprop_studio.headless import paint_off_screen

PICTURES = (".png", ".svg")
ANIMATIONS = (".gif", ".webp", ".apng", ".mp4")


def evaluate(options: Namespace) -> int:
    """Print values, gradients and contributions."""
    evaluation = api.evaluate(_opened(options), mode=options.mode)
    if options.json:
        say_json(evaluation_json(evaluation))
    else:
        say(evaluation_text(evaluation))
    return 0


def check(options: Namespace) -> int:
    """Print how far analytic and numeric gradients differ."""
    opened = _opened(options)
    bar = ProgressBar(1, "Checking")
    try:
        report = api.check(
            opened, mode=options.mode, on_leaf=lambda done, total: bar.update(done, f"of {total} sources")
        )
    finally:
        bar.close()
    if options.json:
        leaves = {
            name: {
                "passed": leaf.passed,
                "max_relative_error": json_number(leaf.worst),
                "kinks": int(leaf.kink.sum()),
                "analytic": json_array(leaf.analytic),
                "numeric": json_array(leaf.numeric),
                "note": leaf.note or None,
            }
            for name, leaf in report.leaves.items()
        }
        error = json_number(report.max_error)
        say_json({"passed": report.passed, "loss": report.loss, "max_relative_error": error, "nodes": leaves})
    else:
        rows = [
            (name, str(leaf.analytic.size), f"{leaf.worst:.1e}", str(int(leaf.kink.sum())), _verdict(leaf.passed))
            for name, leaf in report.leaves.items()
        ]
        say(table(("node", "entries", "relative error", "kinks", "gradient"), rows))
        for note in dict.fromkeys(leaf.note for leaf in report.leaves.values() if leaf.note):
            say(f"\n{note}")
        say(
            f"\nThe gradients of {report.loss} {'agree' if report.passed else 'do NOT agree'} with central differences."
        )
    return 0 if report.passed else 1


def _verdict(passed: bool) -> str:
    return "right" if passed else "WRONG"


def train(options: Namespace) -> int:
    """Train, and print and write what came of it."""
    for path in (options.csv, options.output):
        _require_writable(path)
    opened = _opened(options)
    example = example_named(options.example) if options.example else None
    steps, rate = options.steps, options.lr
    if example is not None:
        steps = example.steps if steps is None else steps
        rate = example.learning_rate if rate is None and options.optimizer == "sgd" else rate
    steps = api.DEFAULT_STEPS if steps is None else steps
    losses: list[float] = []
    bar = ProgressBar(steps, "Training")

    def on_step(step: int, loss: float) -> None:
        losses.append(loss)
        bar.update(step, f"loss {number(loss)}")

    try:
        result = api.train(
            opened, steps=steps, optimizer=options.optimizer, lr=rate, batch=options.batch, seed=options.seed,
            on_step=on_step,
        )  # fmt: skip
    finally:
        bar.close()
        if options.csv:
            _write(options.csv, "step,loss\n" + "".join(f"{n},{loss!r}\n" for n, loss in enumerate(losses, 1)))
    if options.output:
        api.save(result.graph, options.output)
    if options.json:
        say_json(training_json(result))
    else:
        say(training_text(result))
        for path in filter(None, (options.csv, options.output)):
            say(f"Written: {path}")
    return 0


def render(options: Namespace) -> int:
    """Write a picture of the graph."""
    suffix = Path(options.output).suffix.lower()
    if suffix in ANIMATIONS:
        raise UsageError(f"Animations ({suffix}) can not be written in this version. Write a .png or an .svg.")
    if suffix not in PICTURES:
        raise UsageError(f"{options.output} names no kind of picture. End it in .png or .svg.")
    _require_writable(options.output)
    details = api.evaluate(_opened(options)).details
    paint_off_screen()
    # Only pictures need Qt.
    from backprop_studio.ui.canvas.picture import save_picture

    save_picture(details, options.output, theme_name=options.theme)
    return 0


def export(options: Namespace) -> int:
    """Write the graph in another form."""
    text = api.export(_opened(options), to=options.to)
    if options.output:
        _write(options.output, text)
    else:
        print(text, end="")
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
    """The object that ``evaluate --json`` prints."""
    nodes = {
        name: {
            "op": node.op_name,
            "shape": list(evaluation.values[name].shape),
            "value": json_array(evaluation.values[name]),
            "gradient": json_array(evaluation.gradients[name]),
        }
        for node in evaluation.graph.nodes.values()
        for name in node.names
    }
    edges = [
        {"source": source, "target": target, "input": slot, "contribution": json_array(contribution)}
        for (source, target, slot), contribution in evaluation.contributions.items()
    ]
    return {"loss": evaluation.loss, "nodes": nodes, "edges": edges}


def evaluation_text(evaluation: api.Evaluation) -> str:
    """The tables that ``evaluate`` prints: nodes, then wires."""
    nodes = [
        (
            name,
            node.op_name,
            shape_cell(evaluation.values[name]),
            array_text(evaluation.values[name]),
            array_text(evaluation.gradients[name]),
        )
        for node in evaluation.graph.nodes.values()
        for name in node.names
    ]
    wires = [
        (source, target, slot, array_text(contribution))
        for (source, target, slot), contribution in evaluation.contributions.items()
    ]
    parts = [table(("node", "operation", "shape", "value", "gradient"), nodes)]
    if wires:
        parts.append(table(("from", "to", "input", "contribution"), wires))
    if evaluation.loss is not None:
        parts.append(f"loss {evaluation.loss} = {array_text(evaluation.values[evaluation.loss])}")
    if evaluation.notice:
        parts.append(evaluation.notice)
    return "\n\n".join(parts)


def training_json(result: api.Training) -> dict[str, Any]:
    """The object that ``train --json`` prints."""
    return {
        "steps": result.steps,
        "loss": json_number(result.losses),
        "final_loss": json_number(result.final_loss),
        "parameters": {name: json_array(array) for name, array in result.parameters.items()},
    }


def training_text(result: api.Training) -> str:
    """What ``train`` prints: the loss and the parameters."""
    rows = [(name, shape_cell(array), array_text(array)) for name, array in result.parameters.items()]
    first = number(result.losses[0] if result.losses else result.final_loss, 6)
    last = number(result.final_loss, 6)
    return f"{table(('parameter', 'shape', 'value'), rows)}\n\n{result.steps} steps: loss {first} → {last}"


# Input and output


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
