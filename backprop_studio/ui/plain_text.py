"""Text from documents made safe to show: no markup, no control characters, no hidden direction changes."""

from __future__ import annotations

import unicodedata

_HIDDEN = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\u061c")


def plain(text: str) -> str:
    """``text`` without control characters (but newlines and tabs) and without direction overrides."""
    return "".join(
        char for char in text if char in "\n\t" or not (char in _HIDDEN or unicodedata.category(char) in ("Cc", "Cs"))
    )


def tooltip(text: str) -> str:
    """``text`` for a tooltip: shown as it is, never read as markup, broken into lines where it is long."""
    escaped = plain(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("\n", "<br>")
    return f"<p style='margin:0'>{escaped}</p>"
