"""From whatever names a graph (a path, graph code, a graph) to a graph with the values asked for."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import numpy as np

from backprop_studio.document import edits
from backprop_studio.document.compilation import find_loss
from backprop_studio.document.evaluation import Evaluation
from backprop_studio.document.file_format import DocumentError
from backprop_studio.document.file_format import load as load_document
from backprop_studio.document.graph import Graph
from backprop_studio.document.outputs import OutputOf
from backprop_studio.document.value_text import BEYOND_INTEGERS, ValueTextError, parse_value
from backprop_studio.document.values import Value
from backprop_studio.engine.op import Array
from backprop_studio.engine.program import Fault, FaultKind
from backprop_studio.exchange.code_literals import Place
from backprop_studio.exchange.code_scan import MAX_LENGTH
from backprop_studio.exchange.graph_code import GraphCodeError, parse


class GraphError(Exception):
    """Bad input; ``str(error)`` is one sentence that says what, where and what to do."""


@dataclass(frozen=True)
class Opened:
    """A graph, what it came from (as errors name it, "" for text), and the names and places of its text."""

    graph: Graph
    where: str = ""
    names: Mapping[str, OutputOf] = field(default_factory=dict)
    places: Mapping[int, Place] = field(default_factory=dict)

    def error(self, sentence: str, node: int | None = None) -> GraphError:
        """An error at a node, with the place where it was written."""
        parts = [self.where] if self.where else []
        if node is not None and node in self.places:
            line, column = self.places[node]
            parts.append(f"line {line}, column {column}")
        return GraphError(": ".join([*parts, sentence]))

    def output_named(self, name: str) -> OutputOf:
        """The output of a node that ``name`` stands for. Raises GraphError naming the nearest."""
        if not isinstance(name, str):
            raise self.error(f"A name is text, not {_shown(repr(name))}.")
        found = self.names.get(name)
        if found is None:
            node = self.graph.node_named(name)
            if node is None:
                known = [*self.names, *(other for node in self.graph.nodes.values() for other in node.names)]
                raise self.error(f"There is no node named {_shown(name)}. {_nearest(name, known)}")
            found = OutputOf(node.id, node.names.index(name))
        return found


def open_graph(source: object) -> Opened:
    """Open a Graph, a path of a document or of a .py file of graph code, or graph code itself.

    A text is graph code where it has an = or more than one line, else a path. Raises GraphError.
    """
    if isinstance(source, Graph):
        return Opened(source)
    if isinstance(source, str) and not _is_path(source):
        return open_code(source)
    if isinstance(source, str | os.PathLike):
        return open_path(Path(source))
    raise GraphError(f"A graph is graph code, a path or a Graph, not {type(source).__name__}.")


def open_code(text: str, where: str = "") -> Opened:
    """Open graph code; ``where`` names it in errors."""
    try:
        parsed = parse(text)
    except GraphCodeError as error:
        raise GraphError(f"{where}: {error}" if where else str(error)) from error
    return Opened(parsed.graph, where, parsed.names, parsed.places)


def checked_path(path: object) -> Path:
    """What names a file, as a Path. Raises GraphError for what is no path."""
    if not isinstance(path, str | os.PathLike) or path == "":
        raise GraphError(f"{_shown(repr(path))} is no path. Name a .backprop document or a .py file.")
    return Path(path)


def open_path(path: Path) -> Opened:
    """Open a file: graph code where its name ends in .py, else a document."""
    if path.suffix.lower() == ".py":
        return open_code(_read_code(path), str(path))
    try:
        return Opened(load_document(path), str(path))
    except DocumentError as error:
        raise GraphError(str(error)) from error


def with_values(opened: Opened, values: Mapping[str, Any] | None) -> Opened:
    """Give sources their values, by name. Raises GraphError for an unknown name and for what is no value."""
    if not isinstance(values, Mapping | None):
        raise opened.error(f"Values are given by name, such as {{'x': 0.5}}, not {type(values).__name__}.")
    given: dict[OutputOf, Value] = {}
    for name, content in (values or {}).items():
        output = opened.output_named(name)
        node = opened.graph.nodes[output.node]
        if not node.op.is_source:
            sources = [other for node in opened.graph.nodes.values() if node.op.is_source for other in node.names]
            raise opened.error(
                f"{name} is computed ({node.op_name}), so it can not be set. {_nearest(name, sources, 'Set')}", node.id
            )
        given[output] = to_value(name, content)
    try:
        graph = edits.set_values(opened.graph, {o.node: value for o, value in given.items() if o.output == 0})
        for output, value in given.items():
            if output.output:
                graph = edits.set_value(graph, output.node, value, output.output)
        return replace(opened, graph=_with_loss_of(opened.graph, graph) if given else graph)
    except edits.EditError as error:
        raise opened.error(str(error)) from error


def with_loss(opened: Opened, name: str | None) -> Opened:
    """Choose the loss by name; None leaves the choice."""
    if name is None:
        return opened
    node, output = opened.output_named(name)
    if output:
        raise opened.error(f"{_shown(name)} is one of several outputs of a source. Choose a computed node.", node)
    return replace(opened, graph=edits.set_loss(opened.graph, node))


def _with_loss_of(before: Graph, graph: Graph) -> Graph:
    """``graph`` with the loss that it had before its sources were given values."""
    loss = find_loss(before)
    return graph if loss in (None, find_loss(graph)) else edits.set_loss(graph, loss)


def to_value(name: str, content: Any) -> Value:
    """Finite numbers as a Value: one, nested lists, or an array of any library. Raises GraphError naming ``name``."""
    if isinstance(content, Value):
        return content
    try:
        content = _as_array(content)
        if isinstance(content, np.ndarray | np.generic) and content.dtype.kind in "fiu":
            return Value(_as_held(np.asarray(content)))
        # The reader of written values tells ragged rows apart and where they are.
        return parse_value(repr(_plain(content)))
    except (ValueTextError, ValueError, TypeError, RecursionError, OverflowError) as error:
        sentence = str(error) if isinstance(error, ValueTextError) else _NO_VALUE
        raise GraphError(f"The value of {_shown(name)} is refused: {sentence}") from None


def _as_array(content: Any) -> Any:
    """What says itself how it becomes an array, such as a tensor of PyTorch, as one; all else as it is."""
    if isinstance(content, np.ndarray | np.generic) or not hasattr(content, "__array__"):
        return content
    # A tensor that wants gradients, or lies on another device, has to be asked for its numbers.
    for wish in ("detach", "cpu"):
        content = getattr(content, wish)() if callable(getattr(content, wish, None)) else content
    return np.asarray(content)


def _as_held(array: Array) -> Array:
    """An array of numbers as float64 or int64. Raises ValueTextError for what these cannot hold."""
    if array.dtype.kind == "f":
        with np.errstate(over="ignore"):  # what float64 cannot hold is infinite
            array = array.astype(np.float64)
    elif array.size and array.max() > np.iinfo(np.int64).max:
        raise ValueTextError(BEYOND_INTEGERS)
    _require_finite(array)
    return array


def _require_finite(array: Array) -> None:
    """Raise ValueTextError for what typed values may not hold either."""
    if not array.size:
        raise ValueTextError("The value holds no number. Give it at least one.")
    wrong = np.argwhere(~np.isfinite(array))
    if len(wrong):
        place = wrong[0].tolist()
        where = f" (entry {place})" if place else ""
        raise ValueTextError(f"{array[tuple(place)]}{where} is not finite. Give a finite number.")


def require_no_fault(opened: Opened, evaluation: Evaluation) -> None:
    """Raise GraphError with the first fault that is a node's own, in the order of the text or the graph."""
    if not opened.graph.nodes:
        raise opened.error("The graph is empty. Write an assignment such as L = (a + b)*c.")
    faulty = evaluation.faulty
    if faulty:
        first = min(faulty, key=lambda node: (opened.places.get(node, (0, 0)), node))
        raise opened.error(_sentence(opened.graph, first, faulty), first)


