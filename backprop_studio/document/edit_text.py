"""Checks of the texts that people give to frames, comments and groups: plain, legible and not too long."""

from __future__ import annotations

import unicodedata

from backprop_studio.document.names import MAX_NAME_LENGTH

MAX_TITLE = 80
MAX_COMMENT = 2000
MAX_GROUP_NAME = MAX_NAME_LENGTH
_JOINERS = "\u200c\u200d"
"""Invisible, but spelling in some scripts and joining of emoji."""
_REFUSED = frozenset(("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"))
"""Control characters, those that turn the direction of writing, halves of characters and those without meaning."""


def text_problem(text: object, what: str, limit: int, *, lines: bool = False, empty: bool = False) -> str | None:
    """Why ``text`` can not stand on the canvas, in one sentence, or None where it can.

    ``what`` names it, such as "A title"; ``lines`` allows line breaks and tabs, ``empty`` no text at all.
    """
    if not isinstance(text, str):
        return f"{what} is a text, not {type(text).__name__}. Write one."
    if not text.strip() and not empty:
        return f"{what} needs at least one visible character. Write one."
    if len(text) > limit:
        return f"{what} has at most {limit} characters, and this one has {len(text)}. Shorten it."
    for character in text:
        allowed = character in _JOINERS or (lines and character in "\n\t")
        if not allowed and unicodedata.category(character) in _REFUSED:
            return f"{what} cannot hold the character U+{ord(character):04X}, which is invisible. Take it out."
    return None
