"""Constant indices such as ``0, 1:3, ...`` as text: read without executing anything, written in one form."""

from __future__ import annotations

import re
from types import EllipsisType

IndexPart = int | slice | EllipsisType

MAX_LENGTH = 200
_WHOLE = re.compile(r"[+-]?\d{1,9}", re.ASCII)


def read_index(text: str) -> tuple[IndexPart, ...]:
    """The parts of an index between commas. Raises ValueError with a sentence where it is none."""
    if len(text) > MAX_LENGTH:
        raise ValueError(f"an index may have at most {MAX_LENGTH} characters")
    pieces = text.split(",")
    if len(pieces) > 1 and not pieces[-1].strip():
        pieces.pop()
    parts = tuple(_part(piece.strip()) for piece in pieces)
    if parts.count(...) > 1:
        raise ValueError("an index may hold ... only once")
    return parts


def write_index(parts: tuple[IndexPart, ...]) -> str:
    """The text of an index; ``read_index`` gives the same parts back."""
    return ", ".join(_text(part) for part in parts)


def _part(piece: str) -> IndexPart:
    if piece == "...":
        return ...
    if ":" not in piece:
        return _whole(piece)
    ends = [end.strip() for end in piece.split(":")]
    if len(ends) > 3:
        raise ValueError(f"{piece!r} is no slice; write start:stop or start:stop:step")
    start, stop, step = (_whole(end) if end else None for end in (*ends, "", "")[:3])
    if step is not None and step < 1:
        raise ValueError(f"the step of the slice {piece!r} must be at least 1")
    return slice(start, stop, step)


def _whole(piece: str) -> int:
    if not _WHOLE.fullmatch(piece):
        raise ValueError(f"{piece!r} is neither a whole number nor a slice such as 1:3")
    return int(piece)


def _text(part: IndexPart) -> str:
    if part is ...:
        return "..."
    if isinstance(part, int):
        return str(part)
    start, stop = ("" if end is None else str(end) for end in (part.start, part.stop))
    return f"{start}:{stop}" if part.step in (None, 1) else f"{start}:{stop}:{part.step}"
