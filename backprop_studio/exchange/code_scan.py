"""From text to a syntax tree that is safe to walk: capped in length and depth, never executed.

Python's own parser fails with RecursionError or MemoryError on deeply nested text, so nesting is
counted before the parser sees it, and exactly once more on the tree.
"""

from __future__ import annotations

import ast
import re
import warnings

from backprop_studio.exchange.code_errors import GraphCodeError

MAX_LENGTH = 1_000_000
"""Most characters of a text."""
MAX_DEPTH = 150
"""Most levels that brackets, calls and operators may be nested in each other."""

_TOKEN = re.compile(
    r"""(?P<skip>\#[^\n]*|\\\r?\n|'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*")"""
    r"""|(?P<end>\n|;)|(?P<open>[(\[{])|(?P<close>[)\]}])|(?P<comma>,)"""
    r"""|(?P<nest>\*\*|//|<<|>>|[-+*/%@~^&|]|\.(?=[^\W\d])|\b(?:not|lambda|if|elif|else|and|or|await)\b)"""
)


def parse_tree(text: str) -> ast.Module:
    """The syntax tree of ``text``. Raises GraphCodeError where Python cannot read it or it is too deep."""
    if len(text) > MAX_LENGTH:
        raise GraphCodeError(
            1, 1, f"The text has more than {MAX_LENGTH:,} characters, the most that are read. Keep data in a document."
        )
    _check_characters(text)
    _check_nesting(text)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(text)
    except SyntaxError as error:
        raise _told(error) from None
    except (RecursionError, MemoryError, ValueError):
        raise GraphCodeError(1, 1, f"The text is nested more than {MAX_DEPTH} deep. {_SPLIT}") from None
    _check_depth(tree, text)
    return tree


def column_of(lines: list[str], line: int, byte_offset: int) -> int:
    """The column, from 1, that a syntax tree gives as an offset in bytes of UTF-8."""
    if not 1 <= line <= len(lines):
        return byte_offset + 1
    return len(lines[line - 1].encode()[:byte_offset].decode(errors="ignore")) + 1


def source_lines(text: str) -> list[str]:
    """The lines as Python counts them."""
    return text.replace("\r\n", "\n").replace("\r", "\n").replace("\f", " ").split("\n")


_SPLIT = "Split the expression over several lines, each with a name of its own."


def _check_characters(text: str) -> None:
    """Refuse what can stand in no program text."""
    for match in re.finditer("[\0\ud800-\udfff]", text):
        what = "a null byte" if match.group() == "\0" else "half of a character"
        raise _at(text, match.start(), f"The text holds {what}. Graph code is plain UTF-8 text; remove it.")


def _check_nesting(text: str) -> None:
    """Refuse brackets and runs of operators that nest too deep, before the parser sees them.

    Counts, for every open bracket, the operators since its last comma: an upper bound of the tree's depth.
    """
    counts = [0]
    total = 0
    for match in _TOKEN.finditer(text):
        kind = match.lastgroup
        if kind in ("open", "nest"):
            counts[-1] += 1
            total += 1
            if kind == "open":
                counts.append(0)
            if total > 2 * MAX_DEPTH or len(counts) > MAX_DEPTH:
                raise _at(text, match.start(), f"This is nested more than {MAX_DEPTH} deep. {_SPLIT}")
        elif kind == "close" and len(counts) > 1:
            total -= counts.pop()
        elif kind == "comma" or (kind == "end" and (len(counts) == 1 or match.group() == ";")):
            total -= counts[-1]
            counts[-1] = 0


def _check_depth(tree: ast.Module, text: str) -> None:
    """Refuse trees too deep to walk by recursion. Goes level by level, so it needs none itself."""
    level: list[ast.AST] = list(tree.body)
    for _ in range(MAX_DEPTH):
        level = [child for node in level for child in ast.iter_child_nodes(node) if not isinstance(child, _LEAVES)]
        if not level:
            return
    lines = source_lines(text)
    for node in level:
        if isinstance(node, ast.expr | ast.stmt):
            column = column_of(lines, node.lineno, node.col_offset)
            raise GraphCodeError(node.lineno, column, f"This is nested more than {MAX_DEPTH} deep. {_SPLIT}")
    raise GraphCodeError(1, 1, f"The text is nested more than {MAX_DEPTH} deep. {_SPLIT}")


_LEAVES = (ast.Constant, ast.Name, ast.operator, ast.unaryop, ast.expr_context, ast.cmpop, ast.boolop)


def _told(error: SyntaxError) -> GraphCodeError:
    """Python's own complaint, with its place."""
    message = error.msg or "invalid syntax"
    if "integer string conversion" in message:
        message = "the number has too many digits"
    message = message.split(" (<unknown>")[0]
    message = re.sub(r"\. (?:Did you mean|Perhaps|Maybe).*$", "", message) if "==" in message else message
    if message == "invalid syntax":
        sentence = "This is no assignment that Python could read. Write it as in z = x*w + b."
    else:
        sentence = f"Python cannot read this: {message.rstrip('.?')}. Correct it, as in z = x*w + b."
    return GraphCodeError(error.lineno or 1, max(error.offset or 1, 1), sentence)


def _at(text: str, index: int, sentence: str) -> GraphCodeError:
    start = text.rfind("\n", 0, index) + 1
    return GraphCodeError(text.count("\n", 0, index) + 1, index - start + 1, sentence)