_NAMED = 5
_NO_VALUE = "A value is a number or rows of numbers such as [[1, 2], [3, 4]]."


def _sentence(graph: Graph, node: int, faulty: Mapping[int, Fault]) -> str:
    """What is wrong with a node and what to do; of values that are missing, also where else."""
    fault, name = faulty[node], graph.nodes[node].name
    if fault.kind is FaultKind.MISSING_VALUE:
        others = [graph.nodes[i].name for i, one in faulty.items() if one.kind is fault.kind and i != node]
        also = (
            f" Without one too: {', '.join(others[:_NAMED])}{', …' if len(others) > _NAMED else ''}." if others else ""
        )
        return f"{name} has no value. Give it one, such as {name} = parameter(1.) or --set {name}=1.{also}"
    if fault.kind is FaultKind.MISSING_INPUT:
        return f"{fault.sentence} Write a name or an expression in place of its None, or wire it."
    return fault.sentence


def _is_path(text: str) -> bool:
    if "\n" in text or not text.strip():
        return False
    return "=" not in text or (text.endswith((".backprop", ".py")) and os.path.exists(text))


def _read_code(path: Path) -> str:
    """The text of a file of graph code."""
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            raise GraphError(f"{path} is no file. Name a .backprop document or a .py file of graph code.")
        with path.open("rb") as file:
            data = file.read(4 * MAX_LENGTH + 1)
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise GraphError(
            f"{path} is no UTF-8 text (byte {error.start + 1}). Save graph code as UTF-8, or name a document."
        ) from None
    except ValueError:
        raise GraphError(f"{_shown(str(path))} is no path. Name a .backprop document or a .py file.") from None
    except OSError as error:
        raise GraphError(f"{path} can not be read: {error.strerror or error}. Check the path.") from None


def _plain(content: Any) -> Any:
    """Numbers in lists, as they may be written."""
    if isinstance(content, list | tuple):
        return [_plain(item) for item in content]
    content = _as_array(content)
    if isinstance(content, np.ndarray | np.generic):
        return _plain(content.tolist())
    if isinstance(content, bool) or not isinstance(content, int | float):
        raise TypeError(_NO_VALUE)
    return content


def _nearest(name: str, known: Iterable[str], verb: str = "Did you mean") -> str:
    names = list(dict.fromkeys(known))
    near = get_close_matches(name, names, 1, 0.4)
    if near:
        return f"{verb} {near[0]}{'?' if verb.startswith('Did') else '.'}"
    shown = ", ".join(names[:8]) + (", …" if len(names) > 8 else "")
    return f"There are: {shown}." if names else "The graph has no nodes."


def _shown(text: str) -> str:
    plain = text if text and text.isprintable() else ascii(text)
    return plain if len(plain) <= 60 else plain[:59] + "…"
