"""What the quick-add field offers for a typed text: operations, a number, a formula, a comment."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from backprop_studio.document.value_text import ValueTextError, parse_value
from backprop_studio.engine.op import Op
from backprop_studio.engine.ops import registry
from backprop_studio.exchange.graph_code import GraphCodeError
from backprop_studio.session.block_shelf import BlockEntry
from backprop_studio.session.joining import read_formula

COMMENT_MARK, COMMENT_WORDS, LEAST_OF_WORD = "#", ("comment", "note", "text"), 3
"""What a comment begins with when it is typed as a whole, and what it may be called, from so many letters on."""
MOST = 60
"""Most operations offered at once."""
_VALUE = re.compile(r"[-+−.\d\[(]")
_FORMULA = re.compile(r"\w\s*(\*\*|[-+*/@=])|\w\s*\(|^-\s*[A-Za-z_]|\w\.T\b|\w\[")


@dataclass(frozen=True, slots=True)
class Choice:
    """One row: an operation to place, a constant, formula or comment to make, or why there is none ("problem")."""

    kind: Literal["operation", "value", "formula", "comment", "block", "problem"]
    symbol: str
    title: str
    detail: str
    text: str = ""
    """Name of the operation, or what was typed."""


def choices(
    text: str,
    recent: Sequence[str] = (),
    fits: Collection[str] | None = None,
    blocks: Iterable[BlockEntry] = (),
    *,
    operations_only: bool = False,
) -> list[Choice]:
    """The rows for a typed text, best first. ``fits`` names those allowed, ``recent`` those used last.

    ``blocks`` come after operations, and only where nothing is to be wired. Numbers and formulas are not offered
    with ``operations_only``.
    """
    text = text.strip()
    if text.startswith(COMMENT_MARK) and fits is None:
        return [_comment(text.removeprefix(COMMENT_MARK).strip())]
    rows = [] if operations_only else [*_typed_value(text, fits), *_typed_formula(text)]
    found = [_operation(op) for op in ranked(text, recent, fits)]
    if rows and rows[0].kind == "problem" and found:
        rows = []
    rows += found
    if fits is None:
        wanted = text.casefold().split()
        rows += [_block(block) for block in blocks if all(word in block.title.casefold() for word in wanted)]
    if fits is None and len(text) >= LEAST_OF_WORD and any(word.startswith(text.casefold()) for word in COMMENT_WORDS):
        rows.insert(0, _comment(""))
    if rows:
        return rows
    return [Choice("problem", "", f"Nothing here is called “{text[:24]}”.", "Try add, relu, mse, 0.5 or x*w + b.")]


def ranked(text: str, recent: Sequence[str] = (), fits: Collection[str] | None = None) -> list[Op]:
    """Operations that a text may mean, best first: exact words, beginnings, parts, letters in their order.

    Among equally good ones those used last come first, then palette order.
    """
    wanted = text.casefold().strip()
    place = {name: number for number, name in enumerate(recent)}
    scored = []
    for number, op in enumerate(registry):
        score = _score(op, wanted) if fits is None or op.name in fits else None
        if score is not None:
            scored.append((score, place.get(op.name, len(place)), number, op))
    return [op for *_, op in sorted(scored, key=lambda entry: entry[:3])[:MOST]]


def _score(op: Op, wanted: str) -> int | None:
    """How well an operation answers a text: 0 best, None not at all."""
    if not wanted:
        return 0
    names = [op.name.casefold(), op.title.casefold(), op.symbol.casefold()]
    synonyms = [synonym.casefold() for synonym in op.synonyms]
    if wanted in names:
        return 0
    if wanted in synonyms:
        return 1
    names += [re.sub(r"[_\-]+", " ", name) for name in names]
    if any(word.startswith(wanted) for word in names):
        return 2
    if any(part.startswith(wanted) for name in names for part in name.split()):
        return 3
    if any(word.startswith(wanted) for word in synonyms):
        return 4
    if any(all(part in word for part in wanted.split()) for word in (*names, *synonyms)):
        return 5
    return 6 if len(wanted) > 1 and any(_in_order(wanted, name) for name in names[:2]) else None


def _in_order(letters: Iterable[str], word: str) -> bool:
    rest = iter(word)
    return all(letter in rest for letter in letters)


def _operation(op: Op) -> Choice:
    return Choice("operation", op.symbol, op.title, op.category.value, op.name)


def _block(block: BlockEntry) -> Choice:
    return Choice("block", "▣", block.title, "My blocks" if block.is_own else "Blocks", block.key)


def _comment(text: str) -> Choice:
    return Choice("comment", COMMENT_MARK, text or "Comment", "Text on the canvas", text)


def _typed_value(text: str, fits: Collection[str] | None) -> list[Choice]:
    if not _VALUE.match(text) or (fits is not None and "constant" not in fits):
        return []
    try:
        parse_value(text)
    except ValueTextError:
        return []
    return [Choice("value", "c", text, "Constant", text)]


def _typed_formula(text: str) -> list[Choice]:
    if not _FORMULA.search(text):
        return []
    try:
        read_formula(text)
    except GraphCodeError as error:
        return [Choice("problem", "", error.sentence, "")]
    return [Choice("formula", "ƒ", text, "", text)]
