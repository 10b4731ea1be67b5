"""Reading and writing documents for the session: every failure is one sentence."""

from __future__ import annotations

from pathlib import Path

from backprop_studio.document.file_format import DocumentError, dumps, load, save
from backprop_studio.document.graph import Graph
from backprop_studio.exchange.graph_code import GraphCodeError, parse_graph_code
from backprop_studio.session.joining import with_values

SUFFIX = ".backprop"
CODE_SUFFIX = ".py"
_MAX_CODE_BYTES = 4 * 2**20


def read_document(path: Path) -> Graph:
    """The graph in a document, or in a .py file of graph code, where names without a value begin at 1.

    Raises DocumentError.
    """
    return _read_code(path) if path.suffix.lower() == CODE_SUFFIX else load(path)


def write_document(graph: Graph, path: Path) -> None:
    """Save ``graph`` and make sure that the file holds it. Raises DocumentError."""
    save(graph, path)
    try:
        intact = path.read_bytes() == dumps(graph)
    except OSError as error:
        raise DocumentError(
            f"{path} was saved but can not be read back: {_reason(error)}. Save it elsewhere."
        ) from error
    if not intact:
        raise DocumentError(f"{path} does not hold what was saved. Save it elsewhere.")


def with_suffix(path: Path) -> Path:
    """The path with .backprop added where it has no suffix of its own."""
    return path if path.suffix else path.with_name(path.name + SUFFIX)


def _read_code(path: Path) -> Graph:
    try:
        with path.open("rb") as file:
            data = file.read(_MAX_CODE_BYTES + 1)
        if len(data) > _MAX_CODE_BYTES:
            raise DocumentError(f"{path} is larger than {_MAX_CODE_BYTES // 2**20} MB, too large for graph code.")
        return with_values(parse_graph_code(data.decode("utf-8-sig")))
    except OSError as error:
        raise DocumentError(f"{path} can not be read: {_reason(error)}.") from error
    except UnicodeDecodeError as error:
        raise DocumentError(f"{path} is not UTF-8 text, so it is no graph code.") from error
    except GraphCodeError as error:
        raise DocumentError(f"{path}, line {error.line}, column {error.column}: {error.sentence}") from error


def _reason(error: OSError) -> str:
    return (error.strerror or str(error)).lower()
