"""Text from documents made safe to show: no markup, no control characters, no hidden direction changes."""

from __future__ import annotations

import unicodedata

NEW_LINE = "\n"
MOST_WIDE = 110
"""Letters in a row of an array that is shown as one line of a tooltip."""
_HIDDEN = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\u061c")


def plain(text: str) -> str:
    """``text`` without control characters (but newlines and tabs) and without direction overrides."""
    return "".join(
        char for char in text if char in "\n\t" or not (char in _HIDDEN or unicodedata.category(char) in ("Cc", "Cs"))
    )


def tooltip(text: str) -> str:
    """``text`` for a tooltip: shown as it is, never read as markup, broken into lines where it is long.

    Rows of arrays stay whole and stand below each other, as far as they are short enough for a screen.
    """
    escaped = plain(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return f"<p style='margin:0'>{'<br>'.join(map(_line, escaped.split(NEW_LINE)))}</p>"


def _line(escaped: str) -> str:
    if not escaped.lstrip().startswith("[") or len(escaped) > MOST_WIDE:
        return escaped
    return f"<span style='font-family:monospace'>{escaped.replace(' ', '&nbsp;')}</span>"
